//! Shell: a script for `/bin/sh`, or a command with its arguments.

use async_trait::async_trait;
use serde_json::Value as Json;
use tokio::process::Command;

use super::{Outcome, Report, StepContext, StepRuntime, process};

/// Runs `script` (STRING, by `/bin/sh -c`) or `command` (STRING_ARRAY, or a STRING for the shell)
/// in `working_directory` with the params, and the STRING_MAP `env`, as environment variables.
#[derive(Debug, Clone, Copy)]
pub struct Shell;

#[async_trait]
impl StepRuntime for Shell {
    async fn execute(&self, context: &StepContext) -> Report {
        let script = context.text("script").or_else(|| context.text("command"));
        let command = match (script, context.params.get("command")) {
            (Some(script), _) => {
                let mut command = Command::new("/bin/sh");
                command.arg("-c").arg(script);
                command
            }
            (None, Some(Json::Array(words))) => {
                let mut words = words
                    .iter()
                    .map(|word| word.as_str().map_or_else(|| word.to_string(), str::to_owned));
                let Some(program) = words.next() else {
                    return Report::failed(Outcome::FatalError, "the param `command` is empty");
                };
                let mut command = Command::new(program);
                command.args(words);
                command
            }
            _ => {
                let message = "a Shell step needs the param `script` or `command`";
                return Report::failed(Outcome::FatalError, message);
            }
        };
        process::run(context, command).await
    }
}
