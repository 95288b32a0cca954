//! Python: a script or inline code in a virtual environment of its requirements.

use std::path::{Path, PathBuf};

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use tokio::process::Command;

use super::{Outcome, Report, StepContext, StepRuntime, process};

/// Runs `script` (inline code) or `file` (a path, with `args`) by `python` (default `python3`).
///
/// `requirements` (STRING_ARRAY, or lines of text) are installed into an environment that is kept
/// in the cache under their hash. The params arrive as variables and as the JSON file named by
/// `MAESTRO_PARAMS`; output params leave as those of a Shell step do.
#[derive(Debug, Clone)]
pub struct Python {
    cache: PathBuf,
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
        Python { cache: cache.unwrap_or_else(|| std::env::temp_dir().join("sel-python")) }
    }

    /// The interpreter with these requirements installed.
    async fn interpreter(&self, python: &str, requirements: &[String]) -> Result<PathBuf, Report> {
        if requirements.is_empty() {
            return Ok(PathBuf::from(python));
        }
        let name = format!("{python}\n{}", requirements.join("\n"));
        let hash = uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, name.as_bytes());
        let home = self.cache.join(hash.to_string());
        let ready = home.join("bin").join("python");
        if home.join("complete").exists() {
            return Ok(ready);
        }
        // Made aside and renamed when whole, so that a crash or a rival never leaves half of one.
        let platform = |error: std::io::Error| {
            Report::failed(
                Outcome::PlatformError,
                format!("cannot prepare the environment: {error}"),
            )
        };
        std::fs::create_dir_all(&self.cache).map_err(platform)?;
        let _ = std::fs::remove_dir_all(&home);
        let mut make = Command::new(python);
        make.args(["-m", "venv"]).arg(&home);
        finish(make, "python -m venv").await?;
        let mut install = Command::new(&ready);
        install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--"]);
        install.args(requirements);
        finish(install, "pip install").await?;
        std::fs::write(home.join("complete"), name).map_err(platform)?;
        Ok(ready)
    }
}

async fn finish(mut command: Command, what: &str) -> Result<(), Report> {
    let output = command.kill_on_drop(true).output().await;
    match output {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let text = String::from_utf8_lossy(&output.stderr);
            let tail: Vec<&str> = text.lines().rev().take(5).collect();
            let tail: Vec<&str> = tail.into_iter().rev().collect();
            let message = format!("{what} ended with {}: {}", output.status, tail.join("; "));
            Err(Report::failed(Outcome::UserError, message))
        }
        Err(error) => {
            Err(Report::failed(Outcome::PlatformError, format!("cannot run {what}: {error}")))
        }
    }
}

fn words(value: Option<&Json>) -> Vec<String> {
    match value {
        Some(Json::Array(list)) => {
            list.iter().map(|w| w.as_str().map_or_else(|| w.to_string(), str::to_owned)).collect()
        }
        Some(Json::String(text)) => {
            text.lines().map(str::trim).filter(|l| !l.is_empty()).map(str::to_owned).collect()
        }
        _ => Vec::new(),
    }
}

/// Writes code and params into the attempt's directory.
fn prepare(
    directory: &Path,
    code: Option<&str>,
    params: &Map<String, Json>,
) -> std::io::Result<()> {
    std::fs::create_dir_all(directory)?;
    std::fs::write(directory.join("params.json"), serde_json::to_vec(params)?)?;
    match code {
        Some(code) => std::fs::write(directory.join("main.py"), code),
        None => Ok(()),
    }
}

#[async_trait]
impl StepRuntime for Python {
    async fn execute(&self, context: &StepContext) -> Report {
        let python = context.text("python").unwrap_or("python3");
        let requirements = words(context.params.get("requirements"));
        let interpreter = match self.interpreter(python, &requirements).await {
            Ok(interpreter) => interpreter,
            Err(report) => return report,
        };
        let directory = process::scratch(context);
        let (code, file) = (context.text("script"), context.text("file"));
        if code.is_none() && file.is_none() {
            let message = "a Python step needs the param `script` or `file`";
            return Report::failed(Outcome::FatalError, message);
        }
        let mut params = Map::clone(&context.workflow_params);
        params.extend(Map::clone(&context.params));
        if let Err(error) = prepare(&directory, code, &params) {
            let message = format!("cannot write the step's files: {error}");
            return Report::failed(Outcome::PlatformError, message);
        }
        let mut command = Command::new(interpreter);
        command.arg("-u");
        match file {
            Some(file) if code.is_none() => command.arg(file),
            _ => command.arg(directory.join("main.py")),
        };
        command.args(words(context.params.get("args")));
        command.env("MAESTRO_PARAMS", directory.join("params.json"));
        process::run(context, command).await
    }
}
