//! `sel run FILE`: run a workflow to its end and show what happens.

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Args as ClapArgs;
use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, Live, Options, Resume, StartRequest, StepView};
use sel_engine::runtime::{Registry, RuntimeOptions};
use sel_engine::status::InstanceStatus;
use sel_engine::store::{RunKey, SqliteStore, Store};
use serde_json::{Map, Value as Json, json};

use crate::database;
use crate::definition::Definition;
use crate::exit::{Done, FAILED, Stop};
use crate::tree::Tree;
use crate::waiting::Waiting;

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
    /// Show the output of steps as well
    #[arg(long)]
    follow: bool,
    /// Events as JSON lines
    #[arg(long)]
    json: bool,
    /// Go on with what is unfinished in the database
    #[arg(long, requires = "db")]
    resume: bool,
    /// Let the engine's clock run so many times faster, to try out a workflow that sleeps
    #[arg(long, value_name = "FACTOR", default_value_t = 1)]
    time_scale: u32,
    /// A host that Http steps may call; `*` for any
    #[arg(long, value_name = "HOST")]
    allow: Vec<String>,
}

pub(crate) fn run(args: Args) -> Done {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| Stop::usage(format!("cannot start: {error}")))?;
    let done = runtime.block_on(drive(args));
    // Children that were told to end must not hold up the command.
    runtime.shutdown_timeout(Duration::from_millis(200));
    done
}

async fn drive(args: Args) -> Done {
    let _lock = args.db.as_deref().map(database::lock).transpose()?;
    let store = match &args.db {
        Some(path) => SqliteStore::open(path).await,
        None => SqliteStore::memory().await,
    };
    let store = Arc::new(store.map_err(Stop::usage_of)?);
    let file = Arc::clone(&store);
    let options = RuntimeOptions { http_allow: args.allow.clone(), ..RuntimeOptions::default() };
    let left = unfinished(&*store).await?;
    let resume = if args.resume { Resume::All } else { Resume::Nothing };
    let engine = Builder::new(store)
        .registry(Registry::standard(options))
        .clock(SystemClock::scaled(args.time_scale))
        .options(Options { watch_commands: args.db.is_some(), resume, ..Options::default() })
        .start();
    let mut events = engine.subscribe();
    let runs = if args.resume {
        left
    } else {
        if let (count, Some(path)) = (left.len(), args.db.as_ref().filter(|_| !left.is_empty())) {
            let runs = if count == 1 { "run is" } else { "runs are" };
            remark(&format!(
                "{count} {runs} unfinished in `{0}`: `sel run --resume --db {0}` goes on",
                path.display()
            ))?;
        }
        vec![start(&engine, &args).await?]
    };
    let mut printer = Printer::new(&args, &runs);
    let mut worst = InstanceStatus::Succeeded;
    for run in &runs {
        let status = watch(&engine, &mut events, run, &mut printer).await?;
        printer.last(&engine, run, status).await?;
        if status != InstanceStatus::Succeeded {
            worst = status;
        }
    }
    engine.stop().await;
    if args.db.is_some() {
        // What is in the log of the database goes to its file.
        file.close().await;
    }
    let failed = worst != InstanceStatus::Succeeded;
    Ok(if failed { ExitCode::from(FAILED) } else { ExitCode::SUCCESS })
}

/// A remark beside the output.
fn remark(text: &str) -> Result<(), Stop> {
    writeln!(std::io::stderr().lock(), "{text}").map_err(Stop::from)
}

async fn unfinished(store: &dyn Store) -> Result<Vec<RunKey>, Stop> {
    let live = store.live(None).await.map_err(Stop::usage_of)?;
    Ok(live.into_iter().filter(|row| row.parent.is_none()).map(|row| row.key).collect())
}

