//! What the core knows of a definition: the kind of each step and how it fails.

use serde::{Deserialize, Serialize};

/// What happens to the run when a step fails for good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum FailureMode {
    /// Other branches go on, the run fails in the end.
    #[default]
    FailAfterRunning,
    /// Everything else is stopped.
    FailImmediately,
    /// The step counts as complete.
    IgnoreFailure,
}

/// What executes a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum StepKind {
    /// A runtime.
    Leaf,
    /// One child instance for each combination of loop values.
    Foreach,
    /// One child instance after the other while a condition holds.
    While,
    /// One child instance of another workflow.
    Subworkflow {
        /// Whether the step waits for the child.
        sync: bool,
    },
}

impl StepKind {
    /// Whether the step works through child instances that end with it.
    #[must_use]
    pub fn is_container(self) -> bool {
        !matches!(self, StepKind::Leaf | StepKind::Subworkflow { sync: false })
    }
}

/// One step of a definition, as far as control is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StepSpec {
    /// What executes it.
    pub kind: StepKind,
    /// How it fails.
    pub failure_mode: FailureMode,
    /// Iterations start in order within a sliding window.
    pub strict_ordering: bool,
    /// The step has signal dependencies.
    pub awaits_signals: bool,
    /// The run was started to skip this step.
    pub skip: bool,
    /// The step's attempt waits for a user's restart (a root left aside by a step restart).
    pub held: bool,
}

impl Default for StepSpec {
    fn default() -> Self {
        StepSpec {
            kind: StepKind::Leaf,
            failure_mode: FailureMode::FailAfterRunning,
            strict_ordering: false,
            awaits_signals: false,
            skip: false,
            held: false,
        }
    }
}

/// Why a run winds up before its graph is through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Closing {
    /// A step failed whose mode is FAIL_IMMEDIATELY.
    FailFast,
    /// The run was stopped.
    Stop,
    /// The run was killed.
    Kill,
    /// The run took too long.
    TimeOut,
}
