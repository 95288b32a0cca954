//! Cron expressions: five Unix fields, or else six or seven of Quartz.
//!
//! A time that daylight saving skips is made up for at the end of the gap, and one that occurs
//! twice fires at its first occurrence, unless the hour is `*`: then every real hour counts and
//! nothing is made up for.

mod day;
mod field;
mod next;

pub use next::MIN_SPACING_SECONDS;

use day::Days;
use field::{Field, Set};

/// A parsed expression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cron {
    seconds: Set,
    minutes: Set,
    hours: Set,
    months: Set,
    years: Set,
    days: Days,
    /// The hour is `*`.
    every_hour: bool,
}

/// Why a text is no cron expression.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct CronError(pub String);

const SECOND: Field = Field { name: "second", min: 0, max: 59, names: &[], first: 0 };
const MINUTE: Field = Field { name: "minute", min: 0, max: 59, names: &[], first: 0 };
const HOUR: Field = Field { name: "hour", min: 0, max: 23, names: &[], first: 0 };
const MONTH: Field = Field {
    name: "month",
    min: 1,
    max: 12,
    names: &["JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"],
    first: 1,
};
const YEAR: Field = Field { name: "year", min: 1970, max: 2099, names: &[], first: 0 };
const MONTH_DAY: Field = Field { name: "day of month", min: 1, max: 31, names: &[], first: 0 };
const WEEKDAYS: &[&str] = &["SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"];
const UNIX_WEEKDAY: Field =
    Field { name: "day of week", min: 0, max: 7, names: WEEKDAYS, first: 0 };
const QUARTZ_WEEKDAY: Field =
    Field { name: "day of week", min: 1, max: 7, names: WEEKDAYS, first: 1 };

impl Cron {
    /// Reads an expression.
    ///
    /// # Errors
    /// When it is neither of the two kinds; the message names the field.
    pub fn parse(text: &str) -> Result<Cron, CronError> {
        if text.len() > 1024 {
            return Err(CronError("the expression is too long".to_owned()));
        }
        let parts: Vec<&str> = text.split_whitespace().collect();
        match parts.as_slice() {
            [minute, hour, day, month, weekday] => Self::unix(minute, hour, day, month, weekday),
            [second, minute, hour, day, month, weekday] => {
                Self::quartz(second, minute, hour, day, month, weekday, None)
            }
            [second, minute, hour, day, month, weekday, year] => {
                Self::quartz(second, minute, hour, day, month, weekday, Some(year))
            }
            _ => Err(CronError(format!(
                "a cron expression has 5 fields (Unix) or 6 or 7 (Quartz), this one has {}",
                parts.len()
            ))),
        }
    }

    /// The expression behind `@daily` and its like, with or without the `@`.
    #[must_use]
    pub fn predefined(name: &str) -> Option<&'static str> {
        let name = name.strip_prefix('@').unwrap_or(name);
        Some(match name.to_ascii_lowercase().as_str() {
            "hourly" => "0 * * * *",
            "daily" => "0 0 * * *",
            "weekly" => "0 0 * * 0",
            "monthly" => "0 0 1 * *",
            "yearly" => "0 0 1 1 *",
            _ => return None,
        })
    }

    fn unix(
        minute: &str,
        hour: &str,
        day: &str,
        month: &str,
        weekday: &str,
    ) -> Result<Cron, CronError> {
        Ok(Cron {
            seconds: Set::of(&[0]),
            minutes: MINUTE.parse(minute, false)?,
            hours: HOUR.parse(hour, false)?,
            months: MONTH.parse(month, false)?,
            years: Set::full(&YEAR),
            days: Days::unix(day, weekday)?,
            every_hour: hour == "*",
        })
    }

    fn quartz(
        second: &str,
        minute: &str,
        hour: &str,
        day: &str,
        month: &str,
        weekday: &str,
        year: Option<&str>,
    ) -> Result<Cron, CronError> {
        Ok(Cron {
            seconds: SECOND.parse(second, true)?,
            minutes: MINUTE.parse(minute, true)?,
            hours: HOUR.parse(hour, true)?,
            months: MONTH.parse(month, true)?,
            years: match year {
                Some(year) => YEAR.parse(year, false)?,
                None => Set::full(&YEAR),
            },
            days: Days::quartz(day, weekday)?,
            every_hour: hour == "*",
        })
    }
}

#[cfg(test)]
mod tests;
