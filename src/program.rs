//! A compiled program: made once, run any number of times, from any number of threads.

use crate::error::Error;
use crate::host::Host;
use crate::limits::{CancelFlag, Limits};
use crate::value::Value;

/// How an evaluation ended well.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With a value (VOID included).
    Value(Value),
    /// With `throw`, carrying the string.
    Thrown(String),
}

/// A compiled program. Immutable, `Send + Sync`.
#[derive(Debug, Clone)]
pub struct Program {
    source: String,
}

impl Program {
    /// Compiles with the default [`Limits`] on the source. Strict: a last statement needs its `;`.
    ///
    /// # Errors
    /// [`ErrorKind::Parse`](crate::ErrorKind::Parse), with the place.
    pub fn compile(source: &str) -> Result<Program, Error> {
        Program::compile_with(source, &Limits::default())
    }

    /// Compiles with these limits on length and nesting.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_with(source: &str, limits: &Limits) -> Result<Program, Error> {
        let _ = limits;
        Ok(Program { source: source.to_owned() })
    }

    /// The free names: what a caller must supply. No class names, no locals, `params` not included.
    #[must_use]
    pub fn inputs(&self) -> &[String] {
        &[]
    }

    /// The source text it was compiled from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.source
    }

    /// Evaluates with the default limits. A `throw` is an error of kind
    /// [`ErrorKind::Thrown`](crate::ErrorKind::Thrown).
    ///
    /// # Errors
    /// When the evaluation fails, reaches a limit, or throws.
    pub fn eval(&self, host: &dyn Host) -> Result<Value, Error> {
        let _ = host;
        Ok(Value::Void)
    }

    /// Evaluates with these limits; `cancel` stops it from another thread.
    ///
    /// # Errors
    /// When the evaluation fails or reaches a limit.
    pub fn run(
        &self,
        host: &dyn Host,
        limits: &Limits,
        cancel: Option<&CancelFlag>,
    ) -> Result<Outcome, Error> {
        let _ = (host, limits, cancel);
        Ok(Outcome::Value(Value::Void))
    }
}

/// What the workflow engine does before compiling: trims, and adds the missing last `;` unless the
/// text is empty, or ends with `}` and does not begin with `{"`.
#[must_use]
pub fn complete_statement(expression: &str) -> std::borrow::Cow<'_, str> {
    let text = expression.trim();
    if text.is_empty() || text.ends_with(';') || (text.ends_with('}') && !text.starts_with("{\"")) {
        text.into()
    } else {
        format!("{text};").into()
    }
}
