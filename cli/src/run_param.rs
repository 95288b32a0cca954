//! Run params as the command line gives them: `--param NAME=VALUE`, `--param NAME:TYPE=VALUE` and
//! plain values of a `--params` file.
//!
//! A value keeps the type that it looks like, unless a text is wanted: what does not fit the
//! definition is converted, or refused, by the engine.

use sel_engine::model::ParamType;
use serde_json::{Map, Value as Json, json};

use crate::exit::Stop;

/// Reads `NAME=VALUE` or `NAME:TYPE=VALUE`; `declared` tells what the definition says of a name.
pub(crate) fn parse(
    text: &str,
    declared: impl Fn(&str) -> Option<ParamType>,
) -> Result<(String, Json), Stop> {
    let (name, value) = split(text)?;
    let (name, wanted) = match name.split_once(':') {
        None => (name, declared(name)),
        Some((name, kind)) => match ParamType::from_name(kind) {
            Some(kind) if !name.is_empty() => (name, Some(kind)),
            _ => return Err(Stop::usage(format!("`{kind}` is no type of a param"))),
        },
    };
    let json = match serde_json::from_str(value) {
        // Digits that belong to a text, quotes around one that do not.
        Ok(json @ Json::String(_)) => json,
        Ok(_) if wanted == Some(ParamType::String) => value.into(),
        Ok(json) => json,
        Err(_) if wanted.is_some_and(|kind| kind.element().is_some()) => {
            let element =
                |text: &str| -> Json { serde_json::from_str(text).unwrap_or_else(|_| text.into()) };
            value.split(',').map(str::trim).map(element).collect()
        }
        Err(_) => value.into(),
    };
    definition(&json, wanted)
        .map(|param| (name.to_owned(), param))
        .ok_or_else(|| Stop::usage(format!("`{text}`: a param may not be null")))
}

/// The two parts of `NAME=VALUE`.
pub(crate) fn split(text: &str) -> Result<(&str, &str), Stop> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| Stop::usage(format!("`{text}` is not NAME=VALUE")))
}

/// The definition of a plain value, or of one that is a definition already; none of a null.
/// Values nest as deep as JSON is read, 128 levels.
pub(crate) fn definition(value: &Json, wanted: Option<ParamType>) -> Option<Json> {
    let param = |value: Json, kind: ParamType| Some(json!({"value": value, "type": kind.as_str()}));
    match (wanted, value) {
        (_, Json::Null) => None,
        (_, Json::Object(entries)) if is_definition(entries) => Some(value.clone()),
        (Some(ParamType::String), _) => param(text(value), ParamType::String),
        (Some(ParamType::StringArray), Json::Array(items)) => {
            param(items.iter().map(text).collect(), ParamType::StringArray)
        }
        (Some(ParamType::StringMap), Json::Object(entries)) => {
            let entries = entries.iter().map(|(key, value)| (key.clone(), text(value)));
            param(Json::Object(entries.collect()), ParamType::StringMap)
        }
        (Some(ParamType::Map), Json::Object(entries)) => {
            let entry =
                |(key, value): (&String, &Json)| Some((key.clone(), definition(value, None)?));
            let entries: Option<Map<String, Json>> = entries.iter().map(entry).collect();
            param(Json::Object(entries?), ParamType::Map)
        }
        (_, Json::Bool(_)) => param(value.clone(), ParamType::Boolean),
        (_, Json::Number(number)) if number.is_i64() => param(value.clone(), ParamType::Long),
        (_, Json::Number(_)) => param(value.clone(), ParamType::Double),
        (_, Json::String(_)) => param(value.clone(), ParamType::String),
        (_, Json::Array(items)) => {
            let all = |is: fn(&Json) -> bool| !items.is_empty() && items.iter().all(is);
            match () {
                () if all(Json::is_i64) => param(value.clone(), ParamType::LongArray),
                () if all(Json::is_number) => param(value.clone(), ParamType::DoubleArray),
                () if all(Json::is_boolean) => param(value.clone(), ParamType::BooleanArray),
                () => definition(value, Some(ParamType::StringArray)),
            }
        }
        (_, Json::Object(entries)) => {
            let is_text = entries.values().all(Json::is_string) && !entries.is_empty();
            let kind = if is_text { ParamType::StringMap } else { ParamType::Map };
            definition(value, Some(kind))
        }
    }
}

