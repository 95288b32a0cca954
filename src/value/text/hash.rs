//! Hashes of strings: by words where a string is short.

use std::hash::{Hash, Hasher};

use super::{INLINE, Repr, Text, Units};

impl Hash for Text<'_> {
    #[inline(always)]
    fn hash<H: Hasher>(&self, state: &mut H) {
        match &self.0 {
            Repr::Inline(len, buf) => hash_short(*len, buf, state),
            _ => hash_units(self.units(), state),
        }
    }
}

/// The same hash for the same units, wherever they are.
#[inline(never)]
fn hash_units<H: Hasher>(units: Units<'_>, state: &mut H) {
    match units {
        Units::Ascii(b) if b.len() <= INLINE => {
            let mut buf = [0; INLINE];
            buf[..b.len()].copy_from_slice(b);
            hash_short(b.len() as u8, &buf, state);
        }
        Units::Ascii(b) => state.write(b),
        Units::Wide(w) => {
            let (fours, rest) = w.as_chunks::<4>();
            for [a, b, c, d] in fours {
                let low = u64::from(*a) | u64::from(*b) << 16;
                state.write_u64(low | u64::from(*c) << 32 | u64::from(*d) << 48);
            }
            rest.iter().for_each(|u| state.write_u16(*u));
        }
    }
}

/// The first eight bytes.
#[inline(always)]
pub(super) fn first_word(buf: &[u8; INLINE]) -> u64 {
    buf.first_chunk().map_or(0, |word| u64::from_le_bytes(*word))
}

/// The hash of what fits inline, wherever it is: a few words, without a loop.
#[inline(always)]
fn hash_short<H: Hasher>(len: u8, buf: &[u8; INLINE], state: &mut H) {
    state.write_u64(first_word(buf));
    if len > 8
        && let ([_, second], rest) = buf.as_chunks::<8>()
    {
        let mut third = [0; 8];
        third[..rest.len()].copy_from_slice(rest);
        state.write_u64(u64::from_le_bytes(*second));
        state.write_u64(u64::from_le_bytes(third));
    }
}
