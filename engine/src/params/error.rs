//! Why params cannot be merged or evaluated.

use std::fmt;

/// What kind of fault it is, which decides the answer to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ErrorKind {
    /// The definition or the request is wrong: 400.
    Invalid,
    /// An expression fails: 400.
    Expression,
    /// A text attribute such as a timeout gives no value: 422.
    Attribute,
    /// What was asked of another instance, step or signal fails: 500.
    Internal,
}

/// An expression and what is wrong in it.
#[derive(Debug, Clone, PartialEq)]
pub struct SelFault {
    /// The text as it was compiled.
    pub source: String,
    /// The fault with its place.
    pub error: sel::Error,
}

/// A param that cannot be merged or evaluated.
#[derive(Debug, Clone, PartialEq)]
pub struct ParamError {
    /// The param; an entry of a MAP as `param.entry`. Empty when it is about no single one.
    pub param: String,
    /// What kind of fault it is.
    pub kind: ErrorKind,
    /// What is wrong, in plain words.
    pub message: String,
    /// The fault of the expression, when there is one.
    pub fault: Option<Box<SelFault>>,
}

impl ParamError {
    pub(crate) fn new(param: &str, kind: ErrorKind, message: impl Into<String>) -> ParamError {
        ParamError { param: param.to_owned(), kind, message: message.into(), fault: None }
    }
    pub(crate) fn invalid(param: &str, message: impl Into<String>) -> ParamError {
        ParamError::new(param, ErrorKind::Invalid, message)
    }
    pub(crate) fn missing(param: &str) -> ParamError {
        ParamError::invalid(param, "there is no such param")
    }
    pub(crate) fn with_fault(mut self, source: &str, error: sel::Error) -> ParamError {
        self.fault = Some(Box::new(SelFault { source: source.to_owned(), error }));
        self
    }
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.param.is_empty() {
            f.write_str(&self.message)
        } else {
            write!(f, "param `{}`: {}", self.param, self.message)
        }
    }
}
impl std::error::Error for ParamError {}
