//! From a place in a tree to a line and a column of the text.

use super::json::unescape;
use super::{Node, Span, Style};

/// A place for people: both count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The line.
    pub line: u32,
    /// The column, in Unicode characters.
    pub column: u32,
}

impl Place {
    /// Where a byte of a text is.
    #[must_use]
    pub fn of(text: &str, offset: u32) -> Place {
        let at = sel::Position::of(text, offset);
        Place { line: at.line, column: at.column }
    }
}

impl Node {
    /// Where in `source` the byte `offset` of this string's content stood; the start of the node
    /// when it is no string.
    #[must_use]
    pub fn source_offset(&self, source: &str, offset: usize) -> u32 {
        let start = self.span.start as usize;
        let raw = source.get(start..self.span.end as usize).unwrap_or_default();
        let Some(content) = self.as_text() else { return self.span.start };
        let skipped = match self.style {
            Style::None => return self.span.start,
            Style::Json => escaped(raw, offset, unescape),
            Style::Double => escaped(raw, offset, |_| None).min(raw.len()),
            Style::Single | Style::Plain => aligned(raw, content, offset, self.style),
        };
        Span::new(start + skipped.min(raw.len()), 0).start
    }

    /// The part of this string from byte `from` to byte `to` of its content, as a node that knows
    /// where it stood.
    #[must_use]
    pub fn part(&self, source: &str, from: usize, to: usize) -> Node {
        let text = self.as_text().and_then(|t| t.get(from..to)).unwrap_or_default().to_owned();
        let span =
            Span { start: self.source_offset(source, from), end: self.source_offset(source, to) };
        Node { value: super::Value::Text(text), span, style: self.style, written: None }
    }
}

/// How many raw bytes stand before the content byte `offset`, in a string with escapes.
fn escaped(raw: &str, offset: usize, unescape: fn(&str) -> Option<(char, usize)>) -> usize {
    let (mut at, mut done) = (0, 0);
    while done < offset {
        let rest = raw.get(at..).unwrap_or_default();
        let Some(c) = rest.chars().next() else { break };
        let (c, len) = match c {
            '\\' => unescape(rest).or_else(|| super::yaml::unescape(rest)).unwrap_or((c, 1)),
            c => (c, c.len_utf8()),
        };
        at += len;
        done += c.len_utf8();
        if c == '\n' && len == 1 {
            // A folded line of YAML: its indentation is no content.
            at += raw.get(at..).map_or(0, |rest| rest.len() - rest.trim_start_matches(' ').len());
        }
    }
    at
}

/// As [`escaped`] for strings without escapes: content and raw text are walked together, and white
/// space that only the raw text has (indentation, folded lines) is stepped over.
fn aligned(raw: &str, content: &str, offset: usize, style: Style) -> usize {
    let mut at = 0;
    let skip =
        |at: usize| raw.get(at..).map_or(at, |rest| at + rest.len() - rest.trim_start().len());
    for (done, c) in content.char_indices() {
        let next = raw.get(at..).and_then(|rest| rest.chars().next());
        if c.is_whitespace() {
            if done >= offset {
                return at;
            }
            // One character of content stands for all the white space here, unless more follows.
            let more = content.get(done + c.len_utf8()..).and_then(|rest| rest.chars().next());
            if more.is_some_and(char::is_whitespace) && next == Some(c) {
                at += c.len_utf8();
            } else {
                at = skip(at);
            }
            continue;
        }
        if next != Some(c) {
            at = skip(at);
        }
        if done >= offset {
            return at;
        }
        at += c.len_utf8();
        if style == Style::Single && c == '\'' {
            at += 1;
        }
    }
    at.min(raw.len())
}

#[cfg(test)]
mod tests {
    use super::super::{parse_json, parse_yaml};
    use super::*;

    fn place(text: &str, node: &Node, needle: &str) -> (u32, u32) {
        let offset = node.as_text().unwrap().find(needle).unwrap();
        let at = Place::of(text, node.source_offset(text, offset));
        (at.line, at.column)
    }

    #[test]
    fn json_escapes_are_counted() {
        let text = "\n  \"é\\n\\\"\\u0041 bad\"";
        let node = parse_json(text).unwrap();
        assert_eq!(place(text, &node, "bad"), (2, 16));
        assert_eq!(place(text, &node, "A"), (2, 9));
    }

    #[test]
    fn every_yaml_style_is_mapped() {
        for (text, at) in [
            ("a: one bad", (1, 8)),
            ("a: 'it''s bad'", (1, 11)),
            ("a: \"x\\ty bad\"", (1, 10)),
            ("a: |\n  one\n  bad\n", (3, 3)),
            ("a: >\n  one\n  bad\n", (3, 3)),
            ("a: |-\n    x = 1;\n      bad\n", (3, 7)),
            ("a: one\n  two\n  bad", (3, 3)),
        ] {
            let root = parse_yaml(text).unwrap();
            assert_eq!(place(text, root.get("a").unwrap(), "bad"), at, "{text}");
        }
    }
}
