//! Compiled expressions, kept: a foreach compiles each expression once, not once an iteration.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use sel::{Limits, Program, complete_statement};

use super::error::{ErrorKind, ParamError};

/// How many bytes of source one generation holds.
const GENERATION: usize = 1 << 20;

/// Two generations: what is found in the older one moves to the younger; when that is full it
/// becomes the older one, and what nobody asked for since is gone.
#[derive(Default)]
struct Kept {
    young: HashMap<Box<str>, Program>,
    old: HashMap<Box<str>, Program>,
    size: usize,
}

static KEPT: LazyLock<Mutex<Kept>> = LazyLock::new(Mutex::default);

impl Kept {
    fn get(&mut self, source: &str) -> Option<Program> {
        if let Some(found) = self.young.get(source) {
            return Some(found.clone());
        }
        let (source, program) = self.old.remove_entry(source)?;
        self.put(source, program.clone());
        Some(program)
    }
    fn put(&mut self, source: Box<str>, program: Program) {
        if self.size > GENERATION {
            self.old = std::mem::take(&mut self.young);
            self.size = 0;
        }
        // An entry costs more than its text: so many short ones are no loophole.
        self.size = self.size.saturating_add(source.len()).saturating_add(256);
        self.young.insert(source, program);
    }
}

/// The program of an expression, after the host's convenience of adding the last `;`.
///
/// # Errors
/// When it cannot be parsed; the error names the param.
pub fn compile(param: &str, expression: &str, limits: &Limits) -> Result<Program, ParamError> {
    let source = complete_statement(expression);
    let kept = || KEPT.lock().unwrap_or_else(PoisonError::into_inner);
    if *limits == Limits::default()
        && let Some(program) = kept().get(&source)
    {
        return Ok(program);
    }
    match Program::compile_with(&source, limits) {
        Ok(program) => {
            if *limits == Limits::default() {
                kept().put(source.into(), program.clone());
            }
            Ok(program)
        }
        Err(error) => {
            let message = format!("the expression cannot be parsed: {error}");
            Err(ParamError::new(param, ErrorKind::Expression, message).with_fault(&source, error))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let mut kept = Kept::default();
        let program = Program::compile("1;").unwrap();
        kept.put("hot".into(), program.clone());
        for n in 0..20_000 {
            kept.put(format!("cold {n}").into(), program.clone());
            assert!(kept.get("hot").is_some());
        }
        assert!(kept.get("cold 1").is_none());
        assert!(kept.young.len() + kept.old.len() < 10_000);
    }
}
