//! The params that a foreach or a while goes over.

use crate::document::{Path, Problems, shorten};
use crate::model::{Content, Literal, ParamType, Step, StepKind};

/// Checks the loop params of a step and gives their names.
pub(super) fn check<'s>(
    step: &'s Step,
    at: &Path<'_>,
    outer: &[&str],
    problems: &mut Problems,
) -> Vec<&'s str> {
    let params = at.key("params");
    let at = params.key("loop_params");
    let Some(param) = step.common.params.get("loop_params") else {
        let message = "a loop needs the param `loop_params`, a MAP of what it goes over";
        problems.rule(&at, "loop-params", message);
        return Vec::new();
    };
    let entries = match &param.content {
        Content::Literal(Literal::Map(entries)) => entries,
        Content::Expression(_) if param.param_type == ParamType::Map => return Vec::new(),
        _ => {
            let message = format!("`loop_params` is a MAP, not a {}", param.param_type);
            problems.rule(&at, "loop-params", message);
            return Vec::new();
        }
    };
    let is_foreach = matches!(step.kind, StepKind::Foreach(_));
    let value = at.key("value");
    for (name, entry) in entries {
        let at = value.key(name);
        let is_array = entry.param_type.element().is_some();
        let is_scalar =
            !is_array && !matches!(entry.param_type, ParamType::Map | ParamType::StringMap);
        if is_foreach && !is_array {
            let message = format!(
                "a foreach goes over arrays, `{}` is a {}",
                shorten(name),
                entry.param_type
            );
            problems.rule(&at, "loop-params", message);
        }
        if !is_foreach && !is_scalar {
            let message = format!(
                "the loop params of a while are single values, `{}` is a {}",
                shorten(name),
                entry.param_type
            );
            problems.rule(&at, "loop-params", message);
        }
        if outer.contains(&name.as_str()) {
            let message = format!("`{}` is a loop param of a loop around this one", shorten(name));
            problems.rule(&at, "loop-params", message);
        }
    }
    entries.keys().map(String::as_str).collect()
}
