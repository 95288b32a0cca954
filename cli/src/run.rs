//! `sel run FILE`: run a workflow to its end and show what happens.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use rustix::process::Signal;
use sel_engine::run::{Engine, JobTypes, Resume, StartRequest};
use sel_engine::store::{RunKey, SqliteStore, Store};
use serde_json::{Map, Value as Json, json};
use tokio::signal::unix::{SignalKind, signal};

use crate::database;
use crate::definition::Definition;
use crate::exit::{Done, Stop};
use crate::run_param;
use crate::watch::{Watched, Watcher};

/// Run a workflow definition to its end
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The definition: a create request as for Maestro, or its workflow object, JSON or YAML
    file: Option<PathBuf>,
    /// A run param; `NAME:TYPE=VALUE` says its type
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// A file of run params (JSON or YAML): plain values, or param definitions
    #[arg(long = "params", value_name = "FILE")]
    params_file: Option<PathBuf>,
    /// Other definitions that it runs as subworkflows
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Job templates (JSON or YAML) that steps name as their `sub_type`
    #[arg(long, value_name = "FILE")]
    template: Vec<PathBuf>,
    /// Keep everything in this database [default: in memory]
    #[arg(long, value_name = "PATH")]
    db: Option<PathBuf>,
    /// Go on with what is unfinished in the database
    #[arg(long, requires = "db")]
    resume: bool,
    #[command(flatten)]
    watched: Watched,
}

pub(crate) fn run(args: Args) -> Done {
    threaded(drive(args))
}

/// Runs a future to its end on a runtime that has threads for steps.
pub(crate) fn threaded(future: impl Future<Output = Done>) -> Done {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Stop::usage(format!("cannot start: {error}")))?;
    let done = runtime.block_on(async {
        // A file that may grow no more is a full disk, which is told of, and no reason to die.
        let _no_default = signal(SignalKind::from_raw(Signal::XFSZ.as_raw()));
        future.await
    });
    // Children that were told to end must not hold up the command.
    runtime.shutdown_timeout(Duration::from_millis(200));
    done
}

async fn drive(args: Args) -> Done {
    if args.resume && args.file.is_some() {
        return Err(Stop::usage("`--resume` goes on with runs of the database, not with a file"));
    }
    let _lock = args.db.as_deref().map(database::lock).transpose()?;
    let store = match &args.db {
        Some(path) if args.resume => SqliteStore::open_existing(path).await,
        Some(path) => SqliteStore::open(path).await,
        None => SqliteStore::memory().await,
    };
    let store = Arc::new(store.map_err(Stop::usage_of)?);
    let left = unfinished(&*store).await?;
    let resume = if args.resume { Resume::All } else { Resume::Nothing };
    let watcher = Watcher::new(store, args.db.as_deref(), resume, &args.watched);
    let runs = match (&args.db, args.resume) {
        (Some(path), true) => {
            if left.is_empty() {
                remark(&format!("nothing is unfinished in `{}`", path.display()))?;
            }
            left
        }
        (path, _) => {
            if let (count, Some(path)) = (left.len(), path.as_ref().filter(|_| !left.is_empty())) {
                let runs = if count == 1 { "run is" } else { "runs are" };
                remark(&format!(
                    "{count} {runs} unfinished in `{0}`: `sel run --resume --db {0}` goes on",
                    path.display()
                ))?;
            }
            vec![start(&watcher.engine, &args).await?]
        }
    };
    watcher.watch(runs, args.resume).await
}

/// A remark beside the output.
pub(crate) fn remark(text: &str) -> Result<(), Stop> {
    writeln!(std::io::stderr().lock(), "{text}").map_err(Stop::from)
}

async fn unfinished(store: &dyn Store) -> Result<Vec<RunKey>, Stop> {
    let live = store.live(None).await.map_err(Stop::usage_of)?;
    Ok(live.into_iter().filter(|row| row.parent.is_none()).map(|row| row.key).collect())
}

async fn start(engine: &Engine, args: &Args) -> Result<RunKey, Stop> {
    let file =
        args.file.as_ref().ok_or_else(|| Stop::usage("which file? or `--resume` with `--db`"))?;
    for file in &args.template {
        let wrong = |error: String| {
            Stop::usage(format!("`{}` is no job template: {error}", file.display()))
        };
        let template = crate::definition::json(file)?.map_err(wrong)?;
        engine.template(template).await.map_err(|error| wrong(error.to_string()))?;
    }
    let types = JobTypes::read(&**engine.store()).await.map_err(Stop::usage_of)?;
    for other in &args.with {
        Definition::read(other, &types)?.push(engine, false).await?;
    }
    let definition = Definition::read(file, &types)?;
    let mut run_params = Map::new();
    if let Some(file) = &args.params_file {
        let wrong =
            |error: String| Stop::usage(format!("`{}` holds no params: {error}", file.display()));
        let Json::Object(values) = crate::definition::json(file)?.map_err(wrong)? else {
            return Err(wrong("expected an object".to_owned()));
        };
        for (name, value) in values {
            let param = run_param::definition(&value, definition.param_type(&name))
                .ok_or_else(|| wrong(format!("`{name}` is null")))?;
            run_params.insert(name, param);
        }
    }
    for param in &args.params {
        let (name, param) = run_param::parse(param, |name| definition.param_type(name))?;
        run_params.insert(name, param);
    }
    let user = std::env::var("USER").unwrap_or_else(|_| "user".to_owned());
    definition.push(engine, false).await?;
    let defaults = sel_engine::params::workflow_defaults(definition.id(), None);
    let is_new = |name: &&String| !defaults.contains_key(*name) && !definition.has_param(name);
    let new: Vec<String> = run_params.keys().filter(is_new).cloned().collect();
    let start = StartRequest {
        workflow_id: definition.id().to_owned(),
        version: "latest".to_owned(),
        run_params,
        initiator: json!({"type": "MANUAL", "user": user}),
        ..StartRequest::default()
    };
    let started = engine.start(start).await.map_err(Stop::usage_of)?;
    for name in new {
        remark(&format!("`{}` declares no param `{name}`: it is a new one", definition.id()))?;
    }
    Ok(started.run)
}
