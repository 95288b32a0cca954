//! Restarts of what is nested: subworkflows, iterations, and instances asked for by themselves.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, Live, RestartRequest, StartRequest};
use sel_engine::status::InstanceStatus as S;
use sel_engine::store::{InstanceRow, RunKey, SqliteStore};
use serde_json::{Value as Json, json};

fn start(store: &Arc<SqliteStore>) -> Engine {
    Builder::new(Arc::<SqliteStore>::clone(store)).clock(SystemClock::scaled(500)).start()
}

async fn engine() -> Engine {
    start(&Arc::new(SqliteStore::memory().await.unwrap()))
}

/// A step that writes its name down, with the params it is told to.
fn says(id: &str, what: &str, log: &Path) -> Json {
    shell(id, &format!("echo {id} {what} >> {}", log.join("log").display()))
}

/// A step that writes its name down, and fails until `mended` is there.
fn fragile(id: &str, what: &str, log: &Path) -> Json {
    let directory = log.display();
    shell(id, &format!("echo {id} {what} >> {directory}/log; test -e {directory}/mended"))
}

fn shell(id: &str, script: &str) -> Json {
    json!({"step": {"id": id, "type": "Shell", "retry_policy": {"error_retry_limit": 0},
        "transition": {"successors": {}},
        "params": {"script": {"value": script, "type": "STRING"}}}})
}

fn then(mut step: Json, next: &str) -> Json {
    step["step"]["transition"]["successors"] = json!({next: "true"});
    step
}

fn workflow(id: &str, steps: &Json) -> Json {
    json!({"properties": {"owner": "t"}, "workflow": {"id": id, "steps": steps}})
}

fn subworkflow(id: &str, of: &str) -> Json {
    json!({"subworkflow": {"id": id,
        "params": {"subworkflow_id": {"value": of, "type": "STRING"}}}})
}

fn foreach(id: &str, count: i64, steps: &Json) -> Json {
    let values: Vec<i64> = (1..=count).collect();
    json!({"foreach": {"id": id, "steps": steps, "failure_mode": "FAIL_AFTER_RUNNING",
        "params": {"loop_params": {"type": "MAP", "value": {
            "i": {"value": values, "type": "LONG_ARRAY"}}}}}})
}

fn mend(log: &Path) {
    std::fs::write(log.join("mended"), "").unwrap();
}

fn lines(log: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(log.join("log")).unwrap_or_default();
    std::fs::remove_file(log.join("log")).ok();
    let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
    lines.sort();
    lines
}

async fn wait(engine: &Engine, run: &RunKey) -> S {
    let ended = tokio::time::timeout(Duration::from_secs(60), engine.wait(run.clone())).await;
    ended.expect("the run is stuck").unwrap()
}

