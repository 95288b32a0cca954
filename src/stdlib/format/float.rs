//! `%e %f %g`: doubles, rounded half up on the digits that `Double.toString` shows.

use super::integer::{Sign, push_whole, separators, zeros};
use super::spec::{Conversion, Flags, Spec};
use super::text::justified;
use crate::fault::Fault;
use crate::value::number::{Decimal, NumberText, long_text};
use crate::value::text::TextBuilder;

/// The parts of a number between its signs, so that its length is known before it is written.
struct Layout<'d> {
    whole: &'d [u8],
    /// Zeros after the digits of the whole part.
    whole_zeros: usize,
    point: bool,
    /// Zeros between the point and the digits of the fraction.
    gap: usize,
    fraction: &'d [u8],
    /// Zeros after the fraction.
    tail: usize,
    exponent: Option<i32>,
}

impl<'d> Layout<'d> {
    /// Plain, with so many digits after the point.
    fn fixed(spec: &Spec, decimal: &'d Decimal, precision: usize) -> Layout<'d> {
        let digits = decimal.digits();
        let before = usize::try_from(decimal.point).unwrap_or(0);
        let (whole, fraction) = digits.split_at(before.min(digits.len()));
        let gap = usize::try_from(-i64::from(decimal.point)).unwrap_or(0).min(precision);
        let fraction = fraction.get(..precision - gap).unwrap_or(fraction);
        Layout {
            whole: if whole.is_empty() { b"0" } else { whole },
            whole_zeros: before.saturating_sub(digits.len()),
            point: precision > 0 || spec.has(Flags::ALTERNATE),
            gap,
            fraction,
            tail: precision.saturating_sub(gap).saturating_sub(fraction.len()),
            exponent: None,
        }
    }

    /// One digit before the point, so many after it, and an exponent.
    fn scientific(spec: &Spec, decimal: &'d Decimal, precision: usize) -> Layout<'d> {
        let digits = decimal.digits();
        let (whole, fraction) = digits.split_at(1.min(digits.len()));
        Layout {
            whole,
            whole_zeros: 0,
            point: precision > 0 || spec.has(Flags::ALTERNATE),
            gap: 0,
            fraction,
            tail: precision.saturating_sub(fraction.len()),
            exponent: Some(decimal.point - 1),
        }
    }

    fn whole_digits(&self) -> usize {
        self.whole.len() + self.whole_zeros
    }

    /// The length without separators and exponent.
    fn len(&self) -> usize {
        let fraction = self.gap.saturating_add(self.fraction.len()).saturating_add(self.tail);
        (self.whole_digits() + usize::from(self.point)).saturating_add(fraction)
    }
}

/// `%e %f %g`.
pub(super) fn push(out: &mut TextBuilder<'_>, spec: &Spec, value: f64) -> Result<(), Fault> {
    let magnitude = value.abs();
    if !magnitude.is_finite() {
        return push_special(out, spec, value);
    }
    let precision = spec.precision.unwrap_or(6);
    let shortest = Decimal::shortest(magnitude);
    let keep = i64::from(precision);
    let rounded;
    let layout = match spec.conversion {
        Conversion::Scientific => {
            rounded = shortest.round(keep + 1);
            Layout::scientific(spec, &rounded, precision as usize)
        }
        Conversion::General => {
            let keep = keep.max(1);
            rounded = shortest.round(keep);
            let point = i64::from(rounded.point);
            if point < -3 || point > keep {
                Layout::scientific(spec, &rounded, keep as usize - 1)
            } else {
                Layout::fixed(spec, &rounded, (keep - point) as usize)
            }
        }
        _ => {
            rounded = shortest.round(keep + i64::from(shortest.point));
            Layout::fixed(spec, &rounded, precision as usize)
        }
    };
    write(out, spec, value.is_sign_negative(), &layout)
}

fn write(
    out: &mut TextBuilder<'_>,
    spec: &Spec,
    negative: bool,
    layout: &Layout<'_>,
) -> Result<(), Fault> {
    let sign = Sign::of(spec, negative);
    let exponent = layout.exponent.map(|e| exponent_text(e, spec.upper));
    let exponent = exponent.as_ref().map_or(&[][..], |(text, from)| &text[*from..]);
    let length = (sign.len() + separators(spec, layout.whole_digits()) + exponent.len())
        .saturating_add(layout.len());
    let zeros = zeros(spec, length);
    justified(out, spec, length.saturating_add(zeros), |out| {
        out.push_ascii(sign.before)?;
        out.push_repeat(b'0', zeros)?;
        push_whole(out, spec, layout.whole, layout.whole_zeros)?;
        if layout.point {
            out.push_ascii(b".")?;
        }
        out.push_repeat(b'0', layout.gap)?;
        out.push_ascii(layout.fraction)?;
        out.push_repeat(b'0', layout.tail)?;
        out.push_ascii(exponent)?;
        out.push_ascii(sign.after)
    })
}

/// `e+07`: a sign and at least two digits, at the end of the buffer.
fn exponent_text(exponent: i32, upper: bool) -> ([u8; 5], usize) {
    let text: NumberText = long_text(i64::from(exponent.unsigned_abs()));
    let digits = text.as_bytes();
    let mut buf = [b'0'; 5];
    let from = 3 - digits.len().clamp(2, 3);
    for (slot, digit) in buf.iter_mut().rev().zip(digits.iter().rev()) {
        *slot = *digit;
    }
    buf[from] = if upper { b'E' } else { b'e' };
    buf[from + 1] = if exponent < 0 { b'-' } else { b'+' };
    (buf, from)
}

/// NaN and the infinities: zeros do not fill them up.
pub(super) fn push_special(
    out: &mut TextBuilder<'_>,
    spec: &Spec,
    value: f64,
) -> Result<(), Fault> {
    let (text, sign): (&[u8], _) = match (value.is_nan(), spec.upper) {
        (true, false) => (b"NaN", None),
        (true, true) => (b"NAN", None),
        (false, false) => (b"Infinity", Some(Sign::of(spec, value < 0.0))),
        (false, true) => (b"INFINITY", Some(Sign::of(spec, value < 0.0))),
    };
    let length = text.len() + sign.map_or(0, Sign::len);
    justified(out, spec, length, |out| {
        out.push_ascii(sign.map_or(b"", |s| s.before))?;
        out.push_ascii(text)?;
        out.push_ascii(sign.map_or(b"", |s| s.after))
    })
}
