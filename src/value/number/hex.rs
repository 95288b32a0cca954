//! Hexadecimal floating-point text: `0x1.8p3` is 12.0 (JLS 3.10.2).

/// Splits where the predicate ends.
pub(super) fn split_while(bytes: &[u8], is: impl Fn(&u8) -> bool) -> (&[u8], &[u8]) {
    let end = bytes.iter().position(|b| !is(b)).unwrap_or(bytes.len());
    bytes.split_at(end)
}

/// The value of what follows `0x`: digits, perhaps a point, and an exponent of two.
pub(super) fn magnitude(bytes: &[u8]) -> Option<f64> {
    let (whole, rest) = split_while(bytes, u8::is_ascii_hexdigit);
    let (fraction, rest) = match rest {
        [b'.', rest @ ..] => split_while(rest, u8::is_ascii_hexdigit),
        rest => (&[][..], rest),
    };
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let [b'p' | b'P', exponent @ ..] = rest else {
        return None;
    };
    let (down, exponent) = match exponent {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    if exponent.is_empty() || !exponent.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let exponent = exponent
        .iter()
        .fold(0_i64, |e, d| e.saturating_mul(10).saturating_add(i64::from(d - b'0')));
    let exponent = if down { exponent.saturating_neg() } else { exponent };

    let mut significand = 0_u64;
    let mut sticky = false;
    let mut shift = 0_i64;
    let point = whole.len();
    for (i, byte) in whole.iter().chain(fraction).enumerate() {
        let digit = (*byte as char).to_digit(16).map_or(0, u64::from);
        if significand >> 60 == 0 {
            significand = significand << 4 | digit;
            shift -= if i >= point { 4 } else { 0 };
        } else {
            sticky |= digit != 0;
            shift += if i < point { 4 } else { 0 };
        }
    }
    Some(scale(significand, sticky, exponent.saturating_add(shift)))
}

/// `significand × 2^exponent`, and a little more if `sticky`, rounded half to even.
fn scale(significand: u64, sticky: bool, exponent: i64) -> f64 {
    if significand == 0 {
        return 0.0;
    }
    let zeros = significand.leading_zeros();
    let significand = significand << zeros;
    // The value is 1.… × 2^binade.
    let binade = exponent.saturating_add(63 - i64::from(zeros));
    if binade > 1023 {
        return f64::INFINITY;
    }
    let bits = if binade >= -1022 { 53 } else { 53 - (-1022_i64).saturating_sub(binade) };
    if bits < 0 {
        return 0.0;
    }
    // Between 11 and 64 bits are dropped.
    let dropped = 64 - bits as u32;
    let kept = significand.checked_shr(dropped).unwrap_or(0);
    let half = 1_u64 << (dropped - 1);
    let rest = significand & (half | (half - 1));
    let up = rest > half || (rest == half && (sticky || kept & 1 == 1));
    let kept = kept + u64::from(up);
    // The leading one of a normal number adds itself to the exponent, and so does a carry.
    let exponent_bits = if binade >= -1022 { ((binade + 1022) as u64) << 52 } else { 0 };
    f64::from_bits(exponent_bits + kept)
}
