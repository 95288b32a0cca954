//! The answer to a line, in JSON.

use std::borrow::Cow;
use std::fmt;
use std::io::Write;

use sel::json::Typed;
use sel::{Error, Outcome, Position};
use serde::Deserializer;
use serde::de::{IgnoredAny, MapAccess, Visitor};
use serde_json::value::RawValue;

/// Reads the `id` of a line that has something wrong behind it or elsewhere: what was read when
/// the fault came stays.
struct OnlyId<'f, 'j>(&'f mut Option<&'j RawValue>);

impl<'j> Visitor<'j> for OnlyId<'_, 'j> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'j>>(self, mut map: A) -> Result<(), A::Error> {
        while let Some(key) = map.next_key::<Cow<'j, str>>()? {
            if key == "id" {
                let id = map.next_value()?;
                self.0.get_or_insert(id);
            } else {
                map.next_value::<IgnoredAny>()?;
            }
        }
        Ok(())
    }
}

/// `{"id": …`, to be gone on with.
pub(crate) fn begin(out: &mut Vec<u8>, id: Option<&RawValue>) {
    out.extend_from_slice(b"{\"id\":");
    out.extend_from_slice(id.map_or("null", RawValue::get).as_bytes());
}

/// `"type": …, "value": …}` or `"thrown": …}`.
pub(crate) fn outcome(out: &mut Vec<u8>, outcome: &Outcome) {
    let start = out.len();
    match outcome {
        Outcome::Thrown(message) => {
            out.extend_from_slice(b",\"thrown\":");
            string(out, message);
            out.push(b'}');
        }
        Outcome::Value(value) => match serde_json::to_writer(&mut *out, &Typed(value)) {
            // An object of its own: its brace becomes our comma.
            Ok(()) => {
                if let Some(brace) = out.get_mut(start) {
                    *brace = b',';
                }
            }
            Err(error) => {
                out.truncate(start);
                fault(out, "limit", &error.to_string(), 1, 1);
            }
        },
    }
}

/// `"error": {…}}` at a place of the expression.
pub(crate) fn error(out: &mut Vec<u8>, expr: &str, error: &Error) {
    let place = Position::of(expr, error.span().start);
    fault(out, error.kind().name(), error.message(), place.line as usize, place.column as usize);
}

/// The whole answer to a line that is not what it should be.
pub(crate) fn malformed(out: &mut Vec<u8>, text: &[u8], message: &str, column: usize) {
    let mut id = None;
    let mut reader = serde_json::Deserializer::from_slice(text);
    // That it is malformed is known.
    let _ = reader.deserialize_map(OnlyId(&mut id));
    begin(out, id);
    fault(out, "parse", &format!("malformed line: {message}"), 1, column.max(1));
}

fn fault(out: &mut Vec<u8>, kind: &str, message: &str, line: usize, column: usize) {
    out.extend_from_slice(b",\"error\":{\"kind\":");
    string(out, kind);
    out.extend_from_slice(b",\"message\":");
    string(out, message);
    // Writing to memory does not fail.
    let _ = write!(out, ",\"line\":{line},\"column\":{column}}}}}");
}

fn string(out: &mut Vec<u8>, text: &str) {
    let _ = serde_json::to_writer(out, text);
}
