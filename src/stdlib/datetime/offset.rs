//! Offsets from UTC as text: `+05:30`, `-0800`, `+01:02:03.004`.

use super::digits;
use crate::value::text::Units;

/// How an offset is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Style {
    /// `+0530`: pattern `Z`.
    Basic,
    /// `+05:30`: pattern `ZZ`.
    Colon,
    /// `+05:30`, with seconds and milliseconds where there are any: ISO texts and zone ids.
    Full,
}

/// A shown offset.
pub(super) struct Printed {
    buf: [u8; 16],
    len: usize,
}

impl Printed {
    /// The id of a zone with a fixed offset.
    pub(super) fn zone(millis: i32) -> Printed {
        Printed::new(millis, Style::Full)
    }

    pub(super) fn new(millis: i32, style: Style) -> Printed {
        let mut out = Printed { buf: [0; 16], len: 0 };
        out.push(if millis < 0 { b'-' } else { b'+' });
        let rest = millis.unsigned_abs();
        out.number(rest / 3_600_000, 2);
        if style != Style::Basic {
            out.push(b':');
        }
        out.number(rest / 60_000 % 60, 2);
        let rest = rest % 60_000;
        if style == Style::Full && rest != 0 {
            out.push(b':');
            out.number(rest / 1_000, 2);
            if !rest.is_multiple_of(1_000) {
                out.push(b'.');
                out.number(rest % 1_000, 3);
            }
        }
        out
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buf.get(..self.len).unwrap_or(&[])
    }

    fn push(&mut self, byte: u8) {
        if let Some(slot) = self.buf.get_mut(self.len) {
            *slot = byte;
            self.len += 1;
        }
    }

    fn number(&mut self, value: u32, width: usize) {
        let digits = digits::Digits::new(i64::from(value), width);
        digits.bytes().iter().for_each(|b| self.push(*b));
    }
}

/// How many digits there are at `at`, up to `most`.
fn count(text: Units<'_>, at: usize, most: usize) -> usize {
    (0..most).take_while(|i| digits::digit(text.at(at + i)).is_some()).count()
}

fn two(text: Units<'_>, at: usize, most: i32) -> Option<i32> {
    let value = digits::digit(text.at(at))? * 10 + digits::digit(text.at(at + 1))?;
    (value <= most).then_some(value)
}

/// Reads a sign, then `hh`, `hhmm`, `hh:mm` and so on to milliseconds; gives the milliseconds and
/// where it ended (`DateTimeFormatterBuilder.TimeZoneOffset`).
pub(super) fn parse(text: Units<'_>, from: usize) -> Option<(i32, usize)> {
    let negative = match u8::try_from(text.at(from)) {
        Ok(b'-') => true,
        Ok(b'+') => false,
        _ => return None,
    };
    let signed = |millis: i32, end: usize| Some((if negative { -millis } else { millis }, end));
    let mut at = from + 1;
    let mut millis = two(text, at, 23)? * 3_600_000;
    at += 2;
    let colons = text.at(at) == u16::from(b':');
    for unit in [60_000, 1_000] {
        if colons {
            if text.at(at) != u16::from(b':') {
                return signed(millis, at);
            }
            at += 1;
        } else if count(text, at, 2) == 0 {
            return signed(millis, at);
        }
        millis += two(text, at, 59)? * unit;
        at += 2;
    }
    if colons {
        if !matches!(u8::try_from(text.at(at)), Ok(b'.' | b',')) {
            return signed(millis, at);
        }
        at += 1;
    }
    let digits = count(text, at, 3);
    if digits == 0 && colons {
        return None;
    }
    for scale in [100, 10, 1].into_iter().take(digits) {
        millis += digits::digit(text.at(at)).unwrap_or(0) * scale;
        at += 1;
    }
    signed(millis, at)
}
