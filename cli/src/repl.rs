//! `sel repl`: an interactive session, or one that is piped in.

mod command;
mod complete;
mod fold;
mod helper;
mod input;
mod paint;
mod session;
mod signature;
mod terminal;
mod tree;

use std::io::{self, IsTerminal, Write};
use std::process::ExitCode;

use crate::exit::Done;
use crate::{given, limits};
use session::Session;

/// Evaluate interactively
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    given: given::Given,
    /// Edit lines as vi does
    #[arg(long)]
    vi: bool,
    /// Keep no history
    #[arg(long)]
    no_history: bool,
    #[command(flatten)]
    limits: limits::LimitFlags,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Done {
    let mut session = Session::new(args.given.env()?, args.limits.limits());
    for (name, value) in args.given.inputs()? {
        session.set_param(name, value);
    }
    if io::stdin().is_terminal() && io::stdout().is_terminal() {
        terminal::run(session, args.vi, !args.no_history)
    } else {
        piped(session)
    }
}

/// A session without a terminal: no prompt, no escape codes, the same answers.
fn piped(mut session: Session) -> Done {
    let mut inputs = input::Inputs::new(io::stdin().lock());
    let mut out = anstream::stdout();
    while let Some(text) = inputs.next(&session)? {
        let go_on = command::run(&mut session, &text, &mut out, fold::WIDTH)?;
        out.flush()?;
        if go_on == command::Next::Quit {
            break;
        }
    }
    Ok(ExitCode::SUCCESS)
}
