//! A user: on the wire just the name, or an object when there is more to say.

use super::record::{add_rest, field, rest, through_serde};
use super::{Extra, Model};
use crate::document::{Key, Node, Path, Problems, Value};

/// A user.
#[derive(Debug, Clone, PartialEq)]
pub struct User {
    /// The name.
    pub name: String,
    /// Any further attributes.
    pub extra: Extra,
}

impl User {
    /// A user with this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> User {
        User { name: name.into(), extra: Extra::new() }
    }
}

impl Model for User {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Text(name) => Some(User::named(name.clone())),
            Value::Object(_) => Some(User {
                name: field(node, "name", None, at, problems)?,
                extra: rest(node, &[&["name"]]),
            }),
            _ => {
                problems.expected(at, node, "the name of a user");
                None
            }
        }
    }
    fn write(&self) -> Node {
        if self.extra.is_empty() {
            return Node::text(self.name.clone());
        }
        let mut entries = vec![(Key::new("name"), self.name.write())];
        add_rest(&self.extra, &mut entries);
        Node::new(Value::Object(entries))
    }
}
through_serde!(User);
