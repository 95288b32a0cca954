//! A run of a workflow instance, as every view of it shows it.

use indexmap::IndexMap;

use super::record::record;
use super::{
    Alerting, Artifact, Initiator, ParamDefinitions, Params, RunConfig, Tag, TimelineEvent,
    Transition, User, Workflow,
};
use crate::status::{InstanceStatus, StepStatus};

record! {
    /// The properties at the start of a run.
    pub struct RunProperties {
        /// Of the snapshot.
        create_time: Option<i64>,
        /// The name only.
        owner: Option<User>,
        /// With what depends on params filled in.
        alerting: Option<Alerting>,
        /// The most leaf steps at once.
        step_concurrency: Option<i64>,
        /// Of the workflow.
        tags: Option<Vec<Tag>>,
    }
}

record! {
    /// The latest run in which a step was created.
    pub struct StepAggregatedView {
        /// The run.
        workflow_run_id: Option<i64>,
        /// The status of its last attempt there.
        status: StepStatus,
        /// When it started.
        start_time: Option<i64>,
        /// When it ended.
        end_time: Option<i64>,
    }
}

record! {
    /// What all runs of an instance come to.
    pub struct AggregatedInfo {
        /// By step.
        step_aggregated_views: IndexMap<String, StepAggregatedView> = IndexMap::new(),
        /// Of all runs together.
        workflow_instance_status: InstanceStatus,
    }
}

record! {
    /// One run of a workflow instance.
    pub struct WorkflowInstance {
        /// The workflow.
        workflow_id: String,
        /// The instance, from 1 in each workflow.
        workflow_instance_id: i64,
        /// The run, from 1 in each instance.
        workflow_run_id: i64,
        /// The identity of the run.
        workflow_uuid: Option<String>,
        /// Shared by everything below one root.
        correlation_id: Option<String>,
        /// The version that runs.
        workflow_version_id: Option<i64>,
        /// A constant of the reference's flow engine.
        group_info: Option<i64>,
        /// A number of the workflow.
        internal_id: Option<i64>,
        /// Set when it was handed to the engine.
        execution_id: Option<String>,
        /// How it is run.
        run_config: Option<RunConfig>,
        /// Params given at the start or restart.
        run_params: ParamDefinitions,
        /// Params of steps given at the start or restart.
        step_run_params: IndexMap<String, ParamDefinitions>,
        /// The properties at the start.
        run_properties: Option<RunProperties>,
        /// The definition that runs.
        runtime_workflow: Option<Workflow>,
        /// The steps that are run.
        runtime_dag: IndexMap<String, Transition>,
        /// When the run is timed out.
        timeout_in_millis: Option<i64>,
        /// The evaluated params.
        params: Params,
        /// Who or what started it.
        initiator: Option<Initiator>,
        /// The status.
        status: InstanceStatus,
        /// When it was asked for, in epoch milliseconds.
        request_time: Option<i64>,
        /// When the row was made.
        create_time: Option<i64>,
        /// When it started.
        start_time: Option<i64>,
        /// When it ended.
        end_time: Option<i64>,
        /// When it last changed.
        modify_time: Option<i64>,
        /// Counts and times of its steps.
        runtime_overview: Option<serde_json::Value>,
        /// What the run started with.
        artifacts: IndexMap<String, Artifact>,
        /// What happened.
        timeline: Vec<TimelineEvent>,
        /// What all runs come to, on demand.
        aggregated_info: Option<AggregatedInfo>,
    }
}
