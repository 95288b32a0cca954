//! Time as the engine sees it: a trait, so that tests need not wait.

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use tokio::sync::watch;
use tokio::time::Instant;

/// A clock in epoch milliseconds.
#[async_trait]
pub trait Clock: Send + Sync + 'static {
    /// The time.
    fn now(&self) -> i64;
    /// Returns when the time is not before `until`.
    async fn sleep_until(&self, until: i64);
}

/// The system's clock, or one that runs a whole factor faster from the moment it was made.
#[derive(Debug, Clone)]
pub struct SystemClock {
    origin: Instant,
    base: i64,
    factor: u32,
}

impl Default for SystemClock {
    fn default() -> Self {
        SystemClock::scaled(1)
    }
}

impl SystemClock {
    /// A clock on which `factor` seconds pass in one.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the engine's one reading of the system's clock")]
    pub fn scaled(factor: u32) -> SystemClock {
        let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
        let base = since.map_or(0, |d| i64::try_from(d.as_millis()).unwrap_or(i64::MAX));
        SystemClock { origin: Instant::now(), base, factor: factor.max(1) }
    }
}

#[async_trait]
impl Clock for SystemClock {
    fn now(&self) -> i64 {
        let micros = i64::try_from(self.origin.elapsed().as_micros()).unwrap_or(i64::MAX);
        self.base.saturating_add(micros.saturating_mul(i64::from(self.factor)) / 1000)
    }

    async fn sleep_until(&self, until: i64) {
        loop {
            let left = until.saturating_sub(self.now());
            if left <= 0 {
                return;
            }
            let micros = u64::try_from(left).unwrap_or(0).saturating_mul(1000);
            let real = Duration::from_micros(micros / u64::from(self.factor));
            // Bounded, so that a clock that jumps is noticed.
            tokio::time::sleep(real.clamp(Duration::from_micros(100), Duration::from_secs(60)))
                .await;
        }
    }
}

/// A clock that stands still until it is told.
#[derive(Debug, Clone)]
pub struct ManualClock(Arc<watch::Sender<i64>>);

impl ManualClock {
    /// A clock that shows this time.
    #[must_use]
    pub fn at(now: i64) -> ManualClock {
        ManualClock(Arc::new(watch::Sender::new(now)))
    }
    /// Moves on.
    pub fn advance(&self, millis: i64) {
        self.0.send_modify(|now| *now = now.saturating_add(millis));
    }
}

#[async_trait]
impl Clock for ManualClock {
    fn now(&self) -> i64 {
        *self.0.borrow()
    }
    async fn sleep_until(&self, until: i64) {
        // The sender lives in `self`: waiting cannot fail.
        let _ = self.0.subscribe().wait_for(|now| *now >= until).await;
    }
}
