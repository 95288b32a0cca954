//! From a pattern to its pieces.

use super::date;
use super::spec::{Conversion, Flags, Spec, Which};
use crate::fault::Fault;
use crate::value::text::Units;

/// A piece of a pattern.
#[derive(Clone, Copy)]
pub(super) enum Piece<'t> {
    /// Text that is copied.
    Fixed(Units<'t>),
    Spec(Spec),
}

/// Gives the pieces one after the other, and nothing after a fault.
pub(super) struct Parser<'t> {
    text: Units<'t>,
    at: usize,
}

const PERCENT: u16 = b'%' as u16;
const DOT: u16 = b'.' as u16;
const DOLLAR: u16 = b'$' as u16;

impl<'t> Parser<'t> {
    pub(super) fn new(text: Units<'t>) -> Self {
        Parser { text, at: 0 }
    }

    /// How much of the pattern has been read.
    pub(super) fn position(&self) -> usize {
        self.at
    }

    /// The next unit; 0, which is nothing's sign, at the end.
    fn peek(&self) -> u16 {
        self.text.at(self.at)
    }

    /// Where the next `%` is, or the end.
    fn percent(&self) -> usize {
        let found = match self.text {
            Units::Ascii(b) => b.get(self.at..).and_then(|b| b.iter().position(|b| *b == b'%')),
            Units::Wide(w) => w.get(self.at..).and_then(|w| w.iter().position(|u| *u == PERCENT)),
        };
        found.map_or(self.text.len(), |i| self.at + i)
    }

    /// `%[number$][flags][width][.precision]conversion`
    fn spec(&mut self) -> Result<Spec, Fault> {
        let start = self.at;
        self.at += 1;
        // Nearly every piece is just a letter.
        if let Some((conversion, upper)) = Conversion::of(self.peek()) {
            self.at += 1;
            return Ok(Spec::plain(conversion, upper));
        }
        let mut which = Which::Next;
        let before = self.at;
        match self.number(start)? {
            Some(number) if self.peek() == DOLLAR => {
                if number == 0 {
                    return Err(self.wrong(start, "arguments are counted from 1"));
                }
                which = Which::Number(number);
                self.at += 1;
            }
            // A width, or a zero that is a flag: read again below.
            _ => self.at = before,
        }
        let mut flags = Flags::default();
        while let Some(flag) = Flags::of(self.peek()) {
            if flags.any(flag) {
                return Err(self.wrong(start, "a flag is there twice"));
            }
            flags = flags.or(flag);
            self.at += 1;
        }
        if flags.any(Flags::PREVIOUS) {
            which = Which::Last;
        }
        let width = self.number(start)?;
        let mut precision = None;
        if self.peek() == DOT {
            self.at += 1;
            precision = self.number(start)?;
            if precision.is_none() {
                return Err(self.wrong(start, "the precision is missing after the point"));
            }
        }
        let (conversion, upper) = self.conversion(start)?;
        if matches!(conversion, Conversion::Percent | Conversion::Line) {
            which = Which::None;
        }
        let spec = Spec { which, flags, width, precision, conversion, upper };
        spec.check()?;
        Ok(spec)
    }

    fn conversion(&mut self, start: usize) -> Result<(Conversion, bool), Fault> {
        let unit = self.peek();
        if unit == u16::from(b't') || unit == u16::from(b'T') {
            self.at += 1;
            let letter = u8::try_from(self.peek()).unwrap_or(0);
            if !date::is_letter(letter) {
                return Err(self.unknown(start));
            }
            self.at += 1;
            return Ok((Conversion::Date(letter), unit == u16::from(b'T')));
        }
        let found = Conversion::of(unit).ok_or_else(|| self.unknown(start))?;
        self.at += 1;
        Ok(found)
    }

    /// Decimal digits, if there are any: at most the largest `int`.
    fn number(&mut self, start: usize) -> Result<Option<u32>, Fault> {
        let mut number = None;
        while let digit @ 0x30..=0x39 = self.peek() {
            let next = number.unwrap_or(0_i32).checked_mul(10);
            number = next.and_then(|n| n.checked_add(i32::from(digit) - 0x30));
            if number.is_none() {
                return Err(self.wrong(start, "a number is too large"));
            }
            self.at += 1;
        }
        Ok(number.map(i32::unsigned_abs))
    }

    #[cold]
    fn wrong(&self, start: usize, why: &str) -> Fault {
        let shown = self.text.slice(start, (self.at + 1).min(self.text.len()));
        Fault::error(format!("`{}`: {why}", shown.shortened()))
    }

    #[cold]
    fn unknown(&self, start: usize) -> Fault {
        if self.at >= self.text.len() {
            return Fault::with_help(
                format!(
                    "`{}` ends before its conversion",
                    self.text.slice(start, self.at).shortened()
                ),
                "write `%%` for a percent sign",
            );
        }
        let (_, len) = self.text.code_point(self.at);
        Fault::with_help(
            format!("`{}` is no conversion", self.text.slice(start, self.at + len).shortened()),
            "the conversions are `%s %d %f %x %o %e %g %b %c %h %n`, and `%%` for a percent sign",
        )
    }
}

impl<'t> Iterator for Parser<'t> {
    type Item = Result<Piece<'t>, Fault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.at >= self.text.len() {
            return None;
        }
        let percent = self.percent();
        if percent > self.at {
            let fixed = self.text.slice(self.at, percent);
            self.at = percent;
            return Some(Ok(Piece::Fixed(fixed)));
        }
        let spec = self.spec();
        if spec.is_err() {
            self.at = self.text.len();
        }
        Some(spec.map(Piece::Spec))
    }
}
