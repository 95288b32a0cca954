//! The one task that owns every live run: takes messages, lets the core decide, stores what it
//! decided as one transaction, and only then acts on the outside.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};
use tokio::sync::{broadcast, mpsc, oneshot};

use super::command::Command;
use super::eval::{Current, Evaluator, Finished, Scope};
use super::state::{Run, StepData};
use super::template::Templates;
use super::{Live, Options, RunError};
use crate::clock::Clock;
use crate::core::{At, Closing, Effect, Event, MAX_ITERATIONS, Permits, Rule, Timer};
use crate::graph::Rollup;
use crate::plan::{Params, Plan};
use crate::runtime::{Registry, Report};
use crate::status::{InstanceStatus, StepStatus};
use crate::store::{RunKey, Store, StoreError, Write};

pub(super) type Key = Arc<RunKey>;

/// What arrives at the world.
pub(super) enum Msg {
    Event(Key, Event),
    Report(Key, At, Report),
    Log(String, &'static str, String),
    Params(Key, At, Result<Params, String>),
    Conditions(Key, At, Result<Vec<bool>, String>),
    /// What could be evaluated of a step that was skipped early.
    Known(Key, At, Params),
    /// The runtime of an attempt, or an evaluation for it, panicked.
    Panicked(Key, At),
    While(Key, At, Result<bool, String>),
    Prepared(Box<super::launch::Pending>, Result<Params, String>),
    /// A signal trigger fired and may do so again.
    Shot(String),
    Command(Command),
}

/// What is done once the state is stored.
pub(super) enum After {
    Spawn(Key, At),
    Blocking(Box<dyn FnOnce() + Send>),
    Terminate(crate::runtime::StepContext, Arc<dyn crate::runtime::StepRuntime>),
    Live(Live),
    Reply(Box<dyn FnOnce() + Send>),
}

/// How many messages are taken in before the state is stored.
const BATCH: usize = 256;
/// How often orders of other processes are looked for.
const ORDERS: std::time::Duration = std::time::Duration::from_millis(200);

pub(super) struct World {
    pub(super) store: Arc<dyn Store>,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) registry: Registry,
    pub(super) evaluator: Arc<dyn Evaluator>,
    pub(super) options: Options,
    pub(super) tx: mpsc::UnboundedSender<Msg>,
    pub(super) live: broadcast::Sender<Arc<Live>>,
    pub(super) runs: HashMap<Key, Run>,
    pub(super) plans: HashMap<(String, i64), Arc<Plan>>,
    pub(super) latest: HashMap<String, i64>,
    pub(super) timers: BTreeSet<(i64, Key, Timer)>,
    /// The run strategies of workflows, as far as they were asked for.
    pub(super) strategies: HashMap<String, (Rule, u32)>,
    /// How many leaf steps each tree of instances has, by correlation id.
    pub(super) leaves: HashMap<String, u64>,
    pub(super) permits: Permits<(Key, At)>,
    pub(super) breakpoints: HashSet<String>,
    pub(super) desk: super::obey::Desk,
    pub(super) templates: Templates,
    pub(super) waiting: HashMap<(Key, At), Vec<Json>>,
    pub(super) work: VecDeque<(Key, Event)>,
    pub(super) effects: VecDeque<(Key, Effect)>,
    pub(super) batch: Vec<Write>,
    pub(super) touched: BTreeSet<Key>,
    pub(super) after: Vec<After>,
    pub(super) waiters: HashMap<Key, Vec<oneshot::Sender<Result<InstanceStatus, RunError>>>>,
    pub(super) evaluations: Arc<tokio::sync::Semaphore>,
    pub(super) workers: Arc<tokio::sync::Semaphore>,
    /// The time triggers that this engine fires.
    pub(super) schedules: super::schedule::Schedules,
    /// The signal triggers whose start is being made.
    pub(super) firing: BTreeSet<String>,
    /// Who waits for what their signal starts.
    pub(super) signalled: Vec<After>,
    /// How many instances are being made.
    pub(super) preparing: usize,
    /// Who is told when nothing runs and nothing is due.
    pub(super) idle: Vec<oneshot::Sender<()>>,
    pub(super) stopping: bool,
}

