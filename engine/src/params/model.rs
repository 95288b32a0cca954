//! Param definitions: `{"value": 15, "type": "LONG"}` or `{"expression": "n + 1", "type": "LONG"}`.

use std::fmt;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

/// How deep MAP params may nest.
const MAX_DEPTH: usize = 32;

/// A part of a definition that is not as Maestro wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelError {
    /// Where in the JSON: `workflow.params.x.value`.
    pub path: String,
    /// What is wrong, in plain words.
    pub message: String,
}

impl ModelError {
    pub(crate) fn new(path: impl Into<String>, message: impl Into<String>) -> Self {
        ModelError { path: path.into(), message: message.into() }
    }
}

impl fmt::Display for ModelError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.message)
    }
}
impl std::error::Error for ModelError {}

/// The declared type of a param.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ParamType {
    /// `STRING`
    String,
    /// `LONG`
    Long,
    /// `DOUBLE`
    Double,
    /// `BOOLEAN`
    Boolean,
    /// `STRING_MAP`: strings by name.
    StringMap,
    /// `STRING_ARRAY`
    StringArray,
    /// `LONG_ARRAY`
    LongArray,
    /// `DOUBLE_ARRAY`
    DoubleArray,
    /// `BOOLEAN_ARRAY`
    BooleanArray,
    /// `MAP`: nested definitions by name.
    Map,
}

impl ParamType {
    /// All types, in Maestro's order.
    pub const ALL: [ParamType; 10] = [
        ParamType::String,
        ParamType::Long,
        ParamType::Double,
        ParamType::Boolean,
        ParamType::StringMap,
        ParamType::StringArray,
        ParamType::LongArray,
        ParamType::DoubleArray,
        ParamType::BooleanArray,
        ParamType::Map,
    ];

    /// The name in JSON.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ParamType::String => "STRING",
            ParamType::Long => "LONG",
            ParamType::Double => "DOUBLE",
            ParamType::Boolean => "BOOLEAN",
            ParamType::StringMap => "STRING_MAP",
            ParamType::StringArray => "STRING_ARRAY",
            ParamType::LongArray => "LONG_ARRAY",
            ParamType::DoubleArray => "DOUBLE_ARRAY",
            ParamType::BooleanArray => "BOOLEAN_ARRAY",
            ParamType::Map => "MAP",
        }
    }

    /// The type with this name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ParamType> {
        ParamType::ALL.into_iter().find(|ty| ty.name().eq_ignore_ascii_case(name))
    }
}

impl fmt::Display for ParamType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Who may change a param, from the laxest to the strictest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ParamMode {
    /// Anyone, job outputs too.
    Mutable,
    /// At start and restart.
    MutableOnStartRestart,
    /// At start only.
    MutableOnStart,
    /// Nobody; evaluated again on restart.
    Immutable,
    /// Nobody; kept on restart.
    Constant,
}

impl ParamMode {
    const NAMES: [(&'static str, ParamMode); 5] = [
        ("MUTABLE", ParamMode::Mutable),
        ("MUTABLE_ON_START_RESTART", ParamMode::MutableOnStartRestart),
        ("MUTABLE_ON_START", ParamMode::MutableOnStart),
        ("IMMUTABLE", ParamMode::Immutable),
        ("CONSTANT", ParamMode::Constant),
    ];

    /// The mode with this name, in any case.
    #[must_use]
    pub fn from_name(name: &str) -> Option<ParamMode> {
        let found = ParamMode::NAMES.iter().find(|(n, _)| n.eq_ignore_ascii_case(name));
        found.map(|(_, mode)| *mode)
    }
}

/// A literal value, of its declared type.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// STRING; `$name` in it is interpolated.
    String(String),
    /// LONG
    Long(i64),
    /// DOUBLE
    Double(f64),
    /// BOOLEAN
    Boolean(bool),
    /// STRING_MAP; names and values are interpolated.
    StringMap(IndexMap<String, String>),
    /// STRING_ARRAY; the elements are interpolated.
    StringArray(Vec<String>),
    /// LONG_ARRAY
    LongArray(Vec<i64>),
    /// DOUBLE_ARRAY
    DoubleArray(Vec<f64>),
    /// BOOLEAN_ARRAY
    BooleanArray(Vec<bool>),
    /// MAP
    Map(IndexMap<String, ParamDefinition>),
}

/// What a param is: a literal or an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ParamSource {
    /// `"value": …`
    Value(Literal),
    /// `"expression": "…"`, SEL.
    Expression(String),
}

/// The definition of one param; its name is the key that it stands under.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamDefinition {
    /// The declared type.
    pub ty: ParamType,
    /// The value or expression.
    pub source: ParamSource,
    /// Who may change it; `None` is MUTABLE.
    pub mode: Option<ParamMode>,
    /// The text of a validator: kept, not evaluated, as in Maestro.
    pub validator: Option<String>,
}

/// Reads the object `name → definition` at `path`.
///
/// # Errors
/// The first part that is not as it must be.
pub fn params_from_json(
    json: &Json,
    path: &str,
) -> Result<IndexMap<String, ParamDefinition>, ModelError> {
    params_at(json, path, 0)
}

