//! Triggers at runtime (3.11 of Maestro's behaviour): which signals they consume, what they start,
//! when they are silent.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use sel_engine::clock::ManualClock;
use sel_engine::run::{Builder, Engine, Options};
use sel_engine::status::InstanceStatus as S;
use sel_engine::store::SqliteStore;
use serde_json::{Map, Value as Json, json};

const HOUR: i64 = 3_600_000;
/// 2024-03-01T00:00:00Z.
const MARCH: i64 = 1_709_251_200_000;

async fn engine() -> (Engine, ManualClock) {
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let clock = ManualClock::at(MARCH + 1);
    let options = Options { time_triggers: true, watch_commands: false, ..Options::default() };
    (Builder::new(store).clock(clock.clone()).options(options).start(), clock)
}

/// A workflow with a signal trigger of this definition.
fn listens(trigger: &Json) -> Json {
    with(&json!({"signal_triggers": [trigger]}))
}

fn with(fields: &Json) -> Json {
    let mut workflow = json!({"id": "w", "steps": [{"step": {"id": "a", "type": "NoOp"}}]});
    workflow.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    json!({"properties": {"owner": "t", "run_strategy": "PARALLEL"}, "workflow": workflow})
}

fn on(names: &[&str]) -> Json {
    let definitions: Map<String, Json> =
        names.iter().map(|name| ((*name).to_owned(), json!({}))).collect();
    json!({"definitions": definitions})
}

async fn announce(engine: &Engine, name: &str, params: Json) {
    engine.signal(name, params.as_object().unwrap().clone(), None).await.unwrap();
}

/// The initiators of all instances in order, once nothing is left to do.
async fn started(engine: &Engine) -> Vec<Json> {
    tokio::time::timeout(Duration::from_secs(60), engine.idle()).await.expect("stuck").unwrap();
    let mut rows = engine.store().instances(Some("w"), false, 1000).await.unwrap();
    rows.sort_by_key(|row| row.key.instance_id);
    let initiator = |info: &str| serde_json::from_str::<Json>(info).unwrap()["initiator"].clone();
    rows.iter().map(|row| initiator(&row.info)).collect()
}

/// Which signals started which instance.
async fn consumed(engine: &Engine) -> Vec<Json> {
    started(engine).await.iter().map(|initiator| initiator["signal_id_map"].clone()).collect()
}

#[tokio::test]
async fn a_trigger_fires_once_for_each_set_of_signals_that_it_has_not_consumed() {
    let (engine, _) = engine().await;
    engine.push(listens(&on(&["a", "b"]))).await.unwrap();
    for name in ["a", "a", "b"] {
        announce(&engine, name, json!({})).await;
    }
    assert_eq!(consumed(&engine).await, [json!({"a": 1, "b": 1})]);
    announce(&engine, "b", json!({})).await;
    assert_eq!(consumed(&engine).await, [json!({"a": 1, "b": 1}), json!({"a": 2, "b": 2})]);
    announce(&engine, "b", json!({})).await;
    assert_eq!(consumed(&engine).await.len(), 2);
}

#[tokio::test]
async fn a_trigger_begins_with_the_push_that_brings_it() {
    let (engine, _) = engine().await;
    for _ in 0..3 {
        announce(&engine, "a", json!({})).await;
    }
    engine.push(listens(&on(&["a"]))).await.unwrap();
    assert_eq!(consumed(&engine).await, [] as [Json; 0]);
    announce(&engine, "a", json!({})).await;
    assert_eq!(consumed(&engine).await, [json!({"a": 4})]);
}

#[tokio::test]
async fn an_unchanged_trigger_goes_on_and_a_changed_one_begins_anew() {
    let (engine, _) = engine().await;
    engine.push(listens(&on(&["a", "b"]))).await.unwrap();
    announce(&engine, "a", json!({})).await;
    // The same trigger in a new version still waits for `b` only.
    engine.push(listens(&on(&["a", "b"]))).await.unwrap();
    announce(&engine, "b", json!({})).await;
    assert_eq!(consumed(&engine).await, [json!({"a": 1, "b": 1})]);
    announce(&engine, "a", json!({})).await;
    let mut changed = on(&["a", "b"]);
    changed["params"] = json!({"p": {"value": "x", "type": "STRING"}});
    engine.push(listens(&changed)).await.unwrap();
    announce(&engine, "b", json!({})).await;
    assert_eq!(consumed(&engine).await.len(), 1, "the `a` came before it");
    announce(&engine, "a", json!({})).await;
    let last = started(&engine).await.pop().unwrap();
    assert_eq!(last["signal_id_map"], json!({"a": 3, "b": 2}));
    assert_eq!(last["params"]["p"]["evaluated_result"], "x");
}

