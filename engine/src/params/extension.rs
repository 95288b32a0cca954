//! The functions that `params.…` offers to an expression, beside the params themselves.

use sel::{HostError, Value};

/// Answers `params.name(args)`; all arguments are strings. What a step, a signal or a finished
/// foreach knows is behind this trait; a workflow's own scope has [`Instance`](super::Instance).
pub trait Extension {
    /// The value, or `None` where there is no such function in this scope.
    fn call(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>>;
}
