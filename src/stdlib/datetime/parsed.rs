//! What was read from a text, and the instant that it makes (`DateTimeParserBucket`).

use super::civil;
use super::field::Field;
use super::trouble::{Outcome, Trouble};
use super::zone::Zone;

/// Fields that fit without an allocation.
const INLINE: usize = 8;
/// The year of a text that has months, weeks or days but no year.
const DEFAULT_YEAR: i32 = 2000;

/// The fields read so far, and the zone or the offset.
#[derive(Debug)]
pub(super) struct Parsed {
    few: [(Field, i32); INLINE],
    count: usize,
    /// The rank of the last one, and whether the fields came in the order of their ranks.
    last: u8,
    in_order: bool,
    /// All of them, once there are more than fit.
    many: Vec<(Field, i32)>,
    /// An offset goes before any zone.
    pub(super) offset: Option<i32>,
    pub(super) zone: Option<Zone>,
}

impl Parsed {
    pub(super) fn new() -> Parsed {
        Parsed {
            few: [(Field::Era, 0); INLINE],
            count: 0,
            last: 0,
            in_order: true,
            many: Vec::new(),
            offset: None,
            zone: None,
        }
    }

    #[inline]
    pub(super) fn push(&mut self, field: Field, value: i32) {
        let rank = field.rank();
        self.in_order &= self.last <= rank;
        self.last = rank;
        if self.many.is_empty()
            && let Some(slot) = self.few.get_mut(self.count)
        {
            *slot = (field, value);
            self.count += 1;
            return;
        }
        self.push_many(field, value);
    }

    #[inline(never)]
    fn push_many(&mut self, field: Field, value: i32) {
        if self.many.is_empty() {
            self.many.extend_from_slice(&self.few);
        }
        self.many.push((field, value));
    }

    /// How many of the first [`INLINE`] fields there are: a mark to go back to.
    pub(super) fn mark(&self) -> usize {
        self.count
    }

    /// Forgets what was read after the mark.
    pub(super) fn back_to(&mut self, mark: usize) {
        self.count = mark;
    }

    fn fields(&mut self) -> &mut [(Field, i32)] {
        if self.many.is_empty() {
            self.few.get_mut(..self.count).unwrap_or_default()
        } else {
            &mut self.many
        }
    }

    /// Into the order of their ranks; fields of one rank stay as they came.
    fn sort(&mut self) {
        if !self.in_order {
            self.fields().sort_by_key(|(field, _)| field.rank());
        }
    }

    /// The local time: the fields set one after the other, longest first, on 1970-01-01.
    fn local(&mut self) -> Outcome<i64> {
        self.sort();
        if self.fields().first().is_some_and(|(field, _)| field.needs_year()) {
            self.push(Field::Year, DEFAULT_YEAR);
            self.sort();
        }
        let fields = self.fields();
        if let Some(result) = simple(fields) {
            return result;
        }
        let mut local = 0;
        for (field, value) in fields.iter() {
            local = field.floor(field.set_extended(local, i64::from(*value))?)?;
        }
        for (i, (field, value)) in fields.iter().enumerate() {
            local = field.set_extended(local, i64::from(*value))?;
            if i + 1 == fields.len() {
                local = field.floor(local)?;
            }
        }
        Ok(local)
    }

    /// The instant; `zone` is for texts that name neither zone nor offset.
    pub(super) fn instant(&mut self, zone: Zone) -> Outcome<i64> {
        let local = self.local()?;
        match self.offset {
            Some(offset) => local.checked_sub(i64::from(offset)).ok_or(Trouble::Overflow),
            None => self.zone.unwrap_or(zone).instant_of_existing(local),
        }
    }
}

/// The local time of year, month, day, hour, minute, second and millisecond, in this order and
/// each at most once; `None` for anything else.
fn simple(fields: &[(Field, i32)]) -> Option<Outcome<i64>> {
    let (mut year, mut month, mut day, mut time) = (1970, 1, 1, 0);
    let mut last = 0;
    for (field, value) in fields {
        let value = i64::from(*value);
        if field.rank() <= last {
            return None;
        }
        last = field.rank();
        let max = match field {
            Field::Year | Field::YearOfEra => {
                let (min, max) = field.parsed_years();
                if !(min..=max).contains(&value) {
                    return Some(Err(Trouble::Range { field: *field, value, min, max }));
                }
                year = value;
                continue;
            }
            Field::MonthOfYear => 12,
            Field::DayOfMonth => civil::days_in_month(year, month),
            Field::HourOfDay => 23,
            Field::MinuteOfHour | Field::SecondOfMinute => 59,
            Field::MillisOfSecond => 999,
            _ => return None,
        };
        let min = i64::from(matches!(field, Field::MonthOfYear | Field::DayOfMonth));
        if !(min..=max).contains(&value) {
            return Some(Err(Trouble::Range { field: *field, value, min, max }));
        }
        match field {
            Field::MonthOfYear => month = value,
            Field::DayOfMonth => day = value,
            Field::HourOfDay => time += value * 3_600_000,
            Field::MinuteOfHour => time += value * 60_000,
            Field::SecondOfMinute => time += value * 1_000,
            _ => time += value,
        }
    }
    let local = civil::join(civil::days_of(year, month, day), time);
    Some(local.ok_or(Trouble::Overflow))
}
