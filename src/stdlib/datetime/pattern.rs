//! Compiled patterns: `yyyy-MM-dd'T'HH:mm` becomes a list of elements, by Joda's rules
//! (`DateTimeFormat.parsePatternTo`). A pattern is immutable, owned, `Send` and `Sync`, so a
//! program can compile the patterns it has as literals once and for all.

use std::sync::Arc;

use super::field::Field;
use super::offset::Style;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::Units;

/// One part of a pattern.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Element {
    /// Digits: at least `min` when printed, at most `max` when read.
    Number { field: Field, min: u32, max: u32, signed: bool },
    /// `yy` and `xx`. Strict where a number follows: then exactly two digits are read.
    TwoDigitYear { field: Field, lenient: bool },
    /// A name.
    Text { field: Field, short: bool },
    /// `SSS`: this many digits of the fraction of the second.
    Fraction { digits: u32 },
    /// Text that is itself.
    Literal(Box<[u8]>),
    /// As `Literal`, not all ASCII.
    WideLiteral(Box<[u16]>),
    /// `z`: an abbreviation of the zone.
    ZoneShort,
    /// `zzzz`: the name of the zone; can't be read.
    ZoneLong,
    /// `ZZZ`: the id of the zone.
    ZoneId,
    /// `Z` or `ZZ`.
    Offset(Style),
}

/// A compiled pattern; a clone shares it.
#[derive(Debug, Clone)]
pub(crate) struct Pattern(Arc<Compiled>);

#[derive(Debug)]
struct Compiled {
    source: Box<str>,
    elements: Box<[Element]>,
    /// The longest text it prints, in units.
    width: usize,
    ascii: bool,
    two_digits: bool,
    can_read: bool,
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.0, &other.0) || self.0.source == other.0.source
    }
}

impl Pattern {
    /// Compiles a pattern whose length is bounded already: a literal of the program.
    ///
    /// # Errors
    /// When a letter means nothing, or the pattern is empty.
    pub(crate) fn parse(source: Units<'_>) -> Result<Pattern, Fault> {
        compile(source, None).map(|c| Pattern(Arc::new(c)))
    }

    /// Compiles a pattern that an evaluation made. What it holds is not accounted: the caller
    /// charges [`Pattern::size`] where patterns could pile up.
    ///
    /// # Errors
    /// As [`Pattern::parse`], and when steps or memory run out.
    pub(crate) fn compile(source: Units<'_>, meter: &Meter) -> Result<Pattern, Fault> {
        // Each unit is at worst an element of its own.
        let room = source.len().saturating_mul(size_of::<Element>() + 4);
        meter.step(8)?;
        meter.charge(room)?;
        let compiled = compile(source, Some(meter));
        meter.release(room);
        compiled.map(|c| Pattern(Arc::new(c)))
    }

    /// The bytes that it holds.
    pub(crate) fn size(&self) -> usize {
        let texts = self.0.elements.iter().map(|e| match e {
            Element::Literal(text) => text.len(),
            Element::WideLiteral(text) => size_of_val::<[u16]>(text),
            _ => 0,
        });
        size_of::<Compiled>()
            + size_of_val::<[Element]>(&self.0.elements)
            + self.0.source.len()
            + texts.sum::<usize>()
    }

    pub(super) fn elements(&self) -> &[Element] {
        &self.0.elements
    }

    /// The text it was compiled from.
    pub(super) fn source(&self) -> &str {
        &self.0.source
    }

    /// The longest text that it prints, if all of that is ASCII.
    pub(super) fn ascii_width(&self) -> Option<usize> {
        self.0.ascii.then_some(self.0.width)
    }

    /// Whether it can read: the name of a zone can only be printed.
    pub(super) fn can_read(&self) -> bool {
        self.0.can_read
    }

    /// Whether reading it needs to know the current year.
    pub(super) fn has_two_digit_year(&self) -> bool {
        self.0.two_digits
    }
}

/// A token: a run of one letter, or text.
enum Token {
    Letters { letter: u8, count: u32 },
    Text(Vec<u16>),
}

impl Token {
    /// Whether it reads digits, so that a number before it must not take them.
    fn is_numeric(&self) -> bool {
        match self {
            Token::Letters { letter: b'M', count } => *count <= 2,
            Token::Letters { letter, .. } => b"cCxyYdhHmsSeDFwWkK".contains(letter),
            Token::Text(_) => false,
        }
    }
}

fn letter(unit: u16) -> Option<u8> {
    u8::try_from(unit).ok().filter(u8::is_ascii_alphabetic)
}

const QUOTE: u16 = b'\'' as u16;

/// Two steps for each unit, where an evaluation asks.
fn step(meter: Option<&Meter>) -> Result<(), Fault> {
    meter.map_or(Ok(()), |meter| meter.step(2))
}

