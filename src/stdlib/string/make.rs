//! Making strings of other values.

use super::text;
use crate::fault::Fault;
use crate::stdlib::format;
use crate::stdlib::prepared::Prepared;
use crate::stdlib::table::Context;
use crate::value::display::{display, push_display};
use crate::value::text::{Text, TextBuilder};
use crate::value::val::{Items, Val};

pub(super) fn value_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args {
        [Val::Str(text)] => Ok(Val::Str(text.clone())),
        [Val::Long(v)] => Ok(Val::Str(Text::from_long(long_shown(*v)))),
        [value] => {
            let mut out = TextBuilder::new(cx.meter);
            push_display(&mut out, value, cx.meter)?;
            Ok(Val::Str(out.finish()))
        }
        _ => Err(Fault::error("`valueOf` takes one argument")),
    }
}

/// What `String.valueOf` writes for a LONG. The reference passes it to Java's `valueOf(Object)` as
/// an Integer unless it is above 2^31 - 1, so that one below -2^31 loses its upper half.
#[inline(always)]
pub(crate) fn long_shown(v: i64) -> i64 {
    if v < i64::from(i32::MIN) { i64::from(v as i32) } else { v }
}

/// `new String(x)`.
pub(super) fn string_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let value = args.first().unwrap_or(&Val::Null);
    Ok(Val::Str(display(value, cx.meter)?))
}

pub(super) fn empty<'a>(_: &Context<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Str(Text::EMPTY))
}

pub(super) fn format_call<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    if let Some(Prepared::Format(pattern)) = cx.prepared.take() {
        return with_arguments(cx, args, |rest| pattern.run(rest, cx.meter));
    }
    let pattern = text(args, 0)?.units();
    with_arguments(cx, args, |rest| format::format(pattern, rest, cx.meter))
}

/// The arguments behind the first; a lone array is spread, as Java does with an array for its
/// varargs.
fn with_arguments<'a>(
    cx: &Context<'a>,
    args: &[Val<'a>],
    run: impl FnOnce(&[Val<'a>]) -> Result<Text<'a>, Fault>,
) -> Result<Val<'a>, Fault> {
    let rest = args.get(1..).unwrap_or_default();
    if let [Val::Array(array)] = rest
        && matches!(array.items, Items::Str(_))
    {
        cx.meter.step_units(array.len())?;
        let spread: Vec<_> = (0..array.len()).filter_map(|i| array.get(i)).collect();
        return Ok(Val::Str(run(&spread)?));
    }
    Ok(Val::Str(run(rest)?))
}
