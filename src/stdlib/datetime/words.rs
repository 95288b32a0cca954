//! The English names of months, weekdays, halves of the day and eras, as Java shows them in the
//! locale US.

use super::field::Field;
use crate::stdlib::calendar::{MONTHS, WEEKDAYS};
use crate::value::text::Units;

const HALVES: [&str; 2] = ["AM", "PM"];
const ERAS: [&str; 2] = ["BC", "AD"];

/// The names of a field's values, and the value of the first.
const fn names(field: Field) -> (&'static [&'static str], i64) {
    match field {
        Field::MonthOfYear => (&MONTHS, 1),
        Field::DayOfWeek => (&WEEKDAYS, 1),
        Field::HalfdayOfDay => (&HALVES, 0),
        Field::Era => (&ERAS, 0),
        _ => (&[], 0),
    }
}

/// The full name of a value, if the field's values have names.
pub(super) fn long(field: Field, value: i64) -> Option<&'static str> {
    let (names, first) = names(field);
    names.get(usize::try_from(value - first).ok()?).copied()
}

/// The short name: three letters for months and weekdays.
pub(super) fn short(field: Field, value: i64) -> Option<&'static str> {
    long(field, value).map(|name| name.get(..3).unwrap_or(name))
}

/// How a text may write a name: as it is, all in lower case or all in upper case.
fn starts_with(text: Units<'_>, at: usize, name: &str) -> bool {
    let all = |fold: fn(&u8) -> u8| {
        name.bytes().enumerate().all(|(i, b)| text.at(at + i) == u16::from(fold(&b)))
    };
    all(|b| *b) || all(u8::to_ascii_lowercase) || all(u8::to_ascii_uppercase)
}

/// Reads the longest name, full or short, of the field's values that the text has at `at`; gives
/// the value and where the name ends.
pub(super) fn parse(field: Field, text: Units<'_>, at: usize) -> Option<(i64, usize)> {
    let (names, first) = names(field);
    let values = (first..).zip(names);
    let also = [(0, &"BCE"), (1, &"CE")];
    let also = if field == Field::Era { also.as_slice() } else { &[] };
    values
        .flat_map(|(value, name)| [(value, *name), (value, name.get(..3).unwrap_or(name))])
        .chain(also.iter().map(|(value, name)| (*value, **name)))
        .filter(|(_, name)| starts_with(text, at, name))
        .max_by_key(|(_, name)| name.len())
        .map(|(value, name)| (value, at + name.len()))
}
