//! Strict JSON (RFC 8259) to a tree with places. A key that occurs twice in an object is refused.

use std::collections::HashSet;

use super::path::shorten;
use super::{Key, MAX_BYTES, MAX_DEPTH, Node, Span, Style, Value, Violation};

/// Reads a JSON text.
///
/// # Errors
/// When it is not JSON, nested too deeply, or too long; with the place.
pub fn parse(text: &str) -> Result<Node, Violation> {
    let mut reader = Reader { text, at: 0 };
    if text.len() > MAX_BYTES {
        return Err(reader.fault("the text is too long"));
    }
    if text.starts_with('\u{feff}') {
        reader.at = 3;
    }
    let node = reader.value(0)?;
    reader.space();
    match reader.peek() {
        None => Ok(node),
        Some(_) => Err(reader.fault("expected the end of the text")),
    }
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
}

impl Reader<'_> {
    fn fault(&self, message: impl Into<String>) -> Violation {
        self.fault_at(self.at, message)
    }
    fn fault_at(&self, at: usize, message: impl Into<String>) -> Violation {
        Violation {
            path: super::PathBuf::default(),
            message: format!("invalid JSON: {}", message.into()),
            code: Some("syntax"),
            span: Some(Span::new(at, at)),
        }
    }
    fn peek(&self) -> Option<u8> {
        self.text.as_bytes().get(self.at).copied()
    }
    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\t' | b'\n' | b'\r')) {
            self.at += 1;
        }
    }
    fn slice(&self, from: usize) -> &str {
        self.text.get(from..self.at).unwrap_or_default()
    }

    fn value(&mut self, depth: usize) -> Result<Node, Violation> {
        self.space();
        let start = self.at;
        if depth > MAX_DEPTH {
            return Err(self.fault("nested too deeply"));
        }
        let (value, style) = match self.peek() {
            Some(b'{') => (self.object(depth)?, Style::None),
            Some(b'[') => (self.array(depth)?, Style::None),
            Some(b'"') => {
                let text = self.string()?;
                let span = Span::new(start + 1, self.at.saturating_sub(1));
                return Ok(Node {
                    value: Value::Text(text),
                    span,
                    style: Style::Json,
                    written: None,
                });
            }
            Some(b'-' | b'0'..=b'9') => (self.number()?, Style::None),
            Some(b'a'..=b'z' | b'A'..=b'Z') => (self.word()?, Style::None),
            Some(_) => return Err(self.fault("expected a value")),
            None => return Err(self.fault("expected a value, found the end of the text")),
        };
        Ok(Node { value, span: Span::new(start, self.at), style, written: None })
    }

    fn word(&mut self) -> Result<Value, Violation> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_alphanumeric()) {
            self.at += 1;
        }
        match self.slice(start) {
            "null" => Ok(Value::Null),
            "true" => Ok(Value::Bool(true)),
            "false" => Ok(Value::Bool(false)),
            other => Err(self.fault_at(start, format!("unknown word `{}`", shorten(other)))),
        }
    }

    fn digits(&mut self) -> Result<(), Violation> {
        let start = self.at;
        while self.peek().is_some_and(|b| b.is_ascii_digit()) {
            self.at += 1;
        }
        if self.at == start { Err(self.fault("expected a digit")) } else { Ok(()) }
    }

    fn number(&mut self) -> Result<Value, Violation> {
        let start = self.at;
        if self.peek() == Some(b'-') {
            self.at += 1;
        }
        let zero = self.peek() == Some(b'0');
        let first = self.at;
        self.digits()?;
        if zero && self.at - first > 1 {
            return Err(self.fault_at(start, "a number may not begin with a zero"));
        }
        let mut whole = true;
        if self.peek() == Some(b'.') {
            whole = false;
            self.at += 1;
            self.digits()?;
        }
        if matches!(self.peek(), Some(b'e' | b'E')) {
            whole = false;
            self.at += 1;
            if matches!(self.peek(), Some(b'+' | b'-')) {
                self.at += 1;
            }
            self.digits()?;
        }
        let text = self.slice(start);
        match text.parse() {
            Ok(number) if whole => Ok(Value::Int(number)),
            _ => Ok(Value::Number(text.to_owned())),
        }
    }

    fn string(&mut self) -> Result<String, Violation> {
        let open = self.at;
        self.at += 1;
        let mut text = String::new();
        let mut run = self.at;
        loop {
            match self.peek() {
                None => return Err(self.fault_at(open, "the string is not closed")),
                Some(b'"') => {
                    text.push_str(self.slice(run));
                    self.at += 1;
                    return Ok(text);
                }
                Some(b'\\') => {
                    text.push_str(self.slice(run));
                    text.push(self.escape()?);
                    run = self.at;
                }
                Some(0..=0x1f) => {
                    return Err(self.fault("a control character in a string must be escaped"));
                }
                Some(_) => self.at += 1,
            }
        }
    }

    fn escape(&mut self) -> Result<char, Violation> {
        let start = self.at;
        let (c, len) = unescape(self.text.get(start..).unwrap_or_default())
            .ok_or_else(|| self.fault_at(start, "invalid escape in a string"))?;
        self.at += len;
        Ok(c)
    }

    fn array(&mut self, depth: usize) -> Result<Value, Violation> {
        self.at += 1;
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(b']') {
            self.at += 1;
            return Ok(Value::Array(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b']') => {
                    self.at += 1;
                    return Ok(Value::Array(items));
                }
                _ => return Err(self.fault("expected `,` or `]`")),
            }
        }
    }

    fn object(&mut self, depth: usize) -> Result<Value, Violation> {
        self.at += 1;
        let mut entries: Vec<(Key, Node)> = Vec::new();
        let mut seen = HashSet::new();
        self.space();
        if self.peek() == Some(b'}') {
            self.at += 1;
            return Ok(Value::Object(entries));
        }
        loop {
            self.space();
            if self.peek() != Some(b'"') {
                return Err(self.fault("expected a key in double quotes"));
            }
            let start = self.at;
            let name = self.string()?;
            if !seen.insert(name.clone()) {
                let message = format!("the key `{}` is there twice", shorten(&name));
                return Err(self.fault_at(start, message));
            }
            let span = Span::new(start + 1, self.at.saturating_sub(1));
            self.space();
            if self.peek() != Some(b':') {
                return Err(self.fault("expected `:` after the key"));
            }
            self.at += 1;
            let node = self.value(depth + 1)?;
            entries.push((Key { name, span }, node));
            self.space();
            match self.peek() {
                Some(b',') => self.at += 1,
                Some(b'}') => {
                    self.at += 1;
                    return Ok(Value::Object(entries));
                }
                _ => return Err(self.fault("expected `,` or `}`")),
            }
        }
    }
}

