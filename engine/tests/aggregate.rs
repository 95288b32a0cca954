//! The view over all runs of an instance, and the overview of each (2.3 and 3.12 of Maestro's
//! behaviour), one test a rule.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::path::Path;

use common::{end, engine, no_op, shell, until};
use sel_engine::run::{Engine, RestartRequest, StartRequest};
use sel_engine::store::RunKey;
use serde_json::{Map, Value as Json, json};

/// Waits for a signal of its name.
fn waits(id: &str) -> Json {
    json!({"step": {"id": id, "type": "NoOp", "signal_dependencies": [{"name": id}]}})
}

/// Fails until a file of its name is there.
fn fragile(id: &str, log: &Path) -> Json {
    shell(id, &format!("test -e {}", log.join(id).display()))
}

fn mend(id: &str, log: &Path) {
    std::fs::write(log.join(id), "").unwrap();
}

fn then(mut step: Json, next: &str) -> Json {
    step["step"]["transition"] = json!({"successors": {next: "true"}});
    step
}

async fn push(engine: &Engine, steps: &Json) {
    let request = json!({"properties": {"owner": "t"}, "workflow": {"id": "w", "steps": steps}});
    engine.push(request).await.unwrap();
}

async fn begin(engine: &Engine) -> RunKey {
    let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
    engine.start(request).await.unwrap().run
}

async fn again(engine: &Engine, step: Option<&str>) -> RunKey {
    let request = RestartRequest {
        workflow_id: "w".into(),
        instance_id: 1,
        policy: "RESTART_FROM_INCOMPLETE".into(),
        step: step.map(str::to_owned),
        ..RestartRequest::default()
    };
    engine.restart(request).await.unwrap().run
}

/// The view over all runs: the status, and of each step the run and its status there.
async fn aggregate(engine: &Engine, run: &RunKey) -> Json {
    let view = engine.view(run).await.unwrap().state.aggregate.unwrap();
    let of = |view: &sel_engine::graph::StepView| match view.workflow_run_id {
        Some(run) => json!([run, view.status]),
        None => serde_json::to_value(view).unwrap(),
    };
    let steps = view.step_aggregated_views.iter().map(|(id, view)| (id.clone(), of(view)));
    json!([view.workflow_instance_status, Json::Object(steps.collect())])
}

/// The ordinals of an overview by status, how many steps there are, and the run's own status.
async fn overview(engine: &Engine, run: &RunKey) -> Json {
    let view = engine.view(run).await.unwrap().state.overview.unwrap();
    let ordinals = |tally: &Json| -> Vec<Json> {
        let steps = tally["steps"].as_array().unwrap();
        assert_eq!(tally["cnt"], steps.len());
        steps.iter().map(|step| step[0].clone()).collect()
    };
    let steps: Map<String, Json> = view
        .step_overview
        .iter()
        .map(|(status, tally)| (status.clone(), ordinals(tally).into()))
        .collect();
    json!([view.total_step_count, steps, view.rollup_overview.total_leaf_count, view.run_status])
}

