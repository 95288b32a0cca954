//! `sel runs`, `sel show`, `sel logs`: looking into a database.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args as ClapArgs;
use sel_engine::core::LoopState;
use sel_engine::plan::{Level, Plan};
use sel_engine::run::{RunInfo, RunView, StepView};
use sel_engine::status::InstanceStatus;
use sel_engine::store::{InstanceRow, RunKey, SqliteStore, Store};
use serde_json::{Map, Value as Json, json};

use crate::database::{block, open};
use crate::exit::{Done, Stop};
use crate::progress::duration;
use crate::table::{Table, time};

/// List the runs in a database, the newest first
#[derive(Debug, ClapArgs)]
pub(crate) struct Runs {
    /// Only those of this workflow
    workflow: Option<String>,
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
    /// At most so many
    #[arg(long, default_value_t = 20)]
    limit: i64,
    /// Iterations and child instances as well
    #[arg(long)]
    all: bool,
    /// As JSON lines
    #[arg(long)]
    json: bool,
}

/// Which run of a database, and which of its steps.
#[derive(Debug, ClapArgs)]
struct Which {
    /// The workflow
    workflow: String,
    /// The instance
    #[arg(value_parser = crate::place::instance)]
    instance: i64,
    /// Only this step
    step: Option<String>,
    /// The run [default: the latest]
    #[arg(long, default_value_t = 0, hide_default_value = true)]
    run: i64,
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
}

/// Show a run (params, steps, timeline), or one of its steps
#[derive(Debug, ClapArgs)]
pub(crate) struct Show {
    #[command(flatten)]
    which: Which,
    /// The default params as well
    #[arg(long)]
    all: bool,
    /// Everything, as JSON
    #[arg(long)]
    json: bool,
}

/// Print the output of a run's steps
#[derive(Debug, ClapArgs)]
pub(crate) struct Logs {
    #[command(flatten)]
    which: Which,
}

/// How many of the last lines of its output are shown of a step.
const TAIL: usize = 20;
/// How many ranges of iterations are named one by one.
const LISTED: usize = 5;

impl Which {
    async fn read(&self) -> Result<(SqliteStore, RunView, Vec<StepView>), Stop> {
        let store = open(&self.db).await?;
        let (workflow_id, instance_id) = (self.workflow.clone(), self.instance);
        let key = RunKey { workflow_id, instance_id, run_id: self.run };
        let view = RunView::read(&store, &key).await.map_err(Stop::usage_of)?;
        let mut steps =
            StepView::read(&store, &view.row.key, true).await.map_err(Stop::usage_of)?;
        if let Some(wanted) = &self.step {
            steps.retain(|step| step.step_id == *wanted);
            if steps.is_empty() {
                let message = format!("the run `{}` has no step `{wanted}` yet", view.row.key);
                return Err(Stop::usage(message));
            }
        }
        Ok((store, view, steps))
    }
}

