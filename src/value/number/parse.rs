//! `Long.parseLong`, `Integer.parseInt` and `Double.parseDouble`.

use super::hex;
use super::not_a_number;
use crate::fault::Fault;
use crate::value::text::Units;

/// The zeros of the decimal digits that one UTF-16 unit can hold; nine more follow each.
const ZEROS: [u16; 37] = [
    0x0030, 0x0660, 0x06F0, 0x07C0, 0x0966, 0x09E6, 0x0A66, 0x0AE6, 0x0B66, 0x0BE6, 0x0C66, 0x0CE6,
    0x0D66, 0x0DE6, 0x0E50, 0x0ED0, 0x0F20, 0x1040, 0x1090, 0x17E0, 0x1810, 0x1946, 0x19D0, 0x1A80,
    0x1A90, 0x1B50, 0x1BB0, 0x1C40, 0x1C50, 0xA620, 0xA8D0, 0xA900, 0xA9D0, 0xA9F0, 0xAA50, 0xABF0,
    0xFF10,
];

/// `Character.digit(unit, 10)`.
fn digit(unit: u16) -> Option<u8> {
    let before = ZEROS.partition_point(|zero| *zero <= unit);
    let zero = ZEROS.get(before.checked_sub(1)?)?;
    u8::try_from(unit - zero).ok().filter(|d| *d < 10)
}

/// `Long.parseLong(text)`: a sign and decimal digits, Unicode's too, and nothing else.
///
/// # Errors
/// When the text is not a number or the number does not fit 64 bits.
pub(crate) fn parse_long(text: Units<'_>) -> Result<i64, Fault> {
    let (negative, skip) = match text.at(0) {
        0x2D => (true, 1),
        0x2B => (false, 1),
        _ => (false, 0),
    };
    let what = "a whole number of 64 bits";
    if text.len() == skip {
        return Err(not_a_number(what, text));
    }
    let mut value = 0_i64;
    for unit in text.slice(skip, text.len()).iter() {
        let digit = digit(unit).map(i64::from);
        // Counted downwards: the smallest long has no positive counterpart.
        let next = digit.and_then(|d| value.checked_mul(10)?.checked_sub(d));
        value = next.ok_or_else(|| not_a_number(what, text))?;
    }
    if negative { Ok(value) } else { value.checked_neg().ok_or_else(|| not_a_number(what, text)) }
}

/// `Integer.parseInt(text)`.
///
/// # Errors
/// When the text is not a number or the number does not fit 32 bits.
pub(crate) fn parse_int(text: Units<'_>) -> Result<i32, Fault> {
    let value = parse_long(text).ok().and_then(|v| i32::try_from(v).ok());
    value.ok_or_else(|| not_a_number("a whole number of 32 bits", text))
}

/// `Double.parseDouble(text)`: Java's whole grammar, white space around it included.
///
/// # Errors
/// When the text is not a number.
pub(crate) fn parse_double(text: Units<'_>) -> Result<f64, Fault> {
    let value = match text {
        Units::Ascii(bytes) => double(trim(bytes)),
        // Only what is ASCII is trimmed, so something else than a number remains.
        Units::Wide(_) => None,
    };
    value.ok_or_else(|| not_a_number("a number", text))
}

/// `String.trim`.
fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [0..=b' ', rest @ ..] | [rest @ .., 0..=b' '] = bytes {
        bytes = rest;
    }
    bytes
}

fn double(bytes: &[u8]) -> Option<f64> {
    let (negative, unsigned) = match bytes {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let magnitude = match unsigned {
        b"NaN" => f64::NAN,
        b"Infinity" => f64::INFINITY,
        [b'0', b'x' | b'X', rest @ ..] => hex::magnitude(without_suffix(rest))?,
        rest => decimal(without_suffix(rest))?,
    };
    Some(if negative { -magnitude } else { magnitude })
}

/// Drops one type suffix: `1f`, `2.5D`.
fn without_suffix(bytes: &[u8]) -> &[u8] {
    match bytes {
        [rest @ .., b'f' | b'F' | b'd' | b'D'] => rest,
        rest => rest,
    }
}

/// Checks Java's grammar and leaves the conversion to the standard library's, which is exact and
/// linear.
fn decimal(bytes: &[u8]) -> Option<f64> {
    let (whole, rest) = hex::split_while(bytes, u8::is_ascii_digit);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => hex::split_while(rest, u8::is_ascii_digit),
        rest => (&[][..], rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let digits = match rest {
        [] => return std::str::from_utf8(bytes).ok()?.parse().ok(),
        [b'e' | b'E', b'+' | b'-', digits @ ..] | [b'e' | b'E', digits @ ..] => digits,
        _ => return None,
    };
    if digits.is_empty() || !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    std::str::from_utf8(bytes).ok()?.parse().ok()
}
