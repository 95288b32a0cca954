//! `sel completions SHELL`: what the Tab key completes after `sel`.

use std::io::Write;
use std::process::ExitCode;

use clap::Args as ClapArgs;
use clap_complete::{Shell, generate};

use crate::exit::{Done, Stop};

/// Print the completions for a shell
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
}

pub(crate) fn run(args: &Args, mut command: clap::Command) -> Done {
    // The generator panics where the output is closed: it writes to memory.
    let mut text = Vec::new();
    generate(args.shell, &mut command, "sel", &mut text);
    std::io::stdout().lock().write_all(&text).map_err(Stop::from)?;
    Ok(ExitCode::SUCCESS)
}
