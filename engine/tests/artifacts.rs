//! What steps with children leave behind: the artifacts of foreach, while and subworkflow, and what
//! the instances below them are called.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use common::{end, engine, no_op, shell, start};
use sel_engine::run::{Engine, RestartRequest};
use sel_engine::store::RunKey;
use serde_json::{Value as Json, json};

fn foreach(id: &str, values: &[i64], steps: &Json) -> Json {
    json!({"foreach": {"id": id, "steps": steps, "concurrency": 20,
        "failure_mode": "FAIL_AFTER_RUNNING",
        "params": {"loop_params": {"type": "MAP", "value": {
            "i": {"value": values, "type": "LONG_ARRAY"}}}}}})
}

/// Goes round until `n` is as great.
fn rounds(id: &str, count: i64, steps: &Json) -> Json {
    json!({"while": {"id": id, "steps": steps, "condition": format!("n < {count}"),
        "params": {"loop_params": {"type": "MAP", "value": {
            "n": {"value": 0, "type": "LONG"}}}}}})
}

/// A step that counts `n` up.
fn count(id: &str) -> Json {
    json!({"step": {"id": id, "type": "NoOp", "params": {"n": {"expression": "n + 1", "type": "LONG"}}}})
}

fn subworkflow(id: &str, of: &str) -> Json {
    json!({"subworkflow": {"id": id,
        "params": {"subworkflow_id": {"value": of, "type": "STRING"}}}})
}

async fn push(engine: &Engine, id: &str, steps: &Json) {
    let request = json!({"properties": {"owner": "t"}, "workflow": {"id": id, "steps": steps}});
    engine.push(request).await.unwrap();
}

async fn run(engine: &Engine, id: &str) -> (RunKey, String) {
    let run = start(engine, id).await;
    let status = end(engine, &run).await;
    (run, status)
}

/// The workflows of all instances, each once.
async fn workflows(engine: &Engine) -> Vec<String> {
    let rows = engine.store().instances(None, false, 1000).await.unwrap();
    let mut ids: Vec<String> = rows.into_iter().map(|row| row.key.workflow_id).collect();
    ids.sort();
    ids.dedup();
    ids
}

