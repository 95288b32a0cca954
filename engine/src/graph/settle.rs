//! When a run is done, and with what status: derived from the latest attempt of each step.

use super::Dag;
use crate::status::{InstanceStatus, StepStatus};

/// Whether nothing can happen any more: every created step is settled and no step without an
/// attempt can still be reached.
#[must_use]
pub fn is_done(dag: &Dag, status: impl Fn(usize) -> Option<StepStatus>) -> bool {
    for place in dag.places() {
        if status(place).is_some_and(|s| !s.is_settled()) {
            return false;
        }
    }
    let Ok(order) = dag.order() else { return true };
    let mut complete: Vec<bool> = order.iter().map(|_| false).collect();
    for place in order.into_iter().filter(|place| dag.includes(*place)) {
        let open = dag
            .predecessors(place)
            .iter()
            .all(|before| complete.get(*before).copied().unwrap_or(false));
        match status(place) {
            None if open => return false,
            Some(s) if s.is_complete() => {
                if let Some(slot) = complete.get_mut(place) {
                    *slot = true;
                }
            }
            _ => {}
        }
    }
    true
}

/// The status of a run that is done: failures weigh most, then time-outs, then stops. A run in
/// which no step was ever created failed.
#[must_use]
pub fn final_status(dag: &Dag, status: impl Fn(usize) -> Option<StepStatus>) -> InstanceStatus {
    let mut result = None;
    for step in dag.places().filter_map(status) {
        let rank = if step.is_failure() {
            InstanceStatus::Failed
        } else if step == StepStatus::TimedOut {
            InstanceStatus::TimedOut
        } else if step == StepStatus::Stopped {
            InstanceStatus::Stopped
        } else {
            InstanceStatus::Succeeded
        };
        result = Some(result.map_or(rank, |known| worse(known, rank)));
    }
    result.unwrap_or(InstanceStatus::Failed)
}

fn worse(a: InstanceStatus, b: InstanceStatus) -> InstanceStatus {
    use InstanceStatus as S;
    [S::Failed, S::TimedOut, S::Stopped]
        .into_iter()
        .find(|s| *s == a || *s == b)
        .unwrap_or(S::Succeeded)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::tests::dag;
    use StepStatus as S;

    #[test]
    fn the_final_status_follows_the_worst_step() {
        let rows: [(&[Option<S>], bool, InstanceStatus); 8] = [
            (&[None, None, None], false, InstanceStatus::Failed),
            (&[Some(S::Succeeded); 3], true, InstanceStatus::Succeeded),
            (&[Some(S::Succeeded), None, Some(S::Running)], false, InstanceStatus::Succeeded),
            (&[Some(S::FatallyFailed), None, Some(S::Succeeded)], true, InstanceStatus::Failed),
            (&[Some(S::UserFailed), None, Some(S::Succeeded)], false, InstanceStatus::Failed),
            (&[Some(S::Stopped), None, Some(S::TimedOut)], true, InstanceStatus::TimedOut),
            (
                &[Some(S::CompletedWithError), Some(S::Unsatisfied), Some(S::Skipped)],
                true,
                InstanceStatus::Succeeded,
            ),
            (&[Some(S::Stopped), None, Some(S::InternallyFailed)], true, InstanceStatus::Failed),
        ];
        for (statuses, done, status) in rows {
            let dag = dag("a>b b c");
            let of = |place: usize| statuses.get(place).copied().flatten();
            assert_eq!(is_done(&dag, of), done, "{statuses:?}");
            assert_eq!(final_status(&dag, of), status, "{statuses:?}");
        }
    }
}
