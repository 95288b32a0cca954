//! The text that is searched, in either shape of a string.

/// Code points by the place of their first unit.
pub(super) trait Hay: Copy {
    /// Length in units.
    fn len(self) -> u32;
    /// The unit at `i`, or 0 past the end.
    fn unit(self, i: u32) -> u16;
    /// The code point that starts at `i` and where the next one starts.
    fn next(self, i: u32) -> (u32, u32);
    /// The code point that ends at `i`, which is not 0, and where it starts.
    fn prev(self, i: u32) -> (u32, u32);
}

/// ASCII bytes.
#[derive(Clone, Copy)]
pub(super) struct Ascii<'t>(pub(super) &'t [u8]);

/// UTF-16 units; an unpaired surrogate is itself.
#[derive(Clone, Copy)]
pub(super) struct Wide<'t>(pub(super) &'t [u16]);

impl Hay for Ascii<'_> {
    #[inline]
    fn len(self) -> u32 {
        self.0.len() as u32
    }
    #[inline]
    fn unit(self, i: u32) -> u16 {
        self.0.get(i as usize).copied().map_or(0, u16::from)
    }
    #[inline]
    fn next(self, i: u32) -> (u32, u32) {
        (u32::from(self.unit(i)), i + 1)
    }
    #[inline]
    fn prev(self, i: u32) -> (u32, u32) {
        let before = i.saturating_sub(1);
        (u32::from(self.unit(before)), before)
    }
}

/// The code point of two surrogates that make a pair.
fn pair(high: u16, low: u16) -> Option<u32> {
    let is_pair = (0xD800..0xDC00).contains(&high) && (0xDC00..0xE000).contains(&low);
    is_pair.then(|| 0x1_0000 + ((u32::from(high) - 0xD800) << 10) + (u32::from(low) - 0xDC00))
}

impl Hay for Wide<'_> {
    #[inline]
    fn len(self) -> u32 {
        self.0.len() as u32
    }
    #[inline]
    fn unit(self, i: u32) -> u16 {
        self.0.get(i as usize).copied().unwrap_or(0)
    }
    #[inline]
    fn next(self, i: u32) -> (u32, u32) {
        let unit = self.unit(i);
        if unit & 0xFC00 == 0xD800
            && let Some(c) = pair(unit, self.unit(i + 1))
        {
            return (c, i + 2);
        }
        (u32::from(unit), i + 1)
    }
    #[inline]
    fn prev(self, i: u32) -> (u32, u32) {
        let before = i.saturating_sub(1);
        let unit = self.unit(before);
        if unit & 0xFC00 == 0xDC00
            && before > 0
            && let Some(c) = pair(self.unit(before - 1), unit)
        {
            return (c, before - 1);
        }
        (u32::from(unit), before)
    }
}