impl World {
    /// Runs until told to stop. What is unfinished stays in the store.
    pub(super) async fn run(
        mut self,
        mut rx: mpsc::UnboundedReceiver<Msg>,
    ) -> Result<(), RunError> {
        self.recover().await?;
        self.settle().await?;
        let clock = Arc::clone(&self.clock);
        let mut commands = tokio::time::interval(ORDERS);
        commands.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut seen = Vec::new();
        while !self.stopping {
            let next = self.timers.first().map(|(due, ..)| *due);
            let next = next.into_iter().chain(self.schedules.next()).min();
            tokio::select! {
                count = rx.recv_many(&mut seen, BATCH) => {
                    if count == 0 {
                        break;
                    }
                    for msg in seen.drain(..) {
                        self.take(msg).await?;
                    }
                }
                () = clock.sleep_until(next.unwrap_or(i64::MAX)), if next.is_some() => {
                    self.fire();
                    self.tick().await?;
                }
                _ = commands.tick(), if self.options.watch_commands => {
                    self.foreign_orders().await?;
                }
            }
            self.settle().await?;
            self.tell_idle();
        }
        for run in self.runs.values() {
            for task in run.tasks.values() {
                task.abort();
            }
        }
        Ok(())
    }

    /// Tells who waits for it that nothing runs and that nothing is due.
    fn tell_idle(&mut self) {
        let quiet = self.runs.is_empty() && self.preparing == 0;
        if quiet && self.schedules.is_up_to_date(self.clock.now()) {
            for waiter in self.idle.drain(..) {
                let _ = waiter.send(());
            }
        }
    }

    /// Decides until nothing is left to decide, stores, acts.
    pub(super) async fn settle(&mut self) -> Result<(), RunError> {
        self.decide().await?;
        self.flush().await
    }

    async fn decide(&mut self) -> Result<(), RunError> {
        loop {
            // All effects of an event before the next event: what it did to an attempt is taken
            // down before another attempt takes its place.
            let Some((key, effect)) = self.effects.pop_front() else {
                let Some((key, event)) = self.work.pop_front() else { return Ok(()) };
                self.apply(&key, event);
                continue;
            };
            self.perform(&key, effect).await?;
            // A loop of iterations that need nothing from outside must not grow without end.
            if self.batch.len() > 4096 {
                self.flush().await?;
            }
        }
    }

    /// Lets the core decide on one event.
    pub(super) fn apply(&mut self, key: &Key, event: Event) {
        let now = self.clock.now();
        if let Some(run) = self.runs.get_mut(key) {
            let effects = run.flow.apply(event, now);
            self.effects.extend(effects.into_iter().map(|effect| (Arc::clone(key), effect)));
            self.touched.insert(Arc::clone(key));
        }
    }

    fn fire(&mut self) {
        let now = self.clock.now();
        while let Some((due, key, timer)) = self.timers.pop_first() {
            if due > now {
                self.timers.insert((due, key, timer));
                return;
            }
            self.work.push_back((key, Event::Fired(timer)));
        }
    }

    /// Stores what changed as one transaction, without acting on it: those who read the store in
    /// the middle of a decision find what was decided so far.
    pub(super) async fn save(&mut self) -> Result<(), RunError> {
        for key in std::mem::take(&mut self.touched) {
            if let Some(run) = self.runs.get_mut(&key) {
                run.writes(&mut self.batch);
            }
        }
        if !self.batch.is_empty() {
            self.commit().await?;
            self.batch.clear();
        }
        Ok(())
    }

    /// Stores what changed, then acts on the outside.
    pub(super) async fn flush(&mut self) -> Result<(), RunError> {
        self.save().await?;
        let ended: Vec<Key> = self
            .after
            .iter()
            .filter_map(|after| match after {
                After::Live(live) if live.step.is_none() && live.ended() => {
                    Some(Arc::clone(&live.run))
                }
                _ => None,
            })
            .collect();
        for after in std::mem::take(&mut self.after) {
            self.act(after);
        }
        for key in ended {
            self.runs.remove(&key);
        }
        Ok(())
    }

    /// A disk that is full may have room in a moment. A busy database was waited for already.
    async fn commit(&mut self) -> Result<(), RunError> {
        let mut tries = 0u32;
        loop {
            match self.store.commit(&self.batch).await {
                Err(StoreError::Full) if tries < 5 => {
                    tries = tries.saturating_add(1);
                    let pause = std::time::Duration::from_millis(200).saturating_mul(tries);
                    tokio::time::sleep(pause).await;
                }
                other => return other.map_err(RunError::from),
            }
        }
    }

