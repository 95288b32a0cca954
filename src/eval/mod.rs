//! The evaluator: a tree walker over the resolved program.
//!
//! `compile` turns the syntax tree into `code`; `machine` walks it. One file per group of
//! constructs: `stmt`, `expr`, `assign`, `call`; `ops` are the operators on values. Every fault is
//! given its span here, at the node where it happened. The walk recurses over counted nesting
//! only: long chains, statement lists and call chains are loops.

mod assign;
mod call;
pub(crate) mod code;
pub(crate) mod compile;
mod condition;
mod expr;
mod long;
mod machine;
mod map;
pub(crate) mod ops;
mod stmt;
#[cfg(test)]
mod tests;

pub(crate) use machine::{execute, execute_keeping};
