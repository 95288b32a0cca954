//! A definition as it is written in a file: JSON, the same in YAML, or the YAML language.

use crate::document::{
    Key, Node, PathBuf, Place, Value, Violation, Violations, decode, parse_json, parse_yaml,
};
use crate::dsl;
use crate::model::CreateRequest;

/// How a text is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JSON.
    Json,
    /// YAML: the language of [`dsl`], or the JSON form.
    Yaml,
}

impl Format {
    /// The format of a text: JSON when it begins like an object.
    #[must_use]
    pub fn of(text: &str) -> Format {
        let text = text.trim_start_matches('\u{feff}').trim_start();
        if text.starts_with(['{', '[']) { Format::Json } else { Format::Yaml }
    }
}

/// A definition together with its text.
#[derive(Debug, Clone)]
pub struct Definition {
    /// The text.
    pub text: String,
    /// The JSON form; what comes from the language remembers its place in it.
    pub tree: Node,
    /// The definition.
    pub request: CreateRequest,
}

impl Definition {
    /// Reads a definition: a create request, or a workflow alone.
    ///
    /// # Errors
    /// All faults of syntax and shape.
    pub fn read(
        text: &str,
        format: Format,
        templates: &dsl::Templates<'_>,
    ) -> Result<Definition, Violations> {
        let tree = tree(text, format, templates)?;
        let request = decode(&tree)?;
        Ok(Definition { text: text.to_owned(), tree, request })
    }

    /// Where in the text a violation is.
    #[must_use]
    pub fn place(&self, violation: &Violation) -> Place {
        place(&self.text, Some(&self.tree), violation)
    }

    /// The node at a path.
    #[must_use]
    pub fn node(&self, path: &PathBuf) -> &Node {
        path.locate(&self.tree)
    }
}

/// The JSON form of a text as a tree.
///
/// # Errors
/// All faults of syntax, and of the language.
pub fn tree(
    text: &str,
    format: Format,
    templates: &dsl::Templates<'_>,
) -> Result<Node, Violations> {
    let root = match format {
        Format::Json => parse_json(text)?,
        Format::Yaml => parse_yaml(text)?,
    };
    if root.as_object().is_none() {
        let message = format!("expected a workflow definition, found {}", root.what());
        return Err(at(&root, message));
    }
    // A workflow alone is the workflow of a request that says nothing else.
    if root.get("workflow").is_none() && root.get("Workflow").is_none() {
        if root.get("id").is_none() {
            let message = "expected a workflow definition: an object with a `workflow`";
            return Err(at(&root, message.to_owned()));
        }
        let span = root.span;
        let entry = (Key { name: "workflow".to_owned(), span }, root);
        return Ok(Node { value: Value::Object(vec![entry]), span, ..Node::default() });
    }
    if format == Format::Yaml && dsl::is_dsl(&root) {
        return dsl::convert(text, &root, templates);
    }
    Ok(root)
}

fn at(node: &Node, message: String) -> Violations {
    let (path, span) = (PathBuf::default(), Some(node.span));
    Violation { path, message, code: None, span }.into()
}

/// Where in a text a violation is; the start of the text when nothing is known.
#[must_use]
pub fn place(text: &str, tree: Option<&Node>, violation: &Violation) -> Place {
    let known = || tree.map(|tree| violation.path.locate(tree).span);
    Place::of(text, violation.span.or_else(known).unwrap_or_default().start)
}

/// No job templates are known.
#[must_use]
pub fn no_templates(_: &str, _: Option<&str>) -> Option<crate::model::StepType> {
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_three_forms_are_one() {
        let forms = [
            r#"{"workflow": {"id": "w", "params": {"n": {"value": 1, "type": "LONG"}}, "steps": [{"step": {"id": "a", "type": "NoOp"}}]}}"#,
            r#"{"id": "w", "params": {"n": {"value": 1, "type": "LONG"}}, "steps": [{"step": {"id": "a", "type": "NoOp"}}]}"#,
            "workflow:\n  id: w\n  params: {n: {value: 1, type: long}}\n  steps:\n    - step: {id: a, type: noop}\n",
            "workflow:\n  id: w\n  n: 1\n  jobs:\n    - job: {id: a, type: noop}\n",
        ];
        let read = |text: &str| {
            Definition::read(text, Format::of(text), &no_templates).unwrap().request.workflow
        };
        let first = read(forms[0]);
        for form in forms {
            assert_eq!(read(form), first, "{form}");
        }
    }

    #[test]
    fn faults_of_shape_have_a_place() {
        let text = "{\n  \"workflow\": {\"id\": \"w\", \"steps\": [\n    {\"step\": {\"id\": \"a\", \"type\": \"NoOp\", \"colour\": 1}}]}}";
        let violations = Definition::read(text, Format::Json, &no_templates).unwrap_err();
        let place = place(text, None, &violations.0[0]);
        assert_eq!(violations.0[0].path.to_string(), "steps[0].colour");
        assert_eq!(place, Place { line: 3, column: 43 });
        assert!(Definition::read("[]", Format::Json, &no_templates).is_err());
        assert!(Definition::read("{}", Format::Json, &no_templates).is_err());
    }
}
