//! Kubernetes and Notebook: a pod for every attempt.
//!
//! The pod is named after the attempt (or by `job_deduplication_key`), so a start that is repeated
//! after a crash finds the pod of the first and goes on with it. Its log is read while it runs;
//! output params come from the markers in it. A stopped or timed-out step's pod is deleted.

mod cluster;
mod notebook;
mod pod;
mod status;

use async_trait::async_trait;
use k8s_openapi::api::core::v1::Pod;
use kube::Api;
use serde_json::{Map, Value as Json, json};
use tokio::sync::OnceCell;

pub use notebook::Notebook;

use super::capture::Capture;
use super::{Failure, Outcome, Report, StepContext, StepRuntime};
use cluster::Lost;
use pod::Job;
use status::End;

/// Runs the container of the param `kubernetes` as a pod to its end.
#[derive(Debug)]
pub struct Kubernetes {
    server: Option<String>,
    pods: OnceCell<Api<Pod>>,
}

impl Kubernetes {
    /// Talks to the API server at this URL, or to that of the kubeconfig or of the pod in which
    /// it runs itself, in the namespace of that.
    #[must_use]
    pub fn new(server: Option<String>) -> Kubernetes {
        Kubernetes { server, pods: OnceCell::new() }
    }

    async fn pods(&self) -> Result<&Api<Pod>, Failure> {
        let connect = || cluster::connect(self.server.as_deref());
        let pods = self.pods.get_or_try_init(connect).await;
        pods.map_err(|message| Failure(Outcome::PlatformError, message))
    }

    async fn launch(&self, job: &Job) -> Report {
        let pods = match self.pods().await {
            Ok(pods) => pods,
            Err(failure) => return failure.into(),
        };
        match cluster::create(pods, job).await {
            Ok(()) => {
                let mut report = Report::done();
                report.artifacts.insert("maestro_kubernetes".to_owned(), job.artifact(None));
                report
            }
            Err(message) => Report::failed(Outcome::PlatformError, message),
        }
    }

    async fn follow(&self, context: &StepContext, job: &Job) -> Report {
        let pods = match self.pods().await {
            Ok(pods) => pods,
            Err(failure) => return failure.into(),
        };
        let capture = Capture::default();
        let end = cluster::follow(pods, &job.name, context, &capture).await;
        let mut report = match end {
            Ok(End::Succeeded) => match capture.output() {
                Ok(output) => {
                    let mut report = Report::done();
                    report.outputs = output.params;
                    report.artifacts = output.artifacts;
                    report
                }
                Err(message) => Report::failed(Outcome::UserError, message),
            },
            Ok(End::Failed(outcome, message)) => {
                let mut report = Report::failed(outcome, message);
                // What it says about trying again is read all the same.
                report.artifacts = capture.output().unwrap_or_default().artifacts;
                report
            }
            Err(Lost::Gone) => {
                let message = format!("the pod `{}` was deleted", job.name);
                Report::failed(Outcome::PlatformError, message)
            }
            Err(Lost::Log(message)) => Report::failed(Outcome::PlatformError, message),
        };
        let output = capture.tail().join("\n");
        report.artifacts.insert("maestro_kubernetes".to_owned(), job.artifact(Some(&output)));
        report
    }

    async fn end(&self, context: &StepContext, job: &Job) {
        if let Ok(pods) = self.pods().await
            && let Err(message) = cluster::delete(pods, &job.name).await
        {
            let _ = context.log.send(("stderr", format!("[{message}]")));
        }
    }
}

fn unfit(message: String) -> Report {
    Report::failed(Outcome::FatalError, message)
}

/// The definition of the default param `kubernetes`.
fn default_param() -> Json {
    json!({"type": "MAP", "value": {
        "app_name": {"value": "maestro-job", "type": "STRING"},
        "env": {"value": {}, "type": "STRING_MAP"}}})
}

#[async_trait]
impl StepRuntime for Kubernetes {
    fn default_params(&self) -> Map<String, Json> {
        Map::from_iter([("kubernetes".to_owned(), default_param())])
    }

    async fn start(&self, context: &StepContext) -> Report {
        match Job::new(context) {
            Ok(job) => self.launch(&job).await,
            Err(message) => unfit(message),
        }
    }

    async fn execute(&self, context: &StepContext) -> Report {
        match Job::new(context) {
            Ok(job) => self.follow(context, &job).await,
            Err(message) => unfit(message),
        }
    }

    async fn terminate(&self, context: &StepContext) {
        if let Ok(job) = Job::new(context) {
            self.end(context, &job).await;
        }
    }
}
