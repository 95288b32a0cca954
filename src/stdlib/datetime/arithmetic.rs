//! Adding to an instant: years to days move the wall clock, hours to milliseconds the instant.

use super::civil::{self, DAY, MAX_YEAR, MIN_YEAR};
use super::field::Field;
use super::instant::DateTime;
use super::trouble::{Outcome, Trouble};

/// What can be added.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Unit {
    Years,
    Months,
    Weeks,
    Days,
    Hours,
    Minutes,
    Seconds,
    Millis,
}

impl DateTime {
    /// The instant `amount` units later. Years and months clamp to the month's end; a time that
    /// falls into a gap moves forward over it; in an overlap it gets the earlier offset
    /// (`ZonedDurationField.add`).
    pub(super) fn plus(self, unit: Unit, amount: i64) -> Outcome<DateTime> {
        if amount == 0 {
            return Ok(self);
        }
        let local = self.local()?;
        let add = |unit: i64| {
            amount.checked_mul(unit).and_then(|a| local.checked_add(a)).ok_or(Trouble::Overflow)
        };
        let clock = |unit: i64| {
            // The offset stays, but the wall clock must stay in range too.
            let moved = add(unit)?;
            let utc = moved.checked_sub(i64::from(self.zone.offset_at(self.millis)));
            Ok(DateTime::new(utc.ok_or(Trouble::Overflow)?, self.zone))
        };
        let moved = match unit {
            Unit::Millis => return clock(1),
            Unit::Seconds => return clock(1_000),
            Unit::Minutes => return clock(60_000),
            Unit::Hours => return clock(3_600_000),
            Unit::Days => add(DAY)?,
            Unit::Weeks => add(7 * DAY)?,
            Unit::Years => {
                let year = Field::Year.get(local).checked_add(amount).ok_or(Trouble::Overflow)?;
                Field::Year.set(local, year)?
            }
            Unit::Months => add_months(local, amount)?,
        };
        let utc = moved.checked_sub(self.zone.offset_from_local(moved));
        Ok(DateTime::new(utc.ok_or(Trouble::Overflow)?, self.zone))
    }

    /// The instant some milliseconds later.
    pub(super) fn plus_duration(self, millis: i64) -> Outcome<DateTime> {
        let millis = self.millis.checked_add(millis).ok_or(Trouble::Overflow)?;
        Ok(DateTime::new(millis, self.zone))
    }
}

fn add_months(local: i64, amount: i64) -> Outcome<i64> {
    let (days, time) = civil::split(local);
    let date = civil::date_of(days);
    let months = (date.year * 12 + date.month - 1).checked_add(amount).ok_or(Trouble::Overflow)?;
    let (year, month) = (months.div_euclid(12), months.rem_euclid(12) + 1);
    if !(MIN_YEAR - 1..=MAX_YEAR + 1).contains(&year) {
        return Err(Trouble::Overflow);
    }
    let day = date.day.min(civil::days_in_month(year, month));
    civil::join(civil::days_of(year, month, day), time).ok_or(Trouble::Overflow)
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;

    fn at(text: &str, zone: &str) -> DateTime {
        let zone = Zone::find(zone).unwrap();
        DateTime::new(super::super::iso::parse_str(text, zone).unwrap(), zone)
    }

    #[test]
    fn months_clamp() {
        let jan = at("2023-01-31T12:00", "UTC");
        let feb = jan.plus(Unit::Months, 1).unwrap();
        assert_eq!(feb.to_string(), "2023-02-28T12:00:00.000Z");
        let back = feb.plus(Unit::Months, -13).unwrap();
        assert_eq!(back.to_string(), "2022-01-28T12:00:00.000Z");
    }

    #[test]
    fn days_keep_the_wall_clock_and_hours_the_duration() {
        let eve = at("2024-03-09T12:00", "America/New_York");
        assert_eq!(eve.plus(Unit::Days, 1).unwrap().to_string(), "2024-03-10T12:00:00.000-04:00");
        assert_eq!(eve.plus(Unit::Hours, 24).unwrap().to_string(), "2024-03-10T13:00:00.000-04:00");
    }

    #[test]
    fn a_gap_moves_forward() {
        let eve = at("2024-03-09T02:30", "America/New_York");
        assert_eq!(eve.plus(Unit::Days, 1).unwrap().to_string(), "2024-03-10T03:30:00.000-04:00");
        let eve = at("2024-03-30T02:30", "Europe/Berlin");
        assert_eq!(eve.plus(Unit::Days, 1).unwrap().to_string(), "2024-03-31T03:30:00.000+02:00");
    }

    #[test]
    fn leaving_the_range_is_an_error() {
        let last = DateTime::new(i64::MAX, Zone::Utc);
        for unit in [Unit::Years, Unit::Months, Unit::Weeks, Unit::Days, Unit::Hours, Unit::Millis]
        {
            assert!(last.plus(unit, 1).is_err(), "{unit:?}");
            let _ = last.plus(unit, i64::MAX);
            let _ = last.plus(unit, i64::MIN);
        }
    }
}
