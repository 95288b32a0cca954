//! New instances, whoever starts them, and which of them begins next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Value as Json, json};
use tokio::sync::mpsc;

use super::child::Child;
use super::eval::{Evaluator, Scope};
use super::obey::Reply;
use super::properties::of_run;
use super::schedule::Fire;
use super::state::{Info, Parent, Run, StepData};
use super::world::{After, Key, Msg, World};
use super::{RunError, StartRequest, Started, again, settings};
use crate::core::{Closing, Entry, Event, Flow, OnStart, Rule, dequeue, on_start};
use crate::model::Tag;
use crate::plan::{Level, Params, Plan};
use crate::status::{InstanceStatus, StepStatus};
use crate::store::{InstanceRow, RunKey, Write};

/// What the instances of subworkflows are tagged.
const SUBWORKFLOW_TAG: &str = "maestro_subworkflow";

/// An instance whose params are being evaluated.
pub(super) struct Pending {
    pub(super) key: RunKey,
    pub(super) uuid: String,
    pub(super) info: Info,
    pub(super) plan: Arc<Plan>,
    pub(super) before: Vec<super::eval::Finished>,
    pub(super) seeds: Vec<(usize, StepData)>,
    pub(super) persist_failed: bool,
    /// The fire of a time trigger that it follows from.
    pub(super) fire: Option<Fire>,
    pub(super) reply: Option<Reply<Started>>,
}

/// A new instance while its params are evaluated: whatever happens, the run loop gets it back.
struct Held {
    tx: mpsc::UnboundedSender<Msg>,
    pending: Option<Box<Pending>>,
}

impl Held {
    fn tell(&mut self, result: Result<Params, RunError>) {
        if let Some(pending) = self.pending.take() {
            let _ = self.tx.send(Msg::Prepared(pending, result));
        }
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        let message = "the engine failed: it panicked while the params were evaluated";
        self.tell(Err(RunError::Internal(message.to_owned())));
    }
}

impl World {
    /// The version that a selector means.
    pub(super) async fn select(&mut self, id: &str, selector: &str) -> Result<Arc<Plan>, RunError> {
        let missing = || RunError::NotFound(format!("workflow `{id}` version `{selector}`"));
        let (active, latest, instance) = self.store.workflow(id).await?.ok_or_else(missing)?;
        self.latest.entry(id.to_owned()).or_insert(instance);
        let version = match selector.to_lowercase().as_str() {
            "active" => active.ok_or_else(missing)?,
            "latest" => latest,
            "default" | "" => active.unwrap_or(latest),
            number => number.parse().map_err(|_| missing())?,
        };
        self.plan(id, Some(version)).await?.ok_or_else(missing)
    }

    /// Begins to start an instance: an id is taken, params are evaluated aside.
    pub(super) async fn start(
        &mut self,
        request: StartRequest,
        parent: Option<(Parent, String, u32)>,
        fire: Option<Fire>,
        reply: Option<Reply<Started>>,
    ) -> Result<(), RunError> {
        let plan = match self.select(&request.workflow_id, &request.version).await {
            Ok(plan) => plan,
            Err(error) => {
                if let Some((parent, ..)) = &parent {
                    self.child_refused(parent, &error.to_string());
                }
                self.fired(fire.as_ref());
                self.answer(reply, Err(error));
                return Ok(());
            }
        };
        let uuid = request.request_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        if let Some(known) = self.store.instance_by_uuid(&plan.id, &uuid).await? {
            if let Some((parent, ..)) = &parent {
                self.attach(parent, &Child::stored(&known)?);
            }
            self.fired(fire.as_ref());
            self.answer(
                reply,
                Ok(Started { run: known.key, status: known.status, duplicated: true }),
            );
            return Ok(());
        }
        let latest = self.latest.entry(plan.id.clone()).or_insert(0);
        *latest = latest.saturating_add(1);
        let key = RunKey { workflow_id: plan.id.clone(), instance_id: *latest, run_id: 1 };
        let (parent, correlation, depth) = match parent {
            Some((parent, correlation, depth)) => (Some(parent), correlation, depth),
            None => (None, key.to_string(), 0),
        };
        let info = Info {
            run_properties: Json::Null,
            internal_id: self.internal_id(&plan.id),
            runtime_tags: parent.iter().map(|_| Tag::system(SUBWORKFLOW_TAG)).collect(),
            definition: plan.id.clone(),
            version: plan.version,
            path: Vec::new(),
            correlation_id: correlation,
            initiator: request.initiator,
            parent,
            depth,
            policy: "START_FRESH_NEW_RUN".to_owned(),
            run_params: request.run_params,
            step_run_params: request.step_run_params,
            skip_steps: Vec::new(),
            restart_from: None,
            held: Vec::new(),
            baseline: None,
            again: None,
        };
        let persist_failed = request.persist_failed_run;
        let (before, seeds) = (Vec::new(), Vec::new());
        let pending = Pending { key, uuid, info, plan, before, seeds, persist_failed, fire, reply };
        self.prepare(pending, None);
        Ok(())
    }

