//! The smaller date classes: `Property`, `DateTimeZone`, `Days`, `DateTimeConstants`, and `Util`.

use Form::{Constant, Method as Instance, Static};

use super::super::arithmetic::Unit;
use super::super::days::Days;
use super::super::instant::DateTime;
use super::super::util;
use super::super::zone::Zone;
use super::{
    A_ZONE, Class, Context, DIGITS, Form, Given, Kind, Room, SOME_DAYS, Ty, Val, cast, long,
    misfit, row, zone_named,
};
use crate::value::text::{Text, Units};

/// The class row.
#[rustfmt::skip]
pub(crate) static PROPERTY: Class = Class {
    name: "Property",
    aliases: &[],
    kind: Some(Kind::DateTimeProperty),
    doc: "One field of a DateTime, as `dayOfMonth()` gives it.",
    methods: &[
        row(Instance, "get", &[], Ty::LONG, "The value.", ("new DateTime(0).dayOfWeek().get();", "4"), get),
        row(Instance, "getAsText", &[], Ty::STRING, "The value as English text.", ("new DateTime(0).dayOfWeek().getAsText();", "Thursday"), as_text),
        row(Instance, "withMinimumValue", &[], Ty::DATETIME, "The DateTime with the least value that the field can have.", ("new DateTime('2024-05-06').dayOfMonth().withMinimumValue();", "2024-05-01T00:00:00.000Z"), minimum),
        row(Instance, "withMaximumValue", &[], Ty::DATETIME, "The DateTime with the greatest value that the field can have.", ("new DateTime('2024-05-06').dayOfMonth().withMaximumValue();", "2024-05-31T00:00:00.000Z"), maximum),
    ],
};

/// The class row.
#[rustfmt::skip]
pub(crate) static ZONE: Class = Class {
    name: "DateTimeZone",
    aliases: &[],
    kind: Some(Kind::DateTimeZone),
    doc: "A time zone.",
    methods: &[
        row(Static, "forID", &[("id", Ty::STRING)], A_ZONE, "The zone with an id such as `America/Los_Angeles`, `UTC` or `+02:00`.", ("new DateTime(0, DateTimeZone.forID('+02:00'));", "1970-01-01T02:00:00.000+02:00"), for_id),
        row(Constant, "UTC", &[], A_ZONE, "UTC.", ("new DateTime(0, DateTimeZone.UTC);", "1970-01-01T00:00:00.000Z"), |_, _| Ok(Val::Zone(Zone::Utc))),
        row(Instance, "getOffset", &[("instant", Ty::DATETIME)], Ty::LONG, "The offset from UTC at an instant, in milliseconds.", ("DateTimeZone.forID('Asia/Tokyo').getOffset(new DateTime(0));", "32400000"), offset),
    ],
};

/// The class row.
#[rustfmt::skip]
pub(crate) static DAYS: Class = Class {
    name: "Days",
    aliases: &[],
    kind: Some(Kind::DateTimeDays),
    doc: "A count of days.",
    methods: &[
        row(Static, "daysBetween", &[("start", Ty::DATETIME), ("end", Ty::DATETIME)], SOME_DAYS, "Whole days from `start` to `end`, by the calendar of `start`'s zone.", ("Days.daysBetween(new DateTime('2024-02-01'), new DateTime('2024-03-01')).getDays();", "29"), between),
        row(Instance, "getDays", &[], Ty::LONG, "The count.", ("Days.daysBetween(new DateTime(86400000), new DateTime(0)).getDays();", "-1"), count),
    ],
};

