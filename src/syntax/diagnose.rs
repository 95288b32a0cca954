//! placeholder
use crate::syntax::error::{SyntaxError, code};
pub(crate) fn diagnose(text: &str, at: usize) -> SyntaxError {
    let _ = text;
    SyntaxError::new(code::UNEXPECTED, "unexpected", at, at + 1)
}
