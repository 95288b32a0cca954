//! `%t…`: a LONG as a time, in milliseconds since 1970, in UTC.
//!
//! Only what the reference can show: it takes a LONG of up to 32 bits for an `Integer`, which is no
//! time, and a DATETIME for an object that Java does not know.

use super::spec::Spec;
use super::text;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::stdlib::calendar::{MONTHS, WEEKDAYS};
use crate::value::number::{magnitude_text, push_long};
use crate::value::text::TextBuilder;

/// Whether `%t` with this letter is a conversion.
pub(super) fn is_letter(letter: u8) -> bool {
    b"HIklMSLNpzZsQBbhAaCYyjmdeRTrDFc".contains(&letter)
}

/// A time by its fields.
struct Fields {
    millis: u64,
    year: u64,
    month: u64,
    day: u64,
    day_of_year: u64,
    weekday: usize,
}

impl Fields {
    /// In the Gregorian calendar, which is Java's too since long before 1970.
    fn of(millis: u64) -> Fields {
        let days = millis / 86_400_000;
        // Years of the calendar's 400-year cycle begin in March, so that a leap day ends one.
        let from_march = days + 719_468;
        let cycle = from_march / 146_097;
        let in_cycle = from_march % 146_097;
        let year = (in_cycle - in_cycle / 1460 + in_cycle / 36_524 - in_cycle / 146_096) / 365;
        let in_year = in_cycle - (365 * year + year / 4 - year / 100);
        let shifted = (5 * in_year + 2) / 153;
        let month = if shifted < 10 { shifted + 3 } else { shifted - 9 };
        let year = cycle * 400 + year + u64::from(month <= 2);
        let leap =
            year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
        let before_march = 59 + u64::from(leap);
        let day_of_year = if month <= 2 { in_year - 305 } else { in_year + before_march + 1 };
        Fields {
            millis,
            year,
            month,
            day: in_year - (153 * shifted + 2) / 5 + 1,
            day_of_year,
            // 1970-01-01 was a Thursday.
            weekday: ((days + 3) % 7) as usize,
        }
    }
    fn hour(&self) -> u64 {
        self.millis / 3_600_000 % 24
    }
    fn hour_of_12(&self) -> u64 {
        (self.hour() + 11) % 12 + 1
    }
    fn month_name(&self) -> &'static str {
        MONTHS.get(self.month as usize - 1).copied().unwrap_or_default()
    }
    fn day_name(&self) -> &'static str {
        WEEKDAYS.get(self.weekday).copied().unwrap_or_default()
    }
}

/// `%t` and a letter. The value is positive: no smaller one gets here.
pub(super) fn push<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    letter: u8,
    millis: i64,
    meter: &'a Meter,
) -> Result<(), Fault> {
    let fields = Fields::of(millis.unsigned_abs());
    let mut field = TextBuilder::new(meter);
    push_field(&mut field, &fields, letter)?;
    text::push(out, spec, field.finish().units(), meter)
}

fn push_field(out: &mut TextBuilder<'_>, f: &Fields, letter: u8) -> Result<(), Fault> {
    match letter {
        b'H' => padded(out, f.hour(), 2),
        b'I' => padded(out, f.hour_of_12(), 2),
        b'k' => padded(out, f.hour(), 1),
        b'l' => padded(out, f.hour_of_12(), 1),
        b'M' => padded(out, f.millis / 60_000 % 60, 2),
        b'S' => padded(out, f.millis / 1000 % 60, 2),
        b'L' => padded(out, f.millis % 1000, 3),
        b'N' => padded(out, f.millis % 1000 * 1_000_000, 9),
        b'p' => out.push_ascii(if f.hour() < 12 { b"am" } else { b"pm" }),
        b'z' => out.push_ascii(b"+0000"),
        b'Z' => out.push_ascii(b"UTC"),
        b's' => push_long(out, (f.millis / 1000) as i64),
        b'Q' => push_long(out, f.millis as i64),
        b'B' => out.push_str(f.month_name()),
        b'b' | b'h' => out.push_str(f.month_name().get(..3).unwrap_or_default()),
        b'A' => out.push_str(f.day_name()),
        b'a' => out.push_str(f.day_name().get(..3).unwrap_or_default()),
        b'C' => padded(out, f.year / 100, 2),
        b'Y' => padded(out, f.year, 4),
        b'y' => padded(out, f.year % 100, 2),
        b'j' => padded(out, f.day_of_year, 3),
        b'm' => padded(out, f.month, 2),
        b'd' => padded(out, f.day, 2),
        b'e' => padded(out, f.day, 1),
        b'R' => joined(out, f, b"HM", b':'),
        b'T' => joined(out, f, b"HMS", b':'),
        b'D' => joined(out, f, b"mdy", b'/'),
        b'F' => joined(out, f, b"Ymd", b'-'),
        b'c' => joined(out, f, b"abdTZY", b' '),
        _ => {
            joined(out, f, b"IMS", b':')?;
            out.push_ascii(if f.hour() < 12 { b" AM" } else { b" PM" })
        }
    }
}

/// A number with at least so many digits.
fn padded(out: &mut TextBuilder<'_>, value: u64, digits: usize) -> Result<(), Fault> {
    let text = magnitude_text(value);
    out.push_repeat(b'0', digits.saturating_sub(text.as_bytes().len()))?;
    out.push_ascii(text.as_bytes())
}

/// Several fields with a separator. No letter here stands for a composition that has itself.
fn joined(
    out: &mut TextBuilder<'_>,
    f: &Fields,
    letters: &[u8],
    separator: u8,
) -> Result<(), Fault> {
    for (i, letter) in letters.iter().enumerate() {
        if i > 0 {
            out.push_ascii(&[separator])?;
        }
        push_field(out, f, *letter)?;
    }
    Ok(())
}
