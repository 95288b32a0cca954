//! The params of a step attempt.

use super::defaults::{StepIdentity, step_defaults};
use super::error::ParamError;
use super::evaluator::{Evaluator, Scope};
use super::merge::{MergeContext, clean_up, merge};
use super::size;
use super::workflow::fresh;
use super::world::World;
use crate::model::{ParamDefinitions, ParamSource, Params};

/// What the params of a step attempt are made of.
#[derive(Clone, Copy)]
pub struct StepInput<'i> {
    /// The attempt.
    pub identity: &'i StepIdentity,
    /// The params of its definition.
    pub definition: &'i ParamDefinitions,
    /// The params that its type has by default.
    pub defaults: &'i ParamDefinitions,
    /// The params of its job template.
    pub template: Option<&'i ParamDefinitions>,
    /// What its runtime adds.
    pub injected: Option<&'i ParamDefinitions>,
    /// Params given for the step at the start, or by a restart of the step.
    pub run_params: Option<&'i ParamDefinitions>,
    /// Params of the restart's configuration.
    pub restart_params: Option<&'i ParamDefinitions>,
}

/// The merged params of a step attempt, not evaluated.
///
/// # Errors
/// When a param may not be changed, its type does not fit, or a required one is missing.
pub fn merge_step(input: &StepInput<'_>, workflow: &Params) -> Result<Params, ParamError> {
    let definition = input.definition;
    let mut merged = ParamDefinitions::new();
    let system = MergeContext::of(ParamSource::SystemDefault);
    merge(&mut merged, &step_defaults(input.identity), system)?;
    merge(&mut merged, input.defaults, system)?;
    if let Some(template) = input.template {
        let mut template = template.clone();
        let same: ParamDefinitions = workflow
            .iter()
            .filter(|(name, _)| template.contains_key(*name))
            .map(|(name, param)| {
                let mut frozen = super::freeze::freeze_one(param);
                frozen.mode = None;
                (name.clone(), frozen)
            })
            .collect();
        merge(&mut template, &same, MergeContext::of(ParamSource::WorkflowParameter))?;
        merge(&mut merged, &template, MergeContext::of(ParamSource::TemplateSchema))?;
    }
    if let Some(injected) = input.injected {
        merge(&mut merged, injected, MergeContext::of(ParamSource::SystemInjected))?;
    }
    let given = [
        (input.run_params, MergeContext::of(ParamSource::Launch)),
        (input.restart_params, MergeContext::restart(ParamSource::Restart)),
    ];
    // What only the request names comes before the definition, so that the definition can use it.
    for (params, cx) in given {
        let new: ParamDefinitions = params
            .into_iter()
            .flatten()
            .filter(|(name, _)| !definition.contains_key(*name))
            .map(|(name, param)| (name.clone(), param.clone()))
            .collect();
        merge(&mut merged, &new, cx)?;
    }
    merge(&mut merged, definition, MergeContext::of(ParamSource::Definition))?;
    for (params, cx) in given {
        let changed: ParamDefinitions = params
            .into_iter()
            .flatten()
            .filter(|(name, _)| definition.contains_key(*name))
            .map(|(name, param)| (name.clone(), param.clone()))
            .collect();
        merge(&mut merged, &changed, cx)?;
    }
    clean_up(&mut merged)?;
    Ok(fresh(merged))
}

/// The evaluated params of a step attempt.
///
/// # Errors
/// As [`merge_step`], and when a param cannot be evaluated.
pub fn step(
    input: &StepInput<'_>,
    workflow: &Params,
    world: &dyn World,
) -> Result<Params, ParamError> {
    let mut params = merge_step(input, workflow)?;
    let names: Vec<String> = params.keys().cloned().collect();
    let scope = Scope::Step { id: &input.identity.step_id, workflow };
    Evaluator { scope, world }.all(&mut params, names.iter().map(String::as_str))?;
    size::check(&params)?;
    Ok(params)
}

/// As far as it goes: the params that can be evaluated, for a step that was skipped before.
#[must_use]
pub fn step_best_effort(input: &StepInput<'_>, workflow: &Params, world: &dyn World) -> Params {
    let Ok(mut params) = merge_step(input, workflow) else { return Params::new() };
    let names: Vec<String> = params.keys().cloned().collect();
    let scope = Scope::Step { id: &input.identity.step_id, workflow };
    let evaluator = Evaluator { scope, world };
    for name in &names {
        // A param that fails has no value afterwards and is dropped below.
        evaluator.all(&mut params, [name.as_str()]).ok();
    }
    params.retain(|_, param| param.evaluated_result.is_some());
    params
}
