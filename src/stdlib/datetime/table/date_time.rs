//! `DateTime`.

use Form::{Constructor, Method as Instance, Static};

use super::super::arithmetic::Unit;
use super::super::field::Field;
use super::super::instant::{DateTime, Parts};
use super::super::iso;
use super::super::print;
use super::super::property::Property;
use super::super::zone::Zone;
use super::{
    A_FORMATTER, A_PROPERTY, A_ZONE, Class, Context, Form, Given, Kind, NULL, Ty, Val, cast, int,
    misfit, now, pattern, plus, row,
};

/// What an instant can be made of.
const INSTANT: Ty = Ty::LONG.or(Ty::STRING).or(Ty::DATETIME).or(NULL);

/// The class row.
#[rustfmt::skip]
pub(crate) static DATE_TIME: Class = Class {
    name: "DateTime",
    aliases: &[],
    kind: Some(Kind::DateTime),
    doc: "An instant seen in a time zone.",
    methods: &[
        row(Constructor, "DateTime", &[], Ty::DATETIME, "Now, in the default zone.", ("new DateTime().getMillis() > 0;", "true"), |ctx, _| Ok(Val::DateTime(now(ctx)))),
        row(Constructor, "DateTime", &[("instant", INSTANT)], Ty::DATETIME, "The instant of epoch milliseconds, of an ISO text or of another DateTime, in the default zone; of a null, now.", ("new DateTime('2024-05-06');", "2024-05-06T00:00:00.000Z"), |ctx, args| of_instant(ctx, args.first(), None)),
        row(Constructor, "DateTime", &[("instant", INSTANT), ("zone", A_ZONE)], Ty::DATETIME, "The same in a zone.", ("new DateTime(0, DateTimeZone.forID('Asia/Tokyo'));", "1970-01-01T09:00:00.000+09:00"), of_instant_in),
        row(Constructor, "DateTime", &[("year", Ty::LONG), ("month", Ty::LONG), ("day", Ty::LONG), ("hour", Ty::LONG), ("minute", Ty::LONG), ("second", Ty::LONG), ("millis", Ty::LONG), ("zone", A_ZONE)], Ty::DATETIME, "A date and a time of day in a zone.", ("new DateTime(2024, 2, 29, 12, 30, 0, 0, DateTimeZone.UTC);", "2024-02-29T12:30:00.000Z"), of_parts),
        row(Static, "parse", &[("text", Ty::STRING), ("formatter", A_FORMATTER)], Ty::DATETIME, "Reads a text with a formatter.", ("DateTime.parse('06.05.2024', DateTimeFormat.forPattern('dd.MM.yyyy'));", "2024-05-06T00:00:00.000Z"), parse),
        row(Instance, "toString", &[], Ty::STRING, "As ISO 8601.", ("new DateTime(0).toString();", "1970-01-01T00:00:00.000Z"), to_string),
        row(Instance, "toString", &[("pattern", Ty::STRING)], Ty::STRING, "By a pattern.", ("new DateTime(0).toString('EEE, d MMM yyyy');", "Thu, 1 Jan 1970"), to_string_by),
        row(Instance, "withZone", &[("zone", A_ZONE)], Ty::DATETIME, "The same instant in another zone.", ("new DateTime(0).withZone(DateTimeZone.forID('+05:30'));", "1970-01-01T05:30:00.000+05:30"), with_zone),
        row(Instance, "toDateTime", &[("zone", A_ZONE)], Ty::DATETIME, "The same instant in another zone.", ("new DateTime(0).toDateTime(DateTimeZone.forID('+05:30'));", "1970-01-01T05:30:00.000+05:30"), with_zone),
        row(Instance, "withTimeAtStartOfDay", &[], Ty::DATETIME, "The first instant of its day.", ("new DateTime('2024-05-06T07:08').withTimeAtStartOfDay();", "2024-05-06T00:00:00.000Z"), start_of_day),
        row(Instance, "plusYears", &[("amount", Ty::LONG)], Ty::DATETIME, "Years later, clamping to the month's end.", ("new DateTime('2024-02-29').plusYears(1);", "2025-02-28T00:00:00.000Z"), |_, args| plus(args, Unit::Years, 1)),
        row(Instance, "plusMonths", &[("amount", Ty::LONG)], Ty::DATETIME, "Months later, clamping to the month's end.", ("new DateTime('2024-02-29').plusMonths(1);", "2024-03-29T00:00:00.000Z"), |_, args| plus(args, Unit::Months, 1)),
        row(Instance, "plusWeeks", &[("amount", Ty::LONG)], Ty::DATETIME, "Weeks later; the wall clock stays.", ("new DateTime('2024-02-29').plusWeeks(1);", "2024-03-07T00:00:00.000Z"), |_, args| plus(args, Unit::Weeks, 1)),
        row(Instance, "plusDays", &[("amount", Ty::LONG)], Ty::DATETIME, "Days later; the wall clock stays.", ("new DateTime('2024-02-29').plusDays(1);", "2024-03-01T00:00:00.000Z"), |_, args| plus(args, Unit::Days, 1)),
        row(Instance, "plusHours", &[("amount", Ty::LONG)], Ty::DATETIME, "Hours later.", ("new DateTime('2024-02-29').plusHours(1);", "2024-02-29T01:00:00.000Z"), |_, args| plus(args, Unit::Hours, 1)),
        row(Instance, "plusMinutes", &[("amount", Ty::LONG)], Ty::DATETIME, "Minutes later.", ("new DateTime('2024-02-29').plusMinutes(1);", "2024-02-29T00:01:00.000Z"), |_, args| plus(args, Unit::Minutes, 1)),
        row(Instance, "plusSeconds", &[("amount", Ty::LONG)], Ty::DATETIME, "Seconds later.", ("new DateTime('2024-02-29').plusSeconds(1);", "2024-02-29T00:00:01.000Z"), |_, args| plus(args, Unit::Seconds, 1)),
        row(Instance, "plusMillis", &[("amount", Ty::LONG)], Ty::DATETIME, "Milliseconds later.", ("new DateTime('2024-02-29').plusMillis(1);", "2024-02-29T00:00:00.001Z"), |_, args| plus(args, Unit::Millis, 1)),
        row(Instance, "minusYears", &[("amount", Ty::LONG)], Ty::DATETIME, "Years earlier, clamping to the month's end.", ("new DateTime('2024-02-29').minusYears(1);", "2023-02-28T00:00:00.000Z"), |_, args| plus(args, Unit::Years, -1)),
        row(Instance, "minusMonths", &[("amount", Ty::LONG)], Ty::DATETIME, "Months earlier, clamping to the month's end.", ("new DateTime('2024-02-29').minusMonths(1);", "2024-01-29T00:00:00.000Z"), |_, args| plus(args, Unit::Months, -1)),
        row(Instance, "minusWeeks", &[("amount", Ty::LONG)], Ty::DATETIME, "Weeks earlier; the wall clock stays.", ("new DateTime('2024-02-29').minusWeeks(1);", "2024-02-22T00:00:00.000Z"), |_, args| plus(args, Unit::Weeks, -1)),
        row(Instance, "minusDays", &[("amount", Ty::LONG)], Ty::DATETIME, "Days earlier; the wall clock stays.", ("new DateTime('2024-02-29').minusDays(1);", "2024-02-28T00:00:00.000Z"), |_, args| plus(args, Unit::Days, -1)),
        row(Instance, "minusHours", &[("amount", Ty::LONG)], Ty::DATETIME, "Hours earlier.", ("new DateTime('2024-02-29').minusHours(1);", "2024-02-28T23:00:00.000Z"), |_, args| plus(args, Unit::Hours, -1)),
        row(Instance, "minusMinutes", &[("amount", Ty::LONG)], Ty::DATETIME, "Minutes earlier.", ("new DateTime('2024-02-29').minusMinutes(1);", "2024-02-28T23:59:00.000Z"), |_, args| plus(args, Unit::Minutes, -1)),
        row(Instance, "minusSeconds", &[("amount", Ty::LONG)], Ty::DATETIME, "Seconds earlier.", ("new DateTime('2024-02-29').minusSeconds(1);", "2024-02-28T23:59:59.000Z"), |_, args| plus(args, Unit::Seconds, -1)),
        row(Instance, "minusMillis", &[("amount", Ty::LONG)], Ty::DATETIME, "Milliseconds earlier.", ("new DateTime('2024-02-29').minusMillis(1);", "2024-02-28T23:59:59.999Z"), |_, args| plus(args, Unit::Millis, -1)),
        row(Instance, "isAfter", &[("other", Ty::DATETIME)], Ty::BOOLEAN, "Whether it is later.", ("new DateTime(1).isAfter(new DateTime(0));", "true"), |_, args| compare(args, |a, b| a > b)),
        row(Instance, "isBefore", &[("other", Ty::DATETIME)], Ty::BOOLEAN, "Whether it is earlier.", ("new DateTime(1).isBefore(new DateTime(0));", "false"), |_, args| compare(args, |a, b| a < b)),
        row(Instance, "isEqual", &[("other", Ty::DATETIME)], Ty::BOOLEAN, "Whether it is the same instant, in whatever zone.", ("new DateTime(1).isEqual(new DateTime(1));", "true"), |_, args| compare(args, |a, b| a == b)),
        row(Instance, "getMillis", &[], Ty::LONG, "Milliseconds since 1970-01-01T00:00Z.", ("new DateTime('2024-05-06').getMillis();", "1714953600000"), millis),
        row(Instance, "getYear", &[], Ty::LONG, "The year.", ("new DateTime('2024-05-06T07:08:09.123').getYear();", "2024"), |_, args| get(args, Field::Year)),
        row(Instance, "getWeekyear", &[], Ty::LONG, "The ISO weekyear.", ("new DateTime('2024-05-06T07:08:09.123').getWeekyear();", "2024"), |_, args| get(args, Field::Weekyear)),
        row(Instance, "getMonthOfYear", &[], Ty::LONG, "The month, 1 to 12.", ("new DateTime('2024-05-06T07:08:09.123').getMonthOfYear();", "5"), |_, args| get(args, Field::MonthOfYear)),
        row(Instance, "getWeekOfWeekyear", &[], Ty::LONG, "The ISO week, 1 to 53.", ("new DateTime('2024-05-06T07:08:09.123').getWeekOfWeekyear();", "19"), |_, args| get(args, Field::WeekOfWeekyear)),
        row(Instance, "getDayOfYear", &[], Ty::LONG, "The day of the year.", ("new DateTime('2024-05-06T07:08:09.123').getDayOfYear();", "127"), |_, args| get(args, Field::DayOfYear)),
        row(Instance, "getDayOfMonth", &[], Ty::LONG, "The day of the month.", ("new DateTime('2024-05-06T07:08:09.123').getDayOfMonth();", "6"), |_, args| get(args, Field::DayOfMonth)),
        row(Instance, "getDayOfWeek", &[], Ty::LONG, "The day of the week, 1 for Monday.", ("new DateTime('2024-05-06T07:08:09.123').getDayOfWeek();", "1"), |_, args| get(args, Field::DayOfWeek)),
        row(Instance, "getHourOfDay", &[], Ty::LONG, "The hour, 0 to 23.", ("new DateTime('2024-05-06T07:08:09.123').getHourOfDay();", "7"), |_, args| get(args, Field::HourOfDay)),
        row(Instance, "getMinuteOfDay", &[], Ty::LONG, "The minute of the day.", ("new DateTime('2024-05-06T07:08:09.123').getMinuteOfDay();", "428"), |_, args| get(args, Field::MinuteOfDay)),
        row(Instance, "getMinuteOfHour", &[], Ty::LONG, "The minute, 0 to 59.", ("new DateTime('2024-05-06T07:08:09.123').getMinuteOfHour();", "8"), |_, args| get(args, Field::MinuteOfHour)),
        row(Instance, "getSecondOfDay", &[], Ty::LONG, "The second of the day.", ("new DateTime('2024-05-06T07:08:09.123').getSecondOfDay();", "25689"), |_, args| get(args, Field::SecondOfDay)),
        row(Instance, "getSecondOfMinute", &[], Ty::LONG, "The second, 0 to 59.", ("new DateTime('2024-05-06T07:08:09.123').getSecondOfMinute();", "9"), |_, args| get(args, Field::SecondOfMinute)),
        row(Instance, "getMillisOfDay", &[], Ty::LONG, "The millisecond of the day.", ("new DateTime('2024-05-06T07:08:09.123').getMillisOfDay();", "25689123"), |_, args| get(args, Field::MillisOfDay)),
        row(Instance, "getMillisOfSecond", &[], Ty::LONG, "The millisecond, 0 to 999.", ("new DateTime('2024-05-06T07:08:09.123').getMillisOfSecond();", "123"), |_, args| get(args, Field::MillisOfSecond)),
        row(Instance, "weekyear", &[], A_PROPERTY, "The ISO weekyear, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').weekyear().get();", "2024"), |_, args| property(args, Field::Weekyear)),
        row(Instance, "monthOfYear", &[], A_PROPERTY, "The month, 1 to 12, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').monthOfYear().get();", "5"), |_, args| property(args, Field::MonthOfYear)),
        row(Instance, "weekOfWeekyear", &[], A_PROPERTY, "The ISO week, 1 to 53, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').weekOfWeekyear().get();", "19"), |_, args| property(args, Field::WeekOfWeekyear)),
        row(Instance, "dayOfYear", &[], A_PROPERTY, "The day of the year, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').dayOfYear().get();", "127"), |_, args| property(args, Field::DayOfYear)),
        row(Instance, "dayOfMonth", &[], A_PROPERTY, "The day of the month, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').dayOfMonth().get();", "6"), |_, args| property(args, Field::DayOfMonth)),
        row(Instance, "dayOfWeek", &[], A_PROPERTY, "The day of the week, 1 for Monday, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').dayOfWeek().get();", "1"), |_, args| property(args, Field::DayOfWeek)),
        row(Instance, "hourOfDay", &[], A_PROPERTY, "The hour, 0 to 23, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').hourOfDay().get();", "7"), |_, args| property(args, Field::HourOfDay)),
        row(Instance, "minuteOfDay", &[], A_PROPERTY, "The minute of the day, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').minuteOfDay().get();", "428"), |_, args| property(args, Field::MinuteOfDay)),
        row(Instance, "minuteOfHour", &[], A_PROPERTY, "The minute, 0 to 59, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').minuteOfHour().get();", "8"), |_, args| property(args, Field::MinuteOfHour)),
        row(Instance, "secondOfDay", &[], A_PROPERTY, "The second of the day, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').secondOfDay().get();", "25689"), |_, args| property(args, Field::SecondOfDay)),
        row(Instance, "secondOfMinute", &[], A_PROPERTY, "The second, 0 to 59, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').secondOfMinute().get();", "9"), |_, args| property(args, Field::SecondOfMinute)),
        row(Instance, "millisOfDay", &[], A_PROPERTY, "The millisecond of the day, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').millisOfDay().get();", "25689123"), |_, args| property(args, Field::MillisOfDay)),
        row(Instance, "millisOfSecond", &[], A_PROPERTY, "The millisecond, 0 to 999, as a Property.", ("new DateTime('2024-05-06T07:08:09.123').millisOfSecond().get();", "123"), |_, args| property(args, Field::MillisOfSecond)),
        row(Instance, "withYear", &[("value", Ty::LONG)], Ty::DATETIME, "With another year.", ("new DateTime('2024-05-06T07:08:09.123').withYear(2023);", "2023-05-06T07:08:09.123Z"), |_, args| with(args, Field::Year)),
        row(Instance, "withWeekyear", &[("value", Ty::LONG)], Ty::DATETIME, "With another ISO weekyear.", ("new DateTime('2024-05-06T07:08:09.123').withWeekyear(2023);", "2023-05-08T07:08:09.123Z"), |_, args| with(args, Field::Weekyear)),
        row(Instance, "withMonthOfYear", &[("value", Ty::LONG)], Ty::DATETIME, "With another month, 1 to 12.", ("new DateTime('2024-05-06T07:08:09.123').withMonthOfYear(2);", "2024-02-06T07:08:09.123Z"), |_, args| with(args, Field::MonthOfYear)),
        row(Instance, "withWeekOfWeekyear", &[("value", Ty::LONG)], Ty::DATETIME, "With another ISO week, 1 to 53.", ("new DateTime('2024-05-06T07:08:09.123').withWeekOfWeekyear(1);", "2024-01-01T07:08:09.123Z"), |_, args| with(args, Field::WeekOfWeekyear)),
        row(Instance, "withDayOfYear", &[("value", Ty::LONG)], Ty::DATETIME, "With another day of the year.", ("new DateTime('2024-05-06T07:08:09.123').withDayOfYear(1);", "2024-01-01T07:08:09.123Z"), |_, args| with(args, Field::DayOfYear)),
        row(Instance, "withDayOfMonth", &[("value", Ty::LONG)], Ty::DATETIME, "With another day of the month.", ("new DateTime('2024-05-06T07:08:09.123').withDayOfMonth(31);", "2024-05-31T07:08:09.123Z"), |_, args| with(args, Field::DayOfMonth)),
        row(Instance, "withDayOfWeek", &[("value", Ty::LONG)], Ty::DATETIME, "With another day of the week, 1 for Monday.", ("new DateTime('2024-05-06T07:08:09.123').withDayOfWeek(7);", "2024-05-12T07:08:09.123Z"), |_, args| with(args, Field::DayOfWeek)),
        row(Instance, "withHourOfDay", &[("value", Ty::LONG)], Ty::DATETIME, "With another hour, 0 to 23.", ("new DateTime('2024-05-06T07:08:09.123').withHourOfDay(0);", "2024-05-06T00:08:09.123Z"), |_, args| with(args, Field::HourOfDay)),
        row(Instance, "withMinuteOfHour", &[("value", Ty::LONG)], Ty::DATETIME, "With another minute, 0 to 59.", ("new DateTime('2024-05-06T07:08:09.123').withMinuteOfHour(0);", "2024-05-06T07:00:09.123Z"), |_, args| with(args, Field::MinuteOfHour)),
        row(Instance, "withSecondOfMinute", &[("value", Ty::LONG)], Ty::DATETIME, "With another second, 0 to 59.", ("new DateTime('2024-05-06T07:08:09.123').withSecondOfMinute(0);", "2024-05-06T07:08:00.123Z"), |_, args| with(args, Field::SecondOfMinute)),
        row(Instance, "withMillisOfSecond", &[("value", Ty::LONG)], Ty::DATETIME, "With another millisecond, 0 to 999.", ("new DateTime('2024-05-06T07:08:09.123').withMillisOfSecond(0);", "2024-05-06T07:08:09.000Z"), |_, args| with(args, Field::MillisOfSecond)),
        row(Instance, "withMillisOfDay", &[("value", Ty::LONG)], Ty::DATETIME, "With another millisecond of the day.", ("new DateTime('2024-05-06T07:08:09.123').withMillisOfDay(0);", "2024-05-06T00:00:00.000Z"), |_, args| with(args, Field::MillisOfDay)),
    ],
};

