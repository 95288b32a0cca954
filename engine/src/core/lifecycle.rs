//! One attempt through its statuses: the answers to the core's own effects.

use super::event::{At, Effect, Outcome, Setup, Timer};
use super::flow::{DEFAULT_TIMEOUT, Flow};
use super::loops::LoopState;
use super::spec::{Closing, FailureMode, StepKind};
use super::state::StepState;
use crate::status::{InstanceStatus, StepStatus};

/// The most iterations of one foreach or while.
pub const MAX_ITERATIONS: u32 = 25_000;

impl Flow {
    /// Takes in a new attempt and decides whether it runs at all.
    pub(super) fn admit(&mut self, place: usize, step: StepState) {
        let at = At { place, attempt: step.attempt };
        let satisfied = step.satisfied;
        if let Some(slot) = self.steps.get_mut(place) {
            *slot = Some(step);
        }
        self.effects.push(Effect::Changed {
            at,
            from: StepStatus::NotCreated,
            to: StepStatus::Created,
        });
        if !satisfied {
            let edges = self.dag.successors(place).iter().map(|_| false).collect();
            if let Some(step) = self.step_mut(place) {
                step.conditions = edges;
            }
            self.enter(place, StepStatus::Unsatisfied);
            self.release(place);
        } else if self.spec(place).skip && at.attempt == 1 {
            self.complete(place, StepStatus::Skipped);
        } else {
            self.effects.push(Effect::Initialize(at));
        }
    }

    /// Changes the status of the latest attempt.
    pub(super) fn enter(&mut self, place: usize, to: StepStatus) {
        let now = self.now;
        let Some(step) = self.step_mut(place) else { return };
        let from = step.status();
        debug_assert!(from.may_become(to), "{from} may not become {to}");
        step.runtime.enter(to, now);
        let at = At { place, attempt: step.attempt };
        let deadline = if to.is_terminal() { step.deadline.take() } else { None };
        self.effects.push(Effect::Changed { at, from, to });
        if let Some(deadline) = deadline {
            self.effects.push(Effect::Unschedule(deadline, Timer::StepTimeout(at)));
        }
        if to.is_terminal() && from >= StepStatus::WaitingForPermits {
            self.effects.push(Effect::ReleasePermits(at));
        }
    }

    /// Ends an attempt in a complete status, once the conditions on its edges are known. One that is
    /// skipped may have no params yet: those that are known then come with the conditions.
    pub(super) fn complete(&mut self, place: usize, status: StepStatus) {
        if self.dag.successors(place).is_empty() && status != StepStatus::Skipped {
            self.enter(place, status);
            return;
        }
        let at = self.at(place);
        if let Some(step) = self.step_mut(place) {
            step.completing = Some(status);
        }
        self.effects.push(Effect::EvaluateConditions(at));
    }

    pub(super) fn conditions(&mut self, at: At, values: Vec<bool>) {
        let Some(step) = self.live(at) else { return };
        let Some(status) = step.completing.take() else { return };
        step.conditions = values;
        self.enter(at.place, status);
        self.release(at.place);
    }

    pub(super) fn initialized(&mut self, at: At, setup: Setup) {
        if !self.has(at, StepStatus::Created) {
            return;
        }
        if let Some(step) = self.live(at) {
            step.retry.adopt(&setup.retry);
            step.timeout = setup.timeout;
            step.concurrency = setup.concurrency;
        }
        self.enter(at.place, StepStatus::Initialized);
        if setup.breakpoint {
            self.enter(at.place, StepStatus::Paused);
        } else {
            self.await_signals(at.place);
        }
    }

    pub(super) fn resumed(&mut self, at: At) {
        if self.has(at, StepStatus::Paused) {
            self.await_signals(at.place);
        }
    }

    pub(super) fn await_signals(&mut self, place: usize) {
        self.enter(place, StepStatus::WaitingForSignals);
        let at = self.at(place);
        if self.spec(place).awaits_signals {
            self.effects.push(Effect::AwaitSignals(at));
        } else {
            self.signals_ready(at);
        }
    }

    pub(super) fn signals_ready(&mut self, at: At) {
        if self.has(at, StepStatus::WaitingForSignals) {
            self.enter(at.place, StepStatus::EvaluatingParams);
            self.effects.push(Effect::EvaluateParams(at));
        }
    }

    pub(super) fn params_ready(&mut self, at: At, total: u32) {
        if !self.has(at, StepStatus::EvaluatingParams) {
            return;
        }
        let kept = self.kept.get_mut(at.place).and_then(Option::take).unwrap_or_default();
        let kind = self.spec(at.place).kind;
        if let Some(step) = self.live(at) {
            step.iterations = match kind {
                StepKind::Foreach => Some(LoopState::new(total, step.concurrency, kept)),
                StepKind::While => Some(LoopState::new(0, 1, kept)),
                _ => None,
            };
        }
        self.enter(at.place, StepStatus::WaitingForPermits);
        self.effects.push(Effect::AcquirePermits(at));
    }

