//! `--param name=value` and `--param name:TYPE=value`.

use sel::{Kind, Value};

use crate::json;

/// A param as the command line gives it.
#[derive(Debug, Clone)]
pub(crate) struct Param {
    /// Its name.
    pub(crate) name: String,
    /// Its value.
    pub(crate) value: Value,
}

/// Reads `name=value` or `name:TYPE=value`.
pub(crate) fn parse(text: &str) -> Result<Param, String> {
    let Some((name, value)) = text.split_once('=') else {
        return Err("expected `name=value` or `name:TYPE=value`".into());
    };
    let (name, value) = match name.split_once(':') {
        None => (name, infer(value)?),
        Some((name, kind)) => (name, of_type(kind, value)?),
    };
    if name.is_empty() {
        return Err("the name is missing".into());
    }
    Ok(Param { name: name.to_owned(), value })
}

/// The value that the text looks like: a number, a boolean, JSON, or else a STRING.
fn infer(text: &str) -> Result<Value, String> {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let is_whole = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    if is_whole {
        return text.parse().map(Value::Long).map_err(|_| {
            format!("`{text}` does not fit 64 bits; write `name:STRING={text}` if it is text")
        });
    }
    let is_number = digits.bytes().all(|b| b.is_ascii_digit() || b".eE+-".contains(&b))
        && digits.starts_with(|c: char| c.is_ascii_digit() || c == '.');
    match text {
        "true" => return Ok(Value::Boolean(true)),
        "false" => return Ok(Value::Boolean(false)),
        "null" => return Ok(Value::Null),
        _ if is_number => {
            if let Ok(number) = text.parse() {
                return Ok(Value::Double(number));
            }
        }
        _ if text.starts_with(['{', '[']) => {
            return json::read(text).map_err(|e| format!("not JSON: {}", json::message(&e)));
        }
        _ => {}
    }
    Ok(Value::from(text))
}

/// A value of the type that was said.
fn of_type(kind: &str, text: &str) -> Result<Value, String> {
    let Some(parsed) = Kind::from_name(kind) else {
        let known = "STRING, LONG, DOUBLE, BOOLEAN, an array of these (LONG_ARRAY), or MAP";
        return Err(format!("`{kind}` is not a type; expected {known}"));
    };
    let misfit = || format!("`{text}` is not a {parsed}");
    match parsed {
        Kind::String => Ok(Value::from(text)),
        Kind::Long => text.parse().map(Value::Long).map_err(|_| misfit()),
        Kind::Double => match text {
            "Infinity" => Ok(Value::Double(f64::INFINITY)),
            "-Infinity" => Ok(Value::Double(f64::NEG_INFINITY)),
            "NaN" => Ok(Value::Double(f64::NAN)),
            _ if text.contains(['n', 'N']) => Err(misfit()),
            _ => text.parse().map(Value::Double).map_err(|_| misfit()),
        },
        Kind::Boolean => text.parse().map(Value::Boolean).map_err(|_| misfit()),
        Kind::Null => Ok(Value::Null),
        _ if parsed.element().is_some() && !text.starts_with('[') => list(parsed, text),
        _ => typed(parsed, text).or_else(|error| match json::read(text) {
            // The entries of a MAP may be plain, too.
            Ok(map @ Value::Map(_)) if parsed == Kind::Map => Ok(map),
            _ => Err(error),
        }),
    }
}

/// The elements of an array with commas between them: `a,b,c`.
fn list(kind: Kind, text: &str) -> Result<Value, String> {
    let quote = kind == Kind::StringArray;
    let mut json = String::from("[");
    for (i, element) in text.split(',').enumerate().filter(|_| !text.is_empty()) {
        if i > 0 {
            json.push(',');
        }
        match quote {
            true => json.push_str(&serde_json::Value::from(element).to_string()),
            false => json.push_str(element.trim()),
        }
    }
    json.push(']');
    typed(kind, &json)
}

/// JSON of the value of a typed value.
fn typed(kind: Kind, json: &str) -> Result<Value, String> {
    let say = |e: &serde_json::Error| format!("not a {kind}: {}", json::message(e));
    let value: serde_json::Value = serde_json::from_str(json).map_err(|e| say(&e))?;
    Value::from_typed_json(serde_json::json!({"type": kind.name(), "value": value}))
        .map_err(|e| say(&e))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str) -> Value {
        parse(text).unwrap().value
    }

    #[test]
    fn types_are_inferred() {
        assert_eq!(value("a=2"), Value::Long(2));
        assert_eq!(value("a=007"), Value::Long(7));
        assert_eq!(value("a=-2.5e3"), Value::Double(-2500.0));
        assert_eq!(value("a=.5"), Value::Double(0.5));
        assert_eq!(value("a=true"), Value::Boolean(true));
        assert_eq!(value("a=b=c"), Value::from("b=c"));
        assert_eq!(value("a="), Value::from(""));
        assert_eq!(value("a=-"), Value::from("-"));
        assert_eq!(value("a=1.2.3"), Value::from("1.2.3"));
        assert_eq!(value("a=2024-01-31"), Value::from("2024-01-31"));
        assert_eq!(value("a=inf"), Value::from("inf"));
        assert_eq!(value("a=[1,2]"), Value::LongArray(vec![1, 2]));
    }

    #[test]
    fn types_are_said() {
        assert_eq!(value("a:STRING=007"), Value::from("007"));
        assert_eq!(value("a:double=1"), Value::Double(1.0));
        assert_eq!(value("a:LONG_ARRAY=1, 2,3"), Value::LongArray(vec![1, 2, 3]));
        assert_eq!(value("a:LONG_ARRAY="), Value::LongArray(vec![]));
        assert_eq!(
            value("a:STRING_ARRAY=x,y\"z"),
            Value::from(vec!["x".to_owned(), "y\"z".into()])
        );
        assert!(matches!(value("a:MAP={\"k\":1}"), Value::Map(_)));
        assert!(matches!(value("a:MAP={\"k\":{\"type\":\"LONG\",\"value\":1}}"), Value::Map(_)));
    }

    #[test]
    fn wrong_ones_are_refused() {
        for wrong in [
            "a",
            "=1",
            ":LONG=1",
            "a:=1",
            "a:LNG=1",
            "a:LONG=x",
            "a:LONG=1.5",
            "a:DOUBLE=nan",
            "a:BOOLEAN=yes",
            "a:LONG_ARRAY=1,x",
            "a:MAP=1",
            "a:MAP={",
            "a={",
            "a=99999999999999999999",
        ] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }
}
