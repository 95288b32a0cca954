//! Sets of code points as sorted ranges: what a character class means.
//!
//! Invariant of [`Set`]: the ranges are sorted, do not touch and do not overlap. [`Class`] is the
//! same set in the shape that the matcher asks: a bitmap for ASCII, the other ranges behind it.

/// The last code point.
pub(super) const LAST: u32 = 0x0010_FFFF;

/// A set of code points, surrogates included.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Set(Vec<(u32, u32)>);

impl Set {
    /// The set of one code point.
    pub(super) fn single(c: u32) -> Self {
        Set(vec![(c, c)])
    }

    /// All code points.
    pub(super) fn all() -> Self {
        Set(vec![(0, LAST)])
    }

    /// The set of the code points in any of the ranges, which may come in any order.
    pub(super) fn of(mut ranges: Vec<(u32, u32)>) -> Self {
        ranges.sort_unstable();
        let mut out: Vec<(u32, u32)> = Vec::new();
        for (low, high) in ranges {
            match out.last_mut() {
                Some(last) if low <= last.1.saturating_add(1) => last.1 = last.1.max(high),
                _ => out.push((low, high)),
            }
        }
        Set(out)
    }

    /// The ranges in order.
    pub(super) fn ranges(&self) -> &[(u32, u32)] {
        &self.0
    }

    /// The only member, if there is just one.
    pub(super) fn only(&self) -> Option<u32> {
        match self.0.as_slice() {
            [(low, high)] if low == high => Some(*low),
            _ => None,
        }
    }

    /// What is in either set.
    pub(super) fn union(&self, other: &Set) -> Set {
        Set::of(self.0.iter().chain(&other.0).copied().collect())
    }

    /// What is not in the set.
    pub(super) fn negate(&self) -> Set {
        let mut out = Vec::new();
        let mut next = 0;
        for (low, high) in &self.0 {
            if *low > next {
                out.push((next, low - 1));
            }
            next = high + 1;
        }
        if next <= LAST {
            out.push((next, LAST));
        }
        Set(out)
    }

    /// What is in both sets.
    pub(super) fn intersect(&self, other: &Set) -> Set {
        let mut out = Vec::new();
        let (mut left, mut right) = (self.0.iter().peekable(), other.0.iter().peekable());
        while let (Some(a), Some(b)) = (left.peek(), right.peek()) {
            let (low, high) = (a.0.max(b.0), a.1.min(b.1));
            if low <= high {
                out.push((low, high));
            }
            if a.1 < b.1 {
                left.next()
            } else {
                right.next()
            };
        }
        Set(out)
    }

    /// Whether the sets have no member in common.
    pub(super) fn is_disjoint(&self, other: &Set) -> bool {
        self.intersect(other).0.is_empty()
    }

    /// Whether a member is beyond the basic plane or a surrogate: a match may then take, or must
    /// not split, a pair of units.
    pub(super) fn has_supplementary(&self) -> bool {
        self.0.iter().any(|(low, high)| *high >= 0x1_0000 || (*low < 0xE000 && *high >= 0xD800))
    }
}

/// A set, ready to be asked.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Class {
    ascii: u128,
    /// The ranges that reach beyond ASCII.
    wide: Box<[(u32, u32)]>,
}

impl Class {
    pub(super) fn new(set: &Set) -> Self {
        let mut ascii = 0;
        for (low, high) in set.ranges() {
            for c in *low..=(*high).min(127) {
                ascii |= 1_u128 << c;
            }
        }
        Class { ascii, wide: set.ranges().iter().filter(|r| r.1 > 127).copied().collect() }
    }

    /// Whether the code point is in the set.
    #[inline]
    pub(super) fn contains(&self, c: u32) -> bool {
        if c < 128 {
            return self.ascii >> c & 1 == 1;
        }
        let after = self.wide.partition_point(|r| r.0 <= c);
        after.checked_sub(1).and_then(|i| self.wide.get(i)).is_some_and(|r| r.1 >= c)
    }
}

#[cfg(test)]
mod tests {
    use super::{Class, LAST, Set};

    #[test]
    fn algebra_keeps_ranges_sorted_and_apart() {
        let set = Set::of(vec![(5, 9), (1, 2), (3, 3), (8, 12)]);
        assert_eq!(set.ranges(), [(1, 3), (5, 12)]);
        assert_eq!(set.negate().ranges(), [(0, 0), (4, 4), (13, LAST)]);
        assert_eq!(set.negate().negate(), set);
        assert_eq!(
            set.intersect(&Set::of(vec![(3, 5), (12, 20)])).ranges(),
            [(3, 3), (5, 5), (12, 12)]
        );
        assert!(set.is_disjoint(&set.negate()));
        assert_eq!(set.union(&set.negate()), Set::all());
    }

    #[test]
    fn a_class_answers_as_its_set() {
        let class = Class::new(&Set::of(vec![(0x61, 0x7A), (0x7F, 0x90), (0x1_0000, LAST)]));
        for (c, inside) in [
            (0x60, false),
            (0x61, true),
            (0x7A, true),
            (0x7B, false),
            (0x80, true),
            (0x91, false),
            (0xFFFF, false),
            (0x1_0000, true),
            (LAST, true),
        ] {
            assert_eq!(class.contains(c), inside, "{c:x}");
        }
    }
}
