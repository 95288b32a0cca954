//! How much work and room compiling a pattern may take.

use super::error::Stop;
use super::set::Set;
use crate::limits::Meter;

/// Longest pattern, in UTF-16 units.
pub(super) const MAX_PATTERN: usize = 10_000;
/// Most capturing groups.
pub(super) const MAX_GROUPS: u16 = 200;
/// Deepest nesting of groups, of look-around and of classes.
pub(super) const MAX_DEPTH: u32 = 100;
/// Most instructions of a compiled pattern.
pub(super) const MAX_PROGRAM: usize = 20_000;
/// Most ranges that the classes of one pattern may go through, all operations counted.
const MAX_RANGES: usize = 1_000_000;

/// The account of one compilation: bounded in itself, and charged to the run if there is one.
pub(super) struct Work<'m> {
    meter: Option<&'m Meter>,
    ranges: usize,
}

impl<'m> Work<'m> {
    pub(super) fn new(meter: Option<&'m Meter>) -> Self {
        Work { meter, ranges: 0 }
    }

    /// Takes steps of the run.
    pub(super) fn step(&self, n: u64) -> Result<(), Stop> {
        match self.meter {
            Some(meter) => Ok(meter.step(n)?),
            None => Ok(()),
        }
    }

    /// Accounts for a set that was made at `index` of the pattern.
    pub(super) fn set(&mut self, set: &Set, index: usize) -> Result<(), Stop> {
        self.ranges += set.ranges().len();
        if self.ranges > MAX_RANGES {
            return Err(Stop::at(index, "the character classes are too large"));
        }
        self.step(1 + set.ranges().len() as u64 / 16)
    }
}