async fn start(engine: &Engine, args: &Args) -> Result<RunKey, Stop> {
    let file = args.file.as_ref().ok_or_else(|| Stop::usage("which file? or --resume"))?;
    for file in &args.template {
        let text = std::fs::read_to_string(file).map_err(|e| Stop::file(file.display(), &e))?;
        let wrong = |error: &dyn std::fmt::Display| {
            Stop::usage(format!("`{}` is no job template: {error}", file.display()))
        };
        let template = serde_json::from_str(&text).map_err(|error| wrong(&error))?;
        engine.template(template).await.map_err(|error| wrong(&error))?;
    }
    for other in &args.with {
        Definition::read(other)?.push(engine).await?;
    }
    let definition = Definition::read(file)?;
    let mut run_params = Map::new();
    if let Some(file) = &args.params_file {
        let text = std::fs::read_to_string(file).map_err(|e| Stop::file(file.display(), &e))?;
        let json: Map<String, Json> = serde_json::from_str(&text)
            .map_err(|error| Stop::usage(format!("`{}`: {error}", file.display())))?;
        for (name, value) in json {
            let is_definition = value.get("type").is_some();
            let param = if is_definition { value } else { guess(&definition, &name, value) };
            run_params.insert(name, param);
        }
    }
    for param in &args.params {
        let (name, value) = param
            .split_once('=')
            .ok_or_else(|| Stop::usage(format!("`{param}` is not NAME=VALUE")))?;
        let value = serde_json::from_str(value).unwrap_or_else(|_| Json::from(value));
        run_params.insert(name.to_owned(), guess(&definition, name, value));
    }
    let user = std::env::var("USER").unwrap_or_else(|_| "user".to_owned());
    definition.push(engine).await?;
    let start = StartRequest {
        workflow_id: definition.id().to_owned(),
        version: "latest".to_owned(),
        run_params,
        initiator: json!({"type": "MANUAL", "user": user}),
        ..StartRequest::default()
    };
    engine.start(start).await.map(|started| started.run).map_err(Stop::usage_of)
}

/// A param of a plain value: with the definition's type, or the value's own.
fn guess(definition: &Definition, name: &str, value: Json) -> Json {
    let defined = definition.param_type(name);
    let own = match &value {
        Json::Bool(_) => "BOOLEAN",
        Json::Number(n) if n.is_i64() => "LONG",
        Json::Number(_) => "DOUBLE",
        Json::Object(_) => "STRING_MAP",
        Json::Array(list) if list.iter().all(Json::is_i64) => "LONG_ARRAY",
        Json::Array(_) => "STRING_ARRAY",
        _ => "STRING",
    };
    let kind = defined.unwrap_or(own);
    let text = kind.eq_ignore_ascii_case("STRING") && !value.is_string();
    let value = if text { value.to_string().into() } else { value };
    json!({"value": value, "type": kind})
}

/// How long nothing happens until it is said what is waited for.
const QUIET: Duration = Duration::from_millis(500);

/// Shows events until the run is over. Ctrl-C stops the run, a second one the command.
async fn watch(
    engine: &Engine,
    events: &mut tokio::sync::broadcast::Receiver<Arc<Live>>,
    run: &RunKey,
    printer: &mut Printer,
) -> Result<InstanceStatus, Stop> {
    let waiting = engine.clone();
    let key = run.clone();
    let mut ended = tokio::spawn(async move { waiting.wait(key).await });
    let mut interrupts = 0u32;
    let mut waiting = Waiting::new(printer.database.clone());
    if printer.resumed {
        waiting.recall(engine).await?;
    }
    loop {
        tokio::select! {
            biased;
            _ = tokio::signal::ctrl_c() => {
                interrupts = interrupts.saturating_add(1);
                if interrupts > 1 {
                    return Err(Stop::usage("interrupted; `--resume` goes on"));
                }
                remark("stopping; Ctrl-C again ends at once")?;
                // It may have come to its end in this very moment.
                let _ = engine.stop_run(run.clone()).await;
            }
            event = events.recv() => match event {
                Ok(event) => {
                    waiting.note(&event);
                    printer.event(&event)?;
                }
                Err(tokio::sync::broadcast::error::RecvError::Lagged(_)) => {}
                Err(tokio::sync::broadcast::error::RecvError::Closed) => {}
            },
            () = tokio::time::sleep(QUIET), if waiting.has_news() => {
                for text in waiting.news(engine).await? {
                    remark(&text)?;
                }
            }
            result = &mut ended => {
                while let Ok(event) = events.try_recv() {
                    printer.event(&event)?;
                }
                return match result {
                    Ok(status) => status.map_err(Stop::usage_of),
                    Err(error) => Err(Stop::usage(error.to_string())),
                };
            }
        }
    }
}

