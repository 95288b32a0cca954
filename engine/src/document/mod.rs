//! A JSON or YAML text as a tree that remembers where everything stood.
//!
//! Definitions are read from this tree and not through serde's data model for three reasons: every
//! fault can be reported at once with its path and its place in the text, numbers keep their exact
//! digits, and what the YAML language is turned into still points at the YAML. The depth of a tree
//! is bounded by [`MAX_DEPTH`], so walking it by recursion is safe.

mod json;
mod path;
mod place;
mod problem;
mod serde_impl;
mod write;
mod yaml;

pub use json::parse as parse_json;
pub(crate) use path::shorten;
pub use path::{Path, PathBuf, Segment};
pub use place::Place;
pub use problem::{Problems, Violation, Violations};
pub use serde_impl::{decode, from_json};
pub use yaml::parse as parse_yaml;

/// How deep arrays and objects may be nested.
pub const MAX_DEPTH: usize = 128;

/// The largest text that is read at all, in bytes.
pub const MAX_BYTES: usize = 16 << 20;

/// A range of bytes in the text. For a string it is its content without the quotes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Span {
        let fit = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        Span { start: fit(start), end: fit(end) }
    }
}

/// How a string was written, which decides how a place in it maps to a place in the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Style {
    /// Not from a text, or not a string.
    #[default]
    None,
    /// `"a\n"` of JSON.
    Json,
    /// `"a\n"` of YAML.
    Double,
    /// `'it''s'` of YAML.
    Single,
    /// Plain and block scalars of YAML: no escapes, lines may be folded.
    Plain,
}

/// One value of the tree.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Node {
    /// The value.
    pub value: Value,
    /// Where it stood.
    pub span: Span,
    /// How it was written.
    pub style: Style,
    /// The text of a number or boolean that YAML writes in another way: `007`, `0x1F`, `yes`.
    pub written: Option<Box<str>>,
}

/// A key of an object with the place of the key.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// The key.
    pub name: String,
    /// Where it stood.
    pub span: Span,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    /// `null`
    #[default]
    Null,
    /// `true`
    Bool(bool),
    /// `42`, within 64 bits.
    Int(i64),
    /// `1.50`, or an integer beyond 64 bits: its text, a valid JSON number.
    Number(String),
    /// `"a"`
    Text(String),
    /// `[1, 2]`
    Array(Vec<Node>),
    /// `{"a": 1}`; no key occurs twice.
    Object(Vec<(Key, Node)>),
}

impl Node {
    /// A node that comes from no text.
    #[must_use]
    pub fn new(value: Value) -> Node {
        Node { value, ..Node::default() }
    }
    /// A string that comes from no text.
    #[must_use]
    pub fn text(text: impl Into<String>) -> Node {
        Node::new(Value::Text(text.into()))
    }
    /// The same place, another value.
    #[must_use]
    pub fn replaced(&self, value: Value) -> Node {
        Node { value, span: self.span, style: self.style, written: None }
    }
    /// The entries of an object.
    #[must_use]
    pub fn as_object(&self) -> Option<&[(Key, Node)]> {
        match &self.value {
            Value::Object(entries) => Some(entries),
            _ => None,
        }
    }
    /// The items of an array.
    #[must_use]
    pub fn as_array(&self) -> Option<&[Node]> {
        match &self.value {
            Value::Array(items) => Some(items),
            _ => None,
        }
    }
    /// The text of a string.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }
    /// The value of a key; `None` when it is absent or this is no object.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.as_object()?.iter().find(|(k, _)| k.name == key).map(|(_, node)| node)
    }
    /// `null`?
    #[must_use]
    pub fn is_null(&self) -> bool {
        self.value == Value::Null
    }
    /// What it is, in words.
    #[must_use]
    pub fn what(&self) -> &'static str {
        match self.value {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) => "an integer",
            Value::Number(_) => "a number",
            Value::Text(_) => "a string",
            Value::Array(_) => "a list",
            Value::Object(_) => "an object",
        }
    }
}

impl Key {
    /// A key that comes from no text.
    #[must_use]
    pub fn new(name: impl Into<String>) -> Key {
        Key { name: name.into(), span: Span::default() }
    }
}
