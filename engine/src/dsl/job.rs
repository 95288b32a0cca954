//! Jobs become steps: `job`, `subworkflow`, `foreach`, `while`.

use super::param::{Params, entries_of, string_param};
use super::{Converter, Entries, made, object, put, transition};
use crate::document::{Key, Node, Path, Value, shorten};
use crate::model::StepType;

const COMMON: [&str; 7] =
    ["id", "name", "description", "failure_mode", "tags", "timeout", "transition"];
const JOB: &[&str] = &["type", "type_version"];
const SUBWORKFLOW: &[&str] =
    &["workflow_id", "subworkflow_id", "version", "subworkflow_version", "sync", "explicit_params"];
const FOREACH: &[&str] =
    &["concurrency", "job_concurrency", "loop_params", "params", "ranges", "jobs", "dag"];
const WHILE: &[&str] = &["condition", "loop_params", "params", "jobs", "dag"];

impl Converter<'_> {
    /// The steps of a level: what `jobs` and `dag` of an object say.
    pub(super) fn jobs(&mut self, level: &Node, at: &Path<'_>) -> Option<Node> {
        let path = at.key("jobs");
        let Some(list) = level.get("jobs") else {
            self.problems.at(at, level, "`jobs` is required and is missing");
            return None;
        };
        let Some(jobs) = list.as_array() else {
            self.problems.expected(&path, list, "a list of jobs");
            return None;
        };
        let id = |job: &Node| {
            let (_, body) = job.as_object()?.first()?;
            body.get("id")?.as_text().map(str::to_owned)
        };
        let ids: Vec<Option<String>> = jobs.iter().map(id).collect();
        let dag = level.get("dag").filter(|dag| !dag.is_null());
        let edges = self.dag(dag, &ids, at);
        let steps: Vec<Option<Node>> = jobs
            .iter()
            .zip(edges)
            .enumerate()
            .map(|(index, (job, edges))| self.job(job, edges, &path.index(index)))
            .collect();
        let steps: Option<Vec<Node>> = steps.into_iter().collect();
        Some(Node { value: Value::Array(steps?), span: list.span, ..Node::default() })
    }

    fn job(&mut self, job: &Node, edges: Option<Node>, at: &Path<'_>) -> Option<Node> {
        let Some([(kind, body)]) = job.as_object() else {
            let message =
                "expected an object with one key of `job`, `subworkflow`, `foreach`, `while`";
            self.problems.at(at, job, message);
            return None;
        };
        if body.as_object().is_none() {
            self.problems.expected(at, body, "an object");
            return None;
        }
        let count = self.problems.len();
        let mut step = self.common(body, edges, at);
        let wrapper = match kind.name.as_str() {
            "job" => {
                let params = self.own_params(body, JOB, at);
                self.leaf(body, at, &mut step);
                params_to(&mut step, params, body);
                "step"
            }
            "subworkflow" => {
                let params = self.own_params(body, SUBWORKFLOW, at);
                self.subworkflow(body, params, at, &mut step);
                "subworkflow"
            }
            "foreach" => {
                let mut params = self.own_params(body, FOREACH, at);
                self.either(body, ["concurrency", "job_concurrency"], at)
                    .into_iter()
                    .for_each(|node| put(&mut step, "concurrency", node.clone()));
                let mut looped = self.loop_params(body, at);
                self.ranges(body, at, &mut looped);
                loop_params_to(&mut params, looped, body);
                params_to(&mut step, params, body);
                self.inner(body, at, &mut step);
                "foreach"
            }
            "while" => {
                let mut params = self.own_params(body, WHILE, at);
                match body.get("condition") {
                    Some(node) => {
                        if let Some(node) = self.expression(node, &at.key("condition")) {
                            put(&mut step, "condition", node);
                        }
                    }
                    None => {
                        self.problems.at(at, body, "`condition` is required and is missing");
                    }
                }
                let looped = self.loop_params(body, at);
                loop_params_to(&mut params, looped, body);
                params_to(&mut step, params, body);
                self.inner(body, at, &mut step);
                "while"
            }
            other => {
                let message = format!(
                    "unknown kind of job `{}`: expected `job`, `subworkflow`, `foreach` or `while`",
                    shorten(other)
                );
                self.problems.span(at, kind.span, message);
                return None;
            }
        };
        if self.problems.len() > count {
            return None;
        }
        let wrapper = Key { name: wrapper.to_owned(), span: kind.span };
        Some(object(vec![(wrapper, object(step, body.span))], job.span))
    }

    /// The fields that every job has.
    fn common(&mut self, body: &Node, edges: Option<Node>, at: &Path<'_>) -> Entries {
        let mut step = Vec::new();
        for name in ["id", "name", "description", "failure_mode", "tags", "timeout"] {
            if let Some(node) = body.get(name).filter(|node| !node.is_null()) {
                put(&mut step, name, self.texted(node, name));
            } else if name == "id" {
                self.problems.at(at, body, "`id` is required and is missing");
            }
        }
        let own = body.get("transition");
        let successors = if transition::is_empty(own) {
            edges
        } else {
            own.and_then(|own| self.transitions(own, &at.key("transition")))
        };
        if let Some(successors) = successors {
            let span = successors.span;
            put(&mut step, "transition", transition::wrapped(successors, span));
        }
        step
    }

    /// Names and ids that YAML took for a number are texts all the same.
    pub(super) fn texted(&self, node: &Node, name: &str) -> Node {
        let number = matches!(node.value, Value::Int(_) | Value::Number(_));
        if !number || name == "timeout" {
            return node.clone();
        }
        let raw = self.source.get(node.span.start as usize..node.span.end as usize);
        Node { value: Value::Text(raw.unwrap_or_default().trim().to_owned()), ..node.clone() }
    }

    fn own_params(&mut self, body: &Node, reserved: &[&str], at: &Path<'_>) -> Params {
        let reserved = [&COMMON, reserved].concat();
        self.params(body, &reserved, at)
    }

    fn leaf(&mut self, body: &Node, at: &Path<'_>, step: &mut Entries) {
        let path = at.key("type");
        let Some(node) = body.get("type") else {
            return self.problems.at(at, body, "`type` is required and is missing");
        };
        let Some(name) = node.as_text() else {
            return self.problems.expected(&path, node, "a type");
        };
        if StepType::from_name(name).is_some() {
            return put(step, "type", node.clone());
        }
        let version = body.get("type_version").map(|node| self.texted(node, "type_version"));
        let version = version.as_ref().and_then(Node::as_text);
        match (self.templates)(name, version) {
            Some(found) => {
                put(step, "type", made(found.as_str(), node.span));
                put(step, "sub_type", node.clone());
            }
            None => {
                let known: Vec<&str> = StepType::ALL.iter().map(|t| t.as_str()).collect();
                let message = format!(
                    "unknown type `{}`: it is one of {} or a job template",
                    shorten(name),
                    known.join(", ")
                );
                self.problems.at(&path, node, message);
            }
        }
    }

    fn subworkflow(&mut self, body: &Node, own: Params, at: &Path<'_>, step: &mut Entries) {
        for name in ["sync", "explicit_params"] {
            if let Some(node) = body.get(name).filter(|node| !node.is_null()) {
                put(step, name, node.clone());
            }
        }
        let mut params = own;
        let id =
            self.either(body, ["workflow_id", "subworkflow_id"], at).or_else(|| body.get("id"));
        if let Some(node) = id {
            let node = self.texted(node, "id");
            params.insert("subworkflow_id".to_owned(), (node.span, string_param(&node)));
        }
        if let Some(node) = self.either(body, ["version", "subworkflow_version"], at) {
            let node = self.texted(node, "version");
            params.insert("subworkflow_version".to_owned(), (node.span, string_param(&node)));
        }
        params_to(step, params, body);
    }

    /// One of two names for the same thing.
    fn either<'n>(&mut self, body: &'n Node, names: [&str; 2], at: &Path<'_>) -> Option<&'n Node> {
        let [first, second] = names.map(|name| body.get(name).filter(|node| !node.is_null()));
        if let (Some(_), Some(node)) = (first, second) {
            let [first, second] = names;
            let message = format!("`{first}` and `{second}` are the same: give one of them");
            self.problems.at(&at.key(second), node, message);
        }
        first.or(second)
    }

    fn loop_params(&mut self, body: &Node, at: &Path<'_>) -> Params {
        let name = if body.get("loop_params").is_some() { "loop_params" } else { "params" };
        let Some(node) = self.either(body, ["loop_params", "params"], at) else {
            return Params::new();
        };
        let path = at.key(name);
        if node.as_object().is_none() {
            self.problems.expected(&path, node, "an object");
        }
        self.params(node, &[], &path)
    }

    fn ranges(&mut self, body: &Node, at: &Path<'_>, params: &mut Params) {
        let Some(node) = body.get("ranges").filter(|node| !node.is_null()) else { return };
        let path = at.key("ranges");
        let Some(entries) = node.as_object() else {
            return self.problems.expected(&path, node, "an object");
        };
        for (key, range) in entries {
            self.range(key, range, &path, params);
        }
    }

    fn inner(&mut self, body: &Node, at: &Path<'_>, step: &mut Entries) {
        if let Some(steps) = self.jobs(body, at) {
            put(step, "steps", steps);
        }
    }
}

fn params_to(step: &mut Entries, params: Params, body: &Node) {
    if !params.is_empty() {
        put(step, "params", object(entries_of(params), body.span));
    }
}

fn loop_params_to(params: &mut Params, looped: Params, body: &Node) {
    let mut entries = Vec::new();
    put(&mut entries, "value", object(entries_of(looped), body.span));
    put(&mut entries, "type", made("MAP", body.span));
    params.insert("loop_params".to_owned(), (body.span, object(entries, body.span)));
}
