//! What `sel run` leaves alone, and what it says while it waits.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::json;

fn sel(directory: &Path) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.current_dir(directory);
    command
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn prepare(directory: &Path) {
    let rule = |value: &str| json!({"operator": "=", "param": {"value": value, "type": "STRING"}});
    let waits = json!({"properties": {"owner": "t"}, "workflow": {"id": "waits", "steps": [
        {"step": {"id": "a", "type": "NoOp", "signal_dependencies": [
            {"name": "table/ready (all)", "match_params": {"day": rule("20260101"), "zone": rule("u s")}}]}}]}});
    let quick = json!({"properties": {"owner": "t"}, "workflow": {"id": "quick", "steps": [
        {"step": {"id": "b", "type": "Sleep", "params": {"sleep_seconds": {"value": 600, "type": "LONG"}}}}]}});
    std::fs::write(directory.join("waits.json"), waits.to_string()).unwrap();
    std::fs::write(directory.join("quick.json"), quick.to_string()).unwrap();
}

#[test]
fn a_signal_that_is_waited_for_can_be_sent_as_it_says() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    prepare(directory);
    let start = || {
        let mut command = sel(directory);
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    };
    let mut child = start().args(["run", "waits.json", "--db", "db"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();

    // Another run does not touch the one that waits.
    let other =
        start().args(["run", "quick.json", "--db", "db", "--time-scale", "100000"]).output();
    let other = other.unwrap();
    assert!(other.status.success());
    assert!(!said(&other).contains("waits"), "{}", said(&other));
    let remark = String::from_utf8_lossy(&other.stderr).into_owned();
    assert_eq!(remark.trim(), "1 run is unfinished in `db`: `sel run --resume --db db` goes on");

    // The command that it showed is one that a shell understands.
    let mut resumed = start().args(["run", "--resume", "--db", "db"]).spawn().unwrap();
    let mut lines = BufReader::new(resumed.stderr.take().unwrap()).lines();
    assert_eq!(lines.next().unwrap().unwrap(), told);
    let shown = told.split('`').nth(3).unwrap();
    let script = shown.replacen("sel", env!("CARGO_BIN_EXE_sel"), 1);
    let sent = Command::new("sh").args(["-c", &script]).current_dir(directory).output().unwrap();
    assert!(said(&sent).starts_with("table/ready (all) 1"), "{script}");
    let output = resumed.wait_with_output().unwrap();
    assert!(said(&output).contains("waits:1:1 SUCCEEDED"), "{}", said(&output));
}

/// A workflow whose step runs the same workflow: the instance inside waits for the one around it.
#[test]
fn a_run_that_is_queued_says_behind_which() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let inside = json!({"id": "again", "steps": [{"subworkflow": {"id": "s", "params": {
        "subworkflow_id": {"value": "again", "type": "STRING"}}}}]});
    std::fs::write(directory.join("again.json"), inside.to_string()).unwrap();
    let mut command = sel(directory);
    command.args(["run", "again.json"]).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let told = lines.next().unwrap().unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let wanted =
        "step `s` waits: its run `again:2:1` is queued behind `again:1:1` by the run strategy";
    assert_eq!(told, wanted);
}
