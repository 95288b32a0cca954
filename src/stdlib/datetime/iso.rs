//! ISO 8601: how a [`DateTime`] shows itself, and the texts that `new DateTime(text)` takes
//! (`ISODateTimeFormat.dateTimeParser`).

use super::civil;
use super::digits::Digits;
use super::field::Field;
use super::instant::DateTime;
use super::offset::{Printed, Style};
use super::parsed::Parsed;
use super::read::{fraction, literal_at, number, zulu_or_offset};
use super::sink::Line;
use super::zone::Zone;
use crate::fault::Fault;
use crate::value::text::Units;

/// `2019-09-20T22:20:00.000Z`.
pub(super) fn print(at: DateTime) -> Line {
    let offset = at.zone.offset_at(at.millis);
    let (offset, local) = match at.millis.checked_add(i64::from(offset)) {
        Some(local) => (offset, local),
        None => (0, at.millis),
    };
    let (days, time) = civil::split(local);
    let date = civil::date_of(days);
    let mut line = Line::new();
    line.push(Digits::new(date.year, 4).bytes());
    let two = |value: i64| [b'0' + (value / 10) as u8, b'0' + (value % 10) as u8];
    for (mark, value) in [
        (b'-', date.month),
        (b'-', date.day),
        (b'T', time / 3_600_000),
        (b':', time / 60_000 % 60),
        (b':', time / 1_000 % 60),
    ] {
        let [tens, ones] = two(value);
        line.push(&[mark, tens, ones]);
    }
    line.push(b".");
    line.push(Digits::new(time % 1_000, 3).bytes());
    if offset == 0 {
        line.push(b"Z");
    } else {
        line.push(Printed::new(offset, Style::Full).bytes());
    }
    line
}

/// The instant of a text; `zone` is for texts without an offset.
///
/// # Errors
/// When the text is not ISO, or there is no such time.
pub(super) fn parse(text: Units<'_>, zone: Zone) -> Result<i64, Fault> {
    let mut reader = Reader { text, parsed: Parsed::new() };
    let end = reader.date_or_time();
    if end != Some(text.len()) {
        let shown = text.shortened();
        return Err(Fault::with_help(
            format!("`{shown}` is not an ISO date and time"),
            "write it as `2024-05-06` or `2024-05-06T07:08:09.123+02:00`, or read it with a \
             DateTimeFormatter",
        ));
    }
    Ok(reader.parsed.instant(zone)?)
}

/// As [`parse`], for tests.
#[cfg(test)]
pub(super) fn parse_str(text: &str, zone: Zone) -> Result<i64, Fault> {
    parse(Units::Ascii(text.as_bytes()), zone)
}

/// A way to write a date.
type Shape<'t> = fn(&mut Reader<'t>) -> Option<usize>;

/// Reads a text from the left. Every method takes a position, gives the one behind what it read,
/// and leaves nothing in `parsed` where it fails.
struct Reader<'t> {
    text: Units<'t>,
    parsed: Parsed,
}

impl<'t> Reader<'t> {
    /// What `read` reads; its fields are forgotten where it fails.
    fn attempt(&mut self, read: impl FnOnce(&mut Self) -> Option<usize>) -> Option<usize> {
        let (mark, offset) = (self.parsed.mark(), self.parsed.offset);
        let end = read(self);
        if end.is_none() {
            self.parsed.back_to(mark);
            self.parsed.offset = offset;
        }
        end
    }

    fn mark(&self, at: usize, mark: &[u8]) -> Option<usize> {
        literal_at(self.text, at, Units::Ascii(mark))
    }

    fn number(&mut self, at: usize, field: Field, max: usize, signed: bool) -> Option<usize> {
        let (value, end) = number(self.text, at, max, signed)?;
        self.parsed.push(field, value);
        Some(end)
    }

    fn date_or_time(&mut self) -> Option<usize> {
        let time = self.attempt(|r| {
            let at = r.time(r.mark(0, b"T")?)?;
            Some(r.offset(at))
        });
        if time.is_some() {
            return time;
        }
        let date = self.date()?;
        let Some(at) = self.mark(date, b"T") else { return Some(date) };
        let at = self.attempt(|r| r.time(at)).unwrap_or(at);
        Some(self.offset(at))
    }

    /// The longest of year-month-day, weekyear-week-day and year-day.
    fn date(&mut self) -> Option<usize> {
        let whole = self.text.len();
        let shapes: [Shape<'t>; 3] =
            [Reader::calendar_date, Reader::week_date, Reader::ordinal_date];
        let mut best: Option<(usize, Shape<'t>)> = None;
        for shape in shapes {
            let mark = self.parsed.mark();
            let end = self.attempt(shape);
            if end == Some(whole) {
                return end;
            }
            self.parsed.back_to(mark);
            if let Some(end) = end
                && best.is_none_or(|(longest, _)| end > longest)
            {
                best = Some((end, shape));
            }
        }
        best.and_then(|(_, shape)| shape(self))
    }

    fn calendar_date(&mut self) -> Option<usize> {
        let year = self.number(0, Field::Year, 9, true)?;
        let month = self.attempt(|r| r.number(r.mark(year, b"-")?, Field::MonthOfYear, 2, false));
        let Some(month) = month else { return Some(year) };
        let day = self.attempt(|r| r.number(r.mark(month, b"-")?, Field::DayOfMonth, 2, false));
        Some(day.unwrap_or(month))
    }

    fn week_date(&mut self) -> Option<usize> {
        let year = self.number(0, Field::Weekyear, 9, true)?;
        let week = self.number(self.mark(year, b"-W")?, Field::WeekOfWeekyear, 2, false)?;
        let day = self.attempt(|r| r.number(r.mark(week, b"-")?, Field::DayOfWeek, 1, false));
        Some(day.unwrap_or(week))
    }

    fn ordinal_date(&mut self) -> Option<usize> {
        let year = self.number(0, Field::Year, 9, true)?;
        self.number(self.mark(year, b"-")?, Field::DayOfYear, 3, false)
    }

    fn time(&mut self, at: usize) -> Option<usize> {
        let hour = self.number(at, Field::HourOfDay, 2, false)?;
        let minute = self.attempt(|r| r.number(r.mark(hour, b":")?, Field::MinuteOfHour, 2, false));
        let Some(minute) = minute else {
            return Some(self.fraction(hour, Field::MillisOfHour, 3_600_000));
        };
        let second =
            self.attempt(|r| r.number(r.mark(minute, b":")?, Field::SecondOfMinute, 2, false));
        let Some(second) = second else {
            return Some(self.fraction(minute, Field::MillisOfMinute, 60_000));
        };
        Some(self.fraction(second, Field::MillisOfSecond, 1_000))
    }

    /// `.5` or `,5`, if there is one.
    fn fraction(&mut self, at: usize, field: Field, unit: i64) -> usize {
        let read = |text| {
            let digits = literal_at(text, at, Units::Ascii(b"."))
                .or_else(|| literal_at(text, at, Units::Ascii(b",")))?;
            fraction(text, digits, 9, unit)
        };
        match read(self.text) {
            Some((value, end)) => {
                self.parsed.push(field, value);
                end
            }
            None => at,
        }
    }

    /// The offset, if there is one.
    fn offset(&mut self, at: usize) -> usize {
        match zulu_or_offset(self.text, at) {
            Some((millis, end)) => {
                self.parsed.offset = Some(millis);
                end
            }
            None => at,
        }
    }
}
