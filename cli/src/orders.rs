//! `sel push`, `sel restart`, `sel stop`, `sel signal`: orders to an engine, or to a database that
//! none works on.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args as ClapArgs;
use sel_engine::clock::{Clock, SystemClock};
use sel_engine::run::{Builder, Engine, JobTypes, Options, RestartRequest, Resume};
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::{Map, Value as Json, json};

use crate::database::{self, block};
use crate::definition::Definition;
use crate::exit::{Done, Stop};
use crate::run::threaded;
use crate::run_param;
use crate::watch::{Watched, Watcher};

/// Store a definition as a new version
#[derive(Debug, ClapArgs)]
pub(crate) struct Push {
    /// The definition
    file: PathBuf,
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
}

/// Restart a run that is over, and run it to its end; or let the engine that works on the database
#[derive(Debug, ClapArgs)]
pub(crate) struct Restart {
    /// The workflow
    workflow: String,
    /// The instance
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
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
}

/// Stop a run, or one of its steps
#[derive(Debug, ClapArgs)]
pub(crate) struct Halt {
    /// The workflow
    workflow: String,
    /// The instance
    instance: i64,
    /// Only this step
    step: Option<String>,
    /// Kill: it fails instead
    #[arg(long, conflicts_with_all = ["skip", "bypass", "resume"])]
    kill: bool,
    /// Skip the step
    #[arg(long, requires = "step", conflicts_with_all = ["bypass", "resume"])]
    skip: bool,
    /// Do not wait for the step's signals
    #[arg(long, requires = "step", conflicts_with = "resume")]
    bypass: bool,
    /// Let go of a breakpoint
    #[arg(long, requires = "step")]
    resume: bool,
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
}

/// Announce a signal
#[derive(Debug, ClapArgs)]
pub(crate) struct Signal {
    /// Its name
    name: String,
    /// Its params: a number, or text; `NAME="12"` is the text of a number
    #[arg(value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
}

/// An engine that leaves the unfinished runs of the database alone, but for those named.
async fn engine(path: &Path, resume: Resume) -> Result<Engine, Stop> {
    let store = SqliteStore::open(path).await.map_err(Stop::usage_of)?;
    let options = Options { watch_commands: false, resume, ..Options::default() };
    Ok(Builder::new(Arc::new(store)).options(options).start())
}

/// Says what becomes of an order.
fn ordered(path: &Path) -> Result<(), Stop> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "ordered: the engine that works on `{}` takes it", path.display())
        .map_err(Stop::from)
}

pub(crate) fn push(args: &Push) -> Done {
    block(async {
        if database::is_in_use(&args.db) {
            let store = database::open(&args.db).await?;
            let types = JobTypes::read(&store).await.map_err(Stop::usage_of)?;
            let definition = Definition::read(&args.file, &types)?;
            // Tried on an engine of its own: the one that takes it has nobody to tell.
            let trial = Engine::open(None, Options::default()).await.map_err(Stop::usage_of)?;
            definition.push(&trial, true).await?;
            let request = definition.text();
            database::order(&store, json!({"action": "push", "request": request})).await?;
            ordered(&args.db)?;
            return Ok(ExitCode::SUCCESS);
        }
        let _lock = database::lock(&args.db)?;
        let engine = engine(&args.db, Resume::Nothing).await?;
        let types = JobTypes::read(&**engine.store()).await.map_err(Stop::usage_of)?;
        let definition = Definition::read(&args.file, &types)?;
        let version = definition.push(&engine, true).await?;
        engine.stop().await;
        writeln!(std::io::stdout().lock(), "version {version}")?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn restart(args: &Restart) -> Done {
    threaded(async {
        let store = database::open(&args.db).await?;
        let policy =
            if args.from_beginning { "RESTART_FROM_BEGINNING" } else { "RESTART_FROM_INCOMPLETE" };
        let mut run_params = Map::new();
        for param in &args.params {
            run_params.extend([run_param::parse(param, |_| None)?]);
        }
        if database::is_in_use(&args.db) {
            let order = json!({"action": "restart", "workflow_id": args.workflow,
                "instance_id": args.instance, "policy": policy, "step": args.step,
                "skip": args.skip, "run_params": run_params,
                // Two orders of the same are two restarts.
                "time": SystemClock::default().now()});
            database::order(&store, order).await?;
            ordered(&args.db)?;
            return Ok(ExitCode::SUCCESS);
        }
        let _lock = database::lock(&args.db)?;
        let store = Arc::new(SqliteStore::open(&args.db).await.map_err(Stop::usage_of)?);
        let watcher = Watcher::new(store, Some(&args.db), Resume::Nothing, &args.watched);
        let request = RestartRequest {
            workflow_id: args.workflow.clone(),
            instance_id: args.instance,
            policy: policy.to_owned(),
            step: args.step.clone(),
            skip: args.skip,
            run_params,
            ..RestartRequest::default()
        };
        let started = watcher.engine.restart(request).await.map_err(Stop::usage_of)?;
        watcher.watch(vec![started.run], false).await
    })
}

pub(crate) fn stop(args: &Halt) -> Done {
    block(async {
        let store = database::open(&args.db).await?;
        let action = match (args.kill, args.skip, args.bypass, args.resume) {
            (true, ..) => "kill",
            (_, true, ..) => "skip",
            (_, _, true, _) => "bypass",
            (.., true) => "resume",
            _ => "stop",
        };
        if database::is_in_use(&args.db) {
            let order = json!({"action": action, "workflow_id": args.workflow,
                "instance_id": args.instance, "step": args.step});
            database::order(&store, order).await?;
            ordered(&args.db)?;
            return Ok(ExitCode::SUCCESS);
        }
        if args.step.is_some() {
            return Err(Stop::usage("no engine works on this database: nothing of the step runs"));
        }
        let _lock = database::lock(&args.db)?;
        let key =
            RunKey { workflow_id: args.workflow.clone(), instance_id: args.instance, run_id: 0 };
        let engine = engine(&args.db, Resume::Only(key.clone())).await?;
        let run = engine.view(&key).await.map_err(Stop::usage_of)?.row.key;
        let done = if args.kill {
            engine.kill_run(run.clone()).await
        } else {
            engine.stop_run(run.clone()).await
        };
        done.map_err(Stop::usage_of)?;
        let status = engine.wait(run.clone()).await.map_err(Stop::usage_of)?;
        engine.stop().await;
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
        let store = database::open(&args.db).await?;
        if database::is_in_use(&args.db) {
            let order = json!({"action": "signal", "name": args.name, "params": params});
            database::order(&store, order).await?;
            ordered(&args.db)?;
            return Ok(ExitCode::SUCCESS);
        }
        let _lock = database::lock(&args.db)?;
        let engine = engine(&args.db, Resume::Nothing).await?;
        let seq = engine.signal(&args.name, params.clone(), None).await.map_err(Stop::usage_of)?;
        engine.stop().await;
        writeln!(std::io::stdout().lock(), "{} {seq}", args.name)?;
        Ok(ExitCode::SUCCESS)
    })
}
