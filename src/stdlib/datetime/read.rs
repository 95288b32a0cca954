//! Reading a text by a pattern (the parsers of `DateTimeFormatterBuilder`).

use super::digits::digit;
use super::field::Field;
use super::names::ABBREVIATIONS;
use super::offset;
use super::parsed::Parsed;
use super::pattern::{Element, Pattern};
use super::words;
use super::zone::Zone;
use crate::value::text::Units;

/// Where reading failed.
pub(super) struct Mismatch(pub(super) usize);

/// Most digits of a fraction that are read.
const FRACTION: usize = 18;
/// The longest zone id.
const LONGEST_ID: usize = 40;
/// The longest part of a zone id up to its first slash: Joda looks no further for one.
const LONGEST_GROUP: usize = 11;

/// The year and the weekyear that two-digit years are near to: thirty years ago.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Pivot {
    pub(super) year: i32,
    pub(super) weekyear: i32,
}

/// Reads the whole text.
pub(super) fn read(
    pattern: &Pattern,
    text: Units<'_>,
    pivot: Pivot,
    parsed: &mut Parsed,
) -> Result<(), Mismatch> {
    let mut at = 0;
    for element in pattern.elements() {
        at = match element {
            Element::Number { field, max, signed, .. } => {
                let (value, end) = number(text, at, *max as usize, *signed).ok_or(Mismatch(at))?;
                parsed.push(*field, value);
                end
            }
            Element::TwoDigitYear { field, lenient } => {
                let pivot = if *field == Field::Year { pivot.year } else { pivot.weekyear };
                let (value, end) = two_digit_year(text, at, *lenient, pivot).ok_or(Mismatch(at))?;
                parsed.push(*field, value);
                end
            }
            Element::Text { field, .. } => {
                let (value, end) = words::parse(*field, text, at).ok_or(Mismatch(at))?;
                parsed.push(*field, value as i32);
                end
            }
            Element::Fraction { digits } => {
                let (value, end) = fraction(text, at, FRACTION.min(*digits as usize), 1_000)
                    .ok_or(Mismatch(at))?;
                parsed.push(Field::MillisOfSecond, value);
                end
            }
            Element::Literal(literal) => {
                literal_at(text, at, Units::Ascii(literal)).ok_or(Mismatch(at))?
            }
            Element::WideLiteral(literal) => {
                literal_at(text, at, Units::Wide(literal)).ok_or(Mismatch(at))?
            }
            Element::ZoneShort => {
                let (zone, end) = abbreviation(text, at).ok_or(Mismatch(at))?;
                parsed.zone = Some(zone);
                end
            }
            Element::ZoneLong => return Err(Mismatch(at)),
            Element::ZoneId => {
                let (zone, end) = zone_id(text, at).ok_or(Mismatch(at))?;
                parsed.zone = Some(zone);
                end
            }
            Element::Offset(_) => {
                let (millis, end) = zulu_or_offset(text, at).ok_or(Mismatch(at))?;
                parsed.offset = Some(millis);
                end
            }
        };
    }
    if at == text.len() { Ok(()) } else { Err(Mismatch(at)) }
}

/// Reads up to `max` digits, after a sign where that is allowed; fails outside the range of an
/// `int`.
#[inline]
pub(super) fn number(
    text: Units<'_>,
    from: usize,
    max: usize,
    signed: bool,
) -> Option<(i32, usize)> {
    let mut at = from;
    let mut negative = false;
    if signed && max > 1 && matches!(u8::try_from(text.at(at)), Ok(b'+' | b'-')) {
        negative = text.at(at) == u16::from(b'-');
        at += 1;
    }
    let (value, count) = match text {
        Units::Ascii(bytes) => digits(bytes.get(at..)?.iter().map(|b| u16::from(*b)), max),
        Units::Wide(units) => digits(units.get(at..)?.iter().copied(), max),
    };
    if count == 0 {
        return None;
    }
    let value = if negative { -value } else { value };
    Some((i32::try_from(value).ok()?, at + count))
}

/// The number that up to `max` digits make, and how many there are.
#[inline(always)]
fn digits(units: impl Iterator<Item = u16>, max: usize) -> (i64, usize) {
    let (mut value, mut count) = (0_i64, 0);
    for digit in units.take(max).map_while(digit) {
        // What is no `int` any more stays so.
        value = (value * 10 + i64::from(digit)).min(1 << 40);
        count += 1;
    }
    (value, count)
}

