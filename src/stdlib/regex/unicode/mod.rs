//! The Unicode properties that `\p{…}` names, as of version 15.0, Java 21's.

mod block_table;
mod category;
mod category_table;
mod java;
mod property;
mod property_table;
mod script_table;

pub(super) use category::{is_letter_or_digit, is_mark};
pub(super) use property::{PropertyFlags, by_key, by_name, is_word, word};
