//! Where in a document something is, as people write it: `steps[2].transition.successors["job.4"]`.

use std::fmt;

use super::{Node, Value};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Segment {
    /// `.name` or `["name"]`
    Key(String),
    /// `[2]`
    Index(usize),
}

/// An owned path.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub struct PathBuf(pub Vec<Segment>);

/// A path that is being walked: a list on the stack, nothing is allocated until a fault is found.
#[derive(Debug, Clone, Copy)]
pub enum Path<'p> {
    /// The document itself.
    Root,
    /// A key of the path before.
    Key(&'p Path<'p>, &'p str),
    /// An item of the path before.
    Index(&'p Path<'p>, usize),
}

impl<'p> Path<'p> {
    /// The path of a key below this one.
    #[must_use]
    pub fn key(&'p self, key: &'p str) -> Path<'p> {
        Path::Key(self, key)
    }
    /// The path of an item below this one.
    #[must_use]
    pub fn index(&'p self, index: usize) -> Path<'p> {
        Path::Index(self, index)
    }
    /// The path, owned.
    #[must_use]
    pub fn to_buf(&self) -> PathBuf {
        let mut segments = Vec::new();
        let mut at = self;
        loop {
            match at {
                Path::Root => break,
                Path::Key(parent, key) => {
                    segments.push(Segment::Key((*key).to_owned()));
                    at = parent;
                }
                Path::Index(parent, index) => {
                    segments.push(Segment::Index(*index));
                    at = parent;
                }
            }
        }
        segments.reverse();
        PathBuf(segments)
    }
}

impl PathBuf {
    /// The path of a key below this one.
    #[must_use]
    pub fn key(&self, key: &str) -> PathBuf {
        let mut path = self.clone();
        path.0.push(Segment::Key(key.to_owned()));
        path
    }
    /// The path of an item below this one.
    #[must_use]
    pub fn index(&self, index: usize) -> PathBuf {
        let mut path = self.clone();
        path.0.push(Segment::Index(index));
        path
    }
    /// The nearest node of the document at this path: the node itself, or the closest one above it
    /// that exists. The wrappers that paths leave out (`workflow`, and the kind of a step) are
    /// stepped through.
    #[must_use]
    pub fn locate<'n>(&self, root: &'n Node) -> &'n Node {
        let mut at = root;
        for segment in &self.0 {
            let next = match segment {
                Segment::Index(index) => at.as_array().and_then(|items| items.get(*index)),
                Segment::Key(key) => at.get(key).or_else(|| hidden(at).and_then(|n| n.get(key))),
            };
            match next {
                Some(node) => at = node,
                None => return at,
            }
        }
        at
    }
}

/// The wrapper that a path leaves out: `workflow` of a request, the single key of a step.
fn hidden(node: &Node) -> Option<&Node> {
    match &node.value {
        Value::Object(entries) => match entries.as_slice() {
            [(_, only)] => Some(only),
            _ => node.get("workflow"),
        },
        _ => None,
    }
}

fn is_plain(key: &str) -> bool {
    let mut chars = key.chars();
    chars.next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_')
        && chars.all(|c| c.is_ascii_alphanumeric() || c == '_')
}

impl fmt::Display for PathBuf {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, segment) in self.0.iter().enumerate() {
            match segment {
                Segment::Key(key) if is_plain(key) && place == 0 => f.write_str(key)?,
                Segment::Key(key) if is_plain(key) => write!(f, ".{key}")?,
                Segment::Key(key) => write!(f, "[\"{}\"]", shorten(key))?,
                Segment::Index(index) => write!(f, "[{index}]")?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.to_buf().fmt(f)
    }
}

/// A text as it is shown in a message: at most 60 characters, on one line.
pub(crate) fn shorten(text: &str) -> String {
    let mut short = String::new();
    for (count, c) in text.chars().enumerate() {
        if count == 60 {
            short.push('…');
            break;
        }
        if c.is_control() { short.extend(c.escape_default()) } else { short.push(c) }
    }
    short
}
