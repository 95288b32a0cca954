//! Strings as an expression sees them: sequences of UTF-16 units (JLS 4.3.3).
//!
//! Like the JVM's compact strings there are two shapes: ASCII bytes, where a unit is a byte, and
//! UTF-16 units for everything else; both index in constant time, and unpaired surrogates are
//! plain values. A short ASCII string lives inline, a literal or an input is borrowed, the rest is
//! shared by reference count and accounted with the [`Meter`]. Invariant: a string that is all
//! ASCII is never in the wide shape, so equal strings have equal shapes.

use std::cmp::Ordering;
use std::hash::{Hash, Hasher};
use std::rc::Rc;

use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::number::long_text;

/// Most bytes that a [`Text`] holds without an allocation.
const INLINE: usize = 22;
/// What a shared buffer costs beside its units.
const OVERHEAD: usize = 56;

/// Characters that are converted between two looks at the clock.
const STRETCH: usize = 4096;

/// A string value. Cloning is cheap: a copy of 24 bytes or a count.
#[derive(Clone)]
pub(crate) struct Text<'a>(Repr<'a>);

#[derive(Clone)]
enum Repr<'a> {
    /// Short ASCII.
    Inline(u8, [u8; INLINE]),
    /// ASCII, borrowed from the program or from an input.
    Borrowed(&'a [u8]),
    /// Not ASCII, borrowed from the program.
    BorrowedWide(&'a [u16]),
    Ascii(Rc<Buffer<'a, u8>>),
    Wide(Rc<Buffer<'a, u16>>),
}

struct Buffer<'a, U> {
    units: Vec<U>,
    charged: usize,
    meter: &'a Meter,
}

impl<U> Drop for Buffer<'_, U> {
    fn drop(&mut self) {
        self.meter.release(self.charged);
    }
}

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
            (Units::Ascii(a), Units::Ascii(b)) => a == b,
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

impl<'a> Text<'a> {
    /// The empty string.
    pub(crate) const EMPTY: Text<'a> = Text(Repr::Inline(0, [0; INLINE]));

    /// A string borrowed for the evaluation if it is ASCII, otherwise a converted copy.
    #[inline]
    pub(crate) fn borrow(s: &'a str, meter: &'a Meter) -> Result<Self, Fault> {
        if s.is_ascii() { Ok(Text(Repr::Borrowed(s.as_bytes()))) } else { Text::new(s, meter) }
    }

    /// ASCII bytes that live as long as the evaluation; the caller vouches for ASCII.
    pub(crate) fn literal_ascii(bytes: &'a [u8]) -> Self {
        debug_assert!(bytes.is_ascii());
        Text(Repr::Borrowed(bytes))
    }

    /// The ASCII bytes, where they live as long as the evaluation.
    #[inline]
    pub(crate) fn borrowed(&self) -> Option<&'a [u8]> {
        match self.0 {
            Repr::Borrowed(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// UTF-16 units, not all ASCII, that live as long as the evaluation.
    pub(crate) fn literal_wide(units: &'a [u16]) -> Self {
        Text(Repr::BorrowedWide(units))
    }

    /// A copy of a Rust string.
    pub(crate) fn new(s: &str, meter: &'a Meter) -> Result<Self, Fault> {
        if s.is_ascii() {
            return Text::from_ascii(s.as_bytes(), meter);
        }
        let mut out = TextBuilder::new(meter);
        out.push_str(s)?;
        Ok(out.finish())
    }

    /// A copy of ASCII bytes; the caller vouches for ASCII.
    #[inline]
    pub(crate) fn from_ascii(bytes: &[u8], meter: &'a Meter) -> Result<Self, Fault> {
        debug_assert!(bytes.is_ascii());
        if bytes.len() <= INLINE {
            let mut buf = [0; INLINE];
            buf[..bytes.len()].copy_from_slice(bytes);
            return Ok(Text(Repr::Inline(bytes.len() as u8, buf)));
        }
        let charged = bytes.len() + OVERHEAD;
        meter.charge(charged)?;
        Ok(Text(Repr::Ascii(Rc::new(Buffer { units: bytes.to_vec(), charged, meter }))))
    }

    /// The decimal digits of a LONG (`Long.toString`): never more than fit inline.
    #[inline]
    pub(crate) fn from_long(value: i64) -> Self {
        let mut text = Text::EMPTY;
        text.set_long(value);
        text
    }

    /// Becomes the decimal digits of a LONG, in place.
    #[inline(always)]
    pub(crate) fn set_long(&mut self, value: i64) {
        match (u32::try_from(value), &mut self.0) {
            (Ok(mut rest @ ..100_000_000), Repr::Inline(len, buf)) => {
                // At most eight digits: they fit a register, the first one in its lowest byte.
                let (mut digits, mut count) = (0, 0);
                loop {
                    let tenth = rest / 10;
                    digits = (digits << 8) | u64::from(b'0') | u64::from(rest - tenth * 10);
                    count += 1;
                    if tenth == 0 {
                        break;
                    }
                    rest = tenth;
                }
                *len = count;
                *buf = [0; INLINE];
                if let Some(word) = buf.first_chunk_mut() {
                    *word = digits.to_le_bytes();
                }
            }
            _ => *self = Text::from_any_long(value),
        }
    }

    #[inline(never)]
    fn from_any_long(value: i64) -> Self {
        let (mut buf, text) = ([0; INLINE], long_text(value));
        let digits = text.as_bytes();
        buf[..digits.len()].copy_from_slice(digits);
        Text(Repr::Inline(digits.len() as u8, buf))
    }

    /// A copy of a view.
    pub(crate) fn from_units(units: Units<'_>, meter: &'a Meter) -> Result<Self, Fault> {
        match units {
            Units::Ascii(b) => Text::from_ascii(b, meter),
            Units::Wide(_) => {
                let mut out = TextBuilder::new(meter);
                out.push_units(units)?;
                Ok(out.finish())
            }
        }
    }

    /// The units.
    #[inline]
    pub(crate) fn units(&self) -> Units<'_> {
        match &self.0 {
            Repr::Inline(len, buf) => Units::Ascii(&buf[..usize::from(*len).min(INLINE)]),
            Repr::Borrowed(b) => Units::Ascii(b),
            Repr::BorrowedWide(w) => Units::Wide(w),
            Repr::Ascii(b) => Units::Ascii(&b.units),
            Repr::Wide(w) => Units::Wide(&w.units),
        }
    }

    /// Length in UTF-16 units.
    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.units().len()
    }

    #[inline]
    pub(crate) fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The substring `[from, to)` in units; the caller has checked the range.
    pub(crate) fn substring(
        &self,
        from: usize,
        to: usize,
        meter: &'a Meter,
    ) -> Result<Self, Fault> {
        match &self.0 {
            Repr::Borrowed(b) => Ok(Text(Repr::Borrowed(b.get(from..to).unwrap_or(&[])))),
            _ => Text::from_units(self.units().slice(from, to), meter),
        }
    }

    /// Appends in place where this is the only holder of its buffer, else makes a new string.
    pub(crate) fn push(&mut self, other: Units<'_>, meter: &'a Meter) -> Result<(), Fault> {
        if let (Repr::Ascii(rc), Units::Ascii(add)) = (&mut self.0, other)
            && let Some(buffer) = Rc::get_mut(rc)
        {
            let need = buffer.units.len() + add.len();
            if need > buffer.units.capacity() {
                let grow = (buffer.units.capacity() * 2).max(need) - buffer.units.len();
                let extra = buffer.units.len() + grow - buffer.units.capacity();
                meter.charge(extra)?;
                meter.step_units(buffer.units.len())?;
                buffer.charged += extra;
                buffer.units.reserve_exact(grow);
            }
            meter.step_units(add.len())?;
            buffer.units.extend_from_slice(add);
            return Ok(());
        }
        if let (Repr::Inline(len, buf), Units::Ascii(add)) = (&mut self.0, other)
            && let end = usize::from(*len) + add.len()
            && let Some(room) = buf.get_mut(usize::from(*len)..end)
        {
            room.copy_from_slice(add);
            *len = end as u8;
            return meter.step_units(0);
        }
        if let (Units::Ascii(a), Units::Ascii(b)) = (self.units(), other)
            && let Some(text) = Text::short(a, b)
        {
            *self = text;
            return meter.step_units(0);
        }
        let mut out = TextBuilder::new(meter);
        out.push_units(self.units())?;
        out.push_units(other)?;
        *self = out.finish();
        Ok(())
    }

    /// Two pieces of ASCII as one inline string, if they fit.
    #[inline]
    fn short(a: &[u8], b: &[u8]) -> Option<Self> {
        let mut buf = [0; INLINE];
        let len = a.len() + b.len();
        let (head, tail) = buf.split_at_mut_checked(a.len())?;
        head.copy_from_slice(a);
        tail.get_mut(..b.len())?.copy_from_slice(b);
        Some(Text(Repr::Inline(len as u8, buf)))
    }

    pub(crate) fn to_string_lossy(&self) -> String {
        self.units().to_string_lossy()
    }
}

impl Text<'_> {
    /// Whether the units are the same.
    #[inline]
    pub(crate) fn same(&self, other: &Text<'_>) -> bool {
        match (&self.0, &other.0) {
            // What is behind the end is zero in both.
            (Repr::Inline(len, buf), Repr::Inline(other_len, other_buf)) => {
                len == other_len
                    && first_word(buf) == first_word(other_buf)
                    && (*len <= 8 || buf == other_buf)
            }
            _ => self.units().same(other.units()),
        }
    }
}

