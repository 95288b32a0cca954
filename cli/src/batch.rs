//! Batches: one JSON object a line in, one a line out, in the same order.
//!
//! The lines stream: neither the number of lines nor the length of the output matters to memory,
//! and a line longer than [`MAX_LINE`] is refused, not held. Whatever is wrong with a line is told
//! in its answer; the lines after it go on. Output is buffered as long as there is input at hand,
//! and handed on before waiting for more, so that a program may talk with us line by line.

pub(crate) mod answer;
mod line;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::process::ExitCode;

use sel::{Env, Limits, Value};
use sel_engine::cache::ProgramCache;

use crate::exit::{Done, Stop};
pub(crate) use line::Line;
use line::LineHost;

/// What holds for all lines.
pub(crate) struct Settings {
    /// The clock and the time zone, where a line doesn't say.
    pub(crate) env: Env,
    /// Inputs that a line doesn't give itself.
    pub(crate) inputs: BTreeMap<String, Value>,
    /// The limits, where a line doesn't say.
    pub(crate) limits: Limits,
}

/// The longest line, in bytes.
const MAX_LINE: usize = 64 << 20;
/// Bytes of source whose programs are kept.
const PROGRAMS: u64 = 1 << 20;
/// Read and written at once.
const CHUNK: usize = 128 << 10;

/// Evaluates each line.
pub(crate) fn evaluate(path: &Path, settings: &Settings) -> Done {
    let mut programs = ProgramCache::new(PROGRAMS, &settings.limits);
    each_line(path, |text, out| {
        let start = out.len();
        let answered = catch_unwind(AssertUnwindSafe(|| {
            evaluate_line(text, settings, &mut programs, out);
        }));
        if answered.is_err() {
            // A fault of ours must not take the other lines with it.
            out.truncate(start);
            answer::malformed(out, text, "the evaluation broke down; this is a fault of sel", 1);
        }
    })
}

fn evaluate_line(text: &[u8], settings: &Settings, programs: &mut ProgramCache, out: &mut Vec<u8>) {
    let line = match Line::read(text) {
        Ok(line) => line,
        Err((message, column)) => return answer::malformed(out, text, &message, column),
    };
    let mut own_limits = None;
    let limits = match &line.limits {
        None => &settings.limits,
        Some(given) => &*own_limits.insert(given.apply(&settings.limits)),
    };
    let host = LineHost { line: &line, settings };
    answer::begin(out, line.id);
    match programs.compile(&line.expr, limits) {
        Err(error) => answer::error(out, &line.expr, &error),
        Ok(program) => match program.run(&host, limits, None) {
            Ok(outcome) => answer::outcome(out, &outcome),
            Err(error) => answer::error(out, &line.expr, &error),
        },
    }
}

/// Reads lines and writes what `answer` appends for each.
pub(crate) fn each_line(path: &Path, mut answer: impl FnMut(&[u8], &mut Vec<u8>)) -> Done {
    let input: Box<dyn Read> = if path == Path::new("-") {
        Box::new(io::stdin().lock())
    } else {
        let name = path.display();
        match File::open(path) {
            Ok(file) if file.metadata().is_ok_and(|m| m.is_dir()) => {
                return Err(Stop::usage(format!("cannot read `{name}`: is a directory")));
            }
            Ok(file) => Box::new(file),
            Err(error) => return Err(Stop::file(name, &error)),
        }
    };
    let mut input = BufReader::with_capacity(CHUNK, input);
    let mut output = io::stdout().lock();
    let mut line = Vec::new();
    let mut out = Vec::new();
    loop {
        if input.buffer().is_empty() || out.len() >= CHUNK {
            output.write_all(&out)?;
            output.flush()?;
            out.clear();
            out.shrink_to(8 * CHUNK);
        }
        match next_line(&mut input, &mut line).map_err(|e| Stop::file(path.display(), &e))? {
            Found::End => break,
            Found::TooLong => {
                let message = format!("the line is longer than {} MiB", MAX_LINE >> 20);
                answer::malformed(&mut out, b"", &message, 1);
            }
            Found::Line => answer(&line, &mut out),
        }
        out.push(b'\n');
    }
    output.write_all(&out)?;
    output.flush()?;
    Ok(ExitCode::SUCCESS)
}

/// What [`next_line`] found.
enum Found {
    Line,
    TooLong,
    End,
}

/// Reads a line into `line`, without its end; the rest of a too long one is skipped.
fn next_line(input: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Found> {
    line.clear();
    line.shrink_to(CHUNK);
    let mut too_long = false;
    let mut any = false;
    loop {
        let chunk = match input.fill_buf() {
            Ok(chunk) => chunk,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(error) => return Err(error),
        };
        any |= !chunk.is_empty();
        let end = chunk.iter().position(|b| *b == b'\n');
        let part = chunk.get(..end.unwrap_or(chunk.len())).unwrap_or_default();
        too_long |= line.len() + part.len() > MAX_LINE;
        if too_long {
            line.clear();
        } else {
            line.extend_from_slice(part);
        }
        let done = end.is_some() || chunk.is_empty();
        let used = part.len() + usize::from(end.is_some());
        input.consume(used);
        if done {
            return Ok(match (too_long, any) {
                (true, _) => Found::TooLong,
                (_, true) => Found::Line,
                (_, false) => Found::End,
            });
        }
    }
}
