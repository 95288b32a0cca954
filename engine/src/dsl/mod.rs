//! The YAML language for workflows: shorter than the JSON, and turned into it.
//!
//! What comes out is a tree of the JSON in which every value remembers its place in the YAML, so
//! that whatever is said about the definition later points at what the author wrote.

mod job;
mod key;
mod param;
mod transition;
mod workflow;

use crate::document::{Key, Node, Problems, Span, Value, Violations};
use crate::model::StepType;

/// Tells the step type of a job template: its job type and, if given, its version.
pub type Templates<'t> = dyn Fn(&str, Option<&str>) -> Option<StepType> + 't;

/// Turns a document of the language into a create request. `source` is the text of the document.
///
/// # Errors
/// Every fault, with its path in the document.
pub fn convert(source: &str, root: &Node, templates: &Templates<'_>) -> Result<Node, Violations> {
    let mut problems = Problems::default();
    let mut cx = Converter { source, templates, problems: &mut problems };
    let request = cx.document(root);
    problems.finish(request)
}

/// Whether a tree is a document of the language and not the JSON form written as YAML.
#[must_use]
pub fn is_dsl(root: &Node) -> bool {
    if root.get("Workflow").is_some() {
        return true;
    }
    root.get("workflow").is_some_and(|workflow| workflow.get("steps").is_none())
}

/// What a conversion works with.
struct Converter<'c> {
    source: &'c str,
    templates: &'c Templates<'c>,
    problems: &'c mut Problems,
}

/// Keys and values that become an object.
type Entries = Vec<(Key, Node)>;

fn put(entries: &mut Entries, name: &str, node: Node) {
    entries.push((Key::new(name), node));
}

fn object(entries: Entries, span: Span) -> Node {
    Node { value: Value::Object(entries), span, ..Node::default() }
}

/// A text that is made up, at a place that it comes from.
fn made(text: impl Into<String>, span: Span) -> Node {
    Node { value: Value::Text(text.into()), span, ..Node::default() }
}

#[cfg(test)]
mod tests;
