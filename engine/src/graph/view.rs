//! What a run looks like from outside: the overview of its steps, the rollup of its leaf steps
//! through all levels, and the view aggregated over all its runs.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::{Value as Json, json};

use super::Dag;
use crate::status::{InstanceStatus, StepStatus};

/// How many references one status of a rollup lists at most.
const LISTED: usize = 100;

/// Counts of leaf steps by status, with references to those that deserve a look.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rollup {
    /// All leaf steps, through foreach, while and subworkflow levels.
    #[serde(default)]
    pub total_leaf_count: u64,
    /// By status.
    #[serde(default)]
    pub overview: BTreeMap<StepStatus, Tally>,
}

/// One status of a [`Rollup`].
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    /// How many.
    pub cnt: u64,
    /// `"workflow:run"` to `"instance:step:attempt"`, the first of them.
    #[serde(rename = "ref", default, skip_serializing_if = "BTreeMap::is_empty")]
    pub refs: BTreeMap<String, Vec<String>>,
}

impl Rollup {
    /// Adds one leaf step.
    pub fn add(&mut self, status: StepStatus, run: &str, reference: String) {
        self.total_leaf_count = self.total_leaf_count.saturating_add(1);
        let tally = self.overview.entry(status).or_default();
        tally.cnt = tally.cnt.saturating_add(1);
        if status.is_listed() && tally.listed() < LISTED {
            tally.refs.entry(run.to_owned()).or_default().push(reference);
        }
    }
    /// Adds all of another rollup.
    pub fn merge(&mut self, other: &Rollup) {
        self.total_leaf_count = self.total_leaf_count.saturating_add(other.total_leaf_count);
        for (status, tally) in &other.overview {
            let mine = self.overview.entry(*status).or_default();
            mine.cnt = mine.cnt.saturating_add(tally.cnt);
            for (run, list) in &tally.refs {
                let room = LISTED.saturating_sub(mine.listed());
                if room > 0 {
                    let known = mine.refs.entry(run.clone()).or_default();
                    known.extend(list.iter().take(room).cloned());
                }
            }
        }
    }

    /// Takes all of another rollup out again.
    pub fn take_out(&mut self, other: &Rollup) {
        self.total_leaf_count = self.total_leaf_count.saturating_sub(other.total_leaf_count);
        for (status, tally) in &other.overview {
            let Some(mine) = self.overview.get_mut(status) else { continue };
            mine.cnt = mine.cnt.saturating_sub(tally.cnt);
            for (run, list) in &tally.refs {
                if let Some(known) = mine.refs.get_mut(run) {
                    known.retain(|reference| !list.contains(reference));
                }
            }
            mine.refs.retain(|_, list| !list.is_empty());
        }
        self.overview.retain(|_, tally| tally.cnt > 0);
    }
}

impl Tally {
    fn listed(&self) -> usize {
        self.refs.values().map(Vec::len).sum()
    }
}

/// What an overview needs to know of one step.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct StepSummary {
    /// The status of the latest attempt.
    pub status: Option<StepStatus>,
    /// When it started.
    pub start_time: Option<i64>,
    /// When it ended.
    pub end_time: Option<i64>,
}

/// The overview of a run as it is stored and shown.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// Steps of the run's graph.
    pub total_step_count: u64,
    /// `{status: {cnt, steps: [[ordinal, start, end]]}}`.
    pub step_overview: IndexMap<String, Json>,
    /// Leaf steps of all levels.
    pub rollup_overview: Rollup,
    /// The run's own outcome where the instance's differs.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub run_status: Option<InstanceStatus>,
}

/// Builds the overview of a run.
#[must_use]
pub fn overview(dag: &Dag, step: impl Fn(usize) -> StepSummary, rollup: Rollup) -> Overview {
    let mut by_status: BTreeMap<StepStatus, Vec<Json>> = BTreeMap::new();
    let mut total = 0u64;
    for (ordinal, place) in dag.places().enumerate() {
        total = total.saturating_add(1);
        let summary = step(place);
        if let Some(status) = summary.status.filter(|s| *s != StepStatus::NotCreated) {
            by_status.entry(status).or_default().push(json!([
                ordinal.saturating_add(1),
                summary.start_time,
                summary.end_time
            ]));
        }
    }
    let step_overview = by_status
        .into_iter()
        .map(|(status, steps)| {
            (status.as_str().to_owned(), json!({"cnt": steps.len(), "steps": steps}))
        })
        .collect();
    Overview { total_step_count: total, step_overview, rollup_overview: rollup, run_status: None }
}

