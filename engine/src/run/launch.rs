//! New instances: by a user, a trigger or a subworkflow step; iterations; what is started next.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tokio::sync::oneshot;

use super::eval::{Evaluator, Scope, literal};
use super::state::{Info, Parent, Run, StepData};
use super::world::{After, Key, Msg, World};
use super::{RunError, StartRequest, Started, settings};
use crate::core::{
    Action, At, Closing, Entry, Event, Flow, OnStart, Rule, StepKind, dequeue, on_start,
};
use crate::graph::{Overview, Rollup};
use crate::plan::{Level, Params, Plan};
use crate::status::{InstanceStatus, StepStatus};
use crate::store::{RunKey, Write};

/// The deepest nesting of instances.
const MAX_DEPTH: u32 = 10;

/// An instance whose params are being evaluated.
pub(super) struct Pending {
    pub(super) key: RunKey,
    pub(super) uuid: String,
    pub(super) info: Info,
    pub(super) plan: Arc<Plan>,
    pub(super) before: Vec<super::eval::Finished>,
    pub(super) seeds: Vec<(usize, crate::core::Ranges, StepData)>,
    pub(super) persist_failed: bool,
    pub(super) reply: Option<oneshot::Sender<Result<Started, RunError>>>,
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
        reply: Option<oneshot::Sender<Result<Started, RunError>>>,
    ) -> Result<(), RunError> {
        let plan = match self.select(&request.workflow_id, &request.version).await {
            Ok(plan) => plan,
            Err(error) => {
                if let Some((parent, ..)) = &parent {
                    self.child_refused(parent, &error.to_string());
                }
                answer(reply, Err(error));
                return Ok(());
            }
        };
        let uuid = request.request_id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        if let Some(known) = self.store.instance_by_uuid(&plan.id, &uuid).await? {
            if let Some((parent, ..)) = &parent {
                self.attach(parent, &known.key, known.status);
            }
            answer(reply, Ok(Started { run: known.key, status: known.status, duplicated: true }));
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
        };
        let persist_failed = request.persist_failed_run;
        let (before, seeds) = (Vec::new(), Vec::new());
        self.prepare(Pending { key, uuid, info, plan, before, seeds, persist_failed, reply }, None);
        Ok(())
    }

    pub(super) fn prepare(&mut self, pending: Pending, restart: Option<Params>) {
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
        let (evaluator, tx) = (Arc::clone(&self.evaluator), self.tx.clone());
        self.after.push(After::Blocking(Box::new(move || {
            let upstream = pending.info.parent.as_ref().map(|_| "SUBWORKFLOW");
            let run = &pending.info.run_params;
            let result = evaluator.workflow(run, upstream, restart.as_ref(), &scope);
            let result = result.and_then(|params| {
                // What cannot be read is refused now, not found out when the instance begins.
                scope.workflow = Arc::new(params);
                run_timeout(&pending.plan, &*evaluator, Some(&scope))?;
                Ok(Arc::unwrap_or_clone(std::mem::take(&mut scope.workflow)))
            });
            let _ = tx.send(Msg::Prepared(Box::new(pending), result));
        })));
    }

    /// The params are there: the run strategy decides.
    pub(super) async fn prepared(
        &mut self,
        mut pending: Pending,
        result: Result<Params, String>,
    ) -> Result<(), RunError> {
        let reply = pending.reply.take();
        let params = match result {
            Ok(params) => params,
            Err(message) => {
                if pending.persist_failed {
                    self.persist_failed(&pending, &message);
                }
                if let Some(parent) = &pending.info.parent {
                    self.child_refused(parent, &message);
                }
                answer(reply, Err(RunError::Params(message)));
                return Ok(());
            }
        };
        if pending.info.parent.as_ref().is_some_and(|parent| !self.expects(parent)) {
            return Ok(());
        }
        // Another request may have done the same while the params were evaluated.
        if let Some((run, status)) = self.taken(&pending).await? {
            if let Some(parent) = &pending.info.parent {
                self.attach(parent, &run, status);
            }
            answer(reply, Ok(Started { run, status, duplicated: true }));
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
            self.attach(parent, &key, InstanceStatus::Created);
        }
        // The id is taken in the transaction that makes the instance: a crash leaves no gap.
        self.batch.push(Write::LatestInstance(key.workflow_id.clone(), key.instance_id));
        self.batch.push(run.row(&run.params));
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
        if let Some(reply) = reply {
            let started = Started { run: RunKey::clone(&key), status, duplicated: false };
            self.after.push(After::Reply(Box::new(move || answer(Some(reply), Ok(started)))));
        }
        self.dequeue(&key.workflow_id).await
    }

    /// Whether a step still waits for its child to be started: it may have been stopped meanwhile.
    fn expects(&self, parent: &Parent) -> bool {
        let run = self.runs.get(&parent.run);
        run.and_then(|run| run.flow.step(parent.place))
            .is_some_and(|s| s.attempt == parent.attempt && s.status() == StepStatus::Starting)
    }

    /// The run that has the name or the request id of a new one already.
    async fn taken(
        &mut self,
        pending: &Pending,
    ) -> Result<Option<(RunKey, InstanceStatus)>, RunError> {
        let id = &pending.key.workflow_id;
        self.save().await?;
        let same = self.store.instance_by_uuid(id, &pending.uuid).await?;
        let row = match same {
            Some(row) => Some(row),
            None if pending.key.run_id > 1 => self.store.instance(&pending.key).await?,
            None => None,
        };
        Ok(row.map(|row| (row.key, row.status)))
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
    }

    fn new_run(&self, pending: Pending, params: Params) -> Run {
        let level =
            pending.plan.level(&pending.info.path).unwrap_or_else(|| Arc::clone(&pending.plan.top));
        let mut flow = new_flow(&level, &pending.info);
        let mut data: Vec<StepData> = level.steps.iter().map(|_| StepData::default()).collect();
        for (place, kept, seed) in pending.seeds {
            flow.keep(place, kept);
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

    fn begin(&mut self, key: &Key) {
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

    /// Creates and starts an iteration of a foreach or while. Its params are literals already:
    /// those of the parent, those that the step defines, the values of the loop.
    pub(super) fn launch_iteration(&mut self, key: &Key, at: At, index: u32) {
        let now = self.clock.now();
        let Some(run) = self.runs.get(key) else { return };
        let (Some(plan), Some(data)) = (run.level.steps.get(at.place), run.data.get(at.place))
        else {
            return;
        };
        let depth = run.info.depth.saturating_add(1);
        let looping = run.flow.spec(at.place).kind == StepKind::While;
        let mut params = Params::new();
        for name in plan.params().into_iter().flat_map(Map::keys) {
            if name != "loop_params"
                && let Some(param) = data.params.get(name)
            {
                params.insert(name.clone(), param.clone());
            }
        }
        let values = if looping {
            data.loop_values.clone()
        } else {
            settings::loop_values(&data.params, index)
        };
        params
            .insert("loop_index".to_owned(), literal("LONG", index.saturating_sub(1).into(), now));
        if looping {
            params.insert("condition".to_owned(), literal("BOOLEAN", true.into(), now));
        }
        for (name, value) in values {
            params.insert(name, literal(settings::type_of(&value), value, now));
        }
        let mut all = Params::clone(&run.params);
        all.extend(params.iter().map(|(name, param)| (name.clone(), param.clone())));
        let mut path = run.info.path.clone();
        path.push(plan.id.clone());
        let parent = Parent {
            run: RunKey::clone(key),
            step: plan.id.clone(),
            place: at.place,
            attempt: at.attempt,
            index: Some(index),
            sync: true,
        };
        let kind = if looping { "while" } else { "foreach" };
        let child = iteration_key(run, at.place, index);
        let run_id = child.run_id;
        let info = Info {
            definition: run.info.definition.clone(),
            version: run.info.version,
            path,
            correlation_id: run.info.correlation_id.clone(),
            initiator: json!({"type": kind.to_uppercase(), "depth": depth,
                "ancestors": ancestors(&run.info.initiator, key, &plan.id, at.attempt, true)}),
            parent: Some(parent.clone()),
            depth,
            policy: "START_FRESH_NEW_RUN".to_owned(),
            run_params: Map::new(),
            step_run_params: run.info.step_run_params.clone(),
            skip_steps: Vec::new(),
            restart_from: None,
            held: Vec::new(),
            baseline: None,
        };
        let artifact = json!({"type": kind.to_uppercase(), "foreach_workflow_id": child.workflow_id,
                              "foreach_run_id": run_id});
        let pending = Pending {
            uuid: uuid::Uuid::new_v3(
                &uuid::Uuid::NAMESPACE_OID,
                format!("{}:{child}", run.uuid).as_bytes(),
            )
            .to_string(),
            key: child,
            info,
            plan: Arc::clone(&run.plan),
            before: Vec::new(),
            seeds: Vec::new(),
            persist_failed: false,
            reply: None,
        };
        if depth >= MAX_DEPTH {
            if let Some(run) = self.runs.get_mut(key) {
                run.note(at.place, now, "ERROR", "instances are nested 10 levels deep");
            }
            let event = Event::IterationDone { at, index, status: InstanceStatus::Failed };
            self.work.push_back((Arc::clone(key), event));
            return;
        }
        let run = self.new_run(pending, all);
        let child = Arc::clone(&run.key);
        let mut row = run.row(&params);
        if let Write::Instance(row) = &mut row {
            // It begins within the same transaction.
            row.status = InstanceStatus::InProgress;
            row.start_time = Some(now);
        }
        self.batch.push(row);
        self.runs.insert(Arc::clone(&child), run);
        if let Some(run) = self.runs.get_mut(key)
            && let Some(data) = run.data.get_mut(at.place)
        {
            data.artifacts.entry(format!("maestro_{kind}")).or_insert(artifact);
            data.loop_run = run_id;
            run.touch(at.place, false);
            self.touched.insert(Arc::clone(key));
        }
        self.begin(&child);
    }

    /// Starts the instance of a subworkflow step; its id follows from the step's.
    pub(super) async fn start_child(&mut self, key: &Key, at: At) -> Result<(), RunError> {
        let Some(run) = self.runs.get(key) else { return Ok(()) };
        let (Some(plan), Some(data)) = (run.level.steps.get(at.place), run.data.get(at.place))
        else {
            return Ok(());
        };
        let of = |name: &str| data.params.get(name).map(super::eval::value);
        let text = |name: &str| of(name).and_then(|v| v.as_str().map(str::to_owned));
        let sync = run.flow.spec(at.place).kind == StepKind::Subworkflow { sync: true };
        let depth = run.info.depth.saturating_add(1);
        let parent = Parent {
            run: RunKey::clone(key),
            step: plan.id.clone(),
            place: at.place,
            attempt: at.attempt,
            index: None,
            sync,
        };
        if depth >= MAX_DEPTH {
            self.child_refused(&parent, "instances are nested 10 levels deep");
            return Ok(());
        }
        let Some(workflow_id) = text("subworkflow_id") else {
            self.child_refused(&parent, "the param `subworkflow_id` is missing");
            return Ok(());
        };
        let explicit = plan.field("explicit_params").and_then(Json::as_bool).unwrap_or(false);
        let mut run_params = Map::new();
        let mut pass = |name: &String, param: &Json| {
            if let Ok(given) = super::typed::frozen(param) {
                run_params.insert(name.clone(), given);
            }
        };
        if !explicit {
            run.params.iter().for_each(|(name, param)| pass(name, param));
        }
        for name in plan.params().into_iter().flat_map(Map::keys) {
            if let Some(param) = data.params.get(name) {
                pass(name, param);
            }
        }
        run_params.shift_remove("subworkflow_id");
        run_params.shift_remove("subworkflow_version");
        let request = StartRequest {
            workflow_id,
            version: text("subworkflow_version").unwrap_or_else(|| "active".to_owned()),
            run_params,
            initiator: json!({"type": "SUBWORKFLOW", "depth": depth,
                "ancestors": ancestors(&run.info.initiator, key, &plan.id, at.attempt, sync)}),
            request_id: Some(super::world::step_uuid(run, &plan.id, at.attempt)),
            ..StartRequest::default()
        };
        let correlation = run.info.correlation_id.clone();
        self.save().await?;
        Box::pin(self.start(request, Some((parent, correlation, depth)), None)).await
    }

    /// The child of a subworkflow step exists.
    fn attach(&mut self, parent: &Parent, child: &RunKey, status: InstanceStatus) {
        let key = Arc::new(parent.run.clone());
        let at = At { place: parent.place, attempt: parent.attempt };
        if let Some(run) = self.runs.get_mut(&key) {
            if let Some(data) = run.data.get_mut(at.place) {
                data.child = Some(child.clone());
                let artifact = json!({"type": "SUBWORKFLOW", "subworkflow_id": child.workflow_id,
                    "subworkflow_instance_id": child.instance_id, "subworkflow_run_id": child.run_id});
                data.artifacts.insert("maestro_subworkflow".to_owned(), artifact);
            }
            run.touch(at.place, false);
            self.apply(&key, Event::ChildStarted(at));
            if status.is_terminal() {
                self.apply(&key, Event::ChildDone(at, status));
            }
        }
    }

    fn child_refused(&mut self, parent: &Parent, message: &str) {
        let key = Arc::new(parent.run.clone());
        let at = At { place: parent.place, attempt: parent.attempt };
        let now = self.clock.now();
        if let Some(run) = self.runs.get_mut(&key) {
            run.note(at.place, now, "ERROR", message);
            self.touched.insert(Arc::clone(&key));
            let event = Event::Executed(at, crate::core::Outcome::FatalError);
            self.work.push_back((key, event));
        }
    }

    /// A child came to its end: its parent's step goes on.
    pub(super) fn child_ended(
        &mut self,
        parent: &Parent,
        status: InstanceStatus,
        rollup: &Rollup,
        results: Map<String, Json>,
        overview: Option<Overview>,
    ) {
        let key = Arc::new(parent.run.clone());
        let at = At { place: parent.place, attempt: parent.attempt };
        let Some(run) = self.runs.get_mut(&key) else { return };
        if let Some(data) = run.data.get_mut(at.place) {
            data.rollup.merge(rollup);
            for (name, value) in &mut data.loop_values {
                if let Some(result) =
                    results.get(name).filter(|_| status == InstanceStatus::Succeeded)
                {
                    *value = result.clone();
                }
            }
            if parent.index.is_none()
                && let Some(artifact) = data.artifacts.get_mut("maestro_subworkflow")
            {
                artifact["subworkflow_overview"] =
                    serde_json::to_value(overview).unwrap_or_default();
            }
        }
        run.touch(at.place, false);
        self.touched.insert(Arc::clone(&key));
        let event = match parent.index {
            Some(index) => Event::IterationDone { at, index, status },
            None => Event::ChildDone(at, status),
        };
        self.work.push_back((key, event));
    }

    /// Passes an action on to the children of a step.
    pub(super) fn cancel_children(&mut self, key: &Key, at: At, action: Action) {
        let closing = match action {
            Action::Kill => Closing::Kill,
            Action::TimeOut => Closing::TimeOut,
            Action::Stop | Action::Skip => Closing::Stop,
        };
        let children: Vec<Key> = self
            .runs
            .values()
            .filter(|run| {
                run.info.parent.as_ref().is_some_and(|parent| {
                    parent.sync && parent.run == **key && parent.place == at.place
                })
            })
            .map(|run| Arc::clone(&run.key))
            .collect();
        for child in children {
            self.work.push_back((child, Event::Close(closing)));
        }
    }
}

/// The name of an iteration: it follows from that of its container.
pub(super) fn iteration_key(run: &Run, place: usize, index: u32) -> RunKey {
    let looping = run.flow.spec(place).kind == StepKind::While;
    let kind = if looping { "while" } else { "foreach" };
    let (key, step) = (&run.key, run.flow.dag().id(place));
    let name = format!("{step}@{}@{}", key.instance_id, key.workflow_id);
    let id = uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).simple();
    RunKey {
        workflow_id: format!("maestro_{kind}_{id}"),
        instance_id: i64::from(index),
        run_id: run.data.get(place).map_or(1, |data| data.loop_run.max(1)),
    }
}

/// A run's state machine before anything happened, with what a restart says about it.
pub(super) fn new_flow(level: &Level, info: &Info) -> Flow {
    let dag = match &info.restart_from {
        None => Arc::clone(&level.dag),
        Some(ids) => {
            let from: Vec<usize> = ids.iter().filter_map(|id| level.dag.place(id)).collect();
            Arc::new(crate::graph::sub_dag(&level.dag, &from))
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

fn ancestors(initiator: &Json, key: &Key, step: &str, attempt: u32, sync: bool) -> Vec<Json> {
    let known = initiator.get("ancestors").and_then(Json::as_array);
    let mut list = known.cloned().unwrap_or_default();
    list.push(json!({"workflow_id": key.workflow_id, "instance_id": key.instance_id,
        "run_id": key.run_id, "step_id": step, "step_attempt_id": attempt, "sync": sync}));
    list
}

pub(super) fn answer<T>(reply: Option<oneshot::Sender<T>>, result: T) {
    if let Some(reply) = reply {
        let _ = reply.send(result);
    }
}