#[tokio::test(flavor = "multi_thread")]
async fn inline_workflows_are_named_by_workflow_instance_and_step() {
    let engine = engine().await;
    push(&engine, "child", &json!([foreach("g", &[1], &json!([no_op("x")]))])).await;
    push(&engine, "parent", &json!([foreach("f", &[1, 2], &json!([subworkflow("s", "child")]))]))
        .await;
    let looped = json!([foreach("a", &[1, 2], &json!([rounds("b", 1, &json!([count("x")]))]))]);
    push(&engine, "nest", &looped).await;
    for id in ["parent", "nest"] {
        assert_eq!(run(&engine, id).await.1, "SUCCEEDED");
    }
    let ids = workflows(&engine).await;
    for id in [
        "maestro_foreach_Jb2_11_81c36a7b771c117ea987fbb7cb589c3e",
        "maestro_foreach_Ib2_12_fefc592c6d66c6b079e92b66ec9b915b",
        "maestro_foreach_Kb2_11_925f117b10c70202107c04a3fbb8109a",
        "maestro_while_Kb2_11_d8de3fbfb49e5a7ce9c628efee95d784",
    ] {
        assert!(ids.iter().any(|known| known == id), "{id}: {ids:#?}");
    }
    // Each of the two instances of the child has its own, each iteration of `a` its own `b`.
    let like = |prefix: &str| ids.iter().filter(|id| id.starts_with(prefix)).count();
    assert_eq!((like("maestro_foreach_Ib2_1"), like("maestro_while_Kb2_11_")), (2, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_instance_of_a_subworkflow_is_tagged() {
    let engine = engine().await;
    push(&engine, "child", &json!([no_op("x")])).await;
    push(&engine, "parent", &json!([subworkflow("s", "child")])).await;
    let (parent, _) = run(&engine, "parent").await;
    let tags = async |workflow_id: &str| {
        let run = RunKey { workflow_id: workflow_id.into(), instance_id: 1, run_id: 0 };
        let view = engine.view(&run).await.unwrap();
        serde_json::to_value(&view.info.runtime_tags).unwrap()
    };
    let tag = json!([{"name": "maestro_subworkflow", "namespace": "SYSTEM"}]);
    assert_eq!((tags("child").await, tags("parent").await), (tag.clone(), json!([])));
    // And so is its next run.
    let request = RestartRequest {
        workflow_id: parent.workflow_id,
        instance_id: 1,
        policy: "RESTART_FROM_BEGINNING".into(),
        ..RestartRequest::default()
    };
    let again = engine.restart(request).await.unwrap().run;
    assert_eq!(end(&engine, &again).await, "SUCCEEDED");
    assert_eq!(tags("child").await, tag);
}

/// The leaf steps of a run by status, and how many there are.
async fn leaves(engine: &Engine, run: &RunKey) -> Json {
    let overview = engine.view(run).await.unwrap().state.overview.unwrap();
    let of = |(status, tally): (_, &sel_engine::graph::Tally)| (format!("{status}"), tally.cnt);
    let counts: BTreeMap<_, _> = overview.rollup_overview.overview.iter().map(of).collect();
    json!([overview.rollup_overview.total_leaf_count, counts])
}

/// Fails in the iteration where `n` is this, until `mended` is there.
fn fragile(n: i64, log: &Path) -> Json {
    let mended = log.join("mended");
    shell("x", &format!("test ${{i}} -ne {n} || test -e {}", mended.display()))
}

fn restart(of: &RunKey, policy: &str) -> RestartRequest {
    RestartRequest {
        workflow_id: of.workflow_id.clone(),
        instance_id: of.instance_id,
        policy: policy.into(),
        ..RestartRequest::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_counts_each_leaf_step_once_with_those_that_it_keeps() {
    let log = tempfile::tempdir().unwrap();
    let engine = engine().await;
    let inside = json!([no_op("w"), fragile(2, log.path())]);
    let steps = json!([no_op("before"), foreach("f", &[1, 2, 3], &inside)]);
    push(&engine, "w", &steps).await;
    let (first, status) = run(&engine, "w").await;
    assert_eq!(status, "FAILED");
    let counts = json!([7, {"SUCCEEDED": 6, "FATALLY_FAILED": 1}]);
    assert_eq!(leaves(&engine, &first).await, counts);
    // Fails once more: still each once.
    let second = engine.restart(restart(&first, "RESTART_FROM_INCOMPLETE")).await.unwrap().run;
    assert_eq!(end(&engine, &second).await, "FAILED");
    assert_eq!(leaves(&engine, &second).await, counts);
    std::fs::write(log.path().join("mended"), "").unwrap();
    let third = engine.restart(restart(&first, "RESTART_FROM_INCOMPLETE")).await.unwrap().run;
    assert_eq!(end(&engine, &third).await, "SUCCEEDED");
    assert_eq!(leaves(&engine, &third).await, json!([7, {"SUCCEEDED": 7}]));
    let fourth = engine.restart(restart(&first, "RESTART_FROM_BEGINNING")).await.unwrap().run;
    assert_eq!(end(&engine, &fourth).await, "SUCCEEDED");
    assert_eq!(leaves(&engine, &fourth).await, json!([7, {"SUCCEEDED": 7}]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restarted_while_counts_the_iterations_before() {
    let log = tempfile::tempdir().unwrap();
    let engine = engine().await;
    let mended = log.path().join("mended");
    let inside = json!([
        count("c"),
        shell("x", &format!("test ${{n}} -ne 1 || test -e {}", mended.display()))
    ]);
    push(&engine, "w", &json!([rounds("l", 3, &inside)])).await;
    let (first, status) = run(&engine, "w").await;
    assert_eq!(status, "FAILED");
    assert_eq!(leaves(&engine, &first).await, json!([4, {"SUCCEEDED": 3, "FATALLY_FAILED": 1}]));
    std::fs::write(&mended, "").unwrap();
    let second = engine.restart(restart(&first, "RESTART_FROM_INCOMPLETE")).await.unwrap().run;
    assert_eq!(end(&engine, &second).await, "SUCCEEDED");
    assert_eq!(leaves(&engine, &second).await, json!([6, {"SUCCEEDED": 6}]));
    let artifact =
        engine.steps(&second, false).await.unwrap()[0].artifacts()["maestro_while"].clone();
    let of = |name: &str| artifact[name].clone();
    assert_eq!(
        json!([of("first_iteration"), of("last_iteration"), of("loop_run_id"), of("last_status")]),
        json!([2, 3, 2, "SUCCEEDED"])
    );
    assert_eq!(of("loop_param_values"), json!({"n": 3}));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_iteration_that_runs_again_beside_the_others_counts_once() {
    let log = tempfile::tempdir().unwrap();
    let engine = engine().await;
    let sleep = json!({"step": {"id": "y", "type": "Sleep", "params": {
        "sleep_seconds": {"expression": "i == 2 ? 0 : 1000000", "type": "LONG"}}}});
    let inside = json!([fragile(2, log.path()), sleep]);
    push(&engine, "w", &json!([foreach("f", &[1, 2], &inside)])).await;
    let run = start(&engine, "w").await;
    let ended = async |status: &str| {
        for _ in 0..4000 {
            let steps = engine.steps(&run, false).await.unwrap();
            let artifact =
                steps.first().and_then(|f| f.artifacts().get("maestro_foreach").cloned());
            if let Some(artifact) = artifact
                && artifact["foreach_overview"]["details"][status] == json!([2])
            {
                return artifact;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        panic!("iteration 2 never was {status}");
    };
    let artifact = ended("FAILED").await;
    let workflow_id = artifact["foreach_workflow_id"].as_str().unwrap().to_owned();
    std::fs::write(log.path().join("mended"), "").unwrap();
    let iteration = RunKey { workflow_id, instance_id: 2, run_id: 1 };
    engine.restart(restart(&iteration, "RESTART_FROM_INCOMPLETE")).await.unwrap();
    let artifact = ended("SUCCEEDED").await;
    assert_eq!(
        artifact["foreach_overview"]["rollup"],
        json!({"total_leaf_count": 2, "overview": {"SUCCEEDED": {"cnt": 2}}})
    );
    assert_eq!(artifact["foreach_overview"]["restart_info"], json!({"kept": [], "restarted": [2]}));
    engine.kill_run(run.clone()).await.unwrap();
    assert_eq!(end(&engine, &run).await, "FAILED");
}
