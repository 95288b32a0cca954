//! The params of a workflow definition, evaluated without running it.

use std::cell::Cell;
use std::fmt;

use indexmap::IndexMap;
use sel::Limits;
use serde_json::Value as Json;

use crate::params::model::{ModelError, ParamDefinition, params_from_json};
use crate::params::{Evaluated, Instance, ParamError, default_params, evaluate_all};

/// How the instance looks whose params are evaluated.
#[derive(Debug, Clone)]
pub struct Options {
    /// The clock, in epoch milliseconds.
    pub now: i64,
    /// The limits of each expression.
    pub limits: Limits,
    /// Params given at the start, in the form of the definition's: they win over it.
    pub run_params: IndexMap<String, ParamDefinition>,
    /// The user who starts it.
    pub user: String,
}

impl Options {
    /// A manual start at `now`.
    #[must_use]
    pub fn at(now: i64) -> Self {
        Options { now, limits: Limits::default(), run_params: IndexMap::new(), user: "sel".into() }
    }
}

/// Why there are no values.
#[derive(Debug)]
pub enum EvaluateError {
    /// The text is no JSON.
    Json(serde_json::Error),
    /// The JSON is no workflow definition.
    Model(ModelError),
    /// A param fails.
    Param(ParamError),
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvaluateError::Json(error) => write!(f, "the definition is not valid JSON: {error}"),
            EvaluateError::Model(error) => error.fmt(f),
            EvaluateError::Param(error) => error.fmt(f),
        }
    }
}
impl std::error::Error for EvaluateError {}

impl From<ModelError> for EvaluateError {
    fn from(error: ModelError) -> Self {
        EvaluateError::Model(error)
    }
}

/// Evaluates the workflow-level params of a definition: those named, or all, the default params
/// (`RUN_TS`, `TARGET_RUN_DATE`, …) behind the definition's own. The text is a request as for
/// Maestro's `POST /workflows`, or its `workflow` object alone.
///
/// # Errors
/// When the text is no definition or a param fails; the error names the param.
pub fn workflow_params(
    definition: &str,
    names: &[String],
    options: &Options,
) -> Result<IndexMap<String, Evaluated>, EvaluateError> {
    let json: Json = serde_json::from_str(definition).map_err(EvaluateError::Json)?;
    let (workflow, path) = match json.get("workflow") {
        Some(workflow) => (workflow, "workflow"),
        None => (&json, ""),
    };
    let id = workflow.get("id").and_then(Json::as_str).ok_or_else(|| {
        ModelError::new(path, "expected a workflow definition: an object with an `id`")
    })?;
    let own = match workflow.get("params") {
        Some(params) => {
            let path = if path.is_empty() { "params".to_owned() } else { format!("{path}.params") };
            params_from_json(params, &path)?
        }
        None => IndexMap::new(),
    };
    let instance = instance(id, &json, workflow, options);
    let mut params = merge(&instance, own, path)?;
    params.extend(options.run_params.clone());
    let names: Vec<String> =
        if names.is_empty() { params.keys().cloned().collect() } else { names.to_vec() };
    let limits = &options.limits;
    evaluate_all(id, &params, &names, &instance, options.now, limits).map_err(EvaluateError::Param)
}

/// The definition's params first, in their order, then the defaults that it does not define.
fn merge(
    instance: &Instance,
    own: IndexMap<String, ParamDefinition>,
    path: &str,
) -> Result<IndexMap<String, ParamDefinition>, ModelError> {
    for name in crate::params::RESERVED {
        if own.contains_key(name) {
            let message =
                format!("Cannot modify param with system mode [RESERVED] for parameter [{name}]");
            return Err(ModelError::new(format!("{path}.params.{name}"), message));
        }
    }
    let mut params = own;
    for (name, default) in default_params(instance) {
        match params.get_mut(&name) {
            // A definition may change a default's value; the type stays the default's.
            Some(own) if own.ty != default.ty => {
                let message = format!(
                    "ParameterDefinition type mismatch name [{name}] from [{}] != to [{}]",
                    own.ty, default.ty
                );
                return Err(ModelError::new(format!("{path}.params.{name}"), message));
            }
            Some(_) => {}
            None => {
                params.insert(name, default);
            }
        }
    }
    Ok(params)
}

fn instance(id: &str, request: &Json, workflow: &Json, options: &Options) -> Instance {
    let owner = match request.pointer("/properties/owner") {
        Some(Json::String(name)) => name.clone(),
        Some(object) => object.get("name").and_then(Json::as_str).unwrap_or_default().to_owned(),
        None => options.user.clone(),
    };
    let triggers = workflow.get("time_triggers").and_then(Json::as_array);
    let first_trigger_timezone = triggers
        .and_then(|list| list.first())
        .map(|trigger| trigger.get("timezone").and_then(Json::as_str).unwrap_or("UTC").to_owned());
    Instance {
        workflow_id: id.to_owned(),
        instance_id: 1,
        run_id: 1,
        owner,
        initiator_type: "MANUAL".into(),
        initiator_user: Some(options.user.clone()),
        initiator_timezone: None,
        first_trigger_timezone,
        run_policy: "START_FRESH_NEW_RUN".into(),
        environment: "test".into(),
        unique: Cell::new(options.now as u64),
    }
}
