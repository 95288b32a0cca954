//! [`DateTime`]: an instant seen in a zone; how it is made, read and changed field by field.

use std::fmt;

use super::civil::{self, DAY, MAX_YEAR, MIN_YEAR};
use super::field::Field;
use super::iso;
use super::trouble::{Outcome, Trouble};
use super::zone::Zone;

/// An instant seen in a zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DateTime {
    /// Milliseconds since 1970-01-01T00:00Z.
    pub millis: i64,
    /// The zone it is shown in.
    pub zone: Zone,
}

/// The parts of `new DateTime(y, M, d, h, m, s, ms, zone)`.
#[derive(Debug, Clone, Copy)]
pub(super) struct Parts {
    pub(super) date: [i64; 3],
    pub(super) time: [i64; 4],
}

impl DateTime {
    /// An instant in a zone. The first and the last instant are always in UTC: no other zone
    /// could show them (`BaseDateTime.adjustForMinMax`).
    #[must_use]
    pub fn new(millis: i64, zone: Zone) -> DateTime {
        let zone = if millis == i64::MIN || millis == i64::MAX { Zone::Utc } else { zone };
        DateTime { millis, zone }
    }

    /// A date and a time of day in a zone, with the earlier offset in an overlap.
    pub(super) fn of(parts: Parts, zone: Zone) -> Outcome<DateTime> {
        let check = |field: Field, value: i64, min: i64, max: i64| {
            let wrong = Trouble::Range { field, value, min, max };
            if (min..=max).contains(&value) { Ok(()) } else { Err(wrong) }
        };
        let [hour, minute, second, millis] = parts.time;
        check(Field::HourOfDay, hour, 0, 23)?;
        check(Field::MinuteOfHour, minute, 0, 59)?;
        check(Field::SecondOfMinute, second, 0, 59)?;
        check(Field::MillisOfSecond, millis, 0, 999)?;
        let [year, month, day] = parts.date;
        check(Field::Year, year, MIN_YEAR - 1, MAX_YEAR + 1)?;
        check(Field::MonthOfYear, month, 1, 12)?;
        check(Field::DayOfMonth, day, 1, civil::days_in_month(year, month))?;
        let time = ((hour * 60 + minute) * 60 + second) * 1000 + millis;
        // The two years that are not whole in range end where the range ends.
        let end = if year < 0 { i64::MIN } else { i64::MAX };
        let local = civil::join(civil::days_of(year, month, day), time).unwrap_or(end);
        if local == end {
            return Ok(DateTime::new(end, zone));
        }
        Ok(DateTime::new(zone.instant_of_existing(local)?, zone))
    }

    /// The same instant in another zone.
    #[must_use]
    pub fn with_zone(self, zone: Zone) -> DateTime {
        DateTime::new(self.millis, zone)
    }

    /// The wall clock.
    pub(super) fn local(self) -> Outcome<i64> {
        self.zone.local(self.millis)
    }

    /// The value of a field.
    pub(super) fn get(self, field: Field) -> Outcome<i64> {
        Ok(field.get(self.local()?))
    }

    /// The instant with one field set (`ZonedDateTimeField.set`).
    pub(super) fn with(self, field: Field, value: i64) -> Outcome<DateTime> {
        let local = field.set(self.local()?, value)?;
        let utc = self.zone.instant_of(local, Some(self.millis))?;
        if field.get(self.zone.local(utc)?) != value {
            return Err(Trouble::Gap { zone: self.zone });
        }
        Ok(DateTime::new(utc, self.zone))
    }

    /// The first instant of the day.
    pub(super) fn at_start_of_day(self) -> Outcome<DateTime> {
        const SIX_HOURS: i64 = 6 * 3_600_000;
        let (days, _) = civil::split(self.local()?);
        let midnight = days.checked_mul(DAY).ok_or(Trouble::Overflow)?;
        if self.zone == Zone::Utc {
            return Ok(DateTime::new(midnight, self.zone));
        }
        // From six in the morning, which every day has, back to the day's begin.
        let morning = midnight.checked_add(SIX_HOURS).ok_or(Trouble::Overflow)?;
        let morning = self.zone.instant_of(morning, None)?;
        let local = Field::DayOfMonth.floor(self.zone.local(morning)?)?;
        let begin = self.zone.instant_of(local, Some(morning))?;
        Ok(DateTime::new(self.zone.earlier_at_overlap(begin), self.zone))
    }
}

/// As Joda's `toString`: `2019-09-20T22:20:00.000Z`.
impl fmt::Display for DateTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let text = iso::print(*self);
        f.write_str(std::str::from_utf8(text.bytes()).unwrap_or(""))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn zone(id: &str) -> Zone {
        Zone::find(id).unwrap()
    }

    #[test]
    fn a_gap_at_midnight_moves_the_start_of_the_day() {
        // Beirut has no 2021-03-28T00:00.
        let noon = DateTime::new(1_616_925_600_000, zone("Asia/Beirut"));
        assert_eq!(noon.at_start_of_day().unwrap().to_string(), "2021-03-28T01:00:00.000+03:00");
    }

    #[test]
    fn a_field_cannot_be_set_into_a_gap() {
        let day = DateTime::new(1_710_057_600_000, zone("America/New_York"));
        assert!(matches!(day.with(Field::HourOfDay, 2), Err(Trouble::Gap { .. })));
        let day = DateTime::new(1_710_057_600_000, zone("Europe/Berlin"));
        assert!(day.with(Field::HourOfDay, 2).is_ok());
    }

    #[test]
    fn the_last_instants_are_in_utc() {
        let last = DateTime::new(i64::MAX, zone("Asia/Tokyo"));
        assert_eq!(last.to_string(), "292278994-08-17T07:12:55.807Z");
        let first = DateTime::new(i64::MIN, zone("Asia/Tokyo"));
        assert_eq!(first.to_string(), "-292275055-05-16T16:47:04.192Z");
    }

    #[test]
    fn a_date_time_is_two_words() {
        assert!(size_of::<DateTime>() <= 16);
    }
}
