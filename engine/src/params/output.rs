//! What a job puts out, merged into the params of its step.

use indexmap::IndexMap;

use super::convert::convert;
use super::error::{ErrorKind, ParamError};
use super::freeze::literal;
use crate::document::{Node, Path, Problems, Violations};
use crate::model::{
    Content, Evaluated, Model, ParamMode, ParamSource, ParamType, Parameter, Params,
};

/// Reads the params that a job puts out: each is a param with its type, or a plain value.
///
/// # Errors
/// When a value has no type of a param.
pub fn output_params(node: &Node) -> Result<IndexMap<String, Evaluated>, Violations> {
    let mut problems = Problems::default();
    let mut outputs = IndexMap::new();
    let entries = node.as_object();
    if entries.is_none() {
        problems.expected(&Path::Root, node, "an object");
    }
    for (key, item) in entries.unwrap_or_default() {
        let at = Path::Root;
        let path = at.key(&key.name);
        let typed = item.get("type").is_some()
            && (item.get("value").is_some() || item.get("evaluated_result").is_some());
        let value = if typed {
            Parameter::read(item, &path, &mut problems).and_then(|param| {
                param.evaluated_result.or_else(|| match &param.definition.content {
                    Content::Literal(literal) => Evaluated::read_as(
                        &literal.write(),
                        param.definition.param_type,
                        &path,
                        &mut problems,
                    ),
                    _ => None,
                })
            })
        } else {
            Evaluated::read(item, &path, &mut problems)
        };
        if let Some(value) = value {
            outputs.insert(key.name.clone(), value);
        }
    }
    problems.finish(Some(outputs))
}

/// Merges the outputs of a job into the params of its step.
///
/// # Errors
/// When the step has no such param, it may not be changed, or the value is of another type.
pub fn merge_outputs(
    params: &mut Params,
    outputs: &IndexMap<String, Evaluated>,
    now: i64,
) -> Result<(), ParamError> {
    for (name, value) in outputs {
        let Some(param) = params.get_mut(name) else {
            let message = format!("invalid output parameter [{name}], not defined in params");
            return Err(ParamError::invalid(name, message));
        };
        if param.mode() != ParamMode::Mutable {
            let mode = param.mode();
            let message = format!("cannot modify param with mode [{mode}] for parameter [{name}]");
            return Err(ParamError::invalid(name, message));
        }
        let declared = param.definition.param_type;
        let mut value = converted(value, declared)
            .map_err(|message| ParamError::new(name, ErrorKind::Invalid, message))?;
        if let (Some(Evaluated::Map(old)), Evaluated::Map(new)) = (param.evaluated(), &value) {
            let mut entries = old.clone();
            entries.extend(new.clone());
            value = Evaluated::Map(entries);
        }
        param.definition.content = Content::Literal(literal(&value, declared));
        param.definition.source = Some(ParamSource::OutputParameter);
        param.evaluated_result = Some(value);
        param.evaluated_time = Some(now);
    }
    Ok(())
}

/// Decimals keep their digits; everything else converts as an expression's value would.
fn converted(value: &Evaluated, declared: ParamType) -> Result<Evaluated, String> {
    if value.param_type() == declared {
        return Ok(value.clone());
    }
    convert(value.to_sel(), declared).map(|converted| converted.value)
}
