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

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::value::kind::Kind;

pub(crate) use failure::{
    nearest, no_constructor, no_method, no_overload, unknown_class, unknown_member,
};
pub(crate) use string::long_shown;
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

/// Methods, static ones and fields by name, with the kind of the instances that answer.
type ByName = HashMap<&'static str, Vec<(Kind, &'static Method)>, foldhash::fast::RandomState>;

/// What answers `.name` or `.name(…)` on an instance, in the order of the classes; a static method
/// is reached through an instance too, as in Java.
pub(crate) fn on_instances(name: &str) -> &'static [(Kind, &'static Method)] {
    static BY_NAME: LazyLock<ByName> = LazyLock::new(|| {
        let mut by_name = ByName::default();
        for class in CLASSES {
            let Some(kind) = class.kind else { continue };
            for method in class.methods {
                by_name.entry(method.name).or_default().push((kind, method));
            }
        }
        by_name
    });
    BY_NAME.get(name).map_or(&[], Vec::as_slice)
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
