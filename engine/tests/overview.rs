//! What a run looks like while it waits, goes on and has ended: its overview, the rollup of its
//! leaf steps through all levels, the view over all its runs, the artifacts of its containers.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::time::Duration;

use common::{
    begin, end, engine, foreach, key, no_op, sleeps, start, statuses, step, subworkflow, then,
    until, workflow,
};
use sel_engine::core::Action;
use sel_engine::run::{Engine, RestartRequest, StepAction};
use sel_engine::store::RunKey;
use serde_json::{Map, Value as Json, json};

/// An artifact of a step, once it is as it should be.
async fn artifact(engine: &Engine, run: &RunKey, name: &str, is: fn(&Json) -> bool) -> Json {
    for _ in 0..4000 {
        let steps = engine.steps(run, false).await.unwrap();
        let found = steps.iter().find_map(|step| step.artifacts().get(name).cloned());
        if let Some(artifact) = found.filter(is) {
            return artifact;
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    panic!("no such artifact: {:?}", statuses(engine, run).await);
}

/// The view of a run: its overview and the view over all runs, as JSON.
async fn view(engine: &Engine, run: &RunKey) -> (Json, Json) {
    let view = engine.view(run).await.unwrap();
    (
        serde_json::to_value(&view.state.overview).unwrap(),
        serde_json::to_value(&view.state.aggregate).unwrap(),
    )
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_waits_in_the_queue_has_all_its_steps_before_it() {
    let engine = engine().await;
    let steps = json!([sleeps("a", then("b")), no_op("b")]);
    let first = begin(&engine, workflow("w", steps)).await;
    until(&engine, &first, "a", "RUNNING").await;
    let second = start(&engine, "w").await;
    let (overview, aggregate) = view(&engine, &second).await;
    assert_eq!(overview["total_step_count"], 2);
    assert_eq!(overview["step_overview"], json!({}));
    assert_eq!(
        aggregate,
        json!({"step_aggregated_views": {"a": {"status": "NOT_CREATED"}, "b": {"status": "NOT_CREATED"}},
            "workflow_instance_status": "CREATED"})
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_run_that_goes_on_counts_the_leaf_steps_of_all_levels() {
    let engine = engine().await;
    engine.push(workflow("child", json!([no_op("done"), sleeps("low", json!({}))]))).await.unwrap();
    let steps = json!([
        no_op("first"),
        foreach("f", json!([no_op("x"), sleeps("in", json!({}))]), json!({"concurrency": 1})),
        subworkflow("s", "child", then("last")),
        no_op("last"),
    ]);
    let run = begin(&engine, workflow("w", steps)).await;
    let low = key("child", 1);
    until(&engine, &low, "low", "RUNNING").await;
    until(&engine, &low, "done", "SUCCEEDED").await;
    let artifact = artifact(&engine, &run, "maestro_foreach", |_| true).await;
    let inline = artifact["foreach_workflow_id"].as_str().unwrap().to_owned();
    let iteration = key(&inline, 1);
    until(&engine, &iteration, "in", "RUNNING").await;
    until(&engine, &iteration, "x", "SUCCEEDED").await;

    let (overview, aggregate) = view(&engine, &run).await;
    assert_eq!(overview["total_step_count"], 4);
    let counts: Map<String, Json> = overview["step_overview"]
        .as_object()
        .unwrap()
        .iter()
        .map(|(status, tally)| (status.clone(), tally["cnt"].clone()))
        .collect();
    assert_eq!(Json::from(counts), json!({"SUCCEEDED": 1, "RUNNING": 2}));
    assert_eq!(overview["step_overview"]["SUCCEEDED"]["steps"][0][0], 1, "the ordinal");
    let leaves = json!({"SUCCEEDED": {"cnt": 3}, "RUNNING": {"cnt": 2, "ref": {
        (format!("{inline}:1")): ["1:in:1"], "child:1": ["1:low:1"]}}});
    assert_eq!(overview["rollup_overview"], json!({"total_leaf_count": 5, "overview": leaves}));
    assert_eq!(aggregate["workflow_instance_status"], "IN_PROGRESS");
    assert_eq!(aggregate["step_aggregated_views"]["last"], json!({"status": "NOT_CREATED"}));
    assert_eq!(aggregate["step_aggregated_views"]["f"]["status"], "RUNNING");

    // The same in the artifacts.
    let of_child = step(&engine, &run, "s").await.artifacts()["maestro_subworkflow"].clone();
    assert_eq!(
        of_child["subworkflow_overview"]["rollup_overview"]["overview"]["RUNNING"]["cnt"],
        1
    );
    let of_loop = step(&engine, &run, "f").await.artifacts()["maestro_foreach"].clone();
    assert_eq!(of_loop["foreach_overview"]["running_rollup"]["total_leaf_count"], 2);
    engine.kill_run(run.clone()).await.unwrap();
    assert_eq!(end(&engine, &run).await, "FAILED");
    let (overview, _) = view(&engine, &run).await;
    let leaves = json!({"SUCCEEDED": {"cnt": 3}, "STOPPED": {"cnt": 2}});
    assert_eq!(overview["rollup_overview"], json!({"total_leaf_count": 5, "overview": leaves}));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_artifact_of_a_foreach_says_whose_iterations_they_are_and_how_far() {
    let engine = engine().await;
    let inner = foreach("g", json!([no_op("x")]), json!({}));
    let hold = sleeps(
        "y",
        json!({"params": {
        "sleep_seconds": {"expression": "of_f == 1 ? 0 : 1000000", "type": "LONG"}}}),
    );
    let run =
        begin(&engine, workflow("w", json!([foreach("f", json!([inner, hold]), json!({}))]))).await;
    let artifact = artifact(&engine, &run, "maestro_foreach", |artifact| {
        artifact["foreach_overview"]["stats"] == json!({"SUCCEEDED": 1})
    })
    .await;
    let inline = artifact["foreach_workflow_id"].as_str().unwrap().to_owned();
    until(&engine, &key(&inline, 2), "y", "RUNNING").await;
    until(&engine, &key(&inline, 2), "g", "SUCCEEDED").await;
    let artifact = step(&engine, &run, "f").await.artifacts()["maestro_foreach"].clone();
    assert_eq!(
        artifact,
        json!({"type": "FOREACH", "foreach_workflow_id": inline, "foreach_identity": "[w][1][1][f][1]",
            "foreach_run_id": 1, "run_policy": "START_FRESH_NEW_RUN", "run_id": 1,
            "total_loop_count": 2, "next_loop_index": 2,
            "foreach_overview": {"checkpoint": 1, "stats": {"SUCCEEDED": 1},
                "running_stats": {"IN_PROGRESS": 1},
                "rollup": {"total_leaf_count": 3, "overview": {"SUCCEEDED": {"cnt": 3}}},
                "running_rollup": {"total_leaf_count": 3, "overview": {"SUCCEEDED": {"cnt": 2},
                    "RUNNING": {"cnt": 1, "ref": {(format!("{inline}:1")): ["2:y:1"]}}}},
                "details": {"SUCCEEDED": [1], "IN_PROGRESS": [2]}}})
    );
    let nested = step(&engine, &key(&inline, 1), "g").await.artifacts()["maestro_foreach"].clone();
    assert_eq!(nested["ancestor_iteration_count"], 2);
    assert_eq!(nested["foreach_identity"], format!("[{inline}][1][1][g][1]"));

    // What is left runs again; what succeeded is kept.
    engine.act(run.clone(), "f", StepAction::Act(Action::Stop)).await.unwrap();
    assert_eq!(end(&engine, &run).await, "STOPPED");
    engine
        .restart(RestartRequest {
            workflow_id: "w".into(),
            instance_id: 1,
            policy: "RESTART_FROM_INCOMPLETE".into(),
            step: None,
            skip: false,
            run_params: Map::new(),
            step_run_params: Map::new(),
            request_id: None,
        })
        .await
        .unwrap();
    let again = RunKey { run_id: 2, ..run };
    until(&engine, &again, "f", "RUNNING").await;
    let second = RunKey { run_id: 2, ..key(&inline, 2) };
    until(&engine, &second, "y", "RUNNING").await;
    let artifact = step(&engine, &again, "f").await.artifacts()["maestro_foreach"].clone();
    assert_eq!((&artifact["run_id"], &artifact["foreach_run_id"]), (&json!(2), &json!(2)));
    assert_eq!(artifact["run_policy"], "RESTART_FROM_INCOMPLETE");
    assert_eq!(
        artifact["foreach_overview"]["restart_info"],
        json!({"kept": [1], "restarted": [2]})
    );
    engine.kill_run(again).await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn the_artifact_of_a_while_shows_its_last_iteration() {
    let engine = engine().await;
    let next = json!({"step": {"id": "x", "type": "NoOp", "params": {
        "i": {"expression": "i + 1", "type": "LONG"}}}});
    let hold = json!({"step": {"id": "y", "type": "Sleep", "params": {
        "sleep_seconds": {"expression": "i < 2 ? 0 : 1000000", "type": "LONG"}}}});
    let looped = json!({"while": {"id": "l", "condition": "i < 5", "steps": [next, hold],
        "params": {"loop_params": {"type": "MAP", "value": {"i": {"value": 0, "type": "LONG"}}}}}});
    let run = begin(&engine, workflow("w", json!([looped]))).await;
    let artifact =
        artifact(&engine, &run, "maestro_while", |artifact| artifact["last_iteration"] == 3).await;
    let inline = artifact["loop_workflow_id"].as_str().unwrap();
    until(&engine, &key(inline, 3), "y", "RUNNING").await;
    let artifact = step(&engine, &run, "l").await.artifacts()["maestro_while"].clone();
    let overview = &artifact["last_overview"];
    assert_eq!(overview["rollup_overview"]["overview"]["RUNNING"]["cnt"], 1);
    let mut shown = artifact.clone();
    shown.as_object_mut().unwrap().shift_remove("last_overview");
    assert_eq!(
        shown,
        json!({"type": "WHILE", "loop_workflow_id": inline, "loop_identity": "[w][1][1][l][1]",
            "loop_run_id": 1, "run_policy": "START_FRESH_NEW_RUN", "run_id": 1,
            "first_iteration": 1, "last_iteration": 3, "last_status": "IN_PROGRESS",
            "rollup": {"total_leaf_count": 6, "overview": {"SUCCEEDED": {"cnt": 5}, "RUNNING": {"cnt": 1,
                "ref": {(format!("{inline}:1")): ["3:y:1"]}}}},
            "loop_param_values": {"i": 2}})
    );
    engine.kill_run(run).await.unwrap();
}
