//! What happened, in order.

use super::record::{names, record};

names! {
    /// The kinds of event.
    pub enum TimelineType {
        /// A line for people.
        Log = "LOG",
        /// An error with its details.
        Details = "DETAILS",
        /// A status was reached.
        Status = "STATUS",
        /// Someone did something.
        Action = "ACTION",
        /// A point on the way.
        Milestone = "MILESTONE",
    }
}

names! {
    /// How loud a line is.
    pub enum LogLevel {
        /// Finest.
        Trace = "TRACE",
        /// Fine.
        Debug = "DEBUG",
        /// Normal.
        Info = "INFO",
        /// To be looked at.
        Warn = "WARN",
        /// Bad.
        Error = "ERROR",
    }
}

record! {
    /// An event. Which fields there are follows the type.
    pub struct TimelineEvent {
        /// When, in epoch milliseconds.
        timestamp: i64,
        /// The kind.
        kind as "type": TimelineType,
        /// Of LOG.
        level: Option<LogLevel>,
        /// Of LOG, DETAILS and ACTION.
        message: Option<String>,
        /// Of DETAILS (an error code), STATUS and MILESTONE.
        status: Option<String>,
        /// Of DETAILS.
        errors: Option<Vec<String>>,
        /// Of DETAILS.
        retryable: Option<bool>,
        /// Of ACTION.
        action: Option<String>,
        /// Of ACTION.
        author: Option<super::User>,
        /// Of ACTION.
        reason: Option<String>,
        /// Of ACTION and MILESTONE.
        info: Option<serde_json::Value>,
        /// Of MILESTONE.
        milestone_type: Option<String>,
        /// Of MILESTONE.
        source_id: Option<String>,
    }
}

impl TimelineEvent {
    fn of(timestamp: i64, kind: TimelineType) -> TimelineEvent {
        TimelineEvent {
            timestamp,
            kind,
            level: None,
            message: None,
            status: None,
            errors: None,
            retryable: None,
            action: None,
            author: None,
            reason: None,
            info: None,
            milestone_type: None,
            source_id: None,
        }
    }
    /// A line for people.
    #[must_use]
    pub fn log(timestamp: i64, level: LogLevel, message: impl Into<String>) -> TimelineEvent {
        TimelineEvent {
            level: Some(level),
            message: Some(message.into()),
            ..TimelineEvent::of(timestamp, TimelineType::Log)
        }
    }
    /// An error with its details.
    #[must_use]
    pub fn details(
        timestamp: i64,
        status: &str,
        message: impl Into<String>,
        errors: Vec<String>,
    ) -> TimelineEvent {
        TimelineEvent {
            status: Some(status.to_owned()),
            message: Some(message.into()),
            errors: Some(errors),
            ..TimelineEvent::of(timestamp, TimelineType::Details)
        }
    }
    /// A status was reached.
    #[must_use]
    pub fn status(timestamp: i64, status: &str) -> TimelineEvent {
        TimelineEvent {
            status: Some(status.to_owned()),
            ..TimelineEvent::of(timestamp, TimelineType::Status)
        }
    }
    /// Someone did something.
    #[must_use]
    pub fn action(timestamp: i64, action: &str, author: super::User) -> TimelineEvent {
        TimelineEvent {
            action: Some(action.to_owned()),
            author: Some(author),
            ..TimelineEvent::of(timestamp, TimelineType::Action)
        }
    }
}