    async fn take(&mut self, msg: Msg) -> Result<(), RunError> {
        match msg {
            Msg::Event(key, event) => self.work.push_back((key, event)),
            Msg::Log(subject, stream, line) => {
                let now = self.clock.now();
                let live = self.log_line(&subject, now, stream, &line);
                self.after.push(After::Live(live));
                self.batch.push(Write::Log(subject, now, stream, line));
            }
            Msg::Report(key, at, report) => self.reported(&key, at, report),
            Msg::Params(key, at, result) => self.params_evaluated(&key, at, result),
            Msg::Conditions(key, at, result) => match result {
                Ok(values) => self.work.push_back((key, Event::Conditions(at, values))),
                Err(message) => self.broken(&key, at, &message),
            },
            Msg::Known(key, at, params) => self.params_known(&key, at, params),
            Msg::Panicked(key, at) => {
                let run = self.runs.get(&key);
                let step = run.and_then(|run| run.flow.step(at.place));
                if step.is_some_and(|step| step.attempt == at.attempt) {
                    self.broken(&key, at, "the engine or the step type failed: it panicked");
                }
            }
            Msg::While(key, at, result) => match result {
                Ok(true) if self.goes_round_too_often(&key, at) => {
                    self.work.push_back((key, Event::While(at, true)));
                }
                Ok(holds) => self.work.push_back((key, Event::While(at, holds))),
                Err(message) => self.broken(&key, at, &message),
            },
            Msg::Prepared(pending, result) => self.prepared(*pending, result).await?,
            Msg::Shot(name) => self.fire_again(&name).await?,
            Msg::Command(command) => {
                // Commands read the store: it has to know all that was decided before.
                self.settle().await?;
                self.command(command).await?;
            }
        }
        Ok(())
    }

