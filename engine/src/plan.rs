//! A definition prepared for running: the levels of steps with their graphs, read once from the
//! JSON of a stored version and shared by every instance and iteration that runs it.

use std::sync::Arc;

use indexmap::IndexMap;
use serde_json::{Map, Value as Json};

use crate::core::{FailureMode, StepKind, StepSpec};
use crate::graph::{Dag, GraphError};

/// Params by name, as the JSON of their definitions or of their evaluated instances.
pub type Params = IndexMap<String, Json>;

/// A workflow.
#[derive(Debug, Clone)]
pub struct Plan {
    /// The workflow's id.
    pub id: String,
    /// The version.
    pub version: i64,
    /// The definition (the `workflow` object of a create request).
    pub definition: Json,
    /// The properties snapshot.
    pub properties: Json,
    /// The steps.
    pub top: Arc<Level>,
}

/// One level of steps: the top one, or that inside a foreach or while.
#[derive(Debug)]
pub struct Level {
    /// Who comes before whom.
    pub dag: Arc<Dag>,
    /// What the core knows of each step.
    pub specs: Vec<StepSpec>,
    /// The rest, in the same order.
    pub steps: Vec<StepPlan>,
}

/// One step.
#[derive(Debug)]
pub struct StepPlan {
    /// Its id.
    pub id: String,
    /// `step`, `foreach`, `while`, `subworkflow`.
    pub wrapper: String,
    /// The type of a leaf, lower-case; the wrapper's name for others.
    pub type_name: String,
    /// The definition inside the wrapper.
    pub definition: Json,
    /// The conditions in the order of the successors.
    pub conditions: Vec<String>,
    /// The steps of a foreach or while.
    pub nested: Option<Arc<Level>>,
}

/// Why a definition cannot be run.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Something is missing or of the wrong shape.
    #[error("the definition of `{0}` cannot be run: {1}")]
    Shape(String, &'static str),
    /// The steps form no graph.
    #[error(transparent)]
    Graph(#[from] GraphError),
    /// Levels within levels.
    #[error("steps are nested more than {0} levels deep")]
    TooDeep(usize),
}

/// How deep levels nest within one definition.
const MAX_DEPTH: usize = 10;

impl StepPlan {
    /// A field of the definition.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Json> {
        self.definition.get(name)
    }
    /// The sub type, or the type as it is written out: `NoOp`, `FOREACH`.
    #[must_use]
    pub fn type_info(&self) -> String {
        let text = |name: &str| self.field(name).and_then(Json::as_str).map(str::to_owned);
        text("sub_type").or_else(|| text("type")).unwrap_or_else(|| self.wrapper.to_uppercase())
    }
    /// A list of the definition; empty when absent.
    #[must_use]
    pub fn list(&self, name: &str) -> &[Json] {
        self.field(name).and_then(Json::as_array).map_or(&[], Vec::as_slice)
    }
    /// The definitions of its params.
    #[must_use]
    pub fn params(&self) -> Option<&Map<String, Json>> {
        self.field("params").and_then(Json::as_object)
    }
}

impl Plan {
    /// Prepares the `workflow` object of a definition.
    ///
    /// # Errors
    /// When a step has no id or kind, or the steps form no graph.
    pub fn new(version: i64, definition: Json, properties: Json) -> Result<Plan, PlanError> {
        let id = definition.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
        let steps = definition.get("steps").and_then(Json::as_array);
        let steps = steps.ok_or_else(|| PlanError::Shape(id.clone(), "it has no steps"))?;
        let top = Arc::new(Level::new(steps, 0)?);
        Ok(Plan { id, version, definition, properties, top })
    }

    /// The level inside the containers of this path; the top one for an empty path.
    #[must_use]
    pub fn level(&self, path: &[String]) -> Option<Arc<Level>> {
        let mut level = Arc::clone(&self.top);
        for id in path {
            let place = level.dag.place(id)?;
            level = Arc::clone(level.steps.get(place)?.nested.as_ref()?);
        }
        Some(level)
    }

