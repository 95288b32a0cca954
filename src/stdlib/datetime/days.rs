//! [`Days`]: how many days lie between two instants.

use std::fmt;

use super::civil::DAY;
use super::instant::DateTime;
use super::trouble::{Outcome, Trouble};

/// A count of days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Days(pub i32);

impl Days {
    /// Whole days from `start` to `end` on the wall clock of `start`'s zone; negative where `end`
    /// is the earlier.
    pub(super) fn between(start: DateTime, end: DateTime) -> Outcome<Days> {
        let (from, to) = (start.local()?, start.zone.local(end.millis)?);
        let days = to.checked_sub(from).ok_or(Trouble::Overflow)? / DAY;
        i32::try_from(days).map(Days).map_err(|_| Trouble::Overflow)
    }
}

/// As Joda shows it: `P3D`.
impl fmt::Display for Days {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "P{}D", self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::super::Zone;
    use super::*;

    #[test]
    fn a_short_day_is_a_day() {
        let zone = Zone::find("America/New_York").unwrap();
        // From midnight before the change of 2024 to the next: 23 hours.
        let start = DateTime::new(1_710_046_800_000, zone);
        let end = DateTime::new(1_710_129_600_000, zone);
        assert_eq!(Days::between(start, end), Ok(Days(1)));
        assert_eq!(Days::between(end, start), Ok(Days(-1)));
        assert_eq!(Days::between(start.with_zone(Zone::Utc), end), Ok(Days(0)));
    }

    #[test]
    fn the_whole_range_is_an_error() {
        let (first, last) =
            (DateTime::new(i64::MIN, Zone::Utc), DateTime::new(i64::MAX, Zone::Utc));
        assert!(Days::between(first, last).is_err());
    }
}
