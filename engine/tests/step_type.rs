//! The example of `docs/engine.md`: a step type of one's own.

use std::sync::Arc;

use async_trait::async_trait;
use sel_engine::run::{Builder, StartRequest};
use sel_engine::runtime::{Outcome, Registry, Report, RuntimeOptions, StepContext, StepRuntime};
use sel_engine::store::SqliteStore;
use serde_json::json;

/// Counts the letters of `text` and gives the count as the output param `letters`.
struct Letters;

#[async_trait]
impl StepRuntime for Letters {
    async fn execute(&self, context: &StepContext) -> Report {
        let Some(text) = context.text("text") else {
            return Report::failed(Outcome::FatalError, "the param `text` is missing");
        };
        let mut report = Report::done();
        report.outputs.insert("letters".to_owned(), text.chars().count().into());
        report
    }
}

#[tokio::test]
async fn a_step_type_of_ones_own() {
    let mut registry = Registry::standard(RuntimeOptions::default());
    registry.add("Letters", Letters);
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let engine = Builder::new(store).registry(registry).start();
    engine
        .push(json!({"workflow": {"id": "w", "steps": [{"step": {"id": "s", "type": "Letters",
            "params": {"text": {"value": "hello", "type": "STRING"},
                       "letters": {"value": 0, "type": "LONG"}}}}]}}))
        .await
        .unwrap();
    let request = StartRequest { workflow_id: "w".into(), ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    assert_eq!(engine.wait(run.clone()).await.unwrap().as_str(), "SUCCEEDED");
    assert_eq!(engine.steps(&run, false).await.unwrap()[0].params()["letters"], 5);
}
