//! The engine as a program uses it: open a database, push definitions, start runs, watch them.
//!
//! One task owns all live runs ([`world`](self)); everything else talks to it by messages. What
//! it decides is stored before it is acted upon, so a process that dies at any instant goes on
//! from its database.

mod again;
mod attempt;
mod breakpoint;
mod call;
mod child;
mod command;
mod control;
mod effects;
mod eval;
mod facts;
mod inline;
mod iteration;
mod launch;
mod obey;
mod options;
pub mod order;
mod overview;
mod properties;
mod push;
mod recover;
mod request;
mod restart;
mod schedule;
mod scope;
mod settings;
mod signal_trigger;
mod signals;
mod state;
mod tell;
mod template;
mod typed;
mod versions;
mod view;
mod world;

use std::collections::{BTreeSet, HashMap, HashSet, VecDeque};
use std::path::Path;
use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tokio::sync::{broadcast, mpsc, oneshot};

pub use breakpoint::Breakpoint;
pub use command::{StepAction, tag_permits};
pub use eval::{Current, Evaluator, Finished, Scope, StepParams, literal, value, values};
pub use options::{Options, Resume};
pub use request::{Live, RestartRequest, StartRequest, Started};
pub use template::JobTypes;
pub use typed::SelEvaluator;
pub use view::{RunDetails, RunInfo, RunView, StepView};

use crate::clock::{Clock, SystemClock};
use crate::core::{Closing, Permits};
use crate::document::{Node, Violations};
use crate::plan::PlanError;
use crate::runtime::{Registry, RuntimeOptions};
use crate::status::InstanceStatus;
use crate::store::{RunKey, SqliteStore, Store, StoreError};
use command::Command;
use obey::Reply;
use world::{Msg, World};

/// Why the engine refused or failed.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The definition breaks rules: all that is wrong with it.
    #[error(transparent)]
    Definition(#[from] Violations),
    /// The definition cannot be run.
    #[error(transparent)]
    Plan(#[from] PlanError),
    /// There is no such thing.
    #[error("there is no {0}")]
    NotFound(String),
    /// The params of the workflow were refused or could not be evaluated.
    #[error("{0}")]
    Params(String),
    /// A fault of the engine.
    #[error("{0}")]
    Internal(String),
    /// The order does not fit the state.
    #[error("{0}")]
    Refused(String),
    /// The engine has ended.
    #[error("the engine has ended: {0}")]
    Ended(String),
}

/// What an [`Engine`] is made of; the defaults are those of the command line.
pub struct Builder {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    registry: Registry,
    evaluator: Arc<dyn Evaluator>,
    options: Options,
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder").field("options", &self.options).finish_non_exhaustive()
    }
}

impl Builder {
    /// An engine on this store.
    #[must_use]
    pub fn new(store: Arc<dyn Store>) -> Builder {
        Builder {
            store,
            clock: Arc::new(SystemClock::default()),
            registry: Registry::standard(RuntimeOptions::default()),
            evaluator: Arc::new(SelEvaluator),
            options: Options::default(),
        }
    }
    /// With this clock.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock) -> Builder {
        self.clock = Arc::new(clock);
        self
    }
    /// With these runtimes.
    #[must_use]
    pub fn registry(mut self, registry: Registry) -> Builder {
        self.registry = registry;
        self
    }
    /// With this evaluator.
    #[must_use]
    pub fn evaluator(mut self, evaluator: impl Evaluator) -> Builder {
        self.evaluator = Arc::new(evaluator);
        self
    }
    /// With these options.
    #[must_use]
    pub fn options(mut self, options: Options) -> Builder {
        self.options = options;
        self
    }

    /// Starts the engine: unfinished runs of the store go on.
    #[must_use]
    pub fn start(self) -> Engine {
        let (tx, rx) = mpsc::unbounded_channel();
        let (live, _) = broadcast::channel(65_536);
        let rules = Arc::new((self.registry.clone(), self.options.max_steps));
        let clock = Arc::clone(&self.clock);
        let world = World {
            store: Arc::clone(&self.store),
            clock: self.clock,
            registry: self.registry,
            evaluator: self.evaluator,
            evaluations: Arc::new(tokio::sync::Semaphore::new(self.options.evaluations.max(1))),
            workers: Arc::new(tokio::sync::Semaphore::new(self.options.workers.max(1))),
            options: self.options,
            tx: tx.clone(),
            live: live.clone(),
            runs: HashMap::new(),
            plans: HashMap::new(),
            latest: HashMap::new(),
            internal_ids: HashMap::new(),
            strategies: HashMap::new(),
            leaves: HashMap::new(),
            timers: BTreeSet::new(),
            permits: Permits::default(),
            breakpoints: HashSet::new(),
            desk: obey::Desk::default(),
            templates: template::Templates::default(),
            waiting: HashMap::new(),
            work: VecDeque::new(),
            effects: VecDeque::new(),
            batch: Vec::new(),
            touched: BTreeSet::new(),
            after: Vec::new(),
            waiters: HashMap::new(),
            schedules: schedule::Schedules::default(),
            firing: BTreeSet::new(),
            signalled: Vec::new(),
            preparing: 0,
            idle: Vec::new(),
            stopping: false,
        };
        let (failed, failure) = tokio::sync::watch::channel(None);
        tokio::spawn(async move {
            if let Err(error) = world.run(rx).await {
                let _ = failed.send(Some(error.to_string()));
            }
        });
        Engine { store: self.store, clock, rules, tx, live, failure }
    }
}

