//! `sel eval --workflow FILE [NAME…]`: the params of a workflow definition, without running it.

use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::process::ExitCode;

use indexmap::IndexMap;
use sel::json::Typed;
use sel::{Env, Host, Limits, Value};
use sel_engine::evaluate::{EvaluateError, Options, workflow_params};
use sel_engine::params::model::{ParamDefinition, params_from_json};
use serde_json::{Map, Value as Json};

use crate::exit::{Done, FAILED, Stop};
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
    Ok(params.map(|all| all.into_iter().map(|(name, param)| (name, param.value)).collect()))
}

/// Inputs as the params of a start request.
fn definitions(inputs: Vec<(String, Value)>) -> Result<IndexMap<String, ParamDefinition>, String> {
    let mut json = Map::new();
    for (name, value) in inputs {
        let value = value.to_typed_json().map_err(|e| format!("param `{name}`: {e}"))?;
        json.insert(name, value);
    }
    params_from_json(&Json::Object(json), "params").map_err(|e| e.to_string())
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
        EvaluateError::Json(_) => return Stop::usage(format!("{}: {error}", source.name)).report(),
        EvaluateError::Model(model) if model.path.is_empty() => {
            report::plain(&format!("{}: {}", source.name, model.message));
        }
        EvaluateError::Model(_) => report::plain(&format!("{}: {error}", source.name)),
        EvaluateError::Param(param) => match &param.source {
            Some(fault) => {
                let name = format!("{}, param `{}`", source.name, param.param);
                report::error(&Source { name, text: fault.0.clone() }, &fault.1);
            }
            None => report::plain(&format!("{}: {error}", source.name)),
        },
    }
    ExitCode::from(FAILED)
}
