//! Definitions in a few words, and waiting for what becomes of them.

#![allow(dead_code, reason = "each test file uses a part of it")]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, StartRequest, StepView};
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::{Map, Value as Json, json};

/// An engine in memory, whose clock runs 500 times as fast.
pub(crate) async fn engine() -> Engine {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    Builder::new(store).clock(SystemClock::scaled(500)).start()
}

/// A script that is not tried again.
pub(crate) fn shell(id: &str, script: &str) -> Json {
    json!({"step": {"id": id, "type": "Shell", "retry_policy": {"error_retry_limit": 0},
        "params": {"script": {"value": script, "type": "STRING"}}}})
}

/// Fields of a step: what comes after it.
pub(crate) fn then(next: &str) -> Json {
    json!({"transition": {"successors": {next: "true"}}})
}

/// A create request.
pub(crate) fn workflow(id: &str, steps: Json) -> Json {
    json!({"properties": {"owner": "ada"}, "workflow": {"id": id, "steps": steps}})
}

/// Pushes a workflow and starts it.
pub(crate) async fn begin(engine: &Engine, request: Json) -> RunKey {
    let id = request["workflow"]["id"].as_str().unwrap().to_owned();
    engine.push(request).await.unwrap();
    start(engine, &id).await
}

/// Starts a workflow that was pushed.
pub(crate) async fn start(engine: &Engine, id: &str) -> RunKey {
    let request = StartRequest { workflow_id: id.into(), ..StartRequest::default() };
    engine.start(request).await.unwrap().run
}

/// The status that a run ends with.
pub(crate) async fn end(engine: &Engine, run: &RunKey) -> String {
    let wait = tokio::time::timeout(Duration::from_secs(20), engine.wait(run.clone())).await;
    match wait {
        Ok(status) => status.unwrap().to_string(),
        Err(_) => panic!("stuck: {:?}", statuses(engine, run).await),
    }
}

/// The status of each step.
pub(crate) async fn statuses(engine: &Engine, run: &RunKey) -> Map<String, Json> {
    let steps = engine.steps(run, false).await.unwrap();
    steps.into_iter().map(|s| (s.step_id.clone(), s.state.status().as_str().into())).collect()
}

/// The latest attempt of a step.
pub(crate) async fn step(engine: &Engine, run: &RunKey, id: &str) -> StepView {
    let steps = engine.steps(run, false).await.unwrap();
    steps.into_iter().find(|step| step.step_id == id).unwrap()
}

/// Waits until a step of a run has a status.
pub(crate) async fn until(engine: &Engine, run: &RunKey, id: &str, status: &str) {
    for _ in 0..4000 {
        if statuses(engine, run).await.get(id).is_some_and(|now| now == status) {
            return;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("`{id}` never was {status}: {:?}", statuses(engine, run).await);
}

/// The first run of an instance.
pub(crate) fn key(id: &str, instance_id: i64) -> RunKey {
    RunKey { workflow_id: id.into(), instance_id, run_id: 1 }
}

/// A step that sleeps for longer than any test, with more fields.
pub(crate) fn sleeps(id: &str, fields: Json) -> Json {
    with(
        json!({"id": id, "type": "Sleep",
        "params": {"sleep_seconds": {"value": 1_000_000, "type": "LONG"}}}),
        fields,
    )
}

/// A step that does nothing.
pub(crate) fn no_op(id: &str) -> Json {
    json!({"step": {"id": id, "type": "NoOp"}})
}

/// A step with more fields.
pub(crate) fn with(mut step: Json, fields: Json) -> Json {
    step.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    json!({"step": step})
}

/// A step that runs another workflow.
pub(crate) fn subworkflow(id: &str, of: &str, fields: Json) -> Json {
    let mut step = json!({"id": id, "params": {"subworkflow_id": {"value": of, "type": "STRING"}}});
    step.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    json!({"subworkflow": step})
}

/// Two iterations of these steps, with `of_ID` 1 and 2.
pub(crate) fn foreach(id: &str, steps: Json, fields: Json) -> Json {
    let mut step = json!({"id": id, "steps": steps, "params": {"loop_params": {"type": "MAP",
        "value": {format!("of_{id}"): {"value": [1, 2], "type": "LONG_ARRAY"}}}}});
    step.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap());
    json!({"foreach": step})
}
