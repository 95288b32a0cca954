//! `Object.hashCode` of the values that have one by their contents.

use super::argument::Argument;
use crate::fault::Fault;
use crate::limits::{LimitKind, Meter};
use crate::stdlib::datetime::Zone;
use crate::value::display::display;
use crate::value::val::{Map, Val};

/// How many maps may be nested in a map whose hash is asked for.
const MAX_DEPTH: usize = 64;

/// The hash code that `%h` shows.
///
/// # Errors
/// When the value has no hash of its contents, or steps, memory or depth run out.
pub(super) fn of<'a>(arg: Argument<'_, 'a>, meter: &'a Meter) -> Result<i32, Fault> {
    match arg {
        Argument::Null => Ok(0),
        Argument::Bool(v) => Ok(of_bool(v)),
        Argument::Int(v) => Ok(v),
        Argument::Long(v) => Ok(of_long(v)),
        Argument::Double(v) => Ok(of_double(v)),
        Argument::Other(value) => of_value(value, meter, 0),
    }
}

fn of_bool(value: bool) -> i32 {
    if value { 1231 } else { 1237 }
}

fn of_long(value: i64) -> i32 {
    (value ^ (value as u64 >> 32) as i64) as i32
}

fn of_double(value: f64) -> i32 {
    // `Double.doubleToLongBits` has one NaN.
    of_long(if value.is_nan() { 0x7ff8_0000_0000_0000 } else { value.to_bits() as i64 })
}

/// The hash of a value inside a map, where each LONG is a `Long`.
fn of_value<'a>(value: &Val<'a>, meter: &'a Meter, depth: usize) -> Result<i32, Fault> {
    meter.step(1)?;
    Ok(match value {
        Val::Void | Val::Unset | Val::Null | Val::NullOf(_) => 0,
        Val::Long(v) => of_long(*v),
        Val::Double(v) => of_double(*v),
        Val::Bool(v) => of_bool(*v),
        Val::Str(v) => {
            meter.step_units(v.len())?;
            v.units().java_hash()
        }
        Val::Map(v) => of_map(v, meter, depth)?,
        Val::Uuid(v) => {
            let bits = u128::from_be_bytes(*v);
            of_long((bits >> 64) as i64 ^ bits as i64)
        }
        // Joda-Time: AbstractInstant, ISOChronology.
        Val::DateTime(v) => {
            let chronology = 72_805_i32.wrapping_mul(11).wrapping_add(of_zone(v.zone, meter)?);
            of_long(v.millis).wrapping_add(chronology)
        }
        Val::Zone(v) => of_zone(*v, meter)?,
        // Joda-Time: BaseSingleFieldPeriod, DurationFieldType.
        Val::Days(v) => (27 * 17_i32).wrapping_add(v.0).wrapping_mul(27).wrapping_add(1 << 7),
        Val::Array(_) | Val::Formatter(_) | Val::Property(_) => {
            let kind = value.kind();
            return Err(Fault::error(format!("a {kind} has no hash of its contents")));
        }
    })
}

/// Joda-Time: `UTCDateTimeZone`, `FixedDateTimeZone`, `DateTimeZone`.
fn of_zone(zone: Zone, meter: &Meter) -> Result<i32, Fault> {
    let id = display(&Val::Zone(zone), meter)?.units().java_hash();
    Ok(id.wrapping_add(match zone {
        Zone::Utc => 0,
        Zone::Fixed(millis) => millis.wrapping_mul(37 + 31),
        Zone::Tz(_) => 57,
    }))
}

/// `AbstractMap.hashCode`.
fn of_map<'a>(map: &Map<'a>, meter: &'a Meter, depth: usize) -> Result<i32, Fault> {
    if depth >= MAX_DEPTH {
        return Err(Fault::limit(LimitKind::Depth));
    }
    let mut sum = 0_i32;
    for (key, value) in map.borrow().iter() {
        meter.step_units(key.len())?;
        sum = sum.wrapping_add(key.units().java_hash() ^ of_value(value, meter, depth + 1)?);
    }
    Ok(sum)
}
