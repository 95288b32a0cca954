//! What an embedder gets when an expression does not give a value.

use std::fmt;

use crate::limits::LimitKind;

/// A range of bytes in the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// Past the last byte.
    pub end: u32,
}

impl Span {
    /// The span from the start of this one to the end of the other.
    #[must_use]
    pub fn to(self, other: Span) -> Span {
        Span { start: self.start, end: other.end.max(self.start) }
    }
}

/// A place in the source, for people: both count from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// The column, in Unicode characters.
    pub column: u32,
}

impl Position {
    /// Where the byte `offset` of `source` is.
    #[must_use]
    pub fn of(source: &str, offset: u32) -> Position {
        let mut end = (offset as usize).min(source.len());
        while !source.is_char_boundary(end) {
            end -= 1;
        }
        let before = source.get(..end).unwrap_or_default();
        let line = before.matches('\n').count() as u32 + 1;
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count() as u32 + 1;
        Position { line, column }
    }
}

/// The kinds of error. They never mix: `Thrown` is the author's intent, the others are faults.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The text is not a program.
    Parse,
    /// The checker refused it.
    Type,
    /// The evaluation failed.
    Eval,
    /// A limit was reached.
    Limit,
    /// The program said `throw`.
    Thrown,
}

impl ErrorKind {
    /// The name in the JSON forms: `parse`, `type`, `eval`, `limit`, `thrown`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            ErrorKind::Parse => "parse",
            ErrorKind::Type => "type",
            ErrorKind::Eval => "eval",
            ErrorKind::Limit => "limit",
            ErrorKind::Thrown => "thrown",
        }
    }

    /// The code of an error of this kind that has none of its own.
    const fn code(self) -> &'static str {
        match self {
            ErrorKind::Parse => "SEL0101",
            ErrorKind::Type => "SEL0201",
            ErrorKind::Eval => "SEL0301",
            ErrorKind::Limit => "SEL0400",
            ErrorKind::Thrown => "SEL0300",
        }
    }
}

/// Why there is no value. One pointer wide.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Error(Box<Repr>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Repr {
    kind: ErrorKind,
    limit: Option<LimitKind>,
    code: &'static str,
    incomplete: bool,
    message: String,
    help: Option<String>,
    span: Span,
}

impl Error {
    pub(crate) fn new(kind: ErrorKind, message: impl Into<String>, span: Span) -> Self {
        let (code, message) = (kind.code(), message.into());
        let (limit, help, incomplete) = (None, None, false);
        Error(Box::new(Repr { kind, limit, code, incomplete, message, help, span }))
    }
    pub(crate) fn with_code(mut self, code: &'static str) -> Self {
        self.0.code = code;
        self
    }
    /// The same error of a text that begins at this place of another.
    pub(crate) fn moved(mut self, by: u32) -> Self {
        self.0.span.start = self.0.span.start.saturating_add(by);
        self.0.span.end = self.0.span.end.saturating_add(by);
        self
    }
    pub(crate) fn incomplete(mut self) -> Self {
        self.0.incomplete = true;
        self
    }
    pub(crate) fn limited(limit: LimitKind, message: String, span: Span) -> Self {
        let mut error = Error::new(ErrorKind::Limit, message, span);
        error.0.limit = Some(limit);
        error
    }
    pub(crate) fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help = Some(help.into());
        self
    }
    /// The kind.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }
    /// The stable code: `SEL0102`. `sel explain` has a page for each.
    #[must_use]
    pub fn code(&self) -> &'static str {
        self.0.code
    }
    /// Whether the text ended where more was needed, so that more text may mend it.
    #[must_use]
    pub fn is_incomplete(&self) -> bool {
        self.0.incomplete
    }
    /// Which limit was reached, for [`ErrorKind::Limit`].
    #[must_use]
    pub fn limit(&self) -> Option<LimitKind> {
        self.0.limit
    }
    /// The message in plain words: lower case, no full stop. For [`ErrorKind::Thrown`] exactly the
    /// string that was thrown.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }
    /// What to write instead, where we can tell.
    #[must_use]
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }
    /// Where in the source.
    #[must_use]
    pub fn span(&self) -> Span {
        self.0.span
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.message)
    }
}
impl std::error::Error for Error {}
