//! Going on where the store says the engine was.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde::de::DeserializeOwned;
use serde_json::Value as Json;

use super::eval::Finished;
use super::inline::iteration_key;
use super::launch::new_flow;
use super::restart::seeds;
use super::state::{Info, Run, RunState, StepData};
use super::world::{Key, World};
use super::{Resume, RunError};
use crate::core::{At, Effect, StepState};
use crate::plan::{Params, Plan};
use crate::status::InstanceStatus;
use crate::store::{InstanceRow, RunKey, StepRow, Store, StoreError};

/// Reads a stored document.
pub(super) fn read<T: DeserializeOwned>(text: &str) -> Result<T, StoreError> {
    serde_json::from_str(text).map_err(|error| StoreError::Document(error.to_string()))
}

impl World {
    pub(super) async fn recover(&mut self) -> Result<(), RunError> {
        self.recall_answers().await?;
        self.recall_breakpoints().await?;
        for (_, template) in self.store.entries(super::template::KIND).await? {
            // What was stored was read before.
            let _ = self.templates.add(&read(&template)?);
        }
        for (tag, limit) in super::command::tag_permits(&*self.store).await? {
            self.permits.limit(&tag, limit.parse().ok());
        }
        self.load_internal_ids().await?;
        self.load_schedules().await?;
        for id in self.store.workflows().await? {
            if let Some((_, _, latest)) = self.store.workflow(&id).await? {
                self.latest.insert(id, latest);
            }
        }
        let mut keys = Vec::new();
        let only = match &self.options.resume {
            Resume::All => None,
            Resume::Nothing => return Ok(()),
            Resume::Only(key) => match self.store.instance(key).await? {
                Some(row) => Some(read::<Info>(&row.info)?.correlation_id),
                None => return Ok(()),
            },
        };
        for row in self.store.live(None).await? {
            if let Some(tree) = &only
                && read::<Info>(&row.info)?.correlation_id != *tree
            {
                continue;
            }
            let run = self.load(row).await?;
            keys.push(Arc::clone(&run.key));
            self.runs.insert(Arc::clone(&run.key), run);
        }
        for key in &keys {
            self.reconcile(key).await?;
        }
        let now = self.clock.now();
        for key in &keys {
            if let Some(run) = self.runs.get_mut(key) {
                for effect in run.flow.resume(now) {
                    // What is held counts before anyone asks for more.
                    match effect {
                        Effect::HoldPermits(_) => {
                            self.effects.push_front((Arc::clone(key), effect))
                        }
                        _ => self.effects.push_back((Arc::clone(key), effect)),
                    }
                }
            }
        }
        self.resume_unheld().await?;
        let mut workflows: Vec<String> = keys
            .iter()
            .filter(|key| self.runs.get(*key).is_some_and(|run| run.queued))
            .map(|key| key.workflow_id.clone())
            .collect();
        workflows.dedup();
        for workflow in workflows {
            self.dequeue(&workflow).await?;
        }
        match self.options.resume {
            Resume::All => self.fire_all_triggers().await,
            _ => Ok(()),
        }
    }

    /// Children that a container counts as running, and that ended or were never stored: what was
    /// decided about them came too late for the store.
    async fn reconcile(&mut self, key: &Key) -> Result<(), RunError> {
        let Some(run) = self.runs.get(key) else { return Ok(()) };
        let mut expected: Vec<(At, Option<u32>, RunKey)> = Vec::new();
        for place in run.flow.dag().places() {
            let Some(step) = run.flow.step(place).filter(|s| !s.status().is_terminal()) else {
                continue;
            };
            let at = At { place, attempt: step.attempt };
            let active = step.iterations.iter().flat_map(|i| i.active.iter());
            expected.extend(active.map(|i| (at, Some(*i), iteration_key(run, place, *i))));
            if let Some(child) = run.data.get(place).and_then(|d| d.child.clone())
                && step.child_active
            {
                expected.push((at, None, child));
            }
        }
        for (at, index, child) in expected {
            if self.runs.contains_key(&child) {
                continue;
            }
            match (self.store.instance(&child).await?, index) {
                (Some(row), _) => self.ended_before(row).await?,
                (None, Some(index)) => {
                    self.effects.push_back((Arc::clone(key), Effect::Launch { at, index }));
                }
                (None, None) => {}
            }
        }
        Ok(())
    }