impl PartialEq for Text<'_> {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        self.same(other)
    }
}
impl Eq for Text<'_> {}

/// By UTF-16 units, as `String.compareTo`.
impl Ord for Text<'_> {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self.units(), other.units()) {
            (Units::Ascii(a), Units::Ascii(b)) => a.cmp(b),
            (a, b) => a.iter().cmp(b.iter()),
        }
    }
}
impl PartialOrd for Text<'_> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

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

/// ASCII bytes as a Rust string. A short text is checked in a place that is aligned: `from_utf8`
/// goes by words there, and by bytes elsewhere.
fn ascii_string(bytes: &[u8]) -> String {
    #[repr(align(16))]
    struct Room([u8; 32]);
    let mut room = Room([0; 32]);
    let text = match room.0.get_mut(..bytes.len()) {
        Some(to) => {
            to.copy_from_slice(bytes);
            std::str::from_utf8(&room.0).ok().and_then(|text| text.get(..bytes.len()))
        }
        None => std::str::from_utf8(bytes).ok(),
    };
    text.unwrap_or_default().to_owned()
}

/// The first eight bytes.
#[inline(always)]
fn first_word(buf: &[u8; INLINE]) -> u64 {
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

impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}

/// Builds a string; every growth is charged before it happens.
pub(crate) struct TextBuilder<'a> {
    /// The text while it is short ASCII: `ascii` and `wide` have no room then.
    small: [u8; INLINE],
    small_len: usize,
    /// In use once `small` was too small.
    ascii: Vec<u8>,
    /// In use once something not ASCII was pushed; `ascii` is empty then.
    wide: Vec<u16>,
    is_wide: bool,
    charged: usize,
    meter: &'a Meter,
}

