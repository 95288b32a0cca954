//! Equality, order and hash.

use super::{STRETCH, text};
use crate::fault::Fault;
use crate::stdlib::table::Context;
use crate::value::text::Units;
use crate::value::val::Val;

/// Walks over two strings a stretch at a time, so that time and cancellation are honoured however
/// long they are; `done` sees the stretches and ends the walk with a value.
fn walk<T>(
    cx: &Context<'_>,
    a: Units<'_>,
    b: Units<'_>,
    mut done: impl FnMut(Units<'_>, Units<'_>) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let mut at = 0;
    while at < a.len().min(b.len()) {
        let to = (at + STRETCH).min(a.len()).min(b.len());
        cx.meter.step_units(to - at)?;
        if let Some(found) = done(a.slice(at, to), b.slice(at, to)) {
            return Ok(Some(found));
        }
        at = to;
    }
    Ok(None)
}

pub(super) fn equals<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    cx.meter.step_units(text.len())?;
    Ok(Val::Bool(matches!(args.get(1), Some(Val::Str(other)) if other == text)))
}

pub(super) fn equals_ignore_case<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (a, b) = (text(args, 0)?.units(), text(args, 1)?.units());
    if a.len() != b.len() {
        return Ok(Val::Bool(false));
    }
    // String.regionMatches: equal, or equal in upper case, or equal in lower case of that.
    let fold = |u: u16| {
        let c = char::from_u32(u32::from(u)).unwrap_or('\u{FFFD}');
        let upper = single(c.to_uppercase(), c);
        (upper, single(upper.to_lowercase(), upper))
    };
    let same = |x: u16, y: u16| {
        if x == y {
            return true;
        }
        let ((ux, lx), (uy, ly)) = (fold(x), fold(y));
        !(0xD800..0xE000).contains(&x) && (ux == uy || lx == ly)
    };
    let mut at = 0;
    while at < a.len() {
        // Looking a character's cases up is dear.
        let to = (at + STRETCH / 16).min(a.len());
        cx.meter.step_units((to - at) * 16)?;
        if a.slice(at, to).iter().zip(b.slice(at, to).iter()).any(|(x, y)| !same(x, y)) {
            return Ok(Val::Bool(false));
        }
        at = to;
    }
    Ok(Val::Bool(true))
}

/// The one character of a mapping that is just one, otherwise the character itself.
fn single(mut mapped: impl ExactSizeIterator<Item = char>, c: char) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}

pub(super) fn compare_to<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (a, b) = (text(args, 0)?.units(), text(args, 1)?.units());
    let differ = walk(cx, a, b, |a, b| a.iter().zip(b.iter()).find(|(x, y)| x != y))?;
    Ok(Val::Long(match differ {
        Some((x, y)) => i64::from(x) - i64::from(y),
        None => a.len() as i64 - b.len() as i64,
    }))
}

pub(super) fn hash_code<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let units = text(args, 0)?.units();
    let mut hash = 0_i32;
    walk(cx, units, units, |stretch, _| {
        hash = stretch.iter().fold(hash, |h, u| h.wrapping_mul(31).wrapping_add(i32::from(u)));
        None::<()>
    })?;
    Ok(Val::Long(i64::from(hash)))
}
