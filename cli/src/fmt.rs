//! `sel fmt`: programs in canonical form.

use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use sel::Limits;
use sel::syntax::format_source;

use crate::exit::{Done, FAILED, Stop};
use crate::report;
use crate::source::Source;

/// Print an expression in canonical form
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The expression (standard input, if there is neither it nor a file)
    #[arg(value_name = "EXPR", allow_negative_numbers = true)]
    expr: Option<String>,
    /// Format files (`-`: standard input)
    #[arg(short = 'f', long = "file", value_name = "FILE", conflicts_with = "expr", num_args = 1..)]
    files: Vec<PathBuf>,
    /// Print nothing; fail if something is not in canonical form
    #[arg(long)]
    check: bool,
    /// Write the files instead of printing them
    #[arg(short = 'w', long, conflicts_with_all = ["check", "expr"], requires = "files")]
    write: bool,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Done {
    if args.files.is_empty() {
        let source = Source::find(args.expr, None)?;
        let is_fine = format(&source, args.check, None)?;
        return Ok(ExitCode::from(if is_fine { 0 } else { FAILED }));
    }
    let mut all_fine = true;
    for path in &args.files {
        let source = Source::find(None, Some(path))?;
        all_fine &= format(&source, args.check, args.write.then_some(path))?;
    }
    Ok(ExitCode::from(if all_fine { 0 } else { FAILED }))
}

/// Formats one text; false if it is no program, or not in canonical form when that is checked.
#[expect(clippy::field_reassign_with_default, reason = "the struct is not exhaustive")]
fn format(source: &Source, check: bool, file: Option<&PathBuf>) -> Result<bool, Stop> {
    // Formatting evaluates nothing: only what the parser needs is limited.
    let mut limits = Limits::default();
    limits.source_length = usize::MAX;
    let text = match format_source(&source.code(), &limits) {
        Ok(text) => text,
        Err(error) => {
            report::error(source, &source.own_error(error, &limits));
            return Ok(false);
        }
    };
    let is_canonical = text.trim_end() == source.text.trim_end();
    match file {
        _ if check => {
            if !is_canonical {
                report::plain(&format!("`{}` is not in canonical form", source.name));
            }
            Ok(is_canonical)
        }
        Some(path) => {
            if text != source.text {
                fs::write(path, text)
                    .map_err(|e| Stop::usage(format!("cannot write `{}`: {e}", path.display())))?;
            }
            Ok(true)
        }
        None => {
            let mut out = io::stdout().lock();
            out.write_all(text.as_bytes())?;
            out.flush()?;
            Ok(true)
        }
    }
}
