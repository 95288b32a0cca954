//! Running again: what a restart drives, level by level.
//!
//! A restart is asked for one instance. The new run is that of the topmost instance that nothing
//! above waits for, and the path down to the one asked for goes with it: on its way each level
//! runs the step that leads on, and below the other containers what did not succeed runs again.
//! What a level begins with follows from its earlier runs in the store, so that a process that
//! dies finds it again.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::again::{Again, BEGINNING, INCOMPLETE, Rerun, Target, part};
use super::child::MAX_DEPTH;
use super::inline::{self, iteration_key};
use super::launch::Pending;
use super::obey::Reply;
use super::recover::{earlier, read, step_data};
use super::state::{Info, RunState, StepData};
use super::world::{Key, World};
use super::{RestartRequest, RunError, Started};
use crate::core::{Action, At, Event, Ranges, StepState};
use crate::graph::{self, Aggregate, Rollup, StepSummary};
use crate::plan::{Level, Params};
use crate::status::InstanceStatus;
use crate::store::{InstanceRow, RunKey, Store};

/// What a restart leads to.
enum Restarted {
    /// A new run, whose params are to be evaluated.
    Run(Box<Pending>, Params),
    /// A new attempt within a run that goes on.
    Attempt(Started),
}

/// The latest run of an instance.
fn latest(key: &RunKey) -> RunKey {
    RunKey { run_id: 0, ..key.clone() }
}

impl World {
    /// Obeys a user's restart.
    pub(super) async fn restart(
        &mut self,
        request: RestartRequest,
        reply: Reply<Started>,
    ) -> Result<(), RunError> {
        let result = match self.restarted(request).await {
            Err(error @ RunError::Store(_)) => return Err(error),
            Ok(Restarted::Run(mut pending, params)) => {
                pending.reply = Some(reply);
                self.prepare(*pending, Some(params));
                return Ok(());
            }
            Ok(Restarted::Attempt(started)) => Ok(started),
            Err(error) => Err(error),
        };
        self.reply(reply, result);
        Ok(())
    }

    async fn restarted(&mut self, request: RestartRequest) -> Result<Restarted, RunError> {
        let missing = |key: &RunKey| {
            RunError::NotFound(format!("instance `{}:{}`", key.workflow_id, key.instance_id))
        };
        let policy = if request.policy == BEGINNING { BEGINNING } else { INCOMPLETE };
        let mut again = Again { policy: policy.to_owned(), ..Again::default() };
        let mut asked = Target {
            workflow_id: request.workflow_id,
            instance_id: request.instance_id,
            step: request.step,
            skip: request.skip,
            run_params: request.run_params,
            step_run_params: request.step_run_params,
        };
        let mut key = RunKey {
            workflow_id: asked.workflow_id.clone(),
            instance_id: asked.instance_id,
            run_id: 0,
        };
        let (row, info) = loop {
            let row = self.store.instance(&key).await?.ok_or_else(|| missing(&key))?;
            if !row.status.is_terminal() {
                let started = self.restart_live(&row.key, asked, again).await?;
                return Ok(Restarted::Attempt(started));
            }
            let info: Info = read(&row.info)?;
            let Some(parent) = info.parent.as_ref().filter(|parent| parent.sync) else {
                break (row, info);
            };
            if again.path.len() > MAX_DEPTH as usize {
                return Err(RunError::Refused("the instance is nested too deep".to_owned()));
            }
            key = latest(&parent.run);
            let above = Target {
                workflow_id: key.workflow_id.clone(),
                instance_id: key.instance_id,
                step: Some(parent.step.clone()),
                ..Target::default()
            };
            again.path.insert(0, std::mem::replace(&mut asked, above));
        };
        let params: Params = read(&row.params)?;
        let mut pending = self.run_again(row, info, asked, again, false).await?;
        if let Some(uuid) = request.request_id {
            pending.uuid = uuid;
        }
        Ok(Restarted::Run(Box::new(pending), params))
    }

