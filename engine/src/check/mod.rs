//! A definition checked before it runs: the rules of [`crate::validate`], and every expression in
//! the scope that the engine gives it, by the checker of the language.
//!
//! What is found points into the text of the definition, through the escapes of the string that an
//! expression is written in.

mod cycle;
mod expression;
mod scope;
mod walk;

use sel::Severity;

use crate::definition::{Definition, Format, no_templates, tree};
use crate::document::{Node, PathBuf, Place, Segment, Span, Violation, Violations, decode};
use crate::validate::{self, Rules};

/// One thing to tell about a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub severity: Severity,
    /// The name of a rule, or a code of the language: `successor`, `SEL0203`.
    pub code: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub help: Option<String>,
    /// Where in the definition: `steps[2].transition.successors["job.4"]`.
    pub path: PathBuf,
    /// Where in the text.
    pub span: Span,
    /// What to put in the place of a part of the text, where that is certain.
    pub suggestion: Option<(Span, String)>,
}

impl Finding {
    fn of_violation(violation: Violation, span: Span) -> Finding {
        Finding {
            severity: Severity::Error,
            code: violation.code.unwrap_or("definition"),
            message: violation.message,
            help: None,
            path: violation.path,
            span,
            suggestion: None,
        }
    }

    /// Where it begins in the text.
    #[must_use]
    pub fn place(&self, text: &str) -> Place {
        Place::of(text, self.span.start)
    }
}

/// Checks the text of a definition: JSON, the same in YAML, or the YAML language.
#[must_use]
pub fn text(text: &str) -> Vec<Finding> {
    let tree = match tree(text, Format::of(text), &no_templates) {
        Ok(tree) => tree,
        Err(violations) => return faults(&Node::default(), violations),
    };
    match decode(&tree) {
        Ok(request) => check(&Definition { text: text.to_owned(), tree, request }),
        // The faults of shape, and those of the rules in what could be read all the same.
        Err(shape) => {
            let all = validate::read(&tree, &Rules::default()).err().unwrap_or(shape);
            faults(&tree, all)
        }
    }
}

fn faults(tree: &Node, violations: Violations) -> Vec<Finding> {
    let of = |violation: Violation| {
        let span = violation.span.unwrap_or_else(|| place(tree, &violation));
        Finding::of_violation(violation, span)
    };
    let mut findings: Vec<Finding> = violations.0.into_iter().map(of).collect();
    findings.sort_by_key(|finding| finding.span.start);
    findings
}

/// Checks a definition that was read.
#[must_use]
pub fn check(definition: &Definition) -> Vec<Finding> {
    let violations = Violations(validate::validate(&definition.request));
    let mut findings = faults(&definition.tree, violations);
    findings.extend(walk::expressions(definition));
    findings.sort_by_key(|finding| (finding.span.start, finding.severity));
    findings
}

/// Where a rule is broken: at the key, where the key is what is wrong.
fn place(tree: &Node, violation: &Violation) -> Span {
    let path = &violation.path;
    if let Some((Segment::Key(key), above)) = path.0.split_last() {
        let is_key = violation.code == Some("successor")
            || matches!(above.last(), Some(Segment::Key(above)) if above == "params" || above == "definitions");
        let parent = PathBuf(above.to_vec());
        let parent = parent.locate(tree);
        let found = parent.as_object().unwrap_or_default().iter().find(|(k, _)| k.name == *key);
        if let (true, Some((key, _))) = (is_key, found) {
            return key.span;
        }
    }
    path.locate(tree).span
}
