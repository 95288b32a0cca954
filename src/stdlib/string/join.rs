//! Making strings of strings.

use super::{long, text};
use crate::fault::Fault;
use crate::stdlib::table::Context;
use crate::value::text::{TextBuilder, Units};
use crate::value::val::{Array, Items, Val};

pub(super) fn concat<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let mut out = TextBuilder::new(cx.meter);
    out.push_units(text(args, 0)?.units())?;
    out.push_units(text(args, 1)?.units())?;
    Ok(Val::Str(out.finish()))
}

pub(super) fn repeat<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (text, count) = (text(args, 0)?, long(args, 1)?);
    let Ok(count) = usize::try_from(count) else {
        return Err(Fault::error(format!("count is negative: {count}")));
    };
    let mut out = TextBuilder::new(cx.meter);
    if text.is_empty() {
        return Ok(Val::Str(out.finish()));
    }
    out.reserve(text.len().saturating_mul(count))?;
    for _ in 0..count {
        out.push_units(text.units())?;
    }
    Ok(Val::Str(out.finish()))
}

pub(super) fn join<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let separator = text(args, 0)?.units();
    let mut out = TextBuilder::new(cx.meter);
    if let [_, Val::Array(array)] = args {
        push_joined(&mut out, separator, array)?;
        return Ok(Val::Str(out.finish()));
    }
    for (i, part) in args.iter().skip(1).enumerate() {
        if i > 0 {
            out.push_units(separator)?;
        }
        match part {
            Val::Str(part) => out.push_units(part.units())?,
            _ => out.push_ascii(b"null")?,
        }
    }
    Ok(Val::Str(out.finish()))
}

fn push_joined(
    out: &mut TextBuilder<'_>,
    separator: Units<'_>,
    array: &Array<'_>,
) -> Result<(), Fault> {
    let Items::Str(parts) = &array.items else {
        return Err(Fault::error("`String.join` takes a STRING_ARRAY"));
    };
    for (i, part) in parts.borrow().iter().enumerate() {
        if i > 0 {
            out.push_units(separator)?;
        }
        match part {
            Some(part) => out.push_units(part.units())?,
            None => out.push_ascii(b"null")?,
        }
    }
    Ok(())
}
