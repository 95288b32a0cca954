//! Params in shorthand: the literal says the type unless the key does.

use indexmap::IndexMap;

use super::key::ParamKey;
use super::{Converter, Entries, made, object, put};
use crate::document::{Key, Node, Path, Span, Value};
use crate::model::ParamType;

/// Params by name, each with the place of its key.
pub(super) type Params = IndexMap<String, (Span, Node)>;

/// Params as the entries of an object.
pub(super) fn entries_of(params: Params) -> Entries {
    params.into_iter().map(|(name, (span, node))| (Key { name, span }, node)).collect()
}

impl Converter<'_> {
    /// Adds the param under a key to `params`.
    pub(super) fn param(&mut self, key: &Key, node: &Node, at: &Path<'_>, params: &mut Params) {
        let path = at.key(&key.name);
        let parsed = match ParamKey::parse(&key.name) {
            Ok(parsed) => parsed,
            Err(message) => return self.problems.span(&path, key.span, message),
        };
        if params.contains_key(&parsed.name) {
            let message = format!("the param `{}` is there twice", parsed.name);
            return self.problems.span(&path, key.span, message);
        }
        if let Some(definition) = self.definition(&parsed, node, &path) {
            params.insert(parsed.name, (key.span, definition));
        }
    }

    /// The params among the keys of an object: all that are not reserved.
    pub(super) fn params(&mut self, node: &Node, reserved: &[&str], at: &Path<'_>) -> Params {
        let mut params = Params::new();
        for (key, value) in node.as_object().unwrap_or_default() {
            if !reserved.contains(&key.name.as_str()) {
                self.param(key, value, at, &mut params);
            }
        }
        params
    }

    fn definition(&mut self, key: &ParamKey, node: &Node, at: &Path<'_>) -> Option<Node> {
        let mut entries = Vec::new();
        let declared = if key.expression {
            put(&mut entries, "expression", self.expression(node, at)?);
            key.declared.unwrap_or_default()
        } else {
            let declared = match key.declared {
                Some(declared) => declared,
                None => self.inferred(node, at)?,
            };
            put(&mut entries, "value", self.literal(node, declared, at)?);
            declared
        };
        put(&mut entries, "type", made(declared.as_str(), node.span));
        if let Some(mode) = key.mode {
            put(&mut entries, "mode", made(mode.as_str(), node.span));
        }
        Some(object(entries, node.span))
    }

    /// The text of an expression; a number or boolean is its own text.
    pub(super) fn expression(&mut self, node: &Node, at: &Path<'_>) -> Option<Node> {
        match &node.value {
            Value::Text(_) => Some(node.clone()),
            Value::Int(_) | Value::Number(_) | Value::Bool(_) => {
                Some(Node { value: Value::Text(node.to_string()), ..node.clone() })
            }
            _ => {
                self.problems.expected(at, node, "an expression");
                None
            }
        }
    }

    /// The type that a literal has by itself.
    fn inferred(&mut self, node: &Node, at: &Path<'_>) -> Option<ParamType> {
        let text = |(_, node): &(Key, Node)| node.as_text().is_some();
        Some(match &node.value {
            Value::Text(_) => ParamType::String,
            Value::Int(_) => ParamType::Long,
            Value::Number(_) => ParamType::Double,
            Value::Bool(_) => ParamType::Boolean,
            Value::Object(entries) if !entries.is_empty() && entries.iter().all(text) => {
                ParamType::StringMap
            }
            Value::Object(_) => ParamType::Map,
            Value::Array(items) => match items.first().map(|item| &item.value) {
                None | Some(Value::Text(_)) => ParamType::StringArray,
                Some(Value::Int(_)) => ParamType::LongArray,
                Some(Value::Number(_)) => ParamType::DoubleArray,
                Some(Value::Bool(_)) => ParamType::BooleanArray,
                Some(_) => {
                    let what = "a list of strings, numbers or booleans";
                    self.problems.at(at, node, format!("expected {what}"));
                    return None;
                }
            },
            Value::Null => {
                self.problems.at(at, node, "a param may not be null");
                return None;
            }
        })
    }

    /// The JSON form of a literal of a type.
    fn literal(&mut self, node: &Node, declared: ParamType, at: &Path<'_>) -> Option<Node> {
        if node.is_null() {
            self.problems.at(at, node, "a param may not be null");
            return None;
        }
        if declared == ParamType::Map {
            let Some(entries) = node.as_object() else {
                self.problems.expected(at, node, "a map");
                return None;
            };
            let mut inner = Params::new();
            for (key, value) in entries {
                self.param(key, value, at, &mut inner);
            }
            return Some(object(entries_of(inner), node.span));
        }
        // Nothing is converted here, as it is in JSON.
        if !self.fits(node, declared, at) {
            return None;
        }
        // The model checks what the literal holds; here only to have the fault at its place.
        let count = self.problems.len();
        crate::model::Literal::read(node, declared, at, self.problems);
        (self.problems.len() == count).then(|| node.clone())
    }

    /// Whether the scalars of a literal are of its type; notes those that are not.
    fn fits(&mut self, node: &Node, declared: ParamType, at: &Path<'_>) -> bool {
        let is_one = match (declared, &node.value) {
            (ParamType::StringMap, Value::Object(entries)) => {
                let mut fit = |(key, item): &(Key, Node)| {
                    self.fits(item, ParamType::String, &at.key(&key.name))
                };
                return entries.iter().filter(|entry| !fit(entry)).count() == 0;
            }
            (_, Value::Array(items)) if declared.element().is_some() => {
                let element = declared.element().unwrap_or_default();
                let mut fit =
                    |(index, item): &(usize, &Node)| self.fits(item, element, &at.index(*index));
                return items.iter().enumerate().filter(|item| !fit(item)).count() == 0;
            }
            (ParamType::String, value) => matches!(value, Value::Text(_)),
            (ParamType::Long, value) => matches!(value, Value::Int(_)),
            (ParamType::Double, value) => matches!(value, Value::Int(_) | Value::Number(_)),
            (ParamType::Boolean, value) => matches!(value, Value::Bool(_)),
            // Its shape is wrong, which the model tells.
            _ => true,
        };
        if !is_one {
            let what = match declared {
                ParamType::String => "a string",
                ParamType::Long => "an integer of 64 bits",
                ParamType::Double => "a number",
                _ => "a boolean",
            };
            self.problems.expected(at, node, what);
        }
        is_one
    }

    /// `{from: 0, to: 10, increment: 1}` as an expression for a LONG_ARRAY.
    pub(super) fn range(&mut self, key: &Key, node: &Node, at: &Path<'_>, params: &mut Params) {
        let path = at.key(&key.name);
        if node.as_object().is_none() {
            return self.problems.expected(&path, node, "an object with `from`, `to`, `increment`");
        }
        crate::model::unknown_fields(node, &["from", "to", "increment"], &path, self.problems);
        let mut number = |name: &str, default: Option<i64>| match node.get(name) {
            Some(Node { value: Value::Int(number), .. }) => Some(*number),
            Some(found) => {
                self.problems.expected(&path.key(name), found, "an integer of 64 bits");
                None
            }
            None if default.is_some() => default,
            None => {
                self.problems.at(&path, node, format!("`{name}` is required and is missing"));
                None
            }
        };
        let (from, to, step) =
            (number("from", Some(0)), number("to", None), number("increment", Some(1)));
        let (Some(from), Some(to), Some(step)) = (from, to, step) else { return };
        if step == 0 {
            return self.problems.at(&path.key("increment"), node, "an increment may not be 0");
        }
        if params.contains_key(&key.name) {
            let message = format!("the param `{}` is there twice", key.name);
            return self.problems.span(&path, key.span, message);
        }
        let mut entries = Vec::new();
        let text = format!("Util.intsBetween({from}, {to}, {step});");
        put(&mut entries, "expression", made(text, node.span));
        put(&mut entries, "type", made("LONG_ARRAY", node.span));
        params.insert(key.name.clone(), (key.span, object(entries, node.span)));
    }
}

/// A STRING literal as a param.
pub(super) fn string_param(node: &Node) -> Node {
    let mut entries = Vec::new();
    put(&mut entries, "value", node.clone());
    put(&mut entries, "type", made("STRING", node.span));
    Node { value: Value::Object(entries), span: node.span, ..Node::default() }
}
