//! What steps leave behind besides params.

use indexmap::IndexMap;

use super::record::{add_rest, field, names, record, rest, through_serde, unknown};
use super::run::RunPolicy;
use super::{Extra, Model};
use crate::document::{Key, Node, Path, Problems, Value};

names! {
    /// The kinds of artifact.
    pub enum ArtifactType {
        /// `maestro_subworkflow`
        Subworkflow = "SUBWORKFLOW",
        /// `maestro_foreach`
        Foreach = "FOREACH",
        /// `maestro_while`
        While = "WHILE",
        /// `maestro_http`
        Http = "HTTP",
        /// `maestro_kubernetes`
        Kubernetes = "KUBERNETES",
        /// `maestro_notebook`
        Notebook = "NOTEBOOK",
        /// `maestro_titus`
        Titus = "TITUS",
        /// `maestro_dynamic_output`
        DynamicOutput = "DYNAMIC_OUTPUT",
        /// `maestro_retry`
        Retry = "RETRY",
        /// Any other key.
        Default = "DEFAULT",
    }
}

record! {
    /// The child of a subworkflow step.
    pub struct SubworkflowArtifact {
        /// The child's workflow.
        subworkflow_id: String,
        /// Its version.
        subworkflow_version_id: i64,
        /// Its instance.
        subworkflow_instance_id: i64,
        /// Its run.
        subworkflow_run_id: i64,
        /// Its identity.
        subworkflow_uuid: String,
        /// Its overview.
        subworkflow_overview: Option<serde_json::Value>,
    }
}

record! {
    /// The iterations of a foreach step.
    pub struct ForeachArtifact {
        /// The inline workflow.
        foreach_workflow_id: String,
        /// The identity of the foreach.
        foreach_identity: String,
        /// The run of its iterations.
        foreach_run_id: i64,
        /// What the run does.
        run_policy: RunPolicy,
        /// The run of the parent.
        run_id: i64,
        /// Iterations above.
        ancestor_iteration_count: Option<i64>,
        /// All iterations.
        total_loop_count: i64,
        /// The next one to launch, from 0.
        next_loop_index: i64,
        /// Where they are.
        foreach_overview: Option<serde_json::Value>,
        /// A restart of one iteration.
        pending_action: Option<serde_json::Value>,
    }
}

record! {
    /// The iterations of a while step.
    pub struct WhileArtifact {
        /// The inline workflow.
        loop_workflow_id: String,
        /// The identity of the loop.
        loop_identity: String,
        /// The run of its iterations.
        loop_run_id: i64,
        /// What the run does.
        run_policy: RunPolicy,
        /// The run of the parent.
        run_id: i64,
        /// The first iteration of the run.
        first_iteration: i64,
        /// The last one so far.
        last_iteration: i64,
        /// Its status.
        last_status: Option<String>,
        /// Its overview.
        last_overview: Option<serde_json::Value>,
        /// All of them.
        rollup: Option<serde_json::Value>,
        /// The loop params of the last one.
        loop_param_values: IndexMap<String, serde_json::Value>,
    }
}

record! {
    /// The request of an HTTP step.
    pub struct HttpRequest {
        /// Where to.
        url: String,
        /// How.
        method: String,
        /// The headers.
        headers: IndexMap<String, String>,
        /// The body.
        body: Option<String>,
    }
}

record! {
    /// The call of an HTTP step.
    pub struct HttpArtifact {
        /// The request.
        request: HttpRequest,
        /// `SUCCESS` or `FAILED`.
        status: Option<String>,
        /// The status of the response.
        status_code: Option<i64>,
        /// The body of the response.
        body: Option<String>,
    }
}

record! {
    /// A Kubernetes job.
    pub struct KubernetesArtifact {
        /// The pod.
        job_id: String,
        /// What it runs.
        execution_script: Option<String>,
        /// The end of its log.
        execution_output: Option<String>,
        /// What was asked for.
        command: Option<serde_json::Value>,
    }
}

record! {
    /// A notebook.
    pub struct NotebookArtifact {
        /// Where the result is.
        output_path: String,
    }
}

record! {
    /// Whether trying again makes sense.
    pub struct RetryArtifact {
        /// False: the failure is final.
        retryable: bool,
    }
}

record! {
    /// Signals that a job wants announced.
    pub struct DynamicOutputArtifact {
        /// MAP params with a `name`.
        signal_outputs: Vec<serde_json::Value>,
        /// Anything to know.
        info: Option<serde_json::Value>,
    }
}

/// An artifact.
#[derive(Debug, Clone, PartialEq)]
pub enum Artifact {
    /// Of a subworkflow step.
    Subworkflow(SubworkflowArtifact),
    /// Of a foreach step.
    Foreach(ForeachArtifact),
    /// Of a while step.
    While(WhileArtifact),
    /// Of an HTTP step.
    Http(HttpArtifact),
    /// Of a Kubernetes step.
    Kubernetes(KubernetesArtifact),
    /// Of a notebook step.
    Notebook(NotebookArtifact),
    /// Signals to announce.
    DynamicOutput(DynamicOutputArtifact),
    /// Whether to try again.
    Retry(RetryArtifact),
    /// Anything else.
    Default(Extra),
}

fn typed<T>(
    node: &Node,
    at: &Path<'_>,
    problems: &mut Problems,
    fields: &[&str],
    read: impl Fn(&Node, &Path<'_>, &mut Problems) -> Option<T>,
    wrap: impl Fn(T) -> Artifact,
) -> Option<Artifact> {
    unknown(node, &[&["type"], fields], at, problems);
    read(node, at, problems).map(wrap)
}

impl Model for Artifact {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        use ArtifactType as A;
        macro_rules! one {
            ($type:ident, $variant:ident) => {
                typed(node, at, problems, $type::FIELDS, $type::read_fields, Artifact::$variant)
            };
        }
        if node.as_object().is_none() {
            problems.expected(at, node, "an object");
            return None;
        }
        match field::<ArtifactType>(node, "type", Some(A::Default), at, problems)? {
            A::Subworkflow => one!(SubworkflowArtifact, Subworkflow),
            A::Foreach => one!(ForeachArtifact, Foreach),
            A::While => one!(WhileArtifact, While),
            A::Http => one!(HttpArtifact, Http),
            A::Kubernetes => one!(KubernetesArtifact, Kubernetes),
            A::Notebook => one!(NotebookArtifact, Notebook),
            A::DynamicOutput => one!(DynamicOutputArtifact, DynamicOutput),
            A::Retry => one!(RetryArtifact, Retry),
            A::Titus | A::Default => Some(Artifact::Default(rest(node, &[&["type"]]))),
        }
    }
    fn write(&self) -> Node {
        let mut entries = Vec::new();
        let kind = match self {
            Artifact::Subworkflow(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::Subworkflow
            }
            Artifact::Foreach(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::Foreach
            }
            Artifact::While(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::While
            }
            Artifact::Http(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::Http
            }
            Artifact::Kubernetes(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::Kubernetes
            }
            Artifact::Notebook(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::Notebook
            }
            Artifact::DynamicOutput(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::DynamicOutput
            }
            Artifact::Retry(artifact) => {
                artifact.write_fields(&mut entries);
                ArtifactType::Retry
            }
            Artifact::Default(extra) => {
                add_rest(extra, &mut entries);
                ArtifactType::Default
            }
        };
        entries.push((Key::new("type"), kind.write()));
        Node::new(Value::Object(entries))
    }
}
through_serde!(Artifact);