/// Shows events: a tree on a terminal, lines elsewhere, JSON when asked.
struct Printer {
    database: Option<PathBuf>,
    resumed: bool,
    json: bool,
    follow: bool,
    tree: Option<Tree>,
}

impl Printer {
    fn new(args: &Args, runs: &[RunKey]) -> Printer {
        let terminal = std::io::stdout().is_terminal() && !args.json && !args.follow;
        let tree = terminal.then(|| runs.first().map(|run| Tree::new(run.clone()))).flatten();
        Printer {
            database: args.db.clone(),
            resumed: args.resume,
            json: args.json,
            follow: args.follow,
            tree,
        }
    }

    fn event(&mut self, event: &Live) -> Result<(), Stop> {
        let mut out = std::io::stdout().lock();
        if self.json {
            writeln!(out, "{}", json(event))?;
            return Ok(());
        }
        if let Some(tree) = &mut self.tree {
            tree.event(event);
            return tree.draw(&mut out).map_err(Stop::from);
        }
        match (&event.step, &event.line) {
            (Some((step, _)), Some((stream, line))) if self.follow => {
                writeln!(out, "{step} {stream}| {line}")?;
            }
            (Some((step, attempt)), None) if is_shown(&event.status) => {
                writeln!(out, "{} {step}#{attempt} {}", event.run, event.status)?;
            }
            _ => {}
        }
        Ok(())
    }

    async fn last(
        &mut self,
        engine: &Engine,
        run: &RunKey,
        status: InstanceStatus,
    ) -> Result<(), Stop> {
        let view = engine.view(run).await.map_err(Stop::usage_of)?;
        let end = view.row.end_time.unwrap_or(view.row.create_time);
        let millis = end.saturating_sub(view.row.create_time);
        let steps = engine.steps(run, false).await.map_err(Stop::usage_of)?;
        let mut out = std::io::stdout().lock();
        if self.json {
            let line = json!({"workflow_id": run.workflow_id, "workflow_instance_id": run.instance_id,
                "workflow_run_id": run.run_id, "status": status, "duration_ms": millis});
            return writeln!(out, "{line}").map_err(Stop::from);
        }
        for step in &steps {
            failure(&mut out, step)?;
        }
        writeln!(out, "{run} {status} in {}", crate::tree::duration(millis)).map_err(Stop::from)
    }
}

/// Says why a step failed.
fn failure(out: &mut impl Write, step: &StepView) -> Result<(), Stop> {
    if step.state.status().is_failure() {
        let last = step.data.timeline.iter().rev().find_map(|e| e.get("message")?.as_str());
        writeln!(
            out,
            "{} {}: {}",
            step.step_id,
            step.state.status(),
            last.unwrap_or("no reason given")
        )?;
    }
    Ok(())
}

fn is_shown(status: &str) -> bool {
    status
        .parse::<sel_engine::status::StepStatus>()
        .is_ok_and(|s| s.is_terminal() || s.is_listed() && s.as_str() != "EVALUATING_PARAMS")
}

fn json(event: &Live) -> Json {
    let mut json = json!({"time": event.time, "workflow_id": event.run.workflow_id,
        "workflow_instance_id": event.run.instance_id, "workflow_run_id": event.run.run_id});
    if let Some((step, attempt)) = &event.step {
        json["step_id"] = step.as_str().into();
        json["step_attempt_id"] = (*attempt).into();
    }
    match &event.line {
        Some((stream, line)) => {
            json["stream"] = (*stream).into();
            json["line"] = line.as_str().into();
        }
        None => json["status"] = event.status.as_str().into(),
    }
    json
}
