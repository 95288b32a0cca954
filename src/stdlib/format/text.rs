//! `%s %c %b %%`: text, its precision, case and width.

use super::argument::Argument;
use super::spec::{Flags, Spec};
use crate::fault::Fault;
use crate::limits::Meter;
use crate::stdlib::case;
use crate::value::display::{bool_text, display, push_display};
use crate::value::number::{long_text, push_long};
use crate::value::text::{TextBuilder, Units};
use crate::value::val::Val;

/// Writes `length` units by `body`, with spaces up to the width.
pub(super) fn justified<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    length: usize,
    body: impl FnOnce(&mut TextBuilder<'a>) -> Result<(), Fault>,
) -> Result<(), Fault> {
    let spaces = spec.columns().saturating_sub(length);
    out.reserve(length.saturating_add(spaces))?;
    if spaces == 0 {
        return body(out);
    }
    if spec.has(Flags::LEFT) {
        body(out)?;
        out.push_repeat(b' ', spaces)
    } else {
        out.push_repeat(b' ', spaces)?;
        body(out)
    }
}

/// Writes text: cut to the precision, then in upper case, then as wide as is asked for.
pub(super) fn push<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    text: Units<'_>,
    meter: &'a Meter,
) -> Result<(), Fault> {
    let text = match spec.precision {
        Some(keep) if (keep as usize) < text.len() => text.slice(0, keep as usize),
        _ => text,
    };
    if !spec.upper {
        return justified(out, spec, text.len(), |out| out.push_units(text));
    }
    let upper = case::upper(text, meter)?;
    justified(out, spec, upper.len(), |out| out.push_units(upper.units()))
}

/// `%b`.
pub(super) fn push_bool<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    value: bool,
    meter: &'a Meter,
) -> Result<(), Fault> {
    push(out, spec, Units::Ascii(bool_text(value).as_bytes()), meter)
}

/// `%s`.
pub(super) fn push_value<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    arg: Argument<'_, 'a>,
    value: &Val<'a>,
    meter: &'a Meter,
) -> Result<(), Fault> {
    let bare = spec.width.is_none() && spec.precision.is_none() && !spec.upper;
    match (arg, value) {
        (_, Val::Str(text)) => push(out, spec, text.units(), meter),
        (Argument::Int(v), _) if bare => push_long(out, v.into()),
        (Argument::Int(v), _) => {
            push(out, spec, Units::Ascii(long_text(v.into()).as_bytes()), meter)
        }
        _ if bare => push_display(out, value, meter),
        _ => push(out, spec, display(value, meter)?.units(), meter),
    }
}

/// `%c`.
pub(super) fn push_code_point<'a>(
    out: &mut TextBuilder<'a>,
    spec: &Spec,
    code: i32,
    meter: &'a Meter,
) -> Result<(), Fault> {
    let whole = u32::try_from(code).ok();
    if let Some(ascii) = whole.and_then(|c| u8::try_from(c).ok()).filter(u8::is_ascii) {
        return push(out, spec, Units::Ascii(&[ascii]), meter);
    }
    let mut units = [0; 2];
    let units: &[u16] = match (whole.and_then(char::from_u32), u16::try_from(code)) {
        (Some(c), _) => c.encode_utf16(&mut units),
        // Half of a pair.
        (None, Ok(unit)) => &[unit],
        (None, Err(_)) => return Err(Fault::error(format!("`{code}` is no character"))),
    };
    push(out, spec, Units::Wide(units), meter)
}
