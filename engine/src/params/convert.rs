//! From what an expression gave to the declared type, and from one literal type to another.

use indexmap::IndexMap;
use sel::{Kind, Value};

use crate::document::shorten;
use crate::model::{Decimal, Evaluated, Literal, ParamType};

/// A value of the declared type, and what is to be told about its conversion.
#[derive(Debug, Clone, PartialEq)]
pub struct Converted {
    /// The value.
    pub value: Evaluated,
    /// The name of a meta field (`info`, `warn`) and its text.
    pub note: Option<(&'static str, String)>,
}

impl Converted {
    fn plain(value: Evaluated) -> Converted {
        Converted { value, note: None }
    }
}

/// Converts a value to a declared type.
///
/// # Errors
/// When the type does not take such a value: what was expected and what was found.
pub fn convert(value: Value, declared: ParamType) -> Result<Converted, String> {
    let wrong = |value: &Value| format!("expected {declared}, found {}", describe(value));
    let noted = |value: Evaluated, field: &'static str, from: Kind| Converted {
        value,
        note: Some((field, format!("implicitly converted from {from} to {declared}"))),
    };
    Ok(match (declared, value) {
        (_, Value::Void | Value::Null | Value::NullOf(_)) => {
            return Err(format!("expected {declared}, but the expression gives no value"));
        }
        (ParamType::String, Value::String(text)) => Converted::plain(Evaluated::String(text)),
        (ParamType::String, v @ (Value::Long(_) | Value::Double(_) | Value::Boolean(_))) => {
            noted(Evaluated::String(v.to_string()), "info", v.kind())
        }
        (ParamType::Long, Value::Long(number)) => Converted::plain(Evaluated::Long(number)),
        (ParamType::Long, Value::String(text)) => match text.parse() {
            Ok(number) => noted(Evaluated::Long(number), "warn", Kind::String),
            Err(_) => return Err(wrong(&Value::String(text))),
        },
        (ParamType::Double, value) => match double(&value) {
            Some(number) => Converted::plain(Evaluated::Double(number)),
            None => return Err(wrong(&value)),
        },
        (ParamType::Boolean, Value::Boolean(value)) => Converted::plain(Evaluated::Boolean(value)),
        (ParamType::Boolean, Value::String(text)) => match truth(&text) {
            Some(value) => Converted::plain(Evaluated::Boolean(value)),
            None => return Err(wrong(&Value::String(text))),
        },
        (ParamType::StringArray, value) => {
            Converted::plain(Evaluated::StringArray(texts(&value, declared)?))
        }
        (ParamType::LongArray, Value::LongArray(items)) => {
            Converted::plain(Evaluated::LongArray(items))
        }
        (ParamType::BooleanArray, Value::BooleanArray(items)) => {
            Converted::plain(Evaluated::BooleanArray(items))
        }
        (ParamType::DoubleArray, Value::LongArray(items)) => Converted::plain(
            Evaluated::DoubleArray(items.into_iter().map(Decimal::from_i64).collect()),
        ),
        (ParamType::DoubleArray, Value::DoubleArray(items)) => {
            let decimals: Option<Vec<_>> = items.iter().map(|v| Decimal::from_f64(*v)).collect();
            match decimals {
                Some(decimals) => Converted::plain(Evaluated::DoubleArray(decimals)),
                None => return Err(wrong(&Value::DoubleArray(items))),
            }
        }
        (ParamType::Map, Value::Map(entries)) => Converted::plain(Evaluated::Map(
            entries
                .into_iter()
                .map(|(key, value)| plain(value, &key).map(|value| (key, value)))
                .collect::<Result<_, _>>()?,
        )),
        (ParamType::StringMap, Value::Map(entries)) => {
            let mut map = IndexMap::new();
            for (key, value) in entries {
                if matches!(value, Value::Null | Value::NullOf(_) | Value::Void) {
                    return Err(format!("the entry `{}` of the map is null", shorten(&key)));
                }
                map.insert(key, Evaluated::String(value.to_string()));
            }
            Converted::plain(Evaluated::Map(map))
        }
        (_, Value::StringArray(items)) if items.is_empty() && declared.element().is_some() => {
            Converted::plain(empty(declared))
        }
        (_, value) => return Err(wrong(&value)),
    })
}

