//! One run as a whole: gates, the settling of steps, the end.

use std::sync::Arc;

use super::event::{Action, At, Effect, Event, Timer};
use super::loops::Ranges;
use super::spec::{Closing, FailureMode, StepKind, StepSpec};
use super::state::StepState;
use crate::graph::{self, Dag};
use crate::status::{InstanceStatus, StepStatus};

/// The longest a run or an attempt may take when the user says nothing: ten days.
pub(super) const DEFAULT_TIMEOUT: i64 = 10 * 24 * 3600 * 1000;

/// One run of a workflow instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Flow {
    pub(super) dag: Arc<Dag>,
    pub(super) specs: Arc<Vec<StepSpec>>,
    pub(super) status: InstanceStatus,
    pub(super) closing: Option<Closing>,
    pub(super) deadline: Option<i64>,
    pub(super) created: u32,
    pub(super) steps: Vec<Option<StepState>>,
    pub(super) kept: Vec<Option<Ranges>>,
    pub(super) effects: Vec<Effect>,
    pub(super) now: i64,
}

impl Flow {
    /// A run that has not begun. There is one spec for each place of the graph.
    #[must_use]
    pub fn new(dag: Arc<Dag>, specs: Arc<Vec<StepSpec>>) -> Flow {
        let steps = (0..dag.len()).map(|_| None).collect();
        let kept = (0..dag.len()).map(|_| None).collect();
        Flow {
            dag,
            specs,
            status: InstanceStatus::Created,
            closing: None,
            deadline: None,
            created: 0,
            steps,
            kept,
            effects: Vec::new(),
            now: 0,
        }
    }

    /// A run as it was stored: the latest attempt of each created step.
    #[must_use]
    pub fn restore(
        mut self,
        status: InstanceStatus,
        closing: Option<Closing>,
        deadline: Option<i64>,
        steps: impl IntoIterator<Item = (usize, StepState)>,
    ) -> Flow {
        self.status = status;
        self.closing = closing;
        self.deadline = deadline;
        for (place, step) in steps {
            self.created = self.created.max(step.ordinal);
            if let Some(slot) = self.steps.get_mut(place) {
                *slot = Some(step);
            }
        }
        self
    }

    /// Iterations of a foreach that succeeded in an earlier run and are kept.
    pub fn keep(&mut self, place: usize, iterations: Ranges) {
        if let Some(slot) = self.kept.get_mut(place) {
            *slot = Some(iterations);
        }
    }

    /// The graph of this run.
    #[must_use]
    pub fn dag(&self) -> &Arc<Dag> {
        &self.dag
    }
    /// What the step at a place is.
    #[must_use]
    pub fn spec(&self, place: usize) -> StepSpec {
        self.specs.get(place).copied().unwrap_or_default()
    }
    /// The status of the run.
    #[must_use]
    pub fn status(&self) -> InstanceStatus {
        self.status
    }
    /// Why the run winds up early.
    #[must_use]
    pub fn closing(&self) -> Option<Closing> {
        self.closing
    }
    /// When the run times out.
    #[must_use]
    pub fn deadline(&self) -> Option<i64> {
        self.deadline
    }
    /// The latest attempt at a place.
    #[must_use]
    pub fn step(&self, place: usize) -> Option<&StepState> {
        self.steps.get(place).and_then(Option::as_ref)
    }
    /// The latest attempt's status.
    #[must_use]
    pub fn step_status(&self, place: usize) -> Option<StepStatus> {
        self.step(place).map(StepState::status)
    }
    /// The latest attempt of a step, as events name it.
    #[must_use]
    pub fn at(&self, place: usize) -> At {
        At { place, attempt: self.step(place).map_or(1, |s| s.attempt) }
    }

    /// Applies an event: the whole of what the engine decides is here.
    pub fn apply(&mut self, event: Event, now: i64) -> Vec<Effect> {
        self.now = now;
        if !self.status.is_terminal() {
            self.dispatch(event);
            self.settle();
        }
        std::mem::take(&mut self.effects)
    }