    pub(super) fn prepare(&mut self, pending: Pending, restart: Option<Params>) {
        self.preparing = self.preparing.saturating_add(1);
        let mut scope = Scope {
            key: pending.key.clone(),
            owner: pending.plan.owner().unwrap_or_default().to_owned(),
            initiator: pending.info.initiator.clone(),
            policy: pending.info.policy.clone(),
            workflow: Arc::default(),
            steps: Vec::new(),
            step: None,
            now: self.clock.now(),
            store: Arc::clone(&self.store),
            handle: tokio::runtime::Handle::current(),
            definition: Arc::new(json!({"workflow": pending.plan.definition,
                                        "properties": pending.plan.properties})),
        };
        let evaluator = Arc::clone(&self.evaluator);
        let mut held = Held { tx: self.tx.clone(), pending: Some(Box::new(pending)) };
        self.after.push(After::Blocking(Box::new(move || {
            let Some(pending) = held.pending.as_deref_mut() else { return };
            let upstream = pending.info.parent.as_ref().map(|_| "SUBWORKFLOW");
            let run = &pending.info.run_params;
            let result = evaluator.workflow(run, upstream, restart.as_ref(), &scope);
            let result = result.and_then(|params| {
                // What cannot be read is refused now, not found out when the instance begins.
                scope.workflow = Arc::new(params);
                run_timeout(&pending.plan, &*evaluator, Some(&scope))?;
                pending.info.run_properties = of_run(&pending.plan, &*evaluator, &scope);
                Ok(Arc::unwrap_or_clone(std::mem::take(&mut scope.workflow)))
            });
            held.tell(result.map_err(RunError::Params));
        })));
    }

