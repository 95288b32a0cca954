//! The command `sel`: evaluate, check, format and explain expressions.
//!
//! This file only wires: each subcommand is a module with its `Args` and a `run`. Exit status:
//! 0 for a value (or: clean), 1 when the expression failed, 2 for wrong usage.

mod batch;
mod doc;
mod eval;
mod exit;
mod fmt;
mod given;
mod json;
mod limits;
mod param;
mod repl;
mod report;
mod show;
mod source;
mod workflow;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// SEL, the Simple Expression Language of workflow definitions.
#[derive(Parser)]
#[command(name = "sel", version, disable_help_subcommand = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Eval(Box<eval::Args>),
    Repl(Box<repl::Args>),
    Fmt(fmt::Args),
    Doc(doc::Args),
}

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Eval(args) => eval::run(*args),
        Command::Repl(args) => repl::run(&args),
        Command::Fmt(args) => fmt::run(args),
        Command::Doc(args) => doc::run(&args),
    };
    done.unwrap_or_else(|stop| stop.report())
}
