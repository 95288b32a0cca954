//! The string form of a value, as `+` and `String.valueOf` show it.
//!
//! A map's entries come in the order in which `java.util.HashMap` would iterate over them, though
//! our maps keep insertion order: see [`order`]. Everything that is written is charged before it
//! is, so maps that share maps, doubling at each level, end at the memory limit.

use std::fmt::{self, Write};

use super::number::{push_double, push_long};
use super::text::{Text, TextBuilder};
use super::val::{Array, Items, Map, Val};
use crate::fault::Fault;
use crate::limits::{LimitKind, Meter};

mod order;

/// How many maps may be nested in a map that is shown.
const MAX_DEPTH: usize = 64;

/// The string form of a value.
///
/// # Errors
/// When memory, steps or depth run out.
pub(crate) fn display<'a>(value: &Val<'a>, meter: &'a Meter) -> Result<Text<'a>, Fault> {
    if let Val::Str(text) = value {
        return Ok(text.clone());
    }
    let mut out = TextBuilder::new(meter);
    push_display(&mut out, value, meter)?;
    Ok(out.finish())
}

/// Appends the string form of a value.
///
/// # Errors
/// When memory, steps or depth run out.
pub(crate) fn push_display<'a>(
    out: &mut TextBuilder<'a>,
    value: &Val<'a>,
    meter: &'a Meter,
) -> Result<(), Fault> {
    push_nested(out, value, meter, 0)
}

fn push_nested<'a>(
    out: &mut TextBuilder<'a>,
    value: &Val<'a>,
    meter: &'a Meter,
    depth: usize,
) -> Result<(), Fault> {
    match value {
        // A NULL inside a map is written so by the reference; a null of a type is not.
        Val::Null if depth > 0 => out.push_ascii(b"NULL"),
        Val::Void | Val::Unset | Val::Null | Val::NullOf(_) => out.push_ascii(b"null"),
        Val::Long(v) => push_long(out, *v),
        Val::Double(v) => push_double(out, *v),
        Val::Bool(v) => out.push_ascii(bool_text(*v).as_bytes()),
        Val::Str(v) => out.push_units(v.units()),
        Val::Array(v) => push_array(out, v),
        Val::Map(v) => push_map(out, v, meter, depth),
        Val::Uuid(v) => {
            let mut buf = [0; uuid::fmt::Hyphenated::LENGTH];
            let text = uuid::Uuid::from_bytes(*v).hyphenated().encode_lower(&mut buf);
            out.push_ascii(text.as_bytes())
        }
        Val::DateTime(v) => push_fmt(out, format_args!("{v}")),
        Val::Zone(v) => push_fmt(out, format_args!("{v}")),
        Val::Formatter(v) => push_fmt(out, format_args!("{v}")),
        Val::Property(v) => push_fmt(out, format_args!("{v}")),
        Val::Days(v) => push_fmt(out, format_args!("{v}")),
    }
}

/// `Boolean.toString`.
pub(crate) fn bool_text(value: bool) -> &'static str {
    if value { "true" } else { "false" }
}

/// `Arrays.toString`.
fn push_array<'a>(out: &mut TextBuilder<'a>, array: &Array<'a>) -> Result<(), Fault> {
    out.push_ascii(b"[")?;
    let mut first = true;
    let mut next = |out: &mut TextBuilder<'a>| {
        if std::mem::take(&mut first) { Ok(()) } else { out.push_ascii(b", ") }
    };
    match &array.items {
        Items::Long(items) => items.iter().try_for_each(|v| {
            next(out)?;
            push_long(out, v.get())
        })?,
        Items::Double(items) => items.iter().try_for_each(|v| {
            next(out)?;
            push_double(out, v.get())
        })?,
        Items::Bool(items) => items.iter().try_for_each(|v| {
            next(out)?;
            out.push_ascii(bool_text(v.get()).as_bytes())
        })?,
        Items::Str(items) => items.borrow().iter().try_for_each(|v| {
            next(out)?;
            match v {
                Some(text) => out.push_units(text.units()),
                None => out.push_ascii(b"null"),
            }
        })?,
    }
    out.push_ascii(b"]")
}

/// `AbstractMap.toString`, in `HashMap`'s order.
fn push_map<'a>(
    out: &mut TextBuilder<'a>,
    map: &Map<'a>,
    meter: &'a Meter,
    depth: usize,
) -> Result<(), Fault> {
    if depth >= MAX_DEPTH {
        return Err(Fault::limit(LimitKind::Depth));
    }
    let entries = map.borrow();
    out.push_ascii(b"{")?;
    for (i, at) in order::java_order(&entries, meter)?.iter().enumerate() {
        let Some((key, value)) = entries.get_index(at) else { continue };
        if i > 0 {
            out.push_ascii(b", ")?;
        }
        out.push_units(key.units())?;
        out.push_ascii(b"=")?;
        push_nested(out, value, meter, depth + 1)?;
    }
    out.push_ascii(b"}")
}

/// Appends what a `Display` writes.
pub(crate) fn push_fmt(out: &mut TextBuilder<'_>, text: fmt::Arguments<'_>) -> Result<(), Fault> {
    struct Sink<'o, 'a> {
        out: &'o mut TextBuilder<'a>,
        fault: Option<Fault>,
    }
    impl Write for Sink<'_, '_> {
        fn write_str(&mut self, s: &str) -> fmt::Result {
            self.out.push_str(s).map_err(|fault| {
                self.fault = Some(fault);
                fmt::Error
            })
        }
    }
    let mut sink = Sink { out, fault: None };
    match sink.write_fmt(text) {
        Ok(()) => Ok(()),
        Err(fmt::Error) => {
            Err(sink.fault.unwrap_or_else(|| Fault::error("a value has no string form")))
        }
    }
}

#[cfg(test)]
mod tests;
