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

use crate::definition::{Definition, Format, no_templates};
use crate::document::{PathBuf, Place, Segment, Span, Violation};
use crate::validate::validate;

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
    match Definition::read(text, Format::of(text), &no_templates) {
        Ok(definition) => check(&definition),
        Err(violations) => {
            let span = |violation: &Violation| violation.span.unwrap_or_default();
            violations
                .0
                .into_iter()
                .map(|v| {
                    let at = span(&v);
                    Finding::of_violation(v, at)
                })
                .collect()
        }
    }
}

/// Checks a definition that was read.
#[must_use]
pub fn check(definition: &Definition) -> Vec<Finding> {
    let mut findings: Vec<Finding> = validate(&definition.request)
        .into_iter()
        .map(|violation| {
            let span = violation.span.unwrap_or_else(|| place(definition, &violation));
            Finding::of_violation(violation, span)
        })
        .collect();
    findings.extend(walk::expressions(definition));
    findings.sort_by_key(|finding| (finding.span.start, finding.severity));
    findings
}

/// Where a rule is broken: at the key, where the key is what is wrong.
fn place(definition: &Definition, violation: &Violation) -> Span {
    let path = &violation.path;
    if let Some((Segment::Key(key), above)) = path.0.split_last() {
        let is_key = violation.code == Some("successor")
            || matches!(above.last(), Some(Segment::Key(above)) if above == "params" || above == "definitions");
        let parent = definition.node(&PathBuf(above.to_vec()));
        let found = parent.as_object().unwrap_or_default().iter().find(|(k, _)| k.name == *key);
        if let (true, Some((key, _))) = (is_key, found) {
            return key.span;
        }
    }
    definition.node(path).span
}
