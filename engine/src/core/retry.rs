//! Retries: three classes of failure, each with its own counter, limit and back-off.

use serde::{Deserialize, Serialize};

use crate::status::StepStatus;

/// How the delay of one class grows: `min(base * exponent^n, limit)` seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Curve {
    /// Seconds before the first retry.
    pub base: u64,
    /// Factor from retry to retry; 1 for a fixed delay.
    pub exponent: u64,
    /// The most seconds.
    pub limit: u64,
}

impl Curve {
    /// Seconds before the next retry after `done` of them.
    #[must_use]
    pub fn delay(self, done: u32) -> u64 {
        self.base.saturating_mul(self.exponent.saturating_pow(done)).min(self.limit)
    }
}

/// The curves of the three classes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backoff {
    /// User errors.
    pub error: Curve,
    /// Platform errors.
    pub platform: Curve,
    /// Time-outs.
    pub timeout: Curve,
}

impl Default for Backoff {
    fn default() -> Self {
        let curve = |limit| Curve { base: 60, exponent: 2, limit };
        Backoff { error: curve(600), platform: curve(3600), timeout: curve(3600) }
    }
}

/// Counters and limits of one step in one run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RetryState {
    /// Retries after user errors so far.
    pub error_retries: u32,
    /// The most of them.
    pub error_retry_limit: u32,
    /// Retries after platform errors so far.
    pub platform_retries: u32,
    /// The most of them.
    pub platform_retry_limit: u32,
    /// Retries after time-outs so far.
    pub timeout_retries: u32,
    /// The most of them.
    pub timeout_retry_limit: u32,
    /// Restarts by users so far.
    pub manual_retries: u32,
    /// False when the runtime said that no retry will help.
    pub retryable: bool,
    /// The delays.
    pub backoff: Backoff,
}

impl Default for RetryState {
    fn default() -> Self {
        RetryState {
            error_retries: 0,
            error_retry_limit: 2,
            platform_retries: 0,
            platform_retry_limit: 10,
            timeout_retries: 0,
            timeout_retry_limit: 0,
            manual_retries: 0,
            retryable: true,
            backoff: Backoff::default(),
        }
    }
}

impl RetryState {
    /// Takes limits and delays of a policy and keeps the counters.
    pub fn adopt(&mut self, policy: &RetryState) {
        *self = RetryState {
            error_retries: self.error_retries,
            platform_retries: self.platform_retries,
            timeout_retries: self.timeout_retries,
            manual_retries: self.manual_retries,
            ..policy.clone()
        };
    }

    /// Whether a failure of this class gets another attempt, and after how many seconds.
    #[must_use]
    pub fn next(&self, class: StepStatus) -> Option<u64> {
        let (done, limit, curve) = match class {
            StepStatus::UserFailed if self.retryable => {
                (self.error_retries, self.error_retry_limit, self.backoff.error)
            }
            StepStatus::PlatformFailed if self.retryable => {
                (self.platform_retries, self.platform_retry_limit, self.backoff.platform)
            }
            StepStatus::TimeoutFailed => {
                (self.timeout_retries, self.timeout_retry_limit, self.backoff.timeout)
            }
            _ => return None,
        };
        (done < limit).then(|| curve.delay(done))
    }

    /// Counts one retry of this class.
    pub fn count(&mut self, class: StepStatus) {
        let counter = match class {
            StepStatus::UserFailed => &mut self.error_retries,
            StepStatus::PlatformFailed => &mut self.platform_retries,
            StepStatus::TimeoutFailed => &mut self.timeout_retries,
            _ => &mut self.manual_retries,
        };
        *counter = counter.saturating_add(1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn delays_grow_to_the_limit() {
        let curve = Backoff::default().error;
        assert_eq!([0, 1, 2, 3, 4, 99].map(|n| curve.delay(n)), [60, 120, 240, 480, 600, 600]);
    }

    #[test]
    fn classes_are_counted_apart() {
        let mut retry = RetryState::default();
        assert_eq!(retry.next(StepStatus::UserFailed), Some(60));
        retry.count(StepStatus::UserFailed);
        assert_eq!(retry.next(StepStatus::UserFailed), Some(120));
        retry.count(StepStatus::UserFailed);
        assert_eq!(retry.next(StepStatus::UserFailed), None);
        assert_eq!(retry.next(StepStatus::PlatformFailed), Some(60));
        assert_eq!(retry.next(StepStatus::TimeoutFailed), None);
        retry.retryable = false;
        assert_eq!(retry.next(StepStatus::PlatformFailed), None);
    }
}
