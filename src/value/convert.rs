//! Across the border: [`Value`] in, [`Value`] out.

use std::borrow::Cow;

use indexmap::IndexMap;

use super::text::{Text, Units, ascii_string};
use super::val::{Array, Items, Map, Val};
use super::{Kind, Value};
use crate::fault::Fault;
use crate::limits::{LimitKind, Meter};
use crate::stdlib::datetime::Formatter;

/// Deepest nesting of maps that is converted or shown.
const MAX_DEPTH: usize = 64;

/// Characters that are converted between two looks at the clock.
const STRETCH: usize = 1024;

/// An input that lives as long as the evaluation: its text is borrowed, arrays and maps are
/// copied, so that nothing an expression does reaches the caller's data.
pub(crate) fn from_value<'a>(value: &'a Value, meter: &'a Meter) -> Result<Val<'a>, Fault> {
    match value {
        Value::String(s) => {
            meter.step_units(s.len())?;
            Text::borrow(s, meter).map(Val::Str)
        }
        Value::StringArray(items) => {
            let texts =
                items.iter().map(|s| s.as_deref().map(|s| Text::borrow(s, meter)).transpose());
            Array::texts(items.len(), texts, meter).map(Val::Array)
        }
        Value::Map(map) => copy_map(map, meter, 0, from_value_at),
        Value::DateTimeFormatter(v) => Ok(Val::Formatter(Cow::Borrowed(v))),
        other => copy_value(other, meter),
    }
}

fn from_value_at<'a>(value: &'a Value, meter: &'a Meter, depth: usize) -> Result<Val<'a>, Fault> {
    match value {
        Value::Map(map) => copy_map(map, meter, depth, from_value_at),
        other => from_value(other, meter),
    }
}

/// A value that does not live as long as the evaluation: all of it is copied.
pub(crate) fn copy_value<'a>(value: &Value, meter: &'a Meter) -> Result<Val<'a>, Fault> {
    copy_value_at(value, meter, 0)
}

fn copy_value_at<'a>(value: &Value, meter: &'a Meter, depth: usize) -> Result<Val<'a>, Fault> {
    Ok(match value {
        Value::Void => Val::Void,
        Value::Null => Val::Null,
        Value::NullOf(kind) => Val::NullOf(*kind),
        Value::Long(v) => Val::Long(*v),
        Value::Double(v) => Val::Double(*v),
        Value::Boolean(v) => Val::Bool(*v),
        Value::String(s) => Val::Str(Text::new(s, meter)?),
        Value::LongArray(v) => Val::Array(Array::longs(v.len(), v.iter().copied(), meter)?),
        Value::DoubleArray(v) => Val::Array(Array::doubles(v.len(), v.iter().copied(), meter)?),
        Value::BooleanArray(v) => Val::Array(Array::bools(v.len(), v.iter().copied(), meter)?),
        Value::StringArray(v) => {
            let texts = v.iter().map(|s| s.as_deref().map(|s| Text::new(s, meter)).transpose());
            Val::Array(Array::texts(v.len(), texts, meter)?)
        }
        Value::Map(map) => copy_map(map, meter, depth, copy_value_at)?,
        Value::DateTime(v) => Val::DateTime(*v),
        Value::DateTimeZone(v) => Val::Zone(*v),
        Value::DateTimeFormatter(v) => Val::Formatter(Cow::Owned(v.clone())),
        Value::DateTimeProperty(v) => Val::Property(*v),
        Value::DateTimeDays(v) => Val::Days(*v),
        Value::Uuid(v) => Val::Uuid(*v),
    })
}

fn copy_map<'v, 'a>(
    map: &'v IndexMap<String, Value>,
    meter: &'a Meter,
    depth: usize,
    copy: fn(&'v Value, &'a Meter, usize) -> Result<Val<'a>, Fault>,
) -> Result<Val<'a>, Fault> {
    if depth >= MAX_DEPTH {
        return Err(Fault::limit(LimitKind::Depth));
    }
    let out = Map::new(meter)?;
    for (key, value) in map {
        meter.step(1)?;
        out.put(Text::new(key, meter)?, copy(value, meter, depth + 1)?)?;
    }
    Ok(Val::Map(out))
}

