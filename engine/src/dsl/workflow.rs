//! The top of a document: the workflow's own fields, properties and params.

use super::param::entries_of;
use super::{Converter, made, object, put};
use crate::document::{Node, Path, Value, shorten};

const RESERVED: &[&str] = &[
    "id",
    "name",
    "description",
    "owner",
    "run_strategy",
    "workflow_concurrency",
    "tags",
    "timeout",
    "criticality",
    "dag",
    "jobs",
];

impl Converter<'_> {
    /// The create request that a document means.
    pub(super) fn document(&mut self, root: &Node) -> Option<Node> {
        let at = Path::Root;
        let Some(entries) = root.as_object() else {
            self.problems.expected(&at, root, "an object with the key `workflow`");
            return None;
        };
        let mut found = None;
        for (key, node) in entries {
            match key.name.as_str() {
                "workflow" | "Workflow" if found.is_none() => found = Some(node),
                name => {
                    let message = format!("unknown key `{}` beside `workflow`", shorten(name));
                    self.problems.span(&at, key.span, message);
                }
            }
        }
        let Some(workflow) = found else {
            self.problems.at(&at, root, "`workflow` is required and is missing");
            return None;
        };
        if workflow.as_object().is_none() {
            self.problems.expected(&at, workflow, "an object");
            return None;
        }
        self.workflow(workflow, &at)
    }

    fn workflow(&mut self, node: &Node, at: &Path<'_>) -> Option<Node> {
        let mut definition = Vec::new();
        for name in ["id", "name", "description", "tags", "timeout", "criticality"] {
            if let Some(field) = node.get(name).filter(|field| !field.is_null()) {
                put(&mut definition, name, self.texted(field, name));
            } else if name == "id" {
                self.problems.at(at, node, "`id` is required and is missing");
            }
        }
        let params = self.params(node, RESERVED, at);
        if !params.is_empty() {
            put(&mut definition, "params", object(entries_of(params), node.span));
        }
        let steps = self.jobs(node, at)?;
        put(&mut definition, "steps", steps);
        let mut properties = Vec::new();
        if let Some(owner) = node.get("owner").filter(|owner| !owner.is_null()) {
            put(&mut properties, "owner", self.texted(owner, "owner"));
        }
        put(&mut properties, "run_strategy", strategy(node));
        put(&mut properties, "step_concurrency", Node::new(Value::Int(20)));
        let mut request = Vec::new();
        put(&mut request, "properties", object(properties, node.span));
        put(&mut request, "workflow", object(definition, node.span));
        put(&mut request, "is_active", Node::new(Value::Bool(true)));
        Some(object(request, node.span))
    }
}

fn strategy(node: &Node) -> Node {
    let mut entries = Vec::new();
    let rule = node.get("run_strategy").filter(|rule| !rule.is_null());
    put(&mut entries, "rule", rule.cloned().unwrap_or_else(|| made("SEQUENTIAL", node.span)));
    if let Some(concurrency) = node.get("workflow_concurrency").filter(|n| !n.is_null()) {
        put(&mut entries, "workflow_concurrency", concurrency.clone());
    }
    object(entries, rule.map_or(node.span, |rule| rule.span))
}
