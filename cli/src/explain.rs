//! `sel explain`: the page of a diagnostic code.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anstyle::Style;
use sel::diag::{codes, explain};

use crate::exit::{Done, Stop};

const NAME: Style = Style::new().bold();

/// Explain a diagnostic code
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The code, such as `SEL0102`; all codes if none
    code: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Done {
    let mut out = BufWriter::new(anstream::AutoStream::auto(io::stdout().lock()));
    match args.code.as_deref() {
        None => {
            for row in codes() {
                writeln!(out, "{NAME}{}{NAME:#}  {}", row.code, row.title)?;
            }
        }
        Some(code) => match explain(code.trim()) {
            Some(page) => out.write_all(page.as_bytes())?,
            None => {
                let message = format!("`{code}` is not a code; `sel explain` lists them");
                return Err(Stop::usage(message));
            }
        },
    }
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}
