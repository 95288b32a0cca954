//! `String.format`: the language of `java.util.Formatter`, locale US.
//!
//! A pattern is parsed into pieces, fixed text and [`Spec`]s, and every fault that does not depend
//! on the arguments is found there. A constant pattern is kept as a [`Pattern`]; any other is
//! parsed while it runs, by [`format`], without being kept. A piece knows how long its output will
//! be before it writes, and asks the builder for the room first: a width of two thousand million
//! ends at the memory limit, not in an allocation.

mod argument;
mod date;
mod float;
mod hash;
mod hex_float;
mod integer;
mod parse;
mod spec;
mod text;

use argument::Argument;
use parse::{Parser, Piece};
use spec::{Conversion, Spec, Which};

use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::kind::{Kind, Ty};
use crate::value::text::{Text, TextBuilder, Units};
use crate::value::val::Val;

/// A parsed pattern, for as many runs as one likes.
#[derive(Debug, Clone)]
pub(crate) struct Pattern {
    ascii: Box<[u8]>,
    /// In use when the pattern is not ASCII; `ascii` is empty then.
    wide: Box<[u16]>,
    parts: Box<[Part]>,
}

/// A piece that borrows nothing.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// Text of the pattern, from one index to another.
    Fixed(usize, usize),
    Spec(Spec),
}

impl Pattern {
    /// Parses a pattern, which takes memory in proportion to its length: meant for the literals of
    /// a program. For a pattern made while the program runs there is [`format`].
    ///
    /// # Errors
    /// When the pattern is wrong whatever the arguments are.
    pub(crate) fn parse(pattern: Units<'_>) -> Result<Pattern, Fault> {
        let mut parser = Parser::new(pattern);
        let mut parts = Vec::new();
        let mut from = 0;
        while let Some(piece) = parser.next().transpose()? {
            parts.push(match piece {
                Piece::Fixed(_) => Part::Fixed(from, parser.position()),
                Piece::Spec(spec) => Part::Spec(spec),
            });
            from = parser.position();
        }
        let (ascii, wide) = match pattern {
            Units::Ascii(bytes) => (bytes.into(), Box::default()),
            Units::Wide(units) => (Box::default(), units.into()),
        };
        Ok(Pattern { ascii, wide, parts: parts.into() })
    }

    /// Formats the arguments.
    ///
    /// # Errors
    /// When an argument is missing or of the wrong kind, or memory or steps run out.
    pub(crate) fn run<'a>(&self, args: &[Val<'a>], meter: &'a Meter) -> Result<Text<'a>, Fault> {
        let units = self.units();
        let pieces = self.parts.iter().map(|part| match *part {
            Part::Fixed(from, to) => Ok(Piece::Fixed(units.slice(from, to))),
            Part::Spec(spec) => Ok(Piece::Spec(spec)),
        });
        run(pieces, args, meter)
    }

    /// How many arguments the pattern asks for. More are allowed.
    pub(crate) fn arguments(&self) -> usize {
        let mut cursor = Cursor::default();
        let used = self.specs().filter_map(|spec| cursor.index(&spec).ok().flatten());
        used.map(|index| index + 1).max().unwrap_or(0)
    }

    /// The kinds that the pattern can show as its argument number `argument`, from 0: other kinds
    /// are a fault unless the value is null.
    pub(crate) fn accepts(&self, argument: usize) -> Ty {
        let mut cursor = Cursor::default();
        let uses = self.specs().filter(|spec| cursor.index(spec) == Ok(Some(argument)));
        uses.fold(Ty::ANY, |ty, spec| ty.and(accepted(spec.conversion)))
    }

    fn units(&self) -> Units<'_> {
        if self.wide.is_empty() { Units::Ascii(&self.ascii) } else { Units::Wide(&self.wide) }
    }

    fn specs(&self) -> impl Iterator<Item = Spec> {
        self.parts.iter().filter_map(|part| match part {
            Part::Fixed(..) => None,
            Part::Spec(spec) => Some(*spec),
        })
    }
}

/// `String.format(pattern, args)` for a pattern that was made while the program runs.
///
/// # Errors
/// When the pattern is wrong, an argument is missing or of the wrong kind, or memory or steps run
/// out.
pub(crate) fn format<'a>(
    pattern: Units<'_>,
    args: &[Val<'a>],
    meter: &'a Meter,
) -> Result<Text<'a>, Fault> {
    meter.step_units(pattern.len())?;
    run(Parser::new(pattern), args, meter)
}

