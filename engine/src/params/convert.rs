//! From what an expression gave to the declared type (section 10.7 of the engine's contract).

use indexmap::IndexMap;
use sel::{Kind, Value};

use crate::params::model::ParamType;

/// Converts a value to a declared type.
///
/// # Errors
/// When the type does not take such a value: what was expected and what was found.
pub(crate) fn convert(value: Value, ty: ParamType) -> Result<Value, String> {
    let found = describe(&value);
    let wrong = move || format!("expected {ty}, found {found}");
    Ok(match (ty, value) {
        (_, Value::Void | Value::Null | Value::NullOf(_)) => {
            return Err(format!("expected {ty}, but the expression gives nothing"));
        }
        (ParamType::String, Value::String(text)) => Value::String(text),
        (ParamType::String, v @ (Value::Long(_) | Value::Double(_) | Value::Boolean(_))) => {
            Value::String(v.to_string())
        }
        (ParamType::Long, Value::Long(v)) => Value::Long(v),
        (ParamType::Long, Value::String(text)) => {
            Value::Long(text.trim().parse().map_err(|_| wrong())?)
        }
        (ParamType::Double, Value::Double(v)) => Value::Double(v),
        (ParamType::Double, Value::Long(v)) => Value::Double(v as f64),
        (ParamType::Double, Value::String(text)) => {
            Value::Double(text.trim().parse().map_err(|_| wrong())?)
        }
        (ParamType::Boolean, Value::Boolean(v)) => Value::Boolean(v),
        (ParamType::Boolean, Value::String(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => Value::Boolean(true),
            "false" => Value::Boolean(false),
            _ => return Err(wrong()),
        },
        (ParamType::StringArray, array) => match texts(&array) {
            Some(texts) => Value::StringArray(texts),
            None => return Err(wrong()),
        },
        (ParamType::LongArray, Value::LongArray(v)) => Value::LongArray(v),
        (ParamType::BooleanArray, Value::BooleanArray(v)) => Value::BooleanArray(v),
        (ParamType::DoubleArray, Value::DoubleArray(v)) => Value::DoubleArray(v),
        (ParamType::DoubleArray, Value::LongArray(v)) => {
            Value::DoubleArray(v.into_iter().map(|v| v as f64).collect())
        }
        (ParamType::Map, Value::Map(map)) => Value::Map(map),
        (ParamType::StringMap, Value::Map(map)) => Value::Map(
            map.into_iter()
                .map(|(k, v)| (k, Value::String(v.to_string())))
                .collect::<IndexMap<_, _>>(),
        ),
        // An array literal without elements has no type of its own.
        (ParamType::LongArray, Value::StringArray(v)) if v.is_empty() => {
            Value::LongArray(Vec::new())
        }
        _ => return Err(wrong()),
    })
}

/// The elements of any array as strings.
fn texts(array: &Value) -> Option<Vec<Option<String>>> {
    let all = |values: Vec<String>| Some(values.into_iter().map(Some).collect());
    match array {
        Value::StringArray(v) => Some(v.clone()),
        Value::LongArray(v) => all(v.iter().map(i64::to_string).collect()),
        Value::DoubleArray(v) => all(v.iter().map(|v| Value::Double(*v).to_string()).collect()),
        Value::BooleanArray(v) => all(v.iter().map(bool::to_string).collect()),
        _ => None,
    }
}

fn describe(value: &Value) -> String {
    match value {
        Value::String(text) => {
            let short: String = text.chars().take(60).collect();
            format!("{} `{short}`", Kind::String)
        }
        other => other.kind().to_string(),
    }
}