    /// What is to be done again after the engine was restarted.
    pub fn resume(&mut self, now: i64) -> Vec<Effect> {
        self.now = now;
        if self.status == InstanceStatus::InProgress {
            if let Some(deadline) = self.deadline {
                self.effects.push(Effect::Schedule(deadline, Timer::RunTimeout));
            }
            for place in 0..self.steps.len() {
                self.resume_step(place);
            }
            self.settle();
        }
        std::mem::take(&mut self.effects)
    }

    fn dispatch(&mut self, event: Event) {
        match event {
            Event::Begin { timeout } => self.begin(timeout),
            Event::Initialized(at, setup) => self.initialized(at, setup),
            Event::Broken(at) => self.broken(at),
            Event::Resumed(at) => self.resumed(at),
            Event::SignalsReady(at) => self.signals_ready(at),
            Event::ParamsReady { at, total } => self.params_ready(at, total),
            Event::PermitsGranted(at) => self.permits_granted(at),
            Event::Started(at) => self.started(at),
            Event::Executed(at, outcome) => self.executed(at, outcome),
            Event::Finished(at) => self.finished(at),
            Event::Conditions(at, values) => self.conditions(at, values),
            Event::While(at, holds) => self.while_decided(at, holds),
            Event::IterationDone { at, index, status } => self.iteration_done(at, index, status),
            Event::ChildStarted(at) => self.child_started(at),
            Event::ChildDone(at, status) => self.child_done(at, status),
            Event::Fired(timer) => self.fired(timer),
            Event::Act(place, action, upstream) => self.act(place, action, upstream),
            Event::Close(closing) => self.close(closing),
            Event::Restart(place) => self.restart(place),
            Event::Rerun(place, index) => self.rerun(place, index),
        }
    }

    fn begin(&mut self, timeout: Option<i64>) {
        if self.status != InstanceStatus::Created {
            return;
        }
        self.status = InstanceStatus::InProgress;
        let deadline = self.now.saturating_add(timeout.unwrap_or(DEFAULT_TIMEOUT));
        self.deadline = Some(deadline);
        self.effects.push(Effect::Schedule(deadline, Timer::RunTimeout));
        for place in self.dag.roots() {
            self.open(place);
        }
    }

    /// Opens the gate of a step whose predecessors are all complete.
    pub(super) fn open(&mut self, place: usize) {
        if self.closing.is_some() || self.step(place).is_some() || self.spec(place).held {
            return;
        }
        let before = self.dag.predecessors(place);
        let satisfied = before.is_empty() || before.iter().any(|p| self.condition(*p, place));
        self.created = self.created.saturating_add(1);
        let step = StepState::first(self.created, satisfied, self.now);
        self.admit(place, step);
    }

    fn condition(&self, from: usize, to: usize) -> bool {
        let Some(step) = self.step(from) else { return false };
        let edges = self.dag.successors(from).iter().zip(&step.conditions);
        edges.into_iter().any(|(place, holds)| *place == to && *holds)
    }

    /// After a step became complete with its conditions known: successors whose gate opens now.
    pub(super) fn release(&mut self, place: usize) {
        let dag = Arc::clone(&self.dag);
        for next in dag.successors(place) {
            let open = dag
                .predecessors(*next)
                .iter()
                .all(|p| self.step_status(*p).is_some_and(StepStatus::is_complete));
            if open {
                self.open(*next);
            }
        }
    }

