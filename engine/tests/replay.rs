//! Random workflows under random actions on SQLite: the events of the outbox, replayed, give what
//! is stored, every change is legal, and the end follows from the steps.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use proptest::prelude::*;
use sel_engine::clock::SystemClock;
use sel_engine::core::{Action, Outcome};
use sel_engine::run::{Builder, Engine, StartRequest, StepAction};
use sel_engine::runtime::{Registry, Report, RuntimeOptions, StepContext, StepRuntime};
use sel_engine::status::{InstanceStatus, StepStatus};
use sel_engine::store::{RunKey, SqliteStore};
use serde_json::{Map, Value as Json, json};

/// Ends as its param says; the second attempt succeeds.
struct Ends;

#[async_trait]
impl StepRuntime for Ends {
    async fn execute(&self, context: &StepContext) -> Report {
        let wait = context.params.get("wait").and_then(Json::as_i64).unwrap_or(0);
        context.clock.sleep_until(context.start_time.saturating_add(wait)).await;
        if context.identity.attempt > 1 {
            return Report::done();
        }
        match context.text("end") {
            Some("user") => Report::failed(Outcome::UserError, "a user error"),
            Some("platform") => Report::failed(Outcome::PlatformError, "a platform error"),
            Some("fatal") => Report::failed(Outcome::FatalError, "a fatal error"),
            Some("stopped") => Report::failed(Outcome::Stopped, "stopped"),
            _ => Report::done(),
        }
    }
}

/// One step in numbers: what it is, how it ends, how it fails, how long it takes.
type Shape = (usize, usize, usize, u16);

fn leaf(id: &str, shape: Shape) -> Json {
    let ends = ["done", "done", "user", "platform", "fatal", "stopped", "done"];
    let mut step = json!({"id": id, "type": "Ends",
        "retry_policy": {"error_retry_limit": shape.1 % 2, "platform_retry_limit": 1},
        "params": {"end": {"value": ends[shape.1 % ends.len()], "type": "STRING"},
                   "wait": {"value": shape.3, "type": "LONG"}}});
    if shape.1 == 6 {
        step["timeout"] = "5 ms".into();
        step["params"]["wait"]["value"] = 100_000.into();
    }
    step
}

fn step(id: &str, shape: Shape, next: Map<String, Json>) -> Json {
    let inner = json!([{"step": leaf(&format!("in-{id}"), (0, shape.1, 0, shape.3))}]);
    let (wrapper, mut step) = match shape.0 {
        0 => (
            "foreach",
            json!({"id": id, "steps": inner, "concurrency": 2, "params": {"loop_params": {
                "type": "MAP", "value": {"i": {"value": [1, 2, 3], "type": "LONG_ARRAY"}}}}}),
        ),
        1 => (
            "while",
            json!({"id": id, "condition": "loop_index < 2", "steps": inner, "params": {"loop_params": {
                "type": "MAP", "value": {"i": {"value": 1, "type": "LONG"}}}}}),
        ),
        2 => (
            "subworkflow",
            json!({"id": id, "params": {"subworkflow_id": {"value": "child", "type": "STRING"}}}),
        ),
        _ => ("step", leaf(id, shape)),
    };
    let modes = ["FAIL_AFTER_RUNNING", "FAIL_IMMEDIATELY", "IGNORE_FAILURE"];
    step["failure_mode"] = modes[shape.2 % 3].into();
    step["transition"] = json!({"successors": next});
    json!({wrapper: step})
}

fn workflow(shapes: &[Shape], edges: &[u8]) -> Json {
    let n = shapes.len();
    let steps: Vec<Json> = (0..n)
        .map(|i| {
            let condition = |j: usize| match edges[(i * n + j) % edges.len()] % 4 {
                0 => Some("true"),
                1 => Some("1 > 2"),
                _ => None,
            };
            let next = (i + 1..n)
                .filter_map(|j| Some((format!("s{j}"), Json::from(condition(j)?))))
                .collect();
            step(&format!("s{i}"), shapes[i], next)
        })
        .collect();
    json!({"properties": {"owner": "t"}, "workflow": {"id": "random", "steps": steps}})
}