/// A running engine. Cheap to clone; it lives until [`Engine::stop`] or the end of its runtime.
#[derive(Clone)]
pub struct Engine {
    store: Arc<dyn Store>,
    clock: Arc<dyn Clock>,
    /// What the rules of a definition depend on: the step types, and how many steps it may have.
    rules: Arc<(Registry, usize)>,
    tx: mpsc::UnboundedSender<Msg>,
    live: broadcast::Sender<Arc<Live>>,
    failure: tokio::sync::watch::Receiver<Option<String>>,
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").finish_non_exhaustive()
    }
}

impl Engine {
    /// Opens a database file, or one in memory, and goes on with what is unfinished in it.
    ///
    /// # Errors
    /// When the database cannot be opened.
    pub async fn open(path: Option<&Path>, options: Options) -> Result<Engine, RunError> {
        let store = match path {
            Some(path) => SqliteStore::open(path).await?,
            None => SqliteStore::memory().await?,
        };
        Ok(Builder::new(Arc::new(store)).options(options).start())
    }

    /// The store, to look at.
    #[must_use]
    pub fn store(&self) -> &Arc<dyn Store> {
        &self.store
    }

    /// Everything that happens from now on. A slow reader misses what is too far behind.
    #[must_use]
    pub fn subscribe(&self) -> broadcast::Receiver<Arc<Live>> {
        self.live.subscribe()
    }

    /// What a command is answered once it is stored.
    async fn told<T>(&self, command: impl FnOnce(Reply<T>) -> Command) -> Result<T, RunError> {
        self.ask(|caller| command(Reply::Caller(caller))).await?
    }

    async fn ask<T>(
        &self,
        command: impl FnOnce(oneshot::Sender<T>) -> Command,
    ) -> Result<T, RunError> {
        let (reply, answer) = oneshot::channel();
        let _ = self.tx.send(Msg::Command(command(reply)));
        let mut failure = self.failure.clone();
        tokio::select! {
            biased;
            result = answer => match result {
                Ok(result) => Ok(result),
                Err(_) => {
                    // The world is gone: its last word follows.
                    let _ = failure.wait_for(Option::is_some).await;
                    let why = failure.borrow().clone();
                    Err(RunError::Ended(why.unwrap_or_else(|| "it was stopped".to_owned())))
                }
            },
            why = async { failure.wait_for(Option::is_some).await.map(|w| w.clone()) } => {
                let why = why.ok().flatten();
                Err(RunError::Ended(why.unwrap_or_else(|| "it was stopped".to_owned())))
            }
        }
    }

