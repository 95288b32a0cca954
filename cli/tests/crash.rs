//! `sel run` is killed again and again and goes on with `--resume`: it ends as it would have, and
//! what was recorded as finished never runs again.
//!
//! When to kill is decided by progress, not by time: after a random number of events, which are
//! shown once they are stored. A machine may be as slow as it likes: every round comes further.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sel_engine::store::{SqliteStore, Store};
use serde_json::json;

const KILLS: u32 = 200;
/// A workflow has some two hundred events, and a round comes at least one further.
const ROUNDS: u32 = 1000;

fn definition(directory: &Path) -> serde_json::Value {
    let starts = directory.join("starts");
    let effects = directory.join("effects");
    // An effect is made under the attempt's id: doing it again changes nothing. What an earlier
    // engine left running may still write, so a line says whose child wrote it.
    let script = format!(
        "echo $$MAESTRO_STEP_UUID $$ROUND >> {starts}; sleep 0.01; mkdir -p {effects}; \
         echo done > {effects}/$$MAESTRO_STEP_UUID",
        starts = starts.display(),
        effects = effects.display()
    );
    let shell = |id: &str, next: &str| {
        let successors = if next.is_empty() { json!({}) } else { json!({next: "true"}) };
        json!({"step": {"id": id, "type": "Shell", "transition": {"successors": successors},
            "params": {"script": {"value": script, "type": "STRING"}}}})
    };
    json!({"properties": {"owner": "t"}, "workflow": {"id": "mixed", "steps": [
        shell("first", "each"),
        {"foreach": {"id": "each", "transition": {"successors": {"loop": "true"}},
            "params": {"loop_params": {"type": "MAP", "value": {
                "i": {"value": [1, 2, 3, 4, 5, 6], "type": "LONG_ARRAY"}}}},
            "concurrency": 3,
            "steps": [shell("inner", "after"), {"step": {"id": "after", "type": "NoOp"}}]}},
        {"while": {"id": "loop", "condition": "n < 3", "transition": {"successors": {"last": "true"}},
            "params": {"loop_params": {"type": "MAP", "value": {"n": {"value": 0, "type": "LONG"}}}},
            "steps": [shell("body", "count"), {"step": {"id": "count", "type": "NoOp",
                "params": {"n": {"expression": "n + 1", "type": "LONG"}}}}]}},
        {"subworkflow": {"id": "last", "params": {
            "subworkflow_id": {"value": "below", "type": "STRING"}}}}
    ]}})
}

fn below() -> serde_json::Value {
    json!({"properties": {"owner": "t"}, "workflow": {"id": "below", "steps": [
        {"step": {"id": "a", "type": "NoOp", "transition": {"successors": {"b": "true"}}}},
        {"step": {"id": "b", "type": "NoOp"}}]}})
}

fn sel(directory: &Path, round: u32, resume: bool) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.arg("run").arg("--json").arg("--db").arg(directory.join("db"));
    if resume {
        command.arg("--resume");
    } else {
        command.arg(directory.join("wf.json")).arg("--with").arg(directory.join("below.json"));
    }
    command.env("ROUND", round.to_string());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// Lets the engine show so many events, waits for `delay`, and kills it. Whether it was killed
/// before its end, and what it said when it ended by itself.
fn kill_after(mut child: Child, events: u64, delay: Duration) -> (bool, String) {
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
    for _ in 0..events {
        if lines.next().is_none() {
            break;
        }
    }
    std::thread::sleep(delay);
    let over = child.try_wait().unwrap().is_some();
    child.kill().unwrap();
    let ended = child.wait_with_output().unwrap();
    (!over, String::from_utf8_lossy(&ended.stderr).into_owned())
}

/// What the store holds: the root's status and every attempt with its id and status.
#[derive(Default)]
struct Stored {
    status: Option<String>,
    attempts: BTreeMap<String, (String, String)>,
}

impl Stored {
    /// The attempts' names and status: their ids are those of one database alone.
    fn ends(&self) -> BTreeSet<&(String, String)> {
        self.attempts.values().collect()
    }
}

fn stored(directory: &Path) -> Stored {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Ok(store) = SqliteStore::open_existing(&directory.join("db")).await else {
            return Stored::default();
        };
        let mut found = Stored::default();
        for row in &store.instances(None, false, 1000).await.unwrap() {
            if row.key.workflow_id == "mixed" {
                found.status = Some(row.status.to_string());
            }
            for step in store.steps(&row.key, true).await.unwrap() {
                let name = format!("{}:{}:{}", row.key, step.step_id, step.attempt);
                let id = format!("{}:{name}", row.uuid);
                let uuid = uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, id.as_bytes());
                found.attempts.insert(uuid.to_string(), (name, step.status.to_string()));
            }
        }
        store.close().await;
        found
    })
}

