//! `sel runs`, `sel show`, `sel logs`: looking into a database.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use sel_engine::run::{RunView, StepView};
use sel_engine::store::{RunKey, Store};

use crate::database::{block, open};
use crate::exit::{Done, Stop};

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
}

/// Show a run: params, steps, transitions, timeline
#[derive(Debug, ClapArgs)]
pub(crate) struct Show {
    /// The workflow
    workflow: String,
    /// The instance
    instance: i64,
    /// One step in detail
    step: Option<String>,
    /// The run [default: the latest]
    #[arg(long, default_value_t = 0)]
    run: i64,
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
}

/// Print the output of a run's steps
#[derive(Debug, ClapArgs)]
pub(crate) struct Logs {
    /// The workflow
    workflow: String,
    /// The instance
    instance: i64,
    /// Only this step
    step: Option<String>,
    /// The run [default: the latest]
    #[arg(long, default_value_t = 0)]
    run: i64,
    /// The database
    #[arg(long, value_name = "PATH")]
    db: PathBuf,
}

pub(crate) fn runs(args: &Runs) -> Done {
    block(async {
        let store = open(&args.db).await?;
        let rows = store.instances(args.workflow.as_deref(), !args.all, args.limit).await;
        let mut out = std::io::stdout().lock();
        for row in rows.map_err(Stop::usage_of)? {
            let end = row.end_time.map(|end| end.saturating_sub(row.create_time));
            let spent = end.map(crate::tree::duration).unwrap_or_default();
            writeln!(out, "{} {} {spent}", row.key, row.status)?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn show(args: &Show) -> Done {
    block(async {
        let store = open(&args.db).await?;
        let key = RunKey {
            workflow_id: args.workflow.clone(),
            instance_id: args.instance,
            run_id: args.run,
        };
        let view = RunView::read(&store, &key).await.map_err(Stop::usage_of)?;
        let steps = StepView::read(&store, &view.row.key, true).await.map_err(Stop::usage_of)?;
        let mut out = std::io::stdout().lock();
        if let Some(wanted) = &args.step {
            let mut found = false;
            for step in steps.iter().filter(|s| s.step_id == *wanted) {
                found = true;
                detail(&mut out, step)?;
            }
            if !found {
                return Err(Stop::usage(format!("run `{}` has no step `{wanted}`", view.row.key)));
            }
            return Ok(ExitCode::SUCCESS);
        }
        writeln!(
            out,
            "{} {} version {} {}",
            view.row.key, view.row.status, view.info.version, view.info.policy
        )?;
        writeln!(out, "params")?;
        for (name, param) in &view.params {
            writeln!(out, "  {name} = {}", sel_engine::run::value(param))?;
        }
        writeln!(out, "steps")?;
        for step in &steps {
            let times = &step.state.runtime;
            let spent = times.end_time.zip(times.start_time).map(|(e, s)| e.saturating_sub(s));
            let spent = spent.map(crate::tree::duration).unwrap_or_default();
            write!(
                out,
                "  {}#{} {} {spent}",
                step.step_id,
                step.state.attempt,
                step.state.status()
            )?;
            if let Some(iterations) = &step.state.iterations {
                write!(out, " {}", iterations.details())?;
            }
            writeln!(out)?;
        }
        for event in &view.state.timeline {
            writeln!(out, "  {event}")?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

fn detail(out: &mut impl Write, step: &StepView) -> Result<(), Stop> {
    let json = serde_json::json!({
        "step_id": step.step_id, "step_attempt_id": step.state.attempt,
        "runtime_state": step.state.runtime, "step_retry": step.state.retry,
        "conditions": step.state.conditions, "params": step.params(),
        "artifacts": step.data.artifacts, "signal_dependencies": step.data.dependencies,
        "signal_outputs": step.data.outputs, "timeline": step.data.timeline,
    });
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    writeln!(out, "{text}").map_err(Stop::from)
}

pub(crate) fn logs(args: &Logs) -> Done {
    block(async {
        let store = open(&args.db).await?;
        let key = RunKey {
            workflow_id: args.workflow.clone(),
            instance_id: args.instance,
            run_id: args.run,
        };
        let view = RunView::read(&store, &key).await.map_err(Stop::usage_of)?;
        let mut subject = view.row.key.to_string();
        if let Some(step) = &args.step {
            subject = format!("{subject}:{step}");
        }
        let mut out = std::io::stdout().lock();
        for line in store.logs(&subject, 0).await.map_err(Stop::usage_of)? {
            if args.step.is_some() {
                writeln!(out, "{}", line.text)?;
            } else {
                let step = line.subject.rsplit(':').nth(1).unwrap_or_default();
                writeln!(out, "{step} {}| {}", line.kind, line.text)?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
