//! Processes that outlived the engine which started them.
//!
//! Every process of a step carries the attempt's id in its environment and hands it down, whatever
//! becomes of its group or its parent. Before the attempt is executed anew, those that carry it
//! are killed, so that a step never runs twice at once. Where there is no `/proc`, only groups are.

use std::time::Duration;

use rustix::process::{Pid, Signal, getpgid, getpgrp, kill_process, kill_process_group};

/// The variable that says which attempt a process belongs to.
pub(super) const STEP: &str = "MAESTRO_STEP_UUID";
/// The variable that says which environment of requirements a process installs.
pub(super) const BUILD: &str = "MAESTRO_PYTHON_ENVIRONMENT";

const PAUSE: Duration = Duration::from_millis(5);
const ROUNDS: u32 = 1000;

/// Kills the processes with this variable, and waits until they are gone.
pub(super) async fn end(variable: &str, value: &str) {
    let mark = format!("{variable}={value}");
    for _ in 0..ROUNDS {
        let found = marked(mark.as_bytes());
        if found.is_empty() {
            return;
        }
        for pid in found {
            if let Ok(group) = getpgid(Some(pid))
                && group != getpgrp()
            {
                let _ = kill_process_group(group, Signal::KILL);
            }
            let _ = kill_process(pid, Signal::KILL);
        }
        tokio::time::sleep(PAUSE).await;
    }
}

/// The living processes whose environment has this entry, except our own.
fn marked(mark: &[u8]) -> Vec<Pid> {
    let Ok(entries) = std::fs::read_dir("/proc") else { return Vec::new() };
    let own = rustix::process::getpid();
    let pid = |entry: std::fs::DirEntry| Pid::from_raw(entry.file_name().to_str()?.parse().ok()?);
    let carries = |pid: &Pid| {
        let path = format!("/proc/{}/environ", pid.as_raw_nonzero());
        // A process that has ended, or belongs to somebody else, cannot be read.
        std::fs::read(path).is_ok_and(|all| all.split(|byte| *byte == 0).any(|one| one == mark))
    };
    entries.flatten().filter_map(pid).filter(|pid| *pid != own).filter(carries).collect()
}
