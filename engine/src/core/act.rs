//! Actions of users and of the system on steps and on the whole run.

use super::event::{Action, Effect, Timer};
use super::flow::Flow;
use super::spec::{Closing, FailureMode, StepKind};
use super::state::StepState;
use crate::status::{InstanceStatus, StepStatus};

impl Flow {
    /// Applies an action to the latest attempt of a step.
    pub(super) fn act(&mut self, place: usize, action: Action, upstream: bool) {
        let Some(step) = self.step(place) else { return };
        let status = step.status();
        if status.is_retryable() {
            self.act_between_attempts(place, action, upstream);
        } else if !status.is_terminal() {
            self.act_on_live(place, action, upstream);
        } else if action == Action::Skip && !status.is_complete() {
            self.skip_again(place);
        }
    }

    fn act_on_live(&mut self, place: usize, action: Action, upstream: bool) {
        let at = self.at(place);
        let container = self.spec(place).kind.is_container();
        let Some(step) = self.step_mut(place) else { return };
        let status = step.status();
        let busy =
            step.child_active || step.iterations.as_ref().is_some_and(|i| !i.active.is_empty());
        if container && busy {
            if step.pending.is_none_or(|(known, _)| strength(action) > strength(known)) {
                step.pending = Some((action, upstream));
                if let Some(iterations) = &mut step.iterations {
                    iterations.closed = true;
                }
                self.effects.push(Effect::CancelChildren(at, below(action)));
            }
            return;
        }
        if !container && matches!(status, StepStatus::Starting | StepStatus::Running) {
            self.effects.push(Effect::Terminate(at));
        }
        self.finish_action(place, action, upstream);
    }

    /// Ends an attempt as an action says, once nothing of it runs any more.
    pub(super) fn finish_action(&mut self, place: usize, action: Action, upstream: bool) {
        if let Some(step) = self.step_mut(place) {
            step.pending = None;
            step.completing = None;
        }
        match action {
            Action::Stop => self.enter(place, StepStatus::Stopped),
            Action::TimeOut => self.enter(place, StepStatus::TimedOut),
            Action::Skip => self.complete(place, StepStatus::Skipped),
            Action::Kill if upstream => self.enter(place, StepStatus::FatallyFailed),
            Action::Kill => self.fail_for_good(place),
        }
    }

    /// The attempt failed and the next one is waiting for its delay: the next one takes the action.
    fn act_between_attempts(&mut self, place: usize, action: Action, upstream: bool) {
        let now = self.now;
        let at = self.at(place);
        let Some(step) = self.step_mut(place) else { return };
        let due = step.deadline.take();
        let next = step.following(now);
        if let Some(due) = due {
            self.effects.push(Effect::Unschedule(due, Timer::Retry(at)));
        }
        self.replace(place, next);
        self.finish_action(place, action, upstream);
    }

    fn skip_again(&mut self, place: usize) {
        let now = self.now;
        let Some(next) = self.step(place).map(|step| step.following(now)) else { return };
        if self.closing.is_none() {
            self.replace(place, next);
            self.complete(place, StepStatus::Skipped);
        }
    }

    fn replace(&mut self, place: usize, next: StepState) {
        if let Some(slot) = self.steps.get_mut(place) {
            *slot = Some(next);
        }
        let at = self.at(place);
        self.effects.push(Effect::Changed {
            at,
            from: StepStatus::NotCreated,
            to: StepStatus::Created,
        });
    }

    /// A user's restart of a step that failed while the run goes on.
    pub(super) fn restart(&mut self, place: usize) {
        if !self.may_restart(place) {
            return;
        }
        let now = self.now;
        if let Some(mut next) = self.step(place).map(|step| step.following(now)) {
            next.retry.count(StepStatus::NotCreated);
            self.admit(place, next);
        }
    }

    /// Whether a step may be restarted within this run.
    #[must_use]
    pub fn may_restart(&self, place: usize) -> bool {
        self.status == InstanceStatus::InProgress
            && self.closing.is_none()
            && self.spec(place).failure_mode == FailureMode::FailAfterRunning
            && self.step_status(place).is_some_and(|s| s.is_settled() && !s.is_complete())
    }

    /// A user's restart of an iteration while its foreach goes on. It does not wait for a slot.
    pub(super) fn rerun(&mut self, place: usize, index: u32) {
        if !self.may_rerun(place, index) {
            return;
        }
        let at = self.at(place);
        if let Some(state) = self.step_mut(place).and_then(|step| step.iterations.as_mut()) {
            state.again(index);
            self.effects.push(Effect::Launch { at, index });
        }
    }

    /// Whether an iteration that ended may run again within this run: its foreach goes on, and
    /// does not fail at once with it.
    #[must_use]
    pub fn may_rerun(&self, place: usize, index: u32) -> bool {
        let spec = self.spec(place);
        self.status == InstanceStatus::InProgress
            && self.closing.is_none()
            && spec.kind == StepKind::Foreach
            && spec.failure_mode != FailureMode::FailImmediately
            && self.step(place).is_some_and(|step| {
                step.status() == StepStatus::Running
                    && step.pending.is_none()
                    && step.completing.is_none()
                    && step.iterations.as_ref().is_some_and(|loops| loops.is_over(index))
            })
    }

    /// Winds up the whole run.
    pub(super) fn close(&mut self, closing: Closing) {
        if self.status == InstanceStatus::Created && closing != Closing::FailFast {
            self.status = match closing {
                Closing::Kill => InstanceStatus::Failed,
                Closing::TimeOut => InstanceStatus::TimedOut,
                _ => InstanceStatus::Stopped,
            };
            self.effects.push(Effect::Ended(self.status));
            return;
        }
        if self.closing.is_some_and(|known| weight(known) >= weight(closing)) {
            return;
        }
        self.closing = Some(closing);
        let action = match closing {
            Closing::FailFast | Closing::Stop => Action::Stop,
            Closing::Kill => Action::Kill,
            Closing::TimeOut => Action::TimeOut,
        };
        for place in 0..self.steps.len() {
            if self.step_status(place).is_some_and(|s| !s.is_settled()) {
                self.act(place, action, true);
            }
        }
    }
}

/// What an action on a container is to its children: those of one that is killed are stopped.
pub(super) fn below(action: Action) -> Action {
    match action {
        Action::Kill => Action::Stop,
        other => other,
    }
}

fn strength(action: Action) -> u8 {
    match action {
        Action::Skip => 0,
        Action::Stop => 1,
        Action::TimeOut => 2,
        Action::Kill => 3,
    }
}

fn weight(closing: Closing) -> u8 {
    match closing {
        Closing::FailFast => 0,
        Closing::Stop => 1,
        Closing::TimeOut => 2,
        Closing::Kill => 3,
    }
}
