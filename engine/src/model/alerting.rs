//! Alerting: kept and shown, never acted upon.

use indexmap::IndexMap;

use super::Model;
use super::record::{names, record, through_serde};
use crate::document::{Node, Path, Problems, Value};

names! {
    /// What an alert is about.
    pub enum AlertType {
        /// A step failed.
        StepFailure = "STEP_FAILURE",
        /// The completion time was missed.
        TctViolation = "TCT_VIOLATION",
        /// It takes long.
        LongRunning = "LONG_RUNNING",
        /// A signal is late.
        DependencyLate = "DEPENDENCY_LATE",
        /// A breakpoint holds a step.
        BreakpointHit = "BREAKPOINT_HIT",
        /// The definition changed.
        DefinitionChange = "DEFINITION_CHANGE",
        /// The run succeeded.
        RunSuccess = "RUN_SUCCESS",
        /// The run did not succeed in time.
        SuccessWithin = "SUCCESS_WITHIN",
    }
}

names! {
    /// How bad it is.
    pub enum Severity {
        /// Worst.
        Critical = "CRITICAL",
        /// Bad.
        Error = "ERROR",
        /// Not good.
        Warning = "WARNING",
        /// To know.
        Info = "INFO",
    }
}

names! {
    /// How alerts are grouped.
    pub enum Granularity {
        /// One for the workflow.
        Workflow = "WORKFLOW",
        /// One for each step.
        Step = "STEP",
        /// Both.
        All = "ALL",
    }
}

names! {
    /// What an alert does; lower case on the wire.
    pub enum AlertAction {
        /// Writes an e-mail.
        Email = "email",
        /// Pages.
        Page = "page",
        /// Writes to Slack.
        Slack = "slack",
        /// Cancels the run.
        Cancel = "cancel",
    }
}

record! {
    /// Who hears of it on Slack.
    pub struct Slack {
        /// Users.
        users: Option<Vec<String>>,
        /// Channels.
        channels: Option<Vec<String>>,
        /// Whether the users are mentioned in the channels.
        mention_users: Option<bool>,
    }
}

record! {
    /// What is left out of digests.
    pub struct BypassDigest {
        /// The workflow.
        workflow: Option<bool>,
        /// Steps.
        steps: Option<Vec<String>>,
    }
}

record! {
    /// How PagerDuty is used.
    pub struct PagerDuty {
        /// How bad an alert is.
        severity: Option<Severity>,
        /// Whether every alert pages.
        always_page: Option<bool>,
    }
}

record! {
    /// When the run should be complete: exactly one of the first three.
    pub struct Tct {
        /// An hour of the day.
        completed_by_hour: Option<i64>,
        /// Minutes after the start.
        duration_minutes: Option<i64>,
        /// A time in epoch milliseconds.
        completed_by_ts: Option<i64>,
        /// The time zone of the hour.
        tz: Option<String>,
    }
}

record! {
    /// What one type of alert does.
    pub struct TypeConfig {
        /// Addresses.
        emails: Option<Vec<String>>,
        /// Services.
        pagerduties: Option<Vec<String>>,
        /// Slack.
        slack: Option<Slack>,
        /// What is done.
        actions: Option<Vec<AlertAction>>,
        /// Whether it is off.
        disabled: Option<bool>,
        /// How it is grouped.
        granularity: Option<Granularity>,
        /// After how many minutes.
        duration_minutes: Option<i64>,
    }
}

/// The alerts by type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TypeConfigs(pub IndexMap<AlertType, TypeConfig>);

impl Model for TypeConfigs {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        let Some(entries) = node.as_object() else {
            problems.expected(at, node, "an object");
            return None;
        };
        let mut configs = IndexMap::new();
        for (key, item) in entries {
            let path = at.key(&key.name);
            let name =
                Node { value: Value::Text(key.name.clone()), span: key.span, ..Node::default() };
            let kind = AlertType::read(&name, &path, problems);
            let config = TypeConfig::read(item, &path, problems);
            if let (Some(kind), Some(config)) = (kind, config) {
                configs.insert(kind, config);
            }
        }
        Some(TypeConfigs(configs))
    }
    fn write(&self) -> Node {
        let named: IndexMap<String, TypeConfig> =
            self.0.iter().map(|(kind, config)| (kind.to_string(), config.clone())).collect();
        named.write()
    }
}
through_serde!(TypeConfigs);

record! {
    /// Who hears of what.
    pub struct Alerting {
        /// Addresses, interpolated at the start.
        emails: Option<Vec<String>>,
        /// Services.
        pagerduties: Option<Vec<String>>,
        /// Slack.
        slack: Option<Slack>,
        /// What is left out of digests.
        bypass_digest_config: Option<BypassDigest>,
        /// How PagerDuty is used.
        pagerduty_config: Option<PagerDuty>,
        /// When the run should be complete.
        tct: Option<Tct>,
        /// By type of alert.
        type_configs: Option<TypeConfigs>,
    }
}
