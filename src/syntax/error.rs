//! What the parts of the parser answer when the text is not a program, and the codes of it.

use crate::error::{Error, ErrorKind, Span};
use crate::syntax::source::Source;

/// The stable codes of syntax errors. Each has a row in the table of `sel explain`.
pub(crate) mod code {
    pub(crate) const UNEXPECTED: &str = "SEL0101";
    pub(crate) const MISSING_SEMICOLON: &str = "SEL0102";
    pub(crate) const UNCLOSED: &str = "SEL0103";
    pub(crate) const UNTERMINATED_STRING: &str = "SEL0104";
    pub(crate) const UNTERMINATED_COMMENT: &str = "SEL0105";
    pub(crate) const RESERVED_WORD: &str = "SEL0106";
    pub(crate) const BAD_NUMBER: &str = "SEL0107";
    pub(crate) const BAD_ESCAPE: &str = "SEL0108";
    pub(crate) const BAD_UNICODE_ESCAPE: &str = "SEL0109";
    pub(crate) const BAD_TARGET: &str = "SEL0110";
    pub(crate) const UNSUPPORTED: &str = "SEL0111";
    pub(crate) const EMPTY_STATEMENT: &str = "SEL0112";
    pub(crate) const BAD_CHARACTER: &str = "SEL0113";
    pub(crate) const MISSING_EXPRESSION: &str = "SEL0114";
    pub(crate) const SOURCE_TOO_LONG: &str = "SEL0401";
    pub(crate) const NESTED_TOO_DEEPLY: &str = "SEL0402";
}

/// An error with places in the translated text: [`SyntaxError::at`] makes it one of the original.
#[derive(Debug)]
pub(crate) struct SyntaxError(Box<Repr>);

#[derive(Debug)]
struct Repr {
    code: &'static str,
    message: String,
    help: Option<String>,
    start: usize,
    end: usize,
    incomplete: bool,
    /// The start in the original text, where it is known already.
    from: Option<u32>,
}

impl SyntaxError {
    #[cold]
    pub(crate) fn new(
        code: &'static str,
        message: impl Into<String>,
        start: usize,
        end: usize,
    ) -> Self {
        let message = message.into();
        SyntaxError(Box::new(Repr {
            code,
            message,
            help: None,
            start,
            end,
            incomplete: false,
            from: None,
        }))
    }

    pub(crate) fn code(&self) -> &'static str {
        self.0.code
    }

    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }

    /// Begins at the start of what is there already, up to where it ended before. Spans of nodes
    /// are of the original text, and so this error is.
    pub(crate) fn over(mut self, span: Span) -> Self {
        self.0.from = Some(span.start);
        self
    }

    /// The input ended where more was needed.
    pub(crate) fn incomplete(mut self) -> Self {
        self.0.incomplete = true;
        self
    }

    /// The error for the embedder, with its span in the original text.
    pub(crate) fn at(self, source: &Source<'_>) -> Error {
        let mut span = source.span(self.0.start, self.0.end);
        span.start = self.0.from.unwrap_or(span.start);
        self.with_span(span)
    }

    /// The error for the embedder, when there is no translation.
    pub(crate) fn untranslated(self) -> Error {
        let span = Span { start: self.0.start as u32, end: self.0.end as u32 };
        self.with_span(span)
    }

    fn with_span(self, span: Span) -> Error {
        let repr = *self.0;
        let mut error = Error::new(ErrorKind::Parse, repr.message, span).with_code(repr.code);
        if let Some(help) = repr.help {
            error = error.with_help(help);
        }
        if repr.incomplete { error.incomplete() } else { error }
    }
}

/// `text` as it is shown in a message: in backticks, shortened, on one line.
pub(crate) fn quoted(text: &str) -> String {
    const LONGEST: usize = 60;
    let mut out = String::from("`");
    for (i, c) in text.chars().enumerate() {
        if i == LONGEST {
            out.push('…');
            break;
        }
        out.push(if c.is_control() { ' ' } else { c });
    }
    out.push('`');
    out
}
