//! Strings as an expression sees them: sequences of UTF-16 units (JLS 4.3.3).
//!
//! Like the JVM's compact strings there are two shapes: ASCII bytes, where a unit is a byte, and
//! UTF-16 units for everything else; both index in constant time, and unpaired surrogates are
//! plain values. A short ASCII string lives inline, a literal or an input is borrowed, the rest is
//! shared by reference count and accounted with the [`Meter`]. Invariant: a string that is all
//! ASCII is never in the wide shape, so equal strings have equal shapes.

mod builder;
mod hash;
mod units;

use std::cmp::Ordering;
use std::rc::Rc;

pub(crate) use builder::TextBuilder;
use hash::first_word;
pub(crate) use units::{Units, ascii_string, copy_short, same_bytes};

use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::number::long_text;

/// Most bytes that a [`Text`] holds without an allocation.
const INLINE: usize = 22;
/// What a shared buffer costs beside its units.
const OVERHEAD: usize = 56;

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

impl<'a> Text<'a> {
    /// Most bytes that are held without an allocation.
    pub(crate) const INLINE: usize = INLINE;
    /// The empty string.
    pub(crate) const EMPTY: Text<'a> = Text(Repr::Inline(0, [0; INLINE]));

    /// A string borrowed for the evaluation if it is ASCII, otherwise a converted copy.
    #[inline]
    pub(crate) fn borrow(s: &'a str, meter: &'a Meter) -> Result<Self, Fault> {
        if s.is_ascii() { Ok(Text(Repr::Borrowed(s.as_bytes()))) } else { Text::new(s, meter) }
    }

    /// ASCII bytes that live as long as the evaluation; the caller vouches for ASCII. Not looked at,
    /// not even where bugs are looked for: the text may be long, and handed on often.
    pub(crate) fn literal_ascii(bytes: &'a [u8]) -> Self {
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

    /// Whether the text holds no buffer.
    #[inline(always)]
    pub(crate) fn is_plain(&self) -> bool {
        !matches!(self.0, Repr::Ascii(_) | Repr::Wide(_))
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
        if let Some(text) = Text::short(bytes, &[]) {
            return Ok(text);
        }
        let charged = bytes.len() + OVERHEAD;
        meter.charge(charged)?;
        Ok(Text(Repr::Ascii(Rc::new(Buffer { units: bytes.to_vec(), charged, meter }))))
    }

    /// Short ASCII, where what is behind the length is zero; the caller vouches for both.
    #[inline(always)]
    pub(crate) fn inline(bytes: &[u8; INLINE], len: usize) -> Self {
        debug_assert!(bytes.is_ascii() && bytes.iter().skip(len).all(|b| *b == 0));
        Text(Repr::Inline(len as u8, *bytes))
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
            copy_short(room, add);
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
        copy_short(head, a);
        copy_short(tail.get_mut(..b.len())?, b);
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
impl std::fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.to_string_lossy())
    }
}

#[cfg(test)]
mod tests;
