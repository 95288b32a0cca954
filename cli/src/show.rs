//! Values on standard output.

use std::io::{self, Write};

use sel::Value;
use sel::json::Typed;

/// How a value is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// A string raw, anything else in its string form.
    Plain,
    /// The same behind the name of its type.
    WithType,
    /// Typed JSON.
    Json,
}

/// Writes a value and a line end.
pub(crate) fn value(out: &mut dyn Write, value: &Value, form: Form) -> io::Result<()> {
    match form {
        Form::Plain => writeln!(out, "{value}"),
        Form::WithType => writeln!(out, "{} {value}", value.kind()),
        Form::Json => {
            serde_json::to_writer(&mut *out, &Typed(value))?;
            out.write_all(b"\n")
        }
    }
}