/// `zone` is `None` for the default: that of the evaluation, or of the other DateTime.
fn of_instant<'a>(ctx: &Context<'a>, instant: Option<&Val<'a>>, zone: Option<Zone>) -> Given<'a> {
    let default = zone.unwrap_or(ctx.zone);
    Ok(Val::DateTime(match instant {
        Some(Val::Long(millis)) => DateTime::new(*millis, default),
        Some(Val::Str(text)) => {
            ctx.meter.step(2)?;
            DateTime::new(iso::parse(text.units(), default)?, default)
        }
        Some(Val::DateTime(at)) => at.with_zone(zone.unwrap_or(at.zone)),
        Some(null) if null.is_null() => now(ctx).with_zone(default),
        _ => return Err(misfit()),
    }))
}

fn of_instant_in<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [instant, Val::Zone(zone)] => of_instant(ctx, Some(instant), Some(*zone)),
        _ => Err(misfit()),
    }
}

fn of_parts<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    let [
        Val::Long(year),
        Val::Long(month),
        Val::Long(day),
        Val::Long(hour),
        Val::Long(minute),
        Val::Long(second),
        Val::Long(millis),
        Val::Zone(zone),
    ] = args
    else {
        return Err(misfit());
    };
    let date = [*year, *month, *day].map(cast);
    let time = [*hour, *minute, *second, *millis].map(cast);
    Ok(Val::DateTime(DateTime::of(Parts { date, time }, *zone)?))
}

