//! Kubernetes and Notebook against an API server of our own.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod api;
#[allow(dead_code, reason = "shared with another test, which uses all of it")]
#[path = "../runtimes/context.rs"]
mod context;
#[path = "../runtimes/documented.rs"]
mod documented;

use std::sync::Arc;

use api::Cluster;
use sel_engine::run::StepView;
use sel_engine::runtime::{
    Kubernetes, Notebook, Outcome, Registry, Report, RuntimeOptions, StepContext, StepRuntime,
};
use serde_json::{Value as Json, json};
use tokio::task::JoinHandle;

use context::{context, outputs};

fn job(more: Json) -> Json {
    let mut job = json!({"image": "alpine:3", "app_name": "job"});
    job.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    json!({"kubernetes": job})
}

/// Starts and executes an attempt, as the engine does.
fn run(runtime: impl StepRuntime, context: StepContext) -> JoinHandle<(Report, Report)> {
    tokio::spawn(async move {
        let started = runtime.start(&context).await;
        if started.outcome != Some(Outcome::Done) {
            return (started.clone(), started);
        }
        let report = runtime.execute(&context).await;
        (started, report)
    })
}

fn runtime(cluster: &Cluster) -> Kubernetes {
    Kubernetes::new(Some(cluster.url.clone()))
}

fn marked(json: &str) -> String {
    format!("MAESTRO_OUTPUT_START_TOKEN\n{json}\nMAESTRO_OUTPUT_END_TOKEN\n")
}

fn message(report: &Report) -> &str {
    report.message.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn a_pod_is_what_the_params_ask_for() {
    let cluster = Cluster::start().await;
    let (context, _lines) = context(job(json!({
        "command": ["echo", "a b"], "args": ["c"], "env": {"A": "1"}, "cpu": "500m",
        "memory": "1Gi", "disk": "2Gi", "gpu": "1", "owner_email": "a@b",
        "pre_stop": {"exec": {"command": ["bye"]}}
    })));
    let uuid = context.identity.uuid.clone();
    let running = run(runtime(&cluster), context);
    let pod = cluster.created().await;
    assert_eq!(pod["metadata"]["name"], uuid);
    assert_eq!(pod["metadata"]["labels"]["maestro/step_id"], "s");
    assert_eq!(pod["metadata"]["labels"]["app.kubernetes.io/name"], "job");
    assert_eq!(pod["metadata"]["annotations"]["maestro/owner_email"], "a@b");
    assert_eq!(pod["spec"]["restartPolicy"], "Never");
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["name"], "maestro-job");
    assert_eq!(container["image"], "alpine:3");
    assert_eq!(container["command"], json!(["echo", "a b"]));
    assert_eq!(container["args"], json!(["c"]));
    assert_eq!(
        container["resources"]["limits"],
        json!({"cpu": "500m", "memory": "1Gi", "ephemeral-storage": "2Gi", "nvidia.com/gpu": "1"})
    );
    assert_eq!(container["lifecycle"]["preStop"]["exec"]["command"], json!(["bye"]));
    let env = container["env"].as_array().unwrap();
    for (name, value) in [
        ("A", "1"),
        ("MAESTRO_OUTPUT_START", "MAESTRO_OUTPUT_START_TOKEN"),
        ("MAESTRO_OUTPUT_END", "MAESTRO_OUTPUT_END_TOKEN"),
        ("MAESTRO_STEP_UUID", uuid.as_str()),
    ] {
        assert!(env.contains(&json!({"name": name, "value": value})), "{env:?}");
    }
    cluster.finish(&uuid, "Succeeded", "");
    let (started, report) = running.await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    let artifact = &started.artifacts["maestro_kubernetes"];
    assert_eq!(artifact["job_id"], uuid);
    assert_eq!(artifact["execution_script"], "echo a b c");
    assert_eq!(artifact["command"]["cpu"], "500m");
}

