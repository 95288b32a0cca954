//! Writing values as JSON.

use std::fmt::Display;

use serde::ser::{Error, Serialize, SerializeMap, SerializeSeq, Serializer};

use super::{MAX_DEPTH, Plain, Typed};
use crate::value::{Kind, Value};

/// A value, and how many maps it is in.
struct At<'v> {
    value: &'v Value,
    depth: usize,
    typed: bool,
}

impl Serialize for Plain<&Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        At { value: self.0, depth: 0, typed: false }.serialize(serializer)
    }
}

impl Serialize for Plain<Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Plain(&self.0).serialize(serializer)
    }
}

impl Serialize for Typed<&Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        At { value: self.0, depth: 0, typed: true }.serialize(serializer)
    }
}

impl Serialize for Typed<Value> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        Typed(&self.0).serialize(serializer)
    }
}

impl Serialize for At<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if !self.typed {
            return Bare(self).serialize(serializer);
        }
        let kind = self.value.kind();
        let shown = match kind {
            Kind::DateTimeZone
            | Kind::DateTimeFormatter
            | Kind::DateTimeProperty
            | Kind::DateTimeDays
            | Kind::Uuid => matches!(self.value, Value::NullOf(_)),
            _ => true,
        };
        let mut object = serializer.serialize_map(Some(if shown { 2 } else { 1 }))?;
        object.serialize_entry("type", kind.name())?;
        if shown {
            object.serialize_entry("value", &Bare(self))?;
        }
        object.end()
    }
}

/// The value without its type; a map's entries have theirs.
struct Bare<'v>(&'v At<'v>);

impl Serialize for Bare<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.value {
            Value::Void | Value::Null | Value::NullOf(_) => serializer.serialize_unit(),
            Value::Long(v) => serializer.serialize_i64(*v),
            Value::Double(v) => Number(*v).serialize(serializer),
            Value::Boolean(v) => serializer.serialize_bool(*v),
            Value::String(v) => serializer.serialize_str(v),
            Value::LongArray(v) => v.serialize(serializer),
            Value::BooleanArray(v) => v.serialize(serializer),
            Value::StringArray(v) => v.serialize(serializer),
            Value::DoubleArray(v) => {
                let mut array = serializer.serialize_seq(Some(v.len()))?;
                v.iter().try_for_each(|v| array.serialize_element(&Number(*v)))?;
                array.end()
            }
            Value::Map(v) => {
                let depth = self.0.depth + 1;
                if depth > MAX_DEPTH {
                    return Err(S::Error::custom(format_args!(
                        "maps are nested more than {MAX_DEPTH} deep"
                    )));
                }
                let mut object = serializer.serialize_map(Some(v.len()))?;
                for (key, value) in v {
                    object.serialize_entry(key, &At { value, depth, typed: self.0.typed })?;
                }
                object.end()
            }
            Value::DateTime(v) => text(v, serializer),
            Value::DateTimeZone(v) => text(v, serializer),
            Value::DateTimeFormatter(v) => text(v, serializer),
            Value::DateTimeProperty(v) => text(v, serializer),
            Value::DateTimeDays(v) => text(v, serializer),
            Value::Uuid(v) => text(&uuid::Uuid::from_bytes(*v).hyphenated(), serializer),
        }
    }
}

fn text<S: Serializer>(value: &impl Display, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(value)
}

/// A double; what JSON has no number for is a string.
struct Number(f64);

impl Serialize for Number {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if self.0.is_finite() {
            serializer.serialize_f64(self.0)
        } else {
            serializer.serialize_str(crate::value::number::double_text(self.0).as_str())
        }
    }
}
