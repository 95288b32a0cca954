//! Where the offsets come from: the one door to the time-zone data.
//!
//! chrono-tz answers "which offset at this instant" from a table that ends with 2099. Once per
//! zone and process its answers are gathered into a sorted list of spans, so that a look-up is a
//! binary search over instants and the transitions themselves, which Joda's rules for gaps and
//! overlaps need, are known. Past the table the rules of its last years go on for ever: a later
//! year is looked up as the year of the table that has the same calendar.

use std::sync::{LazyLock, OnceLock};

use chrono_tz::{OffsetComponents, TZ_VARIANTS, Tz};

use super::civil::{self, DAY, MAX_YEAR};

/// The first year scanned: no zone has a transition before it.
const FIRST_YEAR: i64 = 1840;
/// The first year past the table.
const END_YEAR: i64 = 2100;
/// The years that later ones are mapped to: 28 in a row have every calendar there is.
const CYCLE: i64 = 28;
/// Rules that still change the offset in these last years go on; others have ended.
const LAST_YEARS: i64 = 12;
/// Steps of the scan, in seconds. Transitions of one zone are at least 6.9 days apart.
const STEP: i64 = 6 * 86_400;

/// A stretch of time with one offset.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    /// The first instant, in milliseconds; `i64::MIN` for the first span.
    pub(super) start: i64,
    /// Milliseconds east of Greenwich.
    pub(super) offset: i32,
    /// Whether it is daylight-saving time.
    pub(super) summer: bool,
}

/// The spans of a zone.
#[derive(Debug)]
pub(super) struct Rules {
    spans: Box<[Span]>,
    /// Whether the clocks still change at the end of the table.
    recurring: bool,
    /// The last instant before the last change of all: see [`Rules::last_year`].
    last_change: i64,
}

static RULES: LazyLock<Box<[OnceLock<Rules>]>> =
    LazyLock::new(|| TZ_VARIANTS.iter().map(|_| OnceLock::new()).collect());

/// The rules of a zone.
pub(super) fn of(tz: Tz) -> &'static Rules {
    static NONE: LazyLock<Rules> =
        LazyLock::new(|| Rules { spans: Box::new([]), recurring: false, last_change: i64::MAX });
    match RULES.get(tz as usize) {
        Some(cell) => cell.get_or_init(|| Rules::gather(tz)),
        None => &NONE,
    }
}

/// What chrono-tz knows at an instant, in seconds.
fn ask(tz: Tz, seconds: i64) -> (i32, bool) {
    use chrono::{DateTime, Offset, TimeZone};
    let Some(instant) = DateTime::from_timestamp(seconds, 0) else { return (0, false) };
    let offset = tz.offset_from_utc_datetime(&instant.naive_utc());
    // Where the law has winter as the exception the data says so; the names are as everywhere.
    let zero = offset.dst_offset().is_zero();
    let summer = match tz {
        Tz::Europe__Dublin if seconds >= -37_242_000 => zero,
        Tz::Africa__Windhoek if seconds >= 764_200_800 => zero,
        // Joda counts all of it as summer, but for Ramadan since 2018 and local mean time.
        Tz::Africa__Casablanca | Tz::Africa__El_Aaiun => {
            seconds >= -1_773_012_580 && (zero || seconds < 1_540_692_000)
        }
        _ => !zero,
    };
    (offset.fix().local_minus_utc() * 1000, summer)
}

/// Zones by definition, which newer data makes links to places: where their data comes from, and
/// in which years the place had a history of its own.
fn by_definition(tz: Tz) -> Option<(Tz, &'static [(i64, i64)])> {
    const AMERICA: &[(i64, i64)] = &[(FIRST_YEAR, 1918), (1920, 1942), (1946, 1967)];
    Some(match tz {
        Tz::EST => (Tz::Etc__GMTPlus5, &[]),
        Tz::MST => (Tz::Etc__GMTPlus7, &[]),
        Tz::HST => (Tz::Etc__GMTPlus10, &[]),
        Tz::EST5EDT => (Tz::America__New_York, AMERICA),
        Tz::CST6CDT => (Tz::America__Chicago, AMERICA),
        Tz::MST7MDT => (Tz::America__Denver, AMERICA),
        Tz::PST8PDT => (Tz::America__Los_Angeles, AMERICA),
        Tz::CET | Tz::MET => (Tz::Europe__Berlin, &[(FIRST_YEAR, 1916), (1946, 1980)]),
        Tz::EET => (Tz::Europe__Athens, &[(FIRST_YEAR, 1977)]),
        Tz::WET => (Tz::Atlantic__Canary, &[(FIRST_YEAR, 1980)]),
        _ => return None,
    })
}

/// The midnight, in UTC, with which a year begins.
fn new_year(year: i64) -> i64 {
    civil::days_of(year, 1, 1) * DAY
}