/// The class row.
#[rustfmt::skip]
pub(crate) static CONSTANTS: Class = Class {
    name: "DateTimeConstants",
    aliases: &[],
    kind: None,
    doc: "The numbers of the ISO weekdays and months.",
    methods: &[
        row(Constant, "MONDAY", &[], Ty::LONG, "The weekday 1.", ("DateTimeConstants.MONDAY;", "1"), |_, _| Ok(Val::Long(1))),
        row(Constant, "TUESDAY", &[], Ty::LONG, "The weekday 2.", ("DateTimeConstants.TUESDAY;", "2"), |_, _| Ok(Val::Long(2))),
        row(Constant, "WEDNESDAY", &[], Ty::LONG, "The weekday 3.", ("DateTimeConstants.WEDNESDAY;", "3"), |_, _| Ok(Val::Long(3))),
        row(Constant, "THURSDAY", &[], Ty::LONG, "The weekday 4.", ("DateTimeConstants.THURSDAY;", "4"), |_, _| Ok(Val::Long(4))),
        row(Constant, "FRIDAY", &[], Ty::LONG, "The weekday 5.", ("DateTimeConstants.FRIDAY;", "5"), |_, _| Ok(Val::Long(5))),
        row(Constant, "SATURDAY", &[], Ty::LONG, "The weekday 6.", ("DateTimeConstants.SATURDAY;", "6"), |_, _| Ok(Val::Long(6))),
        row(Constant, "SUNDAY", &[], Ty::LONG, "The weekday 7.", ("DateTimeConstants.SUNDAY;", "7"), |_, _| Ok(Val::Long(7))),
        row(Constant, "JANUARY", &[], Ty::LONG, "The month 1.", ("DateTimeConstants.JANUARY;", "1"), |_, _| Ok(Val::Long(1))),
        row(Constant, "FEBRUARY", &[], Ty::LONG, "The month 2.", ("DateTimeConstants.FEBRUARY;", "2"), |_, _| Ok(Val::Long(2))),
        row(Constant, "MARCH", &[], Ty::LONG, "The month 3.", ("DateTimeConstants.MARCH;", "3"), |_, _| Ok(Val::Long(3))),
        row(Constant, "APRIL", &[], Ty::LONG, "The month 4.", ("DateTimeConstants.APRIL;", "4"), |_, _| Ok(Val::Long(4))),
        row(Constant, "MAY", &[], Ty::LONG, "The month 5.", ("DateTimeConstants.MAY;", "5"), |_, _| Ok(Val::Long(5))),
        row(Constant, "JUNE", &[], Ty::LONG, "The month 6.", ("DateTimeConstants.JUNE;", "6"), |_, _| Ok(Val::Long(6))),
        row(Constant, "JULY", &[], Ty::LONG, "The month 7.", ("DateTimeConstants.JULY;", "7"), |_, _| Ok(Val::Long(7))),
        row(Constant, "AUGUST", &[], Ty::LONG, "The month 8.", ("DateTimeConstants.AUGUST;", "8"), |_, _| Ok(Val::Long(8))),
        row(Constant, "SEPTEMBER", &[], Ty::LONG, "The month 9.", ("DateTimeConstants.SEPTEMBER;", "9"), |_, _| Ok(Val::Long(9))),
        row(Constant, "OCTOBER", &[], Ty::LONG, "The month 10.", ("DateTimeConstants.OCTOBER;", "10"), |_, _| Ok(Val::Long(10))),
        row(Constant, "NOVEMBER", &[], Ty::LONG, "The month 11.", ("DateTimeConstants.NOVEMBER;", "11"), |_, _| Ok(Val::Long(11))),
        row(Constant, "DECEMBER", &[], Ty::LONG, "The month 12.", ("DateTimeConstants.DECEMBER;", "12"), |_, _| Ok(Val::Long(12))),
    ],
};

/// The class row.
#[rustfmt::skip]
pub(crate) static UTIL: Class = Class {
    name: "Util",
    aliases: &[],
    kind: None,
    doc: "Dates as numbers, ranges and deadlines; all dates are in UTC.",
    methods: &[
        row(Static, "dateIntToTs", &[("dateInt", DIGITS)], Ty::LONG, "The epoch milliseconds of a date number's midnight.", ("Util.dateIntToTs(20200229);", "1582934400000"), date_int_to_ts),
        row(Static, "tsToDateInt", &[("ts", DIGITS)], Ty::STRING, "The date number of epoch milliseconds.", ("Util.tsToDateInt(1582934400000);", "20200229"), ts_to_date_int),
        row(Static, "incrementDateInt", &[("dateInt", DIGITS), ("days", Ty::LONG)], Ty::STRING, "The date number some days later.", ("Util.incrementDateInt(20191231, 1);", "20200101"), increment_date_int),
        row(Static, "dateIntHourToTs", &[("dateInt", DIGITS), ("hour", DIGITS), ("zone", Ty::STRING), ("dayOffset", DIGITS), ("hourOffset", DIGITS)], Ty::LONG, "The epoch milliseconds of a date and an hour in a zone, some days and hours earlier.", ("Util.dateIntHourToTs('20210707', '01', 'UTC', 0, 0);", "1625619600000"), date_int_hour_to_ts),
        row(Static, "timeoutForDateTimeDeadline", &[("dateTime", Ty::DATETIME), ("duration", Ty::STRING)], Ty::STRING, "How long it is until a length of time after an instant; 0 where that is over.", ("Util.timeoutForDateTimeDeadline(new DateTime(0), '1 day and 2 hours');", "0 milliseconds"), timeout_for_date_time),
        row(Static, "timeoutForDateIntDeadline", &[("dateInt", DIGITS), ("duration", Ty::STRING)], Ty::STRING, "The same after a date number's midnight.", ("Util.timeoutForDateIntDeadline(20200229, '90 minutes');", "0 milliseconds"), timeout_for_date_int),
        row(Static, "dateIntsBetween", &[("from", DIGITS), ("to", DIGITS), ("step", DIGITS)], LONGS, "The date numbers from `from` up to but not including `to`, every `step` days.", ("Util.dateIntsBetween(20200226, 20200303, 2);", "[20200226, 20200228, 20200301]"), date_ints_between),
        row(Static, "intsBetween", &[("from", DIGITS), ("to", DIGITS), ("step", DIGITS)], LONGS, "The numbers from `from` up to but not including `to`, every `step`.", ("Util.intsBetween(0, 10, 3);", "[0, 3, 6, 9]"), ints_between),
    ],
};

