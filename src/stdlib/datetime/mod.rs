//! Dates and times with Joda-Time's semantics (2.10, ISO chronology): an instant seen in a zone.
//!
//! A [`DateTime`] is milliseconds since 1970 and a [`Zone`], like Joda's; all calendar arithmetic
//! is our own, on 64-bit integers over Joda's whole range of ±292 million years (`civil`, `field`).
//! The data of the zones comes through one module (`rules`). Nothing here panics: what leaves the
//! range is an error. Texts, patterns and ranges are metered by their size.

mod arithmetic;
mod civil;
mod days;
mod digits;
mod field;
mod formatter;
mod instant;
mod iso;
#[cfg(test)]
mod laws;
mod names;
mod offset;
mod parsed;
mod pattern;
mod period;
mod print;
mod property;
mod read;
mod rules;
mod sink;
mod table;
mod trouble;
mod util;
mod words;
mod zone;

pub use days::Days;
pub use formatter::Formatter;
pub use instant::DateTime;
pub(crate) use pattern::Pattern;
pub use property::Property;
pub(crate) use table::{CONSTANTS, DATE_TIME, DAYS, FORMAT, FORMATTER, PROPERTY, UTIL, ZONE};
pub use zone::Zone;