async fn play(shapes: &[Shape], edges: &[u8], acts: &[(u8, u8, u8)]) -> Engine {
    let mut registry = Registry::standard(RuntimeOptions::default());
    registry.add("Ends", Ends);
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let engine = Builder::new(store).registry(registry).clock(SystemClock::scaled(20_000)).start();
    let child = json!({"properties": {"owner": "t"}, "workflow": {"id": "child", "steps": [
        {"step": leaf("in", (0, 0, 0, 3))}]}});
    engine.push(child).await.unwrap();
    engine.push(workflow(shapes, edges)).await.unwrap();
    let request = StartRequest { workflow_id: "random".into(), ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    for (place, action, wait) in acts {
        tokio::time::sleep(Duration::from_micros(u64::from(*wait) * 20)).await;
        let step = format!("s{}", usize::from(*place) % shapes.len());
        // Most actions come at the wrong moment and are refused: that is part of it.
        let _ = match action % 8 {
            0 => engine.act(run.clone(), &step, StepAction::Act(Action::Stop)).await,
            1 => engine.act(run.clone(), &step, StepAction::Act(Action::Kill)).await,
            2 | 3 => engine.act(run.clone(), &step, StepAction::Act(Action::Skip)).await,
            4 => engine.act(run.clone(), &step, StepAction::Resume).await,
            5 => engine.stop_run(run.clone()).await.map(|_| ()),
            6 => engine.kill_run(run.clone()).await.map(|_| ()),
            _ => Ok(()),
        };
    }
    let wait = engine.wait(run.clone());
    if tokio::time::timeout(Duration::from_secs(30), wait).await.is_err() {
        panic!("stuck: {:#?}", engine.steps(&run, true).await.unwrap());
    }
    engine
}

/// Replays the outbox and compares it with the tables.
async fn compare(engine: &Engine) {
    let mut steps: BTreeMap<String, StepStatus> = BTreeMap::new();
    let mut runs: BTreeMap<String, String> = BTreeMap::new();
    for event in engine.store().events(0, i64::MAX).await.unwrap() {
        let payload: Json = serde_json::from_str(&event.text).unwrap();
        let (old, new) = (payload["old_status"].as_str(), payload["new_status"].as_str().unwrap());
        if payload["step_id"].is_null() {
            let before = runs.insert(event.subject, new.to_owned());
            // An iteration begins in the transaction that makes it.
            assert!(before.is_none() || before.as_deref() == old, "{payload}");
            continue;
        }
        let status: StepStatus = new.parse().unwrap();
        let before = steps.insert(event.subject, status);
        assert_eq!(before.map(StepStatus::as_str), old, "{payload}");
        assert!(before.unwrap_or(StepStatus::NotCreated).may_become(status), "{payload}");
    }
    for row in engine.store().instances(None, false, i64::MAX).await.unwrap() {
        let key = RunKey::clone(&row.key);
        assert_eq!(runs.remove(&key.to_string()).as_deref(), Some(row.status.as_str()), "{key}");
        assert!(row.status.is_terminal(), "{key} is {}", row.status);
        let mut worst = Vec::new();
        for step in engine.store().steps(&key, true).await.unwrap() {
            let subject = format!("{key}:{}:{}", step.step_id, step.attempt);
            assert_eq!(steps.remove(&subject), Some(step.status), "{subject}");
        }
        for step in engine.steps(&key, false).await.unwrap() {
            worst.push(step.state.status());
        }
        let closing = engine.view(&key).await.unwrap().state.closing;
        // One that was stopped while it was queued never had a step.
        if closing.is_none() && row.start_time.is_some() {
            let has = |test: &dyn Fn(&StepStatus) -> bool| worst.iter().any(test);
            let derived = if worst.is_empty() || has(&|s| s.is_failure()) {
                InstanceStatus::Failed
            } else if has(&|s| *s == StepStatus::TimedOut) {
                InstanceStatus::TimedOut
            } else if has(&|s| *s == StepStatus::Stopped) {
                InstanceStatus::Stopped
            } else {
                InstanceStatus::Succeeded
            };
            assert_eq!(row.status, derived, "{key}: {worst:?}");
        }
    }
    assert!(steps.is_empty() && runs.is_empty(), "events of nothing: {steps:?} {runs:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_recorded_events_replayed_give_the_stored_state(
        shapes in prop::collection::vec((0..7usize, 0..7usize, 0..3usize, 0..200u16), 1..6),
        edges in prop::collection::vec(any::<u8>(), 16),
        acts in prop::collection::vec((any::<u8>(), any::<u8>(), any::<u8>()), 0..6),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let engine = play(&shapes, &edges, &acts).await;
            compare(&engine).await;
            engine.stop().await;
        });
    }
}
