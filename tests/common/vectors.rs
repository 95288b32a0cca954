//! The conformance vectors: how they are read, run and compared. See `tests/conformance/README.md`.

#![allow(unreachable_pub, dead_code, clippy::panic, reason = "shared by test binaries")]

use std::collections::BTreeMap;
use std::path::Path;

use indexmap::IndexMap;
use sel::{ErrorKind, Host, HostError, Input, Kind, Limits, Outcome, Program, Value};
use serde_json::Value as Json;

/// One case.
pub struct Vector {
    pub id: String,
    pub expr: String,
    pub params: BTreeMap<String, Value>,
    pub ext: BTreeMap<String, Value>,
    pub now: i64,
    pub limits: Limits,
    pub expect: Json,
}

/// The cases of one file.
pub fn read(file: &str) -> Vec<Vector> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/conformance").join(file);
    let text = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = text.lines().filter(|line| !line.trim().is_empty());
    lines.map(|line| parse(line).unwrap_or_else(|| panic!("not a vector: {line}"))).collect()
}

fn parse(line: &str) -> Option<Vector> {
    let json: Json = serde_json::from_str(line).ok()?;
    let values = |name: &str| -> Option<BTreeMap<String, Value>> {
        let Some(map) = json.get(name) else { return Some(BTreeMap::new()) };
        map.as_object()?.iter().map(|(k, v)| Some((k.clone(), value(v)?))).collect()
    };
    let mut limits = Limits::default();
    for (name, limit) in json.get("limits").and_then(Json::as_object).into_iter().flatten() {
        let n = limit.as_u64()?;
        match name.as_str() {
            "loop" => limits.loop_iterations = n,
            "array" => limits.array_length = n as usize,
            "visit" => limits.steps = n,
            "memory" => limits.memory = n as usize,
            "length" => limits.source_length = n as usize,
            _ => return None,
        }
    }
    Some(Vector {
        id: json.get("id")?.as_str()?.to_owned(),
        expr: json.get("expr")?.as_str()?.to_owned(),
        params: values("params")?,
        ext: values("ext")?,
        now: json.get("now").and_then(Json::as_i64).unwrap_or(1_700_000_000_000),
        limits,
        expect: json.get("expect")?.clone(),
    })
}

/// A typed value, as the vectors write it.
fn value(json: &Json) -> Option<Value> {
    let kind = Kind::from_name(json.get("type")?.as_str()?)?;
    let value = json.get("value")?;
    let double = |v: &Json| match v.as_str() {
        Some("NaN") => Some(f64::NAN),
        Some("Infinity") => Some(f64::INFINITY),
        Some("-Infinity") => Some(f64::NEG_INFINITY),
        _ => v.as_f64(),
    };
    Some(match kind {
        Kind::Long => Value::Long(value.as_i64()?),
        Kind::Double => Value::Double(double(value)?),
        Kind::Boolean => Value::Boolean(value.as_bool()?),
        Kind::String => Value::String(value.as_str()?.to_owned()),
        Kind::Null => Value::Null,
        Kind::LongArray => {
            Value::LongArray(value.as_array()?.iter().map(Json::as_i64).collect::<Option<_>>()?)
        }
        Kind::DoubleArray => {
            Value::DoubleArray(value.as_array()?.iter().map(double).collect::<Option<_>>()?)
        }
        Kind::BooleanArray => {
            Value::BooleanArray(value.as_array()?.iter().map(Json::as_bool).collect::<Option<_>>()?)
        }
        Kind::StringArray => {
            let items = value.as_array()?.iter();
            Value::StringArray(items.map(|v| v.as_str().map(str::to_owned)).collect())
        }
        Kind::Map => {
            let entries = value.as_object()?.iter();
            let entries = entries.map(|(k, v)| Some((k.clone(), self::value(v)?)));
            Value::Map(entries.collect::<Option<IndexMap<_, _>>>()?)
        }
        _ => return None,
    })
}

impl Host for Vector {
    fn input(&self, name: &str) -> Option<Input<'_>> {
        self.params.get(name).map(Input::Ref)
    }
    fn now(&self) -> i64 {
        self.now
    }
    fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        let call = format!("{name}({})", args.join(","));
        let unknown = || HostError(format!("no such call: {call}"));
        Some(self.ext.get(&call).cloned().ok_or_else(unknown))
    }
}

/// What came of a case.
pub fn run(vector: &Vector) -> Result<Outcome, sel::Error> {
    Program::compile_with(&vector.expr, &vector.limits)?.run(vector, &vector.limits, None)
}

/// What a case gives, in the form of `expect`; the message beside it is for the reader.
pub fn answer(vector: &Vector) -> (Json, String) {
    match run(vector) {
        Ok(Outcome::Value(value)) => (typed(&value), String::new()),
        Ok(Outcome::Thrown(text)) => (serde_json::json!({ "thrown": text }), String::new()),
        Err(error) => {
            let kind = match error.kind() {
                ErrorKind::Parse => "parse",
                ErrorKind::Limit => "limit",
                _ => "eval",
            };
            (serde_json::json!({ "error": kind }), error.to_string())
        }
    }
}

/// A value in the typed form of the vectors.
fn typed(value: &Value) -> Json {
    let double = |v: f64| match v {
        v if v.is_nan() => Json::from("NaN"),
        f64::INFINITY => Json::from("Infinity"),
        f64::NEG_INFINITY => Json::from("-Infinity"),
        v => Json::from(v),
    };
    let inner = match value {
        Value::Long(v) => Json::from(*v),
        Value::Double(v) => double(*v),
        Value::Boolean(v) => Json::from(*v),
        Value::String(v) => Json::from(v.as_str()),
        Value::LongArray(v) => Json::from(v.as_slice()),
        Value::DoubleArray(v) => v.iter().map(|v| double(*v)).collect(),
        Value::BooleanArray(v) => Json::from(v.as_slice()),
        Value::StringArray(v) => {
            v.iter().map(|v| v.as_deref().map_or(Json::Null, Json::from)).collect()
        }
        Value::Map(map) => {
            map.iter().map(|(k, v)| (k.clone(), typed(v))).collect::<serde_json::Map<_, _>>().into()
        }
        Value::DateTime(v) => Json::from(v.to_string()),
        Value::Void | Value::Null | Value::NullOf(_) => Json::Null,
        other => return serde_json::json!({ "type": other.kind().name() }),
    };
    serde_json::json!({ "type": value.kind().name(), "value": inner })
}

/// Whether two typed values are the same: doubles by their bits, whole ones also when written as
/// integers; maps whatever the order of their entries.
pub fn same(a: &Json, b: &Json) -> bool {
    match (a, b) {
        (Json::Number(x), Json::Number(y)) => {
            if let (Some(x), Some(y)) = (x.as_i64(), y.as_i64()) {
                return x == y;
            }
            x.as_f64().map(f64::to_bits) == y.as_f64().map(f64::to_bits)
        }
        (Json::Array(x), Json::Array(y)) => {
            x.len() == y.len() && x.iter().zip(y).all(|(x, y)| same(x, y))
        }
        (Json::Object(x), Json::Object(y)) => {
            x.len() == y.len() && x.iter().all(|(k, x)| y.get(k).is_some_and(|y| same(x, y)))
        }
        _ => a == b,
    }
}
