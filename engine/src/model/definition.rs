//! A stored version of a workflow.

use indexmap::IndexMap;

use super::record::record;
use super::{GitInfo, Params, PropertiesSnapshot, User, Workflow};

record! {
    /// What is known of a version.
    pub struct Metadata {
        /// The workflow.
        workflow_id: String,
        /// Its number, from 1.
        workflow_version_id: i64,
        /// When it was pushed, in epoch milliseconds.
        create_time: i64,
        /// Who pushed it.
        version_author: Option<User>,
        /// Where it comes from.
        git_info: Option<GitInfo>,
    }
    +
    /// The further keys of the create request.
    extra
}

record! {
    /// Params merged with all defaults, and the next runs.
    pub struct EnrichedExtras {
        /// Of the workflow.
        workflow_params: Params = Params::new(),
        /// Of the steps.
        step_params: IndexMap<String, Params> = IndexMap::new(),
        /// The next time in epoch milliseconds.
        next_execution_time: Option<i64>,
        /// The next times.
        next_execution_times: Option<Vec<i64>>,
    }
}

record! {
    /// A version with everything around it.
    pub struct WorkflowDefinition {
        /// The properties.
        properties_snapshot: PropertiesSnapshot,
        /// What is known of the version.
        metadata: Metadata,
        /// The definition, with derived transitions.
        workflow: Workflow,
        /// Whether this is the active version.
        is_active: bool,
        /// Since when the active version is active.
        activate_time: Option<i64>,
        /// Who made it so.
        activated_by: Option<User>,
        /// Whether this is the latest version.
        is_latest: Option<bool>,
        /// Whether this is the version that runs by default.
        is_default: Option<bool>,
        /// When the workflow last changed.
        modify_time: Option<i64>,
        /// A number of the workflow.
        internal_id: Option<i64>,
        /// On demand.
        enriched_extras: Option<EnrichedExtras>,
    }
}