async fn run(engine: &Engine, id: &str) -> (RunKey, S) {
    let request = StartRequest { workflow_id: id.to_owned(), ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    let status = wait(engine, &run).await;
    (run, status)
}

fn restart(of: &RunKey, policy: &str) -> RestartRequest {
    RestartRequest {
        workflow_id: of.workflow_id.clone(),
        instance_id: of.instance_id,
        policy: policy.to_owned(),
        ..RestartRequest::default()
    }
}

const INCOMPLETE: &str = "RESTART_FROM_INCOMPLETE";
const BEGINNING: &str = "RESTART_FROM_BEGINNING";

/// The latest run of each instance of a workflow, in order.
async fn instances(engine: &Engine, id: &str) -> Vec<InstanceRow> {
    let mut rows = engine.store().instances(Some(id), false, 1000).await.unwrap();
    rows.sort_by_key(|row| (row.key.instance_id, std::cmp::Reverse(row.key.run_id)));
    rows.dedup_by_key(|row| row.key.instance_id);
    rows
}

/// The iterations of a step: number, run, status.
async fn iterations(engine: &Engine, run: &RunKey, step: &str) -> Vec<(i64, i64, S)> {
    let steps = engine.steps(run, false).await.unwrap();
    let step = steps.iter().find(|view| view.step_id == step).unwrap();
    let id = step.data.artifacts["maestro_foreach"]["foreach_workflow_id"].as_str().unwrap();
    let rows = instances(engine, id).await;
    rows.iter().map(|row| (row.key.instance_id, row.key.run_id, row.status)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_subworkflow_runs_again_in_the_instance_that_it_had() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    let child = json!([then(says("a", "", log), "b"), fragile("b", "", log)]);
    engine.push(workflow("child", &child)).await.unwrap();
    let steps = json!([subworkflow("s", "child")]);
    engine.push(workflow("w", &steps)).await.unwrap();
    let (first, status) = run(&engine, "w").await;
    assert_eq!((status, lines(log)), (S::Failed, vec!["a".to_owned(), "b".to_owned()]));
    mend(log);
    let second = engine.restart(restart(&first, INCOMPLETE)).await.unwrap().run;
    assert_eq!(wait(&engine, &second).await, S::Succeeded);
    assert_eq!(lines(log), ["b"], "only what was incomplete");
    let rows = instances(&engine, "child").await;
    assert_eq!(rows.len(), 1);
    assert_eq!((rows[0].key.run_id, rows[0].status), (2, S::Succeeded));
    let steps = engine.steps(&second, false).await.unwrap();
    assert_eq!(steps[0].data.artifacts["maestro_subworkflow"]["subworkflow_run_id"], 2);
    // From the beginning the child begins anew too, and once more where nothing is incomplete.
    let third = engine.restart(restart(&first, BEGINNING)).await.unwrap().run;
    assert_eq!(wait(&engine, &third).await, S::Succeeded);
    assert_eq!(lines(log), ["a", "b"]);
    let again = RestartRequest { step: Some("s".into()), ..restart(&first, INCOMPLETE) };
    let fourth = engine.restart(again).await.unwrap().run;
    assert_eq!(wait(&engine, &fourth).await, S::Succeeded);
    assert_eq!(lines(log), ["a", "b"]);
    assert_eq!(instances(&engine, "child").await[0].key.run_id, 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn iterations_go_on_with_what_was_incomplete_in_them() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    let odd = "if [ ${i} = 2 ]; then test -e";
    let b = shell("b", &format!("echo b ${{i}} >> {0}/log; {odd} {0}/mended; fi", log.display()));
    let inner = json!([then(says("a", "${i}", log), "b"), b]);
    engine.push(workflow("w", &json!([foreach("f", 3, &inner)]))).await.unwrap();
    let (first, status) = run(&engine, "w").await;
    assert_eq!(status, S::Failed);
    assert_eq!(lines(log), ["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"]);
    mend(log);
    let second = engine.restart(restart(&first, INCOMPLETE)).await.unwrap().run;
    assert_eq!(wait(&engine, &second).await, S::Succeeded);
    assert_eq!(lines(log), ["b 2"]);
    let seen = iterations(&engine, &second, "f").await;
    assert_eq!(seen, [(1, 1, S::Succeeded), (2, 2, S::Succeeded), (3, 1, S::Succeeded)]);
    let third = engine.restart(restart(&first, BEGINNING)).await.unwrap().run;
    assert_eq!(wait(&engine, &third).await, S::Succeeded);
    assert_eq!(lines(log), ["a 1", "a 2", "a 3", "b 1", "b 2", "b 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_while_goes_on_with_the_iteration_that_failed() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    let script = format!(
        "echo a ${{i}} >> {0}/log; if [ ${{i}} = 2 ]; then test -e {0}/mended; fi",
        log.display()
    );
    let mut step = then(shell("a", &script), "b");
    let next = json!({"step": {"id": "b", "type": "NoOp", "params": {
        "i": {"expression": "i + 1", "type": "LONG"}}}});
    step["step"]["id"] = json!("a");
    let steps = json!([{"while": {"id": "l", "condition": "i < 4", "steps": [step, next],
        "params": {"loop_params": {"type": "MAP", "value": {
            "i": {"value": 0, "type": "LONG"}}}}}}]);
    engine.push(workflow("w", &steps)).await.unwrap();
    let (first, status) = run(&engine, "w").await;
    assert_eq!((status, lines(log)), (S::Failed, ["a 0", "a 1", "a 2"].map(str::to_owned).into()));
    mend(log);
    let second = engine.restart(restart(&first, INCOMPLETE)).await.unwrap().run;
    assert_eq!(wait(&engine, &second).await, S::Succeeded);
    assert_eq!(lines(log), ["a 2", "a 3"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nested_instance_is_restarted_through_all_that_wait_for_it() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    let inner = json!([then(says("a", "${i}", log), "b"), fragile("b", "${i}", log)]);
    engine.push(workflow("child", &json!([foreach("f", 2, &inner)]))).await.unwrap();
    let steps = json!([then(says("first", "", log), "s"), subworkflow("s", "child")]);
    engine.push(workflow("w", &steps)).await.unwrap();
    let (first, status) = run(&engine, "w").await;
    assert_eq!(status, S::Failed);
    lines(log);
    let child = instances(&engine, "child").await[0].key.clone();
    let steps = engine.steps(&child, false).await.unwrap();
    let inline = steps[0].data.artifacts["maestro_foreach"]["foreach_workflow_id"].clone();
    let inline = inline.as_str().unwrap();
    mend(log);
    // The second iteration from its beginning, the first one from what is incomplete.
    let asked = RunKey { workflow_id: inline.to_owned(), instance_id: 2, run_id: 1 };
    let started = engine.restart(restart(&asked, BEGINNING)).await.unwrap().run;
    assert_eq!((started.workflow_id.as_str(), started.instance_id, started.run_id), ("w", 1, 2));
    assert_eq!(wait(&engine, &started).await, S::Succeeded);
    assert_eq!(lines(log), ["a 2", "b 1", "b 2"]);
    // One step of it, with a param.
    let params = json!({"script": {"type": "STRING",
        "value": format!("echo again >> {}/log", log.display())}});
    let asked = RestartRequest {
        step: Some("b".to_owned()),
        step_run_params: params.as_object().unwrap().clone(),
        ..restart(&asked, INCOMPLETE)
    };
    let started = engine.restart(asked).await.unwrap().run;
    assert_eq!(wait(&engine, &started).await, S::Succeeded);
    assert_eq!(lines(log), ["again"]);
    // The child itself, all of it.
    let started = engine.restart(restart(&child, BEGINNING)).await.unwrap().run;
    assert_eq!(started.run_id, first.run_id + 3);
    assert_eq!(wait(&engine, &started).await, S::Succeeded);
    assert_eq!(lines(log), ["a 1", "a 2", "b 1", "b 2"]);
    assert_eq!(instances(&engine, "child").await.len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_nested_instance_is_restarted_while_its_root_goes_on() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    let child = json!([then(says("a", "", log), "b"), fragile("b", "", log)]);
    engine.push(workflow("child", &child)).await.unwrap();
    let mut sub = subworkflow("s", "child");
    sub["subworkflow"]["failure_mode"] = json!("FAIL_AFTER_RUNNING");
    let waits = json!({"step": {"id": "waits", "type": "NoOp",
        "signal_dependencies": [{"name": "go"}]}});
    engine.push(workflow("w", &json!([sub, waits]))).await.unwrap();
    let request = StartRequest { workflow_id: "w".to_owned(), ..StartRequest::default() };
    let mut events = engine.subscribe();
    let root = engine.start(request).await.unwrap().run;
    let is_of = |event: &Live| event.step.as_ref().is_some_and(|(step, _)| &**step == "s");
    loop {
        let event = tokio::time::timeout(Duration::from_secs(60), events.recv()).await;
        let event = event.expect("the run is stuck").unwrap();
        if event.status == "FATALLY_FAILED" && is_of(&event) {
            break;
        }
    }
    lines(log);
    mend(log);
    let child = instances(&engine, "child").await[0].key.clone();
    let started = engine.restart(restart(&child, INCOMPLETE)).await.unwrap();
    assert_eq!(started.run, root);
    engine.signal("go", serde_json::Map::new(), None).await.unwrap();
    assert_eq!(wait(&engine, &root).await, S::Succeeded);
    assert_eq!(lines(log), ["b"]);
    let rows = instances(&engine, "child").await;
    assert_eq!((rows.len(), rows[0].key.run_id), (1, 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_ends_in_a_restart_keeps_what_succeeded() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let mut engine = start(&store);
    let b = shell("b", &format!("echo b ${{i}} >> {0}/log; test -e {0}/mended", log.display()));
    let inner = json!([then(says("a", "${i}", log), "b"), b]);
    engine.push(workflow("w", &json!([foreach("f", 4, &inner)]))).await.unwrap();
    let (first, status) = run(&engine, "w").await;
    assert_eq!(status, S::Failed);
    lines(log);
    mend(log);
    let second = engine.restart(restart(&first, INCOMPLETE)).await.unwrap().run;
    for _ in 0..20 {
        engine.stop().await;
        engine = start(&store);
        let mut events = engine.subscribe();
        let _ = tokio::time::timeout(Duration::from_millis(100), events.recv()).await;
    }
    assert_eq!(wait(&engine, &second).await, S::Succeeded);
    let mut seen = lines(log);
    // A step whose end was not stored is run again: at least once.
    seen.dedup();
    assert_eq!(seen, ["b 1", "b 2", "b 3", "b 4"]);
    assert!(iterations(&engine, &second, "f").await.iter().all(|(_, run, _)| *run == 2));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_is_asked_for_waits_for_nothing_before_it() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    let steps = json!([
        then(fragile("a", "", log), "b"),
        then(says("b", "", log), "c"),
        then(fragile("d", "", log), "c"),
        says("c", "", log)
    ]);
    engine.push(workflow("w", &steps)).await.unwrap();
    let (first, status) = run(&engine, "w").await;
    assert_eq!(status, S::Failed);
    assert_eq!(lines(log), ["a", "d"]);
    let of =
        |step: &str| RestartRequest { step: Some(step.to_owned()), ..restart(&first, INCOMPLETE) };
    // `a` has not been mended: `b` runs without it, `c` waits for `d`.
    let second = engine.restart(of("b")).await.unwrap().run;
    assert_eq!(wait(&engine, &second).await, S::Failed);
    assert_eq!(lines(log), ["b"]);
    mend(log);
    let third = engine.restart(restart(&first, INCOMPLETE)).await.unwrap().run;
    assert_eq!(wait(&engine, &third).await, S::Succeeded);
    assert_eq!(lines(log), ["a", "b", "c", "d"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_iteration_is_restarted_while_its_foreach_goes_on() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    let script = format!("echo b >> {0}/log; test -e {0}/mended", log.display());
    let mut b = shell("b", &script);
    b["step"]["transition"]["successors"] = json!({});
    let waits = json!({"step": {"id": "waits", "type": "NoOp",
        "signal_dependencies": [{"name": "go"}]}});
    // The first iteration fails, the second one waits.
    let first = json!({"step": {"id": "a", "type": "NoOp", "transition": {"successors": {
        "b": "loop_index == 0", "waits": "loop_index == 1"}}}});
    let mut looped = foreach("f", 3, &json!([first, b, waits]));
    looped["foreach"]["concurrency"] = json!(2);
    engine.push(workflow("w", &json!([looped]))).await.unwrap();
    let mut events = engine.subscribe();
    let request = StartRequest { workflow_id: "w".to_owned(), ..StartRequest::default() };
    let root = engine.start(request).await.unwrap().run;
    let child = loop {
        let event = tokio::time::timeout(Duration::from_secs(60), events.recv()).await;
        let event = event.expect("the run is stuck").unwrap();
        if event.step.is_none() && event.status == "FAILED" {
            break RunKey::clone(&event.run);
        }
    };
    assert_eq!((child.instance_id, lines(log)), (1, vec!["b".to_owned()]));
    mend(log);
    let started = engine.restart(restart(&child, INCOMPLETE)).await.unwrap();
    assert_eq!(started.run, root);
    engine.signal("go", serde_json::Map::new(), None).await.unwrap();
    assert_eq!(wait(&engine, &root).await, S::Succeeded);
    assert_eq!(lines(log), ["b"]);
    let seen = iterations(&engine, &root, "f").await;
    assert_eq!(seen, [(1, 2, S::Succeeded), (2, 1, S::Succeeded), (3, 1, S::Succeeded)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_child_that_no_step_waits_for_is_restarted_by_itself() {
    let log = tempfile::tempdir().unwrap();
    let log = log.path();
    let engine = engine().await;
    engine.push(workflow("child", &json!([fragile("b", "", log)]))).await.unwrap();
    let mut sub = subworkflow("s", "child");
    sub["subworkflow"]["sync"] = json!(false);
    engine.push(workflow("w", &json!([sub]))).await.unwrap();
    assert_eq!(run(&engine, "w").await.1, S::Succeeded);
    let child = RunKey { workflow_id: "child".to_owned(), instance_id: 1, run_id: 1 };
    assert_eq!(wait(&engine, &child).await, S::Failed);
    mend(log);
    let again = engine.restart(restart(&child, INCOMPLETE)).await.unwrap().run;
    assert_eq!(again, RunKey { run_id: 2, ..child });
    assert_eq!(wait(&engine, &again).await, S::Succeeded);
    assert_eq!(instances(&engine, "w").await[0].key.run_id, 1);
}
