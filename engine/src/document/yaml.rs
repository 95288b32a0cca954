//! YAML to a tree with places, reading plain scalars as Jackson does (the reference's parser):
//! YAML 1.1 words are booleans (`yes`, `off`), a date is a string, `~` is null.
//!
//! Aliases are expanded within a budget of nodes. Merge keys, several documents, keys that are no
//! scalars, and keys that occur twice are refused.

use std::collections::{HashMap, HashSet};

use granit_parser::{Event, Options, Parser, ScalarStyle, Span as Range, Tag};

use super::path::shorten;
use super::{Key, MAX_BYTES, MAX_DEPTH, Node, PathBuf, Span, Style, Value, Violation};

/// The most nodes of one document, expanded aliases included.
const MAX_NODES: usize = 100_000;

/// Reads a YAML text with one document.
///
/// # Errors
/// When it is not YAML, uses what we refuse, is nested too deeply, or is too long; with the place.
pub fn parse(text: &str) -> Result<Node, Violation> {
    if text.len() > MAX_BYTES {
        return Err(fault(Span::default(), "the text is too long"));
    }
    let mut options = Options::default();
    options.set_emit_comments(false);
    options.flow_nesting_limit = MAX_DEPTH;
    options.block_nesting_limit = MAX_DEPTH;
    let mut builder = Builder { source: text, ..Builder::default() };
    for next in Parser::new_from_str_with_options(text, options) {
        match next {
            Ok((event, range)) => builder.event(event, range)?,
            Err(error) => {
                let at = error.marker().byte_offset().unwrap_or_default();
                return Err(fault(Span::new(at, at), error.info()));
            }
        }
    }
    builder.root.ok_or_else(|| fault(Span::default(), "there is no document"))
}

fn fault(span: Span, message: impl Into<String>) -> Violation {
    Violation {
        path: PathBuf::default(),
        message: format!("invalid YAML: {}", message.into()),
        code: Some("syntax"),
        span: Some(span),
    }
}

fn too_many(span: Span) -> Violation {
    fault(span, format!("there are more than {MAX_NODES} values"))
}

/// A collection that is not closed yet.
struct Open {
    anchor: usize,
    start: usize,
    what: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map { entries: Vec<(Key, Node)>, seen: HashSet<String>, key: Option<Key> },
}

#[derive(Default)]
struct Builder<'t> {
    source: &'t str,
    root: Option<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, (Node, usize)>,
    nodes: usize,
}

impl Builder<'_> {
    fn event(&mut self, event: Event<'_>, range: Range) -> Result<(), Violation> {
        let bytes = range.byte_range().unwrap_or_default();
        let span = Span::new(bytes.start, bytes.end);
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let node = self.scalar(&text, style, tag.as_deref(), span)?;
                self.done(node, anchor, 1)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.start(anchor, bytes.start, Inside::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, _) => {
                let map = Inside::Map { entries: Vec::new(), seen: HashSet::new(), key: None };
                self.start(anchor, bytes.start, map)
            }
            Event::SequenceEnd | Event::MappingEnd => {
                let Some(open) = self.open.pop() else { return Ok(()) };
                let value = match open.what {
                    Inside::List(items) => Value::Array(items),
                    Inside::Map { entries, .. } => Value::Object(entries),
                };
                let span = Span::new(open.start, bytes.end.max(open.start));
                self.done(Node { value, span, ..Node::default() }, open.anchor, 1)
            }
            Event::Alias(id) => {
                let Some((node, size)) = self.anchors.get(&id) else {
                    return Err(fault(span, "an alias may not stand inside its own anchor"));
                };
                if self.nodes.saturating_add(*size) > MAX_NODES {
                    return Err(too_many(span));
                }
                let (node, size) = (node.clone(), *size);
                self.done(node, 0, size)
            }
            Event::DocumentStart(..) if self.root.is_some() => {
                Err(fault(span, "there is more than one document"))
            }
            _ => Ok(()),
        }
    }

    fn start(&mut self, anchor: usize, start: usize, what: Inside) -> Result<(), Violation> {
        if self.open.len() >= MAX_DEPTH {
            return Err(fault(Span::new(start, start), "nested too deeply"));
        }
        self.open.push(Open { anchor, start, what });
        Ok(())
    }

    /// Puts a finished node where it belongs.
    fn done(&mut self, node: Node, anchor: usize, size: usize) -> Result<(), Violation> {
        self.nodes = self.nodes.saturating_add(size);
        if anchor != 0 {
            let count = measure(&node).0;
            self.nodes = self.nodes.saturating_add(count);
            if self.nodes <= MAX_NODES {
                self.anchors.insert(anchor, (node.clone(), count));
            }
        }
        if self.nodes > MAX_NODES {
            return Err(too_many(node.span));
        }
        if size > 1 && measure(&node).1 + self.open.len() > MAX_DEPTH {
            return Err(fault(node.span, "nested too deeply"));
        }
        match self.open.last_mut().map(|open| &mut open.what) {
            None => self.root = Some(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Map { entries, seen, key }) => match key.take() {
                Some(name) => entries.push((name, node)),
                None => {
                    let name = self
                        .source
                        .get(node.span.start as usize..node.span.end as usize)
                        .unwrap_or_default();
                    let name = match &node.value {
                        Value::Text(text) => text.clone(),
                        Value::Array(_) | Value::Object(_) => {
                            return Err(fault(node.span, "a key must be a string"));
                        }
                        _ => name.trim().to_owned(),
                    };
                    if !seen.insert(name.clone()) {
                        let message = format!("the key `{}` is there twice", shorten(&name));
                        return Err(fault(node.span, message));
                    }
                    *key = Some(Key { name, span: node.span });
                }
            },
        }
        Ok(())
    }

    fn scalar(
        &self,
        text: &str,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<Node, Violation> {
        let kind = tag.and_then(Tag::core_suffix);
        let (inner, how) = match style {
            ScalarStyle::Plain => (span, Style::Plain),
            ScalarStyle::SingleQuoted => (unquoted(span), Style::Single),
            ScalarStyle::DoubleQuoted => (unquoted(span), Style::Double),
            ScalarStyle::Literal | ScalarStyle::Folded => (self.block(span), Style::Plain),
        };
        let string = || Value::Text(text.to_owned());
        let value = match kind {
            Some("str") => string(),
            None if style != ScalarStyle::Plain || tag.is_some() => string(),
            _ => plain(text).map_err(|message| fault(span, message))?.unwrap_or_else(string),
        };
        if matches!(value, Value::Text(_)) {
            return Ok(Node { value, span: inner, style: how, written: None });
        }
        let node = Node { value, span, ..Node::default() };
        let differs = !matches!(node.value, Value::Null) && node.to_string() != text;
        Ok(Node { written: differs.then(|| text.into()), ..node })
    }

    /// The lines of a block scalar without its header (`|-`).
    fn block(&self, span: Span) -> Span {
        let raw = self.source.get(span.start as usize..span.end as usize).unwrap_or_default();
        if !raw.starts_with(['|', '>']) {
            return span;
        }
        let header = raw.find('\n').map_or(raw.len(), |at| at + 1);
        Span::new(span.start as usize + header, span.end as usize)
    }
}

