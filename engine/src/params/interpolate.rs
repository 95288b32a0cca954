//! `${name}` and `$name` in literal strings.
//!
//! One pass from left to right: `$$` is a dollar sign, a dollar sign that no name follows stays,
//! and what was inserted is not looked at again.

use crate::document::shorten;
use crate::model::{Evaluated, Model};

/// A piece of a text.
enum Piece<'t> {
    Text(&'t str),
    Name(&'t str),
}

/// Cuts a text into pieces.
fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut out = Vec::new();
    let mut rest = text;
    while let Some(dollar) = rest.find('$') {
        let (before, after) = rest.split_at(dollar);
        if !before.is_empty() {
            out.push(Piece::Text(before));
        }
        let after = after.strip_prefix('$').unwrap_or(after);
        if let Some(more) = after.strip_prefix('$') {
            out.push(Piece::Text("$"));
            rest = more;
        } else if let Some((name, more)) = braced(after).or_else(|| bare(after)) {
            out.push(Piece::Name(name));
            rest = more;
        } else {
            out.push(Piece::Text("$"));
            rest = after;
        }
    }
    if !rest.is_empty() {
        out.push(Piece::Text(rest));
    }
    out
}

/// `{name}`: the name may have dots, slashes and hyphens.
fn braced(text: &str) -> Option<(&str, &str)> {
    let (name, rest) = text.strip_prefix('{')?.split_once('}')?;
    let is_name = name.starts_with(|c: char| c.is_ascii_alphabetic())
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_./".contains(c));
    is_name.then_some((name, rest))
}

/// `name`: letters, digits and underscores.
fn bare(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return None;
    }
    let end = text.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(text.len());
    Some(text.split_at(end))
}

/// The names that a text refers to, in order.
pub fn references(text: &str) -> impl Iterator<Item = &str> {
    pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Name(name) => Some(name),
        Piece::Text(_) => None,
    })
}

/// Whether a text refers to any name.
#[must_use]
pub fn is_interpolated(text: &str) -> bool {
    text.contains('$') && references(text).next().is_some()
}

/// The text with every name replaced by its value's text.
///
/// # Errors
/// The first name that `value` does not know.
pub(super) fn replaced(
    text: &str,
    value: &mut dyn FnMut(&str) -> Option<Evaluated>,
) -> Result<String, String> {
    if !text.contains('$') {
        return Ok(text.to_owned());
    }
    let mut out = String::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => out.push_str(text),
            Piece::Name(name) => {
                let value = value(name).ok_or_else(|| {
                    format!(
                        "cannot interpolate `{}`: param `{name}` is not found (`$$` is a dollar sign)",
                        shorten(text)
                    )
                })?;
                push(&mut out, &value);
            }
        }
    }
    Ok(out)
}

/// Arrays and maps as compact JSON, doubles in plain decimal.
fn push(out: &mut String, value: &Evaluated) {
    match value {
        Evaluated::String(text) => out.push_str(text),
        Evaluated::Double(number) => out.push_str(&number.plain()),
        other => out.push_str(&other.write().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::Decimal;

    fn run(text: &str) -> Result<String, String> {
        replaced(text, &mut |name| {
            Some(match name {
                "var" => Evaluated::Long(0),
                "var1" => Evaluated::Boolean(true),
                "var2" => Evaluated::String("2".into()),
                "d" => Evaluated::Double(Decimal::from_f64(3.0)?),
                "e" => Evaluated::Double(Decimal::parse("1.5E3")?),
                "xs" => Evaluated::LongArray(vec![1, 2]),
                "a.b-c/d" => Evaluated::String("$var".into()),
                _ => return None,
            })
        })
    }

    #[test]
    fn names_are_replaced_and_pairs_of_dollars_escape() {
        let text = "$$var$var $var1$$var1 $$$var2 $$$$var2";
        assert_eq!(run(text).unwrap(), "$var0 true$var1 $2 $$var2");
        let text = "no variables$$ $$$$ in this string";
        assert_eq!(run(text).unwrap(), "no variables$ $$ in this string");
        assert_eq!(
            run("${var}x $${var} ${a.b-c/d} 5$ $ ${} $1").unwrap(),
            "0x ${var} $var 5$ $ ${} $1"
        );
        assert_eq!(run("${d} $e ${xs}").unwrap(), "3.0 1500 [1,2]");
    }

    #[test]
    fn unknown_name_is_an_error() {
        let error = run("a ${nope}").unwrap_err();
        assert_eq!(
            error,
            "cannot interpolate `a ${nope}`: param `nope` is not found (`$$` is a dollar sign)"
        );
    }
}