#[tokio::test]
async fn its_log_is_seen_as_it_comes_and_gives_the_output() {
    let cluster = Cluster::start().await;
    let (context, mut lines) = context(job(json!({"entrypoint": "echo $HOME"})));
    let uuid = context.identity.uuid.clone();
    let running = run(runtime(&cluster), context);
    let pod = cluster.created().await;
    assert_eq!(pod["spec"]["containers"][0]["command"], json!(["/bin/sh", "-c", "echo $HOME"]));
    cluster.print(&uuid, "first\nsec");
    cluster.status(&uuid, json!({"phase": "Running"}));
    assert_eq!(lines.recv().await.unwrap(), ("stdout", "first".to_owned()), "while it runs");
    cluster.print(&uuid, "ond\n");
    assert_eq!(lines.recv().await.unwrap(), ("stdout", "second".to_owned()));
    let json =
        r#"{"params": {"n": {"value": 3, "type": "LONG"}}, "artifacts": {"mine": {"a": 1}}}"#;
    cluster.finish(&uuid, "Succeeded", &format!("{}last, without an end", marked(json)));
    let (_, report) = running.await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert_eq!(outputs(&report), json!({"n": 3}));
    assert_eq!(report.artifacts["mine"], json!({"a": 1}));
    let output = report.artifacts["maestro_kubernetes"]["execution_output"].as_str().unwrap();
    assert!(output.starts_with("first\nsecond\n"), "{output}");
    let mut rest = Vec::new();
    while let Some((_, line)) = lines.recv().await {
        rest.push(line);
    }
    assert_eq!(rest.len(), 4, "every line once: {rest:?}");
    assert_eq!(rest[3], "last, without an end");
}

#[tokio::test]
async fn a_repeated_start_goes_on_with_the_first_pod() {
    let cluster = Cluster::start().await;
    let (context, _lines) = context(job(json!({})));
    let uuid = context.identity.uuid.clone();
    let first = run(runtime(&cluster), context.clone());
    cluster.created().await;
    // The engine is killed, and the next one starts the attempt again.
    first.abort();
    let second = run(runtime(&cluster), context);
    cluster.asked("POST", 2).await;
    cluster.finish(&uuid, "Succeeded", &marked(r#"{"params": {"n": 1}}"#));
    let (_, report) = second.await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert_eq!(outputs(&report), json!({"n": 1}));
    assert_eq!(cluster.names(), [uuid]);
}

#[tokio::test]
async fn a_pod_of_somebody_else_is_left_alone() {
    let cluster = Cluster::start().await;
    let (context, _lines) = context(job(json!({"job_deduplication_key": "mine"})));
    cluster.add(json!({"metadata": {"name": "mine"}, "status": {"phase": "Succeeded"}}));
    let (report, _) = run(runtime(&cluster), context.clone()).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::PlatformError));
    assert_eq!(message(&report), "there is a pod `mine` that is not of this step");
    // One of another attempt under a chosen name is what the name is for.
    cluster.add(json!({"metadata": {"name": "mine", "labels": {"maestro/step_uuid": "other"}},
                       "status": {"phase": "Succeeded"}}));
    let (_, report) = run(runtime(&cluster), context).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
}

#[tokio::test]
async fn a_pod_that_is_being_deleted_is_waited_for() {
    let cluster = Cluster::start().await;
    let (context, _lines) = context(job(json!({})));
    let uuid = context.identity.uuid.clone();
    cluster.add(json!({"metadata": {"name": uuid, "deletionTimestamp": "2026-01-01T00:00:00Z",
        "labels": {"maestro/step_uuid": uuid}}, "status": {"phase": "Running"}}));
    let running = run(runtime(&cluster), context);
    cluster.asked("POST", 2).await;
    cluster.remove(&uuid);
    let pod = cluster.created().await;
    assert_eq!(pod["status"]["phase"], "Pending", "a new one");
    cluster.finish(&uuid, "Succeeded", "");
    assert_eq!(running.await.unwrap().1.outcome, Some(Outcome::Done));
}

