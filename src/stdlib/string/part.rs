//! Parts of a string, and the whole in another form.

use super::{STRETCH, long, text};
use crate::fault::Fault;
use crate::stdlib::case;
use crate::stdlib::table::Context;
use crate::value::text::{Text, TextBuilder};
use crate::value::val::Val;

pub(super) fn length<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Long(text(args, 0)?.len() as i64))
}

pub(super) fn is_empty<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(text(args, 0)?.is_empty()))
}

pub(super) fn to_upper<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    case::upper(text(args, 0)?.units(), cx.meter).map(Val::Str)
}

pub(super) fn to_lower<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    case::lower(text(args, 0)?.units(), cx.meter).map(Val::Str)
}

pub(super) fn trim<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    trim_by(cx, text(args, 0)?, |u| u <= 0x20)
}

pub(super) fn strip<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    // Character.isWhitespace: Unicode spaces but for the no-break ones, and the ASCII controls.
    trim_by(cx, text(args, 0)?, |u| {
        matches!(u, 0x09..=0x0D | 0x1C..=0x20 | 0x1680 | 0x2000..=0x2006 | 0x2008..=0x200A
            | 0x2028 | 0x2029 | 0x205F | 0x3000)
    })
}

fn trim_by<'a>(
    cx: &Context<'a>,
    text: &Text<'a>,
    is_space: fn(u16) -> bool,
) -> Result<Val<'a>, Fault> {
    let units = text.units();
    cx.meter.step_units(units.len())?;
    let (mut from, mut to) = (0, units.len());
    while from < to && is_space(units.at(from)) {
        from += 1;
    }
    while to > from && is_space(units.at(to - 1)) {
        to -= 1;
    }
    Ok(Val::Str(text.substring(from, to, cx.meter)?))
}

pub(super) fn substring<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    let len = text.len();
    let from = long(args, 1)?;
    let to = if args.len() > 2 { long(args, 2)? } else { len as i64 };
    match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to && to <= len => {
            Ok(Val::Str(text.substring(from, to, cx.meter)?))
        }
        _ => Err(Fault::error(format!("begin {from}, end {to} is outside of the length {len}"))),
    }
}

pub(super) fn char_at<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    let len = text.len();
    match usize::try_from(long(args, 1)?) {
        Ok(i) if i < len => Ok(Val::Str(text.substring(i, i + 1, cx.meter)?)),
        _ => Err(Fault::error(format!("index {} is outside of the length {len}", long(args, 1)?))),
    }
}

pub(super) fn itself<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Str(text(args, 0)?.clone()))
}

pub(super) fn escape<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    let mut out = TextBuilder::new(cx.meter);
    for (i, unit) in text.units().iter().enumerate() {
        if i % STRETCH == 0 {
            cx.meter.step_units(STRETCH)?;
        }
        let letter = match unit {
            0x08 => b'b',
            0x09 => b't',
            0x0A => b'n',
            0x0C => b'f',
            0x0D => b'r',
            0x22 => b'"',
            0x5C => b'\\',
            _ => {
                out.push_unit(unit)?;
                continue;
            }
        };
        out.push_ascii(&[b'\\', letter])?;
    }
    Ok(Val::Str(out.finish()))
}
