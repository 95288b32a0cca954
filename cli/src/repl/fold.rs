//! Values for people: with their type, and folded to the width of the terminal.

use anstyle::{AnsiColor, Style};
use sel::{Env, Value};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::given;

/// Columns where nobody knows.
pub(crate) const WIDTH: usize = 80;
/// Lines of elements or entries that are shown at most.
const LINES: usize = 12;
/// How deep maps are unfolded.
const DEPTH: usize = 4;

const TYPE: Style = AnsiColor::BrightBlack.on_default();

/// The value and its type, with a line end; nothing for VOID.
pub(crate) fn show(value: &Value, width: usize) -> String {
    let kind = value.kind();
    let text = match value {
        Value::Void => return String::new(),
        Value::DateTime(_) => {
            let env = Env::new().with("d", value.clone());
            let long = given::small("d.toString(\"EEEE d MMMM yyyy, HH:mm:ss ZZZ\");", &env);
            let long = long.map_or_else(String::new, |text| format!("  {TYPE}{text}{TYPE:#}"));
            return format!("{value} {TYPE}: {kind}{TYPE:#}{long}\n");
        }
        value => quoted(value, width.saturating_sub(kind.name().len() + 3)),
    };
    if let Some(line) = text {
        return format!("{line} {TYPE}: {kind}{TYPE:#}\n");
    }
    let mut out = String::new();
    match value {
        Value::Map(map) => {
            out.push_str(&format!("{TYPE}MAP of {}{TYPE:#}\n", map.len()));
            entries(&mut out, value, width, 1);
        }
        Value::String(text) => {
            out.push_str(&cut(&literal(text), width.saturating_mul(LINES)));
            let units = text.encode_utf16().count();
            out.push_str(&format!(" {TYPE}: STRING of {units}{TYPE:#}\n"));
        }
        value => {
            let all = elements(value);
            out.push_str(&format!("{TYPE}{kind} of {}{TYPE:#}\n", all.len()));
            lines(&mut out, &all, width);
        }
    }
    out
}

/// The value on one line of at most `width` columns, strings as literals.
fn quoted(value: &Value, width: usize) -> Option<String> {
    let mut line = String::new();
    push(&mut line, value, width, 0)?;
    (line.width() <= width).then_some(line)
}

/// Appends the value, unless the line gets too long.
fn push(line: &mut String, value: &Value, width: usize, depth: usize) -> Option<()> {
    match value {
        Value::String(text) if text.len() > width.saturating_mul(4) => return None,
        Value::String(text) => line.push_str(&literal(text)),
        Value::StringArray(_) => {
            line.push('[');
            for (i, element) in elements(value).iter().enumerate() {
                line.push_str(if i > 0 { ", " } else { "" });
                line.push_str(element);
                (line.len() <= width.saturating_mul(4)).then_some(())?;
            }
            line.push(']');
        }
        Value::Map(_) if depth >= DEPTH => line.push_str("{…}"),
        Value::Map(map) => {
            line.push('{');
            for (i, (key, value)) in map.iter().enumerate() {
                line.push_str(if i > 0 { ", " } else { "" });
                line.push_str(&name(key));
                line.push_str(": ");
                push(line, value, width, depth + 1)?;
                (line.len() <= width.saturating_mul(4)).then_some(())?;
            }
            line.push('}');
        }
        Value::LongArray(v) if v.len() > width => return None,
        Value::DoubleArray(v) if v.len() > width => return None,
        Value::BooleanArray(v) if v.len() > width => return None,
        value => line.push_str(&value.to_string()),
    }
    Some(())
}

/// The elements of an array, as many as could ever be shown, and the count of all.
fn elements(value: &Value) -> Vec<String> {
    match value {
        Value::LongArray(v) => v.iter().map(i64::to_string).collect(),
        Value::DoubleArray(v) => v.iter().map(|v| Value::Double(*v).to_string()).collect(),
        Value::BooleanArray(v) => v.iter().map(bool::to_string).collect(),
        Value::StringArray(v) => {
            v.iter().map(|v| v.as_deref().map_or_else(|| "null".to_owned(), literal)).collect()
        }
        _ => Vec::new(),
    }
}

