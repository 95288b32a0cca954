//! How large the evaluated params of one workflow or step are.

use super::error::ParamError;
use crate::model::{Evaluated, Params};

/// The most characters of JSON.
const MOST: usize = 750_000;

/// Refuses params whose evaluated values are too large together.
pub(super) fn check(params: &Params) -> Result<(), ParamError> {
    let mut total = 0usize;
    for (name, param) in params {
        if let Some(value) = param.evaluated() {
            total = total.saturating_add(name.len() + 3).saturating_add(size(value));
        }
        if total > MOST {
            let message =
                format!("with it the evaluated params are larger than {MOST} characters of JSON");
            return Err(ParamError::invalid(name, message));
        }
    }
    Ok(())
}

/// The characters of a value's JSON, near enough: escapes are not counted.
fn size(value: &Evaluated) -> usize {
    let text = |text: &str| text.chars().count() + 2;
    let number = |n: &i64| n.checked_abs().and_then(i64::checked_ilog10).unwrap_or(0) as usize + 2;
    match value {
        Evaluated::String(s) => text(s),
        Evaluated::Long(n) => number(n),
        Evaluated::Double(n) => n.as_str().len(),
        Evaluated::Boolean(_) => 5,
        Evaluated::StringArray(items) => items.iter().map(|s| text(s) + 1).sum::<usize>() + 2,
        Evaluated::LongArray(items) => items.iter().map(|n| number(n) + 1).sum::<usize>() + 2,
        Evaluated::DoubleArray(items) => {
            items.iter().map(|n| n.as_str().len() + 1).sum::<usize>() + 2
        }
        Evaluated::BooleanArray(items) => items.len().saturating_mul(6) + 2,
        Evaluated::Map(entries) => {
            entries.iter().map(|(key, value)| text(key) + size(value) + 2).sum::<usize>() + 2
        }
    }
}