/// Reads a year of which two digits are near the pivot, and of which any other count, or a sign,
/// is the year itself.
fn two_digit_year(text: Units<'_>, from: usize, lenient: bool, pivot: i32) -> Option<(i32, usize)> {
    let mut at = from;
    if lenient {
        let mut sign = false;
        let mut negative = false;
        while at < text.len() {
            match u8::try_from(text.at(at)) {
                Ok(b'+') if !negative => sign = true,
                Ok(b'-') if !negative => (sign, negative) = (true, true),
                _ => break,
            }
            at += 1;
        }
        let first = at;
        while digit(text.at(at)).is_some() {
            at += 1;
        }
        if at == first && !negative {
            return None;
        }
        if sign || at - first != 2 {
            let mut value = 0_i64;
            for i in first..at {
                let digit = i64::from(digit(text.at(i)).unwrap_or(0));
                value = value.saturating_mul(10).saturating_add(digit);
            }
            let value = i32::try_from(if negative { -value } else { value }).ok()?;
            return (at > first).then_some((value, at));
        }
        at = first;
    }
    let two = digit(text.at(at))? * 10 + digit(text.at(at + 1))?;
    let low = pivot.saturating_sub(50);
    let turn = low.rem_euclid(100);
    let year = two.saturating_add(low).saturating_sub(turn) + if two < turn { 100 } else { 0 };
    Some((year, at + 2))
}

/// Reads up to `max` digits of a fraction of a unit of `unit` milliseconds.
pub(super) fn fraction(
    text: Units<'_>,
    from: usize,
    max: usize,
    unit: i64,
) -> Option<(i32, usize)> {
    let mut at = from;
    let (mut value, mut scale) = (0_i64, unit * 10);
    while at - from < max
        && let Some(d) = digit(text.at(at))
    {
        scale /= 10;
        value += i64::from(d) * scale;
        at += 1;
    }
    if at == from {
        return None;
    }
    Some((i32::try_from(value / 10).ok()?, at))
}

/// Java's one-to-one upper case of a UTF-16 unit.
fn upper(unit: u16) -> u16 {
    fold(unit, |c| c.to_uppercase().collect())
}

fn lower(unit: u16) -> u16 {
    fold(unit, |c| c.to_lowercase().collect())
}

/// Folds a unit whose fold is one unit.
fn fold(unit: u16, with: fn(char) -> String) -> u16 {
    let Some(folded) = char::from_u32(u32::from(unit)).map(with) else { return unit };
    let mut chars = folded.chars();
    match (chars.next(), chars.next()) {
        (Some(c), None) => u16::try_from(u32::from(c)).unwrap_or(unit),
        _ => unit,
    }
}

/// Whether two units are the same but for their case (`String.equalsIgnoreCase`).
fn same(a: u16, b: u16) -> bool {
    if a == b {
        return true;
    }
    if let (Ok(a), Ok(b)) = (u8::try_from(a), u8::try_from(b))
        && a.is_ascii()
        && b.is_ascii()
    {
        return a.eq_ignore_ascii_case(&b);
    }
    upper(a) == upper(b) || lower(upper(a)) == lower(upper(b))
}

/// Reads the literal, in any case.
pub(super) fn literal_at(text: Units<'_>, at: usize, literal: Units<'_>) -> Option<usize> {
    let end = at.checked_add(literal.len())?;
    let fits = end <= text.len();
    (fits && (0..literal.len()).all(|i| same(text.at(at + i), literal.at(i)))).then_some(end)
}

/// Reads `Z`, in any case, or an offset.
pub(super) fn zulu_or_offset(text: Units<'_>, at: usize) -> Option<(i32, usize)> {
    match literal_at(text, at, Units::Ascii(b"Z")) {
        Some(end) => Some((0, end)),
        None => offset::parse(text, at),
    }
}

fn abbreviation(text: Units<'_>, at: usize) -> Option<(Zone, usize)> {
    ABBREVIATIONS
        .iter()
        .filter(|(name, _)| exactly(text, at, name))
        .max_by_key(|(name, _)| name.len())
        .and_then(|(name, id)| Some((Zone::find(id)?, at + name.len())))
}

fn exactly(text: Units<'_>, at: usize, word: &str) -> bool {
    text.slice(at, at.saturating_add(word.len())).same(Units::Ascii(word.as_bytes()))
        && !word.is_empty()
}

/// Reads the longest id of a zone that the text has here.
fn zone_id(text: Units<'_>, at: usize) -> Option<(Zone, usize)> {
    let mut id = String::new();
    let mut slash = false;
    let mut best = None;
    for i in 0..LONGEST_ID {
        let unit = text.at(at + i);
        let Some(c) = u8::try_from(unit).ok().filter(u8::is_ascii_graphic) else { break };
        if c == b'/' && !slash && i < LONGEST_GROUP {
            // Ids of a group only from here on: `UTC/` is not the zone `UTC` and a slash.
            slash = true;
            best = None;
        }
        id.push(char::from(c));
        if !matches!(id.as_bytes().first(), Some(b'+' | b'-'))
            && let Some(zone) = Zone::find(&id)
        {
            best = Some((zone, at + i + 1));
        }
    }
    best
}
