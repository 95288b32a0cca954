//! Child processes: their own process group, output streamed line by line, killed as a whole.

use std::path::Path;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};
use tokio::process::Command;

use super::capture::Capture;
use super::output::{FILE, Output, parse_output};
use super::scratch::Scratch;
use super::{Outcome, Report, StepContext, environment};

/// The most bytes of the file of output params.
const MOST: u64 = 1 << 20;
/// How long output is read on after the process and its group are gone.
const DRAIN: Duration = Duration::from_secs(2);

/// Kills the group of a process when it is dropped.
struct Group(Option<Pid>);

impl Drop for Group {
    fn drop(&mut self) {
        if let Some(pid) = self.0 {
            // The group may be gone already: nothing to do then.
            let _ = kill_process_group(pid, Signal::KILL);
        }
    }
}

/// Runs a command to its end and captures what it prints. Whatever it leaves behind in its group
/// is killed, also when the future is dropped.
pub(super) async fn complete(
    context: &StepContext,
    mut command: Command,
    capture: &Capture,
) -> std::io::Result<ExitStatus> {
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    command.process_group(0).kill_on_drop(true);
    let mut child = command.spawn()?;
    let group = Group(child.id().and_then(|id| Pid::from_raw(i32::try_from(id).unwrap_or(0))));
    let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
    let reading = async {
        tokio::join!(
            capture.read(context, "stdout", stdout),
            capture.read(context, "stderr", stderr)
        )
    };
    tokio::pin!(reading);
    let status = tokio::select! {
        _ = &mut reading => return child.wait().await,
        status = child.wait() => status,
    };
    drop(group);
    // A process that left the group may hold the pipes open for ever.
    let _ = tokio::time::timeout(DRAIN, reading).await;
    status
}

/// Runs a step's command: 0 is success, anything else the user's error.
pub(super) async fn run(context: &StepContext, scratch: &Scratch, mut command: Command) -> Report {
    let file = scratch.path().join("output");
    environment::set(context, &mut command);
    command.env(FILE, &file);
    if let Some(directory) = context.text("working_directory") {
        if !Path::new(directory).is_dir() {
            let message = format!("the working directory `{directory}` is not there");
            return Report::failed(Outcome::UserError, message);
        }
        command.current_dir(directory);
    }
    let program = command.as_std().get_program().to_string_lossy().into_owned();
    let capture = Capture::default();
    let status = match complete(context, command, &capture).await {
        Ok(status) => status,
        Err(error) => return unstarted(&program, &error),
    };
    let output = capture.output().and_then(|mut output| {
        output.merge(written(&file)?);
        Ok(output)
    });
    report(status, output, &capture)
}

fn unstarted(program: &str, error: &std::io::Error) -> Report {
    use std::io::ErrorKind as K;
    let outcome = match error.kind() {
        // No more processes, no memory: that passes.
        K::WouldBlock | K::OutOfMemory => Outcome::PlatformError,
        _ => Outcome::UserError,
    };
    Report::failed(outcome, format!("cannot start `{program}`: {error}"))
}

/// What the process wrote to its file of output params.
fn written(file: &Path) -> Result<Output, String> {
    match std::fs::metadata(file) {
        Ok(data) if data.is_file() && data.len() <= MOST => {}
        Ok(data) if data.is_file() => {
            return Err(format!("the file of output params is larger than {} MiB", MOST >> 20));
        }
        _ => return Ok(Output::default()),
    }
    let bytes = std::fs::read(file).map_err(|e| format!("cannot read the output params: {e}"))?;
    let text = String::from_utf8(bytes).map_err(|_| "the output params are not UTF-8 text")?;
    parse_output(&text)
}

fn report(status: ExitStatus, output: Result<Output, String>, capture: &Capture) -> Report {
    let (mut report, output) = match output {
        Ok(output) if status.success() => (Report::done(), output),
        Err(error) if status.success() => return Report::failed(Outcome::UserError, error),
        output => {
            let why = capture.last().map(|line| format!(": {line}")).unwrap_or_default();
            let message = format!("the command ended with {status}{why}");
            (Report::failed(Outcome::UserError, message), output.unwrap_or_default())
        }
    };
    report.outputs = output.params;
    report.artifacts = output.artifacts;
    report
}
