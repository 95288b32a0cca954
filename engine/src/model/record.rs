//! How a type is read from and written to a tree, and the two macros that declare such types:
//! `record!` for objects and `names!` for enums of names.

use indexmap::IndexMap;

use super::coerce;
use crate::document::{Key, Node, Path, Problems, Value};

/// A type of the wire.
pub trait Model: Sized {
    /// Reads the type; `None` when a fault was noted.
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self>;
    /// Writes the type.
    fn write(&self) -> Node;
    /// What an absent field stands for; `None` when the field is required.
    fn absent() -> Option<Self> {
        None
    }
    /// Whether a node stands for no value.
    fn is_null(node: &Node) -> bool {
        node.is_null()
    }
    /// Whether the field is left out when it is written.
    fn is_absent(&self) -> bool {
        false
    }
    /// What stands in for a node that cannot be read, so that the rest is looked at all the same.
    fn stand_in(_: &Node) -> Option<Self> {
        None
    }
}

/// The value of a field of an object.
pub(crate) fn field<T: Model>(
    object: &Node,
    name: &str,
    default: Option<T>,
    at: &Path<'_>,
    problems: &mut Problems,
) -> Option<T> {
    match object.get(name) {
        // A path begins inside the workflow: `steps[2]`, not `workflow.steps[2]`.
        Some(node) if !T::is_null(node) && name == "workflow" => T::read(node, at, problems),
        // Reading goes on without what cannot be read, so that the rules are looked at as well.
        Some(node) if !T::is_null(node) => T::read(node, &at.key(name), problems).or_else(|| {
            problems.lose(&at.key(name));
            default.or_else(T::absent).or_else(|| T::stand_in(node))
        }),
        found => {
            let value = default.or_else(T::absent);
            if value.is_none() {
                let what = if found.is_some() { "null" } else { "missing" };
                problems.at(at, object, format!("`{name}` is required and is {what}"));
                problems.lose(&at.key(name));
            }
            value.or_else(|| T::stand_in(object))
        }
    }
}

/// Notes every key that is not among the known ones.
pub(crate) fn unknown(node: &Node, known: &[&[&str]], at: &Path<'_>, problems: &mut Problems) {
    for (key, _) in node.as_object().unwrap_or_default() {
        if !known.iter().any(|names| names.contains(&key.name.as_str())) {
            problems.span(&at.key(&key.name), key.span, "unknown field");
        }
    }
}

/// As [`unknown`], for objects that are no record.
pub(crate) fn unknown_fields(node: &Node, known: &[&str], at: &Path<'_>, problems: &mut Problems) {
    unknown(node, &[known], at, problems);
}

/// The keys that are not among the known ones, as a bag.
pub(crate) fn rest(node: &Node, known: &[&[&str]]) -> super::Extra {
    node.as_object()
        .unwrap_or_default()
        .iter()
        .filter(|(key, node)| {
            !node.is_null() && !known.iter().any(|names| names.contains(&key.name.as_str()))
        })
        .map(|(key, node)| (key.name.clone(), to_json(node)))
        .collect()
}

/// Adds the entries of a bag to an object that is written.
pub(crate) fn add_rest(extra: &super::Extra, entries: &mut Vec<(Key, Node)>) {
    for (name, value) in extra {
        if !entries.iter().any(|(key, _)| key.name == *name) {
            entries.push((Key::new(name.clone()), from_json(value)));
        }
    }
}

/// A tree as `serde_json`'s value; decimals become doubles.
pub(crate) fn to_json(node: &Node) -> serde_json::Value {
    use serde_json::Value as Json;
    match &node.value {
        Value::Null => Json::Null,
        Value::Bool(value) => Json::Bool(*value),
        Value::Int(value) => (*value).into(),
        Value::Number(text) => {
            text.parse::<serde_json::Number>().map_or_else(|_| text.clone().into(), Json::Number)
        }
        Value::Text(text) => text.clone().into(),
        Value::Array(items) => items.iter().map(to_json).collect(),
        Value::Object(entries) => {
            Json::Object(entries.iter().map(|(k, v)| (k.name.clone(), to_json(v))).collect())
        }
    }
}

/// `serde_json`'s value as a tree.
pub(crate) fn from_json(json: &serde_json::Value) -> Node {
    use serde_json::Value as Json;
    Node::new(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => {
            number.as_i64().map_or_else(|| Value::Number(number.to_string()), Value::Int)
        }
        Json::String(text) => Value::Text(text.clone()),
        Json::Array(items) => Value::Array(items.iter().map(from_json).collect()),
        Json::Object(entries) => Value::Object(
            entries.iter().map(|(k, v)| (Key::new(k.clone()), from_json(v))).collect(),
        ),
    })
}

