//! What `docs/steps.md` shows is run.

use std::sync::Arc;

use sel_engine::clock::SystemClock;
use sel_engine::run::{Builder, StartRequest};
use sel_engine::runtime::{Registry, RuntimeOptions};
use sel_engine::store::SqliteStore;
use serde_json::Value as Json;

use crate::documented::examples;
use crate::server::{Server, answer};

#[tokio::test(flavor = "multi_thread")]
async fn the_documented_definitions_run() {
    let server = Server::start(|head, _| {
        assert!(head.starts_with("GET /price?item=tea "), "{head}");
        Some(answer("200 OK", "", b"3.50"))
    })
    .await;
    let cache = tempfile::tempdir().unwrap();
    let mut titles = Vec::new();
    for example in examples() {
        if ["Kubernetes", "Notebook"].contains(&example.title.as_str()) {
            continue;
        }
        let options = RuntimeOptions {
            http_allow: vec!["127.0.0.1".to_owned()],
            cache: Some(cache.path().to_owned()),
            ..RuntimeOptions::default()
        };
        let store = Arc::new(SqliteStore::memory().await.unwrap());
        let registry = Registry::standard(options);
        let clock = SystemClock::scaled(100);
        let engine = Builder::new(store).registry(registry).clock(clock).start();
        let mut workflow_id = String::new();
        for definition in &example.definitions {
            let text = definition.to_string().replace("127.0.0.1:8080", &server.address);
            let definition: Json = serde_json::from_str(&text).unwrap();
            definition["workflow"]["id"].as_str().unwrap().clone_into(&mut workflow_id);
            engine.push(definition).await.unwrap();
        }
        let request = StartRequest { workflow_id, ..StartRequest::default() };
        let run = engine.start(request).await.unwrap().run;
        let status = engine.wait(run.clone()).await.unwrap();
        let steps = engine.steps(&run, false).await.unwrap();
        assert_eq!(status.as_str(), "SUCCEEDED", "{}: {steps:#?}", example.title);
        for (id, expected) in example.outputs.as_object().into_iter().flatten() {
            let step = steps.iter().find(|step| step.step_id == *id).unwrap();
            for (name, value) in expected.as_object().unwrap() {
                assert_eq!(step.params()[name], *value, "{}: {id}.{name}", example.title);
            }
        }
        engine.stop().await;
        titles.push(example.title);
    }
    let all = ["NoOp", "Sleep", "Shell", "Python", "Http", "foreach", "while", "subworkflow"];
    assert_eq!(titles, all);
}

/// A build without a step type refuses a definition that needs it, and says how to get it.
#[cfg(not(feature = "kubernetes"))]
#[tokio::test]
async fn a_step_type_that_the_build_lacks_is_refused() {
    let refused =
        examples().into_iter().filter(|e| ["Kubernetes", "Notebook"].contains(&&*e.title));
    for example in refused {
        let store = Arc::new(SqliteStore::memory().await.unwrap());
        let engine = Builder::new(store).start();
        let error = engine.push(example.definitions[0].clone()).await.unwrap_err().to_string();
        let name = example.title.to_lowercase();
        assert_eq!(
            error,
            format!(
                "steps[0].type: steps of type `{name}` need the feature `kubernetes`, which this \
                 build lacks: build it with `--features kubernetes`"
            )
        );
    }
}
