//! `%a`: doubles in hexadecimal, exact (JLS 3.10.2).

use super::float::push_special;
use super::integer::{Sign, zeros};
use super::spec::Spec;
use super::text::justified;
use crate::fault::Fault;
use crate::value::number::long_text;
use crate::value::text::TextBuilder;

/// The bits of a fraction.
const FRACTION: u64 = (1 << 52) - 1;

/// `%a`.
pub(super) fn push(out: &mut TextBuilder<'_>, spec: &Spec, value: f64) -> Result<(), Fault> {
    if !value.is_finite() {
        return push_special(out, spec, value);
    }
    let sign = Sign::of(spec, value.is_sign_negative());
    let precision = spec.precision.map_or(0, |p| p.max(1) as usize);
    let (lead, fraction, exponent) = parts(value.abs(), precision);

    let mut digits = [b'0'; 13];
    for (i, slot) in digits.iter_mut().enumerate() {
        let digit = (fraction >> (48 - 4 * i)) as u8 & 15;
        *slot = char::from_digit(u32::from(digit), 16).map_or(b'0', |c| c as u8);
    }
    let used = digits.iter().rposition(|d| *d != b'0').map_or(1, |i| i + 1);
    let tail = precision.saturating_sub(used);
    let exponent = long_text(exponent);
    let marks: [&[u8]; 2] = if spec.upper { [b"0X", b"P"] } else { [b"0x", b"p"] };
    if spec.upper {
        digits.make_ascii_uppercase();
    }
    let digits = digits.get(..used).unwrap_or(&digits);

    // The prefix, the leading digit, the point and the mark of the exponent.
    let length = (sign.len() + 5 + used + exponent.as_bytes().len()).saturating_add(tail);
    // Java counts the zeros without the tail, and always writes a sign's one column.
    let zeros = zeros(spec, length - tail);
    justified(out, spec, length.saturating_add(zeros), |out| {
        out.push_ascii(sign.before)?;
        out.push_ascii(marks[0])?;
        out.push_repeat(b'0', zeros)?;
        out.push_ascii(&[lead, b'.'])?;
        out.push_ascii(digits)?;
        out.push_repeat(b'0', tail)?;
        out.push_ascii(marks[1])?;
        out.push_ascii(exponent.as_bytes())
    })
}

/// The leading digit, the fraction's 52 bits and the exponent of two, rounded half to even to so
/// many hexadecimal digits; 0 is as many as there are.
fn parts(magnitude: f64, precision: usize) -> (u8, u64, i64) {
    let bits = magnitude.to_bits();
    let binade = (bits >> 52) as i64;
    let fraction = bits & FRACTION;
    if magnitude == 0.0 {
        return (b'0', 0, 0);
    }
    if !(1..13).contains(&precision) {
        return if binade == 0 { (b'0', fraction, -1022) } else { (b'1', fraction, binade - 1023) };
    }
    // With the leading one at bit 52, which a number below the normal range is shifted to.
    let (significand, exponent) = if binade == 0 {
        let shift = fraction.leading_zeros() - 11;
        (fraction << shift, -1022 - i64::from(shift))
    } else {
        (fraction | (1 << 52), binade - 1023)
    };
    let dropped = 52 - 4 * precision;
    let kept = significand >> dropped;
    let rest = significand & ((1 << dropped) - 1);
    let half = 1 << (dropped - 1);
    let up = rest > half || (rest == half && kept & 1 == 1);
    let rounded = (kept + u64::from(up)) << dropped;
    if rounded >> 53 == 0 { (b'1', rounded & FRACTION, exponent) } else { (b'1', 0, exponent + 1) }
}
