//! `Util`: dates as numbers (`20240115`), ranges of them, and deadlines.

use super::arithmetic::Unit;
use super::civil;
use super::digits::{Digits, digit};
use super::field::Field;
use super::instant::DateTime;
use super::parsed::Parsed;
use super::period;
use super::read::number;
use super::sink::Line;
use super::zone::Zone;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::{Text, Units};
use crate::value::val::{Array, Val};
use std::rc::Rc;

/// The fields of a date number and how many digits each has at most; the last is for the hour.
const FIELDS: [(Field, usize); 4] =
    [(Field::YearOfEra, 4), (Field::MonthOfYear, 2), (Field::DayOfMonth, 2), (Field::HourOfDay, 2)];
/// The count of [`FIELDS`] without the hour.
const DATE: usize = 3;

/// Reads the first `count` of [`FIELDS`], as the pattern `YYYYMMdd` would.
fn read(text: Units<'_>, count: usize, zone: Zone) -> Result<DateTime, Fault> {
    let wrong = || {
        let what = if count == DATE { "a date" } else { "a date and an hour" };
        Fault::with_help(
            format!("`{}` is not {what} of digits", text.shortened()),
            "write a date as `20240115`, an hour as `7` or `07`",
        )
    };
    let mut parsed = Parsed::new();
    let mut at = 0;
    for (field, digits) in FIELDS.into_iter().take(count) {
        let (value, end) = number(text, at, digits, false).ok_or_else(wrong)?;
        parsed.push(field, value);
        at = end;
    }
    if at != text.len() {
        return Err(wrong());
    }
    Ok(DateTime::new(parsed.instant(zone)?, zone))
}

/// The date of `20240115`, at midnight UTC.
pub(super) fn date(text: Units<'_>) -> Result<DateTime, Fault> {
    read(text, DATE, Zone::Utc)
}

/// The date number of an instant, in UTC.
pub(super) fn print(at: DateTime) -> Line {
    let date = civil::date_of(civil::split(at.millis).0);
    let mut line = Line::new();
    line.push(Digits::new(Field::YearOfEra.get(at.millis), 4).bytes());
    line.push(Digits::new(date.month, 2).bytes());
    line.push(Digits::new(date.day, 2).bytes());
    line
}

/// The instant of a date and an hour in a zone, some days and then some hours earlier.
pub(super) fn date_hour(
    [date, hour]: [Units<'_>; 2],
    zone: Zone,
    days: i64,
    hours: i64,
) -> Result<i64, Fault> {
    // The reference reads the two texts as one. More than ten digits are never right.
    let mut joined = Line::new();
    for unit in date.iter().chain(hour.iter()).take(FIELDS.len() * 4) {
        joined.push(&[match digit(unit) {
            Some(d) => b'0' + d as u8,
            None => b'?',
        }]);
    }
    let at = read(Units::Ascii(joined.bytes()), FIELDS.len(), zone)?;
    Ok(at.plus(Unit::Days, -days)?.plus(Unit::Hours, -hours)?.millis)
}

/// How long it is from now to a length of time after an instant: `3600000 milliseconds`; 0 where
/// that is over.
pub(super) fn timeout<'a>(
    at: DateTime,
    length: Units<'_>,
    now: i64,
    meter: &'a Meter,
) -> Result<Text<'a>, Fault> {
    let deadline = at.plus_duration(period::parse_millis(length, meter)?)?;
    let rest = deadline.millis.saturating_sub(now).max(0);
    let mut line = Line::new();
    line.push(Digits::new(rest, 1).bytes());
    line.push(b" milliseconds");
    line.text(meter)
}

