//! What the parser and the checker say about a program, and the table of all codes.

mod code;
mod table;

pub use code::{Code, codes, explain, find_code, markdown};

use crate::error::{Error, Span};

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// The program can't end well.
    Error,
    /// The program may run, but hardly as meant.
    Warning,
}

impl Severity {
    /// `error` or `warning`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Severity::Error => "error",
            Severity::Warning => "warning",
        }
    }
}

/// Text to be put in the place of another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Suggestion {
    /// What is replaced.
    pub span: Span,
    /// By what.
    pub replacement: String,
}

/// One thing to tell the author of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// The stable code, a row of [`codes`].
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// Where.
    pub span: Span,
    /// What to do about it.
    pub help: Option<String>,
    /// The mend, where it is certain.
    pub suggestion: Option<Suggestion>,
}

impl From<&Error> for Diagnostic {
    fn from(error: &Error) -> Self {
        Diagnostic {
            code: error.code(),
            severity: Severity::Error,
            message: error.message().to_owned(),
            span: error.span(),
            help: error.help().map(str::to_owned),
            suggestion: None,
        }
    }
}