    /// Whether the next iteration of a while is one too many; the core ends it then.
    fn goes_round_too_often(&mut self, key: &Key, at: At) -> bool {
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

    /// Records why and marks the attempt as broken.
    pub(super) fn broken(&mut self, key: &Key, at: At, message: &str) {
        let now = self.clock.now();
        if let Some(run) = self.runs.get_mut(key) {
            run.note(at.place, now, "ERROR", message);
        }
        self.work.push_back((Arc::clone(key), Event::Broken(at)));
    }

    fn reported(&mut self, key: &Key, at: At, report: Report) {
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

    fn act(&mut self, after: After) {
        match after {
            After::Spawn(key, at) => self.spawn(&key, at),
            After::Blocking(job) => {
                let permits = Arc::clone(&self.evaluations);
                tokio::spawn(async move {
                    let _permit = permits.acquire_owned().await;
                    let _ = tokio::task::spawn_blocking(job).await;
                });
            }
            After::Terminate(context, runtime) => {
                tokio::spawn(async move { runtime.terminate(&context).await });
            }
            After::Live(live) => {
                if let Some(status) = live.final_status()
                    && let Some(waiters) = self.waiters.remove(&live.run)
                {
                    for waiter in waiters {
                        let _ = waiter.send(Ok(status));
                    }
                }
                let _ = self.live.send(Arc::new(live));
            }
            After::Reply(reply) => reply(),
        }
    }

    /// A status changed: the outbox event and the live one.
    pub(super) fn announce(
        &mut self,
        key: &Key,
        step: Option<(&str, u32)>,
        from: Option<&str>,
        to: &str,
    ) {
        let now = self.clock.now();
        let mut payload = json!({
            "workflow_id": key.workflow_id, "workflow_instance_id": key.instance_id,
            "workflow_run_id": key.run_id, "event_time": now,
        });
        let (kind, subject) = match step {
            Some((id, attempt)) => {
                payload["step_id"] = id.into();
                payload["step_attempt_id"] = attempt.into();
                ("STEP_INSTANCE_STATUS_CHANGE_EVENT", format!("{key}:{id}:{attempt}"))
            }
            None => ("WORKFLOW_INSTANCE_STATUS_CHANGE_EVENT", key.to_string()),
        };
        if let Some(from) = from {
            payload["old_status"] = from.into();
        }
        payload["new_status"] = to.into();
        self.batch.push(Write::Event(now, kind, subject, payload.to_string()));
        let (root, path) = self.place(key);
        let total = step.and_then(|(id, _)| {
            let flow = &self.runs.get(key)?.flow;
            let state = flow.step(flow.dag().place(id)?)?;
            state.iterations.as_ref().map(|iterations| iterations.total)
        });
        self.after.push(After::Live(Live {
            run: Arc::clone(key),
            root,
            path,
            step: step.map(|(id, attempt)| (id.to_owned(), attempt)),
            status: to.to_owned(),
            time: now,
            total: total.filter(|total| *total > 0),
            line: None,
        }));
    }

    /// A line of output as an event.
    fn log_line(&self, subject: &str, time: i64, stream: &'static str, line: &str) -> Live {
        let mut parts = subject.rsplitn(5, ':');
        let attempt = parts.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        let step = parts.next().unwrap_or_default().to_owned();
        let run_id = parts.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        let instance_id = parts.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        let workflow_id = parts.next().unwrap_or_default().to_owned();
        let run = Arc::new(RunKey { workflow_id, instance_id, run_id });
        let (root, path) = self.place(&run);
        let line = Some((stream, line.to_owned()));
        let (step, status, total) = (Some((step, attempt)), String::new(), None);
        Live { run, root, path, step, status, time, total, line }
    }

    /// The root of the tree that a run belongs to, and the way down from there; not looked for
    /// when nobody listens.
    fn place(&self, key: &Key) -> (Key, String) {
        let mut root = Arc::clone(key);
        let mut path = Vec::new();
        if self.live.receiver_count() == 0 {
            return (root, String::new());
        }
        while let Some(parent) = self.runs.get(&root).and_then(|run| run.info.parent.as_ref()) {
            // A child that nobody waits for may outlive what started it.
            let Some((above, _)) = self.runs.get_key_value(&parent.run) else { break };
            path.push(match parent.index {
                Some(index) => format!("{}[{index}]", parent.step),
                None => parent.step.clone(),
            });
            root = Arc::clone(above);
        }
        path.reverse();
        (root, path.join("/"))
    }

    /// The facts that an evaluation in this run sees.
    pub(super) fn scope(&self, key: &Key, place: Option<usize>) -> Option<Scope> {
        let mut scope = self.scope_alone(key, place)?;
        scope.steps = self.finished(key, place);
        Some(scope)
    }

    /// The steps that an evaluation may refer to.
    fn finished(&self, key: &Key, place: Option<usize>) -> Vec<Finished> {
        let Some(run) = self.runs.get(key) else { return Vec::new() };
        let mut steps = run.before.clone();
        for other in 0..run.level.steps.len() {
            let (Some(step), Some(data)) = (run.flow.step(other), run.data.get(other)) else {
                continue;
            };
            if step.status().is_complete() && Some(other) != place {
                steps.push(Finished {
                    id: run.flow.dag().id(other).to_owned(),
                    params: Arc::clone(&data.params),
                    status: step.status(),
                    end_time: step.runtime.end_time,
                    artifacts: Arc::new(references(&data.artifacts)),
                    rollup: Rollup::default(),
                });
            }
        }
        steps
    }

    /// The same for what refers to no other step: these are many in a long workflow.
    pub(super) fn scope_alone(&self, key: &Key, place: Option<usize>) -> Option<Scope> {
        let run = self.runs.get(key)?;
        let step = place.and_then(|place| {
            let (step, plan) = (run.flow.step(place)?, run.level.steps.get(place)?);
            Some(Current {
                id: plan.id.clone(),
                ordinal: step.ordinal,
                uuid: step_uuid(run, &plan.id, step.attempt),
                attempt: step.attempt,
                type_info: plan.type_info(),
                error_retries: step.retry.error_retries,
                dependencies: run
                    .data
                    .get(place)
                    .map(|d| d.dependencies.clone())
                    .unwrap_or_default(),
            })
        });
        Some(Scope {
            key: RunKey::clone(key),
            owner: run.plan.owner().unwrap_or_default().to_owned(),
            initiator: run.info.initiator.clone(),
            policy: run.info.policy.clone(),
            workflow: Arc::clone(&run.params),
            steps: Vec::new(),
            step,
            now: self.clock.now(),
            store: Arc::clone(&self.store),
            handle: tokio::runtime::Handle::current(),
            definition: Arc::new(Json::Null),
        })
    }

    /// The plan of a version, from memory or the store.
    pub(super) async fn plan(
        &mut self,
        id: &str,
        version: Option<i64>,
    ) -> Result<Option<Arc<Plan>>, RunError> {
        if let Some(version) = version
            && let Some(plan) = self.plans.get(&(id.to_owned(), version))
        {
            return Ok(Some(Arc::clone(plan)));
        }
        let Some(row) = self.store.version(id, version).await? else { return Ok(None) };
        let read = |text: &str| {
            serde_json::from_str::<Json>(text)
                .map_err(|error| RunError::Store(StoreError::Document(error.to_string())))
        };
        let plan = Plan::new(row.version, read(&row.definition)?, read(&row.properties)?)?;
        let plan = Arc::new(plan);
        self.plans.insert((id.to_owned(), row.version), Arc::clone(&plan));
        Ok(Some(plan))
    }
}

/// The artifacts that lead to child instances; the others need not be copied.
fn references(artifacts: &Map<String, Json>) -> Map<String, Json> {
    let keys = ["maestro_foreach", "maestro_subworkflow"];
    let of = |key: &&str| artifacts.get(*key).map(|json| ((*key).to_owned(), json.clone()));
    keys.iter().filter_map(of).collect()
}

/// The deterministic id of an attempt.
pub(super) fn step_uuid(run: &Run, step: &str, attempt: u32) -> String {
    let name = format!("{}:{}:{step}:{attempt}", run.uuid, run.key);
    uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
}

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
}
