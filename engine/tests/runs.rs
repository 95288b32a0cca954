//! Whole runs on SQLite: signals, actions, restarts, run strategies, recovery.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, RestartRequest, StartRequest, StepAction, StepView};
use sel_engine::status::InstanceStatus as S;
use sel_engine::store::{RunKey, SignalRow, SqliteStore, Store, Write};
use serde_json::{Map, Value as Json, json};

async fn engine() -> Engine {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    Builder::new(store).clock(SystemClock::scaled(500)).start()
}

fn key(id: &str) -> RunKey {
    RunKey { workflow_id: id.into(), instance_id: 1, run_id: 1 }
}

async fn run(engine: &Engine, request: &Json) -> (RunKey, S) {
    let id = request["workflow"]["id"].as_str().unwrap().to_owned();
    engine.push(request.clone()).await.unwrap();
    let request = StartRequest { workflow_id: id, ..StartRequest::default() };
    let started = engine.start(request).await.unwrap();
    let wait = engine.wait(started.run.clone());
    let status = tokio::time::timeout(std::time::Duration::from_secs(60), wait).await;
    (started.run, status.expect("the run is stuck").unwrap())
}

async fn statuses(engine: &Engine, run: &RunKey) -> Vec<(String, String)> {
    let steps = engine.steps(run, false).await.unwrap();
    steps.iter().map(|s| (s.step_id.clone(), s.state.status().to_string())).collect()
}

async fn step(engine: &Engine, run: &RunKey, id: &str) -> StepView {
    let steps = engine.steps(run, false).await.unwrap();
    let found = steps.iter().find(|s| s.step_id == id).cloned();
    found.unwrap_or_else(|| panic!("no step `{id}`: {steps:#?}"))
}

fn workflow(steps: Json) -> Json {
    json!({"properties": {"owner": "t"}, "workflow": {"id": "w", "steps": steps}})
}

