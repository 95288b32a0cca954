//! Java's text of numbers, both ways, and Java's conversions between them.
//!
//! [`double_text`] is `Double.toString` of Java 19 and later: the shortest digits that read back
//! as the same double, the nearest of them, and at least one digit on each side of the point.
//! Nothing here allocates except for the message of a fault, and nothing here meters: the caller
//! takes steps by the length of what it hands over ([`crate::limits::Meter::step_units`]).

use std::fmt::Write;

use super::text::{TextBuilder, Units};
use crate::fault::Fault;

mod hex;
mod parse;

pub(crate) use parse::{parse_double, parse_int, parse_long};

/// Room for the longest text of a number: `-2.2250738585072014E-308`, 24 bytes.
const ROOM: usize = 26;

/// The text of a number, on the stack: ASCII.
#[derive(Clone, Copy)]
pub(crate) struct NumberText {
    buf: [u8; ROOM],
    start: u8,
    end: u8,
}

impl NumberText {
    const fn new() -> Self {
        NumberText { buf: [0; ROOM], start: 0, end: 0 }
    }

    pub(crate) fn as_bytes(&self) -> &[u8] {
        self.buf.get(usize::from(self.start)..usize::from(self.end)).unwrap_or_default()
    }

    pub(crate) fn as_str(&self) -> &str {
        std::str::from_utf8(self.as_bytes()).unwrap_or_default()
    }

    fn push(&mut self, bytes: &[u8]) {
        let from = usize::from(self.end);
        if let Some(room) = self.buf.get_mut(from..from + bytes.len()) {
            room.copy_from_slice(bytes);
            self.end += bytes.len() as u8;
        }
    }
}

impl Write for NumberText {
    fn write_str(&mut self, s: &str) -> std::fmt::Result {
        let before = self.end;
        self.push(s.as_bytes());
        if usize::from(self.end - before) == s.len() { Ok(()) } else { Err(std::fmt::Error) }
    }
}

/// The two-digit numbers, one after the other.
const PAIRS: &[u8; 200] = b"0001020304050607080910111213141516171819\
2021222324252627282930313233343536373839\
4041424344454647484950515253545556575859\
6061626364656667686970717273747576777879\
8081828384858687888990919293949596979899";

/// `Long.toString`.
pub(crate) fn long_text(value: i64) -> NumberText {
    let mut text = magnitude_text(value.unsigned_abs());
    if value < 0 {
        text.start -= 1;
        if let Some(first) = text.buf.get_mut(usize::from(text.start)) {
            *first = b'-';
        }
    }
    text
}

/// The decimal digits of a magnitude, with room for a sign before them.
pub(crate) fn magnitude_text(mut rest: u64) -> NumberText {
    let mut text = NumberText::new();
    let mut at = ROOM;
    while rest >= 100 {
        let pair = (rest % 100) as usize * 2;
        rest /= 100;
        at -= 2;
        text.buf[at] = PAIRS[pair];
        text.buf[at + 1] = PAIRS[pair + 1];
    }
    if rest >= 10 {
        let pair = rest as usize * 2;
        at -= 2;
        text.buf[at] = PAIRS[pair];
        text.buf[at + 1] = PAIRS[pair + 1];
    } else {
        at -= 1;
        text.buf[at] = b'0' + rest as u8;
    }
    text.start = at as u8;
    text.end = ROOM as u8;
    text
}

/// `Double.toString` (Java 19 and later).
pub(crate) fn double_text(value: f64) -> NumberText {
    let mut text = NumberText::new();
    if value.is_nan() {
        text.push(b"NaN");
        return text;
    }
    if value.is_sign_negative() {
        text.push(b"-");
    }
    let magnitude = value.abs();
    if magnitude.is_infinite() {
        text.push(b"Infinity");
    } else if magnitude < 1e7 && magnitude.trunc() == magnitude {
        text.push(magnitude_text(magnitude as u64).as_bytes());
        text.push(b".0");
    } else {
        push_decimal(&mut text, &Decimal::shortest(magnitude));
    }
    text
}

/// Writes a decimal as Java shows it: plain between 1e-3 and 1e7, otherwise with an exponent.
fn push_decimal(text: &mut NumberText, decimal: &Decimal) {
    let digits = decimal.digits();
    let split = |at: usize| digits.split_at(at.min(digits.len()));
    let or_zero = |rest| if <[u8]>::is_empty(rest) { b"0" } else { rest };
    match decimal.point {
        point @ 1..=7 => {
            let (whole, fraction) = split(point as usize);
            text.push(whole);
            (whole.len()..point as usize).for_each(|_| text.push(b"0"));
            text.push(b".");
            text.push(or_zero(fraction));
        }
        point @ -2..=0 => {
            text.push(b"0.");
            (point..0).for_each(|_| text.push(b"0"));
            text.push(digits);
        }
        point => {
            let (whole, fraction) = split(1);
            text.push(whole);
            text.push(b".");
            text.push(or_zero(fraction));
            text.push(b"E");
            text.push(long_text(i64::from(point) - 1).as_bytes());
        }
    }
}

/// A finite magnitude in decimal: `0.d1d2d3… × 10^point`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Decimal {
    digits: [u8; 17],
    len: u8,
    /// Where the point is: after that many digits.
    pub(crate) point: i32,
}

impl Decimal {
    /// Zero, as one digit before the point.
    pub(crate) const ZERO: Decimal = Decimal { digits: [b'0'; 17], len: 1, point: 1 };

