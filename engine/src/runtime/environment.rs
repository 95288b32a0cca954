//! What the processes of a step find in their environment.

use serde_json::{Map, Value as Json};
use tokio::process::Command;

use super::StepContext;
use super::output::MARKERS;

/// Params that say how to run the step, not what it works on.
const OWN: [&str; 8] =
    ["command", "script", "file", "args", "env", "python", "requirements", "isolated"];
/// The longest value: the system allows 128 KiB with the name.
const LONGEST: usize = 100_000;

/// Params as variables: those of the step over those of the workflow, names with characters that
/// a shell cannot spell written with `_`. Text as it is, everything else as JSON.
pub(super) fn set(context: &StepContext, command: &mut Command) {
    for (name, value) in context.workflow_params.iter().chain(context.params.iter()) {
        let value = text(value);
        // A variable may not hold NUL either.
        if !OWN.contains(&name.as_str()) && value.len() < LONGEST && !value.contains('\0') {
            command.env(variable(name), value);
        }
    }
    extra(&context.params, command);
    for (name, value) in MARKERS {
        command.env(name, value);
    }
    let identity = &context.identity;
    command
        .env("MAESTRO_WORKFLOW_ID", &identity.workflow_id)
        .env("MAESTRO_INSTANCE_ID", identity.instance_id.to_string())
        .env("MAESTRO_RUN_ID", identity.run_id.to_string())
        .env("MAESTRO_STEP_ID", &identity.step_id)
        .env("MAESTRO_STEP_ATTEMPT", identity.attempt.to_string())
        .env(super::orphan::STEP, &identity.uuid);
}

/// The variables of the param `env`.
pub(super) fn extra(params: &Map<String, Json>, command: &mut Command) {
    for (name, value) in params.get("env").and_then(Json::as_object).into_iter().flatten() {
        let value = text(value);
        let spelled = !name.is_empty() && !name.contains(['=', '\0']);
        if spelled && !value.contains('\0') {
            command.env(name, value);
        }
    }
}

/// Text as it is, everything else as JSON.
pub(super) fn text(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
