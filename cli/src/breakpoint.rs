//! `sel breakpoint`: hold the attempts of a step.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, Subcommand};
use sel_engine::run::Breakpoint;
use sel_engine::run::order::Order;

use crate::database::{self, block};
use crate::exit::{Done, Stop};
use crate::place::Place;
use crate::table::{Table, time};

/// Hold the attempts of a step until somebody lets them go
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Hold each new attempt of a step
    Add {
        #[command(flatten)]
        step: Step,
    },
    /// List the breakpoints and the attempts that they hold
    List {
        /// Only those of this workflow
        workflow: Option<String>,
        /// The database
        #[arg(long, value_name = "PATH")]
        db: PathBuf,
    },
    /// Remove a breakpoint and let go of what it holds
    Remove {
        #[command(flatten)]
        step: Step,
        /// What it holds stays held, until `sel stop … --resume`
        #[arg(long)]
        keep_held: bool,
    },
}

#[derive(Debug, ClapArgs)]
struct Step {
    /// The workflow
    workflow: String,
    /// The step, in loops too
    step: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn run(args: &Args) -> Done {
    block(async {
        let mut out = std::io::stdout().lock();
        match &args.verb {
            Verb::Add { step } => {
                let (workflow_id, step_id) = (step.workflow.clone(), step.step.clone());
                let order = Order::SetBreakpoint { workflow_id, step_id };
                if step.place.obeyed(&order).await?.is_some() {
                    writeln!(out, "new attempts of `{}` are held", step.step)?;
                }
            }
            Verb::Remove { step, keep_held } => {
                let (workflow_id, step_id) = (step.workflow.clone(), step.step.clone());
                let resume = !keep_held;
                let order = Order::RemoveBreakpoint { workflow_id, step_id, resume };
                if let Some(answer) = step.place.obeyed(&order).await? {
                    let count = answer["held"].as_u64().unwrap_or(0);
                    let held = if count == 1 { "attempt" } else { "attempts" };
                    let verb = match (resume, count) {
                        (true, 1) => "goes on",
                        (true, _) => "go on",
                        (false, 1) => "stays held",
                        (false, _) => "stay held",
                    };
                    writeln!(out, "removed; {count} {held} {verb}")?;
                }
            }
            Verb::List { workflow, db } => {
                let store = database::open(db).await?;
                let list = Breakpoint::list(&store).await.map_err(Stop::usage_of)?;
                let mut table = Table::default();
                let is_wanted =
                    |it: &&Breakpoint| workflow.as_ref().is_none_or(|id| it.workflow_id == *id);
                for it in list.iter().filter(is_wanted) {
                    let since = it.create_time.map_or_else(|| "removed".to_owned(), time);
                    table.row([it.workflow_id.clone(), it.step_id.clone(), since]);
                    for (run, attempt) in &it.held {
                        let attempt =
                            if *attempt > 1 { format!(" #{attempt}") } else { String::new() };
                        table.row([format!("  {run}"), format!("held{attempt}"), String::new()]);
                    }
                }
                if table.is_empty() {
                    crate::run::remark("there are no breakpoints")?;
                }
                table.write(&mut out, "")?;
            }
        }
        Ok(ExitCode::SUCCESS)
    })
}
