//! [`Formatter`]: a pattern and a zone, to print instants and to read texts.

use std::fmt;

use super::field::Field;
use super::instant::DateTime;
use super::parsed::Parsed;
use super::pattern::Pattern;
use super::print;
use super::read::{self, Mismatch, Pivot};
use super::zone::Zone;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::{Text, Units};

/// A pattern and a zone. A clone is a count.
#[derive(Debug, Clone, PartialEq)]
pub struct Formatter {
    pattern: Pattern,
    zone: Option<Zone>,
}

impl Formatter {
    /// A formatter without a zone.
    pub(crate) fn new(pattern: Pattern) -> Formatter {
        Formatter { pattern, zone: None }
    }

    /// The same with a zone.
    pub(crate) fn with_zone(&self, zone: Zone) -> Formatter {
        Formatter { pattern: self.pattern.clone(), zone: Some(zone) }
    }

    /// Prints an instant, in the formatter's zone if it has one.
    pub(crate) fn print<'a>(&self, at: DateTime, meter: &'a Meter) -> Result<Text<'a>, Fault> {
        print::text(&self.pattern, at.millis, self.zone.unwrap_or(at.zone), meter)
    }

    /// Reads a text; `zone` is for texts and formatters without one. `now` is only asked where the
    /// pattern has a two-digit year: such years are near to it.
    pub(crate) fn parse_date_time(
        &self,
        text: Units<'_>,
        zone: Zone,
        now: impl FnOnce() -> DateTime,
        meter: &Meter,
    ) -> Result<DateTime, Fault> {
        let zone = self.zone.unwrap_or(zone);
        let mut parsed = Parsed::new();
        self.read(text, now, meter, &mut parsed)?;
        let millis = parsed.instant(zone)?;
        Ok(DateTime::new(millis, self.zone.or(parsed.zone).unwrap_or(zone)))
    }

    /// As [`Formatter::parse_date_time`], the milliseconds only.
    pub(crate) fn parse_millis(
        &self,
        text: Units<'_>,
        zone: Zone,
        now: impl FnOnce() -> DateTime,
        meter: &Meter,
    ) -> Result<i64, Fault> {
        let zone = self.zone.unwrap_or(zone);
        let mut parsed = Parsed::new();
        self.read(text, now, meter, &mut parsed)?;
        Ok(parsed.instant(zone)?)
    }

    /// The year and the weekyear of thirty years ago, if they are needed.
    fn pivot(&self, now: impl FnOnce() -> DateTime) -> Result<Pivot, Fault> {
        if !self.pattern.has_two_digit_year() {
            return Ok(Pivot::default());
        }
        let now = now();
        let ago = |field| -> Result<i32, Fault> {
            Ok(i32::try_from(now.get(field)?).unwrap_or(i32::MAX).saturating_sub(30))
        };
        Ok(Pivot { year: ago(Field::Year)?, weekyear: ago(Field::Weekyear)? })
    }

    fn read(
        &self,
        text: Units<'_>,
        now: impl FnOnce() -> DateTime,
        meter: &Meter,
        parsed: &mut Parsed,
    ) -> Result<(), Fault> {
        let pattern = &self.pattern;
        if !pattern.can_read() {
            return Err(Fault::with_help(
                "a pattern with `zzzz` can only print",
                "read the zone with `ZZZ` (its id) or `Z` (an offset)",
            ));
        }
        let pivot = self.pivot(now)?;
        // At worst every element looks at the same text again, and each field is set twice.
        meter.step_units(text.len())?;
        meter.step((pattern.elements().len() as u64).saturating_mul(4))?;
        let room = pattern.elements().len().saturating_mul(size_of::<(Field, i32)>() * 2);
        meter.charge(room)?;
        let result = read::read(pattern, text, pivot, parsed);
        meter.release(room);
        result.map_err(|Mismatch(at)| mismatch(pattern.source(), text, at))
    }
}

/// Why a text does not fit: where reading stopped.
#[cold]
fn mismatch(pattern: &str, text: Units<'_>, at: usize) -> Fault {
    let pattern: String = pattern.chars().take(60).collect();
    let rest = text.slice(at.min(text.len()), text.len());
    let whole = text.shortened();
    if rest.len() == 0 {
        Fault::error(format!("`{whole}` is too short for the pattern `{pattern}`"))
    } else if at == 0 {
        Fault::error(format!("`{whole}` does not match the pattern `{pattern}`"))
    } else {
        let rest = rest.shortened();
        Fault::error(format!("`{whole}` does not match the pattern `{pattern}` at `{rest}`"))
    }
}

/// The pattern, and the zone if there is one.
impl fmt::Display for Formatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTimeFormatter[{}", self.pattern.source())?;
        if let Some(zone) = self.zone {
            write!(f, " {zone}")?;
        }
        f.write_str("]")
    }
}
