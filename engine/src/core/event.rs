//! What happens to a run, and what is to be done about it.

use serde::{Deserialize, Serialize};

use super::retry::RetryState;
use crate::status::{InstanceStatus, StepStatus};

/// One attempt of one step: its place in the graph and the number of the attempt, from 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct At {
    /// The step's place in its [`Dag`](crate::graph::Dag).
    pub place: usize,
    /// The attempt.
    pub attempt: u32,
}

/// How a runtime, or a container's children, ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// Success.
    Done,
    /// The user's error: retried within the limit.
    UserError,
    /// The platform's error: retried within the limit.
    PlatformError,
    /// An error that no retry mends.
    FatalError,
    /// Stopped from outside.
    Stopped,
    /// Took too long, not retried.
    TimedOut,
}

impl Outcome {
    /// What the end of a child instance means for the step that waits for it.
    #[must_use]
    pub fn of_child(status: InstanceStatus) -> Outcome {
        match status {
            InstanceStatus::Succeeded => Outcome::Done,
            InstanceStatus::Stopped => Outcome::Stopped,
            InstanceStatus::TimedOut => Outcome::TimedOut,
            _ => Outcome::FatalError,
        }
    }
}

/// What a user, or the system, does to a step that is not terminal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Action {
    /// End as STOPPED.
    Stop,
    /// End as FATALLY_FAILED; the failure mode counts unless the order came from above.
    Kill,
    /// End as SKIPPED, the graph goes on.
    Skip,
    /// End as TIMED_OUT.
    TimeOut,
}

/// What initialisation found out about an attempt.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Setup {
    /// Limits and back-off; counters are kept from the attempt before.
    pub retry: RetryState,
    /// The user's timeout in milliseconds.
    pub timeout: Option<i64>,
    /// How many iterations may run at once.
    pub concurrency: u32,
    /// A breakpoint holds new attempts of this step.
    pub breakpoint: bool,
}

/// Something happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The run begins.
    Begin {
        /// The user's timeout of the run in milliseconds.
        timeout: Option<i64>,
    },
    /// Answer to [`Effect::Initialize`].
    Initialized(At, Setup),
    /// The engine or the definition failed for this attempt, in whatever status it is.
    Broken(At),
    /// A breakpoint lets go of the attempt.
    Resumed(At),
    /// Answer to [`Effect::AwaitSignals`]: every dependency is satisfied or bypassed.
    SignalsReady(At),
    /// Answer to [`Effect::EvaluateParams`].
    ParamsReady {
        /// The attempt.
        at: At,
        /// How many iterations a foreach has.
        total: u32,
    },
    /// Answer to [`Effect::AcquirePermits`].
    PermitsGranted(At),
    /// The runtime's `start` went well; it executes now.
    Started(At),
    /// The runtime, in `start` or `execute`, came to an end.
    Executed(At, Outcome),
    /// Answer to [`Effect::Finish`].
    Finished(At),
    /// Answer to [`Effect::EvaluateConditions`], in the order of the step's successors.
    Conditions(At, Vec<bool>),
    /// Answer to [`Effect::EvaluateWhile`].
    While(At, bool),
    /// An iteration's instance came to its end.
    IterationDone {
        /// The container's attempt.
        at: At,
        /// The iteration, from 1.
        index: u32,
        /// Its final status.
        status: InstanceStatus,
    },
    /// Answer to [`Effect::StartChild`]: the child instance exists.
    ChildStarted(At),
    /// The child instance came to its end.
    ChildDone(At, InstanceStatus),
    /// A timer went off.
    Fired(Timer),
    /// An action on one step; `upstream` when it came from the run or above.
    Act(usize, Action, bool),
    /// An action on the whole run.
    Close(Closing),
    /// A user restarts a failed step while the run goes on.
    Restart(usize),
    /// A user restarts an iteration, from 1, of a foreach that goes on.
    Rerun(usize, u32),
}

pub(crate) use super::spec::Closing;

/// A timer of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Timer {
    /// The attempt has run too long.
    StepTimeout(At),
    /// The next attempt is due.
    Retry(At),
    /// The run has taken too long.
    RunTimeout,
}

/// Something is to be done. Effects are performed in order, after the state is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// The attempt's status changed: store it, tell the world.
    Changed {
        /// The attempt.
        at: At,
        /// The status it left.
        from: StepStatus,
        /// The status it has.
        to: StepStatus,
    },
    /// Resolve retry policy, timeout, tags and breakpoints.
    Initialize(At),
    /// Evaluate the dependencies and wait for their signals.
    AwaitSignals(At),
    /// Merge and evaluate the step's params.
    EvaluateParams(At),
    /// Queue for a permit on each tag.
    AcquirePermits(At),
    /// The attempt held permits before a restart of the engine: count them again.
    HoldPermits(At),
    /// Give the permits back, or leave the queue.
    ReleasePermits(At),
    /// Run the runtime's `start`, then `execute` until it ends.
    Start(At),
    /// End the runtime's work.
    Terminate(At),
    /// Merge output params, announce signals.
    Finish(At),
    /// Evaluate the conditions on the step's edges.
    EvaluateConditions(At),
    /// Create and start one iteration.
    Launch {
        /// The container's attempt.
        at: At,
        /// The iteration, from 1.
        index: u32,
    },
    /// Evaluate the condition before this iteration (from 1).
    EvaluateWhile(At, u32),
    /// Create and start the subworkflow's instance.
    StartChild(At),
    /// Pass an action on to every child instance that is not terminal.
    CancelChildren(At, Action),
    /// Wake the run at this time.
    Schedule(i64, Timer),
    /// That is no longer needed.
    Unschedule(i64, Timer),
    /// The run is over.
    Ended(InstanceStatus),
}