/// `{"type": "LONG", "value": 1}` or the like.
fn is_definition(entries: &Map<String, Json>) -> bool {
    let kind = entries.get("type").and_then(Json::as_str).and_then(ParamType::from_name);
    kind.is_some() && (entries.contains_key("value") || entries.contains_key("expression"))
}

/// A text as it is, anything else as its JSON.
fn text(value: &Json) -> Json {
    match value {
        Json::String(_) => value.clone(),
        other => other.to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_keep_their_type_unless_a_text_is_wanted() {
        for (text, declared, wanted) in [
            ("p=1", None, r#"{"type":"LONG","value":1}"#),
            ("p=1", Some("STRING"), r#"{"type":"STRING","value":"1"}"#),
            (r#"p="1""#, Some("LONG"), r#"{"type":"STRING","value":"1"}"#),
            (r#"p="1""#, None, r#"{"type":"STRING","value":"1"}"#),
            ("p=a=b", None, r#"{"type":"STRING","value":"a=b"}"#),
            ("p=", None, r#"{"type":"STRING","value":""}"#),
            ("p=1.50", Some("LONG"), r#"{"type":"DOUBLE","value":1.5}"#),
            ("p=true", None, r#"{"type":"BOOLEAN","value":true}"#),
            ("p=[1,2]", None, r#"{"type":"LONG_ARRAY","value":[1,2]}"#),
            ("p=[1,2.5]", None, r#"{"type":"DOUBLE_ARRAY","value":[1,2.5]}"#),
            ("p=[true]", None, r#"{"type":"BOOLEAN_ARRAY","value":[true]}"#),
            (r#"p=[1,"a"]"#, None, r#"{"type":"STRING_ARRAY","value":["1","a"]}"#),
            ("p=[]", Some("LONG_ARRAY"), r#"{"type":"STRING_ARRAY","value":[]}"#),
            ("p=a, b", Some("STRING_ARRAY"), r#"{"type":"STRING_ARRAY","value":["a","b"]}"#),
            ("p=1,2", Some("LONG_ARRAY"), r#"{"type":"LONG_ARRAY","value":[1,2]}"#),
            (r#"p={"a":"b"}"#, None, r#"{"type":"STRING_MAP","value":{"a":"b"}}"#),
            (r#"p={"a":1}"#, None, r#"{"type":"MAP","value":{"a":{"type":"LONG","value":1}}}"#),
            (r#"p={"a":1}"#, Some("STRING_MAP"), r#"{"type":"STRING_MAP","value":{"a":"1"}}"#),
            (
                r#"p={"a":{"type":"x"}}"#,
                Some("MAP"),
                r#"{"type":"MAP","value":{"a":{"type":"STRING_MAP","value":{"type":"x"}}}}"#,
            ),
            (r#"p={"type":"long","value":1}"#, None, r#"{"type":"long","value":1}"#),
            ("p:string=007", Some("LONG"), r#"{"type":"STRING","value":"007"}"#),
        ] {
            let kind = |_: &str| declared.and_then(ParamType::from_name);
            let (name, param) = parse(text, kind).unwrap_or_else(|stop| panic!("{text}: {stop:?}"));
            let wanted: Json = serde_json::from_str(wanted).unwrap();
            assert_eq!((name.as_str(), param), ("p", wanted), "{text}");
        }
        for text in ["p", "=1", "p=null", "p:colour=1", ":LONG=1"] {
            assert!(parse(text, |_| None).is_err(), "{text}");
        }
    }
}
