//! What the engine costs: a chain of NoOp steps, a foreach of one NoOp, and the memory of many
//! iterations. Prints one line a figure; `cargo bench -p sel-engine`.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::time::Instant;

use sel_engine::run::{Builder, Engine, Options, StartRequest};
use sel_engine::store::SqliteStore;
use serde_json::{Value as Json, json};

async fn time(engine: &Engine, definition: Json) -> f64 {
    let id = definition["id"].as_str().unwrap_or_default().to_owned();
    engine.push(json!({"workflow": definition, "properties": {"owner": "t"}})).await.unwrap();
    let start = Instant::now();
    let request = StartRequest { workflow_id: id, ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    let status = engine.wait(run).await.unwrap();
    assert_eq!(status.as_str(), "SUCCEEDED");
    start.elapsed().as_secs_f64()
}

fn chain(length: usize) -> Json {
    let steps: Vec<Json> = (0..length)
        .map(|i| {
            let mut step = json!({"id": format!("s{i}"), "type": "NoOp"});
            if i + 1 < length {
                step["transition"] = json!({"successors": {format!("s{}", i + 1): "true"}});
            }
            json!({"step": step})
        })
        .collect();
    json!({"id": format!("chain{length}"), "steps": steps})
}

fn foreach(id: &str, iterations: u64) -> Json {
    json!({"id": id, "steps": [{"foreach": {"id": "f",
        "params": {"loop_params": {"type": "MAP", "value": {
            "i": {"expression": format!("Util.intsBetween(0, {iterations}, 1)"), "type": "LONG_ARRAY"}}}},
        "steps": [{"step": {"id": "s", "type": "NoOp"}}]}}]})
}

/// Resident memory in MB, where the system tells.
fn memory() -> u64 {
    let text = std::fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|n| n.parse().ok()).unwrap_or(0);
    pages * 4096 / 1_000_000
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() {
    let quick = std::env::args().any(|arg| arg == "--test");
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open(&directory.path().join("db")).await.unwrap();
    // A chain of a thousand steps is longer than Maestro lets a definition be.
    let options = Options { max_steps: 1000, ..Options::default() };
    let engine = Builder::new(Arc::new(store)).options(options).start();
    let (length, iterations, rounds) = if quick { (50, 50, 1) } else { (1000, 10_000, 10) };
    let seconds = time(&engine, chain(length)).await;
    println!("chain of {length}: {:.3} ms a step", seconds * 1000.0 / length as f64);
    for round in 0..rounds {
        let seconds = time(&engine, foreach(&format!("foreach{round}"), iterations)).await;
        let rate = iterations as f64 / seconds;
        println!("foreach of {iterations}: {rate:.0} iterations/s, memory {} MB", memory());
    }
    engine.stop().await;
}
