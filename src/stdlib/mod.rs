//! The standard library: one table of classes, and their routines by topic.

pub mod datetime;
pub(crate) mod table;
