//! What a restart says to the levels below: data, and what follows from it without a store.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

use super::RunError;
use super::inline::iteration_key;
use super::state::{Run, StepData};
use crate::core::{Ranges, StepKind, StepState};
use crate::graph::{self, Aggregate, Dag, Rollup};
use crate::status::InstanceStatus;
use crate::store::RunKey;

pub(super) const BEGINNING: &str = "RESTART_FROM_BEGINNING";
pub(super) const INCOMPLETE: &str = "RESTART_FROM_INCOMPLETE";
/// The policy of a run that begins with one step.
pub(super) const SPECIFIC: &str = "RESTART_FROM_SPECIFIC";

/// How the children that the containers of a run had before run again.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Again {
    /// `RESTART_FROM_INCOMPLETE` or `RESTART_FROM_BEGINNING`: of the last instance of the path, or
    /// of all children where there is no path.
    pub policy: String,
    /// The instances that lead to the one whose restart was asked for, the topmost first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub path: Vec<Target>,
    /// Params for the restarted step itself, where its run goes on.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub params: Map<String, Json>,
}

impl Again {
    /// What did not succeed runs again.
    pub(super) fn incomplete() -> Again {
        Again { policy: INCOMPLETE.to_owned(), ..Again::default() }
    }
}

/// An instance on the way of a restart, and what is asked of it.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Target {
    /// Its workflow.
    pub workflow_id: String,
    /// Its number.
    pub instance_id: i64,
    /// The step to begin with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// Skip that step.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub skip: bool,
    /// Params of the run.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub run_params: Map<String, Json>,
    /// Params of the step.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub step_run_params: Map<String, Json>,
}

impl Target {
    pub(super) fn is(&self, key: &RunKey) -> bool {
        self.workflow_id == key.workflow_id && self.instance_id == key.instance_id
    }
}

/// The latest run of an iteration that ran again while its foreach went on.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Rerun {
    /// The run.
    pub run_id: i64,
    /// How it runs again.
    pub again: Again,
}

/// The part of a graph that runs again.
pub(super) struct Part {
    pub(super) policy: &'static str,
    pub(super) from: Option<Vec<String>>,
    pub(super) held: Vec<String>,
}

impl Run {
    /// The number of the iteration that a target is, if it may run again now.
    pub(super) fn iteration(&self, place: usize, target: &Target) -> Option<u32> {
        let index = u32::try_from(target.instance_id).ok()?;
        let is_it = iteration_key(self, place, index).workflow_id == target.workflow_id;
        (is_it && self.flow.may_rerun(place, index)).then_some(index)
    }
}

impl StepData {
    /// What the next attempt of a container begins with, by the last one. `inline` is the workflow
    /// of its iterations.
    pub(super) fn again(
        self,
        kind: StepKind,
        inline: &str,
        state: &StepState,
        again: &Again,
    ) -> StepData {
        let is_loop = matches!(kind, StepKind::Foreach | StepKind::While);
        let asked = again.path.first().filter(|target| match &self.child {
            _ if is_loop => target.workflow_id == inline,
            Some(child) => target.is(child),
            None => false,
        });
        // Beside the path, what did not succeed runs again.
        let own = match (asked, again.path.is_empty()) {
            (None, false) => Again::incomplete(),
            _ => again.clone(),
        };
        let all = own.policy == BEGINNING && asked.is_none();
        let ended = state.iterations.as_ref().map(|loops| &loops.ended);
        let mut kept = match ended.and_then(|ended| ended.get(&InstanceStatus::Succeeded)) {
            Some(ranges) if !all => ranges.clone(),
            _ => Ranges::default(),
        };
        if let Some(index) = asked.and_then(|target| u32::try_from(target.instance_id).ok()) {
            kept.remove(index);
        }
        let mut restarted = Ranges::default();
        for (from, to) in ended.into_iter().flat_map(|ended| ended.values()).flat_map(Ranges::iter)
        {
            (from..=to).filter(|n| !kept.contains(*n)).for_each(|n| restarted.insert(n));
        }
        let runs = self.reruns.values().map(|rerun| rerun.run_id);
        StepData {
            loop_run: runs.max().unwrap_or(0).max(self.loop_run).saturating_add(1),
            loop_values: if all { Map::new() } else { self.loop_values },
            artifacts: if all { Map::new() } else { self.artifacts },
            child: self.child,
            // What runs again is still in it.
            rollup: if kept.is_empty() { Rollup::default() } else { self.rollup },
            restarted,
            kept,
            again: Some(own),
            ..StepData::default()
        }
    }
}

/// The part of a graph that runs again: all, what comes after the incomplete steps, or what comes
/// after one step.
pub(super) fn part(
    dag: &Dag,
    before: Option<&Aggregate>,
    step: Option<&str>,
    all: bool,
    or_all: bool,
) -> Result<Part, RunError> {
    let whole = Part { policy: BEGINNING, from: None, held: Vec::new() };
    if all && step.is_none() {
        return Ok(whole);
    }
    let view =
        |place: usize| before?.step_aggregated_views.get(dag.id(place)).map(|view| view.status);
    let incomplete = graph::incomplete(dag, view);
    let mut from: Vec<String> = incomplete.iter().map(|place| dag.id(*place).to_owned()).collect();
    let Some(step) = step else {
        return match (from.is_empty(), or_all) {
            (false, _) => Ok(Part { policy: INCOMPLETE, from: Some(from), held: Vec::new() }),
            (true, true) => Ok(whole),
            (true, false) => Err(RunError::Refused(
                "every step is complete: restart from the beginning or from a step".to_owned(),
            )),
        };
    };
    let place = dag.place(step).ok_or_else(|| RunError::NotFound(format!("step `{step}`")))?;
    let reach = dag.descendants(&[place]);
    let outside = |place: &&usize| !reach.get(**place).copied().unwrap_or(false);
    let held = incomplete.iter().filter(outside).map(|place| dag.id(*place).to_owned()).collect();
    from.push(step.to_owned());
    Ok(Part { policy: SPECIFIC, from: Some(from), held })
}