/// Elements in lines of the width, and how many there are more.
fn lines(out: &mut String, elements: &[String], width: usize) {
    let mut column = 0;
    let mut line = 0;
    for (i, element) in elements.iter().enumerate() {
        let element = cut(element, width.saturating_sub(4));
        let wide = element.width() + 2;
        if column == 0 || column + wide > width {
            if column > 0 {
                out.push('\n');
                line += 1;
            }
            if line >= LINES {
                out.push_str(&format!("  {TYPE}… {} more{TYPE:#}\n", elements.len() - i));
                return;
            }
            out.push_str("  ");
            column = 2;
        }
        out.push_str(&element);
        out.push_str(if i + 1 < elements.len() { ", " } else { "\n" });
        column += wide;
    }
}

/// The entries of a map, each on a line of its own, and how many there are more.
fn entries(out: &mut String, value: &Value, width: usize, depth: usize) {
    let Value::Map(map) = value else { return };
    let indent = "  ".repeat(depth);
    for (i, (key, value)) in map.iter().enumerate() {
        if i >= LINES {
            out.push_str(&format!("{indent}{TYPE}… {} more{TYPE:#}\n", map.len() - i));
            return;
        }
        let key = cut(&name(key), width / 2);
        let room = width.saturating_sub(indent.len() + key.width() + 2);
        out.push_str(&format!("{indent}{key}: "));
        match (quoted(value, room), value) {
            (Some(line), _) => out.push_str(&format!("{line}\n")),
            (None, Value::Map(inner)) if depth < DEPTH => {
                out.push_str(&format!("{TYPE}MAP of {}{TYPE:#}\n", inner.len()));
                entries(out, value, width, depth + 1);
            }
            (None, Value::String(text)) => {
                out.push_str(&format!("{}\n", cut(&literal(text), room)))
            }
            (None, value) => {
                let all = elements(value);
                out.push_str(&format!("{}\n", cut(&format!("[{}]", all.join(", ")), room)));
            }
        }
    }
}

/// A key as it is, if it is one word; else as a literal.
fn name(key: &str) -> String {
    let is_word = !key.is_empty() && key.chars().all(|c| c.is_alphanumeric() || "_.-".contains(c));
    if is_word { key.to_owned() } else { literal(key) }
}

/// The text as a SEL literal. Line ends and controls are escapes.
pub(crate) fn literal(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c.is_control() => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// The start of the text, if it is wider than the width.
fn cut(text: &str, width: usize) -> String {
    let mut column = 0;
    for (at, c) in text.char_indices() {
        column += c.width().unwrap_or(0);
        if column > width.max(1) {
            let end = text.get(..at).unwrap_or_default().char_indices().next_back();
            let end = end.map_or(0, |(at, _)| at);
            return format!("{}…", text.get(..end).unwrap_or_default());
        }
    }
    text.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(value: Value, width: usize) -> String {
        anstream::adapter::strip_str(&show(&value, width)).to_string()
    }

    #[test]
    fn short_values_take_a_line() {
        assert_eq!(plain(Value::Long(7), 80), "7 : LONG\n");
        assert_eq!(plain(Value::from("a'\n\u{1b}"), 80), "'a\\'\\n\\u001b' : STRING\n");
        assert_eq!(plain(Value::Void, 80), "");
        let map = [("a b".to_owned(), Value::from("v")), ("n".to_owned(), Value::Long(1))];
        let map = Value::Map(map.into_iter().collect());
        assert_eq!(plain(map, 80), "{'a b': 'v', n: 1} : MAP\n");
    }

    #[test]
    fn long_values_are_folded() {
        let text = plain(Value::LongArray((0..100_000).collect()), 40);
        assert!(text.starts_with("LONG_ARRAY of 100000\n  0, 1, 2, 3"), "{text}");
        assert!(text.ends_with(" more\n"), "{text}");
        assert_eq!(text.lines().count(), LINES + 2);
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
        let map: indexmap::IndexMap<_, _> =
            (0..50).map(|i| (format!("key{i}"), Value::from("x".repeat(i * 5)))).collect();
        let text = plain(Value::Map(map), 40);
        assert!(text.lines().all(|line| line.width() <= 40), "{text}");
        let text = plain(Value::from("变".repeat(10_000)), 40);
        assert!(text.chars().count() < 600, "{text}");
    }
}
