//! `sel push`, `sel restart`, `sel stop`, `sel signal`: orders to an engine, or to a database that
//! none works on.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args as ClapArgs;
use sel_engine::run::order::{Deed, Order};
use sel_engine::run::{Engine, JobTypes, Options, RestartRequest, Resume};
use sel_engine::status::{InstanceStatus, StepStatus};
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::{Map, Value as Json};

use crate::database::{self, block};
use crate::definition::Definition;
use crate::exit::{Done, Stop};
use crate::place::{Given, OwnEngine, Place, instance, text};
use crate::run::threaded;
use crate::run_param;
use crate::watch::{Watched, Watcher};

/// Store a definition as a new version
#[derive(Debug, ClapArgs)]
pub(crate) struct Push {
    /// The definition
    file: PathBuf,
    #[command(flatten)]
    place: Place,
}

/// Restart a run that is over, and run it to its end
#[derive(Debug, ClapArgs)]
pub(crate) struct Restart {
    /// The workflow
    workflow: String,
    /// The instance
    #[arg(value_parser = instance)]
    instance: i64,
    /// Begin with this step
    #[arg(long)]
    step: Option<String>,
    /// Skip that step instead of running it
    #[arg(long, requires = "step")]
    skip: bool,
    /// Run everything again, not only what is incomplete; with `--step`, within that step
    #[arg(long)]
    from_beginning: bool,
    /// A run param
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    #[command(flatten)]
    watched: Watched,
    #[command(flatten)]
    place: Place,
}

/// Stop a run, or one of its steps
#[derive(Debug, ClapArgs)]
pub(crate) struct Halt {
    /// The workflow
    workflow: String,
    /// The instance
    #[arg(value_parser = instance)]
    instance: i64,
    /// Only this step
    step: Option<String>,
    /// End it as failed
    #[arg(long, conflicts_with_all = ["skip", "bypass", "resume"])]
    kill: bool,
    /// Skip the step
    #[arg(long, requires = "step", conflicts_with_all = ["bypass", "resume"])]
    skip: bool,
    /// Do not wait for the step's signals
    #[arg(long, requires = "step", conflicts_with = "resume")]
    bypass: bool,
    /// Let go of what a breakpoint holds
    #[arg(long, requires = "step")]
    resume: bool,
    #[command(flatten)]
    place: Place,
}

