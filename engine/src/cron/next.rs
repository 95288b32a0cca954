//! When an expression fires next, and how close two fires can be.

use chrono::{Datelike, Days as Count, NaiveDate, NaiveDateTime, NaiveTime, Timelike};

use super::Cron;
use crate::zone::Zone;

/// The least seconds between two fires.
pub const MIN_SPACING_SECONDS: i64 = 120;

/// How many days are looked at before an expression is taken to fire no more: 40 years, so that
/// every February 29th on a given weekday is found.
const HORIZON: u32 = 40 * 366;

impl Cron {
    /// The first fire after an instant, both in epoch milliseconds; `None` when there is none
    /// within 40 years.
    #[must_use]
    pub fn next_after(&self, after: i64, zone: Zone) -> Option<i64> {
        let after = after.div_euclid(1000);
        // A day may begin before local midnight of `after` for what a gap or an overlap moved.
        let mut date = zone.local(after)?.date().checked_sub_days(Count::new(1))?;
        for _ in 0..HORIZON {
            if !self.year_may_follow(date) {
                return None;
            }
            match self.skip(date) {
                Some(later) => {
                    date = later;
                    continue;
                }
                None if self.days.has(date) => {
                    if let Some(fire) = self.on(date, after, zone) {
                        return fire.checked_mul(1000);
                    }
                }
                None => {}
            }
            date = date.checked_add_days(Count::new(1))?;
        }
        None
    }

    /// The first day of the next month when the date's month or year is not in the expression.
    fn skip(&self, date: NaiveDate) -> Option<NaiveDate> {
        let year = u16::try_from(date.year()).unwrap_or(0);
        let month = u16::try_from(date.month()).unwrap_or(0);
        if self.years.has(year) && self.months.has(month) {
            return None;
        }
        let (year, month) = match date.month() {
            12 => (date.year() + 1, 1),
            month => (date.year(), month + 1),
        };
        NaiveDate::from_ymd_opt(year, month, 1)
    }

    fn year_may_follow(&self, date: NaiveDate) -> bool {
        let year = u16::try_from(date.year()).unwrap_or(0);
        self.years.from(year).is_some()
    }

    /// The first fire on a date after an instant in epoch seconds.
    fn on(&self, date: NaiveDate, after: i64, zone: Zone) -> Option<i64> {
        let midnight = date.and_time(NaiveTime::MIN);
        let tomorrow = date.checked_add_days(Count::new(1))?.and_time(NaiveTime::MIN);
        if let ((Some(start), None), (Some(end), None)) =
            (zone.instants(midnight), zone.instants(tomorrow))
            && end - start == 86_400
        {
            // An ordinary day: local times and instants go together.
            let from = if start > after { midnight } else { zone.local(after + 1)? };
            if from >= tomorrow {
                return None;
            }
            let time = self.time_from(from.time())?;
            return zone.instants(date.and_time(time)).0;
        }
        let mut best: Option<i64> = None;
        let mut consider = |fire: Option<i64>| {
            if let Some(fire) = fire.filter(|fire| *fire > after) {
                best = Some(best.map_or(fire, |b| b.min(fire)));
            }
        };
        for time in self.times() {
            let local: NaiveDateTime = date.and_time(time);
            match zone.instants(local) {
                (None, _) if self.every_hour => {}
                (None, _) => consider(zone.first_at_or_after(local)),
                (first, second) => {
                    consider(first);
                    if self.every_hour {
                        consider(second);
                    }
                }
            }
        }
        best
    }

    /// The first time of day at or after this one.
    fn time_from(&self, from: NaiveTime) -> Option<NaiveTime> {
        let part = |n: u32| u16::try_from(n).unwrap_or(u16::MAX);
        let (h, m, s) = (part(from.hour()), part(from.minute()), part(from.second()));
        let (m0, s0) = (self.minutes.first()?, self.seconds.first()?);
        let time = |h: u16, m: u16, s: u16| {
            NaiveTime::from_hms_opt(u32::from(h), u32::from(m), u32::from(s))
        };
        let hour = self.hours.from(h)?;
        if hour == h {
            if self.minutes.has(m)
                && let Some(second) = self.seconds.from(s)
            {
                return time(h, m, second);
            }
            if let Some(minute) = self.minutes.from(m + 1) {
                return time(h, minute, s0);
            }
            return time(self.hours.from(h + 1)?, m0, s0);
        }
        time(hour, m0, s0)
    }

    fn times(&self) -> impl Iterator<Item = NaiveTime> + '_ {
        self.hours.iter().flat_map(move |h| {
            self.minutes.iter().flat_map(move |m| {
                self.seconds.iter().filter_map(move |s| {
                    NaiveTime::from_hms_opt(u32::from(h), u32::from(m), u32::from(s))
                })
            })
        })
    }

    /// The least seconds between two fires, as far as it is below [`MIN_SPACING_SECONDS`].
    #[must_use]
    pub fn too_close(&self) -> Option<i64> {
        let mut previous: Option<i64> = None;
        let mut least: Option<i64> = None;
        for time in self.times() {
            let at = i64::from(time.num_seconds_from_midnight());
            if let Some(previous) = previous {
                least = Some(least.map_or(at - previous, |l| l.min(at - previous)));
                if least == Some(1) {
                    break;
                }
            }
            previous = Some(at);
        }
        let ends =
            [(self.hours.first(), self.hours.last()), (self.minutes.first(), self.minutes.last())];
        let seconds = (self.seconds.first(), self.seconds.last());
        if let [(Some(h0), Some(h1)), (Some(m0), Some(m1))] = ends
            && let (Some(s0), Some(s1)) = seconds
        {
            let of =
                |h: u16, m: u16, s: u16| i64::from(h) * 3600 + i64::from(m) * 60 + i64::from(s);
            let over_midnight = 86_400 - of(h1, m1, s1) + of(h0, m0, s0);
            if over_midnight < MIN_SPACING_SECONDS && self.has_consecutive_days() {
                least = Some(least.map_or(over_midnight, |l| l.min(over_midnight)));
            }
        }
        least.filter(|least| *least < MIN_SPACING_SECONDS)
    }

    /// Whether it fires on two days in a row, within the 28 years after which weekdays repeat.
    fn has_consecutive_days(&self) -> bool {
        let first = i32::from(self.years.first().unwrap_or(1970)).max(2000);
        let Some(mut date) = NaiveDate::from_ymd_opt(first, 1, 1) else { return false };
        let mut yesterday = false;
        for _ in 0..28 * 366 {
            let today = self.skip(date).is_none() && self.days.has(date);
            if today && yesterday {
                return true;
            }
            yesterday = today;
            match date.checked_add_days(Count::new(1)) {
                Some(next) => date = next,
                None => return false,
            }
        }
        false
    }

    /// Whether there is any fire at all.
    #[must_use]
    pub fn ever_fires(&self) -> bool {
        let start = NaiveDate::from_ymd_opt(i32::from(self.years.first().unwrap_or(1970)), 1, 1)
            .map_or(0, |date| date.and_time(NaiveTime::MIN).and_utc().timestamp_millis());
        self.next_after(start.saturating_sub(1), Zone::UTC).is_some()
    }
}
