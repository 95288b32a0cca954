//! Compiled expressions, kept: a foreach compiles each expression once, not once an iteration.

use std::sync::{LazyLock, Mutex, PoisonError};

use sel::{Limits, Program, complete_statement};

use super::error::{ErrorKind, ParamError};
use crate::cache::ProgramCache;

/// How many bytes of source are kept.
const BYTES: u64 = 2 << 20;

static KEPT: LazyLock<Mutex<ProgramCache>> =
    LazyLock::new(|| Mutex::new(ProgramCache::new(BYTES, &Limits::default())));

/// The program of an expression, after the host's convenience of adding the last `;`.
///
/// # Errors
/// When it cannot be parsed; the error names the param.
pub fn compile(param: &str, expression: &str, limits: &Limits) -> Result<Program, ParamError> {
    let source = complete_statement(expression);
    let mut kept = KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    kept.compile(&source, limits).cloned().map_err(|error| {
        let message = format!("the expression cannot be parsed: {error}");
        ParamError::new(param, ErrorKind::Expression, message).with_fault(&source, error)
    })
}
