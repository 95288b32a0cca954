//! `sel scheduler` as a process: what is due is run, each fire once, also when it is killed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use sel_engine::store::{SqliteStore, Store, Write};
use serde_json::{Value as Json, json};

const HOUR: i64 = 3_600_000;

fn sel(directory: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.current_dir(directory).args(args).stdout(Stdio::piped()).stderr(Stdio::piped());
    command
}

fn output(directory: &Path, args: &[&str]) -> Output {
    sel(directory, args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// A workflow that writes down its planned time every six hours.
fn definition(directory: &Path, id: &str) {
    let request = json!({"properties": {"owner": "t"}, "workflow": {"id": id,
        "time_triggers": [{"type": "INTERVAL", "interval": "6 hours"}],
        "steps": [{"step": {"id": "write", "type": "Shell", "params": {
            "script": {"type": "STRING", "value": "echo ${RUN_TS} >> times"},
            "working_directory": {"type": "STRING", "value": directory.to_str().unwrap()}}}}]}});
    std::fs::write(directory.join(format!("{id}.json")), request.to_string()).unwrap();
}

/// Pushes it as if that had been two days ago.
fn pushed(directory: &Path, id: &str) {
    definition(directory, id);
    let push = output(directory, &["push", &format!("{id}.json"), "--db", "db"]);
    assert!(push.status.success(), "{}", String::from_utf8_lossy(&push.stderr));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&directory.join("db")).await.unwrap();
        let mut changes = Vec::new();
        for (name, value) in store.entries("time_trigger").await.unwrap() {
            let mut entry: Json = serde_json::from_str(&value).unwrap();
            entry["watermark"] = (entry["watermark"].as_i64().unwrap() - 48 * HOUR).into();
            changes.push(Write::Entry("time_trigger", name, Some(entry.to_string())));
        }
        store.commit(&changes).await.unwrap();
        store.close().await;
    });
}

/// How many orders and answers are in the database.
fn left(directory: &Path) -> usize {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&directory.join("db")).await.unwrap();
        let count = store.entries("command").await.unwrap().len()
            + store.entries("answer").await.unwrap().len();
        store.close().await;
        count
    })
}

fn times(directory: &Path) -> Vec<i64> {
    let text = std::fs::read_to_string(directory.join("times")).unwrap_or_default();
    text.lines().map(|line| line.parse().unwrap()).collect()
}

fn is_each_six_hours(times: &[i64]) -> bool {
    times.windows(2).all(|pair| pair[1] - pair[0] == 6 * HOUR)
}

#[test]
fn once_catches_up_and_ends() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    pushed(directory, "w");
    let first = output(directory, &["scheduler", "--db", "db", "--once"]);
    assert!(first.status.success(), "{}", String::from_utf8_lossy(&first.stderr));
    let times = times(directory);
    assert!((8..=9).contains(&times.len()) && is_each_six_hours(&times), "{times:?}");
    assert_eq!(said(&first).matches("SUCCEEDED").count(), times.len(), "{}", said(&first));
    assert!(said(&first).contains("w:1:1 SUCCEEDED"));
    let again = output(directory, &["scheduler", "--db", "db", "--once", "--json"]);
    assert_eq!(said(&again), "");
}

#[test]
fn a_killed_scheduler_fires_each_time_once() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    pushed(directory, "w");
    for lines in [1, 2, 4, 1] {
        let mut child = sel(directory, &["scheduler", "--db", "db", "--once"]).spawn().unwrap();
        let output = BufReader::new(child.stdout.take().unwrap());
        for line in output.lines().take(lines) {
            line.unwrap();
        }
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let last = output(directory, &["scheduler", "--db", "db", "--once"]);
    assert!(last.status.success());
    let runs = output(directory, &["runs", "--db", "db"]);
    let mut times = times(directory);
    // A step whose process was killed with its end unstored is run again: at least once.
    times.dedup();
    assert!((8..=9).contains(&times.len()) && is_each_six_hours(&times), "{times:?}");
    assert_eq!(said(&runs).matches("SUCCEEDED").count(), times.len(), "{}", said(&runs));
}

#[test]
fn a_running_scheduler_takes_pushes_signals_and_restarts() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let request = json!({"properties": {"owner": "t"}, "workflow": {"id": "s",
        "signal_triggers": [{"definitions": {"go": {}}}],
        "steps": [{"step": {"id": "a", "type": "NoOp"}}]}});
    std::fs::write(directory.join("s.json"), request.to_string()).unwrap();
    pushed(directory, "w");
    let mut child = sel(directory, &["scheduler", "--db", "db"]).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    // It has the database once it says something.
    lines.next().unwrap().unwrap();
    let push = output(directory, &["push", "s.json", "--db", "db"]);
    assert!(said(&push) == "version 1\n", "{}", String::from_utf8_lossy(&push.stderr));
    let signal = output(directory, &["signal", "go", "--db", "db"]);
    assert_eq!(said(&signal), "go 1\n");
    assert!(lines.any(|line| line.unwrap().ends_with("s:1:1 SUCCEEDED")));
    let restart = output(directory, &["restart", "s", "1", "--from-beginning", "--db", "db"]);
    assert_eq!(said(&restart), "s:1:2 is started by the engine at work\n");
    // What is refused is told.
    for (args, why) in [
        (["restart", "s", "7", "--db", "db"], "there is no instance `s:7`"),
        (["stop", "s", "1", "--db", "db"], "the run `s:1:2` is over: SUCCEEDED"),
        (["stop", "w", "99", "--db", "db"], "there is no instance `w:99`"),
        (["versions", "s", "--activate=9", "--db", "db"], "there is no workflow `s` version `9`"),
        (["properties", "s", "step_concurrency=0", "--db", "db"], "1 to 1000"),
        (["breakpoint", "add", "s", "b", "--db=db"], "there is no step `b` in workflow `s`"),
    ] {
        let refused = output(directory, &args);
        let text = String::from_utf8_lossy(&refused.stderr).into_owned();
        assert!(refused.status.code() == Some(1) && text.contains(why), "{args:?}: {text}");
    }
    assert_eq!(left(directory), 0, "orders and answers are gone");
    assert!(lines.any(|line| line.unwrap().ends_with("s:1:2 SUCCEEDED")));
    // The signal of a service manager ends it well.
    let kill = Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert!(kill.success() && child.wait().unwrap().success());
}
