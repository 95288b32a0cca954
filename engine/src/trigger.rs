//! When a time trigger fires: its expression, its zone and its jitter as one schedule.
//!
//! A schedule is pure: it answers for any instants that it is asked about, so that missed fires can
//! be caught up with and tests need no time to pass.

use chrono::DateTime;
use uuid::Uuid;

use crate::cron::Cron;
use crate::document::shorten;
use crate::duration::parse_millis;
use crate::model::trigger::TimeTriggerType;
use crate::model::{Model, Scalar, TimeTrigger};
use crate::zone::Zone;

/// How many missed fires are caught up with at once.
pub const MAX_CATCH_UP: usize = 100;
/// The least milliseconds between two fires.
pub const MIN_SPACING_MILLIS: i64 = 120_000;
/// The longest jitter: a day.
const MAX_DELAY_MILLIS: u64 = 86_400_000;

/// When a trigger fires.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    rhythm: Rhythm,
    zone: Zone,
    timezone: String,
    /// Added to every fire.
    jitter: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Rhythm {
    Cron(Box<Cron>),
    Interval { start: i64, every: i64 },
}

/// What is wrong with a trigger, by field.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScheduleError(pub Vec<(&'static str, String)>);

impl std::fmt::Display for ScheduleError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let all: Vec<String> =
            self.0.iter().map(|(field, message)| format!("{field}: {message}")).collect();
        f.write_str(&all.join("; "))
    }
}
impl std::error::Error for ScheduleError {}

impl Schedule {
    /// The schedule of a trigger of a workflow. Its jitter follows from both, so that it is the same
    /// wherever it is computed.
    ///
    /// # Errors
    /// Everything that is wrong with the trigger.
    pub fn new(trigger: &TimeTrigger, workflow_id: &str) -> Result<Schedule, ScheduleError> {
        let mut faults = Vec::new();
        let timezone = trigger.timezone.clone().unwrap_or_else(|| "UTC".to_owned());
        let zone = Zone::parse(&timezone);
        if zone.is_none() {
            let message = format!("there is no time zone `{}`", shorten(&timezone));
            faults.push(("timezone", message));
        }
        let jitter = match trigger.fuzzy_max_delay.as_deref().map(|text| (text, parse_millis(text)))
        {
            None => 0,
            Some((_, Some(most))) if most <= MAX_DELAY_MILLIS => jitter(trigger, workflow_id, most),
            Some((text, None)) => {
                faults.push(("fuzzy_max_delay", format!("`{}` is no duration", shorten(text))));
                0
            }
            Some((_, Some(_))) => {
                faults.push(("fuzzy_max_delay", "a delay may be a day at most".to_owned()));
                0
            }
        };
        let rhythm = rhythm(trigger, &mut faults);
        match (rhythm, zone) {
            (Some(rhythm), Some(zone)) if faults.is_empty() => {
                Ok(Schedule { rhythm, zone, timezone, jitter })
            }
            _ => Err(ScheduleError(faults)),
        }
    }

    /// The id of the zone that the fires are meant in.
    #[must_use]
    pub fn timezone(&self) -> &str {
        &self.timezone
    }

    /// The first fire after an instant, in epoch milliseconds; `None` when there is none any more.
    #[must_use]
    pub fn next(&self, after: i64) -> Option<i64> {
        let after = after.checked_sub(self.jitter)?;
        let fire = match &self.rhythm {
            Rhythm::Cron(cron) => cron.next_after(after, self.zone)?,
            Rhythm::Interval { start, .. } if after < *start => *start,
            Rhythm::Interval { start, every } => {
                let passed = after.checked_sub(*start)?.checked_div(*every)?.checked_add(1)?;
                start.checked_add(passed.checked_mul(*every)?)?
            }
        };
        fire.checked_add(self.jitter)
    }

    /// The last fire before a fire, in epoch milliseconds; `None` when it is the first within 40
    /// years.
    #[must_use]
    pub fn previous(&self, fire: i64) -> Option<i64> {
        const FORTY_YEARS: i64 = 40 * 366 * 86_400_000;
        // The later one asks, the later the answer: what is looked for is where it becomes `fire`.
        let is_before = |after: i64| self.next(after).filter(|next| *next < fire);
        let mut low = fire.checked_sub(FORTY_YEARS)?;
        let mut high = fire;
        let mut last = is_before(low)?;
        while high.saturating_sub(low) > 1 {
            let middle = low.midpoint(high);
            match is_before(middle) {
                Some(found) => (low, last) = (middle, found),
                None => high = middle,
            }
        }
        Some(last)
    }

