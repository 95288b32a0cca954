//! What the run loop asks of params and expressions, as a trait, and the facts an evaluation sees.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use crate::graph::Rollup;
use crate::plan::Params;
use crate::status::StepStatus;
use crate::store::{RunKey, Store};

/// A step of the run that is through, or of an earlier run.
#[derive(Debug, Clone)]
pub struct Finished {
    /// Its id.
    pub id: String,
    /// Its evaluated params.
    pub params: Arc<Params>,
    /// Its status.
    pub status: StepStatus,
    /// When it ended.
    pub end_time: Option<i64>,
    /// Its artifacts, for references into foreach and subworkflow steps.
    pub artifacts: Arc<Map<String, Json>>,
    /// Of a container of an earlier run: the leaf steps below it.
    pub rollup: Rollup,
}

/// The step that is being evaluated.
#[derive(Debug, Clone, Default)]
pub struct Current {
    /// Its id.
    pub id: String,
    /// The order of its creation.
    pub ordinal: u32,
    /// Derived from its identity.
    pub uuid: String,
    /// The attempt.
    pub attempt: u32,
    /// Its sub type or type.
    pub type_info: String,
    /// Retries after user errors.
    pub error_retries: u32,
    /// Its matched dependencies.
    pub dependencies: Vec<Json>,
}

/// Everything an evaluation may refer to.
#[derive(Clone)]
pub struct Scope {
    /// The run.
    pub key: RunKey,
    /// The owner.
    pub owner: String,
    /// Who started it.
    pub initiator: Json,
    /// The policy of the run.
    pub policy: String,
    /// The workflow's evaluated params.
    pub workflow: Arc<Params>,
    /// Steps that are through.
    pub steps: Vec<Finished>,
    /// The step, when one is evaluated.
    pub step: Option<Current>,
    /// The time.
    pub now: i64,
    /// For references into children.
    pub store: Arc<dyn Store>,
    /// To wait for the store from a thread of the blocking pool.
    pub handle: tokio::runtime::Handle,
    /// The definition of the workflow.
    pub definition: Arc<Json>,
}

impl std::fmt::Debug for Scope {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Scope").field("key", &self.key).finish_non_exhaustive()
    }
}

impl Scope {
    /// A step that is through, by its id.
    #[must_use]
    pub fn finished(&self, id: &str) -> Option<&Finished> {
        self.steps.iter().find(|step| step.id == id)
    }
}

/// What a step's params are made of.
#[derive(Debug, Clone, Default)]
pub struct StepParams {
    /// The type by its lower-case name; `foreach`, `while` and `subworkflow` are types too.
    pub type_name: String,
    /// What the type's runtime adds.
    pub defaults: Map<String, Json>,
    /// Of the job template.
    pub template: Map<String, Json>,
    /// Of the definition.
    pub definition: Map<String, Json>,
    /// Given at the start or restart.
    pub run: Map<String, Json>,
    /// Whether the run is a restart.
    pub restart: bool,
}

/// Merges and evaluates params. Called on threads that may block.
pub trait Evaluator: Send + Sync + 'static {
    /// The params of a workflow instance.
    ///
    /// # Errors
    /// When a param is refused or cannot be evaluated.
    fn workflow(
        &self,
        run: &Map<String, Json>,
        upstream: Option<&str>,
        restart: Option<&Params>,
        scope: &Scope,
    ) -> Result<Params, String>;
    /// The params of a step.
    ///
    /// # Errors
    /// As [`Evaluator::workflow`].
    fn step(&self, params: &StepParams, scope: &Scope) -> Result<Params, String>;
    /// The params of a step as far as they can be evaluated.
    fn step_best_effort(&self, params: &StepParams, scope: &Scope) -> Params;
    /// The params that every step has; all that one has which defines none.
    fn step_defaults(&self, scope: &Scope) -> Params;
    /// A condition on an edge, over the step's evaluated params.
    ///
    /// # Errors
    /// When it fails or gives no truth value.
    fn condition(&self, expression: &str, step: &Params, scope: &Scope) -> Result<bool, String>;
    /// The values of definitions, each alone in the scope of a step with its evaluated params.
    ///
    /// # Errors
    /// When one cannot be evaluated.
    fn each(
        &self,
        definitions: &Map<String, Json>,
        own: &Params,
        scope: &Scope,
    ) -> Result<Map<String, Json>, String>;
    /// A text with `${name}` in it, over the evaluated params of a step.
    ///
    /// # Errors
    /// When a name is unknown.
    fn text(&self, text: &str, own: &Params, scope: &Scope) -> Result<String, String>;
    /// An expression over plain values.
    ///
    /// # Errors
    /// When it fails.
    fn expression(
        &self,
        expression: &str,
        inputs: &Map<String, Json>,
        now: i64,
    ) -> Result<Json, String>;
    /// Evaluates params that see nothing but each other.
    ///
    /// # Errors
    /// When one cannot be evaluated.
    fn standalone(&self, definitions: &Map<String, Json>, now: i64) -> Result<Params, String>;
    /// Merges output params.
    ///
    /// # Errors
    /// When one is unknown, not mutable, or of another type.
    fn outputs(
        &self,
        params: &mut Params,
        outputs: &Map<String, Json>,
        now: i64,
    ) -> Result<(), String>;
}

/// The evaluated value of a param.
#[must_use]
pub fn value(param: &Json) -> Json {
    param.get("evaluated_result").or_else(|| param.get("value")).cloned().unwrap_or(Json::Null)
}

/// The evaluated values by name.
#[must_use]
pub fn values(params: &Params) -> Map<String, Json> {
    params.iter().map(|(name, param)| (name.clone(), value(param))).collect()
}

/// A param with a value that is evaluated already.
#[must_use]
pub fn literal(kind: &str, result: Json, now: i64) -> Json {
    serde_json::json!({"value": result, "type": kind, "evaluated_result": result,
                       "evaluated_time": now})
}