/// The date numbers from one date up to another, by steps of days. A negative step counts down
/// from the second date, as the reference does.
pub(super) fn dates_between<'a>(
    from: Units<'_>,
    to: Units<'_>,
    step: i64,
    meter: &'a Meter,
) -> Result<Val<'a>, Fault> {
    if step == 0 {
        return Err(no_step());
    }
    let (from, to) = if step > 0 { (from, to) } else { (to, from) };
    let day = |text| -> Result<i64, Fault> { Ok(civil::split(date(text)?.millis).0) };
    let (first, end) = (day(from)?, day(to)?);
    let number = |i: i64| {
        let date = civil::date_of(first + i * step.abs());
        (date.year * 100 + date.month) * 100 + date.day
    };
    let count = count(first, end, step.abs())?;
    let last = count as i64 - 1;
    let values = (0..count as i64).map(|i| number(if step > 0 { i } else { last - i }));
    longs(count, values, meter)
}

/// The numbers from one up to another, by a step that may be negative.
pub(super) fn ints_between<'a>(
    from: i64,
    to: i64,
    step: i64,
    meter: &'a Meter,
) -> Result<Val<'a>, Fault> {
    let count = match step {
        1.. => count(from, to, step)?,
        _ if from <= to => 0,
        0 => return Err(no_step()),
        _ => count(to, from, -step)?,
    };
    // The reference counts in an `int`: past its end it would start again at the other.
    if count > 0 && i32::try_from(from + count as i64 * step).is_err() {
        return Err(Fault::error("the range ends too near to the limits of an `int`"));
    }
    longs(count, (0..count as i64).map(|i| from + i * step), meter)
}

/// How many steps it takes to reach the end.
fn count(from: i64, to: i64, step: i64) -> Result<usize, Fault> {
    let count = if to > from { (to - from - 1) / step + 1 } else { 0 };
    usize::try_from(count).map_err(|_| no_step())
}

fn longs<'a>(
    count: usize,
    values: impl Iterator<Item = i64>,
    meter: &'a Meter,
) -> Result<Val<'a>, Fault> {
    // A date costs more than an element.
    meter.array(count)?;
    meter.step(count as u64)?;
    let array: Rc<Array<'a>> = Array::longs(count, values, meter)?;
    Ok(Val::Array(array))
}

#[cold]
fn no_step() -> Fault {
    Fault::with_help("a range needs a step other than 0", "write a positive or a negative step")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::val::Items;

    fn list(value: Val<'_>) -> Vec<i64> {
        let Val::Array(array) = value else { panic!("not an array") };
        let Items::Long(items) = &array.items else { panic!("not longs") };
        items.iter().map(std::cell::Cell::get).collect()
    }

    fn ascii(text: &str) -> Units<'_> {
        Units::Ascii(text.as_bytes())
    }

    #[test]
    fn ranges_end_before_the_end() {
        let meter = Meter::unlimited();
        let dates = |from: &str, to: &str, step| {
            list(dates_between(ascii(from), ascii(to), step, &meter).unwrap())
        };
        assert_eq!(dates("20200226", "20200303", 2), [20_200_226, 20_200_228, 20_200_301]);
        assert_eq!(dates("20200303", "20200226", -2), [20_200_301, 20_200_228, 20_200_226]);
        assert_eq!(dates("20200303", "20200226", 1), [] as [i64; 0]);
        assert_eq!(list(ints_between(5, 0, -2, &meter).unwrap()), [5, 3, 1]);
        assert_eq!(list(ints_between(0, 0, 0, &meter).unwrap()), [] as [i64; 0]);
    }

    #[test]
    fn endless_ranges_are_errors() {
        let meter = Meter::unlimited();
        assert!(ints_between(5, 0, 0, &meter).is_err());
        assert!(ints_between(2_147_483_640, 2_147_483_647, 5, &meter).is_err());
        assert!(ints_between(0, -2_147_483_648, -1, &meter).is_err());
        assert!(dates_between(ascii("10000101"), ascii("99991231"), 1, &meter).is_err());
        assert!(dates_between(ascii("20240101"), ascii("20240102"), 0, &meter).is_err());
        assert_eq!(meter.peak_bytes(), 0);
    }
}
