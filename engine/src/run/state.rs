//! A run in memory, and the documents that it is stored as.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::again::{Again, Rerun};
use super::eval::Finished;
use crate::core::{Closing, Flow, Ranges};
use crate::graph::{self, Aggregate, Overview, Rollup, StepSummary};
use crate::model::Tag;
use crate::plan::{Level, Params, Plan};
use crate::status::InstanceStatus;
use crate::store::{InstanceRow, RunKey, StepRow, Write};

/// How many timeline events of an attempt are kept, the newest.
const TIMELINE: usize = 300;

/// The step that started an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parent {
    /// Its run.
    pub run: RunKey,
    /// Its id.
    pub step: String,
    /// Its place in its graph.
    pub place: usize,
    /// Its attempt.
    pub attempt: u32,
    /// The number of the iteration; `None` for a subworkflow.
    pub index: Option<u32>,
    /// Whether it waits for the instance.
    pub sync: bool,
}

impl Parent {
    /// As the store looks for it.
    #[must_use]
    pub fn subject(&self) -> String {
        format!("{}:{}", self.run, self.step)
    }
}

/// What never changes about a run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Info {
    /// The workflow whose definition it runs (for an iteration: the one around it).
    pub definition: String,
    /// Its version.
    pub version: i64,
    /// The containers down to the level it runs.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<String>,
    /// The same in the whole tree.
    pub correlation_id: String,
    /// Who started it.
    pub initiator: Json,
    /// The step that started it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent: Option<Parent>,
    /// How many levels are above it.
    pub depth: u32,
    /// `START_FRESH_NEW_RUN` and so on.
    pub policy: String,
    /// The number of its workflow.
    #[serde(default)]
    pub internal_id: i64,
    /// Labels of the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub runtime_tags: Vec<Tag>,
    /// The properties of its workflow when it was started.
    #[serde(default, skip_serializing_if = "Json::is_null")]
    pub run_properties: Json,
    /// Params given at the start.
    #[serde(default)]
    pub run_params: Map<String, Json>,
    /// Params given for steps, by step.
    #[serde(default)]
    pub step_run_params: Map<String, Json>,
    /// Steps that are skipped.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub skip_steps: Vec<String>,
    /// A restart drives only what comes after these.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub restart_from: Option<Vec<String>>,
    /// Roots that wait for a user's restart.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub held: Vec<String>,
    /// The view over the runs before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub baseline: Option<Aggregate>,
    /// How children run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
}

impl Info {
    /// That of a new run of an iteration: what is run again, in the run of its container that
    /// there is now.
    pub(super) fn over(self, now: Info) -> Info {
        let mut step_run_params = now.step_run_params;
        step_run_params.extend(self.step_run_params);
        Info {
            policy: self.policy,
            skip_steps: self.skip_steps,
            restart_from: self.restart_from,
            held: self.held,
            baseline: self.baseline,
            again: self.again,
            step_run_params,
            ..now
        }
    }
}

/// What changes about a run beside the columns.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct RunState {
    /// When it times out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub deadline: Option<i64>,
    /// Why it winds up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closing: Option<Closing>,
    /// The overview.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub overview: Option<Overview>,
    /// The view over all runs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub aggregate: Option<Aggregate>,
    /// Timeline events.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub timeline: Vec<Json>,
}

/// What a step carries beside its control state.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct StepData {
    /// By key.
    #[serde(default)]
    pub artifacts: Map<String, Json>,
    /// Timeline events.
    #[serde(default)]
    pub timeline: Vec<Json>,
    /// Evaluated dependencies.
    #[serde(default)]
    pub dependencies: Vec<Json>,
    /// Announced signals.
    #[serde(default)]
    pub outputs: Vec<Json>,
    /// Output params that wait for FINISHING.
    #[serde(default)]
    pub output_params: Map<String, Json>,
    /// Leaf steps of ended children.
    #[serde(default)]
    pub rollup: Rollup,
    /// The current loop params of a while.
    #[serde(default)]
    pub loop_values: Map<String, Json>,
    /// The run of its iterations.
    #[serde(default)]
    pub loop_run: i64,
    /// The child of a subworkflow, or the one before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub child: Option<RunKey>,
    /// How the children that there were before run again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub again: Option<Again>,
    /// Iterations that ran again while their foreach went on: their latest runs, and how.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub reruns: BTreeMap<u32, Rerun>,
    /// Iterations that there were before and that run again.
    #[serde(default, skip_serializing_if = "Ranges::is_empty")]
    pub restarted: Ranges,
    /// The iterations before that do not run again.
    #[serde(default, skip_serializing_if = "Ranges::is_empty")]
    pub kept: Ranges,
    /// The evaluated params; their own column.
    #[serde(skip)]
    pub params: Arc<Params>,
}

/// A run that is not terminal.
pub(super) struct Run {
    pub(super) key: Arc<RunKey>,
    pub(super) uuid: String,
    pub(super) info: Arc<Info>,
    pub(super) plan: Arc<Plan>,
    pub(super) level: Arc<Level>,
    pub(super) flow: Flow,
    pub(super) params: Arc<Params>,
    pub(super) data: Vec<StepData>,
    /// Steps of earlier runs that this one does not drive.
    pub(super) before: Vec<Finished>,
    pub(super) timeline: Vec<Json>,
    pub(super) queued: bool,
    pub(super) create_time: i64,
    pub(super) start_time: Option<i64>,
    pub(super) end_time: Option<i64>,
    /// Places to store, and whether with params.
    pub(super) dirty: BTreeMap<usize, bool>,
    pub(super) changed: bool,
    /// What the runtime of a place listens to for its end.
    pub(super) tasks: HashMap<usize, tokio::task::AbortHandle>,
}

