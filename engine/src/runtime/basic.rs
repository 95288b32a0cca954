//! The types that do nothing, at once or after a while.

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::{Report, StepContext, StepRuntime};

/// Does nothing.
#[derive(Debug, Clone, Copy)]
pub struct NoOp;

#[async_trait]
impl StepRuntime for NoOp {
    async fn execute(&self, _: &StepContext) -> Report {
        Report::done()
    }
}

/// Waits `sleep_seconds`, counted from the attempt's start: a crash does not begin it anew.
#[derive(Debug, Clone, Copy)]
pub struct Sleep;

#[async_trait]
impl StepRuntime for Sleep {
    fn default_params(&self) -> Map<String, Json> {
        let mut params = Map::new();
        params.insert("sleep_seconds".to_owned(), json!({"value": 3, "type": "LONG"}));
        params
    }
    async fn execute(&self, context: &StepContext) -> Report {
        let seconds = context.params.get("sleep_seconds").and_then(Json::as_i64).unwrap_or(3);
        let until = context.start_time.saturating_add(seconds.max(0).saturating_mul(1000));
        context.clock.sleep_until(until).await;
        Report::done()
    }
}