/// The token at `at`, which is in the text, and where it ends.
fn token(source: Units<'_>, mut at: usize, meter: Option<&Meter>) -> Result<(Token, usize), Fault> {
    if let Some(first) = letter(source.at(at)) {
        let from = at;
        while source.at(at) == u16::from(first) {
            step(meter)?;
            at += 1;
        }
        return Ok((Token::Letters { letter: first, count: (at - from) as u32 }, at));
    }
    let mut text = Vec::new();
    let mut quoted = false;
    while at < source.len() {
        step(meter)?;
        let unit = source.at(at);
        if unit == QUOTE {
            if source.at(at + 1) == QUOTE {
                text.push(QUOTE);
                at += 1;
            } else {
                quoted = !quoted;
            }
        } else if !quoted && letter(unit).is_some() {
            break;
        } else {
            text.push(unit);
        }
        at += 1;
    }
    Ok((Token::Text(text), at))
}

fn compile(source: Units<'_>, meter: Option<&Meter>) -> Result<Compiled, Fault> {
    let mut elements = Vec::new();
    let (mut width, mut ascii, mut two_digits) = (0_usize, true, false);
    let token_at = |at: usize| (at < source.len()).then(|| token(source, at, meter)).transpose();
    let mut next = token_at(0)?;
    while let Some((current, end)) = next {
        next = token_at(end)?;
        let element = match current {
            Token::Text(text) if text.is_empty() => continue,
            Token::Text(text) if text.iter().all(|u| *u < 128) => {
                Element::Literal(text.iter().map(|u| *u as u8).collect())
            }
            Token::Text(text) => Element::WideLiteral(text.into_boxed_slice()),
            Token::Letters { letter, count } => {
                let number_follows = next.as_ref().is_some_and(|(t, _)| t.is_numeric());
                element(letter, count, number_follows).ok_or_else(|| unknown(letter))?
            }
        };
        width = width.saturating_add(match &element {
            Element::Number { min, .. } => (*min as usize).max(20) + 1,
            Element::Fraction { digits } => (*digits as usize).max(3),
            Element::Literal(text) => text.len(),
            Element::WideLiteral(text) => text.len(),
            Element::TwoDigitYear { .. } => 2,
            Element::Text { .. } | Element::Offset(_) => 10,
            Element::ZoneShort | Element::ZoneLong | Element::ZoneId => 64,
        });
        ascii &= !matches!(element, Element::WideLiteral(_) | Element::ZoneLong);
        two_digits |= matches!(element, Element::TwoDigitYear { .. });
        elements.push(element);
    }
    if elements.is_empty() {
        return Err(Fault::with_help(
            "the date pattern is empty",
            "write what to print or read, such as `yyyy-MM-dd`",
        ));
    }
    let source = source.to_string_lossy().into_boxed_str();
    let can_read = !elements.contains(&Element::ZoneLong);
    let elements = elements.into_boxed_slice();
    Ok(Compiled { source, elements, width, ascii, two_digits, can_read })
}

#[cold]
fn unknown(letter: u8) -> Fault {
    Fault::with_help(
        format!("`{}` is not a date pattern letter", char::from(letter)),
        "put text in single quotes: `yyyy-MM-dd'T'HH:mm`",
    )
}

/// The element of a run of a letter.
fn element(letter: u8, count: u32, number_follows: bool) -> Option<Element> {
    let number =
        |field, max: u32| Element::Number { field, min: count, max: max.max(count), signed: false };
    Some(match letter {
        b'G' => Element::Text { field: Field::Era, short: false },
        b'C' => {
            Element::Number { field: Field::CenturyOfEra, min: count, max: count, signed: true }
        }
        b'x' | b'y' | b'Y' => {
            let field = if letter == b'x' { Field::Weekyear } else { Field::Year };
            if count == 2 {
                return Some(Element::TwoDigitYear { field, lenient: !number_follows });
            }
            let field = if letter == b'Y' { Field::YearOfEra } else { field };
            let max = if number_follows { count } else { count.max(9) };
            Element::Number { field, min: count, max, signed: letter != b'Y' }
        }
        b'M' if count >= 3 => Element::Text { field: Field::MonthOfYear, short: count == 3 },
        b'M' => number(Field::MonthOfYear, 2),
        b'd' => number(Field::DayOfMonth, 2),
        b'a' => Element::Text { field: Field::HalfdayOfDay, short: false },
        b'h' => number(Field::ClockhourOfHalfday, 2),
        b'H' => number(Field::HourOfDay, 2),
        b'k' => number(Field::ClockhourOfDay, 2),
        b'K' => number(Field::HourOfHalfday, 2),
        b'm' => number(Field::MinuteOfHour, 2),
        b's' => number(Field::SecondOfMinute, 2),
        b'S' => Element::Fraction { digits: count },
        b'e' => number(Field::DayOfWeek, 1),
        b'E' => Element::Text { field: Field::DayOfWeek, short: count <= 3 },
        b'D' => number(Field::DayOfYear, 3),
        b'w' => number(Field::WeekOfWeekyear, 2),
        b'z' if count >= 4 => Element::ZoneLong,
        b'z' => Element::ZoneShort,
        b'Z' if count >= 3 => Element::ZoneId,
        b'Z' => Element::Offset(if count == 1 { Style::Basic } else { Style::Colon }),
        _ => return None,
    })
}
