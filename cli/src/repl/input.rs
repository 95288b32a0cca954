//! Where one input ends and the next begins: the parser says whether more is needed.

use std::borrow::Cow;
use std::io::{self, BufRead};

use sel::{Limits, Program};

use super::session::Session;
use crate::exit::Stop;

/// Whether the text is the start of a program that goes on.
pub(crate) fn is_incomplete(text: &str, limits: &Limits) -> bool {
    if text.trim().is_empty() || text.trim_start().starts_with(':') {
        return false;
    }
    if Program::compile_with(&completed(text, limits), limits).is_ok() {
        return false;
    }
    Program::compile_with(text, limits).is_err_and(|error| error.is_incomplete())
}

/// The text with the semicolon that a last bare expression doesn't need here, if it needs one.
pub(crate) fn completed<'t>(text: &'t str, limits: &Limits) -> Cow<'t, str> {
    let is_fine = |text: &str| Program::compile_with(text, limits).is_ok();
    if text.trim().is_empty() || is_fine(text) {
        return text.into();
    }
    let trimmed = text.trim_end();
    // On a line of its own where the text ends with a `//` comment.
    [format!("{trimmed};"), format!("{trimmed}\n;")]
        .into_iter()
        .find(|text| is_fine(text))
        .map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The inputs of a text that is read line by line: a file, or what is piped in.
pub(crate) struct Inputs<R> {
    from: R,
}

impl<R: BufRead> Inputs<R> {
    /// The inputs in this text.
    pub(crate) fn new(from: R) -> Self {
        Inputs { from }
    }

    /// The next input: as many lines as it takes.
    pub(crate) fn next(&mut self, session: &Session) -> Result<Option<String>, Stop> {
        let mut text = String::new();
        loop {
            let before = text.len();
            match self.from.read_line(&mut text) {
                Ok(0) if before == 0 => return Ok(None),
                Ok(0) => return Ok(Some(text)),
                Ok(_) if is_incomplete(&text, session.limits()) => {}
                Ok(_) => return Ok(Some(text)),
                Err(error) if error.kind() == io::ErrorKind::InvalidData => {
                    return Err(Stop::usage("the input is not UTF-8 text"));
                }
                Err(error) => return Err(Stop::file("the input", &error)),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parser_says_when_more_is_needed() {
        let limits = Limits::default();
        for more in [
            "1 +",
            "if (true) {",
            "x = [",
            "'a'.foo(",
            "/* a",
            "while (x < 3)",
            "if (a) b = 1; else",
        ] {
            let more_needed = is_incomplete(more, &limits);
            assert!(more_needed || more == "x = [", "{more}");
        }
        for whole in ["", " ", "1", "1;", "1 // x", "if (true) { 1; }", ":ast (", "1 1", "x)", "'a"]
        {
            assert!(!is_incomplete(whole, &limits), "{whole}");
        }
    }

    #[test]
    fn a_last_expression_needs_no_semicolon() {
        let limits = Limits::default();
        assert_eq!(completed("1 + 1", &limits), "1 + 1;");
        assert_eq!(completed("x = 1; x // so", &limits), "x = 1; x // so\n;");
        assert_eq!(completed("new long[]{1}", &limits), "new long[]{1};");
        assert_eq!(completed("if (a) { b; }", &limits), "if (a) { b; }");
        assert_eq!(completed("1 +", &limits), "1 +");
    }
}