/// Reads the JSON escape at the start of a text: the character and how many bytes it took. A lone
/// surrogate is the replacement character.
pub(super) fn unescape(text: &str) -> Option<(char, usize)> {
    let simple = |c| Some((c, 2));
    match text.as_bytes().get(1)? {
        b'"' => simple('"'),
        b'\\' => simple('\\'),
        b'/' => simple('/'),
        b'b' => simple('\u{8}'),
        b'f' => simple('\u{c}'),
        b'n' => simple('\n'),
        b'r' => simple('\r'),
        b't' => simple('\t'),
        b'u' => {
            let high = hex4(text, 2)?;
            if !(0xd800..0xe000).contains(&high) {
                return char::from_u32(high).map(|c| (c, 6));
            }
            let low = if text.get(6..8) == Some("\\u") { hex4(text, 8) } else { None };
            match low {
                Some(low) if high < 0xdc00 && (0xdc00..0xe000).contains(&low) => {
                    let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                    char::from_u32(code).map(|c| (c, 12))
                }
                _ => Some((char::REPLACEMENT_CHARACTER, 6)),
            }
        }
        _ => None,
    }
}

fn hex4(text: &str, at: usize) -> Option<u32> {
    let digits = text.get(at..at + 4)?;
    if !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    u32::from_str_radix(digits, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_keep_their_digits() {
        let node = parse("[1.10, 7, -0, 1E5, 9223372036854775808]").unwrap();
        let values: Vec<_> = node.as_array().unwrap().iter().map(|n| n.value.clone()).collect();
        let number = |text: &str| Value::Number(text.to_owned());
        assert_eq!(
            values,
            [
                number("1.10"),
                Value::Int(7),
                Value::Int(0),
                number("1E5"),
                number("9223372036854775808")
            ]
        );
    }

    #[test]
    fn faults_name_their_place() {
        for (text, at, message) in [
            ("", 0, "expected a value, found the end of the text"),
            ("{\"a\":1,}", 7, "expected a key in double quotes"),
            ("[1 2]", 3, "expected `,` or `]`"),
            ("{\"a\":1,\"a\":2}", 7, "the key `a` is there twice"),
            ("01", 0, "a number may not begin with a zero"),
            ("1.", 2, "expected a digit"),
            ("\"\\x\"", 1, "invalid escape in a string"),
            ("\"abc", 0, "the string is not closed"),
            ("nul", 0, "unknown word `nul`"),
            ("{} x", 3, "expected the end of the text"),
        ] {
            let fault = parse(text).unwrap_err();
            assert_eq!(fault.message, format!("invalid JSON: {message}"), "{text}");
            assert_eq!(fault.span, Some(Span::new(at, at)), "{text}");
        }
    }

    #[test]
    fn deep_nesting_is_refused() {
        for open in ["[", "{\"a\":"] {
            let text: String = std::iter::repeat_n(open, 100_000).collect();
            assert!(parse(&text).unwrap_err().message.contains("nested too deeply"));
        }
    }

    #[test]
    fn escapes_are_undone() {
        let node = parse(r#""a\u00e9\ud83d\ude00\n\ud800""#).unwrap();
        assert_eq!(node.as_text(), Some("aé😀\n\u{fffd}"));
        assert_eq!(node.span, Span::new(1, 28));
    }
}
