//! `sel eval --workflow FILE [NAME…]`: the params of a workflow definition, without running it.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use indexmap::IndexMap;
use sel::json::Typed;
use sel::{Env, Host, Limits, Value};
use sel_engine::definition::place;
use sel_engine::document::{Violation, decode, parse_json};
use sel_engine::evaluate::{EvaluateError, Options, workflow_params};
use sel_engine::model::{Evaluated, ParamDefinition, ParamDefinitions};

use crate::exit::{Done, FAILED, Stop, USAGE};
use crate::report;
use crate::show::{self, Form};
use crate::source::Source;

/// What is asked for.
pub(crate) struct Request<'r> {
    /// The definition.
    pub(crate) file: &'r Path,
    /// The params wanted; all, if none is named.
    pub(crate) names: &'r [String],
    /// The clock.
    pub(crate) env: &'r Env,
    /// Params given at the start.
    pub(crate) inputs: Vec<(String, Value)>,
    pub(crate) limits: Limits,
}

/// Evaluates and prints them, in the order of the definition.
pub(crate) fn evaluate(request: Request<'_>, form: Form) -> Done {
    let source = Source::file(request.file)?;
    let only_one = request.names.len() == 1;
    match params(&source, request) {
        Ok(Ok(params)) => {
            let mut out = BufWriter::new(io::stdout().lock());
            print(&mut out, &params, form, only_one)?;
            out.flush()?;
            Ok(ExitCode::SUCCESS)
        }
        Ok(Err(error)) => Ok(failure(&source, &error)),
        Err(message) => Err(Stop::usage(message)),
    }
}

/// The params of the definition by name, or why there are none; the outer error: the inputs.
pub(crate) fn params(
    source: &Source,
    request: Request<'_>,
) -> Result<Result<IndexMap<String, Value>, EvaluateError>, String> {
    let mut options = Options::at(request.env.now());
    options.limits = request.limits;
    options.run_params = definitions(request.inputs)?;
    let params = workflow_params(&source.text, request.names, &options);
    Ok(params.map(|all| {
        let value = |param: &sel_engine::model::Parameter| param.evaluated().map(Evaluated::to_sel);
        all.iter().filter_map(|(name, param)| Some((name.clone(), value(param)?))).collect()
    }))
}

/// Inputs as the params of a start request.
fn definitions(inputs: Vec<(String, Value)>) -> Result<ParamDefinitions, String> {
    let mut params = ParamDefinitions::new();
    for (name, value) in inputs {
        let fault = |message: String| format!("param `{name}`: {message}");
        let json = value.to_typed_json().map_err(|e| fault(e.to_string()))?.to_string();
        let node = parse_json(&json).map_err(|e| fault(e.to_string()))?;
        let param: ParamDefinition = decode(&node).map_err(|e| fault(e.to_string()))?;
        params.insert(name, param);
    }
    Ok(params)
}

/// `name = value` lines; the value alone for one that was asked for; an object for JSON.
fn print(
    out: &mut dyn Write,
    params: &IndexMap<String, Value>,
    form: Form,
    only_one: bool,
) -> io::Result<()> {
    if form == Form::Json {
        let typed: IndexMap<&str, Typed<&Value>> =
            params.iter().map(|(name, value)| (name.as_str(), Typed(value))).collect();
        serde_json::to_writer(&mut *out, &typed)?;
        return writeln!(out);
    }
    for (name, value) in params {
        if !only_one {
            write!(out, "{name} = ")?;
        }
        show::value(out, value, form)?;
    }
    Ok(())
}

/// Tells what is wrong with a definition or one of its params.
pub(crate) fn failure(source: &Source, error: &EvaluateError) -> ExitCode {
    match error {
        EvaluateError::Definition(violations) => {
            for violation in &violations.0 {
                report::plain(&located(source, violation));
            }
            let syntax = violations.0.iter().any(|v| v.code == Some("syntax"));
            return ExitCode::from(if syntax { USAGE } else { FAILED });
        }
        EvaluateError::Param(param) => match &param.fault {
            Some(fault) => {
                let name = format!("{}, param `{}`", source.name, param.param);
                report::error(&Source { name, text: fault.source.clone() }, &fault.error);
            }
            None => report::plain(&format!("{}: {error}", source.name)),
        },
    }
    ExitCode::from(FAILED)
}

/// `file:line:column: steps[0].foo: unknown field`
fn located(source: &Source, violation: &Violation) -> String {
    let at = place(&source.text, None, violation);
    format!("{}:{}:{}: {violation}", source.name, at.line, at.column)
}
