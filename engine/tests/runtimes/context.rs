//! An attempt to execute, without an engine around it.

use std::sync::Arc;

use sel_engine::clock::SystemClock;
use sel_engine::runtime::{Identity, LogLine, Report, StepContext, StepRuntime};
use serde_json::{Map, Value as Json};
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

fn object(json: Json) -> Map<String, Json> {
    match json {
        Json::Object(map) => map,
        other => panic!("not an object: {other}"),
    }
}

/// A context with these params, and the lines that the step prints.
pub(crate) fn context(params: Json) -> (StepContext, UnboundedReceiver<LogLine>) {
    let (log, lines) = unbounded_channel();
    let params = Arc::new(object(params));
    let mut workflow_params = Map::new();
    workflow_params.insert("workflow_param".to_owned(), "from the workflow".into());
    let evaluate = |source: &str, inputs: &Map<String, Json>| {
        let mut env = sel::Env::new();
        for (name, json) in inputs {
            let value = sel::Value::from_json(json.clone()).map_err(|e| e.to_string())?;
            env.set(name, value);
        }
        let program = sel::Program::compile(&format!("{};", source.trim_end_matches(';')))
            .map_err(|error| error.to_string())?;
        let value = program.eval(&env).map_err(|error| error.to_string())?;
        value.to_json().map_err(|error| error.to_string())
    };
    let context = StepContext {
        identity: Identity {
            workflow_id: "w".to_owned(),
            instance_id: 1,
            run_id: 1,
            step_id: "s".to_owned(),
            attempt: 1,
            uuid: uuid::Uuid::new_v4().to_string(),
            correlation_id: "w:1:1".to_owned(),
        },
        params,
        workflow_params: Arc::new(workflow_params),
        start_time: 0,
        timeout: None,
        criticality: None,
        clock: Arc::new(SystemClock::default()),
        log,
        evaluate: Arc::new(evaluate),
    };
    (context, lines)
}

/// Executes once: what came of it, and the lines of its log.
pub(crate) async fn execute(runtime: &impl StepRuntime, params: Json) -> (Report, Vec<String>) {
    let (context, mut lines) = context(params);
    let report = runtime.execute(&context).await;
    drop(context);
    let mut log = Vec::new();
    while let Some((stream, line)) = lines.recv().await {
        log.push(format!("{stream}: {line}"));
    }
    (report, log)
}

/// The output params as JSON.
pub(crate) fn outputs(report: &Report) -> Json {
    Json::Object(report.outputs.clone())
}
