//! Conditions on a place of the text: anchors and word boundaries.

use super::ast::Assert;
use super::cursor::is_line_end;
use super::exec::STRIDE;
use super::hay::Hay;
use super::state::State;
use super::unicode;
use crate::fault::Fault;

/// Whether a condition holds at `pos`; `last` is where the match before this one ended.
pub(super) fn holds<H: Hay>(
    assert: Assert,
    hay: H,
    pos: u32,
    last: u32,
    state: &State<'_>,
) -> Result<bool, Fault> {
    let len = hay.len();
    let unit = |i: u32| u32::from(hay.unit(i));
    let crlf = |i: u32| !i.eq(&0) && unit(i - 1) == 0x0D && i < len && unit(i) == 0x0A;
    Ok(match assert {
        Assert::Start => pos == 0,
        Assert::End => pos == len,
        Assert::LastMatch => pos == last,
        // As in Java no line starts at the end of the text, be it after a line end.
        Assert::LineStart { .. } if pos == len => false,
        Assert::LineStart { unix } => {
            pos == 0 || is_line_end(unit(pos - 1), unix) && (unix || !crlf(pos))
        }
        Assert::LineEnd { .. } if pos == len => true,
        Assert::LineEnd { unix } => is_line_end(unit(pos), unix) && (unix || !crlf(pos)),
        Assert::LastLineEnd { unix } => {
            let before_last =
                pos + 1 == len && is_line_end(unit(pos), unix) && (unix || !crlf(pos));
            pos == len || before_last || !unix && pos + 2 == len && crlf(pos + 1)
        }
        Assert::WordBoundary { negative, unicode } => {
            let left = pos > 0 && is_word(hay, hay.prev(pos), unicode, state)?;
            let right = pos < len && is_word(hay, (hay.next(pos).0, pos), unicode, state)?;
            (left == right) == negative
        }
    })
}

/// Whether a code point, which starts at the place given with it, is part of a word.
fn is_word<H: Hay>(
    hay: H,
    (c, at): (u32, u32),
    unicode: bool,
    state: &State<'_>,
) -> Result<bool, Fault> {
    let word = match u8::try_from(c) {
        Ok(b) if b.is_ascii() => b.is_ascii_alphanumeric() || b == b'_',
        _ => unicode && unicode::is_word(c),
    };
    if word || !unicode::is_mark(c) {
        return Ok(word);
    }
    // A mark belongs to the letter before it, whatever its alphabet.
    let mut at = at;
    let mut since = 0_u32;
    while at > 0 {
        let (c, before) = hay.prev(at);
        if unicode::is_letter_or_digit(c) {
            return Ok(true);
        }
        if !unicode::is_mark(c) {
            return Ok(false);
        }
        at = before;
        since += 1;
        if since.is_multiple_of(STRIDE) {
            state.meter.step(1)?;
        }
    }
    Ok(false)
}
