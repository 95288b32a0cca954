//! Shell: a script, or a command with its arguments.

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::process::Command;

use super::scratch::Scratch;
use super::{Failure, Outcome, Report, StepContext, StepRuntime, environment, process};

/// Runs `script` (STRING, by `/bin/sh` or what its first line `#!…` names) or `command`
/// (STRING_ARRAY, or a STRING for the shell) in `working_directory` with the params, and the
/// STRING_MAP `env`, as environment variables.
#[derive(Debug, Clone, Copy)]
pub struct Shell;

/// The command that runs a script: the file holds it, as arguments are limited in length.
fn interpreter(script: &str) -> Command {
    let line = script.lines().next().and_then(|line| line.strip_prefix("#!"));
    let mut words = line.unwrap_or("/bin/sh").trim().splitn(2, char::is_whitespace);
    let mut command = Command::new(words.next().filter(|w| !w.is_empty()).unwrap_or("/bin/sh"));
    // Like the system's, one argument at most.
    command.args(words.next().map(str::trim).filter(|word| !word.is_empty()));
    command
}

fn command(context: &StepContext, scratch: &Scratch) -> Result<Command, Failure> {
    let script = context.text("script").or_else(|| context.text("command"));
    match (script, context.params.get("command")) {
        (Some(script), _) => {
            let file = scratch.write("script", script.as_bytes())?;
            let mut command = interpreter(script);
            command.arg(file);
            Ok(command)
        }
        (None, Some(Json::Array(words))) => {
            let mut words = words.iter().map(environment::text);
            let Some(program) = words.next().filter(|program| !program.is_empty()) else {
                return Err(Failure(
                    Outcome::FatalError,
                    "the param `command` is empty".to_owned(),
                ));
            };
            let mut command = Command::new(program);
            command.args(words);
            Ok(command)
        }
        _ => {
            let message = "a Shell step needs the param `script` or `command`";
            Err(Failure(Outcome::FatalError, message.to_owned()))
        }
    }
}

#[async_trait]
impl StepRuntime for Shell {
    async fn execute(&self, context: &StepContext) -> Report {
        let scratch = match Scratch::new(context).await {
            Ok(scratch) => scratch,
            Err(failure) => return failure.into(),
        };
        match command(context, &scratch) {
            Ok(command) => process::run(context, &scratch, command).await,
            Err(failure) => failure.into(),
        }
    }

    async fn terminate(&self, context: &StepContext) {
        Scratch::terminate(context).await;
    }
}