impl Run {
    pub(super) fn touch(&mut self, place: usize, params: bool) {
        *self.dirty.entry(place).or_default() |= params;
    }

    pub(super) fn is_inline(&self) -> bool {
        self.info.parent.as_ref().is_some_and(|p| p.index.is_some())
    }

    pub(super) fn note(&mut self, place: usize, time: i64, level: &str, message: &str) {
        if let Some(data) = self.data.get_mut(place) {
            let event =
                json!({"timestamp": time, "type": "LOG", "level": level, "message": message});
            if data.timeline.last().is_none_or(|last| last.get("message") != event.get("message")) {
                data.timeline.push(event);
                if data.timeline.len() > TIMELINE {
                    data.timeline.remove(0);
                }
            }
        }
        self.touch(place, false);
    }

    fn summary(&self, place: usize) -> StepSummary {
        let step = self.flow.step(place);
        StepSummary {
            status: step.map(|s| s.status()),
            start_time: step.and_then(|s| s.runtime.start_time),
            end_time: step.and_then(|s| s.runtime.end_time),
        }
    }

    pub(super) fn rollup(&self) -> Rollup {
        let mut rollup = Rollup::default();
        let run = format!("{}:{}", self.key.workflow_id, self.key.run_id);
        // A restart counts the steps that it keeps.
        for kept in &self.before {
            let place = self.flow.dag().place(&kept.id);
            match place.filter(|place| !self.flow.dag().includes(*place)) {
                Some(_) if kept.rollup.total_leaf_count > 0 => rollup.merge(&kept.rollup),
                Some(place) if !self.flow.spec(place).kind.is_container() => {
                    let name = format!("{}:{}:1", self.key.instance_id, kept.id);
                    rollup.add(kept.status, &run, name);
                }
                _ => {}
            }
        }
        for place in self.flow.dag().places() {
            let Some(step) = self.flow.step(place) else { continue };
            if self.flow.spec(place).kind.is_container() {
                self.data.get(place).iter().for_each(|data| rollup.merge(&data.rollup));
            } else {
                let id = self.flow.dag().id(place);
                let name = format!("{}:{id}:{}", self.key.instance_id, step.attempt);
                rollup.add(step.status(), &run, name);
            }
        }
        rollup
    }

    pub(super) fn aggregate(&self, status: InstanceStatus) -> Aggregate {
        let (before, run) = (self.info.baseline.as_ref(), self.key.run_id);
        let run = u64::try_from(run).unwrap_or(0);
        graph::aggregate(before, run, status, self.flow.dag(), |place| self.summary(place))
    }

    /// The status of the instance: over all runs, where this one succeeded.
    pub(super) fn final_status(&self) -> InstanceStatus {
        let own = self.flow.status();
        if self.info.baseline.is_some() && own == InstanceStatus::Succeeded {
            self.aggregate(own).workflow_instance_status
        } else {
            own
        }
    }

    pub(super) fn overview(&self) -> Overview {
        let own = self.flow.status();
        let mut view = graph::overview(self.flow.dag(), |place| self.summary(place), self.rollup());
        view.run_status = (self.final_status() != own).then_some(own);
        view
    }

    pub(super) fn state(&self) -> RunState {
        let own = self.flow.status();
        let ended = own.is_terminal();
        RunState {
            deadline: self.flow.deadline(),
            closing: self.flow.closing(),
            overview: ended.then(|| self.overview()),
            aggregate: (ended && !self.is_inline()).then(|| self.aggregate(own)),
            timeline: self.timeline.clone(),
        }
    }

    /// The row of a new run, with these params: an iteration stores what its container has not.
    pub(super) fn row(&self, params: &Params) -> Write {
        Write::Instance(Box::new(InstanceRow {
            key: RunKey::clone(&self.key),
            uuid: self.uuid.clone(),
            status: self.flow.status(),
            queued: self.queued,
            unblocked: false,
            parent: self.info.parent.as_ref().map(Parent::subject),
            info: text(&*self.info),
            params: text(params),
            state: text(&self.state()),
            create_time: self.create_time,
            start_time: self.start_time,
            end_time: self.end_time,
        }))
    }

    /// The changes since the last time.
    pub(super) fn writes(&mut self, batch: &mut Vec<Write>) {
        while let Some((place, _)) = self.dirty.first_key_value() {
            let place = *place;
            self.write_step(place, batch);
        }
        if std::mem::take(&mut self.changed) {
            batch.push(Write::InstanceState {
                key: RunKey::clone(&self.key),
                status: self.final_status(),
                queued: self.queued,
                state: text(&self.state()),
                start_time: self.start_time,
                end_time: self.end_time,
            });
        }
    }

    /// The changes of the latest attempt at a place since the last time.
    pub(super) fn write_step(&mut self, place: usize, batch: &mut Vec<Write>) {
        let Some(params) = self.dirty.remove(&place) else { return };
        let (Some(step), Some(data)) = (self.flow.step(place), self.data.get(place)) else {
            return;
        };
        batch.push(Write::Step(Box::new(StepRow {
            run: RunKey::clone(&self.key),
            step_id: self.flow.dag().id(place).to_owned(),
            attempt: step.attempt,
            status: step.status(),
            state: text(step),
            data: text(data),
            params: params.then(|| text(&*data.params)),
        })));
    }
}

/// A document as it is stored. Maps with text keys and numbers: this cannot fail.
pub(super) fn text(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_default()
}
