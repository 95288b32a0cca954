//! The bridge to serde: a tree is written through any serializer, and read from `serde_json` with
//! the digits of its numbers.

use serde::de::Error as _;
use serde::ser::{Error as _, SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use super::{Node, Path, Problems, Value, Violations, parse_json};
use crate::model::Model;

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.value {
            Value::Null => serializer.serialize_unit(),
            Value::Bool(value) => serializer.serialize_bool(*value),
            Value::Int(value) => serializer.serialize_i64(*value),
            Value::Number(text) => {
                RawValue::from_string(text.clone()).map_err(S::Error::custom)?.serialize(serializer)
            }
            Value::Text(text) => serializer.serialize_str(text),
            Value::Array(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                for item in items {
                    list.serialize_element(item)?;
                }
                list.end()
            }
            Value::Object(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                for (key, item) in entries {
                    map.serialize_entry(&key.name, item)?;
                }
                map.end()
            }
        }
    }
}

/// From a deserializer of `serde_json` (text or `Value`); others are not supported.
impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = Box::<RawValue>::deserialize(deserializer)?;
        parse_json(raw.get()).map_err(D::Error::custom)
    }
}

/// Reads a model from a tree.
///
/// # Errors
/// All faults of shape, each with its path.
pub fn decode<T: Model>(node: &Node) -> Result<T, Violations> {
    let mut problems = Problems::default();
    let value = T::read(node, &Path::Root, &mut problems);
    problems.finish(value)
}

/// Reads a model from a JSON text.
///
/// # Errors
/// When the text is not JSON, and all faults of shape, each with its path.
pub fn from_json<T: Model>(text: &str) -> Result<T, Violations> {
    decode(&parse_json(text)?)
}
