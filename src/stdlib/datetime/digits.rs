//! Decimal digits, without an allocation.

/// The value of a decimal digit.
#[inline]
pub(super) fn digit(unit: u16) -> Option<i32> {
    matches!(unit, 0x30..=0x39).then(|| i32::from(unit) - 0x30)
}

/// A number as text, padded with zeros to at most 20 digits; a sign comes before the padding.
pub(super) struct Digits {
    buf: [u8; 24],
    start: usize,
}

impl Digits {
    /// `value` with at least `width` digits.
    #[inline]
    pub(super) fn new(value: i64, width: usize) -> Digits {
        let mut out = Digits { buf: [b'0'; 24], start: 24 };
        let mut rest = value.unsigned_abs();
        while rest > 0 {
            out.put(b'0' + (rest % 10) as u8);
            rest /= 10;
        }
        out.start = out.start.min(24 - width.clamp(1, 20));
        if value < 0 {
            out.put(b'-');
        }
        out
    }

    fn put(&mut self, byte: u8) {
        if let Some(slot) = self.start.checked_sub(1).and_then(|i| self.buf.get_mut(i)) {
            *slot = byte;
            self.start -= 1;
        }
    }

    pub(super) fn bytes(&self) -> &[u8] {
        self.buf.get(self.start..).unwrap_or(&[])
    }
}