    /// The params are there: the run strategy decides.
    pub(super) async fn prepared(
        &mut self,
        mut pending: Pending,
        result: Result<Params, RunError>,
    ) -> Result<(), RunError> {
        self.preparing = self.preparing.saturating_sub(1);
        let reply = pending.reply.take();
        let fire = pending.fire.take();
        let params = match result {
            Ok(params) => params,
            Err(error) => {
                let message = error.to_string();
                if pending.persist_failed {
                    self.persist_failed(&pending, &message);
                }
                self.fired(fire.as_ref());
                if let Some(parent) = &pending.info.parent {
                    self.child_refused(parent, &message);
                }
                self.answer(reply, Err(error));
                return Ok(());
            }
        };
        // The child of an asynchronous step, restarted by itself, is expected by nobody.
        let by_its_step = reply.is_none() && fire.is_none();
        if by_its_step && pending.info.parent.as_ref().is_some_and(|parent| !self.expects(parent)) {
            return Ok(());
        }
        // Another request may have done the same while the params were evaluated.
        if let Some(row) = self.taken(&pending).await? {
            if let Some(parent) = &pending.info.parent {
                self.attach(parent, &Child::stored(&row)?);
            }
            self.fired(fire.as_ref());
            self.answer(reply, Ok(Started { run: row.key, status: row.status, duplicated: true }));
            return Ok(());
        }
        let parent = pending.info.parent.clone();
        let (rule, _) = self.strategy(&pending.key.workflow_id).await?;
        let present = self.present(&pending.key.workflow_id);
        let decision = on_start(rule, &present);
        let mut run = self.new_run(pending, params);
        let key = Arc::clone(&run.key);
        run.queued = true;
        if let Some(parent) = &parent {
            let (version, uuid) = (run.info.version, run.uuid.as_str());
            let child = Child { key: &key, version, uuid, status: InstanceStatus::Created };
            self.attach(parent, &child);
        }
        // The id is taken in the transaction that makes the instance: a crash leaves no gap.
        self.batch.push(Write::LatestInstance(key.workflow_id.clone(), key.instance_id));
        self.batch.push(run.row(&run.params));
        self.fired(fire.as_ref());
        self.runs.insert(Arc::clone(&key), run);
        self.announce(&key, None, None, InstanceStatus::Created.as_str());
        let mut status = InstanceStatus::Created;
        match decision {
            OnStart::Queue => {}
            OnStart::StopNew => {
                status = InstanceStatus::Stopped;
                self.apply(&key, Event::Close(Closing::Stop));
            }
            OnStart::StopOthers(others) => {
                for other in others {
                    self.apply(&other, Event::Close(Closing::Stop));
                }
            }
        }
        let started = Started { run: RunKey::clone(&key), status, duplicated: false };
        self.answer(reply, Ok(started));
        self.dequeue(&key.workflow_id).await
    }

    fn answer(&mut self, reply: Option<Reply<Started>>, result: Result<Started, RunError>) {
        if let Some(reply) = reply {
            self.reply(reply, result);
        }
    }

    /// Whether a step still waits for its child to be started: it may have been stopped meanwhile.
    fn expects(&self, parent: &Parent) -> bool {
        let run = self.runs.get(&parent.run);
        run.and_then(|run| run.flow.step(parent.place))
            .is_some_and(|s| s.attempt == parent.attempt && s.status() == StepStatus::Starting)
    }

    /// The run that has the name or the request id of a new one already.
    async fn taken(&mut self, pending: &Pending) -> Result<Option<InstanceRow>, RunError> {
        let id = &pending.key.workflow_id;
        self.save().await?;
        match self.store.instance_by_uuid(id, &pending.uuid).await? {
            Some(row) => Ok(Some(row)),
            None if pending.key.run_id > 1 => Ok(self.store.instance(&pending.key).await?),
            None => Ok(None),
        }
    }

    fn persist_failed(&mut self, pending: &Pending, message: &str) {
        let now = self.clock.now();
        let state = super::state::RunState {
            timeline: vec![json!({"timestamp": now, "type": "DETAILS", "message": message})],
            ..super::state::RunState::default()
        };
        let (workflow, instance) = (pending.key.workflow_id.clone(), pending.key.instance_id);
        self.batch.push(Write::LatestInstance(workflow, instance));
        self.batch.push(Write::Instance(Box::new(crate::store::InstanceRow {
            key: pending.key.clone(),
            uuid: pending.uuid.clone(),
            status: InstanceStatus::Failed,
            queued: false,
            unblocked: false,
            parent: pending.info.parent.as_ref().map(Parent::subject),
            info: super::state::text(&pending.info),
            params: "{}".to_owned(),
            state: super::state::text(&state),
            create_time: now,
            start_time: None,
            end_time: Some(now),
        })));
        let key = Arc::new(pending.key.clone());
        self.announce(&key, None, None, InstanceStatus::Failed.as_str());
    }