impl Model for Node {
    fn read(node: &Node, _: &Path<'_>, _: &mut Problems) -> Option<Self> {
        Some(node.clone())
    }
    fn write(&self) -> Node {
        self.clone()
    }
}

impl Model for serde_json::Value {
    fn read(node: &Node, _: &Path<'_>, _: &mut Problems) -> Option<Self> {
        Some(to_json(node))
    }
    fn write(&self) -> Node {
        from_json(self)
    }
}

impl Model for String {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let text = coerce::text(node);
        if text.is_none() {
            problems.expected(at, node, "a string");
        }
        text
    }
    fn write(&self) -> Node {
        Node::text(self.clone())
    }
    fn stand_in(_: &Node) -> Option<Self> {
        Some(String::new())
    }
}

impl Model for bool {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let value = coerce::boolean(node);
        if value.is_none() {
            problems.expected_value(at, node, "a boolean");
        }
        value
    }
    fn is_null(node: &Node) -> bool {
        coerce::is_nothing(node)
    }
    fn write(&self) -> Node {
        Node::new(Value::Bool(*self))
    }
}

impl Model for i64 {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let value = coerce::integer(node);
        if value.is_none() {
            problems.expected_value(at, node, "an integer of 64 bits");
        }
        value
    }
    fn is_null(node: &Node) -> bool {
        coerce::is_nothing(node)
    }
    fn write(&self) -> Node {
        Node::new(Value::Int(*self))
    }
}

impl<T: Model> Model for Option<T> {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        if T::is_null(node) { Some(None) } else { T::read(node, at, problems).map(Some) }
    }
    fn is_null(node: &Node) -> bool {
        T::is_null(node)
    }
    fn write(&self) -> Node {
        self.as_ref().map(T::write).unwrap_or_default()
    }
    fn absent() -> Option<Self> {
        Some(None)
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Model> Model for Box<T> {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        T::read(node, at, problems).map(Box::new)
    }
    fn write(&self) -> Node {
        T::write(self)
    }
    fn absent() -> Option<Self> {
        T::absent().map(Box::new)
    }
    fn is_absent(&self) -> bool {
        T::is_absent(self)
    }
}

impl<T: Model> Model for Vec<T> {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let Some(items) = node.as_array() else {
            problems.expected(at, node, "a list");
            return None;
        };
        let mut read = Vec::new();
        let mut is_whole = true;
        for (index, item) in items.iter().enumerate() {
            let at = at.index(index);
            // Every item is read, so that the faults of all of them are noted. Those behind one
            // that nothing stands in for would be in another place.
            let found = T::read(item, &at, problems).or_else(|| {
                problems.lose(&at);
                T::stand_in(item)
            });
            is_whole &= found.is_some();
            read.extend(found.filter(|_| is_whole));
        }
        Some(read)
    }
    fn write(&self) -> Node {
        Node::new(Value::Array(self.iter().map(T::write).collect()))
    }
    fn absent() -> Option<Self> {
        Some(Vec::new())
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Model> Model for IndexMap<String, T> {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let Some(entries) = node.as_object() else {
            problems.expected(at, node, "an object");
            return None;
        };
        let mut read = IndexMap::new();
        for (key, item) in entries {
            let at = at.key(&key.name);
            let found = T::read(item, &at, problems).or_else(|| {
                problems.lose(&at);
                T::stand_in(item)
            });
            read.extend(found.map(|value| (key.name.clone(), value)));
        }
        Some(read)
    }
    fn write(&self) -> Node {
        Node::new(Value::Object(
            self.iter().map(|(name, value)| (Key::new(name.clone()), value.write())).collect(),
        ))
    }
    fn absent() -> Option<Self> {
        Some(IndexMap::new())
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

/// Reads and writes a type through serde by way of its [`Model`].
macro_rules! through_serde {
    ($($name:ty),+ $(,)?) => {$(
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serde::Serialize::serialize(&$crate::model::Model::write(self), serializer)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let node = <$crate::document::Node as serde::Deserialize>::deserialize(deserializer)?;
                $crate::document::decode(&node).map_err(serde::de::Error::custom)
            }
        }
    )+};
}

