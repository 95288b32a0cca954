//! The bodies of requests.

use indexmap::IndexMap;

use super::record::record;
use super::run::RunPolicy;
use super::{Artifact, Initiator, ParamDefinitions, Properties, Tag, Workflow};

record! {
    /// Where a definition comes from.
    pub struct GitInfo {
        /// The repository.
        origin: Option<String>,
        /// The branch.
        branch: Option<String>,
        /// The commit.
        sha: Option<String>,
        /// The file.
        path: Option<String>,
        /// Who wrote it.
        author: Option<String>,
        /// When, in epoch milliseconds.
        timestamp: Option<i64>,
        /// Files that differ from the commit.
        uncommitted_changes: Option<Vec<String>>,
    }
}

record! {
    /// A definition with the properties of its workflow.
    pub struct CreateRequest {
        /// What is versioned apart.
        properties: Option<Properties>,
        /// The definition.
        workflow: Workflow,
        /// Whether the new version becomes the active one.
        is_active: bool = true,
        /// Where it comes from.
        git_info: Option<GitInfo>,
    }
    +
    /// Kept in the metadata of the version.
    extra
}

record! {
    /// Starts a workflow.
    pub struct StartRequest {
        /// Who or what starts it.
        initiator: Initiator,
        /// The identity of the start, a UUID.
        request_id: Option<String>,
        /// When it was asked for, in epoch milliseconds.
        request_time: Option<i64>,
        /// Labels of the run.
        runtime_tags: Option<Vec<Tag>>,
        /// Params of the run.
        run_params: ParamDefinitions,
        /// Params of the run's steps.
        step_run_params: IndexMap<String, ParamDefinitions>,
        /// What the run starts with.
        artifacts: IndexMap<String, Artifact>,
        /// Whether a run whose params cannot be evaluated is kept as failed.
        persist_failed_run: bool = false,
    }
}

record! {
    /// Runs an instance again.
    pub struct RestartRequest {
        /// What runs again.
        restart_policy: RunPolicy,
        /// The identity of the restart, a UUID.
        request_id: Option<String>,
        /// Params of the run.
        run_params: ParamDefinitions,
        /// For the steps after the restarted one.
        downstream_policy: Option<RunPolicy>,
        /// Labels of the run.
        runtime_tags: Option<Vec<Tag>>,
    }
}

record! {
    /// Runs a step again.
    pub struct StepRestartRequest {
        /// What runs again inside it.
        restart_policy: RunPolicy,
        /// The identity of the restart, a UUID.
        request_id: Option<String>,
        /// Params of the step.
        step_run_params: ParamDefinitions,
        /// `RESTART_FROM_STEP` or `RESTART_FROM_INLINE_ROOT`.
        upstream_restart_mode: Option<String>,
    }
}
