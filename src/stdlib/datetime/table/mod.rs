//! The rows of the date classes in the class table.

mod date_time;
mod format;
mod others;

pub(crate) use date_time::DATE_TIME;
pub(crate) use format::{FORMAT, FORMATTER};
pub(crate) use others::{CONSTANTS, DAYS, PROPERTY, UTIL, ZONE};

use std::borrow::Cow;

use super::arithmetic::Unit;
use super::digits::Digits;
use super::instant::DateTime;
use super::pattern::Pattern;
use super::zone::Zone;
use crate::fault::Fault;
use crate::stdlib::prepared::Prepared;
use crate::stdlib::table::{Class, Context, Form, Method, Routine};
use crate::value::kind::{Kind, Ty};
use crate::value::text::Units;
use crate::value::val::Val;

const A_ZONE: Ty = Ty::of(Kind::DateTimeZone);
const A_FORMATTER: Ty = Ty::of(Kind::DateTimeFormatter);
const A_PROPERTY: Ty = Ty::of(Kind::DateTimeProperty);
const SOME_DAYS: Ty = Ty::of(Kind::DateTimeDays);
const NULL: Ty = Ty::of(Kind::Null);
/// A number or its digits.
const DIGITS: Ty = Ty::STRING.or(Ty::LONG);

type Params = &'static [(&'static str, Ty)];
/// What a routine gives.
type Given<'a> = Result<Val<'a>, Fault>;

const fn row(
    form: Form,
    name: &'static str,
    params: Params,
    returns: Ty,
    doc: &'static str,
    example: (&'static str, &'static str),
    run: Routine,
) -> Method {
    Method { name, form, params, rest: None, returns, doc, example, run }
}

/// For arguments that the signature does not let through.
#[cold]
fn misfit() -> Fault {
    Fault::error("these are not the arguments of this method")
}

/// A LONG where Joda takes an `int`. As in the reference, more than an `int` holds is an error,
/// and less than it holds wraps.
fn int(value: i64) -> Result<i64, Fault> {
    if value > i64::from(i32::MAX) {
        return Err(Fault::error(format!("`{value}` is too large: expected an `int`")));
    }
    Ok(i64::from(value as i32))
}

/// A LONG cast to an `int`, as Java does.
fn cast(value: i64) -> i64 {
    i64::from(value as i32)
}

/// Room for the digits of a LONG that is wanted as text.
struct Room(Digits);

impl Room {
    fn new() -> Room {
        Room(Digits::new(0, 1))
    }

    /// The text of a STRING, or the digits of a LONG.
    fn text<'t>(&'t mut self, value: &'t Val<'_>) -> Result<Units<'t>, Fault> {
        match value {
            Val::Str(text) => Ok(text.units()),
            Val::Long(value) => {
                self.0 = Digits::new(*value, 1);
                Ok(Units::Ascii(self.0.bytes()))
            }
            _ => Err(misfit()),
        }
    }
}

/// The LONG of a LONG or of a STRING of digits.
fn long(value: &Val<'_>) -> Result<i64, Fault> {
    match value {
        Val::Long(value) => Ok(*value),
        Val::Str(text) => crate::value::number::parse_long(text.units()),
        _ => Err(misfit()),
    }
}

/// The zone with the id of a text.
fn zone_named(id: Units<'_>) -> Result<Zone, Fault> {
    // No zone has a longer id: the whole of a long text need not be looked at.
    Zone::for_id(&id.slice(0, id.len().min(100)).to_string_lossy())
}

/// Now, in the evaluation's zone.
fn now(ctx: &Context<'_>) -> DateTime {
    DateTime::new(ctx.host.now(), ctx.zone)
}

fn plus<'a>(args: &[Val<'a>], unit: Unit, sign: i64) -> Given<'a> {
    match args {
        [Val::DateTime(at), Val::Long(n)] => Ok(Val::DateTime(at.plus(unit, int(*n)? * sign)?)),
        _ => Err(misfit()),
    }
}

/// The pattern of a call: parsed with the program where it is a literal, else made now.
fn pattern<'a>(ctx: &Context<'a>, source: Units<'_>) -> Result<Cow<'a, Pattern>, Fault> {
    match ctx.prepared.take() {
        Some(Prepared::Date(pattern)) => Ok(Cow::Borrowed(pattern)),
        _ => Pattern::compile(source, ctx.meter).map(Cow::Owned),
    }
}