const LONGS: Ty = Ty::of(Kind::LongArray);

fn get<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Property(property)] => Ok(Val::Long(property.get()?)),
        _ => Err(misfit()),
    }
}

fn as_text<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Property(property)] => {
            Ok(Val::Str(property.as_text(|text| Text::from_ascii(text, ctx.meter))??))
        }
        _ => Err(misfit()),
    }
}

fn minimum<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Property(property)] => Ok(Val::DateTime(property.with_minimum()?)),
        _ => Err(misfit()),
    }
}

fn maximum<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Property(property)] => Ok(Val::DateTime(property.with_maximum()?)),
        _ => Err(misfit()),
    }
}

fn for_id<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Str(id)] => Ok(Val::Zone(zone_named(id.units())?)),
        _ => Err(misfit()),
    }
}

fn offset<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Zone(zone), Val::DateTime(at)] => Ok(Val::Long(i64::from(zone.offset_at(at.millis)))),
        _ => Err(misfit()),
    }
}

fn between<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::DateTime(start), Val::DateTime(end)] => Ok(Val::Days(Days::between(*start, *end)?)),
        _ => Err(misfit()),
    }
}

fn count<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Days(days)] => Ok(Val::Long(i64::from(days.0))),
        _ => Err(misfit()),
    }
}

fn date_int_to_ts<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [date] => Ok(Val::Long(util::date(Room::new().text(date)?)?.millis)),
        _ => Err(misfit()),
    }
}

fn ts_to_date_int<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [ts] => date_int(ctx, DateTime::new(long(ts)?, Zone::Utc)),
        _ => Err(misfit()),
    }
}

fn date_int<'a>(ctx: &Context<'a>, at: DateTime) -> Given<'a> {
    Ok(Val::Str(util::print(at).text(ctx.meter)?))
}

fn increment_date_int<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [date, Val::Long(days)] => {
            let at = util::date(Room::new().text(date)?)?;
            date_int(ctx, at.plus(Unit::Days, cast(*days))?)
        }
        _ => Err(misfit()),
    }
}

fn date_int_hour_to_ts<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [date, hour, Val::Str(zone), days, hours] => {
            let (mut first, mut second) = (Room::new(), Room::new());
            let texts: [Units<'_>; 2] = [first.text(date)?, second.text(hour)?];
            let zone = zone_named(zone.units())?;
            let (days, hours) = (cast(long(days)?), cast(long(hours)?));
            Ok(Val::Long(util::date_hour(texts, zone, days, hours)?))
        }
        _ => Err(misfit()),
    }
}

fn timeout_for_date_time<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::DateTime(at), Val::Str(length)] => {
            Ok(Val::Str(util::timeout(*at, length.units(), ctx.host.now(), ctx.meter)?))
        }
        _ => Err(misfit()),
    }
}

fn timeout_for_date_int<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [date, Val::Str(length)] => {
            let at = util::date(Room::new().text(date)?)?;
            Ok(Val::Str(util::timeout(at, length.units(), ctx.host.now(), ctx.meter)?))
        }
        _ => Err(misfit()),
    }
}

fn date_ints_between<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [from, to, step] => {
            let step = long(step)?;
            // `Integer.parseInt`: no cast here.
            if i32::try_from(step).is_err() {
                return Err(misfit());
            }
            let (mut first, mut second) = (Room::new(), Room::new());
            util::dates_between(first.text(from)?, second.text(to)?, step, ctx.meter)
        }
        _ => Err(misfit()),
    }
}

fn ints_between<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [from, to, step] => {
            let [from, to, step] = [long(from)?, long(to)?, long(step)?].map(cast);
            util::ints_between(from, to, step, ctx.meter)
        }
        _ => Err(misfit()),
    }
}
