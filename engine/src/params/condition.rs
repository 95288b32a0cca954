//! Single expressions and texts in a scope: conditions, texts with references, the params of
//! signals and triggers.

use indexmap::IndexMap;
use sel::Value;

use super::error::ParamError;
use super::evaluator::{Evaluator, Scope, settle};
use super::merge::{MergeContext, clean_up, merge};
use super::program::compile;
use super::workflow::fresh;
use super::world::{Alone, World};
use crate::model::{
    Evaluated, ParamDefinition, ParamDefinitions, ParamSource, ParamType, Parameter, Params,
};

/// Evaluates the condition of the edge from step `id` to `successor`, as the BOOLEAN param that a
/// step instance shows. Names are looked up as for the params of the step.
///
/// # Errors
/// When the expression fails, or gives neither a boolean nor `"true"` or `"false"`.
pub fn condition(
    successor: &str,
    expression: &str,
    id: &str,
    own: &Params,
    workflow: &Params,
    world: &dyn World,
) -> Result<Parameter, ParamError> {
    let evaluator = Evaluator { scope: Scope::Step { id, workflow }, world };
    let mut param = Parameter::new(ParamDefinition::expression(expression, ParamType::Boolean));
    let converted = evaluator.definition(successor, &param.definition, own)?;
    settle(&mut param, converted, world.now());
    Ok(param)
}

/// Runs an expression over given values, with nothing else in sight: while conditions, those of
/// triggers, what a runtime asks.
///
/// # Errors
/// When the expression fails, or refers to another name.
pub fn expression(
    text: &str,
    input: &dyn Fn(&str) -> Option<Value>,
    world: &dyn World,
) -> Result<Value, ParamError> {
    let program = compile("", text, &world.limits())?;
    let given: Vec<(&str, Value)> =
        program.inputs().iter().filter_map(|name| Some((name.as_str(), input(name)?))).collect();
    let alone = Alone(world);
    let evaluator = Evaluator { scope: Scope::Plain { workflow: None }, world: &alone };
    evaluator.expression("", text, &Params::new(), &given)
}

/// Replaces the references of a text by the values of workflow params; in the scope of a step
/// `id` by those of the step and of other steps too.
///
/// # Errors
/// When a param is not there.
pub fn interpolate(
    text: &str,
    id: Option<&str>,
    own: &Params,
    workflow: &Params,
    world: &dyn World,
) -> Result<String, ParamError> {
    let scope = match id {
        Some(id) => Scope::Step { id, workflow },
        None => Scope::Plain { workflow: Some(workflow) },
    };
    Evaluator { scope, world }.interpolated("", text, own)
}

/// Evaluates definitions one by one in the scope of a step `id`: they see its params, the
/// workflow's and those of other steps.
///
/// # Errors
/// When one cannot be evaluated.
pub fn each(
    definitions: &ParamDefinitions,
    id: &str,
    own: &Params,
    workflow: &Params,
    world: &dyn World,
) -> Result<IndexMap<String, Evaluated>, ParamError> {
    let evaluator = Evaluator { scope: Scope::Step { id, workflow }, world };
    definitions
        .iter()
        .map(|(name, definition)| {
            Ok((name.clone(), evaluator.definition(name, definition, own)?.value))
        })
        .collect()
}

/// Evaluates params that see nothing but each other: those of a signal trigger.
///
/// # Errors
/// When a param cannot be evaluated.
pub fn standalone(given: &ParamDefinitions, world: &dyn World) -> Result<Params, ParamError> {
    let mut merged = ParamDefinitions::new();
    merge(&mut merged, given, MergeContext::of(ParamSource::Signal))?;
    clean_up(&mut merged)?;
    let mut params = fresh(merged);
    let names: Vec<String> = params.keys().cloned().collect();
    let alone = Alone(world);
    let evaluator = Evaluator { scope: Scope::Plain { workflow: None }, world: &alone };
    evaluator.all(&mut params, names.iter().map(String::as_str))?;
    Ok(params)
}