    /// Stores a definition (a create request) as a new version; answers its number.
    ///
    /// # Errors
    /// When it breaks rules (all of them are told), a param cannot be evaluated, its run strategy does not fit the instances
    /// that there are, or the store fails.
    pub async fn push(&self, request: Json) -> Result<i64, RunError> {
        self.push_tree(&crate::model::from_json(&request), true).await
    }

    /// The same from a tree, which knows the digits of decimals and where everything was written.
    /// A dry run evaluates the params of the workflow; whoever starts it next may leave it out.
    ///
    /// # Errors
    /// As [`Engine::push`].
    pub async fn push_tree(&self, request: &Node, dry_run: bool) -> Result<i64, RunError> {
        let (registry, steps) = &*self.rules;
        let request = push::read(request, registry, *steps)?;
        let definition = push::Definition::of(&request);
        if dry_run {
            let now = self.clock.now();
            let tried = move || crate::validate::dry_run(&request, now);
            let faults = tokio::task::spawn_blocking(tried).await.unwrap_or_default();
            if !faults.is_empty() {
                return Err(Violations(faults).into());
            }
        }
        self.told(|reply| Command::Push(definition, reply)).await
    }

    /// Stores a job template, in place of the one of its type and version.
    ///
    /// # Errors
    /// When it is none, or the store fails.
    pub async fn template(&self, template: Json) -> Result<(), RunError> {
        self.told(|reply| Command::Template(template, reply)).await
    }

    /// Starts an instance.
    ///
    /// # Errors
    /// When there is no such workflow, or its params are refused.
    pub async fn start(&self, request: StartRequest) -> Result<Started, RunError> {
        self.told(|reply| Command::Start(request, reply)).await
    }

    /// Restarts an instance that is over, or a failed step of one that is not.
    ///
    /// # Errors
    /// When that is not possible now.
    pub async fn restart(&self, request: RestartRequest) -> Result<Started, RunError> {
        self.told(|reply| Command::Restart(request, reply)).await
    }

    /// Stops a run; true when it is over at once.
    ///
    /// # Errors
    /// When it is not running.
    pub async fn stop_run(&self, run: RunKey) -> Result<bool, RunError> {
        self.told(|reply| Command::Close(run, Closing::Stop, reply)).await
    }

    /// Kills a run; true when it is over at once.
    ///
    /// # Errors
    /// When it is not running.
    pub async fn kill_run(&self, run: RunKey) -> Result<bool, RunError> {
        self.told(|reply| Command::Close(run, Closing::Kill, reply)).await
    }

    /// Acts on a step of a run.
    ///
    /// # Errors
    /// When the run or step is not there, or the action does not apply to its status.
    pub async fn act(&self, run: RunKey, step: &str, action: StepAction) -> Result<(), RunError> {
        self.told(|reply| Command::Step(run, step.to_owned(), action, reply)).await
    }

    /// Announces a signal; answers its sequence id.
    ///
    /// # Errors
    /// When a signal with this id was announced before.
    pub async fn signal(
        &self,
        name: &str,
        params: Map<String, Json>,
        id: Option<String>,
    ) -> Result<i64, RunError> {
        self.told(|reply| Command::Signal(name.to_owned(), params, id, reply)).await
    }

    /// Waits for the end of a run.
    ///
    /// # Errors
    /// When there is no such run, or the engine ends first.
    pub async fn wait(&self, run: RunKey) -> Result<InstanceStatus, RunError> {
        self.ask(|reply| Command::Wait(run, reply)).await?
    }

    /// Waits until no instance runs and no time trigger is due.
    ///
    /// # Errors
    /// When the engine ends first.
    pub async fn idle(&self) -> Result<(), RunError> {
        self.ask(Command::Idle).await
    }

    /// Waits until the engine fails; for ever, when it does not.
    pub async fn failed(&self) -> RunError {
        let mut failure = self.failure.clone();
        let why = failure.wait_for(Option::is_some).await.ok().and_then(|why| why.clone());
        match why {
            Some(why) => RunError::Ended(why),
            None => std::future::pending().await,
        }
    }

    /// Stops the engine: what is unfinished stays in the store and goes on at the next start.
    pub async fn stop(&self) {
        // An engine that is gone is stopped.
        let _ = self.ask(Command::Stop).await;
    }
}
