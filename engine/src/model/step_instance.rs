//! An attempt of a step, as every view of it shows it.

use indexmap::IndexMap;

use super::record::record;
use super::signal::{SignalDependencies, SignalOutputs};
use super::{
    Artifact, Backoff, ParamDefinitions, Parameter, Params, RestartConfig, Step, Tag,
    TimelineEvent, User,
};
use crate::status::StepStatus;

record! {
    /// The edges of a step with the results of its conditions.
    #[derive(Default)]
    pub struct StepTransition {
        /// Before it.
        predecessors: Vec<String> = Vec::new(),
        /// After it: BOOLEAN params named after the successors.
        successors: IndexMap<String, Parameter> = IndexMap::new(),
    }
}

record! {
    /// Counters and limits of retries.
    pub struct StepRetry {
        /// Retries after user errors.
        error_retries: i64,
        /// The most of them.
        error_retry_limit: i64,
        /// Retries after platform errors.
        platform_retries: i64,
        /// The most of them.
        platform_retry_limit: i64,
        /// Retries after time-outs.
        timeout_retries: i64,
        /// The most of them.
        timeout_retry_limit: i64,
        /// Restarts by users.
        manual_retries: i64,
        /// False when no retry helps.
        retryable: bool,
        /// The delays.
        backoff: Option<Backoff>,
    }
}

record! {
    /// The status of an attempt and when each state was first entered, in epoch milliseconds.
    pub struct RuntimeState {
        /// The status.
        status: StepStatus,
        /// CREATED.
        create_time: Option<i64>,
        /// INITIALIZED.
        initialize_time: Option<i64>,
        /// PAUSED.
        pause_time: Option<i64>,
        /// WAITING_FOR_SIGNALS.
        wait_signal_time: Option<i64>,
        /// EVALUATING_PARAMS.
        evaluate_param_time: Option<i64>,
        /// WAITING_FOR_PERMITS.
        wait_permit_time: Option<i64>,
        /// STARTING.
        start_time: Option<i64>,
        /// RUNNING.
        execute_time: Option<i64>,
        /// FINISHING.
        finish_time: Option<i64>,
        /// Any terminal one.
        end_time: Option<i64>,
        /// The last change.
        modify_time: Option<i64>,
    }
}

record! {
    /// One attempt of a step.
    pub struct StepInstance {
        /// The workflow.
        workflow_id: String,
        /// The instance.
        workflow_instance_id: i64,
        /// The run.
        workflow_run_id: i64,
        /// The step.
        step_id: String,
        /// The attempt, from 1 in each run.
        step_attempt_id: i64,
        /// The identity of the run.
        workflow_uuid: Option<String>,
        /// The identity of the attempt.
        step_uuid: Option<String>,
        /// Shared by everything below one root.
        correlation_id: Option<String>,
        /// The place in the order of creation.
        step_instance_id: Option<i64>,
        /// The version that runs.
        workflow_version_id: Option<i64>,
        /// A constant of the reference's flow engine.
        group_info: Option<i64>,
        /// Who owns the workflow.
        owner: Option<User>,
        /// The definition of the step.
        definition: Option<Step>,
        /// Labels and permits.
        tags: Vec<Tag> = Vec::new(),
        /// Params given at the start or restart.
        step_run_params: ParamDefinitions,
        /// Of a restart.
        restart_config: Option<RestartConfig>,
        /// The evaluated params.
        params: Params,
        /// The edges.
        transition: Option<StepTransition>,
        /// Retries.
        step_retry: Option<StepRetry>,
        /// When the attempt is timed out.
        timeout_in_millis: Option<i64>,
        /// The status.
        runtime_state: Option<RuntimeState>,
        /// Signals it waits for.
        signal_dependencies: Option<SignalDependencies>,
        /// Signals it announced.
        signal_outputs: Option<SignalOutputs>,
        /// What it left behind.
        artifacts: IndexMap<String, Artifact> = IndexMap::new(),
        /// What happened.
        timeline: Vec<TimelineEvent> = Vec::new(),
    }
}
