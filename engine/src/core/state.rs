//! The state of one attempt of a step.

use serde::{Deserialize, Serialize};

use super::event::Action;
use super::loops::LoopState;
use super::retry::RetryState;
use crate::status::StepStatus;

/// The status and the first time each state was entered, in epoch milliseconds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuntimeState {
    /// The status.
    pub status: StepStatus,
    /// CREATED.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub create_time: Option<i64>,
    /// INITIALIZED.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub initialize_time: Option<i64>,
    /// PAUSED.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pause_time: Option<i64>,
    /// WAITING_FOR_SIGNALS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_signal_time: Option<i64>,
    /// EVALUATING_PARAMS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub evaluate_param_time: Option<i64>,
    /// WAITING_FOR_PERMITS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wait_permit_time: Option<i64>,
    /// STARTING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<i64>,
    /// RUNNING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub execute_time: Option<i64>,
    /// FINISHING.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub finish_time: Option<i64>,
    /// A terminal status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
    /// The latest change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub modify_time: Option<i64>,
}

impl RuntimeState {
    /// A new attempt.
    #[must_use]
    pub fn created(now: i64) -> RuntimeState {
        RuntimeState {
            status: StepStatus::Created,
            create_time: Some(now),
            initialize_time: None,
            pause_time: None,
            wait_signal_time: None,
            evaluate_param_time: None,
            wait_permit_time: None,
            start_time: None,
            execute_time: None,
            finish_time: None,
            end_time: None,
            modify_time: Some(now),
        }
    }

    /// Enters a status.
    pub fn enter(&mut self, status: StepStatus, now: i64) {
        self.status = status;
        self.modify_time = Some(now);
        let slot = match status {
            StepStatus::NotCreated => return,
            StepStatus::Created => &mut self.create_time,
            StepStatus::Initialized => &mut self.initialize_time,
            StepStatus::Paused => &mut self.pause_time,
            StepStatus::WaitingForSignals => &mut self.wait_signal_time,
            StepStatus::EvaluatingParams => &mut self.evaluate_param_time,
            StepStatus::WaitingForPermits => &mut self.wait_permit_time,
            StepStatus::Starting => &mut self.start_time,
            StepStatus::Running => &mut self.execute_time,
            StepStatus::Finishing => &mut self.finish_time,
            _ => &mut self.end_time,
        };
        slot.get_or_insert(now);
    }
}

/// One attempt of a step, as the core sees it. Older attempts live in the store only.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepState {
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The order of creation within the run, from 1; the same for all attempts.
    pub ordinal: u32,
    /// Status and times.
    pub runtime: RuntimeState,
    /// A condition on an edge to this step held, or it has no predecessors.
    pub satisfied: bool,
    /// Counters and limits.
    pub retry: RetryState,
    /// The user's timeout in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout: Option<i64>,
    /// When the attempt, or its retry delay, is over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// How many iterations may run at once.
    #[serde(default)]
    pub concurrency: u32,
    /// The results of the conditions, in the order of the successors; empty until evaluated.
    #[serde(default)]
    pub conditions: Vec<bool>,
    /// The complete status that it will have once its conditions are evaluated.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub completing: Option<StepStatus>,
    /// An action that waits for the children to end, and whether it came from above.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub pending: Option<(Action, bool)>,
    /// The iterations of a foreach or while.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub iterations: Option<LoopState>,
    /// A subworkflow's child exists and has not ended.
    #[serde(default)]
    pub child_active: bool,
}

impl StepState {
    /// The first attempt of a step.
    #[must_use]
    pub fn first(ordinal: u32, satisfied: bool, now: i64) -> StepState {
        StepState {
            attempt: 1,
            ordinal,
            runtime: RuntimeState::created(now),
            satisfied,
            retry: RetryState::default(),
            timeout: None,
            deadline: None,
            concurrency: 0,
            conditions: Vec::new(),
            completing: None,
            pending: None,
            iterations: None,
            child_active: false,
        }
    }

    /// The attempt after this one.
    #[must_use]
    pub fn following(&self, now: i64) -> StepState {
        StepState {
            attempt: self.attempt.saturating_add(1),
            retry: self.retry.clone(),
            ..StepState::first(self.ordinal, self.satisfied, now)
        }
    }

    /// The status.
    #[must_use]
    pub fn status(&self) -> StepStatus {
        self.runtime.status
    }
}
