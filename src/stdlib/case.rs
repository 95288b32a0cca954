//! `toUpperCase` and `toLowerCase` by Unicode's full mapping, a stretch at a time, so that the
//! deadline is honoured however long a text is.
//!
//! The mapping of a character depends on no other one, but for the capital sigma: it is a final
//! small sigma behind a letter and not before one. An unpaired surrogate stays as it is.

use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::{Text, TextBuilder, Units, copy_short};

const SIGMA: u16 = 0x03A3;
/// Units that are mapped between two looks at the clock.
const STRETCH: usize = 1024;

/// `String.toUpperCase`.
pub(crate) fn upper<'a>(text: Units<'_>, meter: &'a Meter) -> Result<Text<'a>, Fault> {
    match text {
        Units::Ascii(bytes) => ascii(bytes, |b| b.to_ascii_uppercase(), meter),
        Units::Wide(units) => {
            let mut out = TextBuilder::new(meter);
            for stretch in stretches(units) {
                push_mapped(&mut out, stretch, str::to_uppercase, meter)?;
            }
            Ok(out.finish())
        }
    }
}

/// `String.toLowerCase`.
pub(crate) fn lower<'a>(text: Units<'_>, meter: &'a Meter) -> Result<Text<'a>, Fault> {
    let units = match text {
        Units::Ascii(bytes) => return ascii(bytes, |b| b.to_ascii_lowercase(), meter),
        Units::Wide(units) => units,
    };
    let mut out = TextBuilder::new(meter);
    let mut at = 0;
    for part in units.split_inclusive(|unit| *unit == SIGMA) {
        at += part.len();
        let (rest, sigma) = match part {
            [rest @ .., SIGMA] => (rest, true),
            rest => (rest, false),
        };
        for stretch in stretches(rest) {
            push_mapped(&mut out, stretch, str::to_lowercase, meter)?;
        }
        if sigma {
            let before = units.get(..at - 1).unwrap_or_default();
            let behind = units.get(at..).unwrap_or_default();
            let ends = touches(backwards(before), meter)? && !touches(forwards(behind), meter)?;
            out.push_unit(if ends { 0x03C2 } else { 0x03C3 })?;
        }
    }
    Ok(out.finish())
}

fn ascii<'a>(bytes: &[u8], map: impl Fn(&u8) -> u8, meter: &'a Meter) -> Result<Text<'a>, Fault> {
    // Most names are short: mapped whole, the zeros behind them included.
    let mut buf = [0; Text::INLINE];
    if let Some(to) = buf.get_mut(..bytes.len()) {
        meter.step_units(bytes.len())?;
        copy_short(to, bytes);
        return Ok(Text::inline(&buf.map(|b| map(&b)), bytes.len()));
    }
    let mut out = TextBuilder::new(meter);
    out.reserve(bytes.len())?;
    for chunk in bytes.chunks(64) {
        let mut buf = [0; 64];
        for (to, from) in buf.iter_mut().zip(chunk) {
            *to = map(from);
        }
        out.push_ascii(buf.get(..chunk.len()).unwrap_or_default())?;
    }
    Ok(out.finish())
}

/// The units in stretches that no pair of surrogates lies across.
fn stretches(mut units: &[u16]) -> impl Iterator<Item = &[u16]> {
    std::iter::from_fn(move || {
        let paired = |at: usize| {
            matches!(units.get(at.wrapping_sub(1)..=at), Some([0xD800..0xDC00, 0xDC00..0xE000]))
        };
        let to = if paired(STRETCH) { STRETCH + 1 } else { STRETCH };
        let (stretch, rest) = units.split_at(to.min(units.len()));
        units = rest;
        (!stretch.is_empty()).then_some(stretch)
    })
}

