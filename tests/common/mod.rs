//! What several test binaries share.

#![allow(dead_code, unreachable_pub, reason = "each test binary uses a part of it")]

pub mod generate;
pub mod library;
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

/// The processor's time that this thread has taken so far: what a busy machine does not change.
pub fn thread_time() -> std::time::Duration {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|n| n.parse().ok());
    std::time::Duration::from_nanos(nanos.unwrap_or(0))
}
