//! What is told of a text, whatever the text and the form of the answer.

use sel::{Diagnostic, Position, Severity, Span, Suggestion, Ty};

/// What was found in one text.
pub(crate) struct Report {
    /// What messages call the text.
    pub(crate) name: String,
    pub(crate) text: String,
    /// What it gives, for an expression.
    pub(crate) ty: Option<Ty>,
    pub(crate) findings: Vec<Finding>,
}

/// One thing that was found.
pub(crate) struct Finding {
    pub(crate) severity: Severity,
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// Where in the text.
    pub(crate) span: Span,
    /// The path to the expression, in a workflow definition.
    pub(crate) path: Option<String>,
    pub(crate) suggestion: Option<Suggestion>,
}

impl Finding {
    /// A diagnostic of an expression; `place` tells where its spans are in the whole text.
    pub(crate) fn new(diagnostic: &Diagnostic, place: impl Fn(Span) -> Span) -> Finding {
        let suggestion = diagnostic.suggestion.as_ref();
        Finding {
            severity: diagnostic.severity,
            code: diagnostic.code,
            message: diagnostic.message.clone(),
            help: diagnostic.help.clone(),
            span: place(diagnostic.span),
            path: None,
            suggestion: suggestion
                .map(|s| Suggestion { span: place(s.span), replacement: s.replacement.clone() }),
        }
    }
}

impl Finding {
    /// What was found in a workflow definition.
    pub(crate) fn of_definition(found: sel_engine::check::Finding) -> Finding {
        let span = |at: sel_engine::document::Span| Span { start: at.start, end: at.end };
        let path = found.path.to_string();
        Finding {
            severity: found.severity,
            code: found.code,
            message: found.message,
            help: found.help,
            span: span(found.span),
            path: (!path.is_empty()).then_some(path),
            suggestion: found
                .suggestion
                .map(|(at, replacement)| Suggestion { span: span(at), replacement }),
        }
    }
}

/// Where a span begins and ends, for people.
pub(crate) fn places(text: &str, span: Span) -> (Position, Position) {
    (Position::of(text, span.start), Position::of(text, span.end.max(span.start)))
}
