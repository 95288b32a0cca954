//! The evaluator of the run loop: its documents become typed params, [`crate::params`] does the
//! work, and what comes out becomes documents again.

use serde_json::{Map, Value as Json};

use super::eval::{Evaluator, Scope, StepParams};
use super::facts::{Alone, Facts};
use crate::document::{Path, Problems};
use crate::model::{Model, ParamDefinition, ParamDefinitions, ParamSource, Parameter};
use crate::params::{self, Restart, StepIdentity, StepInput, WorkflowInput};
use crate::plan::Params;

/// Evaluates with [`sel`].
#[derive(Debug, Clone, Copy, Default)]
pub struct SelEvaluator;

fn decode<T: Model>(json: &Json, name: &str) -> Result<T, String> {
    let mut problems = Problems::default();
    let node = crate::model::from_json(json);
    let root = Path::Root;
    let read = T::read(&node, &root.key(name), &mut problems);
    problems.finish(read).map_err(|violations| violations.to_string())
}

fn encode(model: &impl Model) -> Json {
    crate::model::to_json(&model.write())
}

fn definitions<'p>(
    params: impl IntoIterator<Item = (&'p String, &'p Json)>,
) -> Result<ParamDefinitions, String> {
    params
        .into_iter()
        .map(|(name, json)| Ok((name.clone(), decode::<ParamDefinition>(json, name)?)))
        .collect()
}

/// The typed form of evaluated params.
pub(super) fn typed(params: &Params) -> Result<crate::model::Params, String> {
    params.iter().map(|(name, json)| Ok((name.clone(), decode::<Parameter>(json, name)?))).collect()
}

fn documents(params: &crate::model::Params) -> Params {
    params.iter().map(|(name, param)| (name.clone(), encode(param))).collect()
}

/// The value of an evaluated param, with the type that it is declared with.
pub(super) fn value(param: &Json) -> Result<sel::Value, String> {
    let param: Parameter = decode(param, "")?;
    param.evaluated().map(crate::model::Evaluated::to_sel).ok_or_else(|| "no value".to_owned())
}

/// An evaluated param as the literal of its value, to be given to a child.
pub(super) fn frozen(param: &Json) -> Result<Json, String> {
    Ok(encode(&params::freeze_one(&decode(param, "")?)))
}

fn identity(scope: &Scope) -> StepIdentity {
    let step = scope.step.as_ref();
    StepIdentity {
        workflow_instance_id: scope.key.instance_id,
        step_instance_uuid: step.map(|s| s.uuid.clone()).unwrap_or_default(),
        step_attempt_id: step.map_or(1, |s| i64::from(s.attempt)),
        step_id: step.map(|s| s.id.clone()).unwrap_or_default(),
    }
}

/// Where the run params of an instance come from.
fn source(upstream: Option<&str>, scope: &Scope) -> ParamSource {
    let initiator = scope.initiator.get("type").and_then(Json::as_str).unwrap_or_default();
    upstream
        .and_then(ParamSource::from_name)
        .or_else(|| match initiator {
            "TIME" => Some(ParamSource::TimeTrigger),
            other => ParamSource::from_name(other),
        })
        .filter(|source| *source != ParamSource::System)
        .unwrap_or(ParamSource::Launch)
}

fn text(error: params::ParamError) -> String {
    error.to_string()
}

/// Calls `evaluate` with the params of a step: merged, not evaluated.
fn with_step<T>(
    parts: &StepParams,
    scope: &Scope,
    evaluate: impl FnOnce(&StepInput<'_>, &crate::model::Params, &Facts<'_>) -> T,
) -> Result<T, String> {
    let defaults = params::type_defaults(&parts.type_name);
    let injected = definitions(&parts.defaults)?;
    let template = definitions(&parts.template)?;
    let definition = definitions(&parts.definition)?;
    let run = definitions(&parts.run)?;
    let (run_params, restart_params) =
        if parts.restart { (None, Some(&run)) } else { (Some(&run), None) };
    let input = StepInput {
        identity: &identity(scope),
        definition: &definition,
        defaults: &defaults,
        template: Some(&template),
        injected: Some(&injected),
        run_params,
        restart_params,
    };
    Ok(evaluate(&input, &typed(&scope.workflow)?, &Facts::new(scope)))
}