#[tokio::test(flavor = "multi_thread")]
async fn a_first_run_is_its_own_view() {
    let (log, engine) = (tempfile::tempdir().unwrap(), engine().await);
    let steps = json!([then(no_op("a"), "b"), then(fragile("b", log.path()), "c"), no_op("c")]);
    push(&engine, &steps).await;
    let run = begin(&engine).await;
    assert_eq!(end(&engine, &run).await, "FAILED");
    assert_eq!(
        aggregate(&engine, &run).await,
        json!(["FAILED", {"a": [1, "SUCCEEDED"], "b": [1, "FATALLY_FAILED"],
            "c": {"status": "NOT_CREATED"}}])
    );
    let shown = json!([3, {"SUCCEEDED": [1], "FATALLY_FAILED": [2]}, 2, null]);
    assert_eq!(overview(&engine, &run).await, shown);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_overlays_what_it_runs_on_what_it_keeps() {
    let (log, engine) = (tempfile::tempdir().unwrap(), engine().await);
    let steps = json!([then(no_op("a"), "b"), then(fragile("b", log.path()), "c"), waits("c")]);
    push(&engine, &steps).await;
    let first = begin(&engine).await;
    end(&engine, &first).await;
    mend("b", log.path());
    let second = again(&engine, None).await;
    until(&engine, &second, "c", "WAITING_FOR_SIGNALS").await;
    assert_eq!(
        aggregate(&engine, &second).await,
        json!(["IN_PROGRESS", {"a": [1, "SUCCEEDED"], "b": [2, "SUCCEEDED"],
            "c": [2, "WAITING_FOR_SIGNALS"]}])
    );
    // Ordinals are those of the steps that it runs; the leaf steps that it keeps count.
    let shown = json!([2, {"SUCCEEDED": [1], "WAITING_FOR_SIGNALS": [2]}, 3, null]);
    assert_eq!(overview(&engine, &second).await, shown);
    engine.signal("c", Map::new(), None).await.unwrap();
    assert_eq!(end(&engine, &second).await, "SUCCEEDED");
    // The run before stays as it was.
    let before = aggregate(&engine, &first).await;
    assert_eq!(before[0], "FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_restart_has_not_created_yet_loses_what_it_was_before() {
    let (log, engine) = (tempfile::tempdir().unwrap(), engine().await);
    let mut first = then(waits("a"), "b");
    first["step"]["failure_mode"] = "FAIL_AFTER_RUNNING".into();
    let steps = json!([first, then(fragile("b", log.path()), "c"), no_op("c")]);
    push(&engine, &steps).await;
    let run = begin(&engine).await;
    engine.signal("a", Map::new(), None).await.unwrap();
    assert_eq!(end(&engine, &run).await, "FAILED");
    // `a` runs again, and holds up the rest.
    engine.set_breakpoint("w", "a").await.unwrap();
    let second = again(&engine, Some("a")).await;
    until(&engine, &second, "a", "PAUSED").await;
    assert_eq!(
        aggregate(&engine, &second).await,
        json!(["IN_PROGRESS", {"a": [2, "PAUSED"], "b": {"status": "NOT_CREATED"},
            "c": {"status": "NOT_CREATED"}}])
    );
    engine.kill_run(second.clone()).await.unwrap();
    assert_eq!(end(&engine, &second).await, "FAILED");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_queued_restart_shows_what_it_keeps() {
    let (log, engine) = (tempfile::tempdir().unwrap(), engine().await);
    let steps = json!([then(no_op("a"), "b"), then(fragile("b", log.path()), "c"), waits("c")]);
    push(&engine, &steps).await;
    let first = begin(&engine).await;
    end(&engine, &first).await;
    mend("b", log.path());
    // Another instance of the SEQUENTIAL workflow goes first.
    let other = begin(&engine).await;
    until(&engine, &other, "c", "WAITING_FOR_SIGNALS").await;
    let second = again(&engine, None).await;
    assert_eq!(
        aggregate(&engine, &second).await,
        json!(["CREATED", {"a": [1, "SUCCEEDED"], "b": {"status": "NOT_CREATED"},
            "c": {"status": "NOT_CREATED"}}])
    );
    assert_eq!(overview(&engine, &second).await, json!([2, {}, 1, null]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_succeeds_is_not_more_than_its_instance() {
    let (log, engine) = (tempfile::tempdir().unwrap(), engine().await);
    let steps = json!([fragile("a", log.path()), fragile("b", log.path()), no_op("c")]);
    let mut steps = steps;
    for step in steps.as_array_mut().unwrap() {
        step["step"]["failure_mode"] = "FAIL_AFTER_RUNNING".into();
    }
    push(&engine, &steps).await;
    let first = begin(&engine).await;
    assert_eq!(end(&engine, &first).await, "FAILED");
    mend("a", log.path());
    // Only `a` runs again: what `b` was before decides.
    let second = again(&engine, Some("a")).await;
    assert_eq!(end(&engine, &second).await, "FAILED");
    assert_eq!(aggregate(&engine, &second).await[0], "FAILED");
    assert_eq!(aggregate(&engine, &second).await[1]["a"], json!([2, "SUCCEEDED"]));
    assert_eq!(overview(&engine, &second).await[3], "SUCCEEDED");
    mend("b", log.path());
    let third = again(&engine, None).await;
    assert_eq!(end(&engine, &third).await, "SUCCEEDED");
    assert_eq!(
        aggregate(&engine, &third).await,
        json!(["SUCCEEDED", {"a": [2, "SUCCEEDED"], "b": [3, "SUCCEEDED"], "c": [1, "SUCCEEDED"]}])
    );
    assert_eq!(overview(&engine, &third).await[3], Json::Null);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_that_failed_has_created_nothing() {
    let engine = engine().await;
    let mut request =
        json!({"properties": {"owner": "t"}, "workflow": {"id": "w", "steps": [no_op("a")]}});
    request["workflow"]["params"] =
        json!({"x": {"type": "LONG", "value": 1}, "y": {"type": "LONG", "expression": "1 / x"}});
    engine.push(request).await.unwrap();
    let zero = json!({"x": {"type": "LONG", "value": 0}});
    let request = StartRequest {
        workflow_id: "w".into(),
        run_params: zero.as_object().unwrap().clone(),
        persist_failed_run: true,
        ..StartRequest::default()
    };
    engine.start(request).await.unwrap_err();
    let run = RunKey { workflow_id: "w".into(), instance_id: 1, run_id: 1 };
    let view = json!(["FAILED", {"a": {"status": "NOT_CREATED"}}]);
    assert_eq!(aggregate(&engine, &run).await, view);
    assert_eq!(overview(&engine, &run).await, json!([1, {}, 0, null]));
}
