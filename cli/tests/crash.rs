//! `sel run` is killed at random instants, again and again, and goes on with `--resume`: it ends
//! as it would have, and what was recorded as finished never runs again.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::HashMap;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use sel_engine::store::{RunKey, SqliteStore, Store};
use serde_json::json;

const KILLS: u32 = 200;

fn definition(directory: &Path) -> serde_json::Value {
    let starts = directory.join("starts");
    let effects = directory.join("effects");
    // An effect is made under the attempt's id: doing it again changes nothing.
    let script = format!(
        "echo $$MAESTRO_STEP_UUID >> {starts}; sleep 0.02; mkdir -p {effects}; echo done > {effects}/$$MAESTRO_STEP_UUID",
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
        shell("last", "")
    ]}})
}

fn sel(directory: &Path, resume: bool) -> Child {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.arg("run").arg("--db").arg(directory.join("db"));
    if resume {
        command.arg("--resume");
    } else {
        command.arg(directory.join("wf.json"));
    }
    command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap()
}

fn lines(path: &Path) -> HashMap<String, u32> {
    let mut counts = HashMap::new();
    for line in std::fs::read_to_string(path).unwrap_or_default().lines() {
        *counts.entry(line.to_owned()).or_default() += 1;
    }
    counts
}

/// The ids of the attempts that the store has as SUCCEEDED, and the root's status.
fn finished(directory: &Path) -> (Vec<String>, Option<String>) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let Ok(store) = SqliteStore::open_existing(&directory.join("db")).await else {
            return (Vec::new(), None);
        };
        let mut done = Vec::new();
        let rows = store.instances(None, false, 1000).await.unwrap();
        for row in &rows {
            for step in store.steps(&row.key, true).await.unwrap() {
                if step.status.as_str() == "SUCCEEDED" {
                    let name = format!("{}:{}:{}", row.key, step.step_id, step.attempt);
                    let oid = uuid::Uuid::NAMESPACE_OID;
                    done.push(uuid::Uuid::new_v3(&oid, name.as_bytes()).to_string());
                }
            }
        }
        let root = RunKey { workflow_id: "mixed".into(), instance_id: 1, run_id: 0 };
        let status = store.instance(&root).await.unwrap().map(|row| row.status.to_string());
        store.close().await;
        (done, status)
    })
}

#[test]
fn killed_at_random_instants_it_goes_on() {
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
        std::fs::write(directory.join("wf.json"), definition(directory).to_string()).unwrap();
        let mut known: HashMap<String, u32> = HashMap::new();
        let mut tries = 0_u32;
        let mut started = false;
        loop {
            tries += 1;
            assert!(tries < 400, "stuck");
            let mut child = sel(directory, started);
            std::thread::sleep(Duration::from_millis(50 + random(250 + 10 * u64::from(tries))));
            let over = child.try_wait().unwrap().is_some();
            child.kill().unwrap();
            child.wait().unwrap();
            kills += u32::from(!over);
            let (done, status) = finished(directory);
            started = status.is_some();
            // A shell that was running may still write its line: give it the moment it needs.
            std::thread::sleep(Duration::from_millis(30));
            let starts = lines(&directory.join("starts"));
            for (id, count) in &known {
                assert_eq!(starts.get(id).copied().unwrap_or(0), *count, "{id} ran again");
            }
            for id in done {
                let count = starts.get(&id).copied().unwrap_or(0);
                known.insert(id, count);
            }
            if let Some(status) = status
                && status != "IN_PROGRESS"
                && status != "CREATED"
            {
                assert_eq!(status, "SUCCEEDED");
                break;
            }
        }
        // Eleven shell attempts: first, six inner, three bodies, last.
        let effects = std::fs::read_dir(directory.join("effects")).unwrap().count();
        assert_eq!(effects, 11);
    }
}
