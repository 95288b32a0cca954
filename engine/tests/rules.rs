//! Rules of steps, loops, permits and actions that show only in whole runs, one test a rule.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use common::{begin, end, statuses, step, then, until, workflow};
use sel_engine::clock::SystemClock;
use sel_engine::core::Action;
use sel_engine::run::{
    Builder, Engine, Evaluator, RestartRequest, RunError, Scope, SelEvaluator, StartRequest,
    StepAction, StepParams, StepView,
};
use sel_engine::runtime::{Outcome, Registry, Report, RuntimeOptions, StepContext, StepRuntime};
use sel_engine::store::{RunKey, SqliteStore, Store};
use serde_json::{Map, Value as Json, json};

/// Does what its param `does` says.
struct Puppet;

#[async_trait]
impl StepRuntime for Puppet {
    async fn start(&self, context: &StepContext) -> Report {
        match context.text("does") {
            Some("panics at the start") => panic!("a fault of the step type"),
            Some("fails at the start") => Report::failed(Outcome::FatalError, "no"),
            _ => Report::done(),
        }
    }
    async fn execute(&self, context: &StepContext) -> Report {
        let mut report = Report::done();
        match context.text("does") {
            Some("panics") => panic!("a fault of the step type"),
            Some("waits") => report = Report::again(3_600_000),
            Some("fails") => report = Report::failed(Outcome::UserError, "no"),
            Some("fails for good") => {
                report = Report::failed(Outcome::PlatformError, "no");
                report.artifacts.insert("maestro_retry".into(), json!({"retryable": false}));
            }
            Some("gives and fails") => {
                report = Report::failed(Outcome::FatalError, "no");
                report.outputs.insert("x".into(), 2.into());
                report.artifacts.insert("of_failure".into(), json!({"value": 1}));
            }
            Some("gives") => drop(report.outputs.insert("x".into(), 2.into())),
            _ => {}
        }
        report
    }
}

fn start(store: &Arc<SqliteStore>) -> Engine {
    let mut registry = Registry::standard(RuntimeOptions::default());
    registry.add("Puppet", Puppet);
    let clock = SystemClock::scaled(500);
    Builder::new(Arc::clone(store) as Arc<dyn Store>).registry(registry).clock(clock).start()
}

async fn engine() -> Engine {
    start(&Arc::new(SqliteStore::memory().await.unwrap()))
}

/// A step of the type `Puppet` with more fields.
fn puppet(id: &str, does: &str, fields: Json) -> Json {
    let mut step = json!({"id": id, "type": "Puppet", "retry_policy": {"error_retry_limit": 0}});
    step["params"] = json!({"does": {"value": does, "type": "STRING"}});
    for (name, value) in fields.as_object().into_iter().flatten() {
        match (name.as_str(), value) {
            ("params", Json::Object(more)) => {
                step["params"].as_object_mut().unwrap().extend(more.clone());
            }
            _ => step[name] = value.clone(),
        }
    }
    json!({"step": step})
}

fn foreach(id: &str, params: Json, steps: Json, fields: Json) -> Json {
    let mut step = json!({"id": id, "steps": steps,
        "params": {"loop_params": {"type": "MAP", "value": params}}});
    step.as_object_mut().unwrap().extend(fields.as_object().cloned().unwrap_or_default());
    json!({"foreach": step})
}

fn longs(values: &[i64]) -> Json {
    json!({"value": values, "type": "LONG_ARRAY"})
}

/// Runs a workflow; answers its status and that of each step.
async fn run(engine: &Engine, request: Json) -> (RunKey, String, Map<String, Json>) {
    let run = begin(engine, request).await;
    let status = end(engine, &run).await;
    let statuses = statuses(engine, &run).await;
    (run, status, statuses)
}

fn told(step: &StepView, what: &str) -> bool {
    step.data.timeline.iter().any(|event| event.to_string().contains(what))
}

