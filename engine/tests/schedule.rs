//! Time triggers: when they fire, what they start, and that each fire is stored once.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::sync::Arc;
use std::time::Duration;

use sel_engine::clock::ManualClock;
use sel_engine::run::{Builder, Engine, Options};
use sel_engine::status::InstanceStatus as S;
use sel_engine::store::{InstanceRow, SqliteStore, Store};
use serde_json::{Value as Json, json};

const HOUR: i64 = 3_600_000;
/// 2024-03-01T00:00:00Z.
const MARCH: i64 = 1_709_251_200_000;

fn start(store: &Arc<SqliteStore>, clock: &ManualClock) -> Engine {
    let options = Options { time_triggers: true, watch_commands: false, ..Options::default() };
    Builder::new(Arc::<SqliteStore>::clone(store)).clock(clock.clone()).options(options).start()
}

async fn memory() -> Arc<SqliteStore> {
    Arc::new(SqliteStore::memory().await.unwrap())
}

fn workflow(triggers: Json) -> Json {
    json!({"properties": {"owner": "t", "run_strategy": "SEQUENTIAL"},
           "workflow": {"id": "w", "time_triggers": triggers, "steps": [
               {"step": {"id": "a", "type": "NoOp", "params": {
                   "day": {"type": "STRING", "expression": "ds"}}}}]}})
}

fn hourly() -> Json {
    json!([{"type": "PREDEFINED", "expression": "@hourly"}])
}

async fn idle(engine: &Engine) {
    tokio::time::timeout(Duration::from_secs(60), engine.idle()).await.expect("stuck").unwrap();
}

/// The instances in order.
async fn instances(engine: &Engine) -> Vec<InstanceRow> {
    let mut rows = engine.store().instances(Some("w"), false, 1000).await.unwrap();
    rows.sort_by_key(|row| row.key.instance_id);
    rows
}

async fn fired(engine: &Engine) -> Vec<i64> {
    idle(engine).await;
    let rows = instances(engine).await;
    let time = |row: &InstanceRow| {
        let info: Json = serde_json::from_str(&row.info).unwrap();
        info["initiator"]["trigger_time"].as_i64().unwrap()
    };
    rows.iter().map(time).collect()
}

#[tokio::test]
async fn each_fire_starts_the_active_version_with_the_planned_time() {
    let (store, clock) = (memory().await, ManualClock::at(MARCH + 1));
    let engine = start(&store, &clock);
    let daily = json!([{"type": "CRON", "cron": "0 5 * * *", "timezone": "Asia/Tokyo"}]);
    engine.push(workflow(daily)).await.unwrap();
    assert_eq!(fired(&engine).await, [] as [i64; 0]);
    // 05:00 in Tokyo is 20:00 of the day before in UTC; the engine is three minutes late.
    clock.advance(20 * HOUR + 180_000);
    assert_eq!(fired(&engine).await, [MARCH + 20 * HOUR]);
    let row = instances(&engine).await.remove(0);
    assert_eq!(row.status, S::Succeeded);
    let view = engine.view(&row.key).await.unwrap();
    let initiator = &view.info.initiator;
    assert_eq!(initiator["type"], "TIME");
    assert_eq!(initiator["timezone"], "Asia/Tokyo");
    assert!(initiator["trigger_uuid"].is_string());
    let param = |name: &str| view.params[name]["evaluated_result"].clone();
    assert_eq!(param("RUN_TS"), MARCH + 20 * HOUR);
    assert_eq!(param("WORKFLOW_CRON_TIMEZONE"), "Asia/Tokyo");
    assert_eq!(param("TARGET_RUN_DATE"), "20240302");
    assert_eq!(param("ts"), "2024-03-01T20:00:00+00:00");
    assert_eq!(param("data_interval_start"), "2024-02-29T20:00:00+00:00");
    assert_eq!(param("data_interval_end"), "2024-03-01T20:00:00+00:00");
    let steps = engine.steps(&row.key, false).await.unwrap();
    assert_eq!(steps[0].params()["day"], "2024-03-01");
}

#[tokio::test]
async fn what_was_missed_is_caught_up_with_once_and_in_order() {
    let (store, clock) = (memory().await, ManualClock::at(MARCH));
    let engine = start(&store, &clock);
    engine.push(workflow(hourly())).await.unwrap();
    engine.stop().await;
    // 130 hours without an engine: more than one pass of a hundred.
    clock.advance(130 * HOUR);
    let engine = start(&store, &clock);
    let hours: Vec<i64> = (1..=130).map(|n| MARCH + n * HOUR).collect();
    assert_eq!(fired(&engine).await, hours);
    assert!(instances(&engine).await.iter().all(|row| row.status == S::Succeeded));
    engine.stop().await;
    let engine = start(&store, &clock);
    assert_eq!(fired(&engine).await.len(), 130);
}

