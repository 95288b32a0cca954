//! Text to tree: the guard, the grammar, the lowering, and the diagnosis when they refuse.

use pest::Parser;
use pest_derive::Parser;

use crate::error::Error;
use crate::limits::Limits;
use crate::syntax::ast::Unit;
use crate::syntax::diagnose;
use crate::syntax::error::{SyntaxError, code};
use crate::syntax::source::Source;
use crate::syntax::{comment, guard, lower};

#[derive(Parser)]
#[grammar = "../grammar/sel.pest"]
pub(super) struct Sel;

/// Reads a program. Strict: the last statement needs its semicolon, too.
///
/// Of the limits it uses [`Limits::source_length`] and [`Limits::nesting`]. The time it takes is
/// linear in the length of the text, whatever the text.
///
/// # Errors
/// Of kind [`ErrorKind::Parse`](crate::ErrorKind::Parse), with the place and, where it can be told,
/// the mend.
pub fn parse(source: &str, limits: &Limits) -> Result<Unit, Error> {
    guard::length(source, limits.source_length).map_err(SyntaxError::untranslated)?;
    let source = Source::new(source).map_err(SyntaxError::untranslated)?;
    read(&source, limits.nesting).map_err(|error| error.at(&source))
}

fn read(source: &Source<'_>, nesting: usize) -> Result<Unit, SyntaxError> {
    let found = guard::nesting(&source.text, nesting)?;
    if let Some(at) = found.stray {
        return Err(diagnose::diagnose(&source.text, at));
    }
    let without_comments;
    let text = if found.comments {
        without_comments = comment::blanked(&source.text);
        &without_comments
    } else {
        &*source.text
    };
    match Sel::parse(Rule::unit, text) {
        Ok(pairs) => lower::unit(source, text, nesting, pairs).map_err(|error| {
            // `return;` reads like the expression `return`: its tokens tell more.
            if error.code() == code::RESERVED_WORD {
                diagnose::reason(&source.text).unwrap_or(error)
            } else {
                error
            }
        }),
        Err(error) => {
            let at = match error.location {
                pest::error::InputLocation::Pos(at) => at,
                pest::error::InputLocation::Span((at, _)) => at,
            };
            // pest's own guard of the stack is the only such error; ours comes first by far.
            if matches!(error.variant, pest::error::ErrorVariant::CustomError { .. }) {
                return Err(guard::too_deep(at, nesting));
            }
            Err(diagnose::diagnose(&source.text, at))
        }
    }
}
