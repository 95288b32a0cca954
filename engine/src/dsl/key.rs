//! The key of a param: `[!]name[<type>][(mode)]`.

use crate::document::shorten;
use crate::model::{ParamMode, ParamType};

/// What a key says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ParamKey {
    pub(super) name: String,
    /// With `!`: the value is an expression.
    pub(super) expression: bool,
    pub(super) declared: Option<ParamType>,
    pub(super) mode: Option<ParamMode>,
}

impl ParamKey {
    /// Reads a key.
    pub(super) fn parse(key: &str) -> Result<ParamKey, String> {
        let mut rest = key.trim();
        let expression = rest.starts_with('!');
        if expression {
            rest = rest.get(1..).unwrap_or_default();
        }
        let mut mode = None;
        if let (Some(open), Some(body)) = (rest.rfind('('), rest.trim_end().strip_suffix(')')) {
            let name = body.get(open + 1..).unwrap_or_default().trim();
            mode = Some(ParamMode::from_name(name).ok_or_else(|| {
                let known: Vec<&str> = ParamMode::ALL.iter().map(|m| m.as_str()).collect();
                format!("unknown mode `{}`: it is one of {}", shorten(name), known.join(", "))
            })?);
            rest = rest.get(..open).unwrap_or_default().trim_end();
        }
        let mut declared = None;
        if let Some(open) = rest.find('<') {
            let body = rest.get(open + 1..).unwrap_or_default();
            let Some(close) = body.rfind('>') else {
                return Err(format!("`{}` has a `<` without a `>`", shorten(key)));
            };
            if !body.get(close + 1..).unwrap_or_default().trim().is_empty() {
                return Err(format!("`{}` has text after its type", shorten(key)));
            }
            declared = Some(param_type(body.get(..close).unwrap_or_default())?);
            rest = rest.get(..open).unwrap_or_default();
        }
        let name = rest.trim();
        if name.is_empty() {
            return Err(format!("`{}` has no name", shorten(key)));
        }
        Ok(ParamKey { name: name.to_owned(), expression, declared, mode })
    }
}

/// The language's own spellings, or the names of the JSON.
fn param_type(text: &str) -> Result<ParamType, String> {
    let text: String = text.chars().filter(|c| !c.is_whitespace()).collect();
    let short = match text.to_ascii_lowercase().as_str() {
        "map" => Some(ParamType::StringMap),
        "pmap" => Some(ParamType::Map),
        "array<string>" => Some(ParamType::StringArray),
        "array<long>" => Some(ParamType::LongArray),
        "array<double>" => Some(ParamType::DoubleArray),
        "array<boolean>" => Some(ParamType::BooleanArray),
        _ => ParamType::from_name(&text),
    };
    short.ok_or_else(|| {
        format!(
            "unknown type `{}`: it is one of string, long, double, boolean, map, pmap, \
             array<string>, array<long>, array<double>, array<boolean>",
            shorten(&text)
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(key: &str) -> Result<(String, bool, Option<ParamType>, Option<ParamMode>), String> {
        ParamKey::parse(key).map(|k| (k.name, k.expression, k.declared, k.mode))
    }

    #[test]
    fn keys_have_up_to_four_parts() {
        for (key, wanted) in [
            ("n", ("n", false, None, None)),
            (" !n ", ("n", true, None, None)),
            ("!n<long>(immutable)", ("n", true, Some(ParamType::Long), Some(ParamMode::Immutable))),
            ("n <array<double>>", ("n", false, Some(ParamType::DoubleArray), None)),
            ("n<map>", ("n", false, Some(ParamType::StringMap), None)),
            ("n<PMAP>", ("n", false, Some(ParamType::Map), None)),
            ("n<LONG_ARRAY>", ("n", false, Some(ParamType::LongArray), None)),
            ("n (Mutable_On_Start)", ("n", false, None, Some(ParamMode::MutableOnStart))),
        ] {
            let (name, expression, declared, mode) = wanted;
            assert_eq!(parts(key), Ok((name.to_owned(), expression, declared, mode)), "{key}");
        }
    }

    #[test]
    fn faults_of_keys() {
        for (key, message) in [
            ("", "has no name"),
            ("!", "has no name"),
            ("<long>", "has no name"),
            ("n<int>", "unknown type `int`"),
            ("n<long", "without a `>`"),
            ("n<long>x", "text after its type"),
            ("n(open)", "unknown mode `open`"),
        ] {
            let error = parts(key).unwrap_err();
            assert!(error.contains(message), "{key}: {error}");
        }
    }
}
