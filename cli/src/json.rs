//! Values from JSON that may be plain (`7`) or typed (`{"type": "LONG", "value": 7}`).
//!
//! An object with exactly a string `type` and a `value` is typed; anything else is plain.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::fmt;

use sel::Value;
use sel::json::{Plain, Typed};
use serde::Deserialize;
use serde::de::{Deserializer, Error, IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Values by name: the params of an evaluation.
#[derive(Debug, Default)]
pub(crate) struct Values<'j>(pub(crate) BTreeMap<Cow<'j, str>, Value>);

impl<'de: 'j, 'j> Deserialize<'de> for Values<'j> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Values<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object of values by name")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Values<'de>, A::Error> {
                let mut values = BTreeMap::new();
                while let Some(Key(name)) = map.next_key()? {
                    let raw: &RawValue = map.next_value()?;
                    let value = read(raw.get())
                        .map_err(|e| A::Error::custom(format_args!("`{name}`: {}", message(&e))))?;
                    values.insert(name, value);
                }
                Ok(Values(values))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

/// A key, borrowed where it has no escapes.
#[derive(Deserialize)]
struct Key<'j>(#[serde(borrow)] Cow<'j, str>);

/// What a typed value looks like.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Shape<'j> {
    #[serde(borrow, rename = "type")]
    _type: Cow<'j, str>,
    #[serde(rename = "value")]
    _value: IgnoredAny,
}

/// Reads a typed or a plain value.
pub(crate) fn read(json: &str) -> Result<Value, serde_json::Error> {
    if json.starts_with('{') {
        match serde_json::from_str(json) {
            Ok(Typed(value)) => return Ok(value),
            Err(error) if serde_json::from_str::<Shape<'_>>(json).is_ok() => return Err(error),
            Err(_) => {}
        }
    }
    serde_json::from_str(json).map(|Plain(value)| value)
}

/// The message of a JSON error without its place, which callers give in their own terms.
pub(crate) fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let end = text.rfind(" at line ").unwrap_or(text.len());
    match text.get(..end).unwrap_or_default() {
        "EOF while parsing a value" => "a JSON value is missing".to_owned(),
        text if text.starts_with("EOF while") => "the JSON text ends too early".to_owned(),
        text => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn typed_and_plain() {
        assert_eq!(read("7").unwrap(), Value::Long(7));
        assert_eq!(read(r#"{"type":"DOUBLE","value":7}"#).unwrap(), Value::Double(7.0));
        assert_eq!(read(r#"{"value":"x","type":"STRING"}"#).unwrap(), Value::from("x"));
        assert!(matches!(read(r#"{"type":"LONG","value":7,"mode":"x"}"#).unwrap(), Value::Map(_)));
        assert!(matches!(read(r#"{"type":7,"value":7}"#).unwrap(), Value::Map(_)));
        assert!(read(r#"{"type":"LNG","value":7}"#).is_err());
        assert!(read(r#"{"type":"LONG","value":"7"}"#).is_err());
    }
}
