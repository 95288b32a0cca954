//! General categories.

use super::super::set::Set;
use super::category_table::CATEGORY;

/// The short names of the categories; the table stores positions in this list.
pub(super) const NAMES: [&str; 30] = [
    "Cn", "Lu", "Ll", "Lt", "Lm", "Lo", "Mn", "Me", "Mc", "Nd", "Nl", "No", "Zs", "Zl", "Zp", "Cc",
    "Cf", "Co", "Cs", "Pd", "Ps", "Pe", "Pc", "Po", "Sm", "Sc", "Sk", "So", "Pi", "Pf",
];

/// A set of categories: bit `i` stands for `NAMES[i]`.
pub(super) type Mask = u32;

/// The categories of a name: `Lu`, `L`, `LC`, `LD`.
pub(super) fn mask(name: &str) -> Option<Mask> {
    if let Some(i) = NAMES.iter().position(|n| *n == name) {
        return Some(1 << i);
    }
    match name {
        "L" | "M" | "N" | "Z" | "C" | "P" | "S" => Some(
            NAMES
                .iter()
                .enumerate()
                .filter(|(_, n)| n.starts_with(name))
                .fold(0, |m, (i, _)| m | 1 << i),
        ),
        "LC" => Some(LU | LL | LT),
        "LD" => Some(LETTER | ND),
        _ => None,
    }
}

pub(super) const CN: Mask = 1;
pub(super) const LU: Mask = 1 << 1;
pub(super) const LL: Mask = 1 << 2;
pub(super) const LT: Mask = 1 << 3;
pub(super) const LETTER: Mask = LU | LL | LT | 1 << 4 | 1 << 5;
pub(super) const MN: Mask = 1 << 6;
pub(super) const ME: Mask = 1 << 7;
pub(super) const MC: Mask = 1 << 8;
pub(super) const ND: Mask = 1 << 9;
pub(super) const NL: Mask = 1 << 10;
pub(super) const SEPARATOR: Mask = 1 << 12 | 1 << 13 | 1 << 14;
pub(super) const CC: Mask = 1 << 15;
pub(super) const CF: Mask = 1 << 16;
pub(super) const CS: Mask = 1 << 18;
pub(super) const PC: Mask = 1 << 22;
pub(super) const PUNCTUATION: Mask = 1 << 19 | 1 << 20 | 1 << 21 | PC | 1 << 23 | 1 << 28 | 1 << 29;
pub(super) const SC: Mask = 1 << 25;

/// All code points of some categories.
pub(super) fn set(mask: Mask) -> Set {
    let ends = CATEGORY.iter().skip(1).map(|e| (e >> 5) - 1).chain([super::super::set::LAST]);
    let runs = CATEGORY.iter().zip(ends);
    Set::of(
        runs.filter(|(e, _)| mask >> (*e & 31) & 1 == 1).map(|(e, end)| (e >> 5, end)).collect(),
    )
}

/// Whether a code point is of one of some categories.
pub(super) fn is(c: u32, mask: Mask) -> bool {
    let after = CATEGORY.partition_point(|e| e >> 5 <= c);
    let entry = after.checked_sub(1).and_then(|i| CATEGORY.get(i));
    entry.is_some_and(|e| mask >> (e & 31) & 1 == 1)
}

/// `Character.isLetterOrDigit`.
pub(in super::super) fn is_letter_or_digit(c: u32) -> bool {
    is(c, LETTER | ND)
}

/// Whether a code point is a non-spacing mark.
pub(in super::super) fn is_mark(c: u32) -> bool {
    c >= 0x300 && is(c, MN)
}
