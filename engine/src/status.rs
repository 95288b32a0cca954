//! The statuses of workflow instances and step attempts, with the facts that the engine asks of
//! them: is it terminal, does it let successors proceed, will the system try again.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

macro_rules! statuses {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $variant:ident = $text:literal,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        pub enum $name {
            $($(#[$doc])* #[serde(rename = $text)] $variant,)+
        }

        impl $name {
            /// Every status, in the order of the life of its owner.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];

            /// The name as it is written in JSON.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self { $($name::$variant => $text,)+ }
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $name {
            type Err = UnknownStatus;
            fn from_str(text: &str) -> Result<Self, UnknownStatus> {
                Self::ALL
                    .iter()
                    .copied()
                    .find(|status| status.as_str().eq_ignore_ascii_case(text))
                    .ok_or_else(|| UnknownStatus(text.to_owned()))
            }
        }
    };
}

/// A text that names no status.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("unknown status `{0}`")]
pub struct UnknownStatus(pub String);

statuses! {
    /// The status of one run of a workflow instance.
    InstanceStatus {
        /// Queued, or about to start.
        Created = "CREATED",
        /// Steps are being driven.
        InProgress = "IN_PROGRESS",
        /// Declared by the wire format, never produced.
        Paused = "PAUSED",
        /// Every step that ran completed.
        Succeeded = "SUCCEEDED",
        /// A step failed for good, or the run was killed.
        Failed = "FAILED",
        /// Stopped by a user or by a run strategy.
        Stopped = "STOPPED",
        /// The run or one of its steps took too long.
        TimedOut = "TIMED_OUT",
    }
}

impl InstanceStatus {
    /// Nothing changes any more: a restart makes a new run.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Succeeded | Self::Failed | Self::Stopped | Self::TimedOut)
    }
}

statuses! {
    /// The status of one attempt of a step.
    StepStatus {
        /// In the graph, no attempt yet; only in views.
        NotCreated = "NOT_CREATED",
        /// The gate opened: satisfaction and skipping are being decided.
        Created = "CREATED",
        /// Retry policy, timeout and tags are resolved.
        Initialized = "INITIALIZED",
        /// Held by a breakpoint.
        Paused = "PAUSED",
        /// Signal dependencies are pending.
        WaitingForSignals = "WAITING_FOR_SIGNALS",
        /// Params are being evaluated.
        EvaluatingParams = "EVALUATING_PARAMS",
        /// Queued for tag permits.
        WaitingForPermits = "WAITING_FOR_PERMITS",
        /// The runtime is being started.
        Starting = "STARTING",
        /// The runtime executes.
        Running = "RUNNING",
        /// Outputs are merged, signals announced.
        Finishing = "FINISHING",
        /// Reserved, never produced.
        Disabled = "DISABLED",
        /// All predecessors are complete and no condition held.
        Unsatisfied = "UNSATISFIED",
        /// Skipped by a user.
        Skipped = "SKIPPED",
        /// Done.
        Succeeded = "SUCCEEDED",
        /// Failed, and the definition says to go on.
        CompletedWithError = "COMPLETED_WITH_ERROR",
        /// The user's error; another attempt follows.
        UserFailed = "USER_FAILED",
        /// The platform's error; another attempt follows.
        PlatformFailed = "PLATFORM_FAILED",
        /// Took too long; another attempt follows.
        TimeoutFailed = "TIMEOUT_FAILED",
        /// Failed, no more attempts.
        FatallyFailed = "FATALLY_FAILED",
        /// The definition cannot be evaluated, or the engine failed.
        InternallyFailed = "INTERNALLY_FAILED",
        /// Stopped by a user or the system.
        Stopped = "STOPPED",
        /// Took too long, no more attempts.
        TimedOut = "TIMED_OUT",
    }
}

impl StepStatus {
    /// This attempt changes no more.
    #[must_use]
    pub fn is_terminal(self) -> bool {
        self >= Self::Disabled
    }
    /// Successors may proceed.
    #[must_use]
    pub fn is_complete(self) -> bool {
        matches!(
            self,
            Self::Disabled
                | Self::Unsatisfied
                | Self::Skipped
                | Self::Succeeded
                | Self::CompletedWithError
        )
    }
    /// The system makes another attempt.
    #[must_use]
    pub fn is_retryable(self) -> bool {
        matches!(self, Self::UserFailed | Self::PlatformFailed | Self::TimeoutFailed)
    }
    /// The rollup lists the steps in this status by reference.
    #[must_use]
    pub fn is_listed(self) -> bool {
        matches!(
            self,
            Self::Paused
                | Self::WaitingForSignals
                | Self::EvaluatingParams
                | Self::WaitingForPermits
                | Self::Running
                | Self::UserFailed
                | Self::PlatformFailed
                | Self::TimeoutFailed
                | Self::FatallyFailed
                | Self::InternallyFailed
        )
    }
    /// Counts as a failure when the final status of the run is derived.
    #[must_use]
    pub fn is_failure(self) -> bool {
        self.is_retryable() || matches!(self, Self::FatallyFailed | Self::InternallyFailed)
    }
    /// Terminal and not to be tried again: the step is settled unless a user restarts it.
    #[must_use]
    pub fn is_settled(self) -> bool {
        self.is_terminal() && !self.is_retryable()
    }

    /// Whether an attempt may go from this status to `next` (see the picture in `docs/engine.md`).
    #[must_use]
    pub fn may_become(self, next: StepStatus) -> bool {
        use StepStatus as S;
        if self.is_terminal() || next == S::NotCreated || next == S::Disabled {
            return false;
        }
        if matches!(
            next,
            S::InternallyFailed
                | S::Stopped
                | S::FatallyFailed
                | S::CompletedWithError
                | S::Skipped
                | S::TimedOut
        ) {
            return self != S::NotCreated;
        }
        match self {
            S::NotCreated => next == S::Created,
            S::Created => matches!(next, S::Unsatisfied | S::Initialized),
            S::Initialized => matches!(next, S::Paused | S::WaitingForSignals),
            S::Paused => next == S::WaitingForSignals,
            S::WaitingForSignals => next == S::EvaluatingParams,
            S::EvaluatingParams => next == S::WaitingForPermits,
            S::WaitingForPermits => next == S::Starting,
            S::Starting => next == S::Running || next.is_retryable(),
            S::Running => next == S::Finishing || next.is_retryable(),
            S::Finishing => matches!(next, S::Succeeded | S::TimeoutFailed),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_agree_with_the_table() {
        let complete = ["DISABLED", "UNSATISFIED", "SKIPPED", "SUCCEEDED", "COMPLETED_WITH_ERROR"];
        let retryable = ["USER_FAILED", "PLATFORM_FAILED", "TIMEOUT_FAILED"];
        let failed = ["FATALLY_FAILED", "INTERNALLY_FAILED"];
        let ended = ["STOPPED", "TIMED_OUT"];
        let under_way = [
            "PAUSED",
            "WAITING_FOR_SIGNALS",
            "EVALUATING_PARAMS",
            "WAITING_FOR_PERMITS",
            "RUNNING",
        ];
        for status in StepStatus::ALL {
            let name = status.as_str();
            assert_eq!(status.is_complete(), complete.contains(&name), "{name}");
            assert_eq!(status.is_retryable(), retryable.contains(&name), "{name}");
            let terminal = [&complete[..], &retryable, &failed, &ended].concat();
            assert_eq!(status.is_terminal(), terminal.contains(&name), "{name}");
            assert_eq!(status.is_failure(), [&retryable[..], &failed].concat().contains(&name));
            let listed = [&under_way[..], &retryable, &failed].concat();
            assert_eq!(status.is_listed(), listed.contains(&name), "{name}");
        }
    }

    #[test]
    fn names_read_back_in_any_case() {
        for status in StepStatus::ALL {
            assert_eq!(status.as_str().to_lowercase().parse(), Ok(*status));
        }
        assert!("NONE".parse::<InstanceStatus>().is_err());
    }

    #[test]
    fn terminal_statuses_never_change() {
        for from in StepStatus::ALL.iter().filter(|s| s.is_terminal()) {
            assert!(StepStatus::ALL.iter().all(|to| !from.may_become(*to)));
        }
    }
}
