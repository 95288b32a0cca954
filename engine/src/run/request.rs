//! What is asked of an engine, and what it tells.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use crate::status::InstanceStatus;
use crate::store::RunKey;

/// A request to start an instance.
#[derive(Debug, Clone)]
pub struct StartRequest {
    /// The workflow.
    pub workflow_id: String,
    /// `active`, `latest`, `default`, or a number.
    pub version: String,
    /// Params, as definitions.
    pub run_params: Map<String, Json>,
    /// Params of steps, by step.
    pub step_run_params: Map<String, Json>,
    /// Who starts it.
    pub initiator: Json,
    /// Starts at most one instance; random when absent.
    pub request_id: Option<String>,
    /// Store a run whose params fail as FAILED.
    pub persist_failed_run: bool,
}

impl Default for StartRequest {
    fn default() -> Self {
        StartRequest {
            workflow_id: String::new(),
            version: "default".to_owned(),
            run_params: Map::new(),
            step_run_params: Map::new(),
            initiator: json!({"type": "MANUAL"}),
            request_id: None,
            persist_failed_run: false,
        }
    }
}

/// A request to restart an instance, or one of its steps.
#[derive(Debug, Clone, Default)]
pub struct RestartRequest {
    /// The workflow.
    pub workflow_id: String,
    /// The instance.
    pub instance_id: i64,
    /// `RESTART_FROM_INCOMPLETE` or `RESTART_FROM_BEGINNING`.
    pub policy: String,
    /// The step to begin with.
    pub step: Option<String>,
    /// Skip that step instead of running it.
    pub skip: bool,
    /// Params, as definitions.
    pub run_params: Map<String, Json>,
    /// Params of that step.
    pub step_run_params: Map<String, Json>,
    /// Starts at most one run.
    pub request_id: Option<String>,
}

/// An instance was started.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Started {
    /// Its run.
    pub run: RunKey,
    /// Its status.
    pub status: InstanceStatus,
    /// The request had started it before.
    pub duplicated: bool,
}

/// Something happened, as it happens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Live {
    /// The run.
    pub run: Arc<RunKey>,
    /// The run at the top of the tree that the run belongs to: itself, when nothing started it.
    pub root: Arc<RunKey>,
    /// The steps from there to the run, with the numbers of iterations: `days[3]/load`.
    pub path: String,
    /// The step and attempt; `None` for the run itself.
    pub step: Option<(String, u32)>,
    /// The status it has now.
    pub status: String,
    /// When.
    pub time: i64,
    /// How many iterations the step has, when it is a foreach.
    pub total: Option<u32>,
    /// A line of output instead of a status: its stream and text.
    pub line: Option<(&'static str, String)>,
}

impl Live {
    /// The final status, when this is the end of a run.
    #[must_use]
    pub fn final_status(&self) -> Option<InstanceStatus> {
        let status: InstanceStatus = self.status.parse().ok()?;
        (self.step.is_none() && status.is_terminal()).then_some(status)
    }
    pub(super) fn ended(&self) -> bool {
        self.final_status().is_some()
    }
}