#[tokio::test(flavor = "multi_thread")]
async fn every_step_walks_through_the_whole_lifecycle() {
    let engine = engine().await;
    let mut live = engine.subscribe();
    run(&engine, workflow("w", json!([{"step": {"id": "a", "type": "NoOp"}}]))).await;
    let mut walked = Vec::new();
    while let Ok(event) = live.try_recv() {
        if event.step.is_some() && event.line.is_none() {
            walked.push(event.status.clone());
        }
    }
    let expected = "CREATED INITIALIZED WAITING_FOR_SIGNALS EVALUATING_PARAMS WAITING_FOR_PERMITS \
        STARTING RUNNING FINISHING SUCCEEDED";
    assert_eq!(walked.join(" "), expected);
}

/// What a runtime does, with which failure mode, and what becomes of step and run.
#[tokio::test(flavor = "multi_thread")]
async fn the_end_of_a_step_follows_from_what_its_runtime_says() {
    let x = || json!({"x": {"value": 1, "type": "LONG"}});
    let rows = [
        ("succeeds", json!({}), "SUCCEEDED", "SUCCEEDED", 1),
        ("fails at the start", json!({}), "FATALLY_FAILED", "FAILED", 1),
        (
            "fails",
            json!({"failure_mode": "IGNORE_FAILURE"}),
            "COMPLETED_WITH_ERROR",
            "SUCCEEDED",
            1,
        ),
        (
            "fails",
            json!({"retry_policy": {"error_retry_limit": 1, "backoff":
            {"type": "FIXED_BACKOFF", "error_retry_backoff_in_secs": 1}}}),
            "FATALLY_FAILED",
            "FAILED",
            2,
        ),
        ("fails for good", json!({}), "FATALLY_FAILED", "FAILED", 1),
        // The failure mode is for failures of the step, not of the engine or its step types.
        (
            "panics at the start",
            json!({"failure_mode": "IGNORE_FAILURE"}),
            "INTERNALLY_FAILED",
            "FAILED",
            1,
        ),
        ("panics", json!({"failure_mode": "IGNORE_FAILURE"}), "INTERNALLY_FAILED", "FAILED", 1),
        (
            "succeeds",
            json!({"failure_mode": "IGNORE_FAILURE",
            "params": {"y": {"expression": "1 / 0", "type": "LONG"}}}),
            "INTERNALLY_FAILED",
            "FAILED",
            1,
        ),
        (
            "waits",
            json!({"timeout": "10 seconds", "failure_mode": "IGNORE_FAILURE"}),
            "TIMED_OUT",
            "TIMED_OUT",
            1,
        ),
        (
            "waits",
            json!({"timeout": "10 seconds", "retry_policy": {"timeout_retry_limit": 1, "backoff":
            {"type": "FIXED_BACKOFF", "timeout_retry_backoff_in_secs": 1}}}),
            "TIMED_OUT",
            "TIMED_OUT",
            2,
        ),
        // An output param has to be defined, and may be changed only where its mode says so.
        ("gives", json!({}), "INTERNALLY_FAILED", "FAILED", 1),
        ("gives", json!({"params": x()}), "SUCCEEDED", "SUCCEEDED", 1),
        (
            "gives",
            json!({"params": {"x": {"value": 1, "type": "LONG", "mode": "CONSTANT"}}}),
            "INTERNALLY_FAILED",
            "FAILED",
            1,
        ),
        ("gives and fails", json!({"params": x()}), "FATALLY_FAILED", "FAILED", 1),
        // The conditions are the step's: one that is no truth value breaks it.
        (
            "succeeds",
            json!({"transition": {"successors": {"b": "1"}}}),
            "INTERNALLY_FAILED",
            "FAILED",
            1,
        ),
        (
            "succeeds",
            json!({"transition": {"successors": {"b": "'TRUE'"}}}),
            "SUCCEEDED",
            "SUCCEEDED",
            1,
        ),
        (
            "succeeds",
            json!({"transition": {"successors": {"b": "'yes'"}}}),
            "INTERNALLY_FAILED",
            "FAILED",
            1,
        ),
    ];
    let engine = engine().await;
    for (number, (does, fields, expected, of_run, attempts)) in rows.into_iter().enumerate() {
        let next = json!({"step": {"id": "b", "type": "NoOp"}});
        let steps = json!([puppet("a", does, fields.clone()), next]);
        let (run, status, _) = run(&engine, workflow(&format!("w{number}"), steps)).await;
        let a = step(&engine, &run, "a").await;
        let seen = (a.state.status().as_str(), status.as_str(), a.state.attempt);
        assert_eq!(seen, (expected, of_run, attempts), "{does} {fields}: {:#?}", a.data.timeline);
        match does {
            "gives" if expected == "SUCCEEDED" => assert_eq!(a.params()["x"], 2),
            "gives and fails" => {
                assert_eq!(a.params()["x"], 1);
                assert_eq!(a.artifacts()["of_failure"]["value"], 1);
            }
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_step_that_was_skipped_early_has_the_params_that_can_be_known() {
    let engine = engine().await;
    engine.set_breakpoint("w", "a").await.unwrap();
    let known =
        json!({"x": {"value": 5, "type": "LONG"}, "bad": {"expression": "1 / 0", "type": "LONG"}});
    let mut first = puppet("a", "waits", then("b"));
    first["step"]["params"].as_object_mut().unwrap().extend(known.as_object().cloned().unwrap());
    let next = json!({"step": {"id": "b", "type": "NoOp", "params": {
        "y": {"expression": "a__x + 1", "type": "LONG"}}}});
    let run = begin(&engine, workflow("w", json!([first, next]))).await;
    until(&engine, &run, "a", "PAUSED").await;
    engine.act(run.clone(), "a", StepAction::Act(Action::Skip)).await.unwrap();
    assert_eq!(end(&engine, &run).await, "SUCCEEDED");
    assert_eq!(step(&engine, &run, "b").await.params()["y"], 6);
    let a = step(&engine, &run, "a").await;
    assert_eq!((&a.params()["x"], a.params().get("bad")), (&json!(5), None));
    assert_eq!(a.params()["maestro_step_satisfied"], true);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_stops_what_is_below() {
    let engine = engine().await;
    let looped = foreach(
        "f",
        json!({"i": longs(&[1, 2])}),
        json!([puppet("in", "waits", json!({}))]),
        json!({}),
    );
    let child = json!({"subworkflow": {"id": "s", "params": {
        "subworkflow_id": {"value": "child", "type": "STRING"}}}});
    engine.push(workflow("child", json!([puppet("low", "waits", json!({}))]))).await.unwrap();
    let run = begin(&engine, workflow("w", json!([looped, child]))).await;
    let low = RunKey { workflow_id: "child".into(), instance_id: 1, run_id: 1 };
    until(&engine, &low, "low", "RUNNING").await;
    until(&engine, &run, "f", "RUNNING").await;
    engine.kill_run(run.clone()).await.unwrap();
    assert_eq!(end(&engine, &run).await, "FAILED");
    let statuses = statuses(&engine, &run).await;
    assert_eq!(Json::from(statuses), json!({"f": "FATALLY_FAILED", "s": "FATALLY_FAILED"}));
    assert_eq!(step(&engine, &low, "low").await.state.status().as_str(), "STOPPED");
    assert_eq!(end(&engine, &low).await, "STOPPED");
    let details = step(&engine, &run, "f").await.artifacts()["maestro_foreach"]["foreach_overview"]
        ["details"]
        .clone();
    assert_eq!(details, json!({"STOPPED": [[1, 2]]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreach_that_fails_at_once_kills_its_iterations() {
    let engine = engine().await;
    let does = json!({"does": {"expression": "i == 1 ? 'fails' : 'waits'", "type": "STRING"}});
    let inner = puppet("in", "", json!({"params": does}));
    let looped = foreach(
        "f",
        json!({"i": longs(&[1, 2, 3])}),
        json!([inner]),
        json!({"failure_mode": "FAIL_IMMEDIATELY", "concurrency": 2}),
    );
    let (run, status, statuses) = run(&engine, workflow("w", json!([looped]))).await;
    assert_eq!((status.as_str(), &statuses["f"]), ("FAILED", &json!("FATALLY_FAILED")));
    let artifact = step(&engine, &run, "f").await.artifacts()["maestro_foreach"].clone();
    assert_eq!(artifact["foreach_overview"]["details"], json!({"FAILED": [[1, 2]]}));
}

#[tokio::test(flavor = "multi_thread")]
async fn loops_count_as_their_definition_says() {
    let engine = engine().await;
    let pair = json!({"step": {"id": "in", "type": "NoOp", "params": {
        "y": {"expression": "a + b * 10 + loop_index * 100", "type": "LONG"}}}});
    let all = json!({"step": {"id": "all", "type": "NoOp", "params": {
        "ys": {"expression": "params.getFromForeach('f', 'in', 'y')", "type": "LONG_ARRAY"},
        "none": {"expression": "params.getFromForeach('g', 'in2', 'y')", "type": "LONG_ARRAY"},
        "env": {"expression": "params.getExecutionEnvironment()", "type": "STRING"}}}});
    let none = json!({"step": {"id": "in2", "type": "NoOp", "params": {"y": {"expression": "c", "type": "LONG"}}}});
    let steps = json!([
        foreach("f", json!({"a": longs(&[1, 2]), "b": longs(&[3, 4])}), json!([pair]), then("all")),
        foreach("g", json!({"c": longs(&[])}), json!([none]), then("all")),
        all
    ]);
    let (run, status, statuses) = run(&engine, workflow("w", steps)).await;
    assert_eq!(status, "SUCCEEDED", "{statuses:?}");
    let params = step(&engine, &run, "all").await.params();
    assert_eq!(params["ys"], json!([31, 132, 241, 342]));
    assert_eq!((&params["none"], &params["env"]), (&json!([]), &json!("test")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_while_takes_its_next_values_from_the_step_created_last() {
    let engine = engine().await;
    let noop = |id: &str, value: &str, next: Json| {
        let mut step = json!({"id": id, "type": "NoOp", "params": {"i": {"expression": value, "type": "LONG"}}});
        step.as_object_mut().unwrap().extend(next.as_object().cloned().unwrap());
        json!({"step": step})
    };
    let looped = json!({"while": {"id": "l", "condition": "i < most && kept == 'k'",
        "params": {"loop_params": {"type": "MAP", "value": {
            "i": {"value": 0, "type": "LONG"}, "kept": {"value": "k", "type": "STRING"}}},
            "most": {"value": 5, "type": "LONG"}},
        "steps": [noop("second", "i + 2", json!({})), noop("first", "i + 100", then("second"))]}});
    let never = json!({"while": {"id": "n", "condition": "false",
        "params": {"loop_params": {"type": "MAP", "value": {"j": {"value": 0, "type": "LONG"}}}},
        "steps": [{"step": {"id": "never", "type": "NoOp"}}]}});
    let (run, status, statuses) = run(&engine, workflow("w", json!([looped, never]))).await;
    assert_eq!(status, "SUCCEEDED", "{statuses:?}");
    let artifact = step(&engine, &run, "l").await.artifacts()["maestro_while"].clone();
    assert_eq!(artifact["loop_param_values"], json!({"i": 6, "kept": "k"}));
    assert_eq!(artifact["last_iteration"], 3);
    assert!(!step(&engine, &run, "n").await.artifacts().contains_key("maestro_while"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_condition_of_a_while_sees_no_other_step() {
    let engine = engine().await;
    let first = json!({"step": {"id": "a", "type": "NoOp", "params": {"x": {"value": 1, "type": "LONG"}},
        "transition": {"successors": {"l": "true"}}}});
    let looped = json!({"while": {"id": "l", "condition": "i < a__x", "failure_mode": "IGNORE_FAILURE",
        "params": {"loop_params": {"type": "MAP", "value": {"i": {"value": 0, "type": "LONG"}}}},
        "steps": [{"step": {"id": "in", "type": "NoOp"}}]}});
    let (_, status, statuses) = run(&engine, workflow("w", json!([first, looped]))).await;
    assert_eq!((status.as_str(), &statuses["l"]), ("FAILED", &json!("INTERNALLY_FAILED")));
}

#[tokio::test(flavor = "multi_thread")]
async fn subworkflows_get_what_they_should_and_pass_on_how_they_end() {
    let engine = engine().await;
    let sub = |id: &str, fields: Json| {
        let mut step = json!({"id": id, "params": {"own": {"value": 1, "type": "LONG"}}});
        for (name, value) in fields.as_object().unwrap() {
            match name.as_str() {
                "of" => {
                    step["params"]["subworkflow_id"] = json!({"value": value, "type": "STRING"})
                }
                name => step[name] = value.clone(),
            }
        }
        json!({"subworkflow": step})
    };
    let mut child = workflow("child", json!([{"step": {"id": "c", "type": "NoOp"}}]));
    child["properties"]["run_strategy"] = "parallel".into();
    child["workflow"]["params"] = json!({"region": {"value": "child", "type": "STRING"}});
    engine.push(child).await.unwrap();
    for (id, does, rule) in [("fails", "fails", "parallel"), ("hangs", "waits", "first_only")] {
        let mut request = workflow(id, json!([puppet("p", does, json!({}))]));
        request["properties"]["run_strategy"] = rule.into();
        engine.push(request).await.unwrap();
    }
    let mut short = workflow("short", json!([puppet("p", "waits", json!({}))]));
    short["workflow"]["timeout"] = "5 seconds".into();
    engine.push(short).await.unwrap();
    let busy = StartRequest { workflow_id: "hangs".into(), ..StartRequest::default() };
    engine.start(busy).await.unwrap();
    let mut request = workflow(
        "w",
        json!([
            sub("all", json!({"of": "child"})),
            sub(
                "explicit",
                json!({"of": "child", "explicit_params": true, "transition": {"successors": {}}})
            ),
            sub("missing", json!({"of": "nowhere"})),
            sub("failed", json!({"of": "fails"})),
            sub("ignored", json!({"of": "fails", "sync": false})),
            sub("stopped", json!({"of": "hangs"})),
            sub("late", json!({"of": "short"})),
        ]),
    );
    request["workflow"]["params"] = json!({"region": {"value": "parent", "type": "STRING"}});
    let (run, status, statuses) = run(&engine, request).await;
    assert_eq!(status, "FAILED");
    assert_eq!(
        Json::from(statuses),
        json!({"all": "SUCCEEDED", "explicit": "SUCCEEDED",
        "missing": "FATALLY_FAILED", "failed": "FATALLY_FAILED", "ignored": "SUCCEEDED",
        "stopped": "STOPPED", "late": "TIMED_OUT"})
    );
    for (id, region, workflow_id) in [("all", "parent", "w"), ("explicit", "child", "child")] {
        let artifact = step(&engine, &run, id).await.artifacts()["maestro_subworkflow"].clone();
        let child = RunKey {
            workflow_id: "child".into(),
            run_id: 1,
            instance_id: artifact["subworkflow_instance_id"].as_i64().unwrap(),
        };
        assert_eq!(artifact["subworkflow_version_id"], 1);
        let uuid = engine.view(&child).await.unwrap().row.uuid;
        assert_eq!(artifact["subworkflow_uuid"], uuid);
        let params = engine.view(&child).await.unwrap().params;
        let of = |name: &str| params.get(name).map(|p| p["evaluated_result"].clone());
        assert_eq!(of("region"), Some(region.into()), "{id}");
        assert_eq!(of("own"), Some(1.into()), "{id}");
        // The root's, but for who asks for its own params only.
        assert_eq!(of("workflow_id"), Some(workflow_id.into()), "{id}");
        assert_eq!(of("subworkflow_id"), None, "{id}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tag_counts_once_for_a_step_whoever_gives_it() {
    let engine = engine().await;
    engine.template(json!({"job_type": "t", "step_type": "Puppet", "tags": ["db"]})).await.unwrap();
    engine.tag_permit("db", Some(2)).await.unwrap();
    let fields = || json!({"sub_type": "t", "tags": ["db"]});
    let steps = json!([puppet("a", "waits", fields()), puppet("b", "waits", fields())]);
    let two = begin(&engine, workflow("two", steps)).await;
    until(&engine, &two, "a", "RUNNING").await;
    until(&engine, &two, "b", "RUNNING").await;
    let steps = json!([puppet("c", "succeeds", fields()), puppet("free", "succeeds", json!({}))]);
    let third = begin(&engine, workflow("third", steps)).await;
    until(&engine, &third, "free", "SUCCEEDED").await;
    until(&engine, &third, "c", "WAITING_FOR_PERMITS").await;
    assert!(told(&step(&engine, &third, "c").await, "tag `db`"));
    engine.act(two, "b", StepAction::Act(Action::Skip)).await.unwrap();
    assert_eq!(end(&engine, &third).await, "SUCCEEDED");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_runs_keeps_its_permits_when_the_engine_starts_again() {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let engine = start(&store);
    engine.tag_permit("one", Some(1)).await.unwrap();
    let of = |id: &str| workflow(id, json!([puppet("p", "waits", json!({"tags": ["one"]}))]));
    // By name, the one that waits comes before the one that runs.
    let holder = begin(&engine, of("z")).await;
    until(&engine, &holder, "p", "RUNNING").await;
    let waiter = begin(&engine, of("a")).await;
    until(&engine, &waiter, "p", "WAITING_FOR_PERMITS").await;
    engine.stop().await;
    let engine = start(&store);
    // It answers when it has gone on with all that there is.
    engine.tag_permit("other", Some(1)).await.unwrap();
    assert_eq!(statuses(&engine, &waiter).await["p"], "WAITING_FOR_PERMITS");
    engine.stop_run(holder).await.unwrap();
    until(&engine, &waiter, "p", "RUNNING").await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_breakpoint_in_a_loop_holds_each_attempt() {
    let engine = engine().await;
    engine.set_breakpoint("w", "in").await.unwrap();
    let inner = puppet(
        "in",
        "fails",
        json!({"retry_policy": {"error_retry_limit": 1, "backoff":
        {"type": "FIXED_BACKOFF", "error_retry_backoff_in_secs": 1}}}),
    );
    let looped = foreach("f", json!({"i": longs(&[1])}), json!([inner]), json!({}));
    let run = begin(&engine, workflow("w", json!([looped]))).await;
    until(&engine, &run, "f", "RUNNING").await;
    let artifact = step(&engine, &run, "f").await.artifacts()["maestro_foreach"].clone();
    let inline = RunKey {
        workflow_id: artifact["foreach_workflow_id"].as_str().unwrap().into(),
        instance_id: 1,
        run_id: 1,
    };
    for attempt in 1..=2 {
        for _ in 0..4000 {
            let now = step(&engine, &inline, "in").await.state;
            if (now.attempt, now.status().as_str()) == (attempt, "PAUSED") {
                break;
            }
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        engine.act(inline.clone(), "in", StepAction::Resume).await.unwrap();
    }
    assert_eq!(end(&engine, &run).await, "FAILED");
    assert_eq!(engine.steps(&inline, true).await.unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn bypassed_dependencies_are_skipped_and_only_pending_ones() {
    let engine = engine().await;
    let wants = |name: &str| json!({"name": name, "match_params": {}});
    let step_a =
        puppet("a", "succeeds", json!({"signal_dependencies": [wants("there"), wants("not")]}));
    engine.signal("there", Map::new(), None).await.unwrap();
    let run = begin(&engine, workflow("w", json!([step_a]))).await;
    until(&engine, &run, "a", "WAITING_FOR_SIGNALS").await;
    engine.act(run.clone(), "a", StepAction::Bypass).await.unwrap();
    assert_eq!(end(&engine, &run).await, "SUCCEEDED");
    assert!(engine.act(run.clone(), "a", StepAction::Bypass).await.is_err());
    let a = step(&engine, &run, "a").await;
    let seen: Vec<_> = a.data.dependencies.iter().map(|d| d["status"].clone()).collect();
    assert_eq!(seen, ["MATCHED", "SKIPPED"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_limit_for_a_whole_tree_counts_leaf_steps_of_all_levels() {
    let engine = engine().await;
    let looped = foreach(
        "f",
        json!({"i": longs(&[1, 2, 3])}),
        json!([puppet("in", "waits", json!({}))]),
        json!({}),
    );
    let mut request = workflow("w", json!([looped]));
    request["workflow"]["instance_step_concurrency"] = 2.into();
    let mut live = engine.subscribe();
    let run = begin(&engine, request).await;
    let mut seen = Vec::new();
    while seen.iter().filter(|s| *s == "RUNNING").count() < 2 {
        let event =
            tokio::time::timeout(Duration::from_secs(20), live.recv()).await.unwrap().unwrap();
        if event.step.as_ref().is_some_and(|(id, _)| id == "in") {
            seen.push(event.status.clone());
        }
    }
    // Two iterations run, the foreach itself takes no permit of the tree.
    let artifact = step(&engine, &run, "f").await.artifacts()["maestro_foreach"].clone();
    assert_eq!(artifact["foreach_overview"]["running_stats"], json!({"IN_PROGRESS": 2}));
    assert_eq!(artifact["total_loop_count"], 3);
    engine.stop_run(run.clone()).await.unwrap();
    assert_eq!(end(&engine, &run).await, "STOPPED");
}

/// Evaluates as the engine does, but for what it panics at.
struct Faulty(&'static str);

type Params = sel_engine::plan::Params;
type Object = Map<String, Json>;

impl Evaluator for Faulty {
    fn workflow(
        &self,
        run: &Object,
        upstream: Option<&str>,
        restart: Option<&Params>,
        scope: &Scope,
    ) -> Result<Params, String> {
        assert!(!run.contains_key("panics"), "a fault of the engine");
        SelEvaluator.workflow(run, upstream, restart, scope)
    }
    fn step(&self, params: &StepParams, scope: &Scope) -> Result<Params, String> {
        assert_ne!(self.0, "params", "a fault of the engine");
        SelEvaluator.step(params, scope)
    }
    fn step_best_effort(&self, params: &StepParams, scope: &Scope) -> Params {
        SelEvaluator.step_best_effort(params, scope)
    }
    fn step_defaults(&self, scope: &Scope) -> Params {
        SelEvaluator.step_defaults(scope)
    }
    fn condition(&self, expression: &str, step: &Params, scope: &Scope) -> Result<bool, String> {
        assert_ne!(self.0, "conditions", "a fault of the engine");
        SelEvaluator.condition(expression, step, scope)
    }
    fn each(&self, definitions: &Object, own: &Params, scope: &Scope) -> Result<Object, String> {
        SelEvaluator.each(definitions, own, scope)
    }
    fn text(&self, text: &str, own: &Params, scope: &Scope) -> Result<String, String> {
        SelEvaluator.text(text, own, scope)
    }
    fn expression(&self, expression: &str, inputs: &Object, now: i64) -> Result<Json, String> {
        assert_ne!(self.0, "loops", "a fault of the engine");
        SelEvaluator.expression(expression, inputs, now)
    }
    fn standalone(&self, definitions: &Object, now: i64) -> Result<Params, String> {
        SelEvaluator.standalone(definitions, now)
    }
    fn outputs(&self, params: &mut Params, outputs: &Object, now: i64) -> Result<(), String> {
        SelEvaluator.outputs(params, outputs, now)
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_evaluation_that_panics_breaks_its_attempt() {
    let first = json!({"step": {"id": "a", "type": "NoOp", "params": {"x": {"value": 1, "type": "LONG"}},
        "transition": {"successors": {"l": "x == 1"}}}});
    let looped = json!({"while": {"id": "l", "condition": "i < 1",
        "params": {"loop_params": {"type": "MAP", "value": {"i": {"value": 0, "type": "LONG"}}}},
        "steps": [{"step": {"id": "in", "type": "NoOp"}}]}});
    for (what, broken) in [("params", "a"), ("conditions", "a"), ("loops", "l")] {
        let store = Arc::new(SqliteStore::memory().await.unwrap());
        let engine = Builder::new(store).evaluator(Faulty(what)).start();
        let steps = json!([first.clone(), looped.clone()]);
        let (run, status, statuses) = run(&engine, workflow("w", steps)).await;
        let seen = (status.as_str(), &statuses[broken]);
        assert_eq!(seen, ("FAILED", &json!("INTERNALLY_FAILED")), "{what}");
        assert!(told(&step(&engine, &run, broken).await, "panicked"), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_start_whose_params_panic_ends_and_leaves_nothing() {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let engine = Builder::new(store).evaluator(Faulty("start")).start();
    engine.push(workflow("w", json!([{"step": {"id": "a", "type": "NoOp"}}]))).await.unwrap();
    let panics = json!({"panics": {"value": 1, "type": "LONG"}});
    let start = |params: &Json, persist_failed_run| StartRequest {
        workflow_id: "w".into(),
        run_params: params.as_object().unwrap().clone(),
        persist_failed_run,
        ..StartRequest::default()
    };
    let refused = engine.start(start(&panics, false)).await.unwrap_err();
    assert!(matches!(&refused, RunError::Internal(message) if message.contains("panicked")));
    engine.idle().await.unwrap();
    assert!(engine.store().instances(Some("w"), false, 10).await.unwrap().is_empty());
    // The engine goes on.
    let started = engine.start(start(&json!({}), false)).await.unwrap().run;
    assert_eq!(end(&engine, &started).await, "SUCCEEDED");
    // Who wants a row of it gets one.
    engine.start(start(&panics, true)).await.unwrap_err();
    let rows = engine.store().instances(Some("w"), false, 10).await.unwrap();
    assert_eq!(rows.iter().filter(|row| row.status.as_str() == "FAILED").count(), 1);
    // The step of a child that cannot start fails.
    let parent = json!([{"subworkflow": {"id": "s", "params": {
        "subworkflow_id": {"value": "w", "type": "STRING"}, "panics": {"value": 1, "type": "LONG"}}}}]);
    let (run, status, _) = run(&engine, workflow("parent", parent)).await;
    assert_eq!(status, "FAILED");
    assert!(told(&step(&engine, &run, "s").await, "panicked"));
}

#[tokio::test(flavor = "multi_thread")]
async fn who_waits_for_an_instance_waits_for_its_latest_run() {
    let engine = engine().await;
    let request = workflow("w", json!([puppet("a", "waits", json!({}))]));
    let run = begin(&engine, request).await;
    let any = RunKey { run_id: 0, ..run.clone() };
    let waiting = tokio::spawn({
        let (engine, any) = (engine.clone(), any.clone());
        async move { engine.wait(any).await.unwrap().to_string() }
    });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!waiting.is_finished(), "the run goes on");
    engine.stop_run(run.clone()).await.unwrap();
    assert_eq!(waiting.await.unwrap(), "STOPPED");
    // One that is over is told at once; of a restarted one the new run counts.
    assert_eq!(end(&engine, &any).await, "STOPPED");
    let again =
        RestartRequest { workflow_id: "w".into(), instance_id: 1, ..RestartRequest::default() };
    let again = engine.restart(again).await.unwrap().run;
    let waiting = tokio::time::timeout(Duration::from_millis(100), engine.wait(any.clone()));
    assert!(waiting.await.is_err(), "the new run goes on");
    engine.kill_run(again).await.unwrap();
    assert_eq!(end(&engine, &any).await, "FAILED");
}
