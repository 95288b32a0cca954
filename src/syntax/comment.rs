//! Comments: the tree has none, the printer keeps them by their places.

use crate::error::Span;
use crate::syntax::source::Source;
use crate::syntax::token::{TokenKind, Tokens};

/// A comment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Comment {
    /// Where, in the original text, its marks included.
    pub(crate) span: Span,
    /// Whether it goes to the end of its line: `// …`.
    pub(crate) line: bool,
}

/// All comments of a text, in order.
pub(crate) fn comments(source: &Source<'_>) -> Vec<Comment> {
    Tokens::new(&source.text)
        .filter(|t| t.kind == TokenKind::Comment)
        .map(|t| Comment {
            span: source.span(t.start, t.end),
            line: t.text(&source.text).starts_with("//"),
        })
        .collect()
}
