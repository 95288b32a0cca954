//! Finding and replacing a string in another.

use super::{long, text};
use crate::fault::Fault;
use crate::stdlib::table::Context;
use crate::value::text::{TextBuilder, Units};
use crate::value::val::Val;

/// The first occurrence of `needle` at or after `from`; charges for the comparisons it makes.
fn find<'a>(
    cx: &Context<'a>,
    hay: Units<'_>,
    needle: Units<'_>,
    from: usize,
) -> Result<Option<usize>, Fault> {
    let (n, m) = (hay.len(), needle.len());
    if m == 0 {
        return Ok((from <= n).then_some(from));
    }
    let first = needle.at(0);
    let mut i = from;
    while i + m <= n {
        // Between two candidates only the first unit is looked for, a stretch at a time.
        let stretch = (n - m + 1 - i).min(1024);
        cx.meter.step(1 + stretch as u64 / 64)?;
        let hit = match hay.slice(i, i + stretch) {
            Units::Ascii(b) => b.iter().position(|u| u16::from(*u) == first),
            Units::Wide(w) => w.iter().position(|u| *u == first),
        };
        let Some(hit) = hit else {
            i += stretch;
            continue;
        };
        i += hit;
        cx.meter.step(1 + m as u64 / 256)?;
        if hay.slice(i, i + m).same(needle) {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

pub(super) fn index_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, needle) = (text(args, 0)?, text(args, 1)?);
    let from = if args.len() > 2 { long(args, 2)?.clamp(0, hay.len() as i64) as usize } else { 0 };
    let found = find(cx, hay.units(), needle.units(), from)?;
    Ok(Val::Long(found.map_or(-1, |i| i as i64)))
}

pub(super) fn last_index_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, needle) = (text(args, 0)?.units(), text(args, 1)?.units());
    let m = needle.len();
    let Some(mut i) = hay.len().checked_sub(m) else { return Ok(Val::Long(-1)) };
    loop {
        cx.meter.step(1)?;
        if m == 0 || hay.at(i) == needle.at(0) {
            cx.meter.step(m as u64 / 256)?;
            if hay.slice(i, i + m).same(needle) {
                return Ok(Val::Long(i as i64));
            }
        }
        if i == 0 {
            return Ok(Val::Long(-1));
        }
        i -= 1;
    }
}

pub(super) fn contains<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(find(cx, text(args, 0)?.units(), text(args, 1)?.units(), 0)?.is_some()))
}

pub(super) fn starts_with<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, prefix) = (text(args, 0)?.units(), text(args, 1)?.units());
    cx.meter.step_units(prefix.len())?;
    Ok(Val::Bool(prefix.len() <= hay.len() && hay.slice(0, prefix.len()).same(prefix)))
}

pub(super) fn ends_with<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, suffix) = (text(args, 0)?.units(), text(args, 1)?.units());
    cx.meter.step_units(suffix.len())?;
    let from = hay.len().checked_sub(suffix.len());
    Ok(Val::Bool(from.is_some_and(|from| hay.slice(from, hay.len()).same(suffix))))
}

pub(super) fn replace<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, target, with) = (text(args, 0)?, text(args, 1)?.units(), text(args, 2)?.units());
    let units = hay.units();
    let mut out = TextBuilder::new(cx.meter);
    if target.len() == 0 {
        // Java inserts before every unit and at the end.
        for i in 0..units.len() {
            out.push_units(with)?;
            out.push_unit(units.at(i))?;
        }
        out.push_units(with)?;
        return Ok(Val::Str(out.finish()));
    }
    let mut done = 0;
    while let Some(at) = find(cx, units, target, done)? {
        out.push_units(units.slice(done, at))?;
        out.push_units(with)?;
        done = at + target.len();
    }
    if done == 0 {
        return Ok(Val::Str(hay.clone()));
    }
    out.push_units(units.slice(done, units.len()))?;
    Ok(Val::Str(out.finish()))
}