fn unquoted(span: Span) -> Span {
    let start = span.start.saturating_add(1);
    Span { start, end: span.end.saturating_sub(1).max(start) }
}

/// How many nodes a tree has, and how deep it is.
fn measure(node: &Node) -> (usize, usize) {
    let below = |children: &mut dyn Iterator<Item = &Node>| {
        children.map(measure).fold((1, 0), |(count, depth), (c, d)| (count + c, depth.max(d + 1)))
    };
    match &node.value {
        Value::Array(items) => below(&mut items.iter()),
        Value::Object(entries) => below(&mut entries.iter().map(|(_, node)| node)),
        _ => (1, 0),
    }
}

/// What a plain scalar means; `None` for a string.
fn plain(text: &str) -> Result<Option<Value>, String> {
    Ok(Some(match text {
        "" | "~" | "null" | "Null" | "NULL" => Value::Null,
        "true" | "True" | "TRUE" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Value::Bool(true),
        "false" | "False" | "FALSE" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => {
            Value::Bool(false)
        }
        ".inf" | ".Inf" | ".INF" | "+.inf" | "-.inf" | "-.Inf" | "-.INF" | ".nan" | ".NaN"
        | ".NAN" => return Err(format!("`{text}` is no number here")),
        _ => return number(text),
    }))
}

fn number(text: &str) -> Result<Option<Value>, String> {
    let negative = text.starts_with('-');
    let body = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !body.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return Ok(None);
    }
    let digits = body.replace('_', "");
    let sign = if negative { "-" } else { "" };
    for (prefix, radix) in [("0x", 16), ("0b", 2)] {
        if let Some(rest) = digits.strip_prefix(prefix) {
            let fits = |c: char| c.is_digit(radix);
            if rest.is_empty() || !rest.chars().all(fits) {
                return Ok(None);
            }
            return i64::from_str_radix(&format!("{sign}{rest}"), radix)
                .map(|value| Some(Value::Int(value)))
                .map_err(|_| format!("`{}` does not fit 64 bits", shorten(text)));
        }
    }
    if digits.bytes().all(|b| b.is_ascii_digit()) {
        let bare = digits.trim_start_matches('0');
        if digits.len() > 1 && digits.starts_with('0') && bare.len() > 1 {
            if bare.contains(['8', '9']) {
                return Ok(None);
            }
            return Err(format!(
                "`{}` would be octal: write the number without the zero, or quote the text",
                shorten(text)
            ));
        }
        let bare = if bare.is_empty() { "0" } else { bare };
        if digits.len() > 1 && digits.starts_with('0') && matches!(bare, "8" | "9") {
            return Ok(None);
        }
        let value = format!("{sign}{bare}");
        return Ok(Some(value.parse().map_or(Value::Number(value), Value::Int)));
    }
    Ok(float(&digits).map(|float| Value::Number(format!("{sign}{float}"))))
}