/// Declares an object. A field with `= default` may be absent and is always written; any other
/// may be absent if its type says so. `+ extra` keeps unknown fields, otherwise they are refused.
macro_rules! record {
    (
        $(#[$meta:meta])*
        pub struct $name:ident {
            $($(#[$doc:meta])* $field:ident $(as $wire:literal)? : $ty:ty $(= $default:expr)?,)*
        }
        $(+ $(#[$extra_doc:meta])* $extra:ident)?
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$doc])* pub $field: $ty,)*
            $($(#[$extra_doc])* pub $extra: $crate::model::Extra,)?
        }

        impl $name {
            /// The names of the fields on the wire.
            pub(crate) const FIELDS: &'static [&'static str] =
                &[$($crate::model::record::record!(@wire $field $($wire)?)),*];

            /// Reads the fields, whatever else the object has.
            pub(crate) fn read_fields(
                node: &$crate::document::Node,
                at: &$crate::document::Path<'_>,
                problems: &mut $crate::document::Problems,
            ) -> Option<Self> {
                $(let $field = $crate::model::record::field::<$ty>(
                    node,
                    $crate::model::record::record!(@wire $field $($wire)?),
                    $crate::model::record::record!(@default $($default)?),
                    at,
                    problems,
                );)*
                Some($name {
                    $($field: $field?,)*
                    $($extra: $crate::model::record::rest(node, &[Self::FIELDS]),)?
                })
            }

            /// Writes the fields.
            pub(crate) fn write_fields(
                &self,
                entries: &mut Vec<($crate::document::Key, $crate::document::Node)>,
            ) {
                $(if $crate::model::record::record!(@always $($default)?)
                    || !$crate::model::Model::is_absent(&self.$field)
                {
                    let name = $crate::model::record::record!(@wire $field $($wire)?);
                    let value = $crate::model::Model::write(&self.$field);
                    entries.push(($crate::document::Key::new(name), value));
                })*
                $($crate::model::record::add_rest(&self.$extra, entries);)?
            }
        }

        impl $crate::model::Model for $name {
            fn read(
                node: &$crate::document::Node,
                at: &$crate::document::Path<'_>,
                problems: &mut $crate::document::Problems,
            ) -> Option<Self> {
                if node.as_object().is_none() {
                    problems.expected(at, node, "an object");
                    return None;
                }
                $crate::model::record::record!(@unknown node, at, problems $(, $extra)?);
                Self::read_fields(node, at, problems)
            }
            fn write(&self) -> $crate::document::Node {
                let mut entries = Vec::new();
                self.write_fields(&mut entries);
                $crate::document::Node::new($crate::document::Value::Object(entries))
            }
        }
        $crate::model::record::through_serde!($name);
    };
    (@wire $field:ident) => { stringify!($field) };
    (@wire $field:ident $wire:literal) => { $wire };
    (@default) => { None };
    (@default $default:expr) => { Some($default) };
    (@always) => { false };
    (@always $default:expr) => { true };
    (@unknown $node:ident, $at:ident, $problems:ident) => {
        $crate::model::record::unknown($node, &[Self::FIELDS], $at, $problems);
    };
    (@unknown $node:ident, $at:ident, $problems:ident, $extra:ident) => {};
}

/// Declares an enum of names, read in any case.
macro_rules! names {
    (
        $(#[$meta:meta])*
        pub enum $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }
    ) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[$doc])* $variant,)+
        }

        impl $name {
            /// All of them, in order.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name on the wire.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
            /// The one with this name, in any case.
            #[must_use]
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|one| one.as_str().eq_ignore_ascii_case(name))
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl $crate::model::Model for $name {
            fn read(
                node: &$crate::document::Node,
                at: &$crate::document::Path<'_>,
                problems: &mut $crate::document::Problems,
            ) -> Option<Self> {
                $crate::model::record::name(node, at, problems, Self::from_name, || {
                    Self::ALL.iter().map(|one| one.as_str()).collect()
                })
            }
            fn write(&self) -> $crate::document::Node {
                $crate::document::Node::text(self.as_str())
            }
        }
        $crate::model::record::through_serde!($name);
    };
}

/// Reads a name of an enum.
pub(crate) fn name<T>(
    node: &Node,
    at: &Path<'_>,
    problems: &mut Problems,
    from_name: impl Fn(&str) -> Option<T>,
    all: impl Fn() -> Vec<&'static str>,
) -> Option<T> {
    let value = node.as_text().and_then(&from_name);
    if value.is_none() {
        let all: Vec<String> = all().iter().map(|name| format!("`{name}`")).collect();
        let found = match node.as_text() {
            Some(text) => format!("`{}`", crate::document::shorten(text)),
            None => node.what().to_owned(),
        };
        problems.at(at, node, format!("expected one of {}, found {found}", all.join(", ")));
    }
    value
}

macro_rules! statuses {
    ($($name:ty),+) => {$(
        impl Model for $name {
            fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
                name(node, at, problems, |text| text.parse().ok(), || {
                    Self::ALL.iter().map(|one| one.as_str()).collect()
                })
            }
            fn write(&self) -> Node {
                Node::text(self.as_str())
            }
        }
    )+};
}
statuses!(crate::status::StepStatus, crate::status::InstanceStatus);

pub(crate) use {names, record, through_serde};
