//! Building a string.

use std::rc::Rc;

use super::{Buffer, INLINE, OVERHEAD, Repr, Text, Units, copy_short};
use crate::fault::Fault;
use crate::limits::Meter;

/// Characters that are converted between two looks at the clock.
const STRETCH: usize = 4096;

/// The length of `small` while the text is elsewhere: nothing fits behind it.
const ELSEWHERE: usize = usize::MAX / 2;

/// Builds a string; every growth is charged before it happens.
pub(crate) struct TextBuilder<'a> {
    /// The text while it is short ASCII: `ascii` and `wide` have no room then.
    small: [u8; INLINE],
    /// Its length, or [`ELSEWHERE`].
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
        self.small_len <= INLINE
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
            (self.ascii.len().max(self.small().len()), self.ascii.capacity(), 1)
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
            self.small_len = ELSEWHERE;
        }
        Ok(())
    }

    fn widen(&mut self, extra: usize) -> Result<(), Fault> {
        if self.is_wide {
            return Ok(());
        }
        let mut narrow = std::mem::take(&mut self.ascii);
        narrow.extend_from_slice(self.small());
        self.small_len = ELSEWHERE;
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
        let end = self.small_len.saturating_add(bytes.len());
        if let Some(to) = self.small.get_mut(self.small_len..end) {
            copy_short(to, bytes);
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
