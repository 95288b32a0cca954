//! Attempts of steps as they change: what is stored of them, what their runtimes report.

use std::sync::Arc;

use serde_json::{Map, json};

use super::state::{Run, StepData};
use super::world::{Key, World};
use crate::core::{At, Closing, Event, MAX_ITERATIONS};
use crate::graph::Rollup;
use crate::plan::Params;
use crate::runtime::Report;
use crate::status::StepStatus;
use crate::store::RunKey;

impl World {
    /// The data of a place, made new for a new attempt.
    pub(super) fn fresh_data(&mut self, key: &Key, at: At) {
        if let Some(run) = self.runs.get_mut(key) {
            if let Some(data) = run.data.get_mut(at.place) {
                let last = std::mem::take(data);
                let is_again = last.again.is_some();
                *data = StepData {
                    loop_run: last.loop_run,
                    loop_values: if is_again { last.loop_values } else { Map::new() },
                    dependencies: last.dependencies,
                    child: last.child,
                    again: last.again,
                    kept: last.kept,
                    rollup: if is_again { last.rollup } else { Rollup::default() },
                    restarted: last.restarted,
                    reruns: last.reruns,
                    ..StepData::default()
                };
            }
            run.touch(at.place, true);
        }
    }

    /// Counts a new leaf step; the run at the root is stopped when there are too many.
    fn count_leaf(&mut self, key: &Key, at: At) {
        let Some(run) = self.runs.get(key) else { return };
        if run.flow.spec(at.place).kind.is_container() {
            return;
        }
        let tree = &run.info.correlation_id;
        let Some(count) = self.leaves.get_mut(tree) else {
            let counted = self.runs.values().filter(|run| run.info.correlation_id == *tree);
            let count = counted.map(|run| run.rollup().total_leaf_count).sum();
            self.leaves.insert(tree.clone(), count);
            return;
        };
        *count = count.saturating_add(1);
        let most = self.options.max_leaf_steps;
        if *count != most.saturating_add(1) {
            return;
        }
        let root = self.root(run);
        let now = self.clock.now();
        if let Some(root) = self.runs.get_mut(&root) {
            let message = format!("stopped: it has more than {most} leaf steps");
            root.timeline.push(json!({"timestamp": now, "type": "LOG", "level": "ERROR",
                                      "message": message}));
            root.changed = true;
            self.touched.insert(Arc::clone(&root.key));
            self.work.push_back((Arc::clone(&root.key), Event::Close(Closing::Stop)));
        }
    }

    /// The run that a run comes from in the end.
    fn root(&self, run: &Run) -> RunKey {
        let mut run = run;
        while let Some(parent) = &run.info.parent {
            match self.runs.get(&parent.run) {
                Some(above) => run = above,
                None => break,
            }
        }
        RunKey::clone(&run.key)
    }

    /// Stores a status change.
    pub(super) fn changed(&mut self, key: &Key, at: At, from: StepStatus, to: StepStatus) {
        if to == StepStatus::Created && at.attempt > 1 {
            // The attempt before is complete in the store: it was stored when it ended, or is now.
            self.fresh_data(key, at);
        }
        let Some(run) = self.runs.get_mut(key) else { return };
        if to == StepStatus::Unsatisfied || to == StepStatus::Created {
            let satisfied = run.flow.step(at.place).is_some_and(|s| s.satisfied);
            if let Some(data) = run.data.get_mut(at.place) {
                let now = self.clock.now();
                let flag = super::eval::literal("BOOLEAN", satisfied.into(), now);
                let mut params = Params::clone(&data.params);
                params.insert("maestro_step_satisfied".to_owned(), flag);
                data.params = Arc::new(params);
            }
            run.touch(at.place, true);
        }
        run.touch(at.place, false);
        if to == StepStatus::Created && at.attempt == 1 {
            self.count_leaf(key, at);
        }
        let Some(run) = self.runs.get_mut(key) else { return };
        if to.is_terminal() {
            // Another attempt may take the place over: this one is written before.
            run.write_step(at.place, &mut self.batch);
        }
        let id = run.flow.dag().id(at.place).to_owned();
        let from = (from != StepStatus::NotCreated).then(|| from.as_str());
        self.announce(key, Some((&id, at.attempt)), from, to.as_str());
    }

    pub(super) fn reported(&mut self, key: &Key, at: At, report: Report) {
        let now = self.clock.now();
        let Some(run) = self.runs.get_mut(key) else { return };
        if run.flow.step(at.place).is_none_or(|s| s.attempt != at.attempt) {
            return;
        }
        if let Some(message) = &report.message {
            run.note(at.place, now, "INFO", message);
        }
        let final_failure = report
            .artifacts
            .get("maestro_retry")
            .and_then(|artifact| artifact.get("retryable"))
            .is_some_and(|retryable| retryable == false);
        if let Some(data) = run.data.get_mut(at.place) {
            data.artifacts.extend(report.artifacts);
            data.output_params.extend(report.outputs);
        }
        run.touch(at.place, false);
        self.touched.insert(Arc::clone(key));
        if let Some(outcome) = report.outcome {
            use crate::core::Outcome as O;
            let outcome = match outcome {
                O::UserError | O::PlatformError if final_failure => O::FatalError,
                other => other,
            };
            run.tasks.remove(&at.place);
            self.work.push_back((Arc::clone(key), Event::Executed(at, outcome)));
        }
    }

    /// Records why and marks the attempt as broken.
    pub(super) fn broken(&mut self, key: &Key, at: At, message: &str) {
        let now = self.clock.now();
        if let Some(run) = self.runs.get_mut(key) {
            run.note(at.place, now, "ERROR", message);
        }
        self.work.push_back((Arc::clone(key), Event::Broken(at)));
    }

    /// Whether the next iteration of a while is one too many; the core ends it then.
    pub(super) fn goes_round_too_often(&mut self, key: &Key, at: At) -> bool {
        let now = self.clock.now();
        let Some(run) = self.runs.get_mut(key) else { return false };
        let next =
            run.flow.step(at.place).and_then(|s| s.iterations.as_ref()).map_or(0, |i| i.next);
        let is_too_often = next > MAX_ITERATIONS;
        if is_too_often {
            let message = format!("it has more than {MAX_ITERATIONS} iterations");
            run.note(at.place, now, "ERROR", &message);
        }
        is_too_often
    }
}

/// The deterministic id of an attempt.
pub(super) fn step_uuid(run: &Run, step: &str, attempt: u32) -> String {
    let name = format!("{}:{}:{step}:{attempt}", run.uuid, run.key);
    uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}
