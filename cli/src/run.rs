//! `sel run FILE`: run a workflow to its end and show what happens.

use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use sel_engine::run::{Engine, Resume, StartRequest};
use sel_engine::store::{RunKey, SqliteStore, Store};
use serde_json::{Map, Value as Json, json};

use crate::database;
use crate::definition::Definition;
use crate::exit::{Done, Stop};
use crate::watch::{Watched, Watcher};

/// Run a workflow definition to its end
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The definition: a create request as for Maestro, or its workflow object, JSON or YAML
    file: Option<PathBuf>,
    /// A run param; the type is that of the definition, or guessed
    #[arg(long = "param", value_name = "NAME=VALUE")]
    params: Vec<String>,
    /// A JSON file of run params: plain values, or param definitions
    #[arg(long = "params", value_name = "FILE")]
    params_file: Option<PathBuf>,
    /// Other definitions that it runs as subworkflows
    #[arg(long, value_name = "FILE")]
    with: Vec<PathBuf>,
    /// Job templates (JSON) that steps name as their `sub_type`
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
    let done = runtime.block_on(future);
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
        let text = std::fs::read_to_string(file).map_err(|e| Stop::file(file.display(), &e))?;
        let wrong = |error: &dyn std::fmt::Display| {
            Stop::usage(format!("`{}` is no job template: {error}", file.display()))
        };
        let template = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
        engine.template(template).await.map_err(|error| wrong(&error))?;
    }
    for other in &args.with {
        Definition::read(other)?.push(engine, false).await?;
    }
    let definition = Definition::read(file)?;
    let mut run_params = Map::new();
    if let Some(file) = &args.params_file {
        let text = std::fs::read_to_string(file).map_err(|e| Stop::file(file.display(), &e))?;
        let json: Map<String, Json> = serde_json::from_str(&text).map_err(|error| {
            Stop::usage(format!("`{}` is no JSON object of params: {error}", file.display()))
        })?;
        for (name, value) in json {
            let is_definition = value.get("type").is_some();
            let param = if is_definition {
                value
            } else {
                self::definition(definition.param_type(&name), value)
            };
            run_params.insert(name, param);
        }
    }
    for param in &args.params {
        let (name, value) = split(param)?;
        run_params.insert(name.to_owned(), given(definition.param_type(name), value));
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

/// A param of the command line: JSON where it is, text otherwise and where a STRING is wanted.
pub(crate) fn given(declared: Option<&str>, text: &str) -> Json {
    let json = serde_json::from_str(text).unwrap_or_else(|_| Json::from(text));
    let is_string = declared.is_some_and(|declared| declared.eq_ignore_ascii_case("STRING"));
    definition(declared, if is_string && !json.is_string() { text.into() } else { json })
}

/// The two parts of `NAME=VALUE`.
pub(crate) fn split(text: &str) -> Result<(&str, &str), Stop> {
    text.split_once('=')
        .filter(|(name, _)| !name.is_empty())
        .ok_or_else(|| Stop::usage(format!("`{text}` is not NAME=VALUE")))
}

/// A param of a plain value: with the declared type, or the value's own.
fn definition(declared: Option<&str>, value: Json) -> Json {
    let own = match &value {
        Json::Bool(_) => "BOOLEAN",
        Json::Number(n) if n.is_i64() => "LONG",
        Json::Number(_) => "DOUBLE",
        Json::Object(_) => "STRING_MAP",
        Json::Array(list) if list.iter().all(Json::is_i64) => "LONG_ARRAY",
        Json::Array(_) => "STRING_ARRAY",
        _ => "STRING",
    };
    let kind = declared.unwrap_or(own);
    let text = kind.eq_ignore_ascii_case("STRING") && !value.is_string();
    let value = if text { value.to_string().into() } else { value };
    json!({"value": value, "type": kind})
}