/// One step in the view over all runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepView {
    /// The latest run in which it was created; absent when it never was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub workflow_run_id: Option<u64>,
    /// Its status there.
    pub status: StepStatus,
    /// When it started.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub start_time: Option<i64>,
    /// When it ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub end_time: Option<i64>,
}

/// The view over all runs of an instance.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Every step of the definition's top level.
    pub step_aggregated_views: IndexMap<String, StepView>,
    /// The status of the instance over all runs.
    pub workflow_instance_status: InstanceStatus,
}

/// Aggregates this run over the views of the runs before it.
#[must_use]
pub fn aggregate(
    before: Option<&Aggregate>,
    run_id: u64,
    run_status: InstanceStatus,
    dag: &Dag,
    step: impl Fn(usize) -> StepSummary,
) -> Aggregate {
    let mut views = IndexMap::new();
    for place in 0..dag.len() {
        let summary = step(place);
        let old = before
            .and_then(|b| b.step_aggregated_views.get(dag.id(place)))
            .filter(|_| !dag.includes(place));
        let view = match (summary.status.filter(|_| dag.includes(place)), old) {
            (Some(status), _) if status != StepStatus::NotCreated => StepView {
                workflow_run_id: Some(run_id),
                status,
                start_time: summary.start_time,
                end_time: summary.end_time,
            },
            (_, Some(old)) => old.clone(),
            _ => StepView {
                workflow_run_id: None,
                status: StepStatus::NotCreated,
                start_time: None,
                end_time: None,
            },
        };
        views.insert(dag.id(place).to_owned(), view);
    }
    let workflow_instance_status = match before {
        Some(before) if run_status == InstanceStatus::Succeeded => {
            let has = |test: &dyn Fn(StepStatus) -> bool| views.values().any(|v| test(v.status));
            if has(&StepStatus::is_failure) {
                InstanceStatus::Failed
            } else if has(&|s| s == StepStatus::TimedOut) {
                InstanceStatus::TimedOut
            } else if has(&|s| s == StepStatus::Stopped) {
                InstanceStatus::Stopped
            } else if has(&|s| s == StepStatus::NotCreated) {
                before.workflow_instance_status
            } else {
                InstanceStatus::Succeeded
            }
        }
        _ => run_status,
    };
    Aggregate { step_aggregated_views: views, workflow_instance_status }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::graph::{sub_dag, tests::dag};

    fn done(status: StepStatus) -> StepSummary {
        StepSummary { status: Some(status), start_time: Some(1), end_time: Some(2) }
    }

    #[test]
    fn a_restart_that_succeeds_does_not_hide_another_branch_that_failed() {
        let whole = dag("a b c");
        let statuses = [StepStatus::Succeeded, StepStatus::FatallyFailed, StepStatus::Stopped];
        let first = aggregate(None, 1, InstanceStatus::Failed, &whole, |p| done(statuses[p]));
        assert_eq!(first.workflow_instance_status, InstanceStatus::Failed);
        let part = sub_dag(&whole, &[2], None);
        let second = aggregate(Some(&first), 2, InstanceStatus::Succeeded, &part, |_| {
            done(StepStatus::Succeeded)
        });
        assert_eq!(second.workflow_instance_status, InstanceStatus::Failed);
        assert_eq!(second.step_aggregated_views["c"].workflow_run_id, Some(2));
        assert_eq!(second.step_aggregated_views["a"].workflow_run_id, Some(1));
    }

    #[test]
    fn the_overview_counts_and_places_steps() {
        let view = overview(
            &dag("a>b b"),
            |p| if p == 0 { done(StepStatus::Succeeded) } else { StepSummary::default() },
            Rollup::default(),
        );
        assert_eq!(
            serde_json::to_value(&view.step_overview).unwrap(),
            json!({"SUCCEEDED": {"cnt": 1, "steps": [[1, 1, 2]]}})
        );
    }
}
