//! How an instance is run: fresh, or again and from where.

use indexmap::IndexMap;

use super::record::{names, record};
use super::{ParamDefinitions, Tag};

names! {
    /// What a run does.
    #[derive(Default)]
    pub enum RunPolicy {
        /// The first run.
        #[default]
        StartFreshNewRun = "START_FRESH_NEW_RUN",
        /// What is not complete.
        RestartFromIncomplete = "RESTART_FROM_INCOMPLETE",
        /// Everything.
        RestartFromBeginning = "RESTART_FROM_BEGINNING",
        /// A step and what follows it.
        RestartFromSpecific = "RESTART_FROM_SPECIFIC",
        /// A name only.
        StartCustomizedRun = "START_CUSTOMIZED_RUN",
        /// A name only.
        RestartCustomizedRun = "RESTART_CUSTOMIZED_RUN",
    }
}

impl RunPolicy {
    /// Whether the instance ran before.
    #[must_use]
    pub fn is_restart(self) -> bool {
        !matches!(self, RunPolicy::StartFreshNewRun | RunPolicy::StartCustomizedRun)
    }
}

record! {
    /// One place on the way from the root to the restarted instance.
    pub struct PathNode {
        /// The workflow.
        workflow_id: String,
        /// The instance.
        instance_id: i64,
        /// The step, except at the end.
        step_id: Option<String>,
    }
}

record! {
    /// What runs again.
    #[derive(Default)]
    pub struct RestartConfig {
        /// From the root down.
        restart_path: Vec<PathNode>,
        /// At the end of the path.
        restart_policy: Option<RunPolicy>,
        /// After it.
        downstream_policy: Option<RunPolicy>,
        /// Params at the end of the path.
        restart_params: ParamDefinitions,
        /// Params of steps at the end of the path.
        step_restart_params: IndexMap<String, ParamDefinitions>,
        /// Steps to skip at the end of the path.
        skip_steps: Option<Vec<String>>,
    }
}

record! {
    /// How an instance is run.
    #[derive(Default)]
    pub struct RunConfig {
        /// Labels of the run.
        runtime_tags: Option<Vec<Tag>>,
        /// Shared by everything below one root.
        correlation_id: Option<String>,
        /// What the run does.
        policy: RunPolicy = RunPolicy::StartFreshNewRun,
        /// Of a restart.
        restart_config: Option<RestartConfig>,
    }
}
