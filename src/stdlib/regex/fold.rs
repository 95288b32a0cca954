//! Letters of either case: the simple case mappings of the Unicode Character Database, which
//! `Character.toUpperCase(int)` and `toLowerCase(int)` use too.

use std::sync::OnceLock;

use super::ast::Fold;
use super::set::Set;

/// Beyond here no letter has a case.
const LAST_CASED: u32 = 0x1_E943;

/// The simple upper case of a code point.
fn upper(c: u32) -> u32 {
    match c {
        // Their full upper case has two letters; the simple one is the title case.
        0x1F80..=0x1FAF => c | 8,
        0x1FB3 | 0x1FC3 | 0x1FF3 => c + 9,
        _ => single(c, char::to_uppercase),
    }
}

/// The simple lower case of a code point.
fn lower(c: u32) -> u32 {
    match c {
        0x130 => 0x69,
        _ => single(c, char::to_lowercase),
    }
}

/// A mapping where it gives one letter, else the code point itself.
fn single<I: Iterator<Item = char>>(c: u32, map: impl Fn(char) -> I) -> u32 {
    let Some(letter) = char::from_u32(c) else { return c };
    let mut mapped = map(letter);
    match (mapped.next(), mapped.next()) {
        (Some(one), None) => u32::from(one),
        _ => c,
    }
}

/// What all the letters of one family have in common, as `equalsIgnoreCase` compares.
pub(super) fn key(c: u32, fold: Fold) -> u32 {
    match fold {
        Fold::None => c,
        Fold::Ascii if (0x41..=0x5A).contains(&c) => c | 0x20,
        Fold::Ascii => c,
        Fold::Unicode if c < 128 => key(c, Fold::Ascii),
        Fold::Unicode => lower(upper(c)),
    }
}

/// A letter that changes with case, its upper case, and that one's lower case.
struct Cased {
    c: u32,
    upper: u32,
    key: u32,
}

/// All letters that change with case: about 2 900.
fn cased() -> &'static [Cased] {
    static TABLE: OnceLock<Box<[Cased]>> = OnceLock::new();
    TABLE.get_or_init(|| {
        (0..=LAST_CASED)
            .map(|c| Cased { c, upper: upper(c), key: lower(upper(c)) })
            .filter(|l| l.upper != l.c || l.key != l.c)
            .collect()
    })
}

/// Steps that [`close`] takes for one range.
pub(super) const CLOSE_STEPS: u64 = 48;

/// The code points that a range of a pattern means under a fold. As in Java a single letter
/// stands for its whole family, a range for what has its upper case, or that one's lower case, in
/// the range.
pub(super) fn close(low: u32, high: u32, fold: Fold) -> Set {
    let mut ranges = vec![(low, high)];
    match fold {
        Fold::None => {}
        Fold::Ascii => {
            for (from, to, other) in [(0x41, 0x5A, 0x20_i32), (0x61, 0x7A, -0x20)] {
                let (from, to) = (low.max(from), high.min(to));
                if from <= to {
                    ranges
                        .push((from.saturating_add_signed(other), to.saturating_add_signed(other)));
                }
            }
        }
        Fold::Unicode => {
            let family = key(low, fold);
            if low == high && upper(low) == family {
                // Java leaves a letter alone that has no upper case, even if it is one's lower case.
                return Set::single(low);
            }
            let inside = |c: u32| (low..=high).contains(&c);
            for letter in cased() {
                let alike = if low == high {
                    letter.key == family
                } else {
                    inside(letter.upper) || inside(letter.key)
                };
                if alike {
                    ranges.push((letter.c, letter.c));
                }
            }
            if low == high {
                ranges.push((family, family));
            }
        }
    }
    Set::of(ranges)
}

#[cfg(test)]
mod tests {
    use super::{Fold, LAST_CASED, cased, close, lower, upper};

    #[test]
    fn families_are_whole() {
        let sigma = close(0x3C3, 0x3C3, Fold::Unicode);
        assert_eq!(sigma.ranges(), [(0x3A3, 0x3A3), (0x3C2, 0x3C3)]);
        let k = close(0x6B, 0x6B, Fold::Unicode);
        assert_eq!(k.ranges(), [(0x4B, 0x4B), (0x6B, 0x6B), (0x212A, 0x212A)]);
        assert_eq!(
            close(0x5A, 0x61, Fold::Ascii).ranges(),
            [(0x41, 0x41), (0x5A, 0x61), (0x7A, 0x7A)]
        );
    }

    #[test]
    fn no_letter_is_cased_beyond_the_scan() {
        assert!(cased().len() > 2_700);
        assert!((LAST_CASED + 1..=0x10_FFFF).all(|c| upper(c) == c && lower(c) == c));
    }
}
