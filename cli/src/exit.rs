//! How a command ends when it can't do its work.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use sel_engine::run::RunError;

use crate::report;

/// The expression failed; what was wrong has been reported.
pub(crate) const FAILED: u8 = 1;
/// The command line, or a file it names, is wrong.
pub(crate) const USAGE: u8 = 2;

/// Ended by Ctrl-C, as shells tell it.
pub(crate) const INTERRUPTED: u8 = 130;

/// Why a command stopped before it could do its work.
#[derive(Debug)]
pub(crate) enum Stop {
    /// Wrong usage, in words.
    Usage(String),
    /// What was asked for is refused, in words.
    Refused(String),
    /// Ctrl-C, and what becomes of the work.
    Interrupted(String),
    /// Nobody reads the output any more: no reason to complain.
    Closed,
}

/// The result of a command.
pub(crate) type Done = Result<ExitCode, Stop>;

impl Stop {
    /// Wrong usage.
    pub(crate) fn usage(message: impl Into<String>) -> Stop {
        Stop::Usage(message.into())
    }

    /// What another part of the program says is wrong.
    pub(crate) fn usage_of(error: impl Display) -> Stop {
        Stop::Usage(error.to_string())
    }

    /// What was asked for is refused; a database that fails is another matter.
    pub(crate) fn refused(error: RunError) -> Stop {
        match error {
            RunError::Store(_) | RunError::Ended(_) => Stop::usage_of(error),
            refused => Stop::Refused(refused.to_string()),
        }
    }

    /// Something about a file (or standard input) that can't be read.
    pub(crate) fn file(name: impl Display, problem: &io::Error) -> Stop {
        Stop::Usage(format!("cannot read `{name}`: {}", plain(problem)))
    }

    /// Tells the user, and gives the exit status.
    pub(crate) fn report(self) -> ExitCode {
        match self {
            Stop::Usage(message) => {
                report::plain(&message);
                ExitCode::from(USAGE)
            }
            Stop::Refused(message) => {
                report::plain(&message);
                ExitCode::from(FAILED)
            }
            Stop::Interrupted(message) => {
                report::plain(&message);
                ExitCode::from(INTERRUPTED)
            }
            Stop::Closed => ExitCode::SUCCESS,
        }
    }
}

/// A failed write to standard output.
impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Stop {
        match error.kind() {
            io::ErrorKind::BrokenPipe => Stop::Closed,
            _ => Stop::Usage(format!("cannot write the output: {}", plain(&error))),
        }
    }
}

/// The message of an I/O error without the system's number.
pub(crate) fn plain(error: &io::Error) -> String {
    let text = error.to_string();
    let end = text.find(" (os error").unwrap_or(text.len());
    let mut text = text.get(..end).unwrap_or_default().to_owned();
    if let Some(first) = text.get_mut(..1) {
        first.make_ascii_lowercase();
    }
    text
}
