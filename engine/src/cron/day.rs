//! Which days an expression means: the day of the month and the day of the week together.

use chrono::{Datelike, NaiveDate};

use super::field::Set;
use super::{CronError, MONTH_DAY, QUARTZ_WEEKDAY, UNIX_WEEKDAY};

/// The days of an expression. Weekdays count from 0, Sunday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Days {
    /// Any day.
    All,
    /// Some days of the month.
    OfMonth(Vec<MonthDay>),
    /// Some weekdays.
    OfWeek(Vec<WeekDay>),
    /// Either (Unix, when both fields say something).
    Either(Vec<MonthDay>, Vec<WeekDay>),
}

/// One item of the day of the month.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum MonthDay {
    /// `15`, `1-5`, `*/2`
    In(Set),
    /// `L`, `L-3`: days before the last.
    Last(u16),
    /// `15W`: the working day nearest to it within the month.
    Nearest(u16),
    /// `LW`: the last working day.
    LastWorking,
}

/// One item of the day of the week.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum WeekDay {
    /// `MON-FRI`
    In(Set),
    /// `6L`: the last of the month.
    Last(u16),
    /// `6#3`: the third of the month.
    Nth(u16, u16),
}

impl Days {
    pub(super) fn unix(day: &str, weekday: &str) -> Result<Days, CronError> {
        let month = MONTH_DAY.parse(day, false)?;
        let week = UNIX_WEEKDAY.parse(weekday, false)?.map(|n| n % 7);
        let (month, week) = (vec![MonthDay::In(month)], vec![WeekDay::In(week)]);
        Ok(match (day.starts_with('*'), weekday.starts_with('*')) {
            _ if day == "*" && weekday == "*" => Days::All,
            (_, true) if weekday == "*" => Days::OfMonth(month),
            (true, _) if day == "*" => Days::OfWeek(week),
            _ => Days::Either(month, week),
        })
    }

    pub(super) fn quartz(day: &str, weekday: &str) -> Result<Days, CronError> {
        match (day, weekday) {
            ("?", "?") => {
                Err(CronError("only one of the day of month and the day of week may be `?`".into()))
            }
            ("?", _) => {
                weekday.split(',').map(week_day).collect::<Result<_, _>>().map(Days::OfWeek)
            }
            (_, "?") => day.split(',').map(month_day).collect::<Result<_, _>>().map(Days::OfMonth),
            _ => Err(CronError(
                "one of the day of month and the day of week must be `?` in a Quartz expression"
                    .into(),
            )),
        }
    }

    /// Whether the date is one of the days.
    pub(super) fn has(&self, date: NaiveDate) -> bool {
        match self {
            Days::All => true,
            Days::OfMonth(items) => items.iter().any(|item| item.has(date)),
            Days::OfWeek(items) => items.iter().any(|item| item.has(date)),
            Days::Either(month, week) => {
                month.iter().any(|item| item.has(date)) || week.iter().any(|item| item.has(date))
            }
        }
    }
}

fn month_day(part: &str) -> Result<MonthDay, CronError> {
    let upper = part.to_ascii_uppercase();
    if upper == "L" {
        return Ok(MonthDay::Last(0));
    }
    if upper == "LW" || upper == "WL" {
        return Ok(MonthDay::LastWorking);
    }
    if let Some(before) = upper.strip_prefix("L-") {
        let before = before.parse::<u16>().ok().filter(|n| *n <= 30);
        return before
            .map(MonthDay::Last)
            .ok_or_else(|| MONTH_DAY.fault(part, "is not `L-0` to `L-30`"));
    }
    if let Some(day) = upper.strip_suffix('W') {
        return Ok(MonthDay::Nearest(MONTH_DAY.number(day, part)?));
    }
    Ok(MonthDay::In(MONTH_DAY.parse(part, true)?))
}

fn week_day(part: &str) -> Result<WeekDay, CronError> {
    let upper = part.to_ascii_uppercase();
    if upper == "L" {
        return Ok(WeekDay::In(Set::of(&[6])));
    }
    if let Some((day, nth)) = upper.split_once('#') {
        let nth = nth.parse::<u16>().ok().filter(|n| (1..=5).contains(n));
        let nth = nth.ok_or_else(|| QUARTZ_WEEKDAY.fault(part, "is not `#1` to `#5`"))?;
        return Ok(WeekDay::Nth(QUARTZ_WEEKDAY.number(day, part)? - 1, nth));
    }
    if let Some(day) = upper.strip_suffix('L') {
        return Ok(WeekDay::Last(QUARTZ_WEEKDAY.number(day, part)? - 1));
    }
    Ok(WeekDay::In(QUARTZ_WEEKDAY.parse(part, true)?.map(|n| n - 1)))
}

fn last_day(date: NaiveDate) -> u16 {
    u16::from(date.num_days_in_month())
}

fn weekday(date: NaiveDate) -> u16 {
    u16::try_from(date.weekday().num_days_from_sunday()).unwrap_or(0)
}

fn day(date: NaiveDate) -> u16 {
    u16::try_from(date.day()).unwrap_or(0)
}

impl MonthDay {
    fn has(&self, date: NaiveDate) -> bool {
        let (today, last) = (day(date), last_day(date));
        match self {
            MonthDay::In(set) => set.has(today),
            MonthDay::Last(before) => last.checked_sub(*before) == Some(today),
            MonthDay::Nearest(wanted) => *wanted <= last && working(date, *wanted) == today,
            MonthDay::LastWorking => working(date, last) == today,
        }
    }
}

/// The working day nearest to a day of the date's month, without leaving the month.
fn working(date: NaiveDate, wanted: u16) -> u16 {
    let last = last_day(date);
    let target = date.with_day(u32::from(wanted)).map_or(0, weekday);
    match target {
        6 if wanted == 1 => 3,
        6 => wanted - 1,
        0 if wanted == last => wanted.saturating_sub(2),
        0 => wanted + 1,
        _ => wanted,
    }
}

impl WeekDay {
    fn has(&self, date: NaiveDate) -> bool {
        let (today, last) = (day(date), last_day(date));
        match self {
            WeekDay::In(set) => set.has(weekday(date)),
            WeekDay::Last(wanted) => weekday(date) == *wanted && today + 7 > last,
            WeekDay::Nth(wanted, nth) => weekday(date) == *wanted && today.div_ceil(7) == *nth,
        }
    }
}
