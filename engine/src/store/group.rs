//! The writes of a batch by kind, each row once: what is stored together may be stored in any
//! order, and few large statements cost a fraction of many small ones.

use indexmap::IndexMap;

use super::{InstanceRow, RunKey, StepRow, Write};
use crate::status::InstanceStatus;

/// What changes about a run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change<'b> {
    pub(super) status: InstanceStatus,
    pub(super) queued: bool,
    pub(super) state: &'b str,
    pub(super) start_time: Option<i64>,
    pub(super) end_time: Option<i64>,
}

/// An attempt as it is after the whole batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attempt<'b> {
    pub(super) row: &'b StepRow,
    pub(super) params: Option<&'b str>,
}

/// A record of the outbox or of a log: time, kind or stream, subject, text.
pub(super) type Line<'b> = (i64, &'b str, &'b str, &'b str);

/// A batch by kind.
#[derive(Debug, Default)]
pub(super) struct Groups<'b> {
    /// Everything about definitions, signals and entries, in its order.
    pub(super) others: Vec<&'b Write>,
    /// New runs, with the changes that followed in the same batch.
    pub(super) instances: IndexMap<&'b RunKey, (&'b InstanceRow, Change<'b>)>,
    /// The last change of each run that was there before.
    pub(super) changes: IndexMap<&'b RunKey, Change<'b>>,
    /// What is done to runs after that.
    pub(super) unblocked: Vec<&'b RunKey>,
    /// The last state of each attempt.
    pub(super) attempts: IndexMap<(&'b RunKey, &'b str, u32), Attempt<'b>>,
    pub(super) events: Vec<Line<'b>>,
    pub(super) logs: Vec<Line<'b>>,
}

impl<'b> Groups<'b> {
    /// Sorts a batch.
    pub(super) fn of(batch: &'b [Write]) -> Groups<'b> {
        let mut groups = Groups::default();
        for write in batch {
            groups.add(write);
        }
        groups
    }

    fn add(&mut self, write: &'b Write) {
        match write {
            Write::Instance(row) => {
                let change = Change {
                    status: row.status,
                    queued: row.queued,
                    state: &row.state,
                    start_time: row.start_time,
                    end_time: row.end_time,
                };
                self.instances.insert(&row.key, (row, change));
            }
            Write::InstanceState { key, status, queued, state, start_time, end_time } => {
                let (status, queued) = (*status, *queued);
                let (start_time, end_time) = (*start_time, *end_time);
                let change = Change { status, queued, state, start_time, end_time };
                match self.instances.get_mut(key) {
                    Some((_, known)) => *known = change,
                    None => {
                        self.changes.insert(key, change);
                    }
                }
            }
            Write::Unblock(key) => self.unblocked.push(key),
            Write::Step(row) => {
                let name = (&row.run, row.step_id.as_str(), row.attempt);
                let known = self.attempts.get(&name).and_then(|attempt| attempt.params);
                let params = row.params.as_deref().or(known);
                self.attempts.insert(name, Attempt { row, params });
            }
            Write::Event(time, kind, subject, payload) => {
                self.events.push((*time, kind, subject, payload));
            }
            Write::Log(subject, time, stream, line) => {
                self.logs.push((*time, stream, subject, line));
            }
            other => self.others.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::status::StepStatus;

    fn step(status: StepStatus, params: Option<&str>) -> Write {
        Write::Step(Box::new(StepRow {
            run: RunKey { workflow_id: "w".into(), instance_id: 1, run_id: 1 },
            step_id: "s".into(),
            attempt: 1,
            status,
            state: "{}".into(),
            data: "{}".into(),
            params: params.map(str::to_owned),
        }))
    }

    #[test]
    fn the_last_state_of_an_attempt_keeps_the_params_of_those_before() {
        let batch = [
            step(StepStatus::Created, Some("{}")),
            step(StepStatus::Running, Some("{\"a\":1}")),
            step(StepStatus::Succeeded, None),
        ];
        let groups = Groups::of(&batch);
        let attempt = &groups.attempts[0];
        assert_eq!(
            (attempt.row.status, attempt.params),
            (StepStatus::Succeeded, Some("{\"a\":1}"))
        );
        assert_eq!(groups.attempts.len(), 1);
    }
}