    /// The new run of an instance. `or_all`: everything, where nothing is incomplete.
    async fn run_again(
        &mut self,
        row: InstanceRow,
        info: Info,
        asked: Target,
        again: Again,
        or_all: bool,
    ) -> Result<Pending, RunError> {
        let missing = || RunError::NotFound(format!("workflow `{}`", info.definition));
        let plan = self.plan(&info.definition, Some(info.version)).await?.ok_or_else(missing)?;
        let level = plan.level(&info.path).unwrap_or_else(|| Arc::clone(&plan.top));
        let baseline = self.over_all_runs(&row, &level).await?;
        let all = again.policy == BEGINNING && again.path.is_empty();
        let step = asked.step.as_deref();
        let part = part(&level.dag, baseline.as_ref(), step, all, or_all)?;
        let mut step_run_params = Map::new();
        if let (Some(step), false) = (step, asked.step_run_params.is_empty()) {
            step_run_params.insert(step.to_owned(), Json::Object(asked.step_run_params));
        }
        let info = Info {
            run_properties: Json::Null,
            policy: part.policy.to_owned(),
            run_params: asked.run_params,
            step_run_params,
            skip_steps: asked.step.filter(|_| asked.skip).into_iter().collect(),
            restart_from: part.from,
            held: part.held,
            baseline,
            again: Some(again),
            ..info
        };
        let key = RunKey { run_id: row.key.run_id.saturating_add(1), ..row.key };
        Ok(Pending {
            seeds: seeds(&*self.store, &key, &level, &info).await?,
            before: earlier(&*self.store, &key).await?,
            uuid: uuid::Uuid::new_v4().to_string(),
            key,
            info,
            plan,
            persist_failed: false,
            fire: None,
            reply: None,
        })
    }

    /// The view over all runs of an instance; that of iterations is not stored.
    async fn over_all_runs(
        &mut self,
        row: &InstanceRow,
        level: &Level,
    ) -> Result<Option<Aggregate>, RunError> {
        let view = read::<RunState>(&row.state)?.aggregate;
        if view.is_some() {
            return Ok(view);
        }
        let mut steps = HashMap::new();
        for run_id in 1..=row.key.run_id {
            for step in self.store.steps(&RunKey { run_id, ..row.key.clone() }, false).await? {
                let state: StepState = read(&step.state)?;
                let summary = StepSummary {
                    status: Some(state.status()),
                    start_time: state.runtime.start_time,
                    end_time: state.runtime.end_time,
                };
                steps.insert(step.step_id, summary);
            }
        }
        let of = |place| steps.get(level.dag.id(place)).cloned().unwrap_or_default();
        let run = u64::try_from(row.key.run_id).unwrap_or(0);
        Ok(Some(graph::aggregate(None, run, row.status, &level.dag, of)))
    }

    /// The new run of a child, as its container says.
    async fn child_again(&mut self, row: InstanceRow, again: &Again) -> Result<Pending, RunError> {
        let info: Info = read(&row.info)?;
        let policy = again.policy.clone();
        let (asked, again) = match again.path.split_first() {
            Some((asked, path)) if asked.is(&row.key) => {
                (asked.clone(), Again { policy, path: path.to_vec(), ..Again::default() })
            }
            Some(_) => (Target::default(), Again::incomplete()),
            None => (Target::default(), Again { policy, ..Again::default() }),
        };
        self.run_again(row, info, asked, again, true).await
    }

    /// The new run of the instance that a subworkflow step had before, if it had one.
    pub(super) async fn subworkflow_again(
        &mut self,
        key: &Key,
        at: At,
    ) -> Result<Option<(Pending, Params)>, RunError> {
        let data = self.runs.get(key).and_then(|run| run.data.get(at.place));
        let Some((again, child)) = data.and_then(|d| d.again.clone().zip(d.child.clone())) else {
            return Ok(None);
        };
        let row = self.store.instance(&latest(&child)).await?;
        let Some(row) = row.filter(|row| row.status.is_terminal()) else { return Ok(None) };
        let params = read(&row.params)?;
        Ok(Some((self.child_again(row, &again).await?, params)))
    }

    /// The new run of an iteration that there was before, if there was one.
    pub(super) async fn iteration_again(
        &mut self,
        key: &Key,
        at: At,
        index: u32,
    ) -> Result<Option<Pending>, RunError> {
        let Some(run) = self.runs.get(key) else { return Ok(None) };
        let again = run.data.get(at.place).and_then(|data| match data.reruns.get(&index) {
            Some(rerun) => Some(rerun.again.clone()),
            None => data.again.clone(),
        });
        let Some(again) = again else { return Ok(None) };
        let child = iteration_key(run, at.place, index);
        let row = self.store.instance(&latest(&child)).await?;
        match row.filter(|row| row.status.is_terminal() && row.key.run_id < child.run_id) {
            Some(row) => Ok(Some(self.child_again(row, &again).await?)),
            None => Ok(None),
        }
    }

