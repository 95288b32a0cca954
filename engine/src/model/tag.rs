//! Tags: labels that are permits at the same time.

use super::record::{add_rest, field, names, rest, through_serde};
use super::{Extra, Model};
use crate::document::{Key, Node, Path, Problems, Value};

names! {
    /// Who owns a tag.
    pub enum Namespace {
        /// The engine.
        System = "SYSTEM",
        /// A runtime.
        Runtime = "RUNTIME",
        /// A job template.
        JobTemplate = "JOB_TEMPLATE",
        /// A notebook template.
        NotebookTemplate = "NOTEBOOK_TEMPLATE",
        /// The user.
        UserDefined = "USER_DEFINED",
        /// The platform.
        Platform = "PLATFORM",
    }
}

/// A tag.
#[derive(Debug, Clone, PartialEq)]
pub struct Tag {
    /// The name.
    pub name: String,
    /// Who owns it.
    pub namespace: Option<Namespace>,
    /// A limit that the engine gives; what users write here is ignored.
    pub permit: Option<i64>,
    /// Any further keys.
    pub attributes: Extra,
}

impl Tag {
    /// A tag with this name.
    #[must_use]
    pub fn named(name: impl Into<String>) -> Tag {
        Tag { name: name.into(), namespace: None, permit: None, attributes: Extra::new() }
    }
    /// A tag of the engine.
    #[must_use]
    pub fn system(name: impl Into<String>) -> Tag {
        Tag { namespace: Some(Namespace::System), ..Tag::named(name) }
    }
    /// With this limit.
    #[must_use]
    pub fn with_permit(mut self, permit: i64) -> Tag {
        self.permit = Some(permit);
        self
    }
}

const FIELDS: &[&str] = &["name", "namespace", "permit"];

impl Model for Tag {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Text(name) => Some(Tag::named(name.clone())),
            Value::Object(_) => {
                let name = field(node, "name", None, at, problems);
                let namespace = field(node, "namespace", None, at, problems);
                let attributes = rest(node, &[FIELDS]);
                Some(Tag { name: name?, namespace: namespace?, permit: None, attributes })
            }
            _ => {
                problems.expected(at, node, "the name of a tag");
                None
            }
        }
    }
    fn write(&self) -> Node {
        let mut entries = vec![(Key::new("name"), self.name.write())];
        if let Some(namespace) = &self.namespace {
            entries.push((Key::new("namespace"), namespace.write()));
        }
        if let Some(permit) = &self.permit {
            entries.push((Key::new("permit"), permit.write()));
        }
        add_rest(&self.attributes, &mut entries);
        Node::new(Value::Object(entries))
    }
}
through_serde!(Tag);
