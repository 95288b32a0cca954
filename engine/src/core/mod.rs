//! The pure core: one run of one workflow instance as a state machine.
//!
//! [`Flow::apply`] takes an [`Event`] and the time and answers [`Effect`]s: data that the shell
//! (`run/`) performs, each of which comes back as another event. There is no I/O here, no clock, no
//! expression, no param: what is decided is only *what happens next*. Events of an attempt that is
//! no longer the latest, or that do not fit its status, change nothing, so a shell may repeat them
//! after a crash.

mod act;
mod event;
mod flow;
mod lifecycle;
mod loops;
mod permit;
mod retry;
mod spec;
mod state;
mod strategy;

#[cfg(test)]
mod tests;

pub use event::{Action, At, Effect, Event, Outcome, Setup, Timer};
pub use flow::Flow;
pub use lifecycle::MAX_ITERATIONS;
pub use loops::{LoopState, Ranges};
pub use permit::{Permits, TagLimit};
pub use retry::{Backoff, Curve, RetryState};
pub use spec::{Closing, FailureMode, StepKind, StepSpec};
pub use state::{RuntimeState, StepState};
pub use strategy::{Entry, OnStart, Rule, dequeue, on_start};
