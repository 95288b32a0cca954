//! A compiled program: made once, run any number of times, from any number of threads.

use std::sync::Arc;

use crate::error::{Error, ErrorKind, Span};
use crate::eval::code::Code;
use crate::eval::{compile, execute, execute_keeping};
use crate::host::Host;
use crate::limits::{CancelFlag, Limits, Meter};
use crate::stdlib::datetime::Zone;
use crate::stdlib::table::Context;
use crate::syntax;
use crate::value::Value;

/// How an evaluation ended well.
#[derive(Debug, Clone, PartialEq)]
pub enum Outcome {
    /// With a value (VOID included).
    Value(Value),
    /// With `throw`, carrying the string.
    Thrown(String),
}

/// What an evaluation used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Usage {
    /// Steps taken; the same on every machine for the same program, inputs and limits.
    pub steps: u64,
    /// The most bytes that its values held at once.
    pub peak_memory: usize,
}

/// A compiled program. Immutable, `Send + Sync`; cloning shares it.
#[derive(Debug, Clone)]
pub struct Program(Arc<Repr>);

#[derive(Debug)]
struct Repr {
    source: String,
    code: Code,
}

impl Program {
    /// Compiles with the default [`Limits`] on the source. Strict: a last statement needs its `;`.
    ///
    /// # Errors
    /// [`ErrorKind::Parse`], with the place.
    pub fn compile(source: &str) -> Result<Program, Error> {
        Program::compile_with(source, &Limits::default())
    }

    /// Compiles with these limits on length and nesting.
    ///
    /// # Errors
    /// As [`Program::compile`].
    pub fn compile_with(source: &str, limits: &Limits) -> Result<Program, Error> {
        let unit = syntax::parse(source, limits)?;
        let code = compile::compile(&unit);
        Ok(Program(Arc::new(Repr { source: source.to_owned(), code })))
    }

    /// The free names, in the order of their first use: what a caller must supply. A name is free
    /// if its first use in the text reads it. Class names and `params` are not among them.
    #[must_use]
    pub fn inputs(&self) -> &[String] {
        &self.0.code.inputs
    }

    /// All variables of the program, the free names included.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.0.code.names.iter().map(|name| &**name)
    }

    /// The source text it was compiled from.
    #[must_use]
    pub fn source(&self) -> &str {
        &self.0.source
    }

    /// Evaluates with the default limits. A `throw` is an error of kind [`ErrorKind::Thrown`].
    ///
    /// # Errors
    /// When the evaluation fails, reaches a limit, or throws.
    pub fn eval(&self, host: &dyn Host) -> Result<Value, Error> {
        match self.run(host, &Limits::default(), None)? {
            Outcome::Value(value) => Ok(value),
            Outcome::Thrown(text) => Err(Error::new(ErrorKind::Thrown, text, Span::default())),
        }
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
        let meter = Meter::new(limits, cancel.cloned());
        self.run_metered(host, &meter)
    }

    /// As [`Program::run`], and tells what was used, however it ended.
    pub fn run_measured(
        &self,
        host: &dyn Host,
        limits: &Limits,
        cancel: Option<&CancelFlag>,
    ) -> (Result<Outcome, Error>, Usage) {
        let meter = Meter::new(limits, cancel.cloned());
        (self.run_metered(host, &meter), usage(&meter))
    }

    fn run_metered(&self, host: &dyn Host, meter: &Meter) -> Result<Outcome, Error> {
        let cx = Context::new(meter, host, default_zone(host, meter)?);
        execute(&self.0.code, &cx)
    }

    /// As [`Program::run_measured`], by the evaluator's general paths alone.
    #[cfg(test)]
    pub(crate) fn run_general(
        &self,
        host: &dyn Host,
        limits: &Limits,
    ) -> (Result<Outcome, Error>, Usage) {
        let meter = Meter::new(limits, None);
        let zone = match default_zone(host, &meter) {
            Ok(zone) => zone,
            Err(error) => return (Err(error), usage(&meter)),
        };
        let mut cx = Context::new(&meter, host, zone);
        cx.is_general = true;
        (execute(&self.0.code, &cx), usage(&meter))
    }

    /// As [`Program::run_measured`], and gives the variables that the program read or set, with
    /// their values at its end, however it ended: what an interactive session carries on.
    pub fn run_keeping(
        &self,
        host: &dyn Host,
        limits: &Limits,
        cancel: Option<&CancelFlag>,
    ) -> (Result<Outcome, Error>, Vec<(String, Value)>, Usage) {
        let meter = Meter::new(limits, cancel.cloned());
        let zone = match default_zone(host, &meter) {
            Ok(zone) => zone,
            Err(error) => return (Err(error), Vec::new(), usage(&meter)),
        };
        let cx = Context::new(&meter, host, zone);
        let (ended, kept) = execute_keeping(&self.0.code, &cx);
        (ended, kept, usage(&meter))
    }
}

fn default_zone(host: &dyn Host, meter: &Meter) -> Result<Zone, Error> {
    match host.time_zone() {
        "UTC" => Ok(Zone::Utc),
        id => Zone::for_id(id).map_err(|fault| fault.into_error(meter)),
    }
}

fn usage(meter: &Meter) -> Usage {
    Usage { steps: meter.used_steps(), peak_memory: meter.peak_bytes() }
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
