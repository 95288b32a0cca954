//! Every definition in `tests/samples` runs on SQLite with a clock that runs faster, to the status,
//! steps and params that it says. `SEL_SAMPLES=DIRECTORY` adds create requests from elsewhere:
//! those have to succeed.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, StartRequest, StepView};
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::{Value as Json, json};

async fn engine() -> Engine {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    Builder::new(store).clock(SystemClock::scaled(1000)).start()
}

async fn run(engine: &Engine, request: &Json) -> (RunKey, String) {
    let id = request["workflow"]["id"].as_str().unwrap().to_owned();
    engine.push(request.clone()).await.unwrap();
    let request = StartRequest { workflow_id: id.clone(), ..StartRequest::default() };
    let started = engine.start(request).await.unwrap();
    let wait = engine.wait(started.run.clone());
    match tokio::time::timeout(Duration::from_secs(120), wait).await {
        Ok(status) => (started.run, status.unwrap().to_string()),
        Err(_) => panic!("{id} is stuck: {:#?}", engine.steps(&started.run, false).await),
    }
}

/// What came of a step, in the words of the expectations.
fn outcome(field: &str, view: &StepView, attempts: usize) -> Json {
    match field {
        "steps" => view.state.status().as_str().into(),
        "params" => Json::Object(view.params()),
        "attempts" => attempts.into(),
        "leaves" => view.data.rollup.total_leaf_count.into(),
        "iterations" => view.state.iterations.as_ref().map_or(0, |i| i.total).into(),
        "details" => view.state.iterations.as_ref().map(|i| i.details()).unwrap_or_default(),
        "artifacts" => Json::Object(view.artifacts()),
        "loop_values" => Json::Object(view.data.loop_values.clone()),
        other => panic!("no such expectation: {other}"),
    }
}

/// The parts of `seen` that are expected: of objects, the fields that are named.
fn part(seen: &Json, expected: &Json) -> Json {
    match (seen, expected) {
        (Json::Object(seen), Json::Object(expected)) => {
            let of = |(name, e): (&String, &Json)| Some((name.clone(), part(seen.get(name)?, e)));
            Json::Object(expected.iter().filter_map(of).collect())
        }
        (Json::Array(list), Json::Object(expected)) => {
            let at = |name: &String| list.get(name.parse::<usize>().ok()?).cloned();
            Json::Object(expected.keys().filter_map(|n| Some((n.clone(), at(n)?))).collect())
        }
        _ => seen.clone(),
    }
}

async fn check(path: &Path) {
    let text = std::fs::read_to_string(path).unwrap();
    let sample: Json = serde_json::from_str(&text).unwrap();
    let name = path.file_stem().unwrap().to_string_lossy().into_owned();
    let engine = engine().await;
    for other in sample["others"].as_array().unwrap() {
        engine.push(other.clone()).await.unwrap();
    }
    let (key, status) = run(&engine, &sample["request"]).await;
    let all = engine.steps(&key, true).await.unwrap();
    let expect = &sample["expect"];
    assert_eq!(expect["status"], status, "{name}: {all:#?}");
    let latest = |id: &str| all.iter().rfind(|view| view.step_id == id);
    if let Some(steps) = expect["steps"].as_object() {
        let mut created: Vec<&str> = all.iter().map(|view| view.step_id.as_str()).collect();
        created.dedup();
        for id in created {
            assert!(steps.contains_key(id), "{name}: `{id}` was created");
        }
    }
    for (field, steps) in expect.as_object().unwrap() {
        for (id, wanted) in steps.as_object().into_iter().flatten() {
            // `elements` names a step and its param, and some places of the array there.
            let (id, field, wanted) = match (field.as_str(), id.split_once('.')) {
                ("elements", Some((id, param))) => (id, "params", json!({param: wanted})),
                _ => (id.as_str(), field.as_str(), wanted.clone()),
            };
            let view = latest(id).unwrap_or_else(|| panic!("{name}: no step `{id}`: {all:#?}"));
            let attempts = all.iter().filter(|view| view.step_id == id).count();
            let seen = outcome(field, view, attempts);
            let seen = if field == "details" { seen } else { part(&seen, &wanted) };
            assert_eq!(seen, wanted, "{name}: {field} of `{id}`: {:#?}", view.data.timeline);
        }
    }
    engine.stop().await;
}

fn files(directory: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<PathBuf> =
        entries.filter(|p| p.extension().is_some_and(|e| e == "json")).collect();
    files.sort();
    files
}

#[tokio::test(flavor = "multi_thread")]
async fn definitions_run_to_what_they_say() {
    let only = std::env::var("SEL_SAMPLE").ok();
    for path in files(&Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/samples")) {
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        if only.as_ref().is_none_or(|only| name.contains(only.as_str())) {
            println!("{name}");
            check(&path).await;
        }
    }
}

/// Signals that the samples of elsewhere wait for, or are triggered by.
const SIGNALS: [(&str, &str); 5] = [
    ("prod_db/foo/bar", r#"{"vtts_utc_dateint": "TODAY"}"#),
    ("signal_b", r#"{"key2": "value2"}"#),
    ("signal_a", r#"{"foo": "bat", "watermark": 12346, "updated_by": "x"}"#),
    ("db/test/table1", r#"{"vtts_utc_dateint": "TODAY", "vtts_utc_hour": "00"}"#),
    ("db/test/table2", r#"{"vtts_utc_dateint": "TODAY", "vtts_utc_hour": "00"}"#),
];

#[tokio::test(flavor = "multi_thread")]
async fn samples_from_elsewhere_succeed() {
    let Ok(directory) = std::env::var("SEL_SAMPLES") else { return };
    let requests: Vec<Json> = files(Path::new(&directory))
        .iter()
        .map(|path| serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap())
        .collect();
    let engine = engine().await;
    for request in &requests {
        engine.push(request.clone()).await.unwrap();
    }
    let today = chrono_date(&engine).await;
    for (name, params) in SIGNALS {
        let params: Json = serde_json::from_str(&params.replace("TODAY", &today)).unwrap();
        engine.signal(name, params.as_object().cloned().unwrap(), None).await.unwrap();
    }
    let both = r#"{"bar": "baz", "watermark": 22223, "posted_by": "x"}"#;
    let both: Json = serde_json::from_str(both).unwrap();
    engine.signal("signal_b", both.as_object().cloned().unwrap(), None).await.unwrap();
    for request in &requests {
        let id = request["workflow"]["id"].as_str().unwrap();
        // What a signal starts has a run of its own already.
        let (key, status) = if request["workflow"]["signal_triggers"].is_array() {
            let key = RunKey { workflow_id: id.into(), instance_id: 1, run_id: 1 };
            while engine.store().instance(&key).await.unwrap().is_none() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            (key.clone(), engine.wait(key).await.unwrap().to_string())
        } else {
            run(&engine, request).await
        };
        let steps = engine.steps(&key, false).await.unwrap();
        assert_eq!(status, "SUCCEEDED", "{id}: {steps:#?}");
        println!("{id}: {status}");
    }
}

/// The date of the engine's clock, as its runs see it.
async fn chrono_date(engine: &Engine) -> String {
    let request = json!({"properties": {"owner": "t"}, "workflow": {"id": "date_of_today",
        "steps": [{"step": {"id": "a", "type": "NoOp"}}]}});
    let (key, _) = run(engine, &request).await;
    let params = engine.view(&key).await.unwrap().params;
    params["DERIVED_RUN_DATE_UTC"]["evaluated_result"].as_str().unwrap().to_owned()
}
