//! Python: a script or inline code in a virtual environment of its requirements.

use std::path::PathBuf;

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use tokio::process::Command;

use super::scratch::Scratch;
use super::venv::Environments;
use super::{Failure, Outcome, Report, StepContext, StepRuntime, environment, process};

/// Runs `script` (inline code) or `file` (a path, with `args`) by `python` (default `python3`).
///
/// The code runs in an environment of its own with the `requirements` (STRING_ARRAY, or the lines
/// of a requirements file), made once and kept in the cache under their hash; with `isolated`
/// false, in that of the interpreter. The params arrive as variables and as the JSON file named by
/// `MAESTRO_PARAMS`; output params leave as those of a Shell step do.
#[derive(Debug)]
pub struct Python {
    environments: Environments,
}

impl Python {
    /// Keeps environments in this directory, or in the user's cache.
    #[must_use]
    pub fn new(cache: Option<PathBuf>) -> Python {
        let home = || std::env::var_os("HOME").map(|home| PathBuf::from(home).join(".cache"));
        let cache = cache.or_else(|| {
            let base = std::env::var_os("XDG_CACHE_HOME").map(PathBuf::from).or_else(home);
            base.map(|base| base.join("sel").join("python"))
        });
        let cache = cache.unwrap_or_else(|| std::env::temp_dir().join("sel-python"));
        Python { environments: Environments::new(cache) }
    }

    async fn command(&self, context: &StepContext, scratch: &Scratch) -> Result<Command, Failure> {
        let (code, file) = (context.text("script"), context.text("file"));
        if code.is_none() && file.is_none() {
            let message = "a Python step needs the param `script` or `file`";
            return Err(Failure(Outcome::FatalError, message.to_owned()));
        }
        let mut params = Map::clone(&context.workflow_params);
        params.extend(Map::clone(&context.params));
        let params = scratch.write("params.json", Json::Object(params).to_string().as_bytes())?;
        let requirements = lines(context.params.get("requirements"));
        let isolated = context.params.get("isolated") != Some(&Json::Bool(false));
        let python = context.text("python").unwrap_or("python3");
        let mut command = if isolated || !requirements.is_empty() {
            let interpreter = self.environments.interpreter(context, python, &requirements).await?;
            let mut command = Command::new(interpreter);
            command.env_remove("PYTHONPATH").env_remove("PYTHONHOME");
            command
        } else {
            Command::new(python)
        };
        command.arg("-u");
        match (code, file) {
            (Some(code), _) => command.arg(scratch.write("main.py", code.as_bytes())?),
            (None, file) => command.arg(file.unwrap_or_default()),
        };
        let args = context.params.get("args").and_then(Json::as_array);
        command.args(args.into_iter().flatten().map(environment::text));
        command.env("MAESTRO_PARAMS", params);
        Ok(command)
    }
}

/// The lines of text, or the elements of an array, that say something.
fn lines(value: Option<&Json>) -> Vec<String> {
    let lines: Vec<String> = match value {
        Some(Json::Array(list)) => list.iter().map(environment::text).collect(),
        Some(Json::String(text)) => text.lines().map(str::to_owned).collect(),
        _ => Vec::new(),
    };
    let said = |line: &String| !line.is_empty() && !line.starts_with('#');
    lines.iter().map(|line| line.trim().to_owned()).filter(said).collect()
}

#[async_trait]
impl StepRuntime for Python {
    async fn execute(&self, context: &StepContext) -> Report {
        let scratch = match Scratch::new(context).await {
            Ok(scratch) => scratch,
            Err(failure) => return failure.into(),
        };
        match self.command(context, &scratch).await {
            Ok(command) => process::run(context, &scratch, command).await,
            Err(failure) => failure.into(),
        }
    }

    async fn terminate(&self, context: &StepContext) {
        Scratch::terminate(context).await;
    }
}
