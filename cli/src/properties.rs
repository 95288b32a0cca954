//! `sel properties`: what all versions of a workflow share.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, ValueEnum};
use sel_engine::run::order::Order;
use sel_engine::store::Store;
use serde_json::{Map, Value as Json};

use crate::database::{self, block};
use crate::exit::{Done, Stop};
use crate::place::Place;
use crate::run_param;
use crate::table::{Table, time};

/// Show or change owner, run strategy and limits of a workflow
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The workflow
    workflow: String,
    /// New values: `step_concurrency=5`, `run_strategy=LAST_ONLY`; `run_strategy=3` is PARALLEL,
    /// three at once
    #[arg(value_name = "NAME=VALUE")]
    change: Vec<String>,
    /// New values from a file (JSON or YAML): an object
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
    /// Make this the default again
    #[arg(long, value_name = "NAME")]
    reset: Vec<Reset>,
    /// All snapshots, the newest first
    #[arg(long, conflicts_with_all = ["change", "file", "reset"])]
    history: bool,
    /// As JSON lines
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    place: Place,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
#[value(rename_all = "snake_case")]
enum Reset {
    RunStrategy,
    WorkflowConcurrency,
    StepConcurrency,
}

impl Args {
    fn change(&self) -> Result<Map<String, Json>, Stop> {
        let mut change = Map::new();
        if let Some(file) = &self.file {
            let wrong = |error: String| {
                Stop::usage(format!("`{}` holds no properties: {error}", file.display()))
            };
            match crate::definition::json(file)?.map_err(wrong)? {
                Json::Object(values) => change = values,
                _ => return Err(wrong("expected an object".to_owned())),
            }
        }
        for text in &self.change {
            let (name, value) = run_param::split(text)?;
            let json = match name {
                "owner" | "description" => value.into(),
                _ => serde_json::from_str(value).unwrap_or_else(|_| Json::from(value)),
            };
            change.insert(name.to_owned(), json);
        }
        for reset in &self.reset {
            let name = match reset {
                Reset::RunStrategy => "reset_run_strategy_rule",
                Reset::WorkflowConcurrency => "reset_workflow_concurrency",
                Reset::StepConcurrency => "reset_step_concurrency",
            };
            change.insert(name.to_owned(), true.into());
        }
        Ok(change)
    }
}

pub(crate) fn run(args: &Args) -> Done {
    let change = args.change()?;
    block(async {
        let id = &args.workflow;
        if !change.is_empty() {
            let order = Order::Properties { workflow_id: id.clone(), change: Json::Object(change) };
            if args.place.obeyed(&order).await?.is_none() {
                return Ok(ExitCode::SUCCESS);
            }
        }
        let store = database::open(&args.place.db).await?;
        let mut snapshots = store.properties(id).await.map_err(Stop::usage_of)?;
        if snapshots.is_empty() {
            return Err(Stop::usage(format!("there is no workflow `{id}`")));
        }
        if !args.history {
            snapshots.truncate(1);
        }
        let mut out = std::io::stdout().lock();
        for (at, text) in snapshots {
            let properties: Map<String, Json> =
                serde_json::from_str(&text).map_err(Stop::usage_of)?;
            if args.json {
                let mut line = Map::new();
                line.insert("workflow_id".to_owned(), id.as_str().into());
                line.insert("create_time".to_owned(), at.into());
                line.extend(properties);
                writeln!(out, "{}", Json::Object(line))?;
                continue;
            }
            writeln!(out, "{id} since {} UTC", time(at))?;
            table(&properties).write(&mut out, "  ")?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// The properties, with the defaults of those that matter most.
fn table(properties: &Map<String, Json>) -> Table {
    let mut table = Table::default();
    for (name, default) in [("run_strategy", "SEQUENTIAL"), ("step_concurrency", "20")] {
        if !properties.contains_key(name) {
            table.row([name.to_owned(), format!("{default} (default)")]);
        }
    }
    for (name, value) in properties {
        let strategy = value.get("rule").and_then(Json::as_str).filter(|_| name == "run_strategy");
        let text = match (value, strategy) {
            (Json::String(text), _) => text.clone(),
            (_, Some(rule)) => match &value["workflow_concurrency"] {
                Json::Null => rule.to_owned(),
                most => format!("{rule} {most}"),
            },
            (other, _) => other.to_string(),
        };
        table.row([name.clone(), text]);
    }
    table
}
