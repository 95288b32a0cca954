//! The command `sel`: evaluate, check, format and explain expressions.
//!
//! This file only wires: each subcommand is a module with its `Args` and a `run`. Exit status:
//! 0 for a value (or: clean), 1 when the expression failed, 2 for wrong usage.

mod batch;
mod breakpoint;
mod check;
mod completions;
mod database;
mod definition;
mod doc;
mod eval;
mod exit;
mod explain;
mod fmt;
mod given;
mod graph;
mod json;
mod limits;
mod minus;
mod orders;
mod param;
mod permit;
mod place;
mod progress;
mod properties;
mod reasons;
mod repl;
mod report;
mod run;
mod run_param;
mod runs;
mod scheduler;
mod show;
mod source;
mod table;
mod versions;
mod waiting;
mod watch;
mod workflow;

use std::process::ExitCode;

use clap::{CommandFactory, Parser, Subcommand};

/// SEL, the Simple Expression Language of workflow definitions.
#[derive(Parser)]
#[command(name = "sel", version, disable_help_subcommand = true, max_term_width = 80)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Eval(Box<eval::Args>),
    Repl(Box<repl::Args>),
    Check(Box<check::Args>),
    Explain(explain::Args),
    Fmt(fmt::Args),
    Doc(doc::Args),
    Run(Box<run::Args>),
    Runs(runs::Runs),
    Show(runs::Show),
    Logs(runs::Logs),
    Restart(orders::Restart),
    Stop(orders::Halt),
    Signal(orders::Signal),
    Unblock(versions::Unblock),
    Breakpoint(breakpoint::Args),
    Push(orders::Push),
    Versions(versions::Versions),
    Properties(Box<properties::Args>),
    Permit(permit::Args),
    Scheduler(scheduler::Args),
    Graph(graph::Args),
    Completions(completions::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse_from(minus::settled(std::env::args_os())).command {
        Command::Eval(args) => eval::run(*args),
        Command::Repl(args) => repl::run(&args),
        Command::Check(args) => check::run(*args),
        Command::Explain(args) => explain::run(&args),
        Command::Fmt(args) => fmt::run(args),
        Command::Doc(args) => doc::run(&args),
        Command::Run(args) => run::run(*args),
        Command::Runs(args) => runs::runs(&args),
        Command::Show(args) => runs::show(&args),
        Command::Logs(args) => runs::logs(&args),
        Command::Restart(args) => orders::restart(&args),
        Command::Stop(args) => orders::stop(&args),
        Command::Signal(args) => orders::signal(&args),
        Command::Unblock(args) => versions::unblock(&args),
        Command::Breakpoint(args) => breakpoint::run(&args),
        Command::Push(args) => orders::push(&args),
        Command::Versions(args) => versions::versions(&args),
        Command::Properties(args) => properties::run(&args),
        Command::Permit(args) => permit::run(&args),
        Command::Scheduler(args) => scheduler::run(args),
        Command::Graph(args) => graph::run(&args),
        Command::Completions(args) => completions::run(&args, Cli::command()),
    };
    done.unwrap_or_else(|stop| stop.report())
}
