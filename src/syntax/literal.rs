//! Decoding the text of literals.

use crate::syntax::ast::Literal;
use crate::syntax::error::{SyntaxError, code, quoted};

/// Whether what the grammar takes for a number, with a dot behind it or not, is one.
pub(crate) fn is_number(text: &str, dot: bool) -> bool {
    if dot && text.bytes().all(|b| b.is_ascii_digit()) {
        return false;
    }
    !text.contains(['x', 'X']) || text.starts_with("0x") || text.starts_with("0X")
}

/// The value of a number as the grammar knows them, at `start`.
///
/// # Errors
/// When a whole number is out of range or has an octal look that isn't.
pub(crate) fn number(text: &str, start: usize) -> Result<Literal, SyntaxError> {
    let bytes = text.as_bytes();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        let digits = hex.trim_end_matches(['l', 'L']);
        // As in Java a hexadecimal number shows the bits: `0xFFFFFFFFFFFFFFFF` is -1.
        return match u64::from_str_radix(digits, 16) {
            Ok(bits) => Ok(Literal::Long(bits as i64)),
            Err(_) => Err(out_of_range(text, start)),
        };
    }
    if bytes.iter().any(|b| matches!(b, b'.' | b'e' | b'E' | b'd' | b'D' | b'f' | b'F')) {
        let digits = text.trim_end_matches(['d', 'D', 'f', 'F']);
        return match digits.parse() {
            Ok(value) => Ok(Literal::Double(value)),
            Err(_) => Err(out_of_range(text, start)),
        };
    }
    let digits = text.trim_end_matches(['l', 'L']);
    if bytes.first() == Some(&b'0') && digits.bytes().any(|b| b > b'7') {
        let message = format!("{} is not a number", quoted(text));
        return Err(SyntaxError::new(code::BAD_NUMBER, message, start, start + text.len())
            .with_help("a whole number with the digits 8 or 9 can't begin with 0"));
    }
    match digits.parse() {
        Ok(value) => Ok(Literal::Long(value)),
        Err(_) => Err(out_of_range(text, start)),
    }
}

#[cold]
fn out_of_range(text: &str, start: usize) -> SyntaxError {
    let message = format!("the number {} is out of the range of LONG", quoted(text));
    let help = if text.trim_end_matches(['l', 'L']) == "9223372036854775808" {
        "for the smallest LONG write `Long.MIN_VALUE`"
    } else {
        "a LONG goes from -9223372036854775808 to 9223372036854775807; write `.0` behind it for a DOUBLE"
    };
    SyntaxError::new(code::BAD_NUMBER, message, start, start + text.len()).with_help(help)
}

/// The value of a string literal, quotes included, at `start`. `surrogates` are the unpaired
/// surrogates in it: where they are and what they are.
///
/// # Errors
/// When it has an escape that Java does not have.
pub(crate) fn string(
    text: &str,
    start: usize,
    surrogates: &[(u32, u16)],
) -> Result<Literal, SyntaxError> {
    let inner = text.get(1..text.len().saturating_sub(1)).unwrap_or_default();
    if !surrogates.is_empty() {
        return units(inner, start + 1, surrogates);
    }
    if !inner.contains('\\') {
        return Ok(Literal::String(inner.into()));
    }
    let mut out = String::new();
    decode(inner, start + 1, |_, c| out.push(c))?;
    Ok(Literal::String(out.into()))
}

fn units(inner: &str, start: usize, surrogates: &[(u32, u16)]) -> Result<Literal, SyntaxError> {
    let mut out = Vec::new();
    let mut surrogates = surrogates.iter().peekable();
    decode(inner, start, |at, c| match surrogates.next_if(|(s, _)| *s as usize == at) {
        Some((_, unit)) => out.push(*unit),
        None => out.extend_from_slice(c.encode_utf16(&mut [0; 2])),
    })?;
    Ok(Literal::Units(out.into()))
}

/// Calls `push` with each character of the value and its place.
fn decode(inner: &str, start: usize, mut push: impl FnMut(usize, char)) -> Result<(), SyntaxError> {
    let mut chars = inner.char_indices();
    while let Some((i, c)) = chars.next() {
        let at = start + i;
        if c != '\\' {
            push(at, c);
            continue;
        }
        let escaped = chars.next().map_or('\\', |(_, c)| c);
        let value = match escaped {
            'b' => '\u{8}',
            't' => '\t',
            'n' => '\n',
            'f' => '\u{c}',
            'r' => '\r',
            '\'' | '"' | '\\' => escaped,
            _ => return Err(bad_escape(escaped, at)),
        };
        push(at, value);
    }
    Ok(())
}

#[cold]
fn bad_escape(escaped: char, at: usize) -> SyntaxError {
    let message = format!("unknown escape {} in a string", quoted(&format!("\\{escaped}")));
    let help = if escaped.is_ascii_digit() {
        "write a character by its code as `\\u0041`"
    } else {
        "write `\\\\` for a backslash; the escapes are \\b \\n \\t \\f \\r \\\\ \\\" \\' and \\u0041"
    };
    SyntaxError::new(code::BAD_ESCAPE, message, at, at + 1 + escaped.len_utf8()).with_help(help)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_as_in_java() {
        let cases = [
            ("0", Some(Literal::Long(0))),
            ("007", Some(Literal::Long(7))),
            ("017", Some(Literal::Long(17))),
            ("08", None),
            ("08.5", Some(Literal::Double(8.5))),
            ("08d", Some(Literal::Double(8.0))),
            ("0x1F", Some(Literal::Long(31))),
            ("0XffffffffffffffffL", Some(Literal::Long(-1))),
            ("0x10000000000000000", None),
            ("0x1d", Some(Literal::Long(29))),
            ("7l", Some(Literal::Long(7))),
            ("9223372036854775807", Some(Literal::Long(i64::MAX))),
            ("9223372036854775808", None),
            ("5.", Some(Literal::Double(5.0))),
            (".5", Some(Literal::Double(0.5))),
            ("1.e5", Some(Literal::Double(1e5))),
            ("2.5F", Some(Literal::Double(2.5))),
            ("1e400", Some(Literal::Double(f64::INFINITY))),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text, 0).ok(), expected, "{text}");
        }
    }

    #[test]
    fn strings_with_escapes() {
        let cases = [
            ("'a'", Some("a")),
            ("''", Some("")),
            (r"'it\'s'", Some("it's")),
            (r#""say \"hi\"""#, Some("say \"hi\"")),
            (r"'\b\t\n\f\r\\'", Some("\u{8}\t\n\u{c}\r\\")),
            (r"'\0'", None),
            (r"'\d'", None),
            ("'é'", Some("é")),
        ];
        for (text, expected) in cases {
            let expected = expected.map(|s| Literal::String(s.into()));
            assert_eq!(string(text, 0, &[]).ok(), expected, "{text}");
        }
    }
}