/// What a conversion can show.
fn accepted(conversion: Conversion) -> Ty {
    let null = Ty::of(Kind::Null).or(Ty::of(Kind::Void));
    match conversion {
        Conversion::Char
        | Conversion::Decimal
        | Conversion::Octal
        | Conversion::Hex
        | Conversion::Date(_) => Ty::LONG.or(null),
        Conversion::Scientific | Conversion::Fixed | Conversion::General | Conversion::HexFloat => {
            Ty::DOUBLE.or(null)
        }
        Conversion::Bool
        | Conversion::Hash
        | Conversion::Text
        | Conversion::Percent
        | Conversion::Line => Ty::ANY,
    }
}

/// Which arguments have been used so far.
#[derive(Default)]
struct Cursor {
    /// How many were used without a number.
    ordinary: usize,
    last: Option<usize>,
}

impl Cursor {
    /// The index of the argument that a piece uses, if it uses one.
    fn index(&mut self, spec: &Spec) -> Result<Option<usize>, Fault> {
        let index = match spec.which {
            Which::None => return Ok(None),
            Which::Next => {
                self.ordinary += 1;
                self.ordinary - 1
            }
            Which::Last => self.last.ok_or_else(|| {
                Fault::error(format!("`%<{}` has no argument before it", spec.letter()))
            })?,
            Which::Number(number) => (number as usize).saturating_sub(1),
        };
        self.last = Some(index);
        Ok(Some(index))
    }
}

fn run<'t, 'a>(
    pieces: impl Iterator<Item = Result<Piece<'t>, Fault>>,
    args: &[Val<'a>],
    meter: &'a Meter,
) -> Result<Text<'a>, Fault> {
    let mut out = TextBuilder::new(meter);
    let mut cursor = Cursor::default();
    for piece in pieces {
        match piece? {
            Piece::Fixed(text) => out.push_units(text)?,
            Piece::Spec(spec) => match cursor.index(&spec)? {
                None => constant(&mut out, &spec, meter)?,
                Some(index) => {
                    let arg = args.get(index).ok_or_else(|| missing(&spec, index, args.len()))?;
                    one(&mut out, &spec, arg, meter)?;
                }
            },
        }
    }
    Ok(out.finish())
}

#[cold]
fn missing(spec: &Spec, index: usize, given: usize) -> Fault {
    Fault::error(format!(
        "`%{}` asks for argument {}, but there {} {given} after the pattern",
        spec.letter(),
        index + 1,
        if given == 1 { "is only" } else { "are only" },
    ))
}

/// A piece without an argument.
fn constant<'a>(out: &mut TextBuilder<'a>, spec: &Spec, meter: &'a Meter) -> Result<(), Fault> {
    match spec.conversion {
        Conversion::Line => out.push_ascii(b"\n"),
        _ => text::push(out, spec, Units::Ascii(b"%"), meter),
    }
}

/// A piece and its argument.
fn one<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    value: &Val<'a>,
    meter: &'a Meter,
) -> Result<(), Fault> {
    let arg = Argument::of(value);
    match (spec.conversion, arg) {
        (Conversion::Bool, Argument::Null) => text::push_bool(out, spec, false, meter),
        (Conversion::Bool, Argument::Bool(v)) => text::push_bool(out, spec, v, meter),
        (Conversion::Bool, _) => text::push_bool(out, spec, true, meter),
        (_, Argument::Null) => text::push(out, spec, Units::Ascii(b"null"), meter),
        (Conversion::Text, arg) => text::push_value(out, spec, arg, value, meter),
        (Conversion::Hash, arg) => integer::push_hash(out, spec, hash::of(arg, meter)?, meter),
        (Conversion::Char, Argument::Int(v)) => text::push_code_point(out, spec, v, meter),
        (Conversion::Decimal, Argument::Int(v)) => integer::push_decimal(out, spec, v.into()),
        (Conversion::Decimal, Argument::Long(v)) => integer::push_decimal(out, spec, v),
        // A negative int shows its 32 bits.
        (Conversion::Octal | Conversion::Hex, Argument::Int(v)) => {
            integer::push_bits(out, spec, u64::from(v as u32))
        }
        (Conversion::Octal | Conversion::Hex, Argument::Long(v)) => {
            integer::push_bits(out, spec, v as u64)
        }
        (Conversion::HexFloat, Argument::Double(v)) => hex_float::push(out, spec, v),
        (Conversion::Scientific | Conversion::Fixed | Conversion::General, Argument::Double(v)) => {
            float::push(out, spec, v)
        }
        (Conversion::Date(letter), Argument::Long(v)) => date::push(out, spec, letter, v, meter),
        (conversion, arg) => Err(argument::mismatch(spec, accepted(conversion), arg, value)),
    }
}

#[cfg(test)]
mod tests;