/// `1.5`, `.5`, `1.`, `1e3`, `1.5E-3` as a valid JSON number.
fn float(digits: &str) -> Option<String> {
    let (mantissa, exponent) = match digits.find(['e', 'E']) {
        Some(at) => (digits.get(..at)?, digits.get(at..)?),
        None => (digits, ""),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let numeric = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
    let power = exponent.get(1..).unwrap_or_default();
    let power = power.strip_prefix(['+', '-']).unwrap_or(power);
    if !numeric(whole)
        || !numeric(fraction)
        || (whole.is_empty() && fraction.is_empty())
        || !numeric(power)
        || (power.is_empty() && !exponent.is_empty())
    {
        return None;
    }
    let whole = whole.trim_start_matches('0');
    let whole = if whole.is_empty() { "0" } else { whole };
    let dot = if mantissa.contains('.') { "." } else { "" };
    let fraction = if !dot.is_empty() && fraction.is_empty() { "0" } else { fraction };
    Some(format!("{whole}{dot}{fraction}{exponent}"))
}

/// Reads the escape of a double-quoted scalar at the start of a text: the character and how many
/// bytes it took. An escaped line break is an empty string, told as a zero-width joiner.
pub(super) fn unescape(text: &str) -> Option<(char, usize)> {
    let hex = |count: usize| {
        let digits = text.get(2..2 + count)?;
        char::from_u32(u32::from_str_radix(digits, 16).ok()?).map(|c| (c, 2 + count))
    };
    let simple = |c| Some((c, 2));
    match text.as_bytes().get(1)? {
        b'0' => simple('\0'),
        b'a' => simple('\u{7}'),
        b'b' => simple('\u{8}'),
        b't' | b'\t' => simple('\t'),
        b'n' => simple('\n'),
        b'v' => simple('\u{b}'),
        b'f' => simple('\u{c}'),
        b'r' => simple('\r'),
        b'e' => simple('\u{1b}'),
        b' ' => simple(' '),
        b'"' => simple('"'),
        b'/' => simple('/'),
        b'\\' => simple('\\'),
        b'N' => simple('\u{85}'),
        b'_' => simple('\u{a0}'),
        b'L' => simple('\u{2028}'),
        b'P' => simple('\u{2029}'),
        b'x' => hex(2),
        b'u' => super::json::unescape(text),
        b'U' => hex(8),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn one(text: &str) -> String {
        match parse(&format!("a: {text}\n")) {
            Ok(node) => node.get("a").map(ToString::to_string).unwrap_or_default(),
            Err(fault) => fault.message,
        }
    }

    #[test]
    fn plain_scalars_are_read_as_jackson_reads_them() {
        for (text, json) in [
            ("yes", "true"),
            ("No", "false"),
            ("on", "true"),
            ("OFF", "false"),
            ("y", "\"y\""),
            ("tRUE", "\"tRUE\""),
            ("True", "true"),
            ("~", "null"),
            ("", "null"),
            ("-0", "0"),
            ("1_000", "1000"),
            ("1_000.5", "1000.5"),
            ("1.", "1.0"),
            ("-.5", "-0.5"),
            ("1e3", "1e3"),
            ("1.10", "1.10"),
            ("09.5", "9.5"),
            ("08", "\"08\""),
            ("07", "7"),
            ("00", "0"),
            ("0x1F", "31"),
            ("1:30", "\"1:30\""),
            ("2020-01-01", "\"2020-01-01\""),
            ("1.2.3", "\"1.2.3\""),
            ("'5'", "\"5\""),
            ("\"5\"", "\"5\""),
            ("!!str 5", "\"5\""),
            ("!!int 5", "5"),
            ("!foo 5", "\"5\""),
            ("_1", "\"_1\""),
            ("1e", "\"1e\""),
            ("--1", "\"--1\""),
            ("123456789012345678901234567890", "123456789012345678901234567890"),
        ] {
            assert_eq!(one(text), json, "{text}");
        }
        assert!(one("010").contains("would be octal"));
        assert!(one(".inf").contains("is no number here"));
    }

    #[test]
    fn aliases_are_expanded_within_a_budget() {
        let node = parse("a: &x {b: 1}\nc: *x\n").unwrap();
        assert_eq!(node.to_string(), "{\"a\":{\"b\":1},\"c\":{\"b\":1}}");
        let mut text = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
        for n in 1..9 {
            let items = vec![format!("*a{}", n - 1); 10].join(", ");
            text.push_str(&format!("a{n}: &a{n} [{items}]\n"));
        }
        assert!(parse(&text).unwrap_err().message.contains("more than 100000 values"));
        assert!(parse("a: &x [*x]\n").is_err());
    }

    #[test]
    fn what_is_no_single_tree_is_refused() {
        for text in ["a: 1\na: 2\n", "a: 1\n---\nb: 2\n", "? [1]\n: 2\n", "a: [1\n", "", "a: *x\n"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep: String = std::iter::repeat_n('[', 10_000).collect();
        assert!(parse(&deep).is_err());
    }

    #[test]
    fn keys_are_strings() {
        assert_eq!(
            parse("{1: a, true: b, 1.50: c}").unwrap().to_string(),
            r#"{"1":"a","true":"b","1.50":"c"}"#
        );
    }
}