    /// Tells the parent of a stored instance about its end.
    async fn ended_before(&mut self, row: InstanceRow) -> Result<(), RunError> {
        let (info, state): (Info, RunState) = (read(&row.info)?, read(&row.state)?);
        let Some(parent) = info.parent.filter(|_| row.status.is_terminal()) else { return Ok(()) };
        let mut results = super::settings::kept_results(&match info.restart_from {
            Some(_) => earlier(&*self.store, &row.key).await?,
            None => Vec::new(),
        });
        let mut steps = Vec::new();
        for row in self.store.steps(&row.key, false).await? {
            let (step, data): (StepState, StepData) = (read(&row.state)?, step_data(&row)?);
            steps.push((step.ordinal, data.params));
        }
        steps.sort_by_key(|(ordinal, _)| *ordinal);
        for (_, params) in steps {
            results.extend(super::eval::values(&params));
        }
        let rollup = state.overview.as_ref().map(|o| o.rollup_overview.clone()).unwrap_or_default();
        self.child_ended(&parent, row.status, &rollup, results, state.overview);
        Ok(())
    }

    async fn load(&mut self, row: InstanceRow) -> Result<Run, RunError> {
        let info: Info = read(&row.info)?;
        let params = super::view::params(&*self.store, &row, &info).await?;
        let plan = self.plan(&info.definition, Some(info.version)).await?;
        let plan = plan.ok_or_else(|| no_version(&info))?;
        load(&*self.store, row, info, plan, params).await
    }

    /// The key of a live run as the world keeps it.
    pub(super) fn live_key(&self, key: &RunKey) -> Option<Key> {
        self.runs.get_key_value(key).map(|(key, _)| Arc::clone(key))
    }
}

/// What a stored attempt carries.
pub(super) fn step_data(row: &StepRow) -> Result<StepData, StoreError> {
    let mut data: StepData = read(&row.data)?;
    let params: Params = read(row.params.as_deref().unwrap_or("{}"))?;
    data.params = Arc::new(params);
    Ok(data)
}

/// A param of a stored attempt.
pub(super) fn stored_param(row: &StepRow, name: &str) -> Option<Json> {
    let data = step_data(row).ok()?;
    data.params.get(name).cloned()
}

/// There is no such version any more.
pub(super) fn no_version(info: &Info) -> RunError {
    RunError::NotFound(format!("workflow `{}` version {}", info.definition, info.version))
}

/// A run as the store has it.
pub(super) async fn load(
    store: &dyn Store,
    row: InstanceRow,
    info: Info,
    plan: Arc<Plan>,
    params: Params,
) -> Result<Run, RunError> {
    let state: RunState = read(&row.state)?;
    let level = plan.level(&info.path).ok_or_else(|| no_version(&info))?;
    let mut flow = new_flow(&level, &info);
    let mut data: Vec<StepData> = level.steps.iter().map(|_| StepData::default()).collect();
    for (place, seed) in seeds(store, &row.key, &level, &info).await? {
        flow.keep(place, seed.kept.clone());
        if let Some(slot) = data.get_mut(place) {
            *slot = seed;
        }
    }
    let mut steps = Vec::new();
    for row in store.steps(&row.key, false).await? {
        let Some(place) = flow.dag().place(&row.step_id) else { continue };
        let step: StepState = read(&row.state)?;
        let stored = step_data(&row)?;
        flow.keep(place, stored.kept.clone());
        if let Some(slot) = data.get_mut(place) {
            *slot = stored;
        }
        steps.push((place, step));
    }
    let status = if row.queued { InstanceStatus::Created } else { row.status };
    let flow = flow.restore(status, state.closing, state.deadline, steps);
    let before = match &info.restart_from {
        Some(_) => earlier(store, &row.key).await?,
        None => Vec::new(),
    };
    Ok(Run {
        key: Arc::new(row.key),
        uuid: row.uuid,
        info: Arc::new(info),
        plan,
        level,
        flow,
        params: Arc::new(params),
        data,
        before,
        timeline: state.timeline,
        queued: row.queued,
        create_time: row.create_time,
        start_time: row.start_time,
        end_time: row.end_time,
        dirty: BTreeMap::new(),
        changed: false,
        tasks: HashMap::new(),
    })
}

/// The steps that earlier runs completed: the latest of each, for references.
pub(super) async fn earlier(store: &dyn Store, key: &RunKey) -> Result<Vec<Finished>, RunError> {
    let mut found: Vec<Finished> = Vec::new();
    for run_id in (1..key.run_id).rev() {
        let run = RunKey { run_id, ..key.clone() };
        for row in store.steps(&run, false).await? {
            if row.status.is_complete() && found.iter().all(|step| step.id != row.step_id) {
                let data = step_data(&row)?;
                let state: StepState = read(&row.state)?;
                found.push(Finished {
                    id: row.step_id.clone(),
                    params: data.params,
                    status: row.status,
                    end_time: state.runtime.end_time,
                    artifacts: Arc::new(data.artifacts),
                    rollup: data.rollup,
                });
            }
        }
    }
    Ok(found)
}
