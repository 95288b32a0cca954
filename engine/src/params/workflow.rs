//! The params of a workflow instance: defaults, definition, run params, in this order.

use super::defaults::{FORBIDDEN_NAMES, RESERVED_NAMES, workflow_defaults};
use super::error::ParamError;
use super::evaluator::{Evaluator, Scope};
use super::freeze::freeze;
use super::merge::{MergeContext, clean_up, merge};
use super::size;
use super::world::World;
use crate::model::{ParamDefinitions, ParamSource, Parameter, Params};

/// How many params a start request may have.
const MAX_RUN_PARAMS: usize = 128;

/// What the params of an instance are made of.
#[derive(Clone, Copy)]
pub struct WorkflowInput<'i> {
    /// The workflow.
    pub workflow_id: &'i str,
    /// Who owns it.
    pub owner: Option<&'i str>,
    /// The params of the definition.
    pub definition: &'i ParamDefinitions,
    /// The params given at the start or restart, or by the step above.
    pub run_params: &'i ParamDefinitions,
    /// Where the run params come from: LAUNCH, SIGNAL, TIME_TRIGGER, FOREACH, …; RESTART is
    /// told by `restart`.
    pub source: ParamSource,
    /// For a restart.
    pub restart: Option<Restart<'i>>,
}

/// What a restart starts from.
#[derive(Clone, Copy)]
pub struct Restart<'i> {
    /// The evaluated params of the run before.
    pub previous: &'i Params,
    /// The params of the restart's configuration, when this instance is the end of its path.
    pub restart_params: Option<&'i ParamDefinitions>,
}

/// Params that are not evaluated yet.
pub(super) fn fresh(definitions: ParamDefinitions) -> Params {
    definitions.into_iter().map(|(name, definition)| (name, Parameter::new(definition))).collect()
}

/// Checks the params of a start request.
///
/// # Errors
/// When there are too many, or a name is not for users.
pub fn run_params(given: &ParamDefinitions) -> Result<(), ParamError> {
    if given.len() > MAX_RUN_PARAMS {
        let message = format!("there are {} run params, {MAX_RUN_PARAMS} is the most", given.len());
        return Err(ParamError::invalid("", message));
    }
    for (name, param) in given {
        if FORBIDDEN_NAMES.contains(&name.as_str()) {
            let message = format!("`{name}` is a reserved name and cannot be a run param");
            return Err(ParamError::invalid(name, message));
        }
        if param.source.is_some() {
            let message = format!("cannot modify source for parameter [{name}]");
            return Err(ParamError::invalid(name, message));
        }
    }
    Ok(())
}

/// The merged params of an instance, not evaluated.
///
/// # Errors
/// When a param may not be changed, its type does not fit, or a required one is missing.
pub fn merge_workflow(input: &WorkflowInput<'_>) -> Result<Params, ParamError> {
    let defaults = workflow_defaults(input.workflow_id, input.owner);
    let mut merged = ParamDefinitions::new();
    match &input.restart {
        None => {
            merge(&mut merged, &defaults, MergeContext::of(ParamSource::SystemDefault))?;
            merge(&mut merged, input.definition, MergeContext::of(ParamSource::Definition))?;
            merge(&mut merged, input.run_params, MergeContext::of(input.source))?;
        }
        Some(restart) => {
            let mut previous = freeze(restart.previous);
            previous.retain(|name, _| !RESERVED_NAMES.contains(&name.as_str()));
            merged = previous;
            let reserved: ParamDefinitions = defaults
                .into_iter()
                .filter(|(name, _)| RESERVED_NAMES.contains(&name.as_str()))
                .collect();
            merge(&mut merged, &reserved, MergeContext::of(ParamSource::SystemDefault))?;
            let cx = MergeContext::restart(ParamSource::Restart);
            // A child is given the params of the step above again.
            let from_above = MergeContext::restart(input.source);
            let given = if from_above.is_upstream() { from_above } else { cx };
            merge(&mut merged, input.run_params, given)?;
            if let Some(params) = restart.restart_params {
                merge(&mut merged, params, cx)?;
            }
        }
    }
    clean_up(&mut merged)?;
    Ok(fresh(merged))
}

/// The evaluated params of an instance.
///
/// # Errors
/// As [`merge_workflow`], and when a param cannot be evaluated.
pub fn workflow(input: &WorkflowInput<'_>, world: &dyn World) -> Result<Params, ParamError> {
    let mut params = merge_workflow(input)?;
    let names: Vec<String> = params.keys().cloned().collect();
    evaluate(input.workflow_id, &mut params, &names, world)?;
    size::check(&params)?;
    Ok(params)
}

/// Evaluates the named params of a workflow and what they refer to.
pub(crate) fn evaluate(
    workflow_id: &str,
    params: &mut Params,
    names: &[String],
    world: &dyn World,
) -> Result<(), ParamError> {
    let evaluator = Evaluator { scope: Scope::Workflow { id: workflow_id }, world };
    evaluator.all(params, names.iter().map(String::as_str))
}
