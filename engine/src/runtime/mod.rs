//! What executes leaf steps: one trait, one file a type.
//!
//! Execution is at least once: after a crash `start` and `execute` may be called again for the
//! same attempt, so a runtime names what it makes after the attempt's id.

mod basic;
mod capture;
mod environment;
mod http;
#[cfg(feature = "kubernetes")]
mod kubernetes;
mod orphan;
mod output;
mod process;
mod python;
mod scratch;
mod shell;
mod venv;

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Map, Value as Json};
use tokio::sync::mpsc::UnboundedSender;

pub use basic::{NoOp, Sleep};
pub use http::Http;
#[cfg(feature = "kubernetes")]
pub use kubernetes::{Kubernetes, Notebook};
pub use output::{Output, parse_output};
pub use python::Python;
pub use shell::Shell;

use crate::clock::Clock;
pub use crate::core::Outcome;

/// Who is executing.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Identity {
    /// The workflow, inline ones included.
    pub workflow_id: String,
    /// The instance.
    pub instance_id: i64,
    /// The run.
    pub run_id: i64,
    /// The step.
    pub step_id: String,
    /// The attempt, from 1.
    pub attempt: u32,
    /// Derived from all of the above: the same after a crash.
    pub uuid: String,
    /// The same in the whole tree of instances.
    pub correlation_id: String,
}

impl Identity {
    /// `workflow:instance:run:step:attempt`.
    #[must_use]
    pub fn subject(&self) -> String {
        format!(
            "{}:{}:{}:{}:{}",
            self.workflow_id, self.instance_id, self.run_id, self.step_id, self.attempt
        )
    }
}

/// A line of a step's output: its stream and text.
pub type LogLine = (&'static str, String);

/// All that a runtime may know of the attempt it executes.
#[derive(Clone)]
pub struct StepContext {
    /// Who.
    pub identity: Identity,
    /// The step's evaluated params by name.
    pub params: Arc<Map<String, Json>>,
    /// The workflow's evaluated params by name.
    pub workflow_params: Arc<Map<String, Json>>,
    /// When the attempt was started, in epoch milliseconds.
    pub start_time: i64,
    /// The timeout of the step in milliseconds, when it has one.
    pub timeout: Option<i64>,
    /// How critical the workflow is, when it says so.
    pub criticality: Option<String>,
    /// The engine's clock.
    pub clock: Arc<dyn Clock>,
    /// Where lines of output go.
    pub log: UnboundedSender<LogLine>,
    /// Evaluates SEL with the given inputs over the step's and the workflow's params.
    pub evaluate: Evaluate,
}

/// Evaluates SEL with the given inputs over the params that a step sees.
pub type Evaluate = Arc<dyn Fn(&str, &Map<String, Json>) -> Result<Json, String> + Send + Sync>;

impl std::fmt::Debug for StepContext {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("StepContext").field("identity", &self.identity).finish_non_exhaustive()
    }
}

impl StepContext {
    /// A param as text.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name).and_then(Json::as_str)
    }
}

/// What a call of a runtime came to.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Report {
    /// The end; `None` to be called again.
    pub outcome: Option<Outcome>,
    /// Milliseconds until the next call.
    pub delay: i64,
    /// Merged into the step's artifacts by key.
    pub artifacts: Map<String, Json>,
    /// Output params by name; merged when the step succeeds.
    pub outputs: Map<String, Json>,
    /// For the step's timeline.
    pub message: Option<String>,
}

impl Report {
    /// The work is done.
    #[must_use]
    pub fn done() -> Report {
        Report { outcome: Some(Outcome::Done), ..Report::default() }
    }
    /// Call again after so many milliseconds.
    #[must_use]
    pub fn again(delay: i64) -> Report {
        Report { delay, ..Report::default() }
    }
    /// It failed, and why.
    #[must_use]
    pub fn failed(outcome: Outcome, message: impl Into<String>) -> Report {
        Report { outcome: Some(outcome), message: Some(message.into()), ..Report::default() }
    }
}

/// Why an attempt came to nothing.
#[derive(Debug)]
struct Failure(Outcome, String);

impl From<Failure> for Report {
    fn from(Failure(outcome, message): Failure) -> Report {
        Report::failed(outcome, message)
    }
}

/// Executes the steps of one type.
#[async_trait]
pub trait StepRuntime: Send + Sync + 'static {
    /// The params that every step of the type has by default, as definitions.
    fn default_params(&self) -> Map<String, Json> {
        Map::new()
    }
    /// Called when the attempt enters STARTING. An outcome other than done ends the attempt.
    async fn start(&self, context: &StepContext) -> Report {
        let _ = context;
        Report::done()
    }
    /// Called in RUNNING until there is an outcome. Dropped when the attempt is stopped or times
    /// out, so what it holds must end when it is dropped.
    async fn execute(&self, context: &StepContext) -> Report;
    /// Called after `execute` was dropped, to end what lives elsewhere.
    async fn terminate(&self, context: &StepContext) {
        let _ = context;
    }
}

/// The runtimes by the lower-case name of their type.
#[derive(Clone, Default)]
pub struct Registry(HashMap<String, Arc<dyn StepRuntime>>);

impl std::fmt::Debug for Registry {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

/// What the built-in runtimes may use.
#[derive(Debug, Clone, Default)]
pub struct RuntimeOptions {
    /// Hosts that Http steps may call; `*` for any.
    pub http_allow: Vec<String>,
    /// Where Python environments are kept; a directory in the user's cache by default.
    pub cache: Option<PathBuf>,
    /// The URL of the API server of Kubernetes; what the kubeconfig says by default.
    pub kubernetes: Option<String>,
}

impl Registry {
    /// The built-in types: NoOp, Sleep, Shell, Python, Http; Kubernetes and Notebook with the
    /// feature `kubernetes`.
    #[must_use]
    pub fn standard(options: RuntimeOptions) -> Registry {
        let mut registry = Registry::default();
        registry.add("noop", NoOp);
        registry.add("sleep", Sleep);
        registry.add("shell", Shell);
        registry.add("python", Python::new(options.cache));
        registry.add("http", Http::new(options.http_allow));
        #[cfg(feature = "kubernetes")]
        {
            registry.add("kubernetes", Kubernetes::new(options.kubernetes.clone()));
            registry.add("notebook", Notebook::new(Kubernetes::new(options.kubernetes)));
        }
        registry
    }
    /// Adds a type, or replaces it.
    pub fn add(&mut self, type_name: &str, runtime: impl StepRuntime) {
        self.0.insert(type_name.to_lowercase(), Arc::new(runtime));
    }
    /// The runtime of a type.
    #[must_use]
    pub fn get(&self, type_name: &str) -> Option<Arc<dyn StepRuntime>> {
        self.0.get(type_name).cloned()
    }

    /// What to say of steps of a type, in lower case, that this build cannot execute.
    #[must_use]
    pub fn lacks(&self, type_name: &str) -> Option<String> {
        let feature = match type_name {
            _ if self.0.contains_key(type_name) => return None,
            "kubernetes" | "notebook" => "kubernetes",
            _ => return Some(format!("steps of type `{type_name}` have no runtime")),
        };
        Some(format!(
            "steps of type `{type_name}` need the feature `{feature}`, which this build lacks: \
             build it with `--features {feature}`"
        ))
    }
}
