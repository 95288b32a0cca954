//! Time zones: ids, offsets, and the step from a local time to an instant with Joda's rules for
//! gaps and overlaps.

use std::fmt;

use chrono_tz::Tz;

use super::names;
use super::offset;
use super::rules;
use super::trouble::{Outcome, Trouble};
use crate::fault::Fault;
use crate::value::text::Units;

/// The longest zone id that is looked up; no zone has a longer one.
const LONGEST_ID: usize = 40;

/// A time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Zone {
    /// UTC.
    Utc,
    /// A fixed offset, in milliseconds east of Greenwich.
    Fixed(i32),
    /// A zone of the tz database.
    Tz(Tz),
}

impl Zone {
    /// The zone with this id: `UTC`, an id of the tz database in its exact case, or an offset such
    /// as `+02:00` or `-0730` (Joda's `DateTimeZone.forID`). Old names give the zone they stand
    /// for.
    #[must_use]
    pub fn find(id: &str) -> Option<Zone> {
        if id == "UTC" {
            return Some(Zone::Utc);
        }
        if id.len() > LONGEST_ID {
            return None;
        }
        if id.starts_with(['+', '-']) {
            let (millis, end) = offset::parse(Units::Ascii(id.as_bytes()), 0)?;
            let whole = id.is_ascii() && end == id.len();
            return whole.then_some(if millis == 0 { Zone::Utc } else { Zone::Fixed(millis) });
        }
        names::canonical(id).parse().ok().map(Zone::Tz)
    }

    /// As [`Zone::find`], with the message for the author of the expression.
    pub(crate) fn for_id(id: &str) -> Result<Zone, Fault> {
        Zone::find(id).ok_or_else(|| {
            let shown = id.chars().take(60).collect::<String>().escape_debug().to_string();
            Fault::with_help(
                format!("`{shown}` is not a time zone"),
                "write `UTC`, an offset such as `+02:00`, or an id such as `America/Los_Angeles`",
            )
        })
    }

    /// The offset at an instant, in milliseconds east of Greenwich.
    #[inline]
    pub(crate) fn offset_at(self, utc: i64) -> i32 {
        match self {
            Zone::Utc => 0,
            Zone::Fixed(millis) => millis,
            Zone::Tz(tz) => rules::of(tz).at(utc).offset,
        }
    }

    /// Whether daylight-saving time is in force at an instant.
    pub(super) fn is_summer(self, utc: i64) -> bool {
        matches!(self, Zone::Tz(tz) if rules::of(tz).at(utc).summer)
    }

    /// The wall clock at an instant.
    #[inline]
    pub(super) fn local(self, utc: i64) -> Outcome<i64> {
        utc.checked_add(i64::from(self.offset_at(utc))).ok_or(Trouble::Overflow)
    }

    /// The first transition after an instant; the instant itself where there is none.
    pub(super) fn next_transition(self, utc: i64) -> i64 {
        match self {
            Zone::Tz(tz) => rules::of(tz).next(utc).unwrap_or(utc),
            _ => utc,
        }
    }

    /// The last millisecond before the last transition; the instant itself where there is none.
    pub(super) fn previous_transition(self, utc: i64) -> i64 {
        match self {
            Zone::Tz(tz) => rules::of(tz).previous(utc).map_or(utc, |t| t.saturating_sub(1)),
            _ => utc,
        }
    }

    /// Whether the two guesses at the instant of a local time lie on two sides of a transition:
    /// then the local time is in a gap.
    fn is_gap(self, first: i64, second: i64) -> bool {
        let beyond = |utc: i64| match self.next_transition(utc) {
            next if next == utc => i64::MAX,
            next => next,
        };
        beyond(first) != beyond(second)
    }

    /// The offset of a local time. In an overlap the earlier (summer) one; in a gap one that puts
    /// the time after the gap (`DateTimeZone.getOffsetFromLocal`).
    pub(super) fn offset_from_local(self, local: i64) -> i64 {
        let at = |utc: i64| i64::from(self.offset_at(utc));
        if !matches!(self, Zone::Tz(_)) {
            return at(local);
        }
        let guess = at(local);
        let adjusted = local.saturating_sub(guess);
        let offset = at(adjusted);
        if guess != offset {
            if guess < offset && self.is_gap(adjusted, local.saturating_sub(offset)) {
                return guess;
            }
        } else if guess >= 0 {
            let previous = self.previous_transition(adjusted);
            if previous < adjusted {
                let before = at(previous);
                // It wraps in Joda too, for instants more than 292 million years later.
                if adjusted.wrapping_sub(previous) <= before - guess {
                    return before;
                }
            }
        }
        offset
    }

    /// The instant of a local time with the offset of `original` if that is right, otherwise the
    /// one that the first guess leads to; a time in a gap is moved over it
    /// (`DateTimeZone.convertLocalToUTC`, not strict).
    pub(super) fn instant_of(self, local: i64, original: Option<i64>) -> Outcome<i64> {
        let at = |utc: i64| i64::from(self.offset_at(utc));
        let less = |offset: i64| local.checked_sub(offset).ok_or(Trouble::Overflow);
        if !matches!(self, Zone::Tz(_)) {
            return less(at(local));
        }
        if let Some(original) = original {
            let offset = at(original);
            let utc = local.wrapping_sub(offset);
            if at(utc) == offset {
                return less(offset);
            }
        }
        let guess = at(local);
        let mut offset = at(local.saturating_sub(guess));
        if guess != offset
            && guess < 0
            && self.is_gap(local.saturating_sub(guess), local.saturating_sub(offset))
        {
            offset = guess;
        }
        less(offset)
    }

    /// The instant of a local time that must exist, with the earlier offset in an overlap.
    pub(super) fn instant_of_existing(self, local: i64) -> Outcome<i64> {
        let offset = self.offset_from_local(local);
        let utc = local.checked_sub(offset).ok_or(Trouble::Overflow)?;
        if i64::from(self.offset_at(utc)) == offset {
            Ok(utc)
        } else {
            Err(Trouble::Gap { zone: self })
        }
    }

    /// The same local time with the earlier offset, where the instant is in the later half of an
    /// overlap (`DateTimeZone.adjustOffset`).
    pub(super) fn earlier_at_overlap(self, utc: i64) -> i64 {
        const THREE_HOURS: i64 = 3 * 3_600_000;
        let before = utc.saturating_sub(THREE_HOURS);
        let diff = i64::from(self.offset_at(before))
            - i64::from(self.offset_at(utc.saturating_add(THREE_HOURS)));
        if diff <= 0 {
            return utc;
        }
        let transition = self.next_transition(before);
        if utc < transition || utc >= transition.saturating_add(diff) { utc } else { utc - diff }
    }

    /// The id, as [`Zone::find`] takes it and Joda prints it.
    pub(super) fn write_id(self, out: &mut impl FnMut(&[u8])) {
        match self {
            Zone::Utc => out(b"UTC"),
            Zone::Fixed(millis) => out(offset::Printed::zone(millis).bytes()),
            Zone::Tz(tz) => out(tz.name().as_bytes()),
        }
    }
}

/// The id.
impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut result = Ok(());
        self.write_id(&mut |bytes| result = f.write_str(std::str::from_utf8(bytes).unwrap_or("")));
        result
    }
}
