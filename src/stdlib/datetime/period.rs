//! Lengths of time in English words: `2 hours and 30 minutes`
//! (`PeriodFormat.wordBased().parsePeriod`).

use super::digits::digit;
use super::read::literal_at;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::Units;

/// The units in the order in which they must come; the milliseconds of those that have a fixed
/// length.
const UNITS: [(&[u8], Option<i64>); 8] = [
    (b" years", None),
    (b" months", None),
    (b" weeks", Some(604_800_000)),
    (b" days", Some(86_400_000)),
    (b" hours", Some(3_600_000)),
    (b" minutes", Some(60_000)),
    (b" seconds", Some(1_000)),
    (b" milliseconds", Some(1)),
];

/// What may stand between two units, tried in this order.
const SEPARATORS: [&[u8]; 6] = [b",and ", b", and ", b", ", b",", b" and ", b" "];

/// Most characters of a number.
const DIGITS: usize = 10;

/// The milliseconds of a text such as `1 day, 2 hours and 3 minutes`.
///
/// # Errors
/// When the text is not of this form, or counts months or years, which have no fixed length.
pub(super) fn parse_millis(text: Units<'_>, meter: &Meter) -> Result<i64, Fault> {
    let wrong = || {
        let shown = text.shortened();
        Fault::with_help(
            format!("`{shown}` is not a length of time"),
            "write it as `1 day`, `90 minutes` or `2 hours and 30 minutes`",
        )
    };
    let mut counts = [0; UNITS.len()];
    let mut at = 0;
    // Whether a separator that is not just nothing waits for the next unit.
    let mut separated = false;
    for (slot, (name, _)) in counts.iter_mut().zip(UNITS) {
        let Some((count, end)) = unit(text, at, name, meter)?.ok_or_else(wrong)? else { continue };
        *slot = count;
        at = end;
        let separator = SEPARATORS.iter().find_map(|s| literal_at(text, at, Units::Ascii(s)));
        separated = separator.is_some();
        at = separator.unwrap_or(at);
    }
    if separated || at != text.len() {
        return Err(wrong());
    }
    let mut millis = 0_i64;
    for (count, (name, unit)) in counts.into_iter().zip(UNITS) {
        let Some(unit) = unit else {
            if count == 0 {
                continue;
            }
            let name = Units::Ascii(name).to_string_lossy();
            return Err(Fault::with_help(
                format!("the length of{name} varies"),
                "write it in weeks or days",
            ));
        };
        millis = millis.wrapping_add(i64::from(count).wrapping_mul(unit));
    }
    Ok(millis)
}

/// Reads a count of a unit: `Some(None)` where the next unit is another one, `None` where the
/// text is wrong.
#[expect(clippy::option_option, reason = "absent and wrong are two things")]
fn unit(
    text: Units<'_>,
    from: usize,
    plural: &[u8],
    meter: &Meter,
) -> Result<Option<Option<(i32, usize)>>, Fault> {
    let Some((name, end)) = find(text, from, plural, meter)? else { return Ok(Some(None)) };
    Ok(count(text, from, name).map(|count| count.map(|count| (count, end))))
}

/// Where the name of a unit, or its singular, stands next, and where it ends.
fn find(
    text: Units<'_>,
    from: usize,
    plural: &[u8],
    meter: &Meter,
) -> Result<Option<(usize, usize)>, Fault> {
    let singular = plural.get(..plural.len() - 1).unwrap_or(plural);
    for at in from..text.len() {
        meter.step(1)?;
        let end = literal_at(text, at, Units::Ascii(plural))
            .or_else(|| literal_at(text, at, Units::Ascii(singular)));
        if let Some(end) = end {
            return Ok(Some((at, end)));
        }
    }
    Ok(None)
}

/// Reads the count in front of a unit's name.
#[expect(clippy::option_option, reason = "absent and wrong are two things")]
fn count(text: Units<'_>, from: usize, name: usize) -> Option<Option<i32>> {
    let mut at = from;
    let mut negative = false;
    if matches!(u8::try_from(text.at(at)), Ok(b'+' | b'-')) && digit(text.at(at + 1)).is_some() {
        negative = text.at(at) == u16::from(b'-');
        at += 1;
    }
    let first = at;
    let most = DIGITS.min(name.saturating_sub(first));
    let mut value = 0_i64;
    while at - first < most
        && let Some(d) = digit(text.at(at))
    {
        value = value * 10 + i64::from(d);
        at += 1;
    }
    if at == first {
        return None;
    }
    if at != name {
        return Some(None);
    }
    let value = i32::try_from(if negative { -value } else { value }).ok()?;
    Some(Some(value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_as_joda_reads_them() {
        let meter = Meter::unlimited();
        for line in include_str!("../../../tests/data/datetime_periods.tsv").lines() {
            let (text, expected) = line.split_once('\t').unwrap();
            let wide: Vec<u16> = text.encode_utf16().collect();
            let units =
                if text.is_ascii() { Units::Ascii(text.as_bytes()) } else { Units::Wide(&wide) };
            let found = parse_millis(units, &meter).map_or("ERR".to_owned(), |m| m.to_string());
            assert_eq!(found, expected, "{text}");
        }
    }
}
