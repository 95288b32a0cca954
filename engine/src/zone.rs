//! Time zones of triggers: regions of the tz database and fixed offsets, by Java's ids.

use chrono::{DateTime, FixedOffset, MappedLocalTime, NaiveDateTime, Offset, TimeZone, Utc};

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// `Europe/Berlin`, `US/Pacific`, `UTC`.
    Region(chrono_tz::Tz),
    /// `+05:30`, `UTC+2`, `GMT-08:00`.
    Fixed(FixedOffset),
}

impl Zone {
    /// UTC.
    pub const UTC: Zone = Zone::Region(chrono_tz::Tz::UTC);

    /// The zone with this id.
    #[must_use]
    pub fn parse(id: &str) -> Option<Zone> {
        if id == "Z" {
            return Some(Zone::UTC);
        }
        if let Ok(region) = id.parse() {
            return Some(Zone::Region(region));
        }
        let offset =
            ["UTC", "GMT", "UT"].iter().find_map(|prefix| id.strip_prefix(prefix)).unwrap_or(id);
        offset_seconds(offset).and_then(FixedOffset::east_opt).map(Zone::Fixed)
    }

    /// The local time at an instant, in seconds since the epoch.
    pub(crate) fn local(self, seconds: i64) -> Option<NaiveDateTime> {
        let instant = DateTime::<Utc>::from_timestamp(seconds, 0)?;
        let offset = match self {
            Zone::Region(zone) => zone.offset_from_utc_datetime(&instant.naive_utc()).fix(),
            Zone::Fixed(offset) => offset,
        };
        instant.naive_utc().checked_add_offset(offset)
    }

    /// The instants at which the local time is this one: none in a gap, two in an overlap.
    pub(crate) fn instants(self, local: NaiveDateTime) -> (Option<i64>, Option<i64>) {
        let found = match self {
            Zone::Region(zone) => zone.offset_from_local_datetime(&local).map(|o| o.fix()),
            Zone::Fixed(offset) => MappedLocalTime::Single(offset),
        };
        let at = |offset: FixedOffset| {
            local.and_utc().timestamp().checked_sub(i64::from(offset.local_minus_utc()))
        };
        match found {
            MappedLocalTime::Single(offset) => (at(offset), None),
            MappedLocalTime::Ambiguous(first, second) => {
                let (first, second) = (at(first), at(second));
                (first.min(second), first.max(second))
            }
            MappedLocalTime::None => (None, None),
        }
    }

    /// The first instant whose local time is this one or later: the end of a gap.
    pub(crate) fn first_at_or_after(self, local: NaiveDateTime) -> Option<i64> {
        let around = local.and_utc().timestamp();
        let (mut low, mut high) = (around.checked_sub(100_000)?, around.checked_add(100_000)?);
        while low < high {
            let middle = low + (high - low) / 2;
            if self.local(middle)? >= local { high = middle } else { low = middle + 1 }
        }
        Some(low)
    }
}

/// `+05:30`, `-8`, `+0530` as seconds.
fn offset_seconds(text: &str) -> Option<i32> {
    let (sign, body) = match text.strip_prefix('+') {
        Some(body) => (1, body),
        None => (-1, text.strip_prefix('-')?),
    };
    let digits: String = body.chars().filter(|c| *c != ':').collect();
    let shape: Vec<usize> = body.split(':').map(str::len).collect();
    let known = matches!(shape.as_slice(), [1 | 2] | [4] | [2, 2] | [2, 2, 2]);
    if !known || !digits.bytes().all(|b| b.is_ascii_digit()) {
        return None;
    }
    let part = |from: usize, to: usize| -> Option<i32> {
        match digits.get(from..to.min(digits.len())) {
            None | Some("") => Some(0),
            Some(text) => text.parse().ok(),
        }
    };
    let (hours, minutes, seconds) = (part(0, 2)?, part(2, 4)?, part(4, 6)?);
    let total = hours * 3600 + minutes * 60 + seconds;
    (minutes < 60 && seconds < 60 && total <= 18 * 3600).then_some(sign * total)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_javas() {
        for id in
            ["UTC", "Z", "US/Pacific", "Asia/Tokyo", "Etc/GMT+5", "+05:30", "GMT-8", "UTC+02:00"]
        {
            assert!(Zone::parse(id).is_some(), "{id}");
        }
        for id in ["", "Mars/Olympus", "utc?", "+25:00", "05:30", "+5:3", "+05:60"] {
            assert!(Zone::parse(id).is_none(), "{id}");
        }
        assert_eq!(Zone::parse("-08:30"), FixedOffset::east_opt(-30600).map(Zone::Fixed));
    }
}