#[tokio::test]
async fn failures_have_their_class() {
    let ended = |code: i32, reason: &str| {
        json!({"phase": "Failed", "containerStatuses": [{"name": "maestro-job", "ready": false,
            "image": "i", "imageID": "", "restartCount": 0,
            "state": {"terminated": {"exitCode": code, "reason": reason}}}]})
    };
    for (status, outcome, said) in [
        (ended(3, "Error"), Outcome::UserError, "the container ended with exit code 3 (Error)"),
        (
            json!({"phase": "Failed", "reason": "Evicted", "message": "low on disk"}),
            Outcome::PlatformError,
            "the cluster ended the pod: Evicted low on disk",
        ),
    ] {
        let cluster = Cluster::start().await;
        let (context, _lines) = context(job(json!({})));
        let uuid = context.identity.uuid.clone();
        let running = run(runtime(&cluster), context);
        cluster.created().await;
        cluster.print(&uuid, &marked(r#"{"artifacts": {"maestro_retry": {"retryable": false}}}"#));
        cluster.status(&uuid, status);
        let (_, report) = running.await.unwrap();
        assert_eq!((report.outcome, message(&report)), (Some(outcome), said));
        assert_eq!(report.artifacts["maestro_retry"]["retryable"], false);
    }
}

#[tokio::test]
async fn output_that_is_no_json_is_the_users_error() {
    let cluster = Cluster::start().await;
    let (context, _lines) = context(job(json!({})));
    let uuid = context.identity.uuid.clone();
    let running = run(runtime(&cluster), context);
    cluster.created().await;
    cluster.finish(&uuid, "Succeeded", &marked("{nonsense"));
    let (_, report) = running.await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::UserError));
    assert!(message(&report).starts_with("the output is not JSON"), "{report:?}");
}

#[tokio::test]
async fn a_pod_that_vanishes_is_the_platforms_error() {
    let cluster = Cluster::start().await;
    let (context, _lines) = context(job(json!({})));
    let uuid = context.identity.uuid.clone();
    let running = run(runtime(&cluster), context);
    cluster.created().await;
    cluster.remove(&uuid);
    let (_, report) = running.await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::PlatformError));
    assert_eq!(message(&report), format!("the pod `{uuid}` was deleted"));
}

#[tokio::test]
async fn errors_of_the_server_while_it_runs_are_lived_through() {
    let cluster = Cluster::start().await;
    let (context, mut lines) = context(job(json!({})));
    let uuid = context.identity.uuid.clone();
    let get = "GET /api/v1/namespaces/default/pods/";
    cluster.fail(get, 500);
    cluster.fail(get, 0);
    cluster.fail(get, 401);
    let running = run(runtime(&cluster), context);
    cluster.created().await;
    cluster.asked(get, 4).await;
    cluster.finish(&uuid, "Succeeded", &marked(r#"{"params": {"n": 1}}"#));
    let (_, report) = running.await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    let (_, line) = lines.recv().await.unwrap();
    assert_eq!(line, "[the cluster answers 500: as the test wants it]");
}

#[tokio::test]
async fn a_start_that_is_refused_is_the_platforms_error() {
    let cluster = Cluster::start().await;
    let (refused, _lines) = context(job(json!({"image": "no image"})));
    let (report, _) = run(runtime(&cluster), refused).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::PlatformError));
    assert!(message(&report).contains("the cluster answers 422: spec.containers[0].image"));
    for params in [json!({}), json!({"kubernetes": {}}), json!({"kubernetes": {"image": ""}})] {
        let (context, _lines) = context(params);
        let (report, _) = run(runtime(&cluster), context).await.unwrap();
        assert_eq!(report.outcome, Some(Outcome::FatalError), "no retry mends it");
    }
    let url = cluster.url.clone();
    drop(cluster);
    let (context, _lines) = context(job(json!({})));
    let (report, _) = run(Kubernetes::new(Some(url)), context).await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::PlatformError));
    assert!(message(&report).contains("the cluster does not answer"), "{report:?}");
}

#[tokio::test]
async fn a_stopped_steps_pod_is_deleted() {
    let cluster = Cluster::start().await;
    let (context, _lines) = context(job(json!({})));
    let uuid = context.identity.uuid.clone();
    let runtime = runtime(&cluster);
    assert_eq!(runtime.start(&context).await.outcome, Some(Outcome::Done));
    cluster.status(&uuid, json!({"phase": "Running"}));
    cluster.fail("DELETE", 503);
    runtime.terminate(&context).await;
    assert!(cluster.names().is_empty(), "in spite of an answer 503");
    runtime.terminate(&context).await;
    // One that has ended is left to be looked at.
    assert_eq!(runtime.start(&context).await.outcome, Some(Outcome::Done));
    cluster.status(&uuid, json!({"phase": "Failed"}));
    runtime.terminate(&context).await;
    assert_eq!(cluster.names(), [uuid]);
}

