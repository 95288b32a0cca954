//! What is refused before it runs, and what a push leaves as it was.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, Engine, Options, RunError, StartRequest, Started};
use sel_engine::status::InstanceStatus as S;
use sel_engine::store::{SqliteStore, VersionRow};
use serde_json::{Map, Value as Json, json};

async fn engine(options: Options) -> Engine {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    Builder::new(store).options(options).clock(SystemClock::scaled(500)).start()
}

fn workflow(properties: Json, steps: Json) -> Json {
    json!({"properties": properties, "workflow": {"id": "w", "steps": steps}})
}

fn no_op() -> Json {
    json!([{"step": {"id": "a", "type": "NoOp"}}])
}

/// Waits for a signal that never comes.
fn waits() -> Json {
    json!([{"step": {"id": "a", "type": "NoOp", "signal_dependencies": [{"name": "never"}]}}])
}

async fn start(engine: &Engine) -> Result<Started, RunError> {
    engine.start(StartRequest { workflow_id: "w".into(), ..StartRequest::default() }).await
}

async fn latest(engine: &Engine) -> VersionRow {
    engine.store().version("w", None).await.unwrap().unwrap()
}

#[tokio::test]
async fn the_library_tells_all_faults_at_once() {
    let engine = engine(Options::default()).await;
    let request = json!({
        "properties": {"step_concurrency": 0, "run_strategy": {"rule": "FIRST_ONLY", "workflow_concurrency": 2}},
        "workflow": {"id": "maestro_w", "timeout": "soon", "colour": "red", "params": {"a__b": {"value": 1, "type": "LONG"}},
            "steps": [
                {"step": {"id": "s", "type": "NoOp", "failure_mode": "SOMETIMES", "transition": {"successors": {"nope": "true"}}}},
                {"step": {"id": "s", "type": "Fortran", "timeout": 0, "retry_policy": {"error_retry_limit": 100}}},
                {"subworkflow": {"id": "sub"}}]}});
    let Err(RunError::Definition(violations)) = engine.push(request).await else {
        panic!("pushed")
    };
    let paths: Vec<String> = violations.0.iter().map(|v| v.path.to_string()).collect();
    assert_eq!(
        paths,
        [
            "colour",
            "steps[0].failure_mode",
            "properties.step_concurrency",
            "properties.run_strategy",
            "id",
            "timeout",
            "params.a__b",
            "steps[0].transition.successors.nope",
            "steps[1].id",
            "steps[1].timeout",
            "steps[1].type",
            "steps[1].retry_policy.error_retry_limit",
            "steps[2].params.subworkflow_id",
        ]
    );
    let fortran = violations.0.iter().find(|v| v.path.to_string() == "steps[1].type").unwrap();
    assert_eq!(fortran.message, "steps of type `fortran` have no runtime");
    assert!(engine.store().workflows().await.unwrap().is_empty());
}

#[tokio::test]
async fn the_number_of_steps_is_the_engines_to_say() {
    let steps: Vec<Json> =
        (0..301).map(|n| json!({"step": {"id": format!("s{n}"), "type": "NoOp"}})).collect();
    let request = workflow(json!({}), steps.into());
    let error = engine(Options::default()).await.push(request.clone()).await.unwrap_err();
    assert_eq!(error.to_string(), "steps: there are 301 steps on all levels, 300 is the most");
    let options = Options { max_steps: 301, ..Options::default() };
    assert_eq!(engine(options).await.push(request).await.unwrap(), 1);
}

#[tokio::test]
async fn a_push_replaces_the_strategy_and_keeps_the_owner() {
    let engine = engine(Options::default()).await;
    let first = json!({"owner": "alice", "description": "d", "signal_trigger_disabled": true,
        "run_strategy": 7, "step_concurrency": 5, "alerting": {"emails": ["a@x"]}});
    engine.push(workflow(first, no_op())).await.unwrap();
    engine.push(workflow(json!({"description": "other"}), no_op())).await.unwrap();
    let kept: Json = serde_json::from_str(&latest(&engine).await.properties).unwrap();
    assert_eq!(
        kept,
        json!({"description": "other", "owner": "alice", "signal_trigger_disabled": true})
    );
}

