//! Where printed text goes: a buffer on the stack where the length is known to be short, else a
//! metered builder.

use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::{Text, TextBuilder, Units};

/// Room of a [`Line`].
pub(super) const ROOM: usize = 128;

/// Takes printed text.
pub(super) trait Sink {
    /// Appends ASCII bytes.
    fn ascii(&mut self, bytes: &[u8]) -> Result<(), Fault>;
    /// Appends zeros.
    fn zeros(&mut self, count: usize) -> Result<(), Fault>;
    /// Appends a Rust string.
    fn text(&mut self, text: &str) -> Result<(), Fault>;
    /// Appends any text.
    fn units(&mut self, units: Units<'_>) -> Result<(), Fault>;
}

/// Short ASCII text on the stack.
pub(super) struct Line {
    buf: [u8; ROOM],
    len: usize,
}

impl Line {
    pub(super) fn new() -> Line {
        Line { buf: [0; ROOM], len: 0 }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buf.get(..self.len).unwrap_or(&[])
    }

    /// As a string. What is behind the end is zero, as in a short string.
    pub(super) fn text<'a>(&self, meter: &'a Meter) -> Result<Text<'a>, Fault> {
        match (self.buf.first_chunk(), self.len) {
            (Some(first), len @ 0..=Text::INLINE) => Ok(Text::inline(first, len)),
            _ => Text::from_ascii(self.bytes(), meter),
        }
    }

    /// Appends what there is room for.
    #[inline]
    pub(super) fn push(&mut self, bytes: &[u8]) -> bool {
        let end = self.len + bytes.len();
        match self.buf.get_mut(self.len..end) {
            Some(room) => {
                room.copy_from_slice(bytes);
                self.len = end;
                true
            }
            None => false,
        }
    }
}

#[cold]
fn full() -> Fault {
    Fault::error("the printed date is too long")
}

impl Sink for Line {
    #[inline]
    fn ascii(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        if self.push(bytes) { Ok(()) } else { Err(full()) }
    }
    fn zeros(&mut self, count: usize) -> Result<(), Fault> {
        (0..count).try_for_each(|_| self.ascii(b"0"))
    }
    fn text(&mut self, text: &str) -> Result<(), Fault> {
        if text.is_ascii() { self.ascii(text.as_bytes()) } else { Err(full()) }
    }
    fn units(&mut self, units: Units<'_>) -> Result<(), Fault> {
        match units {
            Units::Ascii(bytes) => self.ascii(bytes),
            Units::Wide(_) => Err(full()),
        }
    }
}

impl Sink for TextBuilder<'_> {
    fn ascii(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        self.push_ascii(bytes)
    }
    fn zeros(&mut self, count: usize) -> Result<(), Fault> {
        self.push_repeat(b'0', count)
    }
    fn text(&mut self, text: &str) -> Result<(), Fault> {
        self.push_str(text)
    }
    fn units(&mut self, units: Units<'_>) -> Result<(), Fault> {
        self.push_units(units)
    }
}
