//! `DateTimeFormat` and `DateTimeFormatter`.

use std::borrow::Cow;

use Form::{Method as Instance, Static};

use super::super::formatter::Formatter;
use super::super::instant::DateTime;
use super::super::zone::Zone;
use super::{
    A_FORMATTER, A_ZONE, Class, Context, DIGITS, Form, Given, Kind, Method, Room, Ty, Val, misfit,
    now, pattern, row,
};

const FOR_PATTERN: Method = row(
    Static,
    "forPattern",
    &[("pattern", Ty::STRING)],
    A_FORMATTER,
    "A formatter for a pattern such as `yyyy-MM-dd HH:mm:ss`.",
    ("DateTimeFormat.forPattern('yyyyMMdd').print(new DateTime(0));", "19700101"),
    for_pattern,
);

/// The class row.
pub(crate) static FORMAT: Class = Class {
    name: "DateTimeFormat",
    aliases: &[],
    kind: None,
    doc: "Makes formatters.",
    methods: &[FOR_PATTERN],
};

/// The class row.
#[rustfmt::skip]
pub(crate) static FORMATTER: Class = Class {
    name: "DateTimeFormatter",
    aliases: &[],
    kind: Some(Kind::DateTimeFormatter),
    doc: "Prints and reads dates and times by a pattern.",
    methods: &[
        FOR_PATTERN,
        row(Instance, "withZone", &[("zone", A_ZONE)], A_FORMATTER, "The same in a zone.", ("DateTimeFormat.forPattern('HH').withZone(DateTimeZone.forID('+02:00')).print(0);", "02"), with_zone),
        row(Instance, "withZoneUTC", &[], A_FORMATTER, "The same in UTC.", ("DateTimeFormat.forPattern('HH').withZoneUTC().print(0);", "00"), with_zone_utc),
        row(Instance, "parseDateTime", &[("text", DIGITS)], Ty::DATETIME, "Reads a text, or a number's digits.", ("DateTimeFormat.forPattern('yyyyMMdd').withZoneUTC().parseDateTime(20240506);", "2024-05-06T00:00:00.000Z"), parse_date_time),
        row(Instance, "parseMillis", &[("text", Ty::STRING)], Ty::LONG, "Reads a text; gives epoch milliseconds.", ("DateTimeFormat.forPattern('yyyyMMdd').withZoneUTC().parseMillis('20240506');", "1714953600000"), parse_millis),
        row(Instance, "print", &[("instant", Ty::LONG.or(Ty::DATETIME))], Ty::STRING, "Prints epoch milliseconds or a DateTime.", ("DateTimeFormat.forPattern('MMM d').print(new DateTime('2024-05-06'));", "May 6"), print),
    ],
};

fn made<'a>(formatter: Formatter) -> Val<'a> {
    Val::Formatter(Cow::Owned(formatter))
}

fn for_pattern<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Str(source)] => {
            let pattern = pattern(ctx, source.units())?;
            if let Cow::Owned(made) = &pattern {
                // A formatter does not know its meter: it counts as held to the end of the run.
                ctx.meter.charge(made.size())?;
            }
            Ok(made(Formatter::new(pattern.into_owned())))
        }
        _ => Err(misfit()),
    }
}

fn with_zone<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Formatter(f), Val::Zone(zone)] => Ok(made(f.with_zone(*zone))),
        _ => Err(misfit()),
    }
}

fn with_zone_utc<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Formatter(f)] => Ok(made(f.with_zone(Zone::Utc))),
        _ => Err(misfit()),
    }
}

fn parse_date_time<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Formatter(f), text] => {
            let mut room = Room::new();
            let at = f.parse_date_time(room.text(text)?, ctx.zone, || now(ctx), ctx.meter)?;
            Ok(Val::DateTime(at))
        }
        _ => Err(misfit()),
    }
}

fn parse_millis<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Formatter(f), Val::Str(text)] => {
            Ok(Val::Long(f.parse_millis(text.units(), ctx.zone, || now(ctx), ctx.meter)?))
        }
        _ => Err(misfit()),
    }
}

fn print<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    let (f, at) = match args {
        [Val::Formatter(f), Val::DateTime(at)] => (f, *at),
        [Val::Formatter(f), Val::Long(millis)] => (f, DateTime { millis: *millis, zone: ctx.zone }),
        _ => return Err(misfit()),
    };
    Ok(Val::Str(f.print(at, ctx.meter)?))
}
