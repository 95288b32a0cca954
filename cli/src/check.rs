//! `sel check`: what can be known of an expression, or of a workflow, before it runs.

mod batch;
mod finding;
mod json;
mod sarif;

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use sel::{CheckOptions, Kind, Severity, Ty, check};

use crate::exit::{Done, FAILED, Stop};
use crate::limits::LimitFlags;
use crate::report;
use crate::source::Source;
use finding::{Finding, Report};

/// Check expressions or workflow definitions without evaluating them
#[derive(clap::Args)]
pub(crate) struct Args {
    /// An expression (standard input, if there is neither it nor a file), or a workflow definition:
    /// a file that ends with `.json`, `.yaml` or `.yml`
    #[arg(value_name = "EXPR|WORKFLOW", allow_negative_numbers = true)]
    expr: Option<String>,
    /// More workflow definitions
    #[arg(value_name = "WORKFLOW")]
    more: Vec<String>,
    /// Check files (`-`: standard input)
    #[arg(short = 'f', long = "file", value_name = "FILE", conflicts_with = "expr", num_args = 1..)]
    files: Vec<PathBuf>,
    /// An input and its type (`ANY`, if it is not given)
    #[arg(long = "input", short = 'i', value_name = "NAME[:TYPE]", value_parser = input)]
    inputs: Vec<(String, Ty)>,
    /// The type that the result must be of, or be convertible to
    #[arg(long, value_name = "TYPE", value_parser = ty)]
    expect: Option<Ty>,
    /// There may be more inputs than those given
    #[arg(long)]
    open: bool,
    /// How to tell
    #[arg(long, value_enum, default_value_t = Format::Human)]
    format: Format,
    /// Fail for warnings, too
    #[arg(long)]
    deny_warnings: bool,
    /// Check each line of a file, or of standard input, of objects as `sel eval --jsonl` takes
    #[arg(long, value_name = "FILE|-", num_args = 0..=1, default_missing_value = "-",
          conflicts_with_all = ["expr", "files", "inputs", "format"])]
    jsonl: Option<PathBuf>,
    #[command(flatten)]
    limits: LimitFlags,
}

