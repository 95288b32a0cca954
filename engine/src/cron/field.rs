//! One field of an expression as a set of numbers.

use super::CronError;
use crate::document::shorten;

/// What a field may hold.
#[derive(Debug, Clone, Copy)]
pub(super) struct Field {
    /// For messages.
    pub(super) name: &'static str,
    pub(super) min: u16,
    pub(super) max: u16,
    /// Names that stand for numbers, from `first` on.
    pub(super) names: &'static [&'static str],
    pub(super) first: u16,
}

/// Sorted numbers without repetition.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Set(Vec<u16>);

impl Set {
    pub(super) fn of(numbers: &[u16]) -> Set {
        let mut numbers = numbers.to_vec();
        numbers.sort_unstable();
        numbers.dedup();
        Set(numbers)
    }
    pub(super) fn full(field: &Field) -> Set {
        Set((field.min..=field.max).collect())
    }
    pub(super) fn has(&self, number: u16) -> bool {
        self.0.binary_search(&number).is_ok()
    }
    pub(super) fn first(&self) -> Option<u16> {
        self.0.first().copied()
    }
    pub(super) fn last(&self) -> Option<u16> {
        self.0.last().copied()
    }
    /// The smallest number that is this one or above.
    pub(super) fn from(&self, number: u16) -> Option<u16> {
        let at = self.0.partition_point(|n| *n < number);
        self.0.get(at).copied()
    }
    pub(super) fn iter(&self) -> impl Iterator<Item = u16> + '_ {
        self.0.iter().copied()
    }
    pub(super) fn map(&self, f: impl Fn(u16) -> u16) -> Set {
        Set::of(&self.0.iter().map(|n| f(*n)).collect::<Vec<_>>())
    }
}

impl Field {
    /// Reads `*`, `5`, `1-5`, `*/2`, `5/15`, `1-9/2`, `MON-FRI`, and lists of these. With `wraps`
    /// a range may go over the end: `22-2`.
    pub(super) fn parse(&self, text: &str, wraps: bool) -> Result<Set, CronError> {
        let mut numbers = Vec::new();
        for part in text.split(',') {
            self.part(part, wraps, &mut numbers)?;
        }
        Ok(Set::of(&numbers))
    }

    fn part(&self, part: &str, wraps: bool, numbers: &mut Vec<u16>) -> Result<(), CronError> {
        let (range, step) = match part.split_once('/') {
            Some((range, step)) => {
                let step = step.parse::<u16>().ok().filter(|n| (1..=self.max).contains(n));
                (range, Some(step.ok_or_else(|| self.fault(part, "has no valid step"))?))
            }
            None => (part, None),
        };
        let (from, to) = match range.split_once('-') {
            _ if range == "*" => (self.min, self.max),
            Some((from, to)) => (self.number(from, part)?, self.number(to, part)?),
            None => {
                let from = self.number(range, part)?;
                (from, if step.is_some() { self.max } else { from })
            }
        };
        let step = usize::from(step.unwrap_or(1));
        if from <= to {
            numbers.extend((from..=to).step_by(step));
        } else if wraps {
            numbers.extend((from..=self.max).chain(self.min..=to).step_by(step));
        } else {
            return Err(self.fault(part, "is a range that runs backwards"));
        }
        Ok(())
    }

    /// A number or a name of the field.
    pub(super) fn number(&self, text: &str, part: &str) -> Result<u16, CronError> {
        let named = || {
            let at = self.names.iter().position(|name| name.eq_ignore_ascii_case(text))?;
            u16::try_from(at).ok().map(|at| at + self.first)
        };
        let number = match text.bytes().all(|b| b.is_ascii_digit()) {
            true => text.parse().ok(),
            false => named(),
        };
        match number {
            Some(number) if (self.min..=self.max).contains(&number) => Ok(number),
            Some(_) => {
                Err(self.fault(part, &format!("is not between {} and {}", self.min, self.max)))
            }
            None => Err(self.fault(part, "cannot be read")),
        }
    }

    pub(super) fn fault(&self, part: &str, what: &str) -> CronError {
        CronError(format!("the {} `{}` {what}", self.name, shorten(part)))
    }
}
