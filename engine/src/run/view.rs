//! What a run looks like to those who ask.

use serde_json::{Value as Json, json};

use super::overview::Looker;
use super::recover::{read, step_data};
use super::state::{Info, RunState, StepData};
use super::{Engine, RunError};
use crate::core::{LoopState, StepState};
use crate::graph::{Overview, Rollup};
use crate::plan::Params;
use crate::status::InstanceStatus;
use crate::store::{InstanceRow, RunKey, Store};

/// A run.
#[derive(Debug, Clone)]
pub struct RunView {
    /// Its row.
    pub row: InstanceRow,
    /// What never changes.
    pub info: Info,
    /// What does.
    pub state: RunState,
    /// Its evaluated params.
    pub params: Params,
}

/// An attempt of a step.
#[derive(Debug, Clone)]
pub struct StepView {
    /// The step.
    pub step_id: String,
    /// Status, times, counters, loops.
    pub state: StepState,
    /// Artifacts, timeline, signals.
    pub data: StepData,
    /// Its children that go on.
    children: Children,
}

/// What the store says about the children of a step that goes on.
#[derive(Debug, Clone, Default)]
struct Children {
    /// Leaf steps of the running ones.
    rollup: Rollup,
    /// The overview of the child of a subworkflow, or of the last iteration of a while.
    overview: Option<Overview>,
}

pub use super::state::{Info as RunInfo, RunState as RunDetails};

impl StepView {
    /// The values of its params.
    #[must_use]
    pub fn params(&self) -> serde_json::Map<String, Json> {
        super::eval::values(&self.data.params)
    }

    /// Its retries, with the policy as a definition has it.
    #[must_use]
    pub fn retry(&self) -> Json {
        let mut retry = serde_json::to_value(&self.state.retry).unwrap_or_default();
        let backoff = &self.state.retry.backoff;
        let curves = [
            ("error", &backoff.error),
            ("platform", &backoff.platform),
            ("timeout", &backoff.timeout),
        ];
        let is_fixed =
            curves.iter().all(|(_, curve)| curve.exponent == 1 && curve.limit >= curve.base);
        let kind = if is_fixed { "FIXED_BACKOFF" } else { "EXPONENTIAL_BACKOFF" };
        let mut shown = serde_json::Map::from_iter([("type".to_owned(), kind.into())]);
        for (class, curve) in curves {
            shown.insert(format!("{class}_retry_backoff_in_secs"), curve.base.into());
            if !is_fixed {
                shown.insert(format!("{class}_retry_exponent"), curve.exponent.into());
                shown.insert(format!("{class}_retry_limit_in_secs"), curve.limit.into());
            }
        }
        if let Some(retry) = retry.as_object_mut() {
            retry.insert("backoff".to_owned(), shown.into());
        }
        retry
    }

    /// Its artifacts; that of a container tells how far its children are.
    #[must_use]
    pub fn artifacts(&self) -> serde_json::Map<String, Json> {
        let mut artifacts = self.data.artifacts.clone();
        let overview = self.children.overview.as_ref();
        let overview = overview.map(|o| serde_json::to_value(o).unwrap_or_default());
        if let Some(Json::Object(artifact)) = artifacts.get_mut("maestro_subworkflow") {
            artifact.extend(overview.map(|o| ("subworkflow_overview".to_owned(), o)));
            return artifacts;
        }
        let Some(loops) = &self.state.iterations else { return artifacts };
        if let Some(Json::Object(artifact)) = artifacts.get_mut("maestro_foreach") {
            artifact.insert("total_loop_count".to_owned(), loops.total.into());
            artifact.insert("next_loop_index".to_owned(), loops.next.saturating_sub(1).into());
            artifact.insert("foreach_overview".to_owned(), self.foreach_overview(loops));
        } else if let Some(Json::Object(artifact)) = artifacts.get_mut("maestro_while") {
            let last = loops.ended.iter().find(|(_, ended)| ended.contains(loops.total));
            let last = last.map_or(InstanceStatus::InProgress, |(status, _)| *status);
            let mut rollup = self.data.rollup.clone();
            rollup.merge(&self.children.rollup);
            artifact.extend([
                ("last_iteration".to_owned(), loops.total.into()),
                ("last_status".to_owned(), last.as_str().into()),
                ("last_overview".to_owned(), overview.unwrap_or_default()),
                ("rollup".to_owned(), serde_json::to_value(rollup).unwrap_or_default()),
                ("loop_param_values".to_owned(), self.data.loop_values.clone().into()),
            ]);
        }
        artifacts
    }