    /// A property, `None` when it is absent.
    #[must_use]
    pub fn property(&self, name: &str) -> Option<&Json> {
        self.properties.get(name).filter(|v| !v.is_null())
    }

    /// The name of the owner.
    #[must_use]
    pub fn owner(&self) -> Option<&str> {
        let owner = self.property("owner")?;
        owner.as_str().or_else(|| owner.get("name").and_then(Json::as_str))
    }
}

impl Level {
    fn new(steps: &[Json], depth: usize) -> Result<Level, PlanError> {
        if depth >= MAX_DEPTH {
            return Err(PlanError::TooDeep(MAX_DEPTH));
        }
        let mut plans = Vec::new();
        let mut specs = Vec::new();
        for step in steps {
            let (plan, spec) = StepPlan::new(step, depth)?;
            plans.push(plan);
            specs.push(spec);
        }
        let dag = Dag::build(plans.iter().map(|plan| {
            let names: Vec<&str> = successors(&plan.definition).map(|(id, _)| id).collect();
            (plan.id.as_str(), names)
        }))?;
        Ok(Level { dag: Arc::new(dag), specs, steps: plans })
    }

    /// The number of leaf steps on this level and below it.
    #[must_use]
    pub fn size(&self) -> usize {
        let of = |step: &StepPlan| step.nested.as_ref().map_or(1, |level| level.size());
        self.steps.iter().map(of).sum()
    }
}

fn successors(definition: &Json) -> impl Iterator<Item = (&str, &str)> {
    definition
        .pointer("/transition/successors")
        .and_then(Json::as_object)
        .into_iter()
        .flatten()
        .map(|(id, condition)| (id.as_str(), condition.as_str().unwrap_or("true")))
}

impl StepPlan {
    fn new(step: &Json, depth: usize) -> Result<(StepPlan, StepSpec), PlanError> {
        let wrong = |id: &str, what| PlanError::Shape(id.to_owned(), what);
        let (wrapper, definition) = step
            .as_object()
            .and_then(|object| object.iter().next())
            .ok_or_else(|| wrong("", "a step is not an object with one key"))?;
        let text = |name: &str| definition.get(name).and_then(Json::as_str);
        let flag = |name: &str| definition.get(name).and_then(Json::as_bool);
        let id = text("id").ok_or_else(|| wrong("", "a step has no id"))?.to_owned();
        let (kind, type_name) = match wrapper.as_str() {
            "step" => {
                let name = text("type").ok_or_else(|| wrong(&id, "it has no type"))?;
                (StepKind::Leaf, name.to_lowercase())
            }
            "subworkflow" => {
                (StepKind::Subworkflow { sync: flag("sync").unwrap_or(true) }, wrapper.clone())
            }
            "foreach" => (StepKind::Foreach, wrapper.clone()),
            "while" => (StepKind::While, wrapper.clone()),
            _ => return Err(wrong(&id, "its kind has no runtime")),
        };
        let nested = match kind {
            StepKind::Foreach | StepKind::While => {
                let steps = definition.get("steps").and_then(Json::as_array);
                let steps = steps.ok_or_else(|| wrong(&id, "it has no steps"))?;
                Some(Arc::new(Level::new(steps, depth.saturating_add(1))?))
            }
            _ => None,
        };
        let mode = text("failure_mode").unwrap_or_default().to_uppercase();
        let spec = StepSpec {
            kind,
            failure_mode: match mode.as_str() {
                "FAIL_IMMEDIATELY" => FailureMode::FailImmediately,
                "IGNORE_FAILURE" => FailureMode::IgnoreFailure,
                _ => FailureMode::FailAfterRunning,
            },
            strict_ordering: flag("strict_ordering").unwrap_or(false),
            awaits_signals: match definition.get("signal_dependencies") {
                Some(Json::Array(list)) => !list.is_empty(),
                _ => false,
            },
            ..StepSpec::default()
        };
        let conditions = successors(definition).map(|(_, c)| c.to_owned()).collect();
        let plan = StepPlan {
            id,
            wrapper: wrapper.clone(),
            type_name,
            definition: definition.clone(),
            conditions,
            nested,
        };
        Ok((plan, spec))
    }
}