fn parse<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::Str(text), Val::Formatter(formatter)] => {
            let at = formatter.parse_date_time(text.units(), ctx.zone, || now(ctx), ctx.meter)?;
            Ok(Val::DateTime(at))
        }
        _ => Err(misfit()),
    }
}

fn to_string<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::DateTime(at)] => Ok(Val::Str(iso::print(*at).text(ctx.meter)?)),
        _ => Err(misfit()),
    }
}

fn to_string_by<'a>(ctx: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::DateTime(at), Val::Str(source)] => {
            let pattern = pattern(ctx, source.units())?;
            Ok(Val::Str(print::text(&pattern, at.millis, at.zone, ctx.meter)?))
        }
        _ => Err(misfit()),
    }
}

fn with_zone<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::DateTime(at), Val::Zone(zone)] => Ok(Val::DateTime(at.with_zone(*zone))),
        _ => Err(misfit()),
    }
}

fn start_of_day<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::DateTime(at)] => Ok(Val::DateTime(at.at_start_of_day()?)),
        _ => Err(misfit()),
    }
}

fn compare<'a>(args: &[Val<'a>], holds: fn(i64, i64) -> bool) -> Given<'a> {
    match args {
        [Val::DateTime(a), Val::DateTime(b)] => Ok(Val::Bool(holds(a.millis, b.millis))),
        _ => Err(misfit()),
    }
}

fn millis<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Given<'a> {
    match args {
        [Val::DateTime(at)] => Ok(Val::Long(at.millis)),
        _ => Err(misfit()),
    }
}

fn get<'a>(args: &[Val<'a>], field: Field) -> Given<'a> {
    match args {
        [Val::DateTime(at)] => Ok(Val::Long(at.get(field)?)),
        _ => Err(misfit()),
    }
}

fn property<'a>(args: &[Val<'a>], field: Field) -> Given<'a> {
    match args {
        [Val::DateTime(at)] => Ok(Val::Property(Property::new(*at, field))),
        _ => Err(misfit()),
    }
}

fn with<'a>(args: &[Val<'a>], field: Field) -> Given<'a> {
    match args {
        [Val::DateTime(at), Val::Long(value)] => Ok(Val::DateTime(at.with(field, int(*value)?)?)),
        _ => Err(misfit()),
    }
}
