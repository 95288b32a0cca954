//! The limits that only a run can meet, and what a restart counts.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, RestartRequest, StartRequest, StepView};
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::{Map, Value as Json, json};

async fn engine() -> Engine {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    Builder::new(store).clock(SystemClock::scaled(500)).start()
}

async fn run(engine: &Engine, definition: Json, params: Json) -> (RunKey, String, Vec<StepView>) {
    engine.push(json!({"workflow": definition})).await.unwrap();
    let run_params = params.as_object().cloned().unwrap_or_default();
    let request = StartRequest { workflow_id: "w".into(), run_params, ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    let status = engine.wait(run.clone()).await.unwrap().to_string();
    let steps = engine.steps(&run, false).await.unwrap();
    (run, status, steps)
}

fn foreach(concurrency: &str, total: u32, mode: &str) -> Json {
    json!({"id": "w", "params": {"c": {"value": "1", "type": "STRING"}}, "steps": [{"foreach": {
        "id": "f", "concurrency": concurrency, "failure_mode": mode, "params": {"loop_params": {
            "type": "MAP", "value": {"i": {
                "expression": format!("Util.intsBetween(0, {total}, 1)"), "type": "LONG_ARRAY"}}}},
        "steps": [{"step": {"id": "s", "type": "NoOp"}}]}}]})
}

fn message(step: &StepView) -> &str {
    step.data.timeline.last().and_then(|event| event["message"].as_str()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreach_of_too_many_iterations_fails_for_good() {
    let engine = engine().await;
    let product = |mode: &str| {
        let mut definition = foreach("1", 200, mode);
        let params = &mut definition["steps"][0]["foreach"]["params"]["loop_params"]["value"];
        params["j"] = params["i"].clone();
        definition
    };
    let (_, status, steps) = run(&engine, product("FAIL_AFTER_RUNNING"), Json::Null).await;
    assert_eq!((status.as_str(), steps[0].state.status().as_str()), ("FAILED", "FATALLY_FAILED"));
    assert_eq!(message(&steps[0]), "it has 40000 iterations, 25000 is the most");
    let (_, status, steps) = run(&engine, product("IGNORE_FAILURE"), Json::Null).await;
    let seen = (status.as_str(), steps[0].state.status().as_str());
    assert_eq!(seen, ("SUCCEEDED", "COMPLETED_WITH_ERROR"));
    let (_, status, _) = run(&engine, foreach("1", 0, "FAIL_AFTER_RUNNING"), Json::Null).await;
    assert_eq!(status, "SUCCEEDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_concurrency_that_cannot_be_read_is_told() {
    let engine = engine().await;
    for (given, expected) in [
        ("2", ""),
        ("many", "the concurrency of a foreach is 1 to 500, found `many`"),
        ("501", "the concurrency of a foreach is 1 to 500, found `501`"),
        ("0", "the concurrency of a foreach is 1 to 500, found `0`"),
    ] {
        let params = json!({"c": {"value": given, "type": "STRING"}});
        let definition = foreach("${c}", 3, "FAIL_AFTER_RUNNING");
        let (_, status, steps) = run(&engine, definition, params).await;
        let wanted = if expected.is_empty() { "SUCCEEDED" } else { "INTERNALLY_FAILED" };
        assert_eq!(steps[0].state.status().as_str(), wanted, "{given} {status}");
        assert_eq!(message(&steps[0]), expected);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_counts_the_steps_that_it_keeps() {
    let engine = engine().await;
    let mut definition = foreach("2", 3, "FAIL_AFTER_RUNNING");
    let steps = definition["steps"].as_array_mut().unwrap();
    let directory = tempfile::tempdir().unwrap();
    let script = format!("test -e {}", directory.path().join("mended").display());
    steps.push(json!({"step": {"id": "a", "type": "NoOp"}}));
    steps.push(
        json!({"step": {"id": "b", "type": "Shell", "retry_policy": {"error_retry_limit": 0},
        "params": {"script": {"value": script, "type": "STRING"}}}}),
    );
    let (key, status, _) = run(&engine, definition, Json::Null).await;
    assert_eq!(status, "FAILED");
    std::fs::write(directory.path().join("mended"), "").unwrap();
    let request = RestartRequest {
        workflow_id: "w".into(),
        instance_id: key.instance_id,
        policy: "RESTART_FROM_INCOMPLETE".into(),
        ..RestartRequest::default()
    };
    let next = engine.restart(request).await.unwrap().run;
    assert_eq!(engine.wait(next.clone()).await.unwrap().as_str(), "SUCCEEDED");
    let overview = engine.view(&next).await.unwrap().state.overview.unwrap();
    assert_eq!(overview.total_step_count, 1);
    assert_eq!(overview.rollup_overview.total_leaf_count, 5);
    let counted = serde_json::to_value(&overview.rollup_overview).unwrap();
    assert_eq!(counted["overview"]["SUCCEEDED"]["cnt"], 5);
}

#[tokio::test]
async fn a_start_has_so_many_params_at_most() {
    let engine = engine().await;
    engine.push(json!({"workflow": foreach("1", 1, "IGNORE_FAILURE")})).await.unwrap();
    let param = |n: usize| (format!("p{n}"), json!({"value": n, "type": "LONG"}));
    let start = |count: usize| StartRequest {
        workflow_id: "w".into(),
        run_params: (0..count).map(param).collect::<Map<_, _>>(),
        ..StartRequest::default()
    };
    assert!(engine.start(start(128)).await.is_ok());
    let error = engine.start(start(129)).await.unwrap_err().to_string();
    assert_eq!(error, "there are 129 run params, 128 is the most");
}
