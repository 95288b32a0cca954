//! Actions and time-outs: what they do to a step, to the rest of its run, and through levels.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::sync::Arc;

use common::{
    begin, end, engine, foreach, key, no_op, sleeps, start, statuses, step, subworkflow, then,
    until, with, workflow,
};
use sel_engine::clock::ManualClock;
use sel_engine::core::Action;
use sel_engine::run::{Builder, RestartRequest, StepAction};
use sel_engine::store::SqliteStore;
use serde_json::{Value as Json, json};

fn fails(id: &str, fields: Json) -> Json {
    with(
        json!({"id": id, "type": "Shell",
        "params": {"script": {"value": "exit 1", "type": "STRING"}}}),
        fields,
    )
}

/// The action on `a`, with its failure mode; what becomes of the steps and of the run.
#[tokio::test(flavor = "multi_thread")]
async fn an_action_ends_its_step_and_the_failure_mode_says_what_of_the_rest() {
    let mode =
        |mode: &str| json!({"failure_mode": mode, "transition": {"successors": {"b": "true"}}});
    let rows = [
        (Action::Stop, mode("IGNORE_FAILURE"), json!({"a": "STOPPED", "c": "SKIPPED"}), "STOPPED"),
        (
            Action::Stop,
            mode("FAIL_IMMEDIATELY"),
            json!({"a": "STOPPED", "c": "SKIPPED"}),
            "STOPPED",
        ),
        (
            Action::Kill,
            mode("FAIL_AFTER_RUNNING"),
            json!({"a": "FATALLY_FAILED", "c": "SKIPPED"}),
            "FAILED",
        ),
        (
            Action::Kill,
            mode("FAIL_IMMEDIATELY"),
            json!({"a": "FATALLY_FAILED", "c": "STOPPED"}),
            "FAILED",
        ),
        (
            Action::Kill,
            mode("IGNORE_FAILURE"),
            json!({"a": "COMPLETED_WITH_ERROR", "b": "SUCCEEDED", "c": "SKIPPED"}),
            "SUCCEEDED",
        ),
        (
            Action::Skip,
            mode("FAIL_IMMEDIATELY"),
            json!({"a": "SKIPPED", "b": "SUCCEEDED", "c": "SKIPPED"}),
            "SUCCEEDED",
        ),
    ];
    let engine = engine().await;
    for (number, (action, fields, expected, status)) in rows.into_iter().enumerate() {
        let steps = json!([sleeps("a", fields.clone()), no_op("b"), sleeps("c", json!({}))]);
        let run = begin(&engine, workflow(&format!("w{number}"), steps)).await;
        until(&engine, &run, "a", "RUNNING").await;
        until(&engine, &run, "c", "RUNNING").await;
        engine.act(run.clone(), "a", StepAction::Act(action)).await.unwrap();
        // Other branches go on, unless the failure mode says that they do not.
        let _ = engine.act(run.clone(), "c", StepAction::Act(Action::Skip)).await;
        assert_eq!(end(&engine, &run).await, status, "{action:?} {fields}");
        assert_eq!(Json::from(statuses(&engine, &run).await), expected, "{action:?} {fields}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_run_passes_by_the_failure_modes_of_its_steps() {
    let engine = engine().await;
    let ignored = || json!([sleeps("a", json!({"failure_mode": "IGNORE_FAILURE"}))]);
    let killed = begin(&engine, workflow("killed", ignored())).await;
    until(&engine, &killed, "a", "RUNNING").await;
    engine.kill_run(killed.clone()).await.unwrap();
    assert_eq!(end(&engine, &killed).await, "FAILED");
    assert_eq!(statuses(&engine, &killed).await["a"], "FATALLY_FAILED");
    let mut request = workflow("late", ignored());
    request["workflow"]["timeout"] = "10 seconds".into();
    let late = begin(&engine, request).await;
    assert_eq!(end(&engine, &late).await, "TIMED_OUT");
    assert_eq!(statuses(&engine, &late).await["a"], "TIMED_OUT");
    assert!(engine.stop_run(late.clone()).await.is_err());
    assert!(engine.act(late, "a", StepAction::Act(Action::Stop)).await.is_err());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_queued_ends_at_once() {
    let engine = engine().await;
    begin(&engine, workflow("w", json!([sleeps("a", json!({}))]))).await;
    let (stopped, killed) = (start(&engine, "w").await, start(&engine, "w").await);
    assert!(engine.stop_run(stopped.clone()).await.unwrap());
    assert!(engine.kill_run(killed.clone()).await.unwrap());
    assert_eq!(end(&engine, &stopped).await, "STOPPED");
    assert_eq!(end(&engine, &killed).await, "FAILED");
    assert!(statuses(&engine, &stopped).await.is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_retry_that_is_due_takes_part_in_what_happens_to_its_run() {
    let again = json!({"retry_policy": {"error_retry_limit": 1, "backoff":
        {"type": "FIXED_BACKOFF", "error_retry_backoff_in_secs": 86_000}}});
    let engine = engine().await;
    // Another step fails at once: the attempt that was to come is stopped.
    let fast = json!({"failure_mode": "FAIL_IMMEDIATELY"});
    let steps = json!([fails("a", again.clone()), sleeps("b", fast)]);
    let run = begin(&engine, workflow("w", steps)).await;
    until(&engine, &run, "a", "USER_FAILED").await;
    engine.act(run.clone(), "b", StepAction::Act(Action::Kill)).await.unwrap();
    assert_eq!(end(&engine, &run).await, "FAILED");
    let a = step(&engine, &run, "a").await.state;
    assert_eq!((a.status().as_str(), a.attempt), ("STOPPED", 2));
    // Nobody waits for the delay of one that is skipped.
    let mut first = fails("a", again);
    first["step"]["transition"] = then("b")["transition"].clone();
    let run = begin(&engine, workflow("v", json!([first, no_op("b")]))).await;
    until(&engine, &run, "a", "USER_FAILED").await;
    engine.act(run.clone(), "a", StepAction::Act(Action::Skip)).await.unwrap();
    assert_eq!(end(&engine, &run).await, "SUCCEEDED");
    assert_eq!(step(&engine, &run, "a").await.state.attempt, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_failed_step_is_skipped_while_its_run_goes_on() {
    let engine = engine().await;
    let mut first = fails("a", json!({"retry_policy": {"error_retry_limit": 0}}));
    first["step"]["transition"] = then("b")["transition"].clone();
    let steps = json!([first, no_op("b"), sleeps("c", json!({}))]);
    let run = begin(&engine, workflow("w", steps)).await;
    until(&engine, &run, "a", "FATALLY_FAILED").await;
    let skip = StepAction::Act(Action::Skip);
    assert!(engine.act(run.clone(), "b", skip).await.is_err(), "it was not created");
    assert!(engine.act(run.clone(), "a", StepAction::Act(Action::Stop)).await.is_err());
    engine.act(run.clone(), "a", skip).await.unwrap();
    until(&engine, &run, "b", "SUCCEEDED").await;
    assert!(engine.act(run.clone(), "b", skip).await.is_err(), "it is complete");
    engine.act(run.clone(), "c", skip).await.unwrap();
    assert_eq!(end(&engine, &run).await, "SUCCEEDED");
    let attempts = engine.steps(&run, true).await.unwrap();
    let of_a: Vec<_> =
        attempts.iter().filter(|s| s.step_id == "a").map(|s| s.state.status().as_str()).collect();
    assert_eq!(of_a, ["FATALLY_FAILED", "SKIPPED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_container_that_takes_too_long_ends_what_it_started() {
    let clock = ManualClock::at(0);
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let engine = Builder::new(store).clock(clock.clone()).start();
    engine.push(workflow("child", json!([sleeps("low", json!({}))]))).await.unwrap();
    let short = json!({"timeout": "20 seconds"});
    let inner = json!([foreach("in", json!([sleeps("deep", json!({}))]), json!({}))]);
    let steps = json!([foreach("f", inner, short.clone()), subworkflow("s", "child", short)]);
    let run = begin(&engine, workflow("w", steps)).await;
    until(&engine, &run, "f", "RUNNING").await;
    until(&engine, &run, "s", "RUNNING").await;
    until(&engine, &key("child", 1), "low", "RUNNING").await;
    clock.advance(20_000);
    assert_eq!(end(&engine, &run).await, "TIMED_OUT");
    assert_eq!(
        Json::from(statuses(&engine, &run).await),
        json!({"f": "TIMED_OUT", "s": "TIMED_OUT"})
    );
    assert_eq!(end(&engine, &key("child", 1)).await, "TIMED_OUT");
    assert_eq!(statuses(&engine, &key("child", 1)).await["low"], "TIMED_OUT");
    let artifact = step(&engine, &run, "f").await.artifacts()["maestro_foreach"].clone();
    assert_eq!(artifact["foreach_overview"]["details"], json!({"TIMED_OUT": [[1, 2]]}));
    assert!(engine.store().live(None).await.unwrap().is_empty());
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_waits_for_a_run_that_there_is_not() {
    let error = engine().await.wait(key("w", 1)).await.unwrap_err();
    assert_eq!(error.to_string(), "there is no run `w:1:1`");
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_reaches_a_child_that_nobody_waits_for() {
    let engine = engine().await;
    engine.push(workflow("child", json!([sleeps("low", json!({}))]))).await.unwrap();
    let alone = json!({"sync": false});
    let steps = json!([subworkflow("s", "child", alone), sleeps("a", json!({}))]);
    let run = begin(&engine, workflow("w", steps)).await;
    until(&engine, &run, "s", "SUCCEEDED").await;
    until(&engine, &run, "a", "RUNNING").await;
    until(&engine, &key("child", 1), "low", "RUNNING").await;
    engine.kill_run(run.clone()).await.unwrap();
    assert_eq!(end(&engine, &run).await, "FAILED");
    assert_eq!(statuses(&engine, &key("child", 1)).await["low"], "RUNNING");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_child_is_that_of_its_step() {
    let engine = engine().await;
    engine.push(workflow("child", json!([sleeps("low", json!({}))]))).await.unwrap();
    let run = begin(&engine, workflow("w", json!([subworkflow("s", "child", json!({}))]))).await;
    let child = key("child", 1);
    until(&engine, &child, "low", "RUNNING").await;
    engine.stop_run(child.clone()).await.unwrap();
    assert_eq!(end(&engine, &run).await, "STOPPED");
    // A skipped step stops its child, and the graph goes on.
    let mut step = subworkflow("s", "child", json!({}));
    step["subworkflow"]["transition"] = then("b")["transition"].clone();
    let run = begin(&engine, workflow("v", json!([step, no_op("b")]))).await;
    let child = key("child", 2);
    until(&engine, &child, "low", "RUNNING").await;
    engine.act(run.clone(), "s", StepAction::Act(Action::Skip)).await.unwrap();
    assert_eq!(end(&engine, &run).await, "SUCCEEDED");
    assert_eq!(end(&engine, &child).await, "STOPPED");
    assert_eq!(
        Json::from(statuses(&engine, &run).await),
        json!({"s": "SKIPPED", "b": "SUCCEEDED"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_child_that_may_not_take_the_params_of_its_parent_fails_the_step() {
    let engine = engine().await;
    let mut child = workflow("child", json!([no_op("a")]));
    child["workflow"]["params"] =
        json!({"region": {"value": "eu", "type": "STRING", "mode": "CONSTANT"}});
    engine.push(child).await.unwrap();
    let steps = json!([subworkflow("s", "child", json!({}))]);
    let mut request = workflow("w", steps);
    request["workflow"]["params"] = json!({"region": {"value": "us", "type": "STRING"}});
    let run = begin(&engine, request).await;
    assert_eq!(end(&engine, &run).await, "FAILED");
    let s = step(&engine, &run, "s").await;
    assert_eq!(s.state.status().as_str(), "FATALLY_FAILED");
    let told = s.data.timeline.iter().any(|event| event.to_string().contains("region"));
    assert!(told, "{:?}", s.data.timeline);
}

/// A run that succeeds makes its instance succeed only with what earlier runs left behind.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_skips_one_failure_leaves_the_other_to_its_instance() {
    let engine = engine().await;
    let once = || json!({"retry_policy": {"error_retry_limit": 0}});
    let steps = json!([fails("a", once()), fails("b", once()), no_op("c")]);
    let first = begin(&engine, workflow("w", steps)).await;
    assert_eq!(end(&engine, &first).await, "FAILED");
    let skip = |id: &str| RestartRequest {
        workflow_id: "w".into(),
        instance_id: 1,
        step: Some(id.into()),
        skip: true,
        ..RestartRequest::default()
    };
    let rows = [("a", "FAILED", Some("SUCCEEDED")), ("b", "SUCCEEDED", None)];
    for (id, status, of_run) in rows {
        let run = engine.restart(skip(id)).await.unwrap().run;
        assert_eq!(end(&engine, &run).await, status, "{id}");
        assert_eq!(Json::from(statuses(&engine, &run).await), json!({id: "SKIPPED"}));
        let overview = engine.view(&run).await.unwrap().state.overview.unwrap();
        assert_eq!(overview.run_status.map(|status| status.as_str()), of_run, "{id}");
    }
}

/// What can be evaluated of a step that is skipped early is there for others, whether steps follow
/// it or not.
#[tokio::test(flavor = "multi_thread")]
async fn a_skipped_step_has_the_params_that_can_be_evaluated() {
    for next in [json!({}), then("b")] {
        let waits = with(
            json!({"id": "a", "type": "NoOp", "signal_dependencies": [{"name": "never"}], "params": {
                "n": {"expression": "1 + 1", "type": "LONG"},
                "bad": {"expression": "nothing.of_it()", "type": "LONG"}}}),
            next.clone(),
        );
        let has_next = next.get("transition").is_some();
        let steps = if has_next { json!([waits, no_op("b")]) } else { json!([waits]) };
        let engine = engine().await;
        let run = begin(&engine, workflow("w", steps)).await;
        until(&engine, &run, "a", "WAITING_FOR_SIGNALS").await;
        engine.act(run.clone(), "a", StepAction::Act(Action::Skip)).await.unwrap();
        engine.wait(run.clone()).await.unwrap();
        let all = engine.steps(&run, false).await.unwrap();
        let step = all.iter().find(|step| step.step_id == "a").unwrap();
        assert_eq!(step.state.status().as_str(), "SKIPPED");
        assert_eq!(step.params()["n"], 2, "steps follow: {has_next}");
    }
}
