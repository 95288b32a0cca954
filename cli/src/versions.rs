//! `sel versions`, `sel unblock`: what of a workflow may start.

use std::io::Write;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use sel_engine::run::order::Order;
use sel_engine::store::Store;

use crate::database::{self, block};
use crate::exit::{Done, Stop};
use crate::place::Place;
use crate::table::{Table, time};

/// List workflows, or the versions of one; choose the active one
#[derive(Debug, ClapArgs)]
pub(crate) struct Versions {
    /// The workflow [default: all]
    workflow: Option<String>,
    /// Make this version, a number or `latest`, the one that triggers start
    #[arg(long, value_name = "VERSION", requires = "workflow")]
    activate: Option<String>,
    /// Leave no version active: triggers start nothing
    #[arg(long, requires = "workflow", conflicts_with = "activate")]
    deactivate: bool,
    #[command(flatten)]
    place: Place,
}

/// Let a STRICT_SEQUENTIAL workflow go on past its failed runs
#[derive(Debug, ClapArgs)]
pub(crate) struct Unblock {
    /// The workflow
    workflow: String,
    #[command(flatten)]
    place: Place,
}

pub(crate) fn versions(args: &Versions) -> Done {
    block(async {
        let mut out = std::io::stdout().lock();
        if let Some(id) =
            args.workflow.as_ref().filter(|_| args.activate.is_some() || args.deactivate)
        {
            let order = Order::Activate { workflow_id: id.clone(), version: args.activate.clone() };
            if let Some(answer) = args.place.obeyed(&order).await? {
                match answer["version"].as_i64() {
                    Some(version) => writeln!(out, "version {version} is active")?,
                    None => writeln!(out, "no version is active")?,
                }
            }
            return Ok(ExitCode::SUCCESS);
        }
        let store = database::open(&args.place.db).await?;
        let mut table = Table::default();
        let ids = match &args.workflow {
            Some(id) => vec![id.clone()],
            None => store.workflows().await.map_err(Stop::usage_of)?,
        };
        for id in ids {
            let known = store.workflow(&id).await.map_err(Stop::usage_of)?;
            let Some((active, latest, _)) = known else {
                return Err(Stop::usage(format!("there is no workflow `{id}`")));
            };
            if args.workflow.is_none() {
                let active = active.map_or_else(|| "none".to_owned(), |n| n.to_string());
                table.row([id, format!("latest {latest}"), format!("active {active}")]);
                continue;
            }
            for (version, pushed) in store.versions(&id).await.map_err(Stop::usage_of)? {
                let mark = if Some(version) == active { "active" } else { "" };
                table.row([version.to_string(), time(pushed), mark.to_owned()]);
            }
        }
        if table.is_empty() {
            crate::run::remark("there are no workflows")?;
        }
        table.write(&mut out, "")?;
        Ok(ExitCode::SUCCESS)
    })
}

pub(crate) fn unblock(args: &Unblock) -> Done {
    block(async {
        let order = Order::Unblock { workflow_id: args.workflow.clone() };
        if let Some(answer) = args.place.obeyed(&order).await? {
            let count = answer["unblocked"].as_u64().unwrap_or(0);
            let runs = if count == 1 { "run" } else { "runs" };
            writeln!(std::io::stdout().lock(), "{count} failed {runs} unblocked")?;
        }
        Ok(ExitCode::SUCCESS)
    })
}