pub(crate) fn runs(args: &Runs) -> Done {
    block(async {
        let store = open(&args.db).await?;
        let rows = store.instances(args.workflow.as_deref(), !args.all, args.limit.max(0)).await;
        let rows = rows.map_err(Stop::usage_of)?;
        let mut out = std::io::stdout().lock();
        if args.json {
            for row in rows {
                writeln!(out, "{}", head(&row))?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let mut table = Table::default();
        for row in rows {
            table.row([
                row.key.to_string(),
                status(&row),
                time(row.create_time),
                row.end_time
                    .map(|end| duration(end.saturating_sub(row.create_time)))
                    .unwrap_or_default(),
            ]);
        }
        if table.is_empty() {
            crate::run::remark("there are no runs")?;
        }
        table.write(&mut out, "")?;
        Ok(ExitCode::SUCCESS)
    })
}

fn status(row: &InstanceRow) -> String {
    if row.queued { "QUEUED".to_owned() } else { row.status.to_string() }
}

fn head(row: &InstanceRow) -> Json {
    json!({"workflow_id": row.key.workflow_id, "workflow_instance_id": row.key.instance_id,
        "workflow_run_id": row.key.run_id, "workflow_uuid": row.uuid, "status": row.status,
        "create_time": row.create_time, "start_time": row.start_time, "end_time": row.end_time})
}

/// The steps of a run's definition; only for a better picture.
pub(crate) async fn level(store: &dyn Store, view: &RunView) -> Option<Arc<Level>> {
    let info = &view.info;
    let row = store.version(&info.definition, Some(info.version)).await.ok()??;
    let definition = serde_json::from_str(&row.definition).ok()?;
    Plan::new(info.version, definition, json!({})).ok()?.level(&info.path)
}

pub(crate) fn show(args: &Show) -> Done {
    block(async {
        let (store, view, steps) = args.which.read().await?;
        let mut out = std::io::stdout().lock();
        if args.json {
            let steps: Vec<Json> = steps.iter().map(step_json).collect();
            let json = match &args.which.step {
                Some(_) => Json::Array(steps),
                None => run_json(&view, steps),
            };
            let text = serde_json::to_string_pretty(&json).map_err(Stop::usage_of)?;
            writeln!(out, "{text}")?;
            return Ok(ExitCode::SUCCESS);
        }
        if args.which.step.is_none() {
            run(&mut out, &view, &steps, args.all)?;
            return Ok(ExitCode::SUCCESS);
        }
        let level = level(&store, &view).await;
        for step in &steps {
            attempt(&mut out, &view.row.key, step, level.as_deref())?;
            let subject = format!("{}:{}:{}", view.row.key, step.step_id, step.state.attempt);
            let lines = store.logs(&subject, 0).await.map_err(Stop::usage_of)?;
            if !lines.is_empty() {
                writeln!(out, "output")?;
            }
            let skipped = lines.len().saturating_sub(TAIL);
            if skipped > 0 {
                writeln!(out, "  … {skipped} lines before: `sel logs` shows them")?;
            }
            for line in lines.iter().skip(skipped) {
                writeln!(out, "  {}", crate::report::clean(&line.text))?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn run_json(view: &RunView, steps: Vec<Json>) -> Json {
    let mut json = head(&view.row);
    let params: Map<String, Json> = sel_engine::run::values(&view.params);
    json["workflow_version_id"] = view.info.version.into();
    json["initiator"] = view.info.initiator.clone();
    json["internal_id"] = view.info.internal_id.into();
    json["correlation_id"] = view.info.correlation_id.as_str().into();
    json["run_config"] = run_config(&view.info);
    json["run_policy"] = view.info.policy.as_str().into();
    json["run_properties"] = view.info.run_properties.clone();
    json["params"] = params.into();
    json["steps"] = steps.into();
    json["timeline"] = view.state.timeline.clone().into();
    json["aggregated_info"] = serde_json::to_value(&view.state.aggregate).unwrap_or_default();
    json["runtime_overview"] = serde_json::to_value(&view.state.overview).unwrap_or_default();
    json
}

fn run_config(info: &RunInfo) -> Json {
    let tags = serde_json::to_value(&info.runtime_tags).unwrap_or_default();
    json!({"runtime_tags": tags, "correlation_id": info.correlation_id, "policy": info.policy})
}

fn step_json(step: &StepView) -> Json {
    json!({
        "step_id": step.step_id, "step_attempt_id": step.state.attempt,
        "runtime_state": step.state.runtime, "step_retry": step.retry(),
        "conditions": step.state.conditions, "params": step.params(),
        "artifacts": step.artifacts(), "signal_dependencies": step.data.dependencies,
        "signal_outputs": step.data.outputs, "timeline": step.data.timeline,
    })
}

/// A run for a person.
fn run(out: &mut impl Write, view: &RunView, steps: &[StepView], all: bool) -> Result<(), Stop> {
    let row = &view.row;
    let spent = row.end_time.map(|end| duration(end.saturating_sub(row.create_time)));
    let spent = spent.map(|spent| format!(" {spent}")).unwrap_or_default();
    writeln!(out, "{} {}{spent}", row.key, status(row))?;
    let by = view.info.initiator.get("type").and_then(Json::as_str).unwrap_or("MANUAL");
    let user = view.info.initiator.get("user").and_then(Json::as_str);
    let user = user.map(|user| format!(" {user}")).unwrap_or_default();
    let (started, version) = (time(row.create_time), view.info.version);
    writeln!(out, "{started} UTC, version {version}, {by}{user}, {}", view.info.policy)?;
    let mut table = Table::default();
    let mut defaults = 0usize;
    for (name, param) in &view.params {
        if !all && param.get("source").is_some_and(is_default) {
            defaults = defaults.saturating_add(1);
            continue;
        }
        table.row([name.clone(), sel_engine::run::value(param).to_string()]);
    }
    if !table.is_empty() || defaults > 0 {
        writeln!(out, "params")?;
    }
    table.write(out, "  ")?;
    if defaults > 0 {
        writeln!(out, "  … {defaults} default params: `--all` shows them")?;
    }
    writeln!(out, "steps")?;
    let mut table = Table::default();
    let mut timeline: Vec<(i64, String)> = Vec::new();
    for step in steps {
        let name = match step.state.attempt {
            ..=1 => step.step_id.clone(),
            attempt => format!("{} #{attempt}", step.step_id),
        };
        timeline.extend(step.data.timeline.iter().map(|event| entry(event, Some(&name))));
        let times = &step.state.runtime;
        let spent = times.end_time.zip(times.start_time).map(|(e, s)| e.saturating_sub(s));
        let iterations = step.state.iterations.as_ref();
        let iterations = iterations.map(progress).unwrap_or_default();
        let spent = spent.map(duration).unwrap_or_default();
        table.row([name, step.state.status().to_string(), spent, iterations]);
    }
    table.write(out, "  ")?;
    timeline.extend(view.state.timeline.iter().map(|event| entry(event, None)));
    timeline.sort_by_key(|(time, _)| *time);
    events(out, &timeline)
}

/// Where the iterations of a loop are: numbers for what deserves a look, counts for the rest.
fn progress(loops: &LoopState) -> String {
    let mut parts = Vec::new();
    for (status, count) in loops.stats() {
        let ended = loops.ended.get(&status).filter(|_| status != InstanceStatus::Succeeded);
        let which: Vec<String> = ended
            .iter()
            .flat_map(|ranges| ranges.iter())
            .take(LISTED)
            .map(|(from, to)| if from == to { from.to_string() } else { format!("{from}-{to}") })
            .collect();
        let more =
            if ended.is_some_and(|ranges| ranges.iter().count() > LISTED) { ", …" } else { "" };
        parts.push(match which.is_empty() {
            true => format!("{count} {status}"),
            false => format!("{count} {status} ({}{more})", which.join(", ")),
        });
    }
    parts.join(", ")
}

fn is_default(source: &Json) -> bool {
    source.as_str().is_some_and(|source| source.starts_with("SYSTEM"))
}

/// A timeline event as its time and a line.
fn entry(event: &Json, step: Option<&str>) -> (i64, String) {
    let text = |name: &str| event.get(name).and_then(Json::as_str);
    let mut line = step.map(|step| format!("{step}: ")).unwrap_or_default();
    match text("message") {
        Some(message) => line.push_str(message.trim_end()),
        None => line.push_str(&event.to_string()),
    }
    (event.get("timestamp").and_then(Json::as_i64).unwrap_or_default(), line)
}

fn events(out: &mut impl Write, timeline: &[(i64, String)]) -> Result<(), Stop> {
    if !timeline.is_empty() {
        writeln!(out, "timeline")?;
    }
    for (when, text) in timeline {
        let text = crate::report::clean(text).replace('\n', "\n    ");
        writeln!(out, "  {} {text}", time(*when))?;
    }
    Ok(())
}

/// An attempt for a person.
fn attempt(
    out: &mut impl Write,
    run: &RunKey,
    step: &StepView,
    level: Option<&Level>,
) -> Result<(), Stop> {
    let state = &step.state;
    writeln!(out, "{run} {} #{} {}", step.step_id, state.attempt, state.status())?;
    let mut table = Table::default();
    let runtime = serde_json::to_value(&state.runtime).unwrap_or_default();
    for (name, value) in runtime.as_object().into_iter().flatten() {
        if let Some(at) = value.as_i64().filter(|_| name != "modify_time") {
            table.row([name.trim_end_matches("_time").replace('_', " "), time(at)]);
        }
    }
    table.write(out, "  ")?;
    section(out, "params", &step.params())?;
    let data = &step.data;
    section(out, "artifacts", &step.artifacts())?;
    let place = level.and_then(|level| Some((level, level.dag.place(&step.step_id)?)));
    if let Some((level, place)) = place.filter(|_| !state.conditions.is_empty()) {
        writeln!(out, "transitions")?;
        let mut table = Table::default();
        let texts = level.steps.get(place).map_or(&[][..], |plan| plan.conditions.as_slice());
        let all = level.dag.successors(place).iter().zip(texts).zip(&state.conditions);
        for ((to, text), holds) in all {
            table.row([level.dag.id(*to).to_owned(), holds.to_string(), text.clone()]);
        }
        table.write(out, "  ")?;
    }
    for (title, list) in
        [("signal dependencies", &data.dependencies), ("signal outputs", &data.outputs)]
    {
        if !list.is_empty() {
            writeln!(out, "{title}")?;
        }
        for one in list {
            writeln!(out, "  {one}")?;
        }
    }
    let timeline: Vec<(i64, String)> = data.timeline.iter().map(|e| entry(e, None)).collect();
    events(out, &timeline)
}

fn section(out: &mut impl Write, title: &str, values: &Map<String, Json>) -> Result<(), Stop> {
    if values.is_empty() {
        return Ok(());
    }
    writeln!(out, "{title}")?;
    let mut table = Table::default();
    for (name, value) in values {
        table.row([name.clone(), value.to_string()]);
    }
    table.write(out, "  ").map_err(Stop::from)
}

pub(crate) fn logs(args: &Logs) -> Done {
    block(async {
        let (store, view, _) = args.which.read().await?;
        let mut subject = view.row.key.to_string();
        if let Some(step) = &args.which.step {
            subject = format!("{subject}:{step}");
        }
        let mut out = std::io::stdout().lock();
        for line in store.logs(&subject, 0).await.map_err(Stop::usage_of)? {
            if args.which.step.is_some() {
                writeln!(out, "{}", line.text)?;
            } else {
                let step = line.subject.rsplit(':').nth(1).unwrap_or_default();
                writeln!(out, "{step} {}| {}", line.kind, line.text)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_that_failed_are_named_the_others_counted() {
        let mut loops = LoopState::new(40, 30, Default::default());
        for index in loops.launch(false) {
            let failed = matches!(index, 3 | 5 | 6);
            if index < 11 {
                loops.end(
                    index,
                    if failed { InstanceStatus::Failed } else { InstanceStatus::Succeeded },
                );
            }
        }
        assert_eq!(progress(&loops), "10 CREATED, 20 IN_PROGRESS, 7 SUCCEEDED, 3 FAILED (3, 5-6)");
        for index in (11..30).step_by(2) {
            loops.end(index, InstanceStatus::Stopped);
        }
        assert!(
            progress(&loops).ends_with("10 STOPPED (11, 13, 15, 17, 19, …)"),
            "{}",
            progress(&loops)
        );
    }
}