/// Appends a stretch, mapped between its unpaired surrogates.
fn push_mapped(
    out: &mut TextBuilder<'_>,
    units: &[u16],
    map: fn(&str) -> String,
    meter: &Meter,
) -> Result<(), Fault> {
    // Some ten nanoseconds for each character.
    meter.step(1 + units.len() as u64 / 16)?;
    let mut run = String::new();
    for c in char::decode_utf16(units.iter().copied()) {
        match c {
            Ok(c) => run.push(c),
            Err(lone) => {
                out.push_str(&map(&std::mem::take(&mut run)))?;
                out.push_unit(lone.unpaired_surrogate())?;
            }
        }
    }
    out.push_str(&map(&run))
}

/// Characters from the left; `None` stands for an unpaired surrogate.
fn forwards(units: &[u16]) -> impl Iterator<Item = Option<char>> {
    char::decode_utf16(units.iter().copied()).map(Result::ok)
}

/// Characters from the right.
fn backwards(mut units: &[u16]) -> impl Iterator<Item = Option<char>> {
    std::iter::from_fn(move || {
        let (rest, c) = match units {
            [rest @ .., high @ 0xD800..0xDC00, low @ 0xDC00..0xE000] => (rest, [*high, *low]),
            [rest @ .., unit] => (rest, [*unit, 0]),
            [] => return None,
        };
        units = rest;
        Some(char::decode_utf16(c).next().and_then(Result::ok))
    })
}

/// Whether the first character that counts is a cased letter.
fn touches(chars: impl Iterator<Item = Option<char>>, meter: &Meter) -> Result<bool, Fault> {
    for c in chars {
        meter.step(1)?;
        match c.map(class) {
            Some(Class::Ignorable) => {}
            found => return Ok(matches!(found, Some(Class::Cased))),
        }
    }
    Ok(false)
}

/// What a character is beside a capital sigma.
enum Class {
    Cased,
    /// Looked through: marks, apostrophes and the like.
    Ignorable,
    Other,
}

/// The standard library keeps these properties to itself; what it makes of a sigma tells them.
fn class(c: char) -> Class {
    if c.is_ascii_alphabetic() {
        return Class::Cased;
    }
    let ends = |first: char| String::from_iter([first, c, 'Σ']).to_lowercase().ends_with('ς');
    match (ends(' '), ends('a')) {
        (true, _) => Class::Cased,
        (false, true) => Class::Ignorable,
        (false, false) => Class::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Over stretches of any length the mapping is the standard library's of the whole.
    #[test]
    fn stretches_do_not_show() {
        let meter = Meter::unlimited();
        let words = [
            "ΑΣ",
            "Σ",
            "Σ.Σ",
            "a\u{301}Σ\u{301}\u{301} ",
            "ß",
            "😀Σ",
            "İ",
            "ﬁΣ𝒜",
            "ʰΣ",
            "Σʰb",
            "x ",
        ];
        for filler in [0, 1, 1021, 1022, 1023, 1024, 1025, 3000] {
            for (i, first) in words.iter().enumerate() {
                let mark = if i % 2 == 0 { "\u{301}" } else { "😀" };
                let text = format!("é{first}{}{}", vec![mark; filler].concat(), words.concat());
                let made = Text::new(&text, &meter).unwrap();
                let up = upper(made.units(), &meter).unwrap().to_string_lossy();
                let low = lower(made.units(), &meter).unwrap().to_string_lossy();
                assert_eq!(up, text.to_uppercase());
                assert_eq!(low, text.to_lowercase(), "{first} {filler}");
            }
        }
    }

    #[test]
    fn unpaired_surrogates_stay() {
        let meter = Meter::unlimited();
        let units = [0x61, 0xD83D, 0x3A3, 0xDC00, 0xE9];
        let up = upper(Units::Wide(&units), &meter).unwrap();
        assert!(up.units().same(Units::Wide(&[0x41, 0xD83D, 0x3A3, 0xDC00, 0xC9])));
        let low = lower(Units::Wide(&units), &meter).unwrap();
        assert!(low.units().same(Units::Wide(&[0x61, 0xD83D, 0x3C3, 0xDC00, 0xE9])));
    }
}
