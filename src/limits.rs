//! All budgets of one evaluation, in one place.
//!
//! [`Limits`] is what the embedder asks for; [`Meter`] is the running account. Whoever works or
//! allocates asks the meter *first*: there is no other door to steps, bytes and time. The count of
//! steps is exact and the same on every machine; the clock and the cancel flag are polled every
//! [`POLL_EVERY`] steps, so a library routine that does a unit of work per step can't outrun them.

use std::cell::Cell;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::fault::Fault;

/// How many steps may pass between two looks at the clock and the cancel flag.
const POLL_EVERY: u64 = 4096;

/// What an evaluation may use. The defaults are those of the reference server.
///
/// A limit `N` is reached at `N`: with `loop_iterations` 10 a tenth completed iteration is an
/// error, with `array_length` 10 the longest array has 9 elements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Longest source text, in UTF-16 units; checked before parsing. Default 10 000.
    pub source_length: usize,
    /// Deepest nesting of the source; checked before and while parsing. Default 256, for which a
    /// stack of 2 MiB is enough; whoever allows more should run on a larger one.
    pub nesting: usize,
    /// Iterations of one loop. Default 25 001.
    pub loop_iterations: u64,
    /// Length of any array, whoever makes it. Default 25 001.
    pub array_length: usize,
    /// Steps: one for each node visited, and more for library calls by the size of their work.
    /// Default 100 000 000.
    pub steps: u64,
    /// Bytes held by the live values of one evaluation. Default 100 000 000.
    pub memory: usize,
    /// Wall-clock time of one evaluation. Default 120 s.
    pub time: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            source_length: 10_000,
            nesting: 256,
            loop_iterations: 25_001,
            array_length: 25_001,
            steps: 100_000_000,
            memory: 100_000_000,
            time: Duration::from_secs(120),
        }
    }
}

/// Which budget ran out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum LimitKind {
    /// [`Limits::loop_iterations`].
    Loop,
    /// [`Limits::array_length`].
    Array,
    /// [`Limits::steps`].
    Steps,
    /// [`Limits::memory`].
    Memory,
    /// [`Limits::time`].
    Time,
    /// The embedder raised the [`CancelFlag`].
    Cancelled,
    /// Values nested too deeply to be shown or converted.
    Depth,
}

/// Raised from another thread to stop an evaluation at its next poll.
#[derive(Debug, Clone, Default)]
pub struct CancelFlag(Arc<AtomicBool>);

impl CancelFlag {
    /// A flag that is not raised.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
    /// Stops every evaluation that was given this flag.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }
    /// Lowers the flag, so that it can serve the next evaluation.
    pub fn reset(&self) {
        self.0.store(false, Ordering::Relaxed);
    }
    /// Whether the flag is raised.
    #[must_use]
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// The running account of one evaluation.
#[derive(Debug)]
pub(crate) struct Meter {
    used: Cell<u64>,
    /// The next step count at which something must be looked at.
    next_stop: Cell<u64>,
    max_steps: u64,
    live: Cell<usize>,
    peak: Cell<usize>,
    max_live: usize,
    pub(crate) max_array: usize,
    pub(crate) max_loop: u64,
    time: Duration,
    deadline: Cell<Option<Instant>>,
    cancel: Option<CancelFlag>,
}

impl Meter {
    pub(crate) fn new(limits: &Limits, cancel: Option<CancelFlag>) -> Self {
        Meter {
            used: Cell::new(0),
            next_stop: Cell::new(limits.steps.min(POLL_EVERY)),
            max_steps: limits.steps,
            live: Cell::new(0),
            peak: Cell::new(0),
            max_live: limits.memory,
            max_array: limits.array_length,
            max_loop: limits.loop_iterations,
            time: limits.time,
            deadline: Cell::new(None),
            cancel,
        }
    }

    /// A meter with the default limits, for tests of the library's leaves.
    #[cfg(test)]
    pub(crate) fn unlimited() -> Self {
        Meter::new(&Limits::default(), None)
    }

    /// Takes `n` steps: call it before the work, with a number in proportion to the work.
    ///
    /// # Errors
    /// When the steps, the time or the embedder's patience are used up.
    #[inline(always)]
    pub(crate) fn step(&self, n: u64) -> Result<(), Fault> {
        let used = self.used.get().wrapping_add(n);
        self.used.set(used);
        if used >= self.next_stop.get() { self.poll() } else { Ok(()) }
    }

    /// Steps for work over `units` bytes, characters or elements: one for each 64.
    #[inline]
    pub(crate) fn step_units(&self, units: usize) -> Result<(), Fault> {
        self.step(1 + (units as u64) / 64)
    }

    #[cold]
    #[inline(never)]
    fn poll(&self) -> Result<(), Fault> {
        let used = self.used.get();
        if used >= self.max_steps {
            return Err(Fault::limit(LimitKind::Steps));
        }
        if self.cancel.as_ref().is_some_and(CancelFlag::is_cancelled) {
            return Err(Fault::limit(LimitKind::Cancelled));
        }
        // The clock is first read at the first poll: an evaluation of a few steps never reads it.
        let now = Instant::now();
        match self.deadline.get() {
            None => self.deadline.set(now.checked_add(self.time)),
            Some(deadline) if now >= deadline => return Err(Fault::limit(LimitKind::Time)),
            Some(_) => {}
        }
        self.next_stop.set(used.saturating_add(POLL_EVERY).min(self.max_steps));
        Ok(())
    }

    /// Accounts for `bytes` that are about to be allocated.
    ///
    /// # Errors
    /// When the live values would hold more than the limit; nothing is accounted then.
    #[inline]
    pub(crate) fn charge(&self, bytes: usize) -> Result<(), Fault> {
        match self.live.get().checked_add(bytes) {
            Some(live) if live <= self.max_live => {
                self.live.set(live);
                if live > self.peak.get() {
                    self.peak.set(live);
                }
                Ok(())
            }
            _ => Err(Fault::limit(LimitKind::Memory)),
        }
    }

    /// Gives back what [`Meter::charge`] took.
    #[inline]
    pub(crate) fn release(&self, bytes: usize) {
        self.live.set(self.live.get().saturating_sub(bytes));
    }

    /// Checks the length of an array that is about to be made.
    ///
    /// # Errors
    /// When the array would reach the limit.
    #[inline]
    pub(crate) fn array(&self, len: usize) -> Result<(), Fault> {
        if len >= self.max_array { Err(Fault::limit(LimitKind::Array)) } else { Ok(()) }
    }

    /// The bytes that are accounted for now.
    pub(crate) fn live(&self) -> usize {
        self.live.get()
    }

    /// Steps taken so far.
    pub(crate) fn used_steps(&self) -> u64 {
        self.used.get()
    }

    /// The most bytes that were live at once.
    pub(crate) fn peak_bytes(&self) -> usize {
        self.peak.get()
    }
}