fn empty(declared: ParamType) -> Evaluated {
    match declared {
        ParamType::LongArray => Evaluated::LongArray(Vec::new()),
        ParamType::DoubleArray => Evaluated::DoubleArray(Vec::new()),
        ParamType::BooleanArray => Evaluated::BooleanArray(Vec::new()),
        _ => Evaluated::StringArray(Vec::new()),
    }
}

fn double(value: &Value) -> Option<Decimal> {
    match value {
        Value::Double(number) => Decimal::from_f64(*number),
        Value::Long(number) => Some(Decimal::from_i64(*number)),
        Value::String(text) => Decimal::parse(text),
        _ => None,
    }
}

fn truth(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") {
        Some(false)
    } else {
        None
    }
}

/// The elements of any array as strings.
fn texts(array: &Value, declared: ParamType) -> Result<Vec<String>, String> {
    match array {
        Value::StringArray(items) => items
            .iter()
            .enumerate()
            .map(|(at, item)| item.clone().ok_or_else(|| format!("the element {at} is null")))
            .collect(),
        Value::LongArray(items) => Ok(items.iter().map(i64::to_string).collect()),
        Value::DoubleArray(items) => {
            Ok(items.iter().map(|item| Value::Double(*item).to_string()).collect())
        }
        Value::BooleanArray(items) => Ok(items.iter().map(bool::to_string).collect()),
        other => Err(format!("expected {declared}, found {}", describe(other))),
    }
}

/// A value of a map as it is; `SEL` bounds how deep maps nest.
fn plain(value: Value, key: &str) -> Result<Evaluated, String> {
    let wrong = |what: &str| Err(format!("the entry `{}` of the map is {what}", shorten(key)));
    match value {
        Value::String(text) => Ok(Evaluated::String(text)),
        Value::Long(number) => Ok(Evaluated::Long(number)),
        Value::Boolean(value) => Ok(Evaluated::Boolean(value)),
        Value::Map(entries) => entries
            .into_iter()
            .map(|(key, value)| plain(value, &key).map(|value| (key, value)))
            .collect::<Result<_, _>>()
            .map(Evaluated::Map),
        Value::Void | Value::Null | Value::NullOf(_) => wrong("null"),
        value => {
            let declared = match value.kind() {
                Kind::Double => ParamType::Double,
                Kind::LongArray => ParamType::LongArray,
                Kind::DoubleArray => ParamType::DoubleArray,
                Kind::BooleanArray => ParamType::BooleanArray,
                Kind::StringArray => ParamType::StringArray,
                kind => return wrong(&format!("a {kind}, which no param can hold")),
            };
            convert(value, declared)
                .map(|converted| converted.value)
                .map_err(|message| format!("in the entry `{}` of the map: {message}", shorten(key)))
        }
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::String(text) => format!("the {} `{}`", Kind::String, shorten(text)),
        other => other.kind().to_string(),
    }
}