/// Announce a signal
#[derive(Debug, ClapArgs)]
pub(crate) struct Signal {
    /// Its name
    name: String,
    /// Its params: a number, or text; `NAME="12"` is the text of a number
    #[arg(value_name = "NAME=VALUE")]
    params: Vec<String>,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn push(args: &Push) -> Done {
    block(async {
        let path = &args.place.db;
        let mut lock = None;
        if path.exists() {
            let store = database::open(path).await?;
            let types = JobTypes::read(&store).await.map_err(Stop::usage_of)?;
            let definition = Definition::read(&args.file, &types)?;
            lock = database::try_lock(path)?;
            if lock.is_none() {
                // Tried on an engine of its own, which knows the lines of the file.
                let trial = Engine::open(None, Options::default()).await.map_err(Stop::usage_of)?;
                definition.push(&trial, true).await?;
                let order = Order::Push { request: definition.text() };
                if let Some(answer) = args.place.obeyed(&order).await? {
                    writeln!(std::io::stdout().lock(), "version {}", answer["version"])?;
                }
                return Ok(ExitCode::SUCCESS);
            }
            store.close().await;
        }
        let _lock = lock.map_or_else(|| database::lock(path), Ok)?;
        let own = OwnEngine::start(path, Resume::Nothing).await?;
        let types = JobTypes::read(&**own.engine.store()).await.map_err(Stop::usage_of)?;
        let definition = Definition::read(&args.file, &types)?;
        let version = definition.push(&own.engine, true).await?;
        own.end().await;
        writeln!(std::io::stdout().lock(), "version {version}")?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn restart(args: &Restart) -> Done {
    threaded(async {
        let policy =
            if args.from_beginning { "RESTART_FROM_BEGINNING" } else { "RESTART_FROM_INCOMPLETE" };
        let mut run_params = Map::new();
        for param in &args.params {
            run_params.extend([run_param::parse(param, |_| None)?]);
        }
        let order = Order::Restart {
            workflow_id: args.workflow.clone(),
            instance_id: args.instance,
            policy: policy.to_owned(),
            step: args.step.clone(),
            skip: args.skip,
            run_params: run_params.clone(),
        };
        let db = &args.place.db;
        let _lock = match args.place.give(&order).await? {
            Given::Idle(lock) => lock,
            Given::Left => return Ok(ExitCode::SUCCESS),
            Given::Told(answer) => {
                let run = text(&answer, "run");
                writeln!(std::io::stdout().lock(), "{run} is started by the engine at work")?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        let store = Arc::new(SqliteStore::open(db).await.map_err(Stop::usage_of)?);
        let watcher = Watcher::new(store, Some(db), Resume::Nothing, &args.watched);
        let request = RestartRequest {
            workflow_id: args.workflow.clone(),
            instance_id: args.instance,
            policy: policy.to_owned(),
            step: args.step.clone(),
            skip: args.skip,
            run_params,
            ..RestartRequest::default()
        };
        let started = watcher.engine.restart(request).await.map_err(Stop::refused)?;
        watcher.watch(vec![started.run], false).await
    })
}

pub(crate) fn stop(args: &Halt) -> Done {
    block(async {
        let deed = match (args.kill, args.skip, args.bypass, args.resume) {
            (true, ..) => Deed::Kill,
            (_, true, ..) => Deed::Skip,
            (_, _, true, _) => Deed::Bypass,
            (.., true) => Deed::Resume,
            _ => Deed::Stop,
        };
        let order = Order::Act {
            workflow_id: args.workflow.clone(),
            instance_id: args.instance,
            step: args.step.clone(),
            deed,
        };
        let _lock = match args.place.give(&order).await? {
            Given::Idle(lock) => lock,
            Given::Left => return Ok(ExitCode::SUCCESS),
            Given::Told(answer) => {
                let step = match &answer["step"] {
                    Json::String(step) => format!(" {step}"),
                    _ => String::new(),
                };
                let (run, status) = (text(&answer, "run"), text(&answer, "status"));
                let is_over = status.parse().is_ok_and(StepStatus::is_terminal)
                    || status.parse().is_ok_and(InstanceStatus::is_terminal);
                let more = match deed {
                    Deed::Stop | Deed::Kill if !is_over => ": it is being stopped",
                    Deed::Skip if !is_over => ": it is being skipped",
                    _ => "",
                };
                writeln!(std::io::stdout().lock(), "{run}{step} {status}{more}")?;
                return Ok(ExitCode::SUCCESS);
            }
        };
        let db = &args.place.db;
        let key =
            RunKey { workflow_id: args.workflow.clone(), instance_id: args.instance, run_id: 0 };
        // Of a run that no engine works on no step runs: only the whole can be stopped.
        let resume = match args.step {
            None => Resume::Only(key.clone()),
            Some(_) => Resume::Nothing,
        };
        let own = OwnEngine::start(db, resume).await?;
        own.engine.obey(order).await.map_err(Stop::refused)?;
        let run = own.engine.view(&key).await.map_err(Stop::usage_of)?.row.key;
        let status = own.engine.wait(run.clone()).await.map_err(Stop::usage_of)?;
        own.end().await;
        writeln!(std::io::stdout().lock(), "{run} {status}")?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn signal(args: &Signal) -> Done {
    let mut params = Map::new();
    for param in &args.params {
        let (name, value) = run_param::split(param)?;
        // A number is a LONG; what is in quotes is text, whatever it looks like.
        let value = match serde_json::from_str::<Json>(value) {
            Ok(json) if json.is_i64() || json.is_string() => json,
            _ => Json::from(value),
        };
        params.insert(name.to_owned(), value);
    }
    block(async {
        let order = Order::Signal { name: args.name.clone(), params };
        if let Some(answer) = args.place.obeyed(&order).await? {
            writeln!(std::io::stdout().lock(), "{} {}", args.name, answer["seq_id"])?;
        }
        Ok(ExitCode::SUCCESS)
    })
}
