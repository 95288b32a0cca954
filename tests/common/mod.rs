//! What several test binaries share.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

pub mod generate;
pub mod typed;

/// The default limits with another one on the length of the source.
#[allow(clippy::field_reassign_with_default, reason = "the struct is non-exhaustive")]
pub fn source_length(limit: usize) -> sel::Limits {
    let mut limits = sel::Limits::default();
    limits.source_length = limit;
    limits
}

/// The default limits with another one on nesting.
#[allow(clippy::field_reassign_with_default, reason = "the struct is non-exhaustive")]
pub fn nesting(limit: usize) -> sel::Limits {
    let mut limits = sel::Limits::default();
    limits.nesting = limit;
    limits
}