/// What cannot be worked out of the alerting stays as it was written.
#[tokio::test]
async fn a_run_takes_the_properties_down_at_its_start() {
    let engine = engine(Options::default()).await;
    let properties = json!({"owner": "alice", "step_concurrency": 3, "alerting": {
        "emails": ["${team}@x", "$nobody@x"], "tct": {"completed_by_hour": 5, "tz": "Asia/Tokyo"},
        "type_configs": {"STEP_FAILURE": {"emails": ["$team@y"]}}}});
    let mut request = workflow(properties, no_op());
    // 2024-03-01T05:00:00Z
    let param = |value: Json, kind: &str| json!({"value": value, "type": kind});
    request["workflow"]["params"] = json!({"team": param("data".into(), "STRING"),
        "RUN_TS": param(1_709_269_200_000_i64.into(), "LONG")});
    engine.push(request.clone()).await.unwrap();
    let run = start(&engine).await.unwrap().run;
    let mut taken = engine.view(&run).await.unwrap().info.run_properties;
    assert!(taken["create_time"].take().is_i64());
    let mut wanted = json!({"create_time": null, "owner": "alice", "step_concurrency": 3,
        "alerting": {"emails": ["data@x", "$nobody@x"],
            "tct": {"completed_by_hour": 5, "tz": "Asia/Tokyo", "completed_by_ts": 1_709_236_799_000_i64},
            "type_configs": {"STEP_FAILURE": {"emails": ["data@y"]}}}});
    assert_eq!(taken, wanted);
    request["properties"] = json!({"alerting": {"tct": {"duration_minutes": 30}}});
    engine.push(request).await.unwrap();
    let run = start(&engine).await.unwrap().run;
    let mut taken = engine.view(&run).await.unwrap().info.run_properties;
    assert!(taken["create_time"].take().is_i64());
    wanted = json!({"create_time": null, "owner": "alice", "alerting": {
        "tct": {"duration_minutes": 30, "completed_by_ts": 1_709_271_000_000_i64}}});
    assert_eq!(taken, wanted);
}