#[tokio::test]
async fn an_engine_that_ends_in_the_middle_of_catching_up_fires_each_once() {
    let (store, clock) = (memory().await, ManualClock::at(MARCH));
    let engine = start(&store, &clock);
    engine.push(workflow(hourly())).await.unwrap();
    engine.stop().await;
    clock.advance(40 * HOUR);
    // Each engine is stopped before it is through.
    for _ in 0..12 {
        let engine = start(&store, &clock);
        let mut events = engine.subscribe();
        for _ in 0..3 {
            let _ = tokio::time::timeout(Duration::from_millis(200), events.recv()).await;
        }
        engine.stop().await;
        let entries = store.entries("time_trigger").await.unwrap();
        let entry: Json = serde_json::from_str(&entries[0].1).unwrap();
        let count = i64::try_from(instances(&engine).await.len()).unwrap();
        assert_eq!(entry["watermark"], MARCH + count * HOUR, "stored together");
    }
    let engine = start(&store, &clock);
    assert_eq!(fired(&engine).await, (1..=40).map(|n| MARCH + n * HOUR).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_push_keeps_the_watermarks_of_triggers_that_stay() {
    let (store, clock) = (memory().await, ManualClock::at(MARCH + 1));
    let engine = start(&store, &clock);
    engine.push(workflow(hourly())).await.unwrap();
    engine.stop().await;
    clock.advance(3 * HOUR);
    // An engine without triggers pushes: the hourly one stays, the other is new.
    let options = Options { watch_commands: false, ..Options::default() };
    let other = Builder::new(Arc::<SqliteStore>::clone(&store)).clock(clock.clone());
    let other = other.options(options).start();
    let both = json!([{"type": "INTERVAL", "interval": "30 minutes"}, hourly()[0]]);
    other.push(workflow(both)).await.unwrap();
    other.stop().await;
    let engine = start(&store, &clock);
    let fires: Vec<i64> = [1, 2, 3].map(|n| MARCH + n * HOUR).to_vec();
    assert_eq!(fired(&engine).await, fires);
    clock.advance(HOUR / 2);
    assert_eq!(fired(&engine).await.last(), Some(&(MARCH + 3 * HOUR + HOUR / 2)));
}

#[tokio::test]
async fn disabled_and_inactive_triggers_are_silent_and_begin_anew() {
    let (store, clock) = (memory().await, ManualClock::at(MARCH + 1));
    let engine = start(&store, &clock);
    engine.push(workflow(hourly())).await.unwrap();
    let change = |off: bool| json!({"time_trigger_disabled": off});
    engine.update_properties("w", &change(true)).await.unwrap();
    clock.advance(2 * HOUR);
    assert_eq!(fired(&engine).await, [] as [i64; 0]);
    engine.update_properties("w", &change(false)).await.unwrap();
    clock.advance(HOUR);
    assert_eq!(fired(&engine).await, [MARCH + 3 * HOUR]);
    engine.deactivate("w").await.unwrap();
    clock.advance(2 * HOUR);
    assert_eq!(fired(&engine).await.len(), 1);
    engine.activate("w", "latest").await.unwrap();
    clock.advance(HOUR);
    assert_eq!(fired(&engine).await, [MARCH + 3 * HOUR, MARCH + 6 * HOUR]);
}

#[tokio::test]
async fn run_strategies_rule_what_triggers_start() {
    for (rule, expected) in [
        ("FIRST_ONLY", [S::InProgress, S::Stopped, S::Stopped]),
        ("LAST_ONLY", [S::Stopped, S::Stopped, S::InProgress]),
        ("SEQUENTIAL", [S::InProgress, S::Created, S::Created]),
        ("STRICT_SEQUENTIAL", [S::InProgress, S::Created, S::Created]),
        ("SERIAL_LATEST_ONLY", [S::InProgress, S::Stopped, S::Created]),
        ("PARALLEL", [S::InProgress, S::InProgress, S::InProgress]),
    ] {
        let (store, clock) = (memory().await, ManualClock::at(MARCH + 1));
        let engine = start(&store, &clock);
        let mut request = workflow(hourly());
        request["properties"]["run_strategy"] = json!(rule);
        request["workflow"]["steps"][0]["step"] = json!({"id": "a", "type": "NoOp",
            "signal_dependencies": [{"name": "go"}]});
        engine.push(request).await.unwrap();
        clock.advance(3 * HOUR);
        let mut events = engine.subscribe();
        while instances(&engine).await.len() < 3 {
            tokio::time::timeout(Duration::from_secs(60), events.recv()).await.unwrap().unwrap();
        }
        // An answer comes after all that was decided before.
        engine.set_breakpoint("other", "x").await.unwrap();
        let statuses: Vec<S> = instances(&engine).await.iter().map(|row| row.status).collect();
        assert_eq!(statuses, expected, "{rule}");
    }
}

#[tokio::test]
async fn a_fire_whose_params_fail_is_kept_as_a_failed_run() {
    let (store, clock) = (memory().await, ManualClock::at(MARCH + 1));
    let engine = start(&store, &clock);
    let mut request = workflow(hourly());
    request["workflow"]["params"] = json!({"x": {"type": "LONG",
        "expression": "if (RUN_TS == 1709254800000) { throw 'no'; } return 1;"}});
    engine.push(request).await.unwrap();
    clock.advance(2 * HOUR);
    assert_eq!(fired(&engine).await, [MARCH + HOUR, MARCH + 2 * HOUR]);
    let statuses: Vec<S> = instances(&engine).await.iter().map(|row| row.status).collect();
    assert_eq!(statuses, [S::Failed, S::Succeeded]);
}
