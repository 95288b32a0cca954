//! A string's units, wherever they are.

/// A view of a string's units in whichever shape it has.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Units<'t> {
    /// One byte a unit, all below 128.
    Ascii(&'t [u8]),
    /// UTF-16 units, at least one of them not ASCII.
    Wide(&'t [u16]),
}

impl<'t> Units<'t> {
    /// Length in UTF-16 units.
    #[inline]
    pub(crate) fn len(self) -> usize {
        match self {
            Units::Ascii(b) => b.len(),
            Units::Wide(w) => w.len(),
        }
    }
    /// The unit at `i`, or 0 past the end.
    #[inline]
    pub(crate) fn at(self, i: usize) -> u16 {
        match self {
            Units::Ascii(b) => b.get(i).copied().map_or(0, u16::from),
            Units::Wide(w) => w.get(i).copied().unwrap_or(0),
        }
    }
    /// The code point that starts at `i` and its length in units; an unpaired surrogate is itself.
    #[inline]
    pub(crate) fn code_point(self, i: usize) -> (u32, usize) {
        let hi = self.at(i);
        if (0xD800..0xDC00).contains(&hi) {
            let lo = self.at(i + 1);
            if (0xDC00..0xE000).contains(&lo) {
                return (0x10000 + ((u32::from(hi) - 0xD800) << 10) + (u32::from(lo) - 0xDC00), 2);
            }
        }
        (u32::from(hi), 1)
    }
    /// The units from `from` up to `to`; empty where the range is not inside.
    #[inline]
    pub(crate) fn slice(self, from: usize, to: usize) -> Units<'t> {
        match self {
            Units::Ascii(b) => Units::Ascii(b.get(from..to).unwrap_or(&[])),
            Units::Wide(w) => Units::Wide(w.get(from..to).unwrap_or(&[])),
        }
    }
    /// All units in order.
    pub(crate) fn iter(self) -> impl Iterator<Item = u16> + 't {
        let (bytes, wide): (&[u8], &[u16]) = match self {
            Units::Ascii(b) => (b, &[]),
            Units::Wide(w) => (&[], w),
        };
        bytes.iter().map(|b| u16::from(*b)).chain(wide.iter().copied())
    }
    /// As a Rust string; an unpaired surrogate becomes `?`, as Java's encoder does.
    pub(crate) fn to_string_lossy(self) -> String {
        match self {
            Units::Ascii(b) => ascii_string(b),
            Units::Wide(w) => {
                char::decode_utf16(w.iter().copied()).map(|c| c.unwrap_or('?')).collect()
            }
        }
    }
    /// For messages: the first 60 units, control characters escaped, `…` where there is more.
    pub(crate) fn shortened(self) -> String {
        let shown = self.slice(0, self.len().min(60)).to_string_lossy();
        let mut out = String::new();
        for c in shown.chars() {
            if c.is_control() { out.extend(c.escape_default()) } else { out.push(c) }
        }
        if self.len() > 60 {
            out.push('…');
        }
        out
    }
    /// Whether the units are the same.
    #[inline]
    pub(crate) fn same(self, other: Units<'_>) -> bool {
        match (self, other) {
            (Units::Ascii(a), Units::Ascii(b)) => same_bytes(a, b),
            (Units::Wide(a), Units::Wide(b)) => a == b,
            (Units::Ascii(a), Units::Wide(b)) | (Units::Wide(b), Units::Ascii(a)) => {
                a.len() == b.len() && a.iter().zip(b).all(|(x, y)| u16::from(*x) == *y)
            }
        }
    }
    /// `String.hashCode` (JDK): `s[0]*31^(n-1) + … + s[n-1]`, wrapping.
    pub(crate) fn java_hash(self) -> i32 {
        self.iter().fold(0_i32, |h, u| h.wrapping_mul(31).wrapping_add(i32::from(u)))
    }
}

/// Copies bytes to a place of the same length. A few are copied without a call.
#[inline(always)]
pub(crate) fn copy_short(to: &mut [u8], from: &[u8]) {
    debug_assert_eq!(to.len(), from.len());
    match from.len() {
        0 => {}
        1 => put_ends::<1>(to, from),
        2..4 => put_ends::<2>(to, from),
        4..8 => put_ends::<4>(to, from),
        8..=16 => put_ends::<8>(to, from),
        _ => to.copy_from_slice(from),
    }
}

/// Copies the first and the last bytes, which may overlap.
#[inline(always)]
fn put_ends<const N: usize>(to: &mut [u8], from: &[u8]) {
    if let (Some(to), Some(from)) = (to.first_chunk_mut::<N>(), from.first_chunk()) {
        *to = *from;
    }
    if let (Some(to), Some(from)) = (to.last_chunk_mut::<N>(), from.last_chunk()) {
        *to = *from;
    }
}

/// Whether two pieces hold the same bytes. A few are compared without a call.
#[inline(always)]
pub(crate) fn same_bytes(a: &[u8], b: &[u8]) -> bool {
    match a.len() {
        len if len != b.len() => false,
        0 => true,
        1 => same_ends::<1>(a, b),
        2..4 => same_ends::<2>(a, b),
        4..8 => same_ends::<4>(a, b),
        8..=16 => same_ends::<8>(a, b),
        _ => a == b,
    }
}

/// Compares the first and the last bytes, which may overlap.
#[inline(always)]
fn same_ends<const N: usize>(a: &[u8], b: &[u8]) -> bool {
    a.first_chunk::<N>() == b.first_chunk() && a.last_chunk::<N>() == b.last_chunk()
}

/// ASCII bytes as a Rust string. A short text is checked in a place that is aligned: `from_utf8`
/// goes by words there, and by bytes elsewhere.
pub(crate) fn ascii_string(bytes: &[u8]) -> String {
    #[repr(align(16))]
    struct Room([u8; 32]);
    let mut room = Room([0; 32]);
    let text = match room.0.get_mut(..bytes.len()) {
        Some(to) => {
            copy_short(to, bytes);
            std::str::from_utf8(&room.0).ok().and_then(|text| text.get(..bytes.len()))
        }
        None => std::str::from_utf8(bytes).ok(),
    };
    text.unwrap_or_default().to_owned()
}
