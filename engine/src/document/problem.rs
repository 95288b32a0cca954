//! Faults of a document, collected: reading goes on after each, so that all are told at once.

use std::fmt;

use super::{Node, Path, PathBuf, Span};

/// One fault of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violation {
    /// Where in the document: `steps[2].transition.successors["job.4"]`.
    pub path: PathBuf,
    /// What is wrong, in plain words.
    pub message: String,
    /// The rule that was broken, when it has a name of its own: `successor`, `cycle`.
    pub code: Option<&'static str>,
    /// Where in the text, when it is known already.
    pub span: Option<Span>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.path.0.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "{}: {}", self.path, self.message)
        }
    }
}

/// Every fault of a definition, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Violations(pub Vec<Violation>);

impl fmt::Display for Violations {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, violation) in self.0.iter().enumerate() {
            if place > 0 {
                f.write_str("\n")?;
            }
            violation.fmt(f)?;
        }
        Ok(())
    }
}
impl std::error::Error for Violations {}

impl From<Violation> for Violations {
    fn from(violation: Violation) -> Self {
        Violations(vec![violation])
    }
}

/// The faults found so far.
#[derive(Debug, Default)]
pub struct Problems {
    list: Vec<Violation>,
    lost: Vec<PathBuf>,
}

/// More faults than anyone reads: the rest is not collected.
const MOST: usize = 200;

impl Problems {
    /// Notes a fault at a path.
    pub fn add(&mut self, path: &Path<'_>, message: impl Into<String>) {
        self.push(path, message.into(), None, None);
    }
    /// Notes a fault of a named rule.
    pub fn rule(&mut self, path: &Path<'_>, code: &'static str, message: impl Into<String>) {
        self.push(path, message.into(), Some(code), None);
    }
    /// Notes a fault at a node.
    pub fn at(&mut self, path: &Path<'_>, node: &Node, message: impl Into<String>) {
        self.push(path, message.into(), None, Some(node.span));
    }
    /// Notes a fault at a place in the text.
    pub fn span(&mut self, path: &Path<'_>, span: Span, message: impl Into<String>) {
        self.push(path, message.into(), None, Some(span));
    }
    /// Notes that something else was expected.
    pub fn expected(&mut self, path: &Path<'_>, node: &Node, what: &str) {
        self.at(path, node, format!("expected {what}, found {}", node.what()));
    }
    /// The same where a text may be the value: it is shown.
    pub fn expected_value(&mut self, path: &Path<'_>, node: &Node, what: &str) {
        match node.as_text() {
            Some("") => self.at(path, node, format!("expected {what}, found an empty string")),
            Some(text) => {
                let shown = super::shorten(text);
                self.at(path, node, format!("expected {what}, found `{shown}`"));
            }
            None => self.expected(path, node, what),
        }
    }
    /// Notes that what is at a path could not be read, and something else stands in for it.
    pub fn lose(&mut self, path: &Path<'_>) {
        if self.lost.len() < MOST {
            self.lost.push(path.to_buf());
        }
    }
    /// Adds faults that were found in what was read, but for those about what stands in for a part
    /// that could not be read.
    pub fn extend(&mut self, faults: impl IntoIterator<Item = Violation>) {
        for fault in faults {
            let touches = |lost: &PathBuf| {
                lost.0.starts_with(&fault.path.0) || fault.path.0.starts_with(&lost.0)
            };
            if self.list.len() < MOST && !self.lost.iter().any(touches) {
                self.list.push(fault);
            }
        }
    }
    /// How many faults there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.list.len()
    }
    /// Nothing is wrong so far.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.list.is_empty()
    }
    /// The value if nothing is wrong, otherwise all faults.
    ///
    /// # Errors
    /// When a fault was noted, or there is no value.
    pub fn finish<T>(self, value: Option<T>) -> Result<T, Violations> {
        match value {
            Some(value) if self.list.is_empty() => Ok(value),
            _ if self.list.is_empty() => Err(Violations(vec![Violation {
                path: PathBuf::default(),
                message: "the document cannot be read".to_owned(),
                code: None,
                span: None,
            }])),
            _ => Err(Violations(self.list)),
        }
    }

    fn push(
        &mut self,
        path: &Path<'_>,
        message: String,
        code: Option<&'static str>,
        span: Option<Span>,
    ) {
        if self.list.len() < MOST {
            self.list.push(Violation { path: path.to_buf(), message, code, span });
        }
    }
}
