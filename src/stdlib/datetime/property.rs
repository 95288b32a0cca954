//! [`Property`]: one field of a [`DateTime`], as `dayOfMonth()` gives it.

use std::fmt;

use super::civil::DAY;
use super::digits::Digits;
use super::field::Field;
use super::instant::DateTime;
use super::trouble::{Outcome, Trouble};
use super::words;

/// One field of a [`DateTime`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Property {
    /// Whose field.
    pub instant: DateTime,
    field: Field,
}

impl Property {
    pub(super) fn new(instant: DateTime, field: Field) -> Property {
        Property { instant, field }
    }

    /// The value.
    pub(super) fn get(self) -> Outcome<i64> {
        self.instant.get(self.field)
    }

    /// The value as English text: a name for months and weekdays, otherwise digits.
    pub(super) fn as_text<T>(self, then: impl FnOnce(&[u8]) -> T) -> Outcome<T> {
        let value = self.get()?;
        Ok(match words::long(self.field, value) {
            Some(word) => then(word.as_bytes()),
            None => then(Digits::new(value, 1).bytes()),
        })
    }

    /// The instant with the least value that the field can have. Where that is in a gap, the
    /// instant of the gap.
    pub(super) fn with_minimum(self) -> Outcome<DateTime> {
        let (min, _) = self.field.bounds(self.instant.local()?);
        match self.instant.with(self.field, min) {
            Err(Trouble::Gap { zone }) => {
                let from = self.instant.millis.saturating_sub(DAY);
                Ok(DateTime::new(zone.next_transition(from), zone))
            }
            result => result,
        }
    }

    /// The instant with the greatest value that the field can have. Where that is in a gap, the
    /// last instant before the gap.
    pub(super) fn with_maximum(self) -> Outcome<DateTime> {
        let (_, max) = self.field.bounds(self.instant.local()?);
        match self.instant.with(self.field, max) {
            Err(Trouble::Gap { zone }) => {
                let from = self.instant.millis.saturating_add(DAY);
                Ok(DateTime::new(zone.previous_transition(from), zone))
            }
            result => result,
        }
    }
}

/// As Joda shows it: `Property[dayOfMonth]`.
impl fmt::Display for Property {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Property[{}]", self.field.name())
    }
}
