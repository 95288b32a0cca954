//! The one task that owns every live run: takes messages, lets the core decide, stores what it
//! decided as one transaction, and only then acts on the outside.

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use serde_json::Value as Json;
use tokio::sync::{broadcast, mpsc, oneshot};

use super::command::Command;
use super::eval::Evaluator;
use super::state::Run;
use super::template::Templates;
use super::{Live, Options, RunError};
use crate::clock::Clock;
use crate::core::{At, Effect, Event, Permits, Rule, Timer};
use crate::plan::{Params, Plan};
use crate::runtime::{Registry, Report};
use crate::status::InstanceStatus;
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
    Prepared(Box<super::launch::Pending>, Result<Params, RunError>),
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
    /// The internal ids of workflows.
    pub(super) internal_ids: HashMap<String, i64>,
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

    pub(super) async fn decide(&mut self) -> Result<(), RunError> {
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
