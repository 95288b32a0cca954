//! SEL, the Simple Expression Language: a small, safe Java subset to embed.
//!
//! ```
//! use sel::{Env, Program, Value};
//!
//! let program = Program::compile("return name.toUpperCase() + '-' + (n + 1);")?;
//! assert_eq!(program.inputs(), ["name", "n"]);
//! let env = Env::new().with("name", "job").with("n", 41);
//! assert_eq!(program.eval(&env)?, Value::from("JOB-42"));
//! # Ok::<(), sel::Error>(())
//! ```

#![forbid(unsafe_code)]

// What the integration tests share names the crate as they do.
#[cfg(test)]
extern crate self as sel;

mod check;
pub mod diag;
mod error;
mod eval;
mod fault;
mod host;
mod limits;
mod program;
pub mod stdlib;
pub mod syntax;
mod value;

pub use check::{CheckOptions, Checked, check};
pub use diag::{Diagnostic, Severity, Suggestion};
pub use error::{Error, ErrorKind, Position, Span};
pub use host::{Env, Host, HostError, Input, Inputs};
pub use limits::{CancelFlag, LimitKind, Limits};
pub use program::{Outcome, Program, Usage, complete_statement};
#[cfg(feature = "serde")]
pub use value::json;
pub use value::{Kind, Ty, Value};

/// The example of the README is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
