//! What a param evaluated to.

use indexmap::IndexMap;

use super::record::through_serde;
use super::{Decimal, Literal, Model, ParamType};
use crate::document::{Key, Node, Path, Problems, Value};

/// The evaluated value of a param. Unlike a [`Literal`] a map has plain values.
#[derive(Debug, Clone, PartialEq)]
pub enum Evaluated {
    /// STRING
    String(String),
    /// LONG
    Long(i64),
    /// DOUBLE
    Double(Decimal),
    /// BOOLEAN
    Boolean(bool),
    /// STRING_ARRAY
    StringArray(Vec<String>),
    /// LONG_ARRAY
    LongArray(Vec<i64>),
    /// DOUBLE_ARRAY
    DoubleArray(Vec<Decimal>),
    /// BOOLEAN_ARRAY
    BooleanArray(Vec<bool>),
    /// STRING_MAP and MAP
    Map(IndexMap<String, Evaluated>),
}

impl Evaluated {
    /// The value as the expression language has it.
    #[must_use]
    pub fn to_sel(&self) -> sel::Value {
        use sel::Value as V;
        match self {
            Evaluated::String(value) => V::String(value.clone()),
            Evaluated::Long(value) => V::Long(*value),
            Evaluated::Double(value) => V::Double(value.to_f64()),
            Evaluated::Boolean(value) => V::Boolean(*value),
            Evaluated::StringArray(items) => {
                V::StringArray(items.iter().map(|item| Some(item.clone())).collect())
            }
            Evaluated::LongArray(items) => V::LongArray(items.clone()),
            Evaluated::DoubleArray(items) => {
                V::DoubleArray(items.iter().map(Decimal::to_f64).collect())
            }
            Evaluated::BooleanArray(items) => V::BooleanArray(items.clone()),
            Evaluated::Map(entries) => {
                V::Map(entries.iter().map(|(name, item)| (name.clone(), item.to_sel())).collect())
            }
        }
    }

    /// The value as plain JSON; decimals become doubles.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        super::record::to_json(&self.write())
    }

    /// The text of a STRING.
    #[must_use]
    pub fn as_str(&self) -> Option<&str> {
        match self {
            Evaluated::String(text) => Some(text),
            _ => None,
        }
    }
    /// The number of a LONG.
    #[must_use]
    pub fn as_i64(&self) -> Option<i64> {
        match self {
            Evaluated::Long(value) => Some(*value),
            _ => None,
        }
    }
    /// The value of a BOOLEAN.
    #[must_use]
    pub fn as_bool(&self) -> Option<bool> {
        match self {
            Evaluated::Boolean(value) => Some(*value),
            _ => None,
        }
    }
    /// The entries of a map.
    #[must_use]
    pub fn as_map(&self) -> Option<&IndexMap<String, Evaluated>> {
        match self {
            Evaluated::Map(entries) => Some(entries),
            _ => None,
        }
    }
    /// The type of the value, MAP for every map.
    #[must_use]
    pub fn param_type(&self) -> ParamType {
        match self {
            Evaluated::String(_) => ParamType::String,
            Evaluated::Long(_) => ParamType::Long,
            Evaluated::Double(_) => ParamType::Double,
            Evaluated::Boolean(_) => ParamType::Boolean,
            Evaluated::StringArray(_) => ParamType::StringArray,
            Evaluated::LongArray(_) => ParamType::LongArray,
            Evaluated::DoubleArray(_) => ParamType::DoubleArray,
            Evaluated::BooleanArray(_) => ParamType::BooleanArray,
            Evaluated::Map(_) => ParamType::Map,
        }
    }

    /// How many elements an array has.
    #[must_use]
    pub fn array_len(&self) -> Option<usize> {
        match self {
            Evaluated::StringArray(items) => Some(items.len()),
            Evaluated::LongArray(items) => Some(items.len()),
            Evaluated::DoubleArray(items) => Some(items.len()),
            Evaluated::BooleanArray(items) => Some(items.len()),
            _ => None,
        }
    }
    /// One element of an array.
    #[must_use]
    pub fn element(&self, index: usize) -> Option<Evaluated> {
        match self {
            Evaluated::StringArray(items) => items.get(index).cloned().map(Evaluated::String),
            Evaluated::LongArray(items) => items.get(index).copied().map(Evaluated::Long),
            Evaluated::DoubleArray(items) => items.get(index).cloned().map(Evaluated::Double),
            Evaluated::BooleanArray(items) => items.get(index).copied().map(Evaluated::Boolean),
            _ => None,
        }
    }

    /// Reads a value of a declared type, as it is stored.
    pub(crate) fn read_as(
        node: &Node,
        declared: ParamType,
        at: &Path<'_>,
        problems: &mut Problems,
    ) -> Option<Evaluated> {
        Some(match Literal::read_flat(node, declared, at, problems)? {
            Some(literal) => literal,
            None => Evaluated::read(node, at, problems)?,
        })
    }
}