#[tokio::test]
async fn decimals_are_stored_with_their_digits() {
    let engine = engine(Options::default()).await;
    let text = r#"{"workflow": {"id": "w", "params": {"p": {"value": 1.10000000000000000001, "type": "DOUBLE"}},
        "steps": [{"step": {"id": "a", "type": "NoOp"}}]}}"#;
    engine.push_tree(&sel_engine::document::parse_json(text).unwrap(), true).await.unwrap();
    assert!(latest(&engine).await.definition.contains("1.10000000000000000001"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_strategy_changes_only_when_the_instances_fit() {
    let engine = engine(Options::default()).await;
    engine.push(workflow(json!({"run_strategy": "parallel"}), waits())).await.unwrap();
    let runs = [start(&engine).await.unwrap().run, start(&engine).await.unwrap().run];
    for rule in ["FIRST_ONLY", "LAST_ONLY"] {
        let request = workflow(json!({"run_strategy": rule}), waits());
        assert_eq!(
            engine.push(request).await.unwrap_err().to_string(),
            format!(
                "the run strategy of `w` cannot become {rule} while 2 of its instances are not \
                 over: one is the most"
            )
        );
    }
    engine.kill_run(runs[1].clone()).await.unwrap();
    engine.wait(runs[1].clone()).await.unwrap();
    let strict = workflow(json!({"run_strategy": "STRICT_SEQUENTIAL"}), waits());
    assert_eq!(
        engine.push(strict.clone()).await.unwrap_err().to_string(),
        "the run strategy of `w` cannot become STRICT_SEQUENTIAL while an instance is FAILED: \
         restart or unblock it first"
    );
    engine.unblock("w").await.unwrap();
    assert_eq!(engine.push(strict).await.unwrap(), 2);
    engine.push(workflow(json!({"run_strategy": "FIRST_ONLY"}), waits())).await.unwrap();
    assert_eq!(start(&engine).await.unwrap().status, S::Stopped);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_wider_strategy_starts_what_is_queued() {
    let engine = engine(Options::default()).await;
    engine.push(workflow(json!({}), waits())).await.unwrap();
    start(&engine).await.unwrap();
    let second = start(&engine).await.unwrap().run;
    assert_eq!(engine.view(&second).await.unwrap().row.status, S::Created);
    engine.push(workflow(json!({"run_strategy": 2}), waits())).await.unwrap();
    assert_eq!(engine.view(&second).await.unwrap().row.status, S::InProgress);
}

#[tokio::test]
async fn a_timeout_that_cannot_be_read_is_refused_at_the_start() {
    let engine = engine(Options::default()).await;
    let mut request = workflow(json!({}), no_op());
    request["workflow"]["timeout"] = "${long}".into();
    request["workflow"]["params"] = json!({"long": {"value": "1 hour", "type": "STRING"}});
    engine.push(request).await.unwrap();
    assert!(start(&engine).await.is_ok());
    for (given, message) in [
        ("later", "`later` is no duration such as `10 minutes` or a number of seconds"),
        ("121 days", "a timeout may be 120 days at most, `121 days` is longer"),
        ("0", "a timeout must be above 0"),
    ] {
        let param = json!({"value": given, "type": "STRING"});
        let request = StartRequest {
            workflow_id: "w".into(),
            run_params: Map::from_iter([("long".to_owned(), param)]),
            ..StartRequest::default()
        };
        let error = engine.start(request).await.unwrap_err().to_string();
        assert_eq!(error, format!("the timeout of the workflow: {message}"));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tree_of_too_many_leaf_steps_is_stopped() {
    let engine = engine(Options { max_leaf_steps: 50, ..Options::default() }).await;
    let looped = |id: &str, steps: Json| {
        json!([{"foreach": {"id": id, "steps": steps, "params": {"loop_params": {"type": "MAP",
            "value": {(format!("i_{id}")): {"expression": "Util.intsBetween(0, 10, 1)", "type": "LONG_ARRAY"}}}}}}])
    };
    engine.push(workflow(json!({}), looped("f", looped("g", no_op())))).await.unwrap();
    let run = start(&engine).await.unwrap().run;
    assert_eq!(engine.wait(run.clone()).await.unwrap(), S::Stopped);
    let timeline = engine.view(&run).await.unwrap().state.timeline;
    assert_eq!(timeline[0]["message"], "stopped: it has more than 50 leaf steps");
    engine.push(workflow(json!({}), looped("f", no_op()))).await.unwrap();
    let run = start(&engine).await.unwrap().run;
    assert_eq!(engine.wait(run).await.unwrap(), S::Succeeded);
}

#[tokio::test]
async fn a_dry_run_finds_params_that_fail() {
    let engine = engine(Options::default()).await;
    let mut request = workflow(json!({}), no_op());
    request["workflow"]["signal_triggers"] = json!([{"definitions": {"sig": {}}}]);
    let expression = |text: &str, kind: &str| json!({"expression": text, "type": kind});
    request["workflow"]["params"] = json!({
        "ok": expression("params.getFromInstance('INITIATOR_TYPE')", "STRING"),
        "from_signal": expression("sig__day + params.getFromSignal('x')", "LONG"),
        "FROM_DATE": expression("params.getFromSignal('x').substring(1)", "STRING"),
        "next": expression("broken + 1", "LONG"),
        "broken": expression("1 / 0", "LONG"),
        "circle": expression("circle2", "LONG"),
        "circle2": expression("circle", "LONG"),
        "other_signal": expression("params.getFromSignal('other', 'x')", "LONG"),
        "unknown": {"value": "${nobody}", "type": "STRING"},
        "typed": expression("'many'", "LONG"),
    });
    let Err(RunError::Definition(faults)) = engine.push(request.clone()).await else {
        panic!("pushed")
    };
    let paths: Vec<String> = faults.0.iter().map(|v| v.path.to_string()).collect();
    assert_eq!(
        paths,
        [
            "params.broken",
            "params.circle",
            "params.circle2",
            "params.other_signal",
            "params.unknown",
            "params.typed"
        ]
    );
    assert!(faults.0[3].message.contains("no signal trigger has the signal `other`"));
    assert_eq!(engine.store().version("w", None).await.unwrap(), None);
}

#[tokio::test(flavor = "multi_thread")]
async fn versions_are_activated_and_share_their_properties() {
    let engine = engine(Options::default()).await;
    let signalled = |id: &str| {
        let mut request = workflow(json!({"owner": "alice"}), no_op());
        request["workflow"]["signal_triggers"] = json!([{"definitions": {(id): {}}}]);
        request
    };
    engine.push(signalled("one")).await.unwrap();
    let mut second = signalled("two");
    second["is_active"] = false.into();
    engine.push(second).await.unwrap();
    let of = |selector: &str| StartRequest {
        workflow_id: "w".into(),
        version: selector.to_owned(),
        ..StartRequest::default()
    };
    let version = async |selector: &str| {
        let run = engine.start(of(selector)).await.unwrap().run;
        engine.view(&run).await.unwrap().info.version
    };
    assert_eq!(
        (version("active").await, version("LATEST").await, version("default").await),
        (1, 2, 1)
    );
    let triggers = async || engine.store().entries("signal_trigger").await.unwrap().len();
    assert_eq!(engine.activate("w", "latest").await.unwrap(), Some(2));
    assert_eq!((version("active").await, triggers().await), (2, 1));
    engine.deactivate("w").await.unwrap();
    assert_eq!((version("default").await, triggers().await), (2, 0));
    let error = engine.start(of("active")).await.unwrap_err().to_string();
    assert_eq!(error, "there is no workflow `w` version `active`");
    assert!(engine.activate("w", "7").await.is_err());
    engine.activate("w", "1").await.unwrap();

    let changed = engine
        .update_properties("w", &json!({"run_strategy": 3, "step_concurrency": 4}))
        .await
        .unwrap();
    let strategy = json!({"rule": "PARALLEL", "workflow_concurrency": 3});
    assert_eq!(changed, json!({"owner": "alice", "run_strategy": strategy, "step_concurrency": 4}));
    let changed = engine
        .update_properties(
            "w",
            &json!({"reset_workflow_concurrency": true, "reset_step_concurrency": true,
                    "signal_trigger_disabled": true}),
        )
        .await
        .unwrap();
    assert_eq!(changed["run_strategy"], json!({"rule": "PARALLEL"}));
    assert_eq!((changed.get("step_concurrency"), triggers().await), (None, 0));
    assert_eq!(latest(&engine).await.properties, changed.to_string());
    for (change, message) in [
        (json!({"tags": ["a"]}), "tags: the tags of a workflow's properties cannot be set here"),
        (json!({"step_concurrency": 0}), "step_concurrency: expected 1 to 1000, found 0"),
        (
            json!({"step_concurrency": 1, "reset_step_concurrency": true}),
            "reset_step_concurrency: what is reset cannot be set as well",
        ),
        (json!({"colour": "red"}), "colour: unknown field"),
    ] {
        let error = engine.update_properties("w", &change).await.unwrap_err();
        assert_eq!(error.to_string(), message);
    }
    let error = engine.update_properties("nope", &json!({})).await.unwrap_err().to_string();
    assert_eq!(error, "there is no workflow `nope` version `latest`");
}
