//! The proleptic Gregorian calendar on 64-bit day numbers (day 0 is 1970-01-01), and the ISO week
//! calendar on top of it. Pure arithmetic over the whole of Joda's range, ±292 million years; no
//! function here can overflow for the days that a `long` of milliseconds reaches.

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;
/// The first year that lies whole in the range of a `long` (Joda's `getMinYear`).
pub(super) const MIN_YEAR: i64 = -292_275_054;
/// The last year that lies whole in the range of a `long` (Joda's `getMaxYear`).
pub(super) const MAX_YEAR: i64 = 292_278_993;

/// A date of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Date {
    /// The astronomical year: 0 is 1 BC.
    pub(super) year: i64,
    /// 1 to 12.
    pub(super) month: i64,
    /// 1 to 31.
    pub(super) day: i64,
}

/// Whether the year has a 29 February.
pub(super) const fn is_leap(year: i64) -> bool {
    year & 3 == 0 && (year % 100 != 0 || year % 400 == 0)
}

/// Days of the month.
pub(super) const fn days_in_month(year: i64, month: i64) -> i64 {
    match month {
        2 if is_leap(year) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days of the year.
pub(super) const fn days_in_year(year: i64) -> i64 {
    if is_leap(year) { 366 } else { 365 }
}

/// Cycles of 400 years that are added before a division, so that nothing is negative: more than an
/// `int` of years.
const CYCLES: i64 = 1 << 24;
/// The days of that many cycles, from 1 March of year 0 on.
const DAYS_BEFORE: i64 = 146_097 * CYCLES + 719_468;

/// The day number of a date. Years are counted from March, so that the leap day is the last, and
/// divided without a remainder's correction (C. Neri and L. Schneider, Euclidean affine functions).
pub(super) const fn days_of(year: i64, month: i64, day: i64) -> i64 {
    let early = month <= 2;
    let year = (year + 400 * CYCLES) as u64 - early as u64;
    let month = month as u64 + if early { 12 } else { 0 };
    let century = year / 100;
    let days = 1_461 * year / 4 - century + century / 4 + (979 * month - 2_919) / 32;
    days as i64 + day - 1 - DAYS_BEFORE
}

/// The date of a day number, as [`days_of`].
pub(super) const fn date_of(days: i64) -> Date {
    let quarters = 4 * (days + DAYS_BEFORE) as u64 + 3;
    let century = quarters / 146_097;
    // The year of the century and the part of it that is over, at once: a division by 1 461.
    let scaled = 2_939_745 * ((quarters % 146_097) | 3);
    let day_of_year = (scaled & 0xFFFF_FFFF) / 2_939_745 / 4;
    let from_march = 2_141 * day_of_year + 197_913;
    let (month, day) = (from_march >> 16, (from_march & 0xFFFF) / 2_141 + 1);
    let late = day_of_year >= 306;
    let year = (100 * century + (scaled >> 32)) as i64 - 400 * CYCLES;
    Date {
        year: year + late as i64,
        month: month as i64 - if late { 12 } else { 0 },
        day: day as i64,
    }
}

/// 1 for 1 January.
pub(super) const fn day_of_year(days: i64) -> i64 {
    days - days_of(date_of(days).year, 1, 1) + 1
}

/// 1 for Monday to 7 for Sunday.
pub(super) const fn day_of_week(days: i64) -> i64 {
    (days + 3).rem_euclid(7) + 1
}

/// The Monday of week 1: the week with 4 January in it.
pub(super) const fn first_monday(weekyear: i64) -> i64 {
    let fourth = days_of(weekyear, 1, 4);
    fourth - (day_of_week(fourth) - 1)
}

/// 52 or 53.
pub(super) const fn weeks_in(weekyear: i64) -> i64 {
    (first_monday(weekyear + 1) - first_monday(weekyear)) / 7
}

/// The ISO weekyear and week of a day: those of the Thursday of its week.
pub(super) const fn week_of(days: i64) -> (i64, i64) {
    let thursday = days - day_of_week(days) + 4;
    let year = date_of(thursday).year;
    (year, (thursday - days_of(year, 1, 1)) / 7 + 1)
}

/// The day number and the millisecond of the day of an instant.
pub(super) const fn split(millis: i64) -> (i64, i64) {
    (millis.div_euclid(DAY), millis.rem_euclid(DAY))
}

/// The instant of a day and a millisecond of the day, if a `long` can hold it.
pub(super) fn join(days: i64, millis_of_day: i64) -> Option<i64> {
    i64::try_from(i128::from(days) * i128::from(DAY) + i128::from(millis_of_day)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_and_dates_are_inverse() {
        let mut days = -106_751_991_167;
        while days < 106_751_991_167 {
            let d = date_of(days);
            assert_eq!(days_of(d.year, d.month, d.day), days);
            assert!((1..=12).contains(&d.month));
            assert!((1..=days_in_month(d.year, d.month)).contains(&d.day));
            days += 777_777_777;
        }
        assert_eq!(date_of(0), Date { year: 1970, month: 1, day: 1 });
        assert_eq!(date_of(-719_529), Date { year: -1, month: 12, day: 31 });
    }

    #[test]
    fn consecutive_days_are_consecutive_dates() {
        let mut last = date_of(-800_000);
        for days in -799_999..800_000 {
            let d = date_of(days);
            let next = if last.day < days_in_month(last.year, last.month) {
                Date { day: last.day + 1, ..last }
            } else if last.month < 12 {
                Date { month: last.month + 1, day: 1, ..last }
            } else {
                Date { year: last.year + 1, month: 1, day: 1 }
            };
            assert_eq!(d, next);
            last = d;
        }
    }

    #[test]
    fn weeks_round_trip() {
        for days in (-2_000_000..2_000_000).step_by(97) {
            let (year, week) = week_of(days);
            assert_eq!(first_monday(year) + (week - 1) * 7 + day_of_week(days) - 1, days);
            assert!((1..=weeks_in(year)).contains(&week));
        }
    }
}
