//! What starts a workflow by itself: time and signals.

use indexmap::IndexMap;

use super::ParamDefinitions;
use super::record::{names, record};
use super::signal::MatchParam;

names! {
    /// The kinds of time trigger.
    pub enum TimeTriggerType {
        /// A cron expression.
        Cron = "CRON",
        /// `@daily` and the like.
        Predefined = "PREDEFINED",
        /// A fixed distance.
        Interval = "INTERVAL",
    }
}

record! {
    /// A time trigger. Which fields there are follows the type.
    pub struct TimeTrigger {
        /// The kind.
        trigger_type as "type": TimeTriggerType,
        /// Of CRON: five Unix fields, or six or seven of Quartz.
        cron: Option<String>,
        /// Of PREDEFINED: `@hourly`, `daily`, …
        expression: Option<String>,
        /// Of INTERVAL: the distance.
        interval: Option<super::Scalar>,
        /// Of INTERVAL: the first time.
        start: Option<super::Scalar>,
        /// The time zone, UTC when absent.
        timezone: Option<String>,
        /// The most that each time is shifted by.
        fuzzy_max_delay: Option<String>,
    }
}

record! {
    /// What a trigger asks of one signal.
    pub struct SignalTriggerEntry {
        /// What must match.
        match_params: IndexMap<String, MatchParam>,
        /// The params whose values the signals of the trigger must share, by position.
        join_keys: Vec<String>,
    }
}

record! {
    /// Starts the workflow when all its signals are there.
    pub struct SignalTrigger {
        /// Signal name to what is asked of it.
        definitions: IndexMap<String, SignalTriggerEntry>,
        /// Params of the run, evaluated alone.
        params: ParamDefinitions,
        /// An expression: false skips the run.
        condition: Option<String>,
        /// An expression: runs of one value are one run.
        dedup_expr: Option<String>,
    }
}
