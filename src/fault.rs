//! What goes wrong inside an evaluation. Who finds it seldom knows where: the evaluator adds the
//! span.

use crate::error::{Error, ErrorKind, Span};
use crate::limits::{LimitKind, Meter};

/// A fault: one pointer wide, so that the happy path stays cheap.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Fault(Box<Parts>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Parts {
    kind: FaultKind,
    /// Where in the source, once the evaluator has told.
    span: Option<Span>,
}

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
    fn new(kind: FaultKind) -> Self {
        Fault(Box::new(Parts { kind, span: None }))
    }
    #[cold]
    pub(crate) fn limit(kind: LimitKind) -> Self {
        Fault::new(FaultKind::Limit(kind))
    }
    #[cold]
    pub(crate) fn error(message: impl Into<String>) -> Self {
        Fault::new(FaultKind::Error { message: message.into(), help: None })
    }
    #[cold]
    pub(crate) fn with_help(message: impl Into<String>, help: impl Into<String>) -> Self {
        Fault::new(FaultKind::Error { message: message.into(), help: Some(help.into()) })
    }
    /// Tells the place, unless it is known: the innermost node tells.
    #[cold]
    pub(crate) fn locate(&mut self, span: Span) {
        self.0.span.get_or_insert(span);
    }
    /// The fault at this place.
    #[cold]
    pub(crate) fn at(mut self, span: Span) -> Self {
        self.locate(span);
        self
    }
    /// What went wrong, for the embedder.
    #[cold]
    pub(crate) fn into_error(self, meter: &Meter) -> Error {
        let Parts { kind, span } = *self.0;
        let span = span.unwrap_or_default();
        match kind {
            FaultKind::Error { message, help } => {
                let error = Error::new(ErrorKind::Eval, message, span);
                match help {
                    Some(help) => error.with_help(help),
                    None => error,
                }
            }
            FaultKind::Limit(kind) => {
                let message = match kind {
                    LimitKind::Loop => {
                        format!("the loop reached the limit of {} iterations", meter.max_loop)
                    }
                    LimitKind::Array => {
                        format!("an array would reach the limit of {} elements", meter.max_array)
                    }
                    LimitKind::Steps => "the evaluation reached the limit of steps".to_owned(),
                    LimitKind::Memory => "the values reached the limit of memory".to_owned(),
                    LimitKind::Time => "the evaluation reached the limit of time".to_owned(),
                    LimitKind::Cancelled => "the evaluation was cancelled".to_owned(),
                    LimitKind::Depth => "maps are nested too deeply".to_owned(),
                };
                Error::limited(kind, message, span)
            }
        }
    }
    pub(crate) fn kind(&self) -> &FaultKind {
        &self.0.kind
    }
}

/// Adds the place to a fault.
pub(crate) trait At {
    /// The result, with `span` as the place of a fault that has none.
    #[must_use]
    fn at(self, span: Span) -> Self;
}

impl<T> At for Result<T, Fault> {
    #[inline(always)]
    fn at(mut self, span: Span) -> Self {
        if let Err(fault) = &mut self {
            fault.locate(span);
        }
        self
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