impl Literal {
    /// A literal without nested definitions as an evaluated value; `Some(None)` for maps.
    fn read_flat(
        node: &Node,
        declared: ParamType,
        at: &Path<'_>,
        problems: &mut Problems,
    ) -> Option<Option<Evaluated>> {
        if matches!(declared, ParamType::Map | ParamType::StringMap) {
            return Some(None);
        }
        Some(match Literal::read(node, declared, at, problems)? {
            Literal::String(value) => Some(Evaluated::String(value)),
            Literal::Long(value) => Some(Evaluated::Long(value)),
            Literal::Double(value) => Some(Evaluated::Double(value)),
            Literal::Boolean(value) => Some(Evaluated::Boolean(value)),
            Literal::StringArray(items) => Some(Evaluated::StringArray(items)),
            Literal::LongArray(items) => Some(Evaluated::LongArray(items)),
            Literal::DoubleArray(items) => Some(Evaluated::DoubleArray(items)),
            Literal::BooleanArray(items) => Some(Evaluated::BooleanArray(items)),
            Literal::StringMap(_) | Literal::Map(_) => None,
        })
    }
}

/// Plain JSON: an array has the type of its elements, an empty one is a STRING_ARRAY.
impl Model for Evaluated {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Null => {
                problems.expected(at, node, "a value");
                None
            }
            Value::Bool(value) => Some(Evaluated::Boolean(*value)),
            Value::Int(value) => Some(Evaluated::Long(*value)),
            Value::Number(_) => Model::read(node, at, problems).map(Evaluated::Double),
            Value::Text(text) => Some(Evaluated::String(text.clone())),
            Value::Object(entries) => {
                let mut map = IndexMap::new();
                for (Key { name, .. }, item) in entries {
                    map.insert(name.clone(), Evaluated::read(item, &at.key(name), problems)?);
                }
                Some(Evaluated::Map(map))
            }
            Value::Array(items) => {
                let whole = |node: &Node| matches!(node.value, Value::Int(_));
                let number = |node: &Node| matches!(node.value, Value::Int(_) | Value::Number(_));
                let boolean = |node: &Node| matches!(node.value, Value::Bool(_));
                let declared = if items.is_empty() {
                    ParamType::StringArray
                } else if items.iter().all(whole) {
                    ParamType::LongArray
                } else if items.iter().all(number) {
                    ParamType::DoubleArray
                } else if items.iter().all(boolean) {
                    ParamType::BooleanArray
                } else {
                    ParamType::StringArray
                };
                Evaluated::read_as(node, declared, at, problems)
            }
        }
    }
    fn write(&self) -> Node {
        match self {
            Evaluated::String(value) => value.write(),
            Evaluated::Long(value) => value.write(),
            Evaluated::Double(value) => value.write(),
            Evaluated::Boolean(value) => value.write(),
            Evaluated::StringArray(items) => items.write(),
            Evaluated::LongArray(items) => items.write(),
            Evaluated::DoubleArray(items) => items.write(),
            Evaluated::BooleanArray(items) => items.write(),
            Evaluated::Map(entries) => entries.write(),
        }
    }
}
through_serde!(Evaluated);
