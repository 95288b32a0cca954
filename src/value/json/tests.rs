use indexmap::IndexMap;
use serde_json::json;

use super::*;
use crate::Kind;
use crate::stdlib::datetime::{DateTime, Zone};

#[test]
fn plain_json_reads_as_the_obvious_type() {
    let cases = [
        (json!(null), Value::Null),
        (json!(7), Value::Long(7)),
        (json!(i64::MIN), Value::Long(i64::MIN)),
        (json!(7.0), Value::Double(7.0)),
        (json!(true), Value::Boolean(true)),
        (json!("é"), Value::String("é".into())),
        (json!([]), Value::StringArray(vec![])),
        (json!([1, 2]), Value::LongArray(vec![1, 2])),
        (json!([1, 2.5]), Value::DoubleArray(vec![1.0, 2.5])),
        (json!([2.5, 1]), Value::DoubleArray(vec![2.5, 1.0])),
        (json!([true]), Value::BooleanArray(vec![true])),
        (json!([null, "a"]), Value::StringArray(vec![None, Some("a".into())])),
        (json!({}), Value::Map(IndexMap::new())),
    ];
    for (json, value) in cases {
        assert_eq!(Value::from_json(json.clone()).expect("a value"), value, "{json}");
        let Plain(streamed) = serde_json::from_str(&json.to_string()).expect("a value");
        assert_eq!(streamed, value, "{json}");
    }
    let json = json!({"z": 1, "a": {"b": [1, 2]}});
    let value = Value::from_json(json.clone()).expect("a value");
    assert_eq!(value.to_json().expect("json").to_string(), json.to_string());
}

#[test]
fn plain_errors_name_the_place() {
    let cases = [
        (json!([1, "a"]), "at `$[1]`: expected a LONG as the elements before it, found a STRING"),
        (
            json!({"a": {"b c": [[1]]}}),
            "at `$.a[\"b c\"][0]`: an array holds numbers, booleans or strings, found a LONG_ARRAY",
        ),
        (json!({"n": u64::MAX}), "at `$.n`: `18446744073709551615` does not fit 64 bits"),
    ];
    for (json, message) in cases {
        assert_eq!(Value::from_json(json).expect_err("an error").to_string(), message);
    }
}

fn typed(json: serde_json::Value) -> Result<Value, String> {
    let value = Value::from_typed_json(json.clone()).map_err(|e| e.to_string());
    let streamed = serde_json::from_str::<Typed<Value>>(&json.to_string());
    let same = match (&value, &streamed) {
        // A NaN is not equal to itself.
        (Ok(a), Ok(Typed(b))) => format!("{a:?}") == format!("{b:?}"),
        (Err(a), Err(b)) => b.to_string().starts_with(a),
        _ => false,
    };
    assert!(same, "{value:?} {streamed:?}");
    value
}

#[test]
fn typed_json_comes_back_as_it_was() {
    let cases = [
        json!({"type": "LONG", "value": 7}),
        json!({"type": "DOUBLE", "value": 7.0}),
        json!({"type": "DOUBLE", "value": "NaN"}),
        json!({"type": "DOUBLE", "value": "-Infinity"}),
        json!({"type": "BOOLEAN", "value": false}),
        json!({"type": "STRING", "value": "x"}),
        json!({"type": "STRING", "value": null}),
        json!({"type": "MAP", "value": null}),
        json!({"type": "NULL", "value": null}),
        json!({"type": "VOID", "value": null}),
        json!({"type": "LONG_ARRAY", "value": []}),
        json!({"type": "LONG_ARRAY", "value": [1]}),
        json!({"type": "DOUBLE_ARRAY", "value": [1.0, "Infinity"]}),
        json!({"type": "BOOLEAN_ARRAY", "value": [true]}),
        json!({"type": "STRING_ARRAY", "value": ["a", null]}),
        json!({"type": "MAP", "value": {"a": {"type": "LONG", "value": 1},
            "m": {"type": "MAP", "value": {}}}}),
    ];
    for json in cases {
        let value = typed(json.clone()).expect("a value");
        assert_eq!(value.to_typed_json().expect("json"), json);
    }
}