fn params_at(
    json: &Json,
    path: &str,
    depth: usize,
) -> Result<IndexMap<String, ParamDefinition>, ModelError> {
    if depth >= MAX_DEPTH {
        return Err(ModelError::new(path, "params are nested too deeply"));
    }
    let Some(object) = json.as_object() else {
        return Err(ModelError::new(
            path,
            format!("expected an object of params, found {}", what(json)),
        ));
    };
    let read = |(name, json): (&String, &Json)| {
        let definition = definition(json, &format!("{path}.{name}"), depth)?;
        Ok((name.clone(), definition))
    };
    object.iter().map(read).collect()
}

fn definition(json: &Json, path: &str, depth: usize) -> Result<ParamDefinition, ModelError> {
    let Some(object) = json.as_object() else {
        return Err(ModelError::new(
            path,
            format!(
                "expected an object such as {{\"value\": 1, \"type\": \"LONG\"}}, found {}",
                what(json)
            ),
        ));
    };
    let ty = text(object, "type", path)?
        .ok_or_else(|| ModelError::new(path, "the param has no `type`"))?;
    let Some(ty) = ParamType::from_name(ty) else {
        let names: Vec<_> = ParamType::ALL.iter().map(|t| t.name()).collect();
        let message = format!("unknown type `{ty}`; it is one of {}", names.join(", "));
        return Err(ModelError::new(format!("{path}.type"), message));
    };
    let source = match (object.get("value"), text(object, "expression", path)?) {
        (Some(_), Some(_)) => {
            return Err(ModelError::new(path, "the param has both a `value` and an `expression`"));
        }
        (None, None) => {
            return Err(ModelError::new(
                path,
                "the param has neither a `value` nor an `expression`",
            ));
        }
        (Some(value), None) => {
            ParamSource::Value(literal(ty, value, &format!("{path}.value"), depth)?)
        }
        (None, Some(expression)) => ParamSource::Expression(expression.to_owned()),
    };
    let mode = match text(object, "mode", path)? {
        None => None,
        Some(name) => Some(ParamMode::from_name(name).ok_or_else(|| {
            ModelError::new(format!("{path}.mode"), format!("unknown mode `{name}`"))
        })?),
    };
    let validator = text(object, "validator", path)?.map(str::to_owned);
    Ok(ParamDefinition { ty, source, mode, validator })
}

fn text<'j>(
    object: &'j Map<String, Json>,
    key: &str,
    path: &str,
) -> Result<Option<&'j str>, ModelError> {
    match object.get(key) {
        None => Ok(None),
        Some(Json::String(text)) => Ok(Some(text)),
        Some(other) => Err(ModelError::new(
            format!("{path}.{key}"),
            format!("expected a string, found {}", what(other)),
        )),
    }
}

fn literal(ty: ParamType, json: &Json, path: &str, depth: usize) -> Result<Literal, ModelError> {
    let wrong =
        || ModelError::new(path, format!("expected a value of type {ty}, found {}", what(json)));
    Ok(match ty {
        ParamType::String => Literal::String(json.as_str().ok_or_else(wrong)?.to_owned()),
        ParamType::Long => Literal::Long(json.as_i64().ok_or_else(wrong)?),
        ParamType::Double => Literal::Double(json.as_f64().ok_or_else(wrong)?),
        ParamType::Boolean => Literal::Boolean(json.as_bool().ok_or_else(wrong)?),
        ParamType::StringMap => {
            let object = json.as_object().ok_or_else(wrong)?;
            let entry = |(k, v): (&String, &Json)| Some((k.clone(), v.as_str()?.to_owned()));
            Literal::StringMap(object.iter().map(entry).collect::<Option<_>>().ok_or_else(wrong)?)
        }
        ParamType::StringArray => {
            Literal::StringArray(items(json, |v| v.as_str().map(str::to_owned)).ok_or_else(wrong)?)
        }
        ParamType::LongArray => Literal::LongArray(items(json, Json::as_i64).ok_or_else(wrong)?),
        ParamType::DoubleArray => {
            Literal::DoubleArray(items(json, Json::as_f64).ok_or_else(wrong)?)
        }
        ParamType::BooleanArray => {
            Literal::BooleanArray(items(json, Json::as_bool).ok_or_else(wrong)?)
        }
        ParamType::Map => Literal::Map(params_at(json, path, depth + 1)?),
    })
}

fn items<T>(json: &Json, item: impl Fn(&Json) -> Option<T>) -> Option<Vec<T>> {
    json.as_array()?.iter().map(item).collect()
}

/// What a JSON value is, for a message.
fn what(json: &Json) -> &'static str {
    match json {
        Json::Null => "null",
        Json::Bool(_) => "a boolean",
        Json::Number(n) if n.is_f64() => "a decimal number",
        Json::Number(_) => "a whole number",
        Json::String(_) => "a string",
        Json::Array(_) => "a list",
        Json::Object(_) => "an object",
    }
}