    /// Ends the run when nothing can happen any more.
    fn settle(&mut self) {
        if self.status != InstanceStatus::InProgress {
            return;
        }
        let live = |s: &StepState| !s.status().is_settled();
        if self.steps.iter().flatten().any(live) {
            return;
        }
        // What is held does not run, and nothing after it does.
        let of = |place| match self.step_status(place) {
            None if self.spec(place).held => Some(StepStatus::Stopped),
            status => status,
        };
        if self.closing.is_none() && !graph::is_done(&self.dag, of) {
            return;
        }
        let derived = graph::final_status(&self.dag, |place| self.step_status(place));
        let ended = match self.closing {
            Some(Closing::Kill) => InstanceStatus::Failed,
            Some(Closing::Stop) if derived == InstanceStatus::Succeeded || self.created == 0 => {
                InstanceStatus::Stopped
            }
            Some(Closing::TimeOut) if derived != InstanceStatus::Failed || self.created == 0 => {
                InstanceStatus::TimedOut
            }
            _ => derived,
        };
        self.status = ended;
        if let Some(deadline) = self.deadline.take() {
            self.effects.push(Effect::Unschedule(deadline, Timer::RunTimeout));
        }
        self.effects.push(Effect::Ended(ended));
    }

    /// The step of an event, if the event is about its latest attempt and that is not terminal.
    pub(super) fn live(&mut self, at: At) -> Option<&mut StepState> {
        self.steps
            .get_mut(at.place)
            .and_then(Option::as_mut)
            .filter(|step| step.attempt == at.attempt && !step.status().is_terminal())
    }

    /// Whether the event's attempt is the latest one and has this status.
    pub(super) fn has(&self, at: At, status: StepStatus) -> bool {
        self.step(at.place).is_some_and(|s| {
            s.attempt == at.attempt && s.status() == status && s.completing.is_none()
        })
    }

    pub(super) fn step_mut(&mut self, place: usize) -> Option<&mut StepState> {
        self.steps.get_mut(place).and_then(Option::as_mut)
    }

    /// What the children of a container still have to be told.
    fn owed(&self, place: usize) -> Option<Action> {
        let (step, spec) = (self.step(place)?, self.spec(place));
        let failed =
            || step.iterations.as_ref().is_some_and(|i| i.has_ended(InstanceStatus::Failed));
        match step.pending {
            Some((action, _)) => Some(super::act::below(action)),
            None if spec.kind == StepKind::Foreach
                && spec.failure_mode == FailureMode::FailImmediately
                && failed() =>
            {
                Some(Action::Kill)
            }
            None => None,
        }
    }

    fn resume_step(&mut self, place: usize) {
        let Some(step) = self.step(place).cloned() else { return };
        let at = At { place, attempt: step.attempt };
        let status = step.status();
        if status.is_retryable() {
            let due = step.deadline.unwrap_or(self.now);
            self.effects.push(Effect::Schedule(due, Timer::Retry(at)));
            return;
        }
        if status.is_terminal() {
            return;
        }
        if let Some(deadline) = step.deadline {
            self.effects.push(Effect::Schedule(deadline, Timer::StepTimeout(at)));
        }
        if status >= StepStatus::Starting {
            self.effects.push(Effect::HoldPermits(at));
        }
        if step.completing.is_some() {
            self.effects.push(Effect::EvaluateConditions(at));
            return;
        }
        if let Some(action) = self.owed(place) {
            self.effects.push(Effect::CancelChildren(at, action));
        }
        match status {
            StepStatus::Created => self.effects.push(Effect::Initialize(at)),
            StepStatus::Initialized => self.await_signals(place),
            StepStatus::WaitingForSignals => self.effects.push(Effect::AwaitSignals(at)),
            StepStatus::EvaluatingParams => self.effects.push(Effect::EvaluateParams(at)),
            StepStatus::WaitingForPermits => self.effects.push(Effect::AcquirePermits(at)),
            StepStatus::Finishing => self.effects.push(Effect::Finish(at)),
            StepStatus::Starting | StepStatus::Running => match self.spec(place).kind {
                StepKind::Leaf => self.effects.push(Effect::Start(at)),
                StepKind::Subworkflow { .. } if step.child_active => {}
                StepKind::Subworkflow { .. } => self.effects.push(Effect::StartChild(at)),
                StepKind::Foreach => self.turn(at),
                StepKind::While
                    if step.iterations.as_ref().is_some_and(|i| i.active.is_empty()) =>
                {
                    self.next_while(at);
                }
                StepKind::While => {}
            },
            _ => {}
        }
    }
}
