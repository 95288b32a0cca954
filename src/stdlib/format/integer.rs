//! `%d %o %x %h`: whole numbers.

use super::spec::{Conversion, Flags, Spec};
use super::text::{justified, push};
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::number::magnitude_text;
use crate::value::text::{TextBuilder, Units};

/// What stands before and after a number for its sign.
#[derive(Clone, Copy)]
pub(super) struct Sign {
    pub(super) before: &'static [u8],
    pub(super) after: &'static [u8],
}

impl Sign {
    pub(super) fn of(spec: &Spec, negative: bool) -> Sign {
        let (before, after): (&[u8], &[u8]) = match negative {
            true if spec.has(Flags::PARENTHESES) => (b"(", b")"),
            true => (b"-", b""),
            false if spec.has(Flags::PLUS) => (b"+", b""),
            false if spec.has(Flags::SPACE) => (b" ", b""),
            false => (b"", b""),
        };
        Sign { before, after }
    }
    pub(super) fn len(self) -> usize {
        self.before.len() + self.after.len()
    }
}

/// How many zeros fill the width with the flag `0`, before `length` units.
pub(super) fn zeros(spec: &Spec, length: usize) -> usize {
    if spec.has(Flags::ZERO) { spec.columns().saturating_sub(length) } else { 0 }
}

/// How many separators a whole part of so many digits gets.
pub(super) fn separators(spec: &Spec, digits: usize) -> usize {
    if spec.has(Flags::GROUP) { digits.saturating_sub(1) / 3 } else { 0 }
}

/// Writes digits and then zeros, in groups of three if that is asked for.
pub(super) fn push_whole(
    out: &mut TextBuilder<'_>,
    spec: &Spec,
    digits: &[u8],
    zeros: usize,
) -> Result<(), Fault> {
    if !spec.has(Flags::GROUP) {
        out.push_ascii(digits)?;
        return out.push_repeat(b'0', zeros);
    }
    let mut left = digits.len() + zeros;
    for digit in digits.iter().copied().chain(std::iter::repeat_n(b'0', zeros)) {
        out.push_unit(u16::from(digit))?;
        left -= 1;
        if left > 0 && left.is_multiple_of(3) {
            out.push_unit(u16::from(b','))?;
        }
    }
    Ok(())
}

/// `%d`.
pub(super) fn push_decimal(
    out: &mut TextBuilder<'_>,
    spec: &Spec,
    value: i64,
) -> Result<(), Fault> {
    let sign = Sign::of(spec, value < 0);
    let text = magnitude_text(value.unsigned_abs());
    let digits = text.as_bytes();
    let length = sign.len() + digits.len() + separators(spec, digits.len());
    let zeros = zeros(spec, length);
    justified(out, spec, length + zeros, |out| {
        out.push_ascii(sign.before)?;
        out.push_repeat(b'0', zeros)?;
        push_whole(out, spec, digits, 0)?;
        out.push_ascii(sign.after)
    })
}

/// `%o %x`.
pub(super) fn push_bits(out: &mut TextBuilder<'_>, spec: &Spec, value: u64) -> Result<(), Fault> {
    spec.refuse(Flags::PARENTHESES.or(Flags::SPACE).or(Flags::PLUS))?;
    let octal = spec.conversion == Conversion::Octal;
    let prefix: &[u8] = match (spec.has(Flags::ALTERNATE), octal, spec.upper) {
        (false, ..) => b"",
        (true, true, _) => b"0",
        (true, false, false) => b"0x",
        (true, false, true) => b"0X",
    };
    let mut buf = [0; 22];
    let digits = digits(&mut buf, value, if octal { 3 } else { 4 }, spec.upper);
    let length = prefix.len() + digits.len();
    let zeros = zeros(spec, length);
    justified(out, spec, length + zeros, |out| {
        out.push_ascii(prefix)?;
        out.push_repeat(b'0', zeros)?;
        out.push_ascii(digits)
    })
}

/// `%h`: a hash code in hexadecimal, as text.
pub(super) fn push_hash<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    hash: i32,
    meter: &'a Meter,
) -> Result<(), Fault> {
    let mut buf = [0; 22];
    let digits = digits(&mut buf, u64::from(hash as u32), 4, false);
    push(out, spec, Units::Ascii(digits), meter)
}

/// The digits in base 2^`bits`.
fn digits(buf: &mut [u8; 22], mut value: u64, bits: u32, upper: bool) -> &[u8] {
    let table = if upper { b"0123456789ABCDEF" } else { b"0123456789abcdef" };
    let mut start = buf.len();
    for slot in buf.iter_mut().rev() {
        *slot = table[(value & ((1 << bits) - 1)) as usize & 15];
        start -= 1;
        value >>= bits;
        if value == 0 {
            break;
        }
    }
    buf.get(start..).unwrap_or_default()
}