impl Evaluator for SelEvaluator {
    fn workflow(
        &self,
        run: &Map<String, Json>,
        upstream: Option<&str>,
        restart: Option<&Params>,
        scope: &Scope,
    ) -> Result<Params, String> {
        let own = scope.definition.pointer("/workflow/params").and_then(Json::as_object);
        let definition = definitions(own.into_iter().flatten())?;
        let mut run_params = definitions(run)?;
        let source = source(upstream, scope);
        if source == ParamSource::Launch || source == ParamSource::Restart {
            params::run_params(&run_params).map_err(text)?;
        }
        // A scheduled run stands for the moment that it was planned for.
        let planned = scope.initiator.get("trigger_time").and_then(Json::as_i64);
        if let (Some(planned), ParamSource::TimeTrigger) = (planned, source) {
            let planned = ParamDefinition::literal(crate::model::Literal::Long(planned));
            run_params.entry("RUN_TS".to_owned()).or_insert(planned);
        }
        let previous = restart.map(typed).transpose()?;
        let input = WorkflowInput {
            workflow_id: &scope.key.workflow_id,
            owner: Some(&scope.owner),
            definition: &definition,
            run_params: &run_params,
            source,
            restart: previous.as_ref().map(|previous| Restart { previous, restart_params: None }),
        };
        params::workflow(&input, &Facts::new(scope)).map(|all| documents(&all)).map_err(text)
    }

    fn step(&self, parts: &StepParams, scope: &Scope) -> Result<Params, String> {
        with_step(parts, scope, |input, workflow, facts| params::step(input, workflow, facts))?
            .map(|params| documents(&params))
            .map_err(text)
    }

    fn step_best_effort(&self, parts: &StepParams, scope: &Scope) -> Params {
        with_step(parts, scope, |input, workflow, facts| {
            documents(&params::step_best_effort(input, workflow, facts))
        })
        .unwrap_or_default()
    }

    fn step_defaults(&self, scope: &Scope) -> Params {
        let none = ParamDefinitions::new();
        let input = StepInput {
            identity: &identity(scope),
            definition: &none,
            defaults: &none,
            template: None,
            injected: None,
            run_params: None,
            restart_params: None,
        };
        let nobody = crate::model::Params::new();
        documents(&params::step_best_effort(&input, &nobody, &Facts::new(scope)))
    }

    fn condition(&self, expression: &str, step: &Params, scope: &Scope) -> Result<bool, String> {
        let id = scope.step.as_ref().map_or("", |step| step.id.as_str());
        let (own, workflow) = (typed(step)?, typed(&scope.workflow)?);
        let facts = Facts::new(scope);
        let result = params::condition("condition", expression, id, &own, &workflow, &facts)
            .map_err(text)?;
        result
            .evaluated()
            .and_then(crate::model::Evaluated::as_bool)
            .ok_or_else(|| "the condition gives no boolean".to_owned())
    }

    fn each(
        &self,
        given: &Map<String, Json>,
        own: &Params,
        scope: &Scope,
    ) -> Result<Map<String, Json>, String> {
        let id = scope.step.as_ref().map_or("", |step| step.id.as_str());
        let (own, workflow) = (typed(own)?, typed(&scope.workflow)?);
        let values = params::each(&definitions(given)?, id, &own, &workflow, &Facts::new(scope))
            .map_err(text)?;
        Ok(values.iter().map(|(name, value)| (name.clone(), value.to_json())).collect())
    }

    fn text(&self, given: &str, own: &Params, scope: &Scope) -> Result<String, String> {
        let id = scope.step.as_ref().map(|step| step.id.as_str());
        let (own, workflow) = (typed(own)?, typed(&scope.workflow)?);
        params::interpolate(given, id, &own, &workflow, &Facts::new(scope)).map_err(text)
    }

    fn expression(
        &self,
        expression: &str,
        inputs: &Map<String, Json>,
        now: i64,
    ) -> Result<Json, String> {
        let input = |name: &str| sel::Value::from_json(inputs.get(name)?.clone()).ok();
        let value = params::expression(expression, &input, &Alone(now)).map_err(text)?;
        let json = value.to_json().map_err(|e| e.to_string())?;
        if json.is_null() {
            return Err("the expression gives no value".to_owned());
        }
        Ok(json)
    }

    fn standalone(&self, given: &Map<String, Json>, now: i64) -> Result<Params, String> {
        params::standalone(&definitions(given)?, &Alone(now))
            .map(|params| documents(&params))
            .map_err(text)
    }

    fn outputs(
        &self,
        params: &mut Params,
        outputs: &Map<String, Json>,
        now: i64,
    ) -> Result<(), String> {
        let node = crate::model::from_json(&Json::Object(outputs.clone()));
        let outputs = params::output_params(&node).map_err(|e| e.to_string())?;
        let touched: Params = params
            .iter()
            .filter(|(name, _)| outputs.contains_key(*name))
            .map(|(name, param)| (name.clone(), param.clone()))
            .collect();
        let mut touched = typed(&touched)?;
        params::merge_outputs(&mut touched, &outputs, now).map_err(text)?;
        params.extend(documents(&touched));
        Ok(())
    }
}
