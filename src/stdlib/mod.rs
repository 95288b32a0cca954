//! The standard library: one table of classes, and their routines by topic.
//!
//! [`classes`] is read by the evaluator, the checker, completion and the documentation; nothing
//! else says what a method takes or gives.

mod calendar;
pub(crate) mod case;
mod container;
pub mod datetime;
mod failure;
pub(crate) mod format;
mod number;
pub(crate) mod prepared;
pub(crate) mod regex;
mod regex_call;
mod string;
mod system;
pub(crate) mod table;

pub(crate) use failure::{
    nearest, no_constructor, no_method, no_overload, unknown_class, unknown_member,
};
pub use table::{Class, Form, Method};

/// All classes.
static CLASSES: &[&Class] = &[
    &string::STRING,
    &number::LONG,
    &number::DOUBLE,
    &number::BOOLEAN,
    &number::MATH,
    &container::MAP,
    &container::LONG_ARRAY,
    &container::DOUBLE_ARRAY,
    &container::BOOLEAN_ARRAY,
    &container::STRING_ARRAY,
    &container::ARRAYS,
    &system::SYSTEM,
    &system::UUID,
    &datetime::DATE_TIME,
    &datetime::PROPERTY,
    &datetime::ZONE,
    &datetime::FORMAT,
    &datetime::FORMATTER,
    &datetime::DAYS,
    &datetime::CONSTANTS,
    &datetime::UTIL,
];

/// All classes, in the order of the documentation.
#[must_use]
pub fn classes() -> &'static [&'static Class] {
    CLASSES
}

/// The class of this name or alias.
#[must_use]
pub fn find_class(name: &str) -> Option<&'static Class> {
    // Every class name begins with a capital: most names are told apart by their first byte.
    if !name.as_bytes().first().is_some_and(u8::is_ascii_uppercase) {
        return None;
    }
    CLASSES.iter().copied().find(|class| class.name == name || class.aliases.contains(&name))
}
