//! From text to the syntax tree, and back.
//!
//! The way of a text: `guard` (length, nesting) → the grammar (`grammar/sel.pest`) → `lower`
//! (pairs to [`ast`]). When the grammar refuses, `diagnose` says why. [`parse`] is all of it, and
//! [`format_source`] the way back.

pub mod ast;
mod comment;
mod diagnose;
mod diagnose_expr;
mod error;
mod guard;
mod literal;
mod lower;
mod lower_expr;
mod parse;
mod print;
mod print_expr;
mod source;
pub mod token;
mod word;

pub use parse::parse;
pub use print::format_source;
