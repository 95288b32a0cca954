//! Evaluated params as literals: what a child instance or a restart starts from.

use indexmap::IndexMap;

use super::interpolate::{is_interpolated, references};
use crate::model::{
    Content, Evaluated, Literal, ParamDefinition, ParamDefinitions, ParamMode, ParamType,
    Parameter, Params,
};

/// The params as literals of their values. An IMMUTABLE one stays as it is defined, and so does
/// one without a value.
#[must_use]
pub fn freeze(params: &Params) -> ParamDefinitions {
    params.iter().map(|(name, param)| (name.clone(), freeze_one(param))).collect()
}

/// One param as a literal of its value; see [`freeze`].
#[must_use]
pub fn freeze_one(param: &Parameter) -> ParamDefinition {
    let mut definition = param.definition.clone();
    definition.meta.shift_remove("info");
    definition.meta.shift_remove("warn");
    if let Some(value) = param.evaluated()
        && param.mode() != ParamMode::Immutable
    {
        definition.content = Content::Literal(literal(value, definition.param_type));
    }
    definition
}

/// A value as a literal that evaluates to it.
pub(super) fn literal(value: &Evaluated, declared: ParamType) -> Literal {
    match value {
        Evaluated::String(text) => Literal::String(escape(text)),
        Evaluated::Long(number) => Literal::Long(*number),
        Evaluated::Double(number) => Literal::Double(number.clone()),
        Evaluated::Boolean(value) => Literal::Boolean(*value),
        Evaluated::StringArray(items) => {
            Literal::StringArray(items.iter().map(|text| escape(text)).collect())
        }
        Evaluated::LongArray(items) => Literal::LongArray(items.clone()),
        Evaluated::DoubleArray(items) => Literal::DoubleArray(items.clone()),
        Evaluated::BooleanArray(items) => Literal::BooleanArray(items.clone()),
        Evaluated::Map(entries) if declared == ParamType::StringMap => Literal::StringMap(
            entries
                .iter()
                .map(|(key, value)| (escape(key), escape(value.as_str().unwrap_or_default())))
                .collect(),
        ),
        Evaluated::Map(entries) => {
            let entry = |(key, value): (&String, &Evaluated)| {
                (key.clone(), ParamDefinition::literal(literal(value, value.param_type())))
            };
            Literal::Map(entries.iter().map(entry).collect::<IndexMap<_, _>>())
        }
    }
}

/// A text that gives this text when it is interpolated.
#[must_use]
pub fn escape(text: &str) -> String {
    if is_interpolated(text) || text.contains("$$") {
        debug_assert!(references(&text.replace('$', "$$")).next().is_none());
        text.replace('$', "$$")
    } else {
        text.to_owned()
    }
}