    /// The fires after `watermark` up to `now`, in order, [`MAX_CATCH_UP`] at most: the last one is
    /// the next watermark.
    #[must_use]
    pub fn due(&self, watermark: i64, now: i64) -> Vec<i64> {
        let mut fires = Vec::new();
        let mut after = watermark;
        while fires.len() < MAX_CATCH_UP
            && let Some(fire) = self.next(after).filter(|fire| *fire <= now && *fire > after)
        {
            fires.push(fire);
            after = fire;
        }
        fires
    }
}

fn rhythm(trigger: &TimeTrigger, faults: &mut Vec<(&'static str, String)>) -> Option<Rhythm> {
    match trigger.trigger_type {
        TimeTriggerType::Cron => match trigger.cron.as_deref() {
            None => faults.push(("cron", "a CRON trigger needs a `cron`".to_owned())),
            Some(text) => match Cron::parse(text) {
                Err(error) => faults.push(("cron", error.0)),
                Ok(cron) if !cron.ever_fires() => {
                    faults.push(("cron", format!("`{}` never fires", shorten(text))));
                }
                Ok(cron) => match cron.too_close() {
                    Some(seconds) => faults.push((
                        "cron",
                        format!("two fires are {seconds} seconds apart, 120 is the least"),
                    )),
                    None => return Some(Rhythm::Cron(Box::new(cron))),
                },
            },
        },
        TimeTriggerType::Predefined => {
            let name = trigger.expression.as_deref().unwrap_or_default();
            let cron = Cron::predefined(name).and_then(|text| Cron::parse(text).ok());
            if let Some(cron) = cron {
                return Some(Rhythm::Cron(Box::new(cron)));
            }
            let message = format!(
                "expected `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`, found `{}`",
                shorten(name)
            );
            faults.push(("expression", message));
        }
        TimeTriggerType::Interval => {
            let every = trigger.interval.as_ref().and_then(|text| parse_millis(&text.text()));
            let every = every.and_then(|millis| i64::try_from(millis).ok());
            let start = trigger.start.as_ref().map_or(Some(0), instant);
            if start.is_none() {
                let message =
                    "expected epoch milliseconds or a time such as `2024-03-01T05:00:00Z`";
                faults.push(("start", message.to_owned()));
            }
            match (every, start) {
                (None, _) => {
                    let message = "an INTERVAL trigger needs an `interval` such as `2 hours`";
                    faults.push(("interval", message.to_owned()));
                }
                (Some(every), _) if every < MIN_SPACING_MILLIS => {
                    faults.push(("interval", "an interval is 2 minutes at least".to_owned()));
                }
                (Some(every), Some(start)) => return Some(Rhythm::Interval { start, every }),
                (Some(_), None) => {}
            }
        }
    }
    None
}

fn instant(given: &Scalar) -> Option<i64> {
    match given {
        Scalar::Number(millis) => Some(*millis),
        Scalar::Text(text) => text.parse().ok().or_else(|| {
            DateTime::parse_from_rfc3339(text).ok().map(|time| time.timestamp_millis())
        }),
    }
}

/// Whole seconds in `[0, most)`.
fn jitter(trigger: &TimeTrigger, workflow_id: &str, most: u64) -> i64 {
    let name = format!("{workflow_id}\n{}", trigger.write());
    let (seed, _) = Uuid::new_v3(&Uuid::NAMESPACE_OID, name.as_bytes()).as_u64_pair();
    let seconds = seed.checked_rem(most / 1000).unwrap_or(0);
    i64::try_from(seconds).unwrap_or(0).saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::document::from_json;

    fn schedule(json: &str) -> Result<Schedule, ScheduleError> {
        Schedule::new(&from_json(json).unwrap(), "wf")
    }
    fn at(text: &str) -> i64 {
        DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis()
    }

    #[test]
    fn each_kind_has_its_next_fire() {
        for (json, after, next) in [
            (
                r#"{"type": "CRON", "cron": "30 5 * * *"}"#,
                "2024-03-01T05:30:00Z",
                "2024-03-02T05:30:00Z",
            ),
            (
                r#"{"type": "cron", "cron": "0 0 9 ? * MON-FRI", "timezone": "America/New_York"}"#,
                "2024-03-08T14:00:00Z",
                "2024-03-11T13:00:00Z",
            ),
            (
                r#"{"type": "CRON", "cron": "0 0 0 1 1 ? 2030"}"#,
                "2024-03-01T00:00:00Z",
                "2030-01-01T00:00:00Z",
            ),
            (
                r#"{"type": "PREDEFINED", "expression": "@monthly"}"#,
                "2024-03-01T00:00:00Z",
                "2024-04-01T00:00:00Z",
            ),
            (
                r#"{"type": "INTERVAL", "interval": "90 minutes", "start": "2024-03-01T00:10:00Z"}"#,
                "2024-03-01T01:40:00Z",
                "2024-03-01T03:10:00Z",
            ),
            (
                r#"{"type": "INTERVAL", "interval": 3600, "start": "2024-03-01T00:10:00Z"}"#,
                "2020-01-01T00:00:00Z",
                "2024-03-01T00:10:00Z",
            ),
        ] {
            assert_eq!(schedule(json).unwrap().next(at(after)), Some(at(next)), "{json}");
        }
        let once = schedule(r#"{"type": "CRON", "cron": "0 0 0 1 1 ? 2030"}"#).unwrap();
        assert_eq!(once.next(at("2030-01-01T00:00:00Z")), None);
    }

    #[test]
    fn missed_fires_are_caught_up_with_in_order() {
        let hourly = schedule(r#"{"type": "PREDEFINED", "expression": "hourly"}"#).unwrap();
        let (from, to) = (at("2024-03-01T00:00:00Z"), at("2024-03-01T03:00:00Z"));
        let hour = 3_600_000;
        assert_eq!(hourly.due(from, to), [from + hour, from + 2 * hour, to]);
        assert!(hourly.due(to, to).is_empty());
        assert!(hourly.due(to, from).is_empty());
        let many = hourly.due(0, to);
        assert_eq!((many.len(), many[0], many[99]), (100, hour, 100 * hour));
        assert_eq!(hourly.due(many[99], to)[0], 101 * hour);
    }

    #[test]
    fn the_fire_before_a_fire_is_found() {
        for (json, fire, before) in [
            (
                r#"{"type": "CRON", "cron": "0 5 * * 1-5"}"#,
                "2024-03-04T05:00:00Z",
                Some("2024-03-01T05:00:00Z"),
            ),
            (
                r#"{"type": "PREDEFINED", "expression": "yearly"}"#,
                "2024-01-01T00:00:00Z",
                Some("2023-01-01T00:00:00Z"),
            ),
            (
                r#"{"type": "INTERVAL", "interval": 3600, "start": "2024-03-01T00:10:00Z"}"#,
                "2024-03-01T00:10:00Z",
                None,
            ),
            (
                r#"{"type": "CRON", "cron": "30 2 * * *", "timezone": "Europe/Paris"}"#,
                "2024-04-01T00:30:00Z",
                Some("2024-03-31T01:00:00Z"),
            ),
        ] {
            assert_eq!(schedule(json).unwrap().previous(at(fire)), before.map(at), "{json}");
        }
    }

    #[test]
    fn a_jitter_is_the_same_for_every_fire_and_differs_between_workflows() {
        let json =
            r#"{"type": "PREDEFINED", "expression": "hourly", "fuzzy_max_delay": "30 minutes"}"#;
        let trigger: TimeTrigger = from_json(json).unwrap();
        let jitters: Vec<i64> = (0..20)
            .map(|n| Schedule::new(&trigger, &format!("wf{n}")).unwrap())
            .map(|schedule| {
                let first = schedule.next(0).unwrap();
                assert_eq!(schedule.next(first), Some(first + 3_600_000));
                assert_eq!(schedule.due(0, first), [first]);
                first % 3_600_000
            })
            .collect();
        assert!(jitters.iter().all(|jitter| (0..1_800_000).contains(jitter) && jitter % 1000 == 0));
        assert!(jitters.iter().any(|jitter| *jitter != jitters[0]));
    }

    #[test]
    fn every_fault_is_told_with_its_field() {
        for (json, message) in [
            (r#"{"type": "CRON"}"#, "cron: a CRON trigger needs a `cron`"),
            (
                r#"{"type": "CRON", "cron": "* * * * *"}"#,
                "cron: two fires are 60 seconds apart, 120 is the least",
            ),
            (r#"{"type": "CRON", "cron": "0 0 30 2 *"}"#, "cron: `0 0 30 2 *` never fires"),
            (
                r#"{"type": "CRON", "cron": "1 2 3"}"#,
                "cron: a cron expression has 5 fields (Unix) or 6 or 7 (Quartz), this one has 3",
            ),
            (
                r#"{"type": "PREDEFINED", "expression": "@often"}"#,
                "expression: expected `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`, found `@often`",
            ),
            (
                r#"{"type": "INTERVAL", "interval": "1 second", "timezone": "Mars", "fuzzy_max_delay": "soon"}"#,
                "timezone: there is no time zone `Mars`; fuzzy_max_delay: `soon` is no duration; interval: an interval is 2 minutes at least",
            ),
            (
                r#"{"type": "INTERVAL"}"#,
                "interval: an INTERVAL trigger needs an `interval` such as `2 hours`",
            ),
            (
                r#"{"type": "INTERVAL", "interval": 600, "start": "noon", "fuzzy_max_delay": "2 days"}"#,
                "fuzzy_max_delay: a delay may be a day at most; start: expected epoch milliseconds or a time such as `2024-03-01T05:00:00Z`",
            ),
        ] {
            assert_eq!(schedule(json).unwrap_err().to_string(), message, "{json}");
        }
    }
}