/// A form of the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
enum Format {
    /// The line of the source with a caret
    Human,
    /// An array with an object for each text
    Json,
    /// SARIF 2.1.0, for tools
    Sarif,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Done {
    let limits = args.limits.limits();
    if let Some(path) = &args.jsonl {
        return batch::check(path, args.expect, &limits);
    }
    let mut options = CheckOptions::new().with_limits(limits);
    for (name, ty) in args.inputs {
        options = options.with_input(name, ty);
    }
    options.expect = args.expect;
    options.is_open = args.open;
    let what: Vec<String> = args.expr.into_iter().chain(args.more).collect();
    let is_workflow = |what: &&String| is_definition(Path::new(what.as_str()));
    let reports: Vec<Report> = match (what.as_slice(), args.files.is_empty()) {
        (what, true) if !what.is_empty() && what.iter().all(|w| is_workflow(&w)) => {
            what.iter().map(|path| workflow(Path::new(path))).collect::<Result<_, _>>()?
        }
        ([], true) => vec![expression(Source::find(None, None)?, &options)],
        ([one], true) => vec![expression(Source::find(Some(one.clone()), None)?, &options)],
        (several, true) => {
            let wrong = several.iter().find(|what| !is_workflow(what));
            return Err(Stop::usage(format!(
                "expected one expression or workflow definitions (`.json`, `.yaml`), found `{}`",
                wrong.map_or("", String::as_str)
            )));
        }
        (_, false) => {
            let found = args.files.iter().map(|path| Source::find(None, Some(path)));
            let sources: Vec<Source> = found.collect::<Result<_, _>>()?;
            sources.into_iter().map(|source| expression(source, &options)).collect()
        }
    };
    print(&reports, args.format)?;
    let fails = |f: &Finding| f.severity == Severity::Error || args.deny_warnings;
    let failed = reports.iter().any(|report| report.findings.iter().any(fails));
    Ok(ExitCode::from(if failed { FAILED } else { 0 }))
}

/// Whether an argument names a workflow definition, or what was meant for one.
fn is_definition(path: &Path) -> bool {
    let ends = |end: &str| path.extension().is_some_and(|found| found.eq_ignore_ascii_case(end));
    ["json", "yaml", "yml"].into_iter().any(ends) || path.is_dir()
}

/// Checks a workflow definition.
fn workflow(path: &Path) -> Result<Report, Stop> {
    let source = Source::file(path)?;
    let findings = sel_engine::check::text(&source.text).into_iter().map(Finding::of_definition);
    let findings = findings.collect();
    Ok(Report { name: source.name, text: source.text, ty: None, findings })
}

/// Checks one expression.
fn expression(source: Source, options: &CheckOptions) -> Report {
    let checked = check(&source.code(), options);
    let own = source.own_check(&checked, options);
    let diagnostics = own.as_ref().unwrap_or(&checked).diagnostics.iter();
    let findings = diagnostics.map(|d| Finding::new(d, |span| source.span(span))).collect();
    Report { name: source.name, text: source.text, ty: Some(checked.ty), findings }
}

fn print(reports: &[Report], format: Format) -> Result<(), Stop> {
    let mut out = BufWriter::new(anstream::AutoStream::auto(io::stdout().lock()));
    match format {
        Format::Human => reports.iter().try_for_each(|report| human(&mut out, report))?,
        Format::Json => writeln!(out, "{:#}", json::reports(reports))?,
        Format::Sarif => writeln!(out, "{:#}", sarif::log(reports))?,
    }
    out.flush()?;
    Ok(())
}

/// The findings with their lines of the source, then the sum.
fn human(out: &mut dyn Write, report: &Report) -> io::Result<()> {
    for finding in &report.findings {
        let name = match &finding.path {
            Some(path) => format!("{} ({path})", report.name),
            None => report.name.clone(),
        };
        let note = report::Note {
            severity: finding.severity,
            code: finding.code,
            message: &finding.message,
            help: finding.help.as_deref(),
            span: finding.span,
        };
        writeln!(out, "{}", report::render(&name, &report.text, &note))?;
    }
    let count = |severity| report.findings.iter().filter(|f| f.severity == severity).count();
    let counted = |n: usize, what: &str| format!("{n} {what}{}", if n == 1 { "" } else { "s" });
    let sum = match (count(Severity::Error), count(Severity::Warning)) {
        (0, 0) => "no errors".to_owned(),
        (0, warnings) => counted(warnings, "warning"),
        (errors, 0) => counted(errors, "error"),
        (errors, warnings) => {
            format!("{}, {}", counted(errors, "error"), counted(warnings, "warning"))
        }
    };
    let gives = match report.ty {
        Some(ty) if !ty.is_never() => format!("; gives {ty}"),
        _ => String::new(),
    };
    writeln!(out, "{}: {sum}{gives}", report::clean(&report.name))
}

/// Reads `NAME` or `NAME:TYPE`.
fn input(text: &str) -> Result<(String, Ty), String> {
    let (name, kind) = text.split_once(':').unwrap_or((text, "ANY"));
    match name.is_empty() {
        true => Err("the name is missing".into()),
        false => Ok((name.to_owned(), ty(kind)?)),
    }
}

/// Reads a type.
fn ty(text: &str) -> Result<Ty, String> {
    if text.eq_ignore_ascii_case("ANY") {
        return Ok(Ty::ANY);
    }
    Kind::from_name(text).map(Ty::of).ok_or_else(|| {
        let names: Vec<_> = Kind::ALL.iter().map(|kind| kind.name()).collect();
        format!("`{text}` is not a type; expected ANY, {}", names.join(", "))
    })
}

/// The name of a type in JSON.
fn ty_name(ty: Ty) -> String {
    if ty.is_never() { "NEVER".to_owned() } else { ty.to_string() }
}