impl Rules {
    fn gather(tz: Tz) -> Rules {
        let (begin, end) = (new_year(FIRST_YEAR) / 1000, new_year(END_YEAR) / 1000);
        let (tz, skipped) = by_definition(tz).unwrap_or((tz, &[]));
        // In a skipped year it is winter.
        let winter = ask(tz, new_year(END_YEAR) / 1000 - 1);
        let is_skipped = |seconds: i64| {
            skipped.iter().any(|(from, to)| {
                (new_year(*from)..new_year(*to)).contains(&seconds.saturating_mul(1000))
            })
        };
        let ask = |tz, seconds| if is_skipped(seconds) { winter } else { ask(tz, seconds) };
        let mut last = ask(tz, begin);
        let mut spans = vec![Span { start: i64::MIN, offset: last.0, summer: last.1 }];
        let mut at = begin;
        while at < end {
            let next = (at + STEP).min(end);
            let answer = ask(tz, next);
            if answer != last {
                // The first second with the new answer, by bisection.
                let (mut low, mut high) = (at, next);
                while high - low > 1 {
                    let middle = low + (high - low) / 2;
                    if ask(tz, middle) == last { low = middle } else { high = middle }
                }
                last = answer;
                spans.push(Span { start: high * 1000, offset: last.0, summer: last.1 });
            }
            at = next;
        }
        let recurring = spans.last().is_some_and(|s| s.start >= new_year(END_YEAR - LAST_YEARS));
        let periods = match tz {
            Tz::Antarctica__Macquarie
            | Tz::Antarctica__McMurdo
            | Tz::Pacific__Auckland
            | Tz::Pacific__Chatham => 6,
            Tz::America__Havana | Tz::Asia__Gaza | Tz::Asia__Hebron => 5,
            _ => 4,
        };
        let last_change = i64::MAX - (periods << 32);
        Rules { spans: spans.into_boxed_slice(), recurring, last_change }
    }

    /// What to add to an instant so that its year is in the table: 0 before the table's end.
    fn shift(&self, utc: i64) -> i64 {
        if utc < new_year(END_YEAR) || !self.recurring {
            return 0;
        }
        let year = civil::date_of(civil::split(utc).0).year;
        let first = civil::day_of_week(civil::days_of(year, 1, 1));
        let twin = (END_YEAR - CYCLE..END_YEAR).find(|y| {
            civil::is_leap(*y) == civil::is_leap(year)
                && civil::day_of_week(civil::days_of(*y, 1, 1)) == first
        });
        (civil::days_of(twin.unwrap_or(END_YEAR - 1), 1, 1) - civil::days_of(year, 1, 1)) * DAY
    }

    /// How many spans begin at or before an instant of the table.
    fn count(&self, utc: i64) -> usize {
        self.spans.partition_point(|s| s.start <= utc)
    }

    /// The span in force at an instant. Its start is only right before the end of the table.
    pub(super) fn at(&self, utc: i64) -> Span {
        let shift = self.shift(utc);
        let last = if shift != 0 && utc >= new_year(MAX_YEAR) {
            self.last_year(utc)
        } else {
            self.count(utc + shift).wrapping_sub(1)
        };
        self.spans.get(last).copied().unwrap_or(Span { start: i64::MIN, offset: 0, summer: false })
    }

    /// The index of the span in force from [`MAX_YEAR`] on. Joda finds the rule in force by the
    /// next dates of both rules, and dates past that year can't be computed: the offset of its new
    /// year stays, until a period of Joda's cache (2^32 milliseconds) begins in which both fail.
    fn last_year(&self, utc: i64) -> usize {
        let new_year = new_year(MAX_YEAR);
        let first = self.count(new_year + self.shift(new_year));
        if utc > self.last_change { first } else { first.wrapping_sub(1) }
    }

    /// The first transition after an instant.
    pub(super) fn next(&self, utc: i64) -> Option<i64> {
        let shift = self.shift(utc);
        if let Some(span) = self.spans.get(self.count(utc + shift)) {
            return span.start.checked_sub(shift);
        }
        // The rest of the year has none: the next year's first one.
        let year = civil::date_of(civil::split(utc).0).year.max(END_YEAR - 1) + 1;
        let begin = new_year_of(year)?;
        let shift = self.shift(begin);
        let span = self.recurring.then(|| self.spans.get(self.count(begin + shift)))??;
        span.start.checked_sub(shift)
    }

    /// The last transition at or before an instant.
    pub(super) fn previous(&self, utc: i64) -> Option<i64> {
        let shift = self.shift(utc);
        let start = |utc: i64| self.spans.get(self.count(utc).wrapping_sub(1)).map(|s| s.start);
        let found = start(utc + shift)?;
        if shift == 0 {
            return (found > i64::MIN).then_some(found);
        }
        let begin = new_year(civil::date_of(civil::split(utc).0).year);
        if found - shift >= begin {
            return Some(found - shift);
        }
        let shift = self.shift(begin - 1);
        start(begin - 1 + shift).map(|s| s - shift)
    }
}

/// As [`new_year`], for years that may be out of range.
fn new_year_of(year: i64) -> Option<i64> {
    civil::join(civil::days_of(year, 1, 1), 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_agree_with_the_data() {
        for tz in [Tz::America__Los_Angeles, Tz::Asia__Kathmandu, Tz::Pacific__Apia, Tz::UTC] {
            for seconds in (-5_000_000_000..4_100_000_000).step_by(1_234_567) {
                let span = of(tz).at(seconds * 1000);
                assert_eq!((span.offset, span.summer), ask(tz, seconds), "{tz} {seconds}");
            }
        }
    }

    #[test]
    fn far_years_follow_the_last_rules() {
        let rules = of(Tz::America__New_York);
        // Noon of 1 July and of 1 January, thousands of years on.
        let july = (civil::days_of(9999, 7, 1) * DAY) + DAY / 2;
        let january = (civil::days_of(292_000_000, 1, 1) * DAY) + DAY / 2;
        assert_eq!(rules.at(july).offset, -4 * 3_600_000);
        assert_eq!(rules.at(january).offset, -5 * 3_600_000);
        let next = rules.next(july).unwrap();
        assert_ne!(rules.at(next).offset, rules.at(next - 1).offset);
        assert_eq!(rules.previous(next), Some(next));
        let before = rules.previous(next - 1).unwrap();
        assert!(before < july && rules.next(before) == Some(next));
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for tz in [Tz::America__New_York, Tz::Australia__Sydney, Tz::Asia__Tokyo] {
            for utc in [i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX] {
                let _ = (of(tz).at(utc), of(tz).next(utc), of(tz).previous(utc));
            }
        }
    }
}