#[tokio::test(flavor = "multi_thread")]
async fn signals_let_waiting_steps_go_on() {
    let wants = |name: &str, param: &str, value: &str| {
        json!({"name": name, "match_params": {param: {"operator": "=",
            "param": {"value": value, "type": "STRING"}}}})
    };
    let request =
        workflow(json!([{"step": {"id": "job.1", "type": "NoOp", "signal_dependencies": [
        wants("prod_db/foo/bar", "vtts_utc_dateint", "${DERIVED_RUN_DATE_UTC}"),
        wants("signal_b", "key2", "value2")]}}]));
    let engine = engine().await;
    engine.push(request).await.unwrap();
    let request = StartRequest { workflow_id: "w".into(), ..Default::default() };
    let run = engine.start(request).await.unwrap().run;
    let date =
        engine.view(&run).await.unwrap().params["DERIVED_RUN_DATE_UTC"]["evaluated_result"].clone();
    let params = |json: Json| json.as_object().cloned().unwrap();
    engine
        .signal("prod_db/foo/bar", params(json!({"vtts_utc_dateint": date})), None)
        .await
        .unwrap();
    engine.signal("signal_b", params(json!({"key2": "other"})), None).await.unwrap();
    assert_eq!(step(&engine, &run, "job.1").await.state.status().as_str(), "WAITING_FOR_SIGNALS");
    engine.signal("signal_b", params(json!({"key2": "value2"})), None).await.unwrap();
    assert_eq!(engine.wait(run).await.unwrap(), S::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn params_flow_between_steps_and_out_of_loops() {
    let request = workflow(json!([
        {"step": {"id": "a", "type": "NoOp", "params": {"x": {"value": 2, "type": "LONG"}},
            "transition": {"successors": {"f": "x == 2", "never": "x == 3"}}}},
        {"step": {"id": "never", "type": "NoOp"}},
        {"foreach": {"id": "f", "params": {"loop_params": {"type": "MAP", "value": {
                "i": {"expression": "Util.intsBetween(1, 4, 1)", "type": "LONG_ARRAY"}}}},
            "steps": [{"step": {"id": "in", "type": "NoOp", "params": {
                "y": {"expression": "i * 10", "type": "LONG"}}}}],
            "transition": {"successors": {"b": "true"}}}},
        {"step": {"id": "b", "type": "NoOp", "params": {
            "all": {"expression": "params.getFromForeach('f', 'in', 'y')", "type": "LONG_ARRAY"},
            "t": {"value": "x is ${a__x}", "type": "STRING"}}}}
    ]));
    let engine = engine().await;
    let (run, status) = run(&engine, &request).await;
    let b = step(&engine, &run, "b").await;
    assert_eq!(status, S::Succeeded, "{b:?}");
    assert_eq!(b.params()["all"], json!([10, 20, 30]));
    assert_eq!(b.params()["t"], "x is 2");
    assert_eq!(step(&engine, &run, "never").await.state.status().as_str(), "UNSATISFIED");
}

#[tokio::test(flavor = "multi_thread")]
async fn shell_steps_take_and_give_params() {
    let request = workflow(json!([
        {"step": {"id": "a", "type": "Shell",
            "params": {"who": {"value": "you", "type": "STRING"},
                "n": {"value": 0, "type": "LONG"}, "m": {"value": "", "type": "STRING"},
                "script": {"type": "STRING", "value":
                    "echo hello $$who; echo \"$$MAESTRO_OUTPUT_START{\\\"params\\\":{\\\"n\\\":41}}$$MAESTRO_OUTPUT_END\"; echo m=file > $$MAESTRO_OUTPUT"}},
            "transition": {"successors": {"b": "n == 41"}}}},
        {"step": {"id": "b", "type": "Python", "params": {
            "k": {"value": 0, "type": "LONG"},
            "script": {"type": "STRING", "value":
                "import json, os\np = json.load(open(os.environ['MAESTRO_PARAMS']))\njson.dump({'params': {'k': p['k'] + 7}}, open(os.environ['MAESTRO_OUTPUT'], 'w'))"}}}}
    ]));
    let engine = engine().await;
    let (run, status) = run(&engine, &request).await;
    let a = step(&engine, &run, "a").await;
    assert_eq!(status, S::Succeeded, "{a:?} {:?}", engine.steps(&run, false).await);
    assert_eq!((&a.params()["n"], &a.params()["m"]), (&json!(41), &json!("file")));
    assert_eq!(step(&engine, &run, "b").await.params()["k"], 7);
    let logs = engine.store().logs("w:1:1:a", 0).await.unwrap();
    assert_eq!(logs[0].text, "hello you");
}

#[tokio::test(flavor = "multi_thread")]
async fn retries_failure_modes_and_timeouts() {
    let script = |text: &str| json!({"script": {"value": text, "type": "STRING"}});
    let rows = [
        (
            json!({"params": script("exit 1"), "retry_policy": {"error_retry_limit": 1}}),
            S::Failed,
            2,
        ),
        (
            json!({"params": script("exit 1"), "failure_mode": "ignore_failure",
            "retry_policy": {"error_retry_limit": 0}}),
            S::Succeeded,
            1,
        ),
        (json!({"params": script("sleep 60"), "timeout": "100 seconds"}), S::TimedOut, 1),
        (
            json!({"params": script("test $$step_try = 1"), "retry_policy": {"error_retry_limit": "${none}"}}),
            S::Failed,
            3,
        ),
    ];
    for (fields, expected, attempts) in rows {
        let mut step = json!({"id": "a", "type": "Shell"});
        for (name, value) in fields.as_object().unwrap() {
            step[name] = value.clone();
        }
        let engine = engine().await;
        let (run, status) = run(&engine, &workflow(json!([{"step": step}]))).await;
        assert_eq!(status, expected, "{fields}");
        assert_eq!(engine.steps(&run, true).await.unwrap().len(), attempts, "{fields}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_restart_drives_what_is_incomplete() {
    let request = workflow(json!([
        {"step": {"id": "a", "type": "NoOp", "params": {"x": {"value": 1, "type": "LONG"}},
            "transition": {"successors": {"b": "true"}}}},
        {"step": {"id": "b", "type": "Shell", "retry_policy": {"error_retry_limit": 0},
            "params": {"code": {"value": 1, "type": "LONG"},
                "script": {"value": "exit $$code", "type": "STRING"}},
            "transition": {"successors": {"c": "a__x == 1"}}}},
        {"step": {"id": "c", "type": "NoOp"}}
    ]));
    let engine = engine().await;
    let (first, status) = run(&engine, &request).await;
    assert_eq!(status, S::Failed);
    let restart = RestartRequest {
        workflow_id: "w".into(),
        instance_id: 1,
        policy: "RESTART_FROM_INCOMPLETE".into(),
        ..RestartRequest::default()
    };
    let second = engine.restart(restart.clone()).await.unwrap().run;
    assert_eq!(second.run_id, first.run_id + 1);
    assert_eq!(engine.wait(second.clone()).await.unwrap(), S::Failed);
    let params = json!({"code": {"value": 0, "type": "LONG"}});
    let third = engine
        .restart(RestartRequest {
            step: Some("b".into()),
            step_run_params: params.as_object().cloned().unwrap(),
            ..restart.clone()
        })
        .await
        .unwrap()
        .run;
    assert_eq!(engine.wait(third.clone()).await.unwrap(), S::Succeeded);
    let seen = statuses(&engine, &third).await;
    assert_eq!(seen.iter().map(|(id, _)| id.as_str()).collect::<Vec<_>>(), ["b", "c"]);
    let error = engine.restart(restart).await.unwrap_err();
    assert!(error.to_string().contains("every step is complete"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn actions_on_steps_and_runs() {
    let sleep = |id: &str| {
        json!({"step": {"id": id, "type": "Sleep",
        "params": {"sleep_seconds": {"value": 100_000, "type": "LONG"}}}})
    };
    let running = |engine: Engine, step: &'static str| async move {
        loop {
            let steps = engine.steps(&key("w"), false).await.unwrap();
            if steps.iter().any(|s| s.step_id == step && s.state.status().as_str() == "RUNNING") {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(5)).await;
        }
    };
    use sel_engine::core::Action;
    for (action, status) in [
        (StepAction::Act(Action::Stop), S::Stopped),
        (StepAction::Act(Action::Kill), S::Failed),
        (StepAction::Act(Action::Skip), S::Succeeded),
    ] {
        let engine = engine().await;
        engine.push(workflow(json!([sleep("a")]))).await.unwrap();
        let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
        engine.start(request).await.unwrap();
        running(engine.clone(), "a").await;
        engine.act(key("w"), "a", action).await.unwrap();
        assert_eq!(engine.wait(key("w")).await.unwrap(), status);
        assert!(engine.act(key("w"), "a", action).await.is_err());
    }
    // A foreach is stopped with its iterations.
    let engine = engine().await;
    let looped = json!({"foreach": {"id": "f", "params": {"loop_params": {"type": "MAP", "value": {
        "i": {"value": [1, 2, 3], "type": "LONG_ARRAY"}}}}, "steps": [sleep("a")]}});
    engine.push(workflow(json!([looped]))).await.unwrap();
    let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
    engine.start(request).await.unwrap();
    running(engine.clone(), "f").await;
    engine.stop_run(key("w")).await.unwrap();
    assert_eq!(engine.wait(key("w")).await.unwrap(), S::Stopped);
    assert_eq!(engine.store().live(None).await.unwrap().len(), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn breakpoints_hold_and_let_go() {
    let engine = engine().await;
    engine.set_breakpoint("w", "a").await.unwrap();
    engine.push(workflow(json!([{"step": {"id": "a", "type": "NoOp"}}]))).await.unwrap();
    let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    assert_eq!(statuses(&engine, &run).await, [("a".to_owned(), "PAUSED".to_owned())]);
    engine.remove_breakpoint("w", "a", true).await.unwrap();
    assert_eq!(engine.wait(run).await.unwrap(), S::Succeeded);
}

#[tokio::test(flavor = "multi_thread")]
async fn run_strategies_order_instances() {
    let rows = [
        ("sequential", [S::Succeeded, S::Succeeded, S::Succeeded]),
        ("parallel", [S::Succeeded, S::Succeeded, S::Succeeded]),
        ("first_only", [S::Succeeded, S::Stopped, S::Stopped]),
        ("last_only", [S::Stopped, S::Stopped, S::Succeeded]),
        ("serial_latest_only", [S::Succeeded, S::Stopped, S::Succeeded]),
        ("strict_sequential", [S::Succeeded, S::Succeeded, S::Succeeded]),
    ];
    for (rule, expected) in rows {
        let engine = engine().await;
        let mut request = workflow(json!([{"step": {"id": "a", "type": "Sleep",
            "params": {"sleep_seconds": {"value": 100, "type": "LONG"}}}}]));
        request["properties"]["run_strategy"] = rule.into();
        engine.push(request).await.unwrap();
        let mut runs = Vec::new();
        for _ in 0..3 {
            let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
            runs.push(engine.start(request).await.unwrap().run);
        }
        for (run, expected) in runs.into_iter().zip(expected) {
            assert_eq!(engine.wait(run.clone()).await.unwrap(), expected, "{rule} {run}");
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_trigger_starts_an_instance() {
    let engine = engine().await;
    let mut request = workflow(json!([{"step": {"id": "a", "type": "NoOp", "params": {
        "p": {"expression": "params.getFromSignal('sig', 'x')", "type": "LONG"}}}}]));
    request["workflow"]["signal_triggers"] = json!([{"definitions": {"sig": {"match_params": {"x": {"value": 3, "operator": ">"}}}},
            "params": {"odd": {"value": 1, "type": "LONG"}},
            "condition": "sig__x % 2 == odd", "dedup_expr": "'day ' + sig__x"}]);
    engine.push(request).await.unwrap();
    let params = |x: i64| Map::from_iter([("x".to_owned(), Json::from(x))]);
    // Too small, and consumed without a start.
    engine.signal("sig", params(1), None).await.unwrap();
    engine.signal("sig", params(4), None).await.unwrap();
    engine.signal("sig", params(5), Some("once".into())).await.unwrap();
    assert!(engine.signal("sig", params(5), Some("once".into())).await.is_err());
    // The same to `dedup_expr`.
    engine.signal("sig", params(5), None).await.unwrap();
    // Who announces a signal is answered when what it starts is there.
    assert!(engine.store().instance(&key("w")).await.unwrap().is_some());
    assert_eq!(engine.wait(key("w")).await.unwrap(), S::Succeeded);
    assert_eq!(step(&engine, &key("w"), "a").await.params()["p"], 5);
    assert_eq!(engine.store().instances(Some("w"), true, 9).await.unwrap().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_signal_of_long_ago_is_found() {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let signal = |seq_id: i64| SignalRow {
        name: "sig".into(),
        seq_id,
        instance_id: seq_id.to_string(),
        params: json!({"x": seq_id}).to_string(),
        create_time: 0,
    };
    let signals: Vec<Write> = (1..=1500).map(|seq_id| Write::Signal(signal(seq_id))).collect();
    store.commit(&signals).await.unwrap();
    let engine = Builder::new(store).start();
    let request = workflow(json!([{"step": {"id": "a", "type": "NoOp", "signal_dependencies": [
        {"name": "sig", "match_params": {"x": {"param": {"value": 7, "type": "LONG"}}}}]}}]));
    let (run, status) = run(&engine, &request).await;
    assert_eq!(status, S::Succeeded);
    assert_eq!(step(&engine, &run, "a").await.data.dependencies[0]["signal_id"], 7);
}

/// An engine may die between a signal and what it starts.
#[tokio::test(flavor = "multi_thread")]
async fn signals_that_no_trigger_came_to_start_their_instances_later() {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let engine = || Builder::new(Arc::<SqliteStore>::clone(&store)).start();
    let first = engine();
    let mut request = workflow(json!([{"step": {"id": "a", "type": "NoOp", "params": {
        "p": {"expression": "sig__x", "type": "LONG"}}}}]));
    request["workflow"]["signal_triggers"] = json!([{"definitions": {"sig": {}}}]);
    first.push(request).await.unwrap();
    first.stop().await;
    for seq_id in 1..=3 {
        let signal = SignalRow {
            name: "sig".into(),
            seq_id,
            instance_id: seq_id.to_string(),
            params: json!({"x": seq_id}).to_string(),
            create_time: 0,
        };
        store.commit(&[Write::Signal(signal)]).await.unwrap();
    }
    let second = engine();
    second.signal("other", Map::new(), None).await.unwrap();
    second.signal("sig", Map::from_iter([("x".to_owned(), 4.into())]), None).await.unwrap();
    for instance_id in 1..=4 {
        let run = RunKey { instance_id, ..key("w") };
        assert_eq!(second.wait(run.clone()).await.unwrap(), S::Succeeded);
        assert_eq!(step(&second, &run, "a").await.params()["p"], instance_id);
    }
    assert_eq!(store.instances(Some("w"), true, 9).await.unwrap().len(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_engine_that_stops_goes_on_from_its_database() {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join("db");
    let request = workflow(json!([
        {"foreach": {"id": "f", "params": {"loop_params": {"type": "MAP", "value": {
            "i": {"expression": "Util.intsBetween(0, 30, 1)", "type": "LONG_ARRAY"}}}},
            "steps": [{"step": {"id": "s", "type": "Sleep", "params": {
                "sleep_seconds": {"value": 2, "type": "LONG"}}}}]}}
    ]));
    let open = || async {
        let store = Arc::new(SqliteStore::open(&path).await.unwrap());
        Builder::new(store).clock(SystemClock::scaled(50)).start()
    };
    let engine = open().await;
    engine.push(request).await.unwrap();
    let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
    engine.start(request).await.unwrap();
    engine.stop().await;
    for _ in 0..5 {
        let engine = open().await;
        tokio::time::sleep(std::time::Duration::from_millis(15)).await;
        engine.stop().await;
    }
    let engine = open().await;
    assert_eq!(engine.wait(key("w")).await.unwrap(), S::Succeeded);
    let view = step(&engine, &key("w"), "f").await;
    assert_eq!(view.data.rollup.total_leaf_count, 30);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_job_template_gives_params_and_tags() {
    let engine = engine().await;
    let template = json!({"definition": {"job_type": "greeting", "step_type": "Shell", "tags": ["slow"],
        "params": {"script": {"type": "STRING", "value": "echo \"m=hello $$who\" > $$MAESTRO_OUTPUT"},
            "who": {"type": "STRING", "value": "nobody"}, "m": {"type": "STRING", "value": ""}}}});
    engine.template(template).await.unwrap();
    let request = workflow(json!([{"step": {"id": "a", "type": "Shell", "sub_type": "greeting",
        "params": {"who": {"value": "you", "type": "STRING"}}}}]));
    engine.tag_permit("slow", Some(0)).await.unwrap();
    engine.push(request).await.unwrap();
    let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    let mut events = engine.subscribe();
    while step_status(&engine, &run, "a").await.as_deref() != Some("WAITING_FOR_PERMITS") {
        events.recv().await.unwrap();
    }
    engine.tag_permit("slow", None).await.unwrap();
    assert_eq!(engine.wait(run.clone()).await.unwrap(), S::Succeeded);
    assert_eq!(step(&engine, &run, "a").await.params()["m"], "hello you");
}

async fn step_status(engine: &Engine, run: &RunKey, id: &str) -> Option<String> {
    let steps = engine.steps(run, false).await.unwrap();
    steps.iter().find(|s| s.step_id == id).map(|s| s.state.status().to_string())
}
