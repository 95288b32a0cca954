//! [`Formatter`]: a pattern and a zone, to print instants and to read texts.

use std::fmt;
use std::sync::Arc;

use super::field::Field;
use super::instant::DateTime;
use super::parsed::Parsed;
use super::pattern::{Element, Pattern};
use super::print;
use super::read::{self, Mismatch, Pivot};
use super::zone::Zone;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::{Text, Units};

/// A pattern and a zone. A clone is a count.
#[derive(Debug, Clone, PartialEq)]
pub struct Formatter(Arc<Inner>);

#[derive(Debug, PartialEq)]
struct Inner {
    pattern: Pattern,
    zone: Option<Zone>,
    pivot: Pivot,
}

impl Formatter {
    /// A formatter without a zone. `now` is only asked where the pattern has a two-digit year:
    /// such years are near the one of now.
    pub(crate) fn new(
        pattern: Pattern,
        now: impl FnOnce() -> DateTime,
    ) -> Result<Formatter, Fault> {
        let mut pivot = Pivot::default();
        if pattern.has_two_digit_year() {
            let now = now();
            let ago = |field| -> Result<i32, Fault> {
                Ok(i32::try_from(now.get(field)?).unwrap_or(i32::MAX).saturating_sub(30))
            };
            pivot = Pivot { year: ago(Field::Year)?, weekyear: ago(Field::Weekyear)? };
        }
        Ok(Formatter(Arc::new(Inner { pattern, zone: None, pivot })))
    }

    /// The same with a zone.
    pub(crate) fn with_zone(&self, zone: Zone) -> Formatter {
        let Inner { pattern, pivot, .. } = &*self.0;
        let (pattern, pivot) = (pattern.clone(), *pivot);
        Formatter(Arc::new(Inner { pattern, zone: Some(zone), pivot }))
    }

    /// Prints an instant, in the formatter's zone if it has one.
    pub(crate) fn print<'a>(&self, at: DateTime, meter: &'a Meter) -> Result<Text<'a>, Fault> {
        print::text(&self.0.pattern, at.millis, self.0.zone.unwrap_or(at.zone), meter)
    }

    /// Reads a text; `zone` is for texts and formatters without one.
    pub(crate) fn parse_date_time(
        &self,
        text: Units<'_>,
        zone: Zone,
        meter: &Meter,
    ) -> Result<DateTime, Fault> {
        let zone = self.0.zone.unwrap_or(zone);
        let mut parsed = self.read(text, meter)?;
        let millis = parsed.instant(zone)?;
        Ok(DateTime::new(millis, self.0.zone.or(parsed.zone).unwrap_or(zone)))
    }

    /// As [`Formatter::parse_date_time`], the milliseconds only.
    pub(crate) fn parse_millis(
        &self,
        text: Units<'_>,
        zone: Zone,
        meter: &Meter,
    ) -> Result<i64, Fault> {
        let zone = self.0.zone.unwrap_or(zone);
        Ok(self.read(text, meter)?.instant(zone)?)
    }

    fn read(&self, text: Units<'_>, meter: &Meter) -> Result<Parsed, Fault> {
        let pattern = &self.0.pattern;
        if pattern.elements().contains(&Element::ZoneLong) {
            return Err(Fault::with_help(
                "a pattern with `zzzz` can only print",
                "read the zone with `ZZZ` (its id) or `Z` (an offset)",
            ));
        }
        // At worst every element looks at the same text again, and each field is set twice.
        meter.step_units(text.len())?;
        meter.step((pattern.elements().len() as u64).saturating_mul(4))?;
        let room = pattern.elements().len().saturating_mul(size_of::<(Field, i32)>() * 2);
        meter.charge(room)?;
        let parsed = read::read(pattern, text, self.0.pivot);
        meter.release(room);
        parsed.map_err(|Mismatch(at)| {
            let shown = |from: usize| {
                text.slice(from, text.len().min(from.saturating_add(60))).to_string_lossy()
            };
            let source: String = pattern.source().chars().take(60).collect();
            let (whole, rest) = (shown(0), shown(at.min(text.len())));
            if rest.is_empty() {
                Fault::error(format!("`{whole}` is too short for the pattern `{source}`"))
            } else if at == 0 {
                Fault::error(format!("`{whole}` does not match the pattern `{source}`"))
            } else {
                Fault::error(format!("`{whole}` does not match the pattern `{source}` at `{rest}`"))
            }
        })
    }
}

/// The pattern, and the zone if there is one.
impl fmt::Display for Formatter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DateTimeFormatter[{}", self.0.pattern.source())?;
        if let Some(zone) = self.0.zone {
            write!(f, " {zone}")?;
        }
        f.write_str("]")
    }
}
