//! The string form of a value outside of an evaluation: what `String.valueOf` would give.

use std::fmt;
use std::time::Duration;

use super::Value;
use super::convert::copy_value;
use super::display::display;
use crate::fault::Fault;
use crate::limits::{Limits, Meter};

/// A string is shown raw, anything else in its string form; what is nested too deeply as `…`.
impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Boolean(v) => f.pad(if *v { "true" } else { "false" }),
            Value::String(text) => f.pad(text),
            value => f.pad(&shown(value).unwrap_or_else(|_| "…".to_owned())),
        }
    }
}

fn shown(value: &Value) -> Result<String, Fault> {
    // The value exists already, so its text is a constant factor away: nothing to be metered.
    let limits = Limits {
        steps: u64::MAX,
        memory: usize::MAX,
        array_length: usize::MAX,
        time: Duration::MAX,
        ..Limits::default()
    };
    let meter = Meter::new(&limits, None);
    let value = copy_value(value, &meter)?;
    let text = display(&value, &meter)?.to_string_lossy();
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_shown_as_java_shows_them() {
        let shown = |value: Value| value.to_string();
        assert_eq!(shown(Value::from("a'b")), "a'b");
        assert_eq!(shown(Value::Double(1e7)), "1.0E7");
        assert_eq!(shown(Value::Null), "null");
        assert_eq!(shown(Value::LongArray(vec![1, 2])), "[1, 2]");
        let map = [("k".to_owned(), Value::from("v"))].into_iter().collect();
        assert_eq!(shown(Value::Map(map)), "{k=v}");
        assert_eq!(format!("[{:>4}]", Value::Long(7)), "[   7]");
    }
}
