//! The fields of a local instant: get, set and round, each as Joda's field of the ISO chronology
//! does it in UTC. A local instant is the milliseconds of a wall clock, counted as if it were UTC.

use super::civil::{self, DAY, MAX_YEAR, MIN_YEAR, split};
use super::trouble::{Outcome, Trouble};

/// A field of the ISO chronology.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Era,
    CenturyOfEra,
    YearOfEra,
    Year,
    Weekyear,
    MonthOfYear,
    WeekOfWeekyear,
    DayOfYear,
    DayOfMonth,
    DayOfWeek,
    HalfdayOfDay,
    HourOfDay,
    ClockhourOfDay,
    MinuteOfDay,
    SecondOfDay,
    MillisOfDay,
    HourOfHalfday,
    ClockhourOfHalfday,
    MinuteOfHour,
    MillisOfHour,
    SecondOfMinute,
    MillisOfMinute,
    MillisOfSecond,
}

/// A field of the time of day: it counts `unit`s and starts again after `count` of them.
struct Clock {
    unit: i64,
    count: i64,
    /// Shown as `count` where the count is 0.
    zero_is_max: bool,
}

impl Field {
    /// The name in Joda, as in `Property[dayOfWeek]`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Field::Era => "era",
            Field::CenturyOfEra => "centuryOfEra",
            Field::YearOfEra => "yearOfEra",
            Field::Year => "year",
            Field::Weekyear => "weekyear",
            Field::MonthOfYear => "monthOfYear",
            Field::WeekOfWeekyear => "weekOfWeekyear",
            Field::DayOfYear => "dayOfYear",
            Field::DayOfMonth => "dayOfMonth",
            Field::DayOfWeek => "dayOfWeek",
            Field::HalfdayOfDay => "halfdayOfDay",
            Field::HourOfDay => "hourOfDay",
            Field::ClockhourOfDay => "clockhourOfDay",
            Field::MinuteOfDay => "minuteOfDay",
            Field::SecondOfDay => "secondOfDay",
            Field::MillisOfDay => "millisOfDay",
            Field::HourOfHalfday => "hourOfHalfday",
            Field::ClockhourOfHalfday => "clockhourOfHalfday",
            Field::MinuteOfHour => "minuteOfHour",
            Field::MillisOfHour | Field::MillisOfMinute | Field::MillisOfSecond => "millisOfSecond",
            Field::SecondOfMinute => "secondOfMinute",
        }
    }

    /// The rank in which parsed fields are applied: by range, then by unit, longest first
    /// (Joda's `SavedField.compareTo`).
    pub(super) const fn rank(self) -> u8 {
        match self {
            Field::Era => 0,
            Field::CenturyOfEra => 1,
            Field::YearOfEra | Field::Year | Field::Weekyear => 2,
            Field::MonthOfYear => 3,
            Field::WeekOfWeekyear => 4,
            Field::DayOfYear => 5,
            Field::DayOfMonth => 6,
            Field::DayOfWeek => 7,
            Field::HalfdayOfDay => 8,
            Field::HourOfDay | Field::ClockhourOfDay => 9,
            Field::MinuteOfDay => 10,
            Field::SecondOfDay => 11,
            Field::MillisOfDay => 12,
            Field::HourOfHalfday | Field::ClockhourOfHalfday => 13,
            Field::MinuteOfHour => 14,
            Field::MillisOfHour => 15,
            Field::SecondOfMinute => 16,
            Field::MillisOfMinute => 17,
            Field::MillisOfSecond => 18,
        }
    }

    /// Whether the field counts months, weeks or days: a text without a year then means 2000.
    pub(super) const fn needs_year(self) -> bool {
        matches!(self.rank(), 3..=7)
    }

    const fn clock(self) -> Option<Clock> {
        let (unit, count) = match self {
            Field::HalfdayOfDay => (43_200_000, 2),
            Field::HourOfDay | Field::ClockhourOfDay => (3_600_000, 24),
            Field::MinuteOfDay => (60_000, 1_440),
            Field::SecondOfDay => (1_000, 86_400),
            Field::MillisOfDay => (1, DAY),
            Field::HourOfHalfday | Field::ClockhourOfHalfday => (3_600_000, 12),
            Field::MinuteOfHour => (60_000, 60),
            Field::MillisOfHour => (1, 3_600_000),
            Field::SecondOfMinute => (1_000, 60),
            Field::MillisOfMinute => (1, 60_000),
            Field::MillisOfSecond => (1, 1_000),
            _ => return None,
        };
        let zero_is_max = matches!(self, Field::ClockhourOfDay | Field::ClockhourOfHalfday);
        Some(Clock { unit, count, zero_is_max })
    }

    /// The value at a local instant.
    pub(super) fn get(self, local: i64) -> i64 {
        if let Some(clock) = self.clock() {
            let value = local.div_euclid(clock.unit).rem_euclid(clock.count);
            return if clock.zero_is_max && value == 0 { clock.count } else { value };
        }
        let (days, _) = split(local);
        match self {
            Field::DayOfWeek => civil::day_of_week(days),
            Field::WeekOfWeekyear => civil::week_of(days).1,
            Field::Weekyear => civil::week_of(days).0,
            Field::DayOfYear => civil::day_of_year(days),
            Field::DayOfMonth => civil::date_of(days).day,
            Field::MonthOfYear => civil::date_of(days).month,
            _ => {
                let year = civil::date_of(days).year;
                match self {
                    Field::Era => i64::from(year > 0),
                    Field::CenturyOfEra => year.abs() / 100,
                    Field::YearOfEra if year <= 0 => 1 - year,
                    _ => year,
                }
            }
        }
    }

    /// The least and the greatest value at a local instant.
    pub(super) fn bounds(self, local: i64) -> (i64, i64) {
        if let Some(clock) = self.clock() {
            let low = i64::from(clock.zero_is_max);
            return (low, clock.count - 1 + low);
        }
        match self {
            Field::Era => (0, 1),
            Field::CenturyOfEra => (0, MAX_YEAR / 100),
            Field::YearOfEra => (1, MAX_YEAR),
            Field::MonthOfYear => (1, 12),
            Field::DayOfWeek => (1, 7),
            Field::WeekOfWeekyear => (1, civil::weeks_in(Field::Weekyear.get(local))),
            Field::DayOfYear => (1, civil::days_in_year(Field::Year.get(local))),
            Field::DayOfMonth => {
                let date = civil::date_of(split(local).0);
                (1, civil::days_in_month(date.year, date.month))
            }
            _ => (MIN_YEAR, MAX_YEAR),
        }
    }

    /// Refuses a value that the field cannot have.
    fn verify(self, local: i64, value: i64) -> Outcome<()> {
        let (min, max) = self.bounds(local);
        if (min..=max).contains(&value) {
            Ok(())
        } else {
            Err(Trouble::Range { field: self, value, min, max })
        }
    }

    /// The least and the greatest year that a text may give: one more at both ends, where the
    /// year is not whole in range (`DateTimeField.setExtended`).
    pub(super) fn parsed_years(self) -> (i64, i64) {
        match self {
            Field::Year => (MIN_YEAR - 1, MAX_YEAR + 1),
            _ => self.bounds(0),
        }
    }

    /// As [`Field::set`], for a value that was read from a text.
    pub(super) fn set_extended(self, local: i64, value: i64) -> Outcome<i64> {
        let (min, max) = self.parsed_years();
        if self != Field::Year
            || value == value.clamp(MIN_YEAR, MAX_YEAR)
            || value < min
            || value > max
        {
            return self.set(local, value);
        }
        let (days, time) = split(local);
        let date = civil::date_of(days);
        let day = date.day.min(civil::days_in_month(value, date.month));
        civil::join(civil::days_of(value, date.month, day), time).ok_or(Trouble::Overflow)
    }

    /// The local instant with this field set; shorter fields keep their values, the day of the
    /// month is clamped where the year or the month changes.
    pub(super) fn set(self, local: i64, value: i64) -> Outcome<i64> {
        // Joda looks at the magnitude of a weekyear, not at its sign.
        self.verify(local, if self == Field::Weekyear { value.abs() } else { value })?;
        let (days, time) = split(local);
        if let Some(clock) = self.clock() {
            let value = if clock.zero_is_max && value == clock.count { 0 } else { value };
            let now = local.div_euclid(clock.unit).rem_euclid(clock.count);
            return local.checked_add((value - now) * clock.unit).ok_or(Trouble::Overflow);
        }
        let days = match self {
            Field::DayOfWeek => days + value - civil::day_of_week(days),
            Field::DayOfYear => days + value - civil::day_of_year(days),
            Field::DayOfMonth => days + value - civil::date_of(days).day,
            Field::WeekOfWeekyear => days + (value - civil::week_of(days).1) * 7,
            Field::Weekyear => {
                let (weekyear, week) = civil::week_of(days);
                let week = week.min(civil::weeks_in(weekyear)).min(civil::weeks_in(value));
                civil::first_monday(value) + (week - 1) * 7 + civil::day_of_week(days) - 1
            }
            Field::MonthOfYear => {
                let date = civil::date_of(days);
                let day = date.day.min(civil::days_in_month(date.year, value));
                civil::days_of(date.year, value, day)
            }
            _ => {
                let date = civil::date_of(days);
                let year = match self {
                    Field::Era if value == i64::from(date.year > 0) => return Ok(local),
                    Field::Era => -date.year,
                    Field::YearOfEra if date.year <= 0 => 1 - value,
                    Field::CenturyOfEra => {
                        let year = value * 100 + date.year.abs() % 100;
                        if date.year < 0 { -year } else { year }
                    }
                    _ => value,
                };
                Field::Year.verify(local, year)?;
                let day = date.day.min(civil::days_in_month(year, date.month));
                civil::days_of(year, date.month, day)
            }
        };
        civil::join(days, time).ok_or(Trouble::Overflow)
    }

    /// The local instant rounded down to where this field's value begins.
    pub(super) fn floor(self, local: i64) -> Outcome<i64> {
        let (days, _) = split(local);
        if let Some(clock) = self.clock() {
            return local.checked_sub(local.rem_euclid(clock.unit)).ok_or(Trouble::Overflow);
        }
        let days = match self {
            // GJEraDateTimeField: the era AD begins with year 1, BC at the beginning of time.
            Field::Era if Field::Era.get(local) == 0 => return Ok(i64::MIN),
            Field::Era => civil::days_of(1, 1, 1),
            Field::CenturyOfEra => {
                let year = Field::CenturyOfEra.get(local) * 100;
                let year = if Field::Year.get(local) < 0 { -year } else { year };
                civil::days_of(year, 1, 1)
            }
            Field::YearOfEra | Field::Year => civil::days_of(Field::Year.get(local), 1, 1),
            Field::Weekyear => civil::first_monday(civil::week_of(days).0),
            Field::MonthOfYear => days - civil::date_of(days).day + 1,
            Field::WeekOfWeekyear => days - civil::day_of_week(days) + 1,
            _ => days,
        };
        civil::join(days, 0).ok_or(Trouble::Overflow)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn year_clamps_the_leap_day() {
        let leap_day = civil::join(civil::days_of(2020, 2, 29), 5).unwrap();
        let set = Field::Year.set(leap_day, 2021).unwrap();
        assert_eq!(civil::date_of(split(set).0), civil::Date { year: 2021, month: 2, day: 28 });
        assert_eq!(Field::MillisOfDay.get(set), 5);
    }

    #[test]
    fn values_out_of_range_are_refused() {
        for (field, value) in [
            (Field::MonthOfYear, 13),
            (Field::DayOfMonth, 32),
            (Field::DayOfYear, 366),
            (Field::WeekOfWeekyear, 54),
            (Field::HourOfDay, 24),
            (Field::ClockhourOfDay, 0),
            (Field::Year, MAX_YEAR + 1),
        ] {
            assert!(matches!(field.set(0, value), Err(Trouble::Range { .. })), "{field:?}");
        }
        assert_eq!(Field::ClockhourOfDay.set(0, 24), Ok(0));
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for field in [Field::Year, Field::Weekyear, Field::MonthOfYear, Field::DayOfWeek] {
            for local in [i64::MIN, i64::MAX] {
                let value = field.get(local);
                let _ = field.set(local, value);
                let _ = field.floor(local);
                let _ = field.bounds(local);
            }
        }
    }
}