/// A result, owned. Shared maps are copied as often as they are seen; each copy is charged, so
/// that a small web of maps cannot become a huge tree.
pub(crate) fn to_value(value: &Val<'_>, meter: &Meter) -> Result<Value, Fault> {
    meter.step(1)?;
    to_value_at(value, meter, 0)
}

fn to_value_at(value: &Val<'_>, meter: &Meter, depth: usize) -> Result<Value, Fault> {
    Ok(match value {
        Val::Void | Val::Unset => Value::Void,
        Val::Null => Value::Null,
        Val::NullOf(kind) => Value::NullOf(*kind),
        Val::Long(v) => Value::Long(*v),
        Val::Double(v) => Value::Double(*v),
        Val::Bool(v) => Value::Boolean(*v),
        Val::Str(text) => Value::String(owned(text, meter)?),
        Val::Array(array) => array_value(array, meter)?,
        Val::Map(map) => {
            if depth >= MAX_DEPTH {
                return Err(Fault::limit(LimitKind::Depth));
            }
            let mut out = IndexMap::new();
            for (key, value) in map.entries()? {
                meter.charge(128)?;
                meter.step(1)?;
                out.insert(owned(&key, meter)?, to_value_at(&value, meter, depth + 1)?);
            }
            Value::Map(out)
        }
        Val::DateTime(v) => Value::DateTime(*v),
        Val::Zone(v) => Value::DateTimeZone(*v),
        Val::Formatter(v) => Value::DateTimeFormatter(Formatter::clone(v)),
        Val::Property(v) => Value::DateTimeProperty(*v),
        Val::Days(v) => Value::DateTimeDays(*v),
        Val::Uuid(v) => Value::Uuid(*v),
    })
}

/// The text as a Rust string. Charged for good: results are gone with the evaluation's account.
pub(crate) fn owned(text: &Text<'_>, meter: &Meter) -> Result<String, Fault> {
    match text.units() {
        Units::Ascii(bytes) => {
            meter.charge(bytes.len())?;
            meter.step_units(bytes.len())?;
            Ok(ascii_string(bytes))
        }
        Units::Wide(units) => owned_wide(units, meter),
    }
}

fn owned_wide(units: &[u16], meter: &Meter) -> Result<String, Fault> {
    // A unit takes up to three bytes of UTF-8.
    meter.charge(units.len().saturating_mul(3))?;
    let mut out = String::new();
    let mut left = 0;
    for c in char::decode_utf16(units.iter().copied()) {
        if left == 0 {
            meter.step_units(STRETCH)?;
            left = STRETCH;
        }
        left -= 1;
        out.push(c.unwrap_or('?'));
    }
    Ok(out)
}

fn array_value(array: &Array<'_>, meter: &Meter) -> Result<Value, Fault> {
    meter.step_units(array.len())?;
    let bytes = if array.kind() == Kind::BooleanArray { 1 } else { 8 };
    meter.charge(array.len().saturating_mul(bytes))?;
    Ok(match &array.items {
        Items::Long(v) => Value::LongArray(v.iter().map(std::cell::Cell::get).collect()),
        Items::Double(v) => Value::DoubleArray(v.iter().map(std::cell::Cell::get).collect()),
        Items::Bool(v) => Value::BooleanArray(v.iter().map(std::cell::Cell::get).collect()),
        Items::Str(v) => {
            let texts = v.borrow();
            meter.charge(texts.len().saturating_mul(16))?;
            let owned = texts.iter().map(|t| t.as_ref().map(|t| owned(t, meter)).transpose());
            Value::StringArray(owned.collect::<Result<_, _>>()?)
        }
    })
}