/// A literal of another type, when the value allows it.
pub(super) fn literal(literal: &Literal, to: ParamType) -> Option<Literal> {
    if literal.param_type() == to {
        return Some(literal.clone());
    }
    Some(match (literal, to) {
        (Literal::Long(number), ParamType::String) => Literal::String(number.to_string()),
        (Literal::Double(number), ParamType::String) => Literal::String(number.to_string()),
        (Literal::Boolean(value), ParamType::String) => Literal::String(value.to_string()),
        (Literal::String(text), ParamType::Long) => Literal::Long(text.parse().ok()?),
        (Literal::String(text), ParamType::Double) => Literal::Double(Decimal::parse(text)?),
        (Literal::Long(number), ParamType::Double) => Literal::Double(Decimal::from_i64(*number)),
        (Literal::String(text), ParamType::Boolean) => Literal::Boolean(truth(text)?),
        (Literal::LongArray(items), ParamType::StringArray) => {
            Literal::StringArray(items.iter().map(i64::to_string).collect())
        }
        (Literal::DoubleArray(items), ParamType::StringArray) => {
            Literal::StringArray(items.iter().map(Decimal::to_string).collect())
        }
        (Literal::BooleanArray(items), ParamType::StringArray) => {
            Literal::StringArray(items.iter().map(bool::to_string).collect())
        }
        (Literal::LongArray(items), ParamType::DoubleArray) => {
            Literal::DoubleArray(items.iter().map(|n| Decimal::from_i64(*n)).collect())
        }
        (Literal::StringMap(entries), ParamType::Map) => Literal::Map(
            entries
                .iter()
                .map(|(key, text)| {
                    (key.clone(), crate::model::ParamDefinition::string(text.clone()))
                })
                .collect(),
        ),
        (Literal::StringArray(items), _) if items.is_empty() => match to {
            ParamType::LongArray => Literal::LongArray(Vec::new()),
            ParamType::DoubleArray => Literal::DoubleArray(Vec::new()),
            ParamType::BooleanArray => Literal::BooleanArray(Vec::new()),
            _ => return None,
        },
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn declared_types_take_what_the_table_says() {
        let one = |value: Value, declared: ParamType| {
            convert(value, declared).map(|c| {
                use crate::model::Model;
                (c.value.write().to_string(), c.note.map_or("", |n| n.0))
            })
        };
        let text = |s: &str| Value::from(s);
        for (value, declared, wanted) in [
            (text("a"), ParamType::String, Ok(("\"a\"", ""))),
            (Value::Long(5), ParamType::String, Ok(("\"5\"", "info"))),
            (Value::Double(1e7), ParamType::String, Ok(("\"1.0E7\"", "info"))),
            (Value::Boolean(true), ParamType::String, Ok(("\"true\"", "info"))),
            (text("12"), ParamType::Long, Ok(("12", "warn"))),
            (text("x"), ParamType::Long, Err("found the STRING `x`")),
            (Value::Double(1.0), ParamType::Long, Err("expected LONG, found DOUBLE")),
            (Value::Long(2), ParamType::Double, Ok(("2", ""))),
            (Value::Double(0.1), ParamType::Double, Ok(("0.1", ""))),
            (text("1.10"), ParamType::Double, Ok(("1.10", ""))),
            (Value::Double(f64::NAN), ParamType::Double, Err("expected DOUBLE")),
            (text("TRUE"), ParamType::Boolean, Ok(("true", ""))),
            (text("1"), ParamType::Boolean, Err("expected BOOLEAN")),
            (Value::LongArray(vec![1]), ParamType::StringArray, Ok(("[\"1\"]", ""))),
            (Value::LongArray(vec![1]), ParamType::DoubleArray, Ok(("[1]", ""))),
            (Value::DoubleArray(vec![1.5]), ParamType::LongArray, Err("expected LONG_ARRAY")),
            (Value::Null, ParamType::String, Err("gives no value")),
            (Value::Void, ParamType::Map, Err("gives no value")),
            (Value::Long(1), ParamType::Map, Err("expected MAP, found LONG")),
        ] {
            let found = one(value, declared);
            match (found, wanted) {
                (Ok((json, note)), Ok(wanted)) => assert_eq!((&*json, note), wanted),
                (Err(found), Err(wanted)) => assert!(found.contains(wanted), "{found}"),
                (found, wanted) => panic!("{found:?}, wanted {wanted:?}"),
            }
        }
    }

    #[test]
    fn maps_hold_no_nulls() {
        let map = |value: Value| Value::Map([("k".to_owned(), value)].into_iter().collect());
        assert!(convert(map(Value::Null), ParamType::Map).unwrap_err().contains("`k`"));
        assert!(convert(map(Value::Null), ParamType::StringMap).unwrap_err().contains("`k`"));
        let nested = convert(map(map(Value::Double(1.5))), ParamType::Map).unwrap();
        assert_eq!(nested.value.to_json().to_string(), r#"{"k":{"k":1.5}}"#);
        let nulls = Value::StringArray(vec![Some("a".into()), None]);
        assert!(convert(nulls, ParamType::StringArray).unwrap_err().contains("element 1 is null"));
    }
}
