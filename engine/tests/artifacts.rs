//! What steps with children leave behind: the artifacts of foreach, while and subworkflow, and what
//! the instances below them are called.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, RestartRequest, StartRequest};
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::{Value as Json, json};

async fn engine() -> Engine {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    Builder::new(store).clock(SystemClock::scaled(500)).start()
}

fn noop(id: &str) -> Json {
    json!({"step": {"id": id, "type": "NoOp"}})
}

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

async fn begin(engine: &Engine, id: &str) -> RunKey {
    let request = StartRequest { workflow_id: id.to_owned(), ..StartRequest::default() };
    engine.start(request).await.unwrap().run
}

async fn end(engine: &Engine, run: &RunKey) -> String {
    let ended = tokio::time::timeout(Duration::from_secs(60), engine.wait(run.clone())).await;
    ended.expect("the run is stuck").unwrap().to_string()
}

async fn run(engine: &Engine, id: &str) -> (RunKey, String) {
    let run = begin(engine, id).await;
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
    push(&engine, "child", &json!([foreach("g", &[1], &json!([noop("x")]))])).await;
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
    push(&engine, "child", &json!([noop("x")])).await;
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