    /// What ended under `stats` and `rollup`, what goes on under their running counterparts.
    fn foreach_overview(&self, loops: &LoopState) -> Json {
        let (mut stats, mut running) = (loops.stats(), loops.stats());
        stats.retain(|status, _| status.is_terminal());
        running.retain(|status, _| *status == InstanceStatus::InProgress);
        let mut overview = json!({
            "checkpoint": loops.checkpoint(), "stats": stats, "running_stats": running,
            "rollup": self.data.rollup, "running_rollup": self.children.rollup,
            "details": loops.details(),
        });
        let (kept, restarted) = (&loops.kept, &self.data.restarted);
        if !kept.is_empty() || !restarted.is_empty() {
            let lists = json!({"kept": kept.to_json(), "restarted": restarted.to_json()});
            overview["restart_info"] = lists;
        }
        overview
    }

    /// The children that go on, by key, and the one whose overview an artifact shows.
    fn live_children(&self) -> (Vec<RunKey>, Option<RunKey>) {
        let of = |name: &str, field: &str| self.data.artifacts.get(name)?.get(field).cloned();
        let iteration = |workflow: &str, run: &str, name: &str, index: u32| {
            let rerun = self.data.reruns.get(&index).map(|rerun| rerun.run_id);
            Some(RunKey {
                workflow_id: of(name, workflow)?.as_str()?.to_owned(),
                instance_id: index.into(),
                run_id: rerun.or_else(|| of(name, run)?.as_i64())?,
            })
        };
        let Some(loops) = &self.state.iterations else {
            return (Vec::new(), self.data.child.clone().filter(|_| self.state.child_active));
        };
        let foreach =
            |index| iteration("foreach_workflow_id", "foreach_run_id", "maestro_foreach", index);
        let of_while = |index| iteration("loop_workflow_id", "loop_run_id", "maestro_while", index);
        let each = |index| foreach(index).or_else(|| of_while(index));
        (loops.active.iter().filter_map(|index| each(*index)).collect(), of_while(loops.total))
    }
}

impl Engine {
    /// A run; the latest one when `run_id` is 0.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn view(&self, run: &RunKey) -> Result<RunView, RunError> {
        RunView::read(&**self.store(), run).await
    }

    /// The latest attempts of a run's steps in the order of their creation, or all attempts.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn steps(&self, run: &RunKey, all: bool) -> Result<Vec<StepView>, RunError> {
        StepView::read(&**self.store(), run, all).await
    }
}

impl RunView {
    /// Reads a run from a store.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn read(store: &dyn Store, run: &RunKey) -> Result<RunView, RunError> {
        let row = store.instance(run).await?;
        let row = row.ok_or_else(|| {
            RunError::NotFound(match run.run_id {
                0 => format!("run `{}:{}`", run.workflow_id, run.instance_id),
                _ => format!("run `{run}`"),
            })
        })?;
        let info: Info = read(&row.info)?;
        let params = params(store, &row, &info).await?;
        let mut state: RunState = read(&row.state)?;
        if state.overview.is_none() {
            let look = Looker::new(store).run(row.clone()).await?;
            (state.overview, state.aggregate) = (Some(look.overview), look.aggregate);
        }
        Ok(RunView { info, state, params, row })
    }
}

/// The params of a stored run: an iteration has those of its container, and its own over them.
pub(super) async fn params(
    store: &dyn Store,
    row: &InstanceRow,
    info: &Info,
) -> Result<Params, RunError> {
    let mut layers: Vec<Params> = vec![read(&row.params)?];
    let mut above = info.parent.clone();
    while let Some(parent) = above.filter(|parent| parent.index.is_some()) {
        let Some(row) = store.instance(&parent.run).await? else { break };
        layers.push(read(&row.params)?);
        above = read::<Info>(&row.info)?.parent;
    }
    let mut params = layers.pop().unwrap_or_default();
    while let Some(own) = layers.pop() {
        params.extend(own);
    }
    Ok(params)
}

impl StepView {
    /// Reads the attempts of a run from a store.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn read(
        store: &dyn Store,
        run: &RunKey,
        all: bool,
    ) -> Result<Vec<StepView>, RunError> {
        let mut views = Vec::new();
        let mut looker = Looker::new(store);
        for row in store.steps(run, all).await? {
            let mut view = StepView {
                state: read(&row.state)?,
                data: step_data(&row)?,
                step_id: row.step_id,
                children: Children::default(),
            };
            let (live, shown) = view.live_children();
            for child in live {
                if let Some(overview) = looker.child(&child).await? {
                    view.children.rollup.merge(&overview.rollup_overview);
                }
            }
            if let Some(child) = shown {
                view.children.overview = looker.child(&child).await?;
            }
            views.push(view);
        }
        views.sort_by_key(|view| (view.state.ordinal, view.state.attempt));
        Ok(views)
    }
}