#[tokio::test]
async fn what_is_inactive_or_disabled_hears_nothing_and_begins_anew() {
    let (engine, _) = engine().await;
    engine.push(listens(&on(&["a"]))).await.unwrap();
    engine.deactivate("w").await.unwrap();
    announce(&engine, "a", json!({})).await;
    engine.activate("w", "latest").await.unwrap();
    announce(&engine, "a", json!({})).await;
    assert_eq!(consumed(&engine).await, [json!({"a": 2})]);
    let off = |off: bool| json!({"signal_trigger_disabled": off});
    engine.update_properties("w", &off(true)).await.unwrap();
    announce(&engine, "a", json!({})).await;
    engine.update_properties("w", &off(false)).await.unwrap();
    announce(&engine, "a", json!({})).await;
    assert_eq!(consumed(&engine).await, [json!({"a": 2}), json!({"a": 4})]);
    // A version that is not active does not listen, and the active one goes on.
    let mut other = listens(&on(&["b"]));
    other["is_active"] = false.into();
    engine.push(other).await.unwrap();
    announce(&engine, "b", json!({})).await;
    announce(&engine, "a", json!({})).await;
    assert_eq!(consumed(&engine).await.pop(), Some(json!({"a": 5})));
    assert_eq!(started(&engine).await.len(), 3);
}

#[tokio::test]
async fn a_condition_that_does_not_hold_consumes_all_the_same() {
    let (engine, _) = engine().await;
    let mut trigger = on(&["a"]);
    trigger["condition"] = "a__n > 1".into();
    engine.push(listens(&trigger)).await.unwrap();
    for n in [1, 2, 1, 3] {
        announce(&engine, "a", json!({"n": n})).await;
    }
    assert_eq!(consumed(&engine).await, [json!({"a": 2}), json!({"a": 4})]);
}

#[tokio::test]
async fn what_has_one_dedup_key_starts_once() {
    let (engine, _) = engine().await;
    let mut trigger = on(&["a"]);
    trigger["dedup_expr"] = "'day ' + a__day".into();
    engine.push(listens(&trigger)).await.unwrap();
    for day in ["x", "x", "y", "x"] {
        announce(&engine, "a", json!({"day": day})).await;
    }
    assert_eq!(consumed(&engine).await, [json!({"a": 1}), json!({"a": 3})]);
}

#[tokio::test]
async fn signals_match_by_operators_and_join_by_values() {
    for (operator, expected) in
        [("=", vec![2]), (">", vec![3]), (">=", vec![2, 3]), ("<", vec![1]), ("<=", vec![1, 2])]
    {
        let (engine, _) = engine().await;
        let matched = json!({"n": {"value": 2, "operator": operator}});
        let trigger = json!({"definitions": {"a": {"match_params": matched}}});
        engine.push(listens(&trigger)).await.unwrap();
        for n in [1, 2, 3] {
            announce(&engine, "a", json!({"n": n})).await;
        }
        let expected: Vec<Json> = expected.into_iter().map(|seq| json!({"a": seq})).collect();
        assert_eq!(consumed(&engine).await, expected, "{operator}");
    }
    let (engine, _) = engine().await;
    let trigger =
        json!({"definitions": {"a": {"join_keys": ["date"]}, "b": {"join_keys": ["day"]}}});
    engine.push(listens(&trigger)).await.unwrap();
    announce(&engine, "a", json!({"date": 1})).await;
    announce(&engine, "a", json!({"date": 2})).await;
    announce(&engine, "b", json!({"day": 3})).await;
    announce(&engine, "b", json!({"day": 2})).await;
    assert_eq!(consumed(&engine).await, [json!({"a": 2, "b": 2})]);
}

#[tokio::test]
async fn a_start_by_signals_that_fails_is_kept_as_a_failed_run() {
    let (engine, _) = engine().await;
    let mut request = listens(&on(&["a"]));
    let divided = json!({"type": "LONG", "expression": "1 / a__n"});
    request["workflow"]["params"] = json!({"x": divided});
    engine.push(request).await.unwrap();
    announce(&engine, "a", json!({"n": 0})).await;
    announce(&engine, "a", json!({"n": 1})).await;
    assert_eq!(consumed(&engine).await, [json!({"a": 1}), json!({"a": 2})]);
    let mut rows = engine.store().instances(Some("w"), false, 10).await.unwrap();
    rows.sort_by_key(|row| row.key.instance_id);
    let statuses: Vec<S> = rows.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [S::Failed, S::Succeeded]);
}

#[tokio::test]
async fn a_time_trigger_ends_with_the_version_that_has_it() {
    let (engine, clock) = engine().await;
    let times = |expression: &str| {
        with(&json!({"time_triggers": [{"type": "PREDEFINED", "expression": expression}]}))
    };
    let fires = async |engine: &Engine| -> Vec<Json> {
        started(engine).await.iter().map(|initiator| initiator["trigger_time"].clone()).collect()
    };
    engine.push(times("@hourly")).await.unwrap();
    clock.advance(HOUR);
    assert_eq!(fires(&engine).await, [json!(MARCH + HOUR)]);
    // Another trigger takes its place, and begins now.
    engine.push(times("@daily")).await.unwrap();
    clock.advance(22 * HOUR);
    assert_eq!(fires(&engine).await.len(), 1);
    clock.advance(HOUR);
    assert_eq!(fires(&engine).await, [json!(MARCH + HOUR), json!(MARCH + 24 * HOUR)]);
    // A version without triggers fires nothing more.
    engine.push(with(&json!({}))).await.unwrap();
    clock.advance(100 * HOUR);
    assert_eq!(fires(&engine).await.len(), 2);
}