    pub(super) fn permits_granted(&mut self, at: At) {
        if !self.has(at, StepStatus::WaitingForPermits) {
            return;
        }
        self.enter(at.place, StepStatus::Starting);
        let now = self.now;
        if let Some(step) = self.live(at) {
            let deadline = now.saturating_add(step.timeout.unwrap_or(DEFAULT_TIMEOUT));
            step.deadline = Some(deadline);
            self.effects.push(Effect::Schedule(deadline, Timer::StepTimeout(at)));
        }
        match self.spec(at.place).kind {
            StepKind::Leaf => self.effects.push(Effect::Start(at)),
            StepKind::Subworkflow { .. } => self.effects.push(Effect::StartChild(at)),
            StepKind::Foreach => {
                self.enter(at.place, StepStatus::Running);
                let total = self.iterations(at).map_or(0, |i| i.total);
                if total > MAX_ITERATIONS {
                    self.end(at, Outcome::FatalError);
                } else {
                    self.turn(at);
                }
            }
            StepKind::While => {
                self.enter(at.place, StepStatus::Running);
                self.next_while(at);
            }
        }
    }

    fn iterations(&mut self, at: At) -> Option<&mut LoopState> {
        self.live(at).and_then(|step| step.iterations.as_mut())
    }

    /// Launches what may start, and ends a foreach that is through.
    pub(super) fn turn(&mut self, at: At) {
        let strict = self.spec(at.place).strict_ordering;
        let Some(state) = self.iterations(at) else { return };
        let launched = state.launch(strict);
        let outcome = state.outcome();
        self.effects.extend(launched.into_iter().map(|index| Effect::Launch { at, index }));
        if let Some(outcome) = outcome {
            self.end(at, outcome);
        }
    }

    /// Asks for the condition before the next iteration of a while.
    pub(super) fn next_while(&mut self, at: At) {
        let Some(state) = self.iterations(at) else { return };
        let next = if state.next == 1 && !state.kept.is_empty() {
            state.kept.iter().last().map_or(1, |(_, end)| end.saturating_add(1))
        } else {
            state.next
        };
        state.next = next;
        self.effects.push(Effect::EvaluateWhile(at, next));
    }

    pub(super) fn while_decided(&mut self, at: At, holds: bool) {
        if !self.has(at, StepStatus::Running) {
            return;
        }
        let Some(state) = self.iterations(at) else { return };
        if !state.active.is_empty() {
            return;
        }
        if !holds {
            self.end(at, Outcome::Done);
        } else if state.next > MAX_ITERATIONS {
            self.end(at, Outcome::FatalError);
        } else {
            state.total = state.next;
            self.turn_while(at);
        }
    }

    fn turn_while(&mut self, at: At) {
        let Some(state) = self.iterations(at) else { return };
        let launched = state.launch(false);
        self.effects.extend(launched.into_iter().map(|index| Effect::Launch { at, index }));
    }

    pub(super) fn iteration_done(&mut self, at: At, index: u32, status: InstanceStatus) {
        let spec = self.spec(at.place);
        let Some(state) = self.iterations(at) else { return };
        if !state.end(index, status) {
            return;
        }
        let failed = status == InstanceStatus::Failed;
        state.closed |= status != InstanceStatus::Succeeded;
        let (idle, active) = (state.active.is_empty(), !state.active.is_empty());
        if let Some((action, upstream)) = self.live(at).and_then(|s| s.pending) {
            if idle {
                self.finish_action(at.place, action, upstream);
            }
            return;
        }
        if spec.kind == StepKind::While {
            match Outcome::of_child(status) {
                Outcome::Done => self.next_while(at),
                outcome => self.end(at, outcome),
            }
            return;
        }
        if failed && active && spec.failure_mode == FailureMode::FailImmediately {
            self.effects.push(Effect::CancelChildren(at, super::event::Action::Kill));
        }
        self.turn(at);
    }

    pub(super) fn child_started(&mut self, at: At) {
        if !self.has(at, StepStatus::Starting) {
            return;
        }
        self.enter(at.place, StepStatus::Running);
        if self.spec(at.place).kind == (StepKind::Subworkflow { sync: false }) {
            self.end(at, Outcome::Done);
        } else if let Some(step) = self.live(at) {
            step.child_active = true;
        }
    }