impl<'a> TextBuilder<'a> {
    pub(crate) fn new(meter: &'a Meter) -> Self {
        TextBuilder {
            small: [0; INLINE],
            small_len: 0,
            ascii: Vec::new(),
            wide: Vec::new(),
            is_wide: false,
            charged: 0,
            meter,
        }
    }

    /// Whether the text is still in `small`.
    #[inline]
    fn is_small(&self) -> bool {
        !self.is_wide && self.ascii.capacity() == 0
    }

    /// The text in `small`.
    #[inline]
    fn small(&self) -> &[u8] {
        self.small.get(..self.small_len).unwrap_or_default()
    }

    /// Room for `extra` more units, charged first.
    #[inline]
    pub(crate) fn reserve(&mut self, extra: usize) -> Result<(), Fault> {
        if self.is_small() && extra <= INLINE - self.small_len {
            return Ok(());
        }
        self.reserve_large(extra)
    }

    fn reserve_large(&mut self, extra: usize) -> Result<(), Fault> {
        let (len, capacity, width) = if self.is_wide {
            (self.wide.len(), self.wide.capacity(), 2)
        } else {
            (self.ascii.len().max(self.small_len), self.ascii.capacity(), 1)
        };
        let need = len.saturating_add(extra);
        if need <= capacity {
            return Ok(());
        }
        let target = need.max(capacity.saturating_mul(2)).max(32);
        let overhead = if self.charged == 0 { OVERHEAD } else { 0 };
        let bytes = (target - capacity).saturating_mul(width).saturating_add(overhead);
        self.meter.charge(bytes)?;
        self.charged += bytes;
        if self.is_wide {
            self.wide.reserve_exact(target - len);
        } else {
            self.ascii.reserve_exact(target - self.ascii.len());
            let small = self.small.get(..self.small_len).unwrap_or_default();
            self.ascii.extend_from_slice(small);
            self.small_len = 0;
        }
        Ok(())
    }

    fn widen(&mut self, extra: usize) -> Result<(), Fault> {
        if self.is_wide {
            return Ok(());
        }
        let mut narrow = std::mem::take(&mut self.ascii);
        narrow.extend_from_slice(self.small());
        self.small_len = 0;
        self.meter.step_units(narrow.len())?;
        let old = std::mem::take(&mut self.charged);
        self.is_wide = true;
        if let Err(fault) = self.reserve(narrow.len().saturating_add(extra)) {
            self.meter.release(old);
            return Err(fault);
        }
        self.wide.extend(narrow.iter().map(|b| u16::from(*b)));
        drop(narrow);
        self.meter.release(old);
        Ok(())
    }