#[test]
fn typed_json_is_read_leniently_where_nothing_is_lost() {
    assert_eq!(typed(json!({"value": 7, "type": "long"})), Ok(Value::Long(7)));
    assert_eq!(typed(json!({"type": "Double", "value": 7})), Ok(Value::Double(7.0)));
    assert_eq!(
        typed(json!({"type": "double_array", "value": [1]})),
        Ok(Value::DoubleArray(vec![1.0]))
    );
    assert_eq!(typed(json!({"type": "NULL"})), Ok(Value::Null));
    assert_eq!(typed(json!({"type": "LONG", "value": null})), Ok(Value::NullOf(Kind::Long)));
    let map = IndexMap::from([
        ("a".to_owned(), Value::String("b".into())),
        ("c".to_owned(), Value::Long(1)),
    ]);
    let json =
        json!({"type": "STRING_MAP", "value": {"a": "b", "c": {"type": "LONG", "value": 1}}});
    assert_eq!(typed(json), Ok(Value::Map(map)));
}

#[test]
fn internal_types_are_written_without_a_value() {
    let uuid = Value::Uuid([0x11; 16]);
    assert_eq!(uuid.to_typed_json().expect("json"), json!({"type": "UUID"}));
    assert_eq!(uuid.to_json().expect("json"), json!("11111111-1111-1111-1111-111111111111"));
    let read = typed(json!({"type": "UUID", "value": "11111111-1111-1111-1111-111111111111"}));
    assert_eq!(read, Ok(uuid));
    let at = Value::DateTime(DateTime::new(1_700_000_000_000, Zone::Utc));
    let json = at.to_typed_json().expect("json");
    assert_eq!(json, json!({"type": "DATETIME", "value": "2023-11-14T22:13:20.000Z"}));
    assert_eq!(at.to_json().expect("json"), json!("2023-11-14T22:13:20.000Z"));
    assert!(typed(json).is_err());
}

#[test]
fn typed_errors_name_the_place() {
    let cases = [
        (json!(7), "at `$`: expected an object with `type` and `value`, found a number"),
        (json!({"value": 7}), "at `$`: `type` is missing"),
        (json!({"type": "LONG"}), "at `$`: `value` is missing"),
        (json!({"type": "INT", "value": 7}), "at `$`: `INT` is not a type"),
        (
            json!({"type": "LONG", "value": 7, "x": 1}),
            "at `$`: expected only `type` and `value`, found `x`",
        ),
        (
            json!({"type": "LONG", "value": 7.5}),
            "at `$.value`: expected a whole number of 64 bits, found a number with a fraction or an \
             exponent",
        ),
        (
            json!({"value": "7", "type": "LONG"}),
            "at `$.value`: expected a whole number of 64 bits, found a string",
        ),
        (
            json!({"type": "MAP", "value": {"k": {"type": "LONG_ARRAY", "value": [1, null]}}}),
            "at `$.value.k.value[1]`: expected a LONG as the elements before it, found a NULL",
        ),
        (
            json!({"type": "DATETIME_ZONE", "value": 7}),
            "at `$.value`: a DATETIME_ZONE cannot be read from a number",
        ),
    ];
    for (json, message) in cases {
        assert_eq!(typed(json), Err(message.to_owned()));
    }
    assert!(serde_json::from_str::<Typed<Value>>(r#"{"type":"LONG","type":"LONG"}"#).is_err());
    assert!(serde_json::from_str::<Typed<Value>>(r#"{"type":1}"#).is_err());
}

#[test]
fn depth_is_bounded_both_ways() {
    let plain = |n| {
        let open: String = std::iter::repeat_n("{\"a\":", n).collect();
        let close: String = std::iter::repeat_n('}', n).collect();
        format!("{open}1{close}")
    };
    assert!(serde_json::from_str::<Plain<Value>>(&plain(MAX_DEPTH)).is_ok());
    let error = serde_json::from_str::<Plain<Value>>(&plain(MAX_DEPTH + 1)).expect_err("deep");
    assert!(error.to_string().contains("nested more than 64 deep"), "{error}");

    // Built in memory, so no parser's own bound helps: forwards, backwards, and out.
    let mut value = Value::Long(1);
    let mut json = json!({"type": "LONG", "value": 1});
    let mut backwards = json!({"value": 1, "type": "LONG"});
    for _ in 0..200 {
        value = Value::Map(IndexMap::from([("a".to_owned(), value)]));
        json = json!({"type": "MAP", "value": {"a": json}});
        backwards = json!({"value": {"a": backwards}, "type": "MAP"});
    }
    assert!(Value::from_typed_json(json).is_err());
    assert!(Value::from_typed_json(backwards).is_err());
    assert!(value.to_json().is_err());
    assert!(value.to_typed_json().is_err());
}
