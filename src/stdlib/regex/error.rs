//! What is wrong with a pattern, and where.

use crate::fault::Fault;

/// A pattern that does not compile.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PatternError {
    /// What is wrong, in plain words.
    pub(crate) message: String,
    /// Where, in UTF-16 units from the start of the pattern.
    pub(crate) index: usize,
}

/// Why compiling stopped.
#[derive(Debug)]
pub(super) enum Stop {
    /// The pattern is wrong.
    Pattern(PatternError),
    /// The evaluation's budget ran out.
    Fault(Fault),
}

impl Stop {
    /// A mistake at a place of the pattern.
    #[cold]
    pub(super) fn at(index: usize, message: impl Into<String>) -> Self {
        Stop::Pattern(PatternError { message: message.into(), index })
    }
}

impl From<Fault> for Stop {
    fn from(fault: Fault) -> Self {
        Stop::Fault(fault)
    }
}

/// Most characters of a pattern that an error message shows.
const SHOWN: usize = 60;

impl PatternError {
    /// The fault for the run, with the pattern shown.
    #[cold]
    pub(super) fn into_fault(self, pattern: &str) -> Fault {
        let mut shown: String = pattern.chars().take(SHOWN).collect();
        if shown.len() < pattern.len() {
            shown.push('…');
        }
        let PatternError { message, index } = self;
        Fault::error(format!("bad regular expression `{shown}`: {message} at position {index}"))
    }
}
