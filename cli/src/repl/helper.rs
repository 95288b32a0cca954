//! What the line editor asks of us while a line is typed.

use std::borrow::Cow;

use rustyline::completion::{Completer, FilenameCompleter, Pair};
use rustyline::highlight::{CmdKind, Highlighter};
use rustyline::hint::{Hint, Hinter};
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{Context, Helper};
use sel::Limits;

use super::complete;
use super::input::is_incomplete;
use super::paint::paint;
use super::signature::{self, Names};

/// The helper of the line editor.
#[derive(Helper)]
pub(crate) struct Typing {
    /// The names of the session, after its last input.
    pub(crate) names: Names,
    /// Its limits.
    pub(crate) limits: Limits,
    /// Whether to paint.
    pub(crate) colour: bool,
    files: FilenameCompleter,
}

impl Typing {
    /// A helper for a session without names.
    pub(crate) fn new(limits: Limits, colour: bool) -> Typing {
        Typing { names: Names::new(), limits, colour, files: FilenameCompleter::new() }
    }
}

impl Completer for Typing {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        ctx: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        match complete::complete(line.get(..pos).unwrap_or_default(), &self.names) {
            Some(found) => Ok(found),
            None => self.files.complete(line, pos, ctx),
        }
    }
}

/// A signature behind the cursor; it can't be taken over.
pub(crate) struct SignatureHint(String);

impl Hint for SignatureHint {
    fn display(&self) -> &str {
        &self.0
    }

    fn completion(&self) -> Option<&str> {
        None
    }
}

impl Hinter for Typing {
    type Hint = SignatureHint;

    fn hint(&self, line: &str, pos: usize, _: &Context<'_>) -> Option<SignatureHint> {
        if pos < line.len() {
            return None;
        }
        signature::call(line, &self.names).map(|text| SignatureHint(format!("    {text}")))
    }
}

impl Highlighter for Typing {
    fn highlight<'l>(&self, line: &'l str, pos: usize) -> Cow<'l, str> {
        let painted = if self.colour { paint(line, pos) } else { None };
        painted.map_or(Cow::Borrowed(line), Cow::Owned)
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        match self.colour {
            true => format!("\u{1b}[2m{hint}\u{1b}[0m").into(),
            false => hint.into(),
        }
    }

    fn highlight_char(&self, _: &str, _: usize, _: CmdKind) -> bool {
        self.colour
    }
}

impl Validator for Typing {
    fn validate(&self, ctx: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        let text = ctx.input();
        // An empty line ends what can't be ended otherwise.
        let gives_up = text.ends_with('\n');
        Ok(match is_incomplete(text, &self.limits) && !gives_up {
            true => ValidationResult::Incomplete,
            false => ValidationResult::Valid(None),
        })
    }
}
