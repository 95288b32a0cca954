//! Child processes: their own process group, output streamed line by line, killed as a whole.

use std::path::PathBuf;
use std::process::Stdio;

use serde_json::Value as Json;
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, BufReader};
use tokio::process::Command;

use super::output::{FILE, MARKERS, Output, Scanner, parse_output};
use super::{Outcome, Report, StepContext};

/// The longest line of output; the rest of a longer one becomes the next line.
const LINE: u64 = 64 * 1024;

/// Kills the group of a process when it is dropped.
struct Group(Option<rustix::process::Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // The group may be gone already: nothing to do then.
            let _ = rustix::process::kill_process_group(pid, rustix::process::Signal::KILL);
        }
    }
}

/// Removes the attempt's directory when it is dropped.
struct Scratch(PathBuf);

impl Drop for Scratch {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// A directory of this attempt alone.
pub(super) fn scratch(context: &StepContext) -> PathBuf {
    std::env::temp_dir().join(format!("sel-{}", context.identity.uuid))
}

/// Runs a command to its end: 0 is success, anything else the user's error.
pub(super) async fn run(context: &StepContext, mut command: Command) -> Report {
    let directory = Scratch(scratch(context));
    let file = directory.0.join("output");
    if let Err(error) = std::fs::create_dir_all(&directory.0) {
        let message = format!("cannot make a directory for the step: {error}");
        return Report::failed(Outcome::PlatformError, message);
    }
    // What an earlier execution of the same attempt left is not this one's output.
    let _ = std::fs::remove_file(&file);
    environment(context, &mut command);
    command.env(FILE, &file).stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    if let Some(directory) = context.text("working_directory") {
        command.current_dir(directory);
    }
    command.process_group(0).kill_on_drop(true);
    let mut child = match command.spawn() {
        Ok(child) => child,
        Err(error) => {
            let message = format!("cannot start the command: {error}");
            return Report::failed(Outcome::UserError, message);
        }
    };
    let group = Group(
        child.id().and_then(|id| rustix::process::Pid::from_raw(i32::try_from(id).unwrap_or(0))),
    );
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let (printed, _, status) = tokio::join!(
        read(context, "stdout", stdout),
        read(context, "stderr", stderr),
        child.wait()
    );
    drop(group);
    let output = printed.finish().and_then(|mut output| {
        if let Ok(text) = std::fs::read_to_string(&file) {
            output.merge(parse_output(&text)?);
        }
        Ok(output)
    });
    report(status, output)
}

fn report(
    status: std::io::Result<std::process::ExitStatus>,
    output: Result<Output, String>,
) -> Report {
    let (mut report, output) = match (status, output) {
        (Err(error), _) => {
            return Report::failed(
                Outcome::PlatformError,
                format!("the command was lost: {error}"),
            );
        }
        (Ok(status), Ok(output)) if status.success() => (Report::done(), output),
        (Ok(status), Err(error)) if status.success() => {
            return Report::failed(Outcome::UserError, error);
        }
        (Ok(status), output) => (
            Report::failed(Outcome::UserError, format!("the command ended with {status}")),
            output.unwrap_or_default(),
        ),
    };
    report.outputs = output.params;
    report.artifacts = output.artifacts;
    report
}

async fn read(
    context: &StepContext,
    stream: &'static str,
    source: Option<impl AsyncRead + Unpin>,
) -> Scanner {
    let mut scanner = Scanner::default();
    let Some(source) = source else { return scanner };
    let mut reader = BufReader::new(source);
    let mut bytes = Vec::new();
    loop {
        bytes.clear();
        match (&mut reader).take(LINE).read_until(b'\n', &mut bytes).await {
            Ok(0) | Err(_) => return scanner,
            Ok(_) => {}
        }
        let line = String::from_utf8_lossy(&bytes);
        let line = line.trim_end_matches(['\n', '\r']);
        scanner.line(line);
        // The engine is gone when nobody listens: the process is about to be killed anyway.
        let _ = context.log.send((stream, line.to_owned()));
    }
}

/// Params as variables: those of the step over those of the workflow, names with characters that
/// a shell cannot spell written with `_`. Text as it is, everything else as JSON.
fn environment(context: &StepContext, command: &mut Command) {
    let identity = &context.identity;
    for (name, value) in context.workflow_params.iter().chain(context.params.iter()) {
        let known = ["command", "script", "env", "requirements"].contains(&name.as_str());
        let text = match value {
            Json::String(text) => text.clone(),
            other => other.to_string(),
        };
        // A variable may not hold NUL, and the system limits its length.
        if !known && text.len() < 100_000 && !text.contains('\0') {
            command.env(variable(name), text);
        }
    }
    if let Some(Json::Object(env)) = context.params.get("env") {
        for (name, value) in env {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            let spelled = !name.is_empty() && !name.contains(['=', '\0']);
            if spelled && !text.contains('\0') {
                command.env(name, text);
            }
        }
    }
    for (name, value) in MARKERS {
        command.env(name, value);
    }
    command
        .env("MAESTRO_WORKFLOW_ID", &identity.workflow_id)
        .env("MAESTRO_INSTANCE_ID", identity.instance_id.to_string())
        .env("MAESTRO_RUN_ID", identity.run_id.to_string())
        .env("MAESTRO_STEP_ID", &identity.step_id)
        .env("MAESTRO_STEP_ATTEMPT", identity.attempt.to_string())
        .env("MAESTRO_STEP_UUID", &identity.uuid);
}

fn variable(name: &str) -> String {
    name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect()
}
