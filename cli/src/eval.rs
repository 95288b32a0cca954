//! `sel eval`: the value of an expression, of a workflow's params, or of each line of a batch.

use std::io::{self, BufWriter, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use sel::{Outcome, Program};

use crate::exit::{Done, FAILED, Stop};
use crate::show::{self, Form};
use crate::source::Source;
use crate::{batch, given, limits, report, workflow};

/// Evaluate an expression
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The expression (standard input, if there is neither it nor a file); with `--workflow`, the
    /// names of the params wanted
    #[arg(value_name = "EXPR", allow_negative_numbers = true)]
    words: Vec<String>,
    /// Read the expression from a file
    #[arg(short = 'f', long, conflicts_with = "words")]
    file: Option<PathBuf>,
    #[command(flatten)]
    given: given::Given,
    /// Print the type, too
    #[arg(long = "type", short = 't', id = "type", conflicts_with = "json")]
    with_type: bool,
    /// Print the value as typed JSON
    #[arg(long)]
    json: bool,
    /// Evaluate each line of a file, or of standard input, of objects
    /// `{"id", "expr", "params", "ext", "now", "limits"}`
    #[arg(long, value_name = "FILE|-", num_args = 0..=1, default_missing_value = "-",
          conflicts_with_all = ["words", "file", "type", "json"])]
    jsonl: Option<PathBuf>,
    /// Evaluate the params of a workflow definition: those named, or all
    #[arg(long, value_name = "FILE", conflicts_with_all = ["file", "jsonl"])]
    workflow: Option<PathBuf>,
    #[command(flatten)]
    limits: limits::LimitFlags,
}

/// Runs the command.
pub(crate) fn run(args: Args) -> Done {
    if let Some(path) = &args.jsonl {
        let settings = batch::Settings {
            env: args.given.env()?,
            inputs: args.given.inputs()?.into_iter().collect(),
            limits: args.limits.limits(),
        };
        return batch::evaluate(path, &settings);
    }
    let form = match (args.json, args.with_type) {
        (true, _) => Form::Json,
        (_, true) => Form::WithType,
        _ => Form::Plain,
    };
    let Some(file) = &args.workflow else { return expression(args, form) };
    let (names, env) = (&args.words, &args.given.env()?);
    let (inputs, limits) = (args.given.inputs()?, args.limits.limits());
    workflow::evaluate(workflow::Request { file, names, env, inputs, limits }, form)
}

/// The value of one expression.
fn expression(args: Args, form: Form) -> Done {
    let mut words = args.words.into_iter();
    let expr = words.next();
    if let Some(extra) = words.next() {
        return Err(Stop::usage(format!(
            "one expression, please: `{extra}` is a second one; quote the expression"
        )));
    }
    let mut env = args.given.env()?;
    for (name, value) in args.given.inputs()? {
        env.set(name, value);
    }
    let limits = args.limits.limits();
    let source = Source::find(expr, args.file.as_deref())?;
    let code = source.code();
    let outcome = Program::compile_with(&code, &limits).and_then(|p| p.run(&env, &limits, None));
    match outcome {
        Ok(Outcome::Value(value)) => {
            let mut out = BufWriter::new(io::stdout().lock());
            show::value(&mut out, &value, form)?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Outcome::Thrown(message)) => {
            report::thrown(&message);
            Ok(ExitCode::from(FAILED))
        }
        Err(error) => {
            report::error(&source, &source.own_error(error, &limits));
            Ok(ExitCode::from(FAILED))
        }
    }
}