    /// The digits that Java shows of a finite double without its sign.
    pub(crate) fn shortest(magnitude: f64) -> Decimal {
        if magnitude == 0.0 {
            return Decimal::ZERO;
        }
        let shortest = Decimal::written(format_args!("{magnitude:e}"));
        if shortest.len == 1 && magnitude < 1e-300 {
            // Where one digit is enough Java takes the nearest of two: 4.9E-324, not 5.0E-324.
            return Decimal::written(format_args!("{magnitude:.1e}"));
        }
        match shortest.len {
            16 | 17 => shortest.even_tie(magnitude).unwrap_or(shortest),
            _ => shortest,
        }
    }

    /// The even one of two shortest decimals that are equally near, if that is the case. Then the
    /// double, an odd `m` times `2^-k`, has one decimal digit more than they: a 5 at the end.
    fn even_tie(self, magnitude: f64) -> Option<Decimal> {
        let bits = magnitude.to_bits();
        let significand = bits & ((1 << 52) - 1) | (1 << 52);
        let zeros = significand.trailing_zeros();
        let k = 1075_u32.checked_sub((bits >> 52) as u32)?.checked_sub(zeros)?;
        if !(1..=25).contains(&k) {
            return None;
        }
        let exact = 5_u64.pow(k).checked_mul(significand >> zeros)?;
        if !(1..10).contains(&(exact / 10_u64.pow(u32::from(self.len)))) {
            return None;
        }
        let even = (exact / 10 + 1) & !1;
        let mut text = NumberText::new();
        write!(text, "{even}e-{}", k - 1).ok()?;
        if text.as_str().parse() != Ok(magnitude) {
            return None;
        }
        let decimal = Decimal::written(format_args!("{even}e0"));
        let point = magnitude_text(even).as_bytes().len() as i32 - (k as i32 - 1);
        Some(Decimal { point, ..decimal })
    }

    /// Reads back what `{:e}` writes: `d`, `d.ddd`, then `e` and an exponent.
    fn written(number: std::fmt::Arguments<'_>) -> Decimal {
        let mut text = NumberText::new();
        let mut decimal = Decimal { digits: [b'0'; 17], len: 0, point: 1 };
        if text.write_fmt(number).is_err() {
            return Decimal::ZERO;
        }
        let (mantissa, exponent) = text.as_str().split_once('e').unwrap_or(("0", "0"));
        for (slot, digit) in
            decimal.digits.iter_mut().zip(mantissa.bytes().filter(u8::is_ascii_digit))
        {
            *slot = digit;
            decimal.len += 1;
        }
        while decimal.len > 1 && decimal.digits().last() == Some(&b'0') {
            decimal.len -= 1;
        }
        decimal.point = exponent.parse::<i32>().unwrap_or(0) + 1;
        decimal
    }

    /// The digits, without zeros at the end: at least one.
    pub(crate) fn digits(&self) -> &[u8] {
        self.digits.get(..usize::from(self.len)).unwrap_or_default()
    }

    /// Rounded half up to the first `keep` digits, as `java.util.Formatter` rounds: on the
    /// decimal digits, not on the binary value. Keeping none gives 1 or 0; a negative count is
    /// beyond reach of any digit and gives 0.
    pub(crate) fn round(mut self, keep: i64) -> Decimal {
        let Ok(keep) = usize::try_from(keep) else {
            return Decimal { point: self.point, ..Decimal::ZERO };
        };
        let Some(next) = self.digits().get(keep).copied() else {
            return self;
        };
        self.digits.iter_mut().skip(keep).for_each(|d| *d = b'0');
        self.len = keep as u8;
        if next >= b'5' {
            let mut carry = true;
            for digit in self.digits.iter_mut().take(keep).rev() {
                if *digit != b'9' {
                    *digit += 1;
                    carry = false;
                    break;
                }
                *digit = b'0';
            }
            if carry {
                self.digits[0] = b'1';
                self.point = self.point.saturating_add(1);
            }
        }
        self.len = self.len.max(1);
        while self.len > 1 && self.digits().last() == Some(&b'0') {
            self.len -= 1;
        }
        self
    }
}

/// Appends `Long.toString`.
pub(crate) fn push_long(out: &mut TextBuilder<'_>, value: i64) -> Result<(), Fault> {
    out.push_ascii(long_text(value).as_bytes())
}

/// Appends `Double.toString`.
pub(crate) fn push_double(out: &mut TextBuilder<'_>, value: f64) -> Result<(), Fault> {
    out.push_ascii(double_text(value).as_bytes())
}

/// `(long) value` (JLS 5.1.3): towards zero, saturating, NaN is 0.
pub(crate) fn to_long(value: f64) -> i64 {
    value as i64
}

/// `Math.round`: to the nearest whole number, halves up; saturating, NaN is 0.
pub(crate) fn round(value: f64) -> i64 {
    let floor = value.floor();
    // The difference is exact wherever it decides: no double lies between 0.5 and its neighbours.
    if value - floor >= 0.5 { (floor + 1.0) as i64 } else { floor as i64 }
}

/// A fault that shows the text that is no number.
#[cold]
fn not_a_number(what: &str, text: Units<'_>) -> Fault {
    Fault::error(format!("`{}` is not {what}", text.shortened()))
}

#[cfg(test)]
mod tests;
