//! Comments: the grammar sees blanks in their place, the printer keeps them by their places.

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

/// The text with blanks for comments: each byte stays where it was. A comment without its end
/// stays, too, and is refused.
pub(crate) fn blanked(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for token in Tokens::new(text) {
        if token.kind == TokenKind::Comment {
            out.extend(std::iter::repeat_n(' ', token.end - token.start));
        } else {
            out.push_str(token.text(text));
        }
    }
    out
}