    /// Appends ASCII bytes; the caller vouches for ASCII.
    #[inline]
    pub(crate) fn push_ascii(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        debug_assert!(bytes.is_ascii());
        self.meter.step_units(bytes.len())?;
        let end = self.small_len + bytes.len();
        if self.is_small()
            && let Some(to) = self.small.get_mut(self.small_len..end)
        {
            to.copy_from_slice(bytes);
            self.small_len = end;
            return Ok(());
        }
        self.push_large(bytes)
    }

    #[inline(never)]
    fn push_large(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.reserve_large(bytes.len())?;
        if self.is_wide {
            self.wide.extend(bytes.iter().map(|b| u16::from(*b)));
        } else {
            self.ascii.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// Appends `count` copies of an ASCII byte.
    pub(crate) fn push_repeat(&mut self, byte: u8, count: usize) -> Result<(), Fault> {
        debug_assert!(byte.is_ascii());
        self.meter.step_units(count)?;
        self.reserve(count)?;
        if self.is_wide {
            self.wide.resize(self.wide.len() + count, u16::from(byte));
        } else if self.is_small() {
            let end = self.small_len + count;
            if let Some(to) = self.small.get_mut(self.small_len..end) {
                to.fill(byte);
                self.small_len = end;
            }
        } else {
            self.ascii.resize(self.ascii.len() + count, byte);
        }
        Ok(())
    }

    /// Appends one UTF-16 unit.
    pub(crate) fn push_unit(&mut self, unit: u16) -> Result<(), Fault> {
        if unit < 128 && !self.is_wide {
            self.reserve(1)?;
            if !self.is_small() {
                self.ascii.push(unit as u8);
            } else if let Some(to) = self.small.get_mut(self.small_len) {
                *to = unit as u8;
                self.small_len += 1;
            }
        } else {
            self.widen(1)?;
            self.reserve(1)?;
            self.wide.push(unit);
        }
        Ok(())
    }

    /// Appends a view.
    #[inline]
    pub(crate) fn push_units(&mut self, units: Units<'_>) -> Result<(), Fault> {
        match units {
            Units::Ascii(b) => self.push_ascii(b),
            Units::Wide(w) => self.push_wide(w),
        }
    }

    #[inline(never)]
    fn push_wide(&mut self, units: &[u16]) -> Result<(), Fault> {
        self.meter.step_units(units.len())?;
        self.widen(units.len())?;
        self.reserve(units.len())?;
        self.wide.extend_from_slice(units);
        Ok(())
    }

    /// Appends a Rust string.
    pub(crate) fn push_str(&mut self, s: &str) -> Result<(), Fault> {
        if s.is_ascii() {
            return self.push_ascii(s.as_bytes());
        }
        self.widen(s.len())?;
        self.reserve(s.len())?;
        let mut units = s.encode_utf16();
        let mut left = s.len();
        while left > 0 {
            let stretch = left.min(STRETCH);
            self.meter.step_units(stretch)?;
            self.wide.extend(units.by_ref().take(stretch));
            left -= stretch;
        }
        Ok(())
    }

    /// The string. A wide buffer that turned out all ASCII is narrowed.
    pub(crate) fn finish(mut self) -> Text<'a> {
        if self.is_small() {
            return Text(Repr::Inline(self.small_len as u8, self.small));
        }
        let meter = self.meter;
        if self.is_wide && self.wide.iter().all(|u| *u < 128) {
            self.ascii = self.wide.iter().map(|u| *u as u8).collect();
            self.wide = Vec::new();
            self.is_wide = false;
        }
        let kept = if !self.is_wide && self.ascii.len() <= INLINE {
            0
        } else {
            // The buffer keeps its room only where it is more than half full.
            if self.is_wide && self.wide.len() < self.wide.capacity() / 2 {
                self.wide.shrink_to_fit();
            }
            if !self.is_wide && self.ascii.len() < self.ascii.capacity() / 2 {
                self.ascii.shrink_to_fit();
            }
            self.wide.capacity() * 2 + self.ascii.capacity() + OVERHEAD
        };
        meter.release(std::mem::take(&mut self.charged).saturating_sub(kept));
        let charged = kept;
        if self.is_wide {
            let units = std::mem::take(&mut self.wide);
            return Text(Repr::Wide(Rc::new(Buffer { units, charged, meter })));
        }
        if self.ascii.len() <= INLINE {
            let mut buf = [0; INLINE];
            buf[..self.ascii.len()].copy_from_slice(&self.ascii);
            return Text(Repr::Inline(self.ascii.len() as u8, buf));
        }
        let units = std::mem::take(&mut self.ascii);
        Text(Repr::Ascii(Rc::new(Buffer { units, charged, meter })))
    }
}

/// An abandoned builder gives back what it took.
impl Drop for TextBuilder<'_> {
    fn drop(&mut self) {
        self.meter.release(self.charged);
    }
}
