//! A tree as compact JSON text.

use std::fmt::{self, Write};

use super::{Node, Value};

impl fmt::Display for Node {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write(self, f)
    }
}

fn write(node: &Node, out: &mut impl Write) -> fmt::Result {
    match &node.value {
        Value::Null => out.write_str("null"),
        Value::Bool(value) => write!(out, "{value}"),
        Value::Int(value) => write!(out, "{value}"),
        Value::Number(text) => out.write_str(text),
        Value::Text(text) => string(text, out),
        Value::Array(items) => {
            out.write_char('[')?;
            for (place, item) in items.iter().enumerate() {
                if place > 0 {
                    out.write_char(',')?;
                }
                write(item, out)?;
            }
            out.write_char(']')
        }
        Value::Object(entries) => {
            out.write_char('{')?;
            for (place, (key, item)) in entries.iter().enumerate() {
                if place > 0 {
                    out.write_char(',')?;
                }
                string(&key.name, out)?;
                out.write_char(':')?;
                write(item, out)?;
            }
            out.write_char('}')
        }
    }
}

/// Writes a JSON string.
pub(crate) fn string(text: &str, out: &mut impl Write) -> fmt::Result {
    out.write_char('"')?;
    let mut run = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x8 => "\\b",
            0xc => "\\f",
            0..=0x1f => "",
            _ => continue,
        };
        out.write_str(text.get(run..at).unwrap_or_default())?;
        if short.is_empty() {
            write!(out, "\\u{byte:04x}")?;
        } else {
            out.write_str(short)?;
        }
        run = at + 1;
    }
    out.write_str(text.get(run..).unwrap_or_default())?;
    out.write_char('"')
}