/// The rounds in which each attempt was executed.
fn executions(directory: &Path) -> BTreeMap<String, BTreeSet<u32>> {
    let mut rounds: BTreeMap<String, BTreeSet<u32>> = BTreeMap::new();
    for line in std::fs::read_to_string(directory.join("starts")).unwrap_or_default().lines() {
        if let Some((id, round)) = line.split_once(' ')
            && let Ok(round) = round.parse()
        {
            rounds.entry(id.to_owned()).or_default().insert(round);
        }
    }
    rounds
}

fn prepare(directory: &Path) {
    std::fs::write(directory.join("wf.json"), definition(directory).to_string()).unwrap();
    std::fs::write(directory.join("below.json"), below().to_string()).unwrap();
}

#[test]
fn killed_at_random_instants_it_goes_on() {
    // What it comes to when it is left alone.
    let directory = tempfile::tempdir().unwrap();
    prepare(directory.path());
    let (_, said) = kill_after(sel(directory.path(), 0, false), u64::MAX, Duration::ZERO);
    let expected = stored(directory.path());
    assert_eq!(expected.status.as_deref(), Some("SUCCEEDED"), "{said}");

    let mut seed = 0x2545_F491_4F6C_DD1D_u64;
    let mut random = move |below: u64| {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        seed % below
    };
    let mut kills = 0;
    while kills < KILLS {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        prepare(directory);
        // In which round an attempt was first seen as recorded.
        let mut recorded: BTreeMap<String, u32> = BTreeMap::new();
        let mut started = false;
        let mut said = String::new();
        for round in 1.. {
            assert!(round < ROUNDS, "stuck: {said}");
            // One in five before anything is shown at all, the others once something happened.
            let events = if random(5) == 0 { 0 } else { 1 + random(8) };
            let delay = Duration::from_micros(random(if events == 0 { 150_000 } else { 8_000 }));
            let (killed, errors) = kill_after(sel(directory, round, started), events, delay);
            kills += u32::from(killed);
            said = errors;
            let found = stored(directory);
            started = found.status.is_some();
            for (id, (name, status)) in &found.attempts {
                if status == "SUCCEEDED" {
                    recorded.entry(id.clone()).or_insert(round);
                } else {
                    assert!(!recorded.contains_key(id), "{name} was finished, is {status} now");
                }
            }
            for (id, rounds) in executions(directory) {
                let (Some(end), Some(last)) = (recorded.get(&id), rounds.last()) else { continue };
                assert!(last <= end, "{id} was recorded in round {end} and ran in {last}");
            }
            if found.status.as_deref().is_some_and(|s| s != "IN_PROGRESS" && s != "CREATED") {
                assert_eq!(found.status, expected.status);
                assert_eq!(found.ends(), expected.ends());
                break;
            }
        }
        // Ten shell attempts: first, six inner, three bodies.
        let effects = std::fs::read_dir(directory.join("effects")).unwrap().count();
        assert_eq!(effects, 10);
    }
}

/// A step whose engine is killed is not at work twice: what was left of it ends first.
#[test]
fn a_step_runs_once_at_a_time() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    // The first time it waits for ever; the second time it looks whether the first still lives.
    // A zombie does not: whoever inherited it has not looked yet.
    let script = format!(
        "cd {}\n\
         if [ -e first ]; then\n\
         grep -q '^State:.[^Z]' /proc/$$(cat first)/status && echo both > seen || echo one > seen\n\
         else echo $$$$ > begun; mv begun first; sleep 1000; fi",
        directory.display()
    );
    let definition = json!({"properties": {"owner": "t"}, "workflow": {"id": "mixed", "steps": [
        {"step": {"id": "only", "type": "Shell",
            "params": {"script": {"value": script, "type": "STRING"}}}}]}});
    prepare(directory);
    std::fs::write(directory.join("wf.json"), definition.to_string()).unwrap();
    let mut first = sel(directory, 1, false);
    while !directory.join("first").exists() {
        assert!(first.try_wait().unwrap().is_none(), "it ended");
        std::thread::sleep(Duration::from_millis(5));
    }
    first.kill().unwrap();
    first.wait().unwrap();
    let second = sel(directory, 2, true).wait_with_output().unwrap();
    assert!(second.status.success(), "{}", String::from_utf8_lossy(&second.stderr));
    assert_eq!(std::fs::read_to_string(directory.join("seen")).unwrap(), "one\n");
    assert_eq!(stored(directory).status.as_deref(), Some("SUCCEEDED"));
}