#[tokio::test]
async fn what_a_pod_waits_for_is_in_its_log() {
    let cluster = Cluster::start().await;
    let (context, mut lines) = context(job(json!({})));
    let uuid = context.identity.uuid.clone();
    let running = run(runtime(&cluster), context);
    cluster.created().await;
    cluster.status(
        &uuid,
        json!({"phase": "Pending", "containerStatuses": [{"name": "maestro-job", "ready": false,
            "image": "", "imageID": "", "restartCount": 0,
            "state": {"waiting": {"reason": "ImagePullBackOff", "message": "no such image"}}}]}),
    );
    let (_, line) = lines.recv().await.unwrap();
    assert_eq!(line, "[the pod waits: ImagePullBackOff: no such image]");
    cluster.finish(&uuid, "Succeeded", "");
    assert_eq!(running.await.unwrap().1.outcome, Some(Outcome::Done));
}

#[tokio::test]
async fn a_notebook_is_run_by_papermill() {
    let cluster = Cluster::start().await;
    let params = json!({
        "kubernetes": {"image": "papermill"},
        "notebook": {"input_path": "dir/it's.ipynb", "output_path": "out.ipynb",
            "git_repo": "https://example.org/r.git", "git_branch": "main",
            "init_command": "pip install x &&", "papermill_arguments": ["-k", "python3"]},
        "day": "20260101", "none": "", "quote": "a'b", "step_attempt_id": 1
    });
    let (mut context, _lines) = context(params);
    context.timeout = Some(60_000);
    context.criticality = Some("HIGH".to_owned());
    let uuid = context.identity.uuid.clone();
    let running = run(Notebook::new(runtime(&cluster)), context);
    let pod = cluster.created().await;
    let command = pod["spec"]["containers"][0]["command"].as_array().unwrap();
    assert_eq!(command[..2], [json!("/bin/sh"), json!("-c")]);
    assert_eq!(
        command[2],
        r#"pip install x && git clone -b 'main' 'https://example.org/r.git' notebook_repo && cd "notebook_repo/$(dirname 'dir/it'\''s.ipynb')" && papermill "$(basename 'dir/it'\''s.ipynb')" 'out.ipynb' -y '{"workflow_param":"from the workflow","day":"20260101","quote":"a'\''b","attempt_number":0,"timeout_in_millis":60000,"criticality":"HIGH"}' --log-output '-k' 'python3' '--start_timeout' '600'"#
    );
    cluster.finish(&uuid, "Succeeded", &marked(r#"{"params": {"n": 1}}"#));
    let (started, report) = running.await.unwrap();
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert_eq!(started.artifacts["maestro_notebook"]["output_path"], "out.ipynb");
    assert_eq!(outputs(&report), json!({"n": 1}));
}

#[tokio::test]
async fn a_notebook_needs_little() {
    let cluster = Cluster::start().await;
    let params = json!({"kubernetes": {"image": "i"}, "notebook": {"input_path": "a.ipynb"}});
    let (context, _lines) = context(params);
    let uuid = context.identity.uuid.clone();
    let runtime = Notebook::new(runtime(&cluster));
    let report = runtime.start(&context).await;
    let output = report.artifacts["maestro_notebook"]["output_path"].as_str().unwrap();
    assert_eq!(output, format!("maestro-output_19700101000000__1_s_{uuid}.ipynb"));
    runtime.terminate(&context).await;
    assert!(cluster.names().is_empty());
    for params in [
        json!({"kubernetes": {"image": "i"}}),
        json!({"kubernetes": {"image": "i"}, "notebook": {}}),
        json!({"notebook": {"input_path": "a"}}),
    ] {
        let (context, _lines) = crate::context::context(params);
        let report = runtime.start(&context).await;
        assert_eq!(report.outcome, Some(Outcome::FatalError), "{report:?}");
    }
}

/// The pod that the engine makes of a step of a definition, and the step's end.
async fn pod_of(kind: &str, params: Json, end: (&str, &str)) -> (Option<Json>, StepView) {
    use sel_engine::run::{Builder, StartRequest};
    use sel_engine::store::SqliteStore;

    let cluster = Cluster::start().await;
    let options =
        RuntimeOptions { kubernetes: Some(cluster.url.clone()), ..RuntimeOptions::default() };
    let store = Arc::new(SqliteStore::memory().await.unwrap());
    let engine = Builder::new(store).registry(Registry::standard(options)).start();
    let definition = json!({"properties": {"owner": "ada"}, "workflow": {"id": "w",
        "criticality": "low", "params": {"none": {"value": "", "type": "STRING"}},
        "steps": [{"step": {"id": "s", "type": kind, "params": params,
            "retry_policy": {"error_retry_limit": 0, "platform_retry_limit": 0}}}]}});
    engine.push(definition).await.unwrap();
    let request = StartRequest { workflow_id: "w".to_owned(), ..StartRequest::default() };
    let run = engine.start(request).await.unwrap().run;
    let ended = tokio::spawn({
        let (engine, run) = (engine.clone(), run.clone());
        async move { engine.wait(run).await }
    });
    let mut pod = None;
    if !end.0.is_empty() {
        let created = cluster.created().await;
        cluster.finish(created["metadata"]["name"].as_str().unwrap(), end.0, end.1);
        pod = Some(created);
    }
    ended.await.unwrap().unwrap();
    let step = engine.steps(&run, false).await.unwrap().remove(0);
    engine.stop().await;
    (pod, step)
}

fn text(value: &str) -> Json {
    json!({"value": value, "type": "STRING"})
}

fn map(value: Json) -> Json {
    json!({"value": value, "type": "MAP"})
}

#[tokio::test(flavor = "multi_thread")]
async fn the_params_of_a_definition_reach_the_pod() {
    let stop = map(json!({"exec": map(json!({
        "command": {"value": ["bye", "now"], "type": "STRING_ARRAY"}}))}));
    let asked = map(json!({
        "image": text("alpine"), "cpu": {"value": 2, "type": "STRING"}, "pre_stop": stop,
        "env": {"value": {"A": 1}, "type": "STRING_MAP"},
        "args": {"value": ["x y"], "type": "STRING_ARRAY"},
        "job_deduplication_key": {"expression": "'load-' + RUN_DATE", "type": "STRING"}}));
    let (pod, step) = pod_of("Kubernetes", json!({"kubernetes": asked}), ("Succeeded", "")).await;
    let pod = pod.unwrap();
    assert_eq!(step.state.status().as_str(), "SUCCEEDED", "{:?}", step.data.timeline);
    assert!(pod["metadata"]["name"].as_str().unwrap().starts_with("load-20"), "{pod}");
    assert_eq!(pod["metadata"]["labels"]["app.kubernetes.io/name"], "maestro-job");
    let container = &pod["spec"]["containers"][0];
    assert_eq!(container["resources"]["limits"], json!({"cpu": "2"}));
    assert_eq!(container["args"], json!(["x y"]));
    assert_eq!(container["command"], Json::Null);
    assert_eq!(container["lifecycle"]["preStop"]["exec"]["command"], json!(["bye", "now"]));
    assert!(container["env"].as_array().unwrap().contains(&json!({"name": "A", "value": "1"})));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_params_of_a_definition_reach_the_notebook() {
    let image = map(json!({"image": text("papermill")}));
    let notebook = map(json!({"input_path": text("a.ipynb"), "git_repo": text("r"),
        "git_submodules": {"value": true, "type": "BOOLEAN"}}));
    let params = json!({"kubernetes": image, "notebook": notebook, "day": text("1")});
    let (pod, step) = pod_of("Notebook", params, ("Succeeded", "")).await;
    assert_eq!(step.state.status().as_str(), "SUCCEEDED", "{:?}", step.data.timeline);
    let pod = pod.unwrap();
    let command = pod["spec"]["containers"][0]["command"][2].as_str().unwrap();
    assert!(command.starts_with("git clone --recurse-submodules 'r'"), "{command}");
    let given = command.split(" -y '").nth(1).unwrap().split("' --log-output").next().unwrap();
    let given: Json = serde_json::from_str(given).unwrap();
    for (name, value) in [
        ("day", json!("1")),
        ("owner", json!("ada")),
        ("attempt_number", json!(0)),
        ("criticality", json!("LOW")),
    ] {
        assert_eq!(given[name], value, "{name} of {given}");
    }
    for name in ["none", "workflow_id", "step_instance_uuid", "maestro_step_satisfied"] {
        assert!(given.get(name).is_none(), "{name} of {given}");
    }
    let output = step.data.artifacts["maestro_notebook"]["output_path"].as_str().unwrap();
    assert!(output.starts_with("maestro-output_20"), "{output}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ends_have_their_status() {
    let image = json!({"kubernetes": map(json!({"image": text("i")}))});
    let final_failure = marked(r#"{"artifacts": {"maestro_retry": {"retryable": false}}}"#);
    for (params, end, status) in [
        (image.clone(), ("Failed", ""), "USER_FAILED FATALLY_FAILED"),
        (image.clone(), ("Failed", final_failure.as_str()), "FATALLY_FAILED"),
        (
            image.clone(),
            ("Succeeded", "MAESTRO_OUTPUT_START_TOKEN\n{\nMAESTRO_OUTPUT_END_TOKEN\n"),
            "USER_FAILED FATALLY_FAILED",
        ),
        (
            json!({"kubernetes": map(json!({"image": text("no image")}))}),
            ("", ""),
            "PLATFORM_FAILED FATALLY_FAILED",
        ),
    ] {
        let (_, step) = pod_of("Kubernetes", params.clone(), end).await;
        let found = step.state.status();
        assert!(status.contains(found.as_str()), "{params} {end:?}: {found}");
    }
}

/// What `docs/steps.md` shows, run by the engine.
#[tokio::test(flavor = "multi_thread")]
async fn the_documented_definitions_run() {
    use sel_engine::run::{Builder, StartRequest};
    use sel_engine::store::SqliteStore;

    let mut titles = Vec::new();
    for example in documented::examples() {
        if !["Kubernetes", "Notebook"].contains(&example.title.as_str()) {
            continue;
        }
        let cluster = Cluster::start().await;
        let options =
            RuntimeOptions { kubernetes: Some(cluster.url.clone()), ..RuntimeOptions::default() };
        let store = Arc::new(SqliteStore::memory().await.unwrap());
        let engine = Builder::new(store).registry(Registry::standard(options)).start();
        let definition = example.definitions[0].clone();
        let workflow_id = definition["workflow"]["id"].as_str().unwrap().to_owned();
        engine.push(definition).await.unwrap();
        let request = StartRequest { workflow_id, ..StartRequest::default() };
        let run = engine.start(request).await.unwrap().run;
        let pod = cluster.created().await;
        let name = pod["metadata"]["name"].as_str().unwrap();
        cluster.status(name, json!({"phase": "Running"}));
        let json = r#"{"params": {"rows": {"value": 42, "type": "LONG"}}}"#;
        cluster.finish(name, "Succeeded", &marked(json));
        assert_eq!(engine.wait(run.clone()).await.unwrap().as_str(), "SUCCEEDED");
        let step = engine.steps(&run, false).await.unwrap().remove(0);
        let (id, expected) = example.outputs.as_object().unwrap().iter().next().unwrap();
        assert_eq!(step.step_id, *id);
        assert_eq!(step.params()["rows"], expected["rows"]);
        assert_eq!(step.data.artifacts["maestro_kubernetes"]["job_id"], name);
        let command = pod["spec"]["containers"][0]["command"][2].as_str().unwrap();
        assert!(command.contains("$MAESTRO_OUTPUT_START") || command.contains("papermill"));
        engine.stop().await;
        titles.push(example.title);
    }
    assert_eq!(titles, ["Kubernetes", "Notebook"]);
}