    pub(super) fn child_done(&mut self, at: At, status: InstanceStatus) {
        let Some(step) = self.live(at) else { return };
        if !step.child_active {
            return;
        }
        step.child_active = false;
        match step.pending {
            Some((action, upstream)) => self.finish_action(at.place, action, upstream),
            None => self.end(at, Outcome::of_child(status)),
        }
    }

    pub(super) fn started(&mut self, at: At) {
        if self.has(at, StepStatus::Starting) {
            self.enter(at.place, StepStatus::Running);
        }
    }

    pub(super) fn executed(&mut self, at: At, outcome: Outcome) {
        // Containers end with their children; a subworkflow may be refused before it has one.
        let kind = self.spec(at.place).kind;
        let waits = self.step(at.place).is_some_and(|step| step.child_active);
        if matches!(kind, StepKind::Foreach | StepKind::While) || waits {
            return;
        }
        if self.has(at, StepStatus::Running)
            || (self.has(at, StepStatus::Starting) && outcome != Outcome::Done)
        {
            self.end(at, outcome);
        }
    }

    pub(super) fn finished(&mut self, at: At) {
        if self.has(at, StepStatus::Finishing) {
            self.complete(at.place, StepStatus::Succeeded);
        }
    }

    /// An attempt's work came to its end.
    pub(super) fn end(&mut self, at: At, outcome: Outcome) {
        match outcome {
            Outcome::Done => {
                self.enter(at.place, StepStatus::Finishing);
                self.effects.push(Effect::Finish(at));
            }
            Outcome::UserError => self.fail(at.place, StepStatus::UserFailed),
            Outcome::PlatformError => self.fail(at.place, StepStatus::PlatformFailed),
            Outcome::FatalError => self.fail_for_good(at.place),
            Outcome::Stopped => self.enter(at.place, StepStatus::Stopped),
            Outcome::TimedOut => self.enter(at.place, StepStatus::TimedOut),
        }
    }

    /// A failure of this class: another attempt after a delay, or the end.
    fn fail(&mut self, place: usize, class: StepStatus) {
        let now = self.now;
        let closing = self.closing.is_some();
        let delay = self.step(place).and_then(|s| s.retry.next(class)).filter(|_| !closing);
        let Some(delay) = delay else {
            if class == StepStatus::TimeoutFailed {
                self.enter(place, StepStatus::TimedOut);
            } else {
                self.fail_for_good(place);
            }
            return;
        };
        self.enter(place, class);
        let at = self.at(place);
        if let Some(step) = self.step_mut(place) {
            step.retry.count(class);
            let millis = i64::try_from(delay).unwrap_or(i64::MAX).saturating_mul(1000);
            let due = now.saturating_add(millis);
            step.deadline = Some(due);
            self.effects.push(Effect::Schedule(due, Timer::Retry(at)));
        }
    }

    /// A failure without another attempt: the failure mode decides.
    pub(super) fn fail_for_good(&mut self, place: usize) {
        match self.spec(place).failure_mode {
            FailureMode::IgnoreFailure => self.complete(place, StepStatus::CompletedWithError),
            FailureMode::FailAfterRunning => self.enter(place, StepStatus::FatallyFailed),
            FailureMode::FailImmediately => {
                self.enter(place, StepStatus::FatallyFailed);
                self.close(Closing::FailFast);
            }
        }
    }

    pub(super) fn broken(&mut self, at: At) {
        let Some(step) = self.live(at) else { return };
        step.completing = None;
        self.enter(at.place, StepStatus::InternallyFailed);
    }

    pub(super) fn fired(&mut self, timer: Timer) {
        match timer {
            Timer::RunTimeout => self.close(Closing::TimeOut),
            Timer::Retry(at) => self.retry(at),
            Timer::StepTimeout(at) => self.step_timed_out(at),
        }
    }

    fn retry(&mut self, at: At) {
        let now = self.now;
        let Some(step) = self.step_mut(at.place) else { return };
        if step.attempt == at.attempt && step.status().is_retryable() {
            let next = step.following(now);
            self.admit(at.place, next);
        }
    }

    fn step_timed_out(&mut self, at: At) {
        let now = self.now;
        let Some(step) = self.live(at) else { return };
        if step.deadline.is_none_or(|deadline| deadline > now) || step.completing.is_some() {
            return;
        }
        let again = step.retry.next(StepStatus::TimeoutFailed).is_some();
        let container = self.spec(at.place).kind.is_container();
        if again && !container && self.closing.is_none() {
            self.effects.push(Effect::Terminate(at));
            self.fail(at.place, StepStatus::TimeoutFailed);
        } else {
            self.act(at.place, super::event::Action::TimeOut, true);
        }
    }
}