    /// A new attempt of a step within a run that goes on.
    async fn restart_live(
        &mut self,
        key: &RunKey,
        asked: Target,
        mut again: Again,
    ) -> Result<Started, RunError> {
        let name = format!("instance `{}:{}`", key.workflow_id, key.instance_id);
        let refused = |why: &str| RunError::Refused(format!("{name} {why}"));
        let step = asked.step.ok_or_else(|| refused("is not terminal"))?;
        let key = self.live_key(key).ok_or_else(|| refused("is not running"))?;
        let store = Arc::clone(&self.store);
        let run = self.runs.get_mut(&key).ok_or_else(|| refused("is not running"))?;
        let place = run.flow.dag().place(&step);
        let place = place.ok_or_else(|| RunError::NotFound(format!("step `{step}`")))?;
        let event = if asked.skip {
            Event::Act(place, Action::Skip, false)
        } else if run.flow.spec(place).held && run.flow.step(place).is_none() {
            return Err(refused("holds this step: restart it once the run is over"));
        } else if run.flow.may_restart(place) {
            again.params = asked.step_run_params;
            let (kind, state) = (run.flow.spec(place).kind, run.flow.step(place).cloned());
            let inline = inline::workflow(kind, &step, &key, &run.info);
            if let (Some(state), Some(data)) = (state, run.data.get_mut(place)) {
                let params = Arc::clone(&data.params);
                *data = std::mem::take(data).again(kind, &inline, &state, &again);
                data.params = params;
                data.take_out_restarted(&*store, &inline).await?;
                run.flow.keep(
                    place,
                    run.data.get(place).map_or_else(Ranges::default, |d| d.kept.clone()),
                );
            }
            Event::Restart(place)
        } else if let Some(index) = again.path.first().and_then(|child| run.iteration(place, child))
        {
            let RunKey { workflow_id: inline, run_id, .. } = iteration_key(run, place, index);
            let run_id = run_id.saturating_add(1);
            if let Some(data) = run.data.get_mut(place) {
                data.rollup.take_out(&rollup_of(&*store, &inline, index).await?);
                data.restarted.insert(index);
                data.reruns.insert(index, Rerun { run_id, again });
            }
            run.touch(place, false);
            Event::Rerun(place, index)
        } else {
            return Err(refused("runs, and the step cannot be restarted now"));
        };
        self.apply(&key, event);
        let run = RunKey::clone(&key);
        Ok(Started { run, status: InstanceStatus::InProgress, duplicated: false })
    }
}

/// What the containers of a restarted run begin with: the children that they had before.
pub(super) async fn seeds(
    store: &dyn Store,
    key: &RunKey,
    level: &Level,
    info: &Info,
) -> Result<Vec<(usize, StepData)>, RunError> {
    let mut seeds = Vec::new();
    let Some(again) = &info.again else { return Ok(seeds) };
    for (place, spec) in level.specs.iter().enumerate() {
        if !spec.kind.is_container() {
            continue;
        }
        for run_id in (1..key.run_id).rev() {
            let rows = store.steps(&RunKey { run_id, ..key.clone() }, false).await?;
            let id = level.dag.id(place);
            if let Some(row) = rows.iter().find(|row| row.step_id == id) {
                let (state, data): (StepState, _) = (read(&row.state)?, step_data(row)?);
                let inline = inline::workflow(spec.kind, id, key, info);
                let mut data = data.again(spec.kind, &inline, &state, again);
                data.take_out_restarted(store, &inline).await?;
                seeds.push((place, data));
                break;
            }
        }
    }
    Ok(seeds)
}

impl StepData {
    /// Leaves what runs again out of the leaf steps that there were before.
    async fn take_out_restarted(
        &mut self,
        store: &dyn Store,
        inline: &str,
    ) -> Result<(), RunError> {
        if self.kept.is_empty() {
            return Ok(());
        }
        for (from, to) in self.restarted.iter() {
            for index in from..=to {
                let before = rollup_of(store, inline, index).await?;
                self.rollup.take_out(&before);
            }
        }
        Ok(())
    }
}

/// The leaf steps of the latest run of an iteration that is over.
async fn rollup_of(store: &dyn Store, inline: &str, index: u32) -> Result<Rollup, RunError> {
    let instance_id = i64::from(index);
    let key = RunKey { workflow_id: inline.to_owned(), instance_id, run_id: 0 };
    let Some(row) = store.instance(&key).await? else { return Ok(Rollup::default()) };
    let overview = read::<RunState>(&row.state)?.overview;
    Ok(overview.map(|overview| overview.rollup_overview).unwrap_or_default())
}