    pub(super) fn new_run(&self, pending: Pending, params: Params) -> Run {
        let level =
            pending.plan.level(&pending.info.path).unwrap_or_else(|| Arc::clone(&pending.plan.top));
        let mut flow = new_flow(&level, &pending.info);
        let mut data: Vec<StepData> = level.steps.iter().map(|_| StepData::default()).collect();
        for (place, seed) in pending.seeds {
            flow.keep(place, seed.kept.clone());
            if let Some(slot) = data.get_mut(place) {
                *slot = seed;
            }
        }
        Run {
            key: Arc::new(pending.key),
            uuid: pending.uuid,
            info: Arc::new(pending.info),
            plan: pending.plan,
            level,
            flow,
            params: Arc::new(params),
            data,
            before: pending.before,
            timeline: Vec::new(),
            queued: false,
            create_time: self.clock.now(),
            start_time: None,
            end_time: None,
            dirty: BTreeMap::new(),
            changed: false,
            tasks: HashMap::new(),
        }
    }

    /// The instances of a workflow that are not terminal, in order.
    pub(super) fn present(&self, workflow_id: &str) -> Vec<Entry<Key>> {
        let mut present: Vec<Entry<Key>> = self
            .runs
            .values()
            .filter(|run| run.key.workflow_id == workflow_id && !run.flow.status().is_terminal())
            .map(|run| Entry { key: Arc::clone(&run.key), running: !run.queued })
            .collect();
        present.sort_by(|a, b| a.key.cmp(&b.key));
        present
    }

    /// Starts what the run strategy lets start.
    pub(super) async fn dequeue(&mut self, workflow_id: &str) -> Result<(), RunError> {
        let present = self.present(workflow_id);
        if present.is_empty() {
            return Ok(());
        }
        let (rule, concurrency) = self.strategy(workflow_id).await?;
        let blocked = rule == Rule::StrictSequential && {
            self.save().await?;
            self.store.is_blocked(workflow_id).await?
        };
        for key in dequeue(rule, concurrency, blocked, &present) {
            self.begin(&key);
        }
        Ok(())
    }

    pub(super) fn begin(&mut self, key: &Key) {
        let now = self.clock.now();
        let evaluator = Arc::clone(&self.evaluator);
        let scope = self.scope(key, None);
        let Some(run) = self.runs.get_mut(key) else { return };
        run.queued = false;
        run.start_time = Some(now);
        run.changed = true;
        let timeout = match run.is_inline() {
            true => None,
            // It was read when the instance was made.
            false => run_timeout(&run.plan, &*evaluator, scope.as_ref()).ok().flatten(),
        };
        self.announce(key, None, Some("CREATED"), InstanceStatus::InProgress.as_str());
        self.apply(key, Event::Begin { timeout });
    }
}

/// A run's state machine before anything happened, with what a restart says about it.
pub(super) fn new_flow(level: &Level, info: &Info) -> Flow {
    let dag = match &info.restart_from {
        None => Arc::clone(&level.dag),
        Some(ids) => {
            let from: Vec<usize> = ids.iter().filter_map(|id| level.dag.place(id)).collect();
            // The step that was asked for is the last one.
            let root = from.last().copied().filter(|_| info.policy == again::SPECIFIC);
            Arc::new(crate::graph::sub_dag(&level.dag, &from, root))
        }
    };
    let mut specs = level.specs.clone();
    for (spec, plan) in specs.iter_mut().zip(&level.steps) {
        spec.skip = info.skip_steps.contains(&plan.id);
        spec.held = info.held.contains(&plan.id);
    }
    Flow::new(dag, Arc::new(specs))
}

/// The timeout of a workflow in milliseconds, by the evaluated params of a scope.
fn run_timeout(
    plan: &Plan,
    evaluator: &dyn Evaluator,
    scope: Option<&Scope>,
) -> Result<Option<i64>, String> {
    let read = |value: &Json| {
        settings::text(value, |text| match scope {
            Some(scope) => evaluator.text(text, &Params::new(), scope),
            None => Ok(text.to_owned()),
        })
    };
    settings::timeout(plan.definition.get("timeout"), &read)
        .map_err(|message| format!("the timeout of the workflow: {message}"))
}
