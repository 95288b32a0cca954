//! What goes wrong inside an evaluation, before anyone knows where: the evaluator adds the span.

use crate::limits::LimitKind;

/// A fault of a pure operation: one pointer wide, so that the happy path stays cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(pub(crate) Box<FaultKind>);

/// The kinds of fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum FaultKind {
    /// A budget ran out.
    Limit(LimitKind),
    /// The expression is wrong: a message in plain words, lower case, no full stop, and what to
    /// write instead where we can tell.
    Error { message: String, help: Option<String> },
}

impl Fault {
    #[cold]
    pub(crate) fn limit(kind: LimitKind) -> Self {
        Fault(Box::new(FaultKind::Limit(kind)))
    }
    #[cold]
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Fault(Box::new(FaultKind::Error { message: message.into(), help: None }))
    }
    #[cold]
    pub(crate) fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Fault(Box::new(FaultKind::Error { message: message.into(), help: Some(help.into()) }))
    }
}

/// At most 60 characters of a value, for a message.
pub(crate) fn shorten(text: &str) -> String {
    match text.char_indices().nth(60) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// What a fault advises where `params` stands alone.
pub(crate) const PARAMS_USE: &str = "read one, `params['name']`, or call `params.get('name')`";
