//! Properties of a workflow: versioned apart from its definition.

use super::record::{field, names, record, through_serde, unknown};
use super::{Alerting, Model, Tag, User};
use crate::document::{Key, Node, Path, Problems, Value};

names! {
    /// Which of the queued instances may run.
    #[derive(Default)]
    pub enum RunStrategyRule {
        /// One after the other.
        #[default]
        Sequential = "SEQUENTIAL",
        /// One after the other, and a failed one blocks.
        StrictSequential = "STRICT_SEQUENTIAL",
        /// A new one is refused while there is another.
        FirstOnly = "FIRST_ONLY",
        /// A new one stops the other.
        LastOnly = "LAST_ONLY",
        /// Several at once.
        Parallel = "PARALLEL",
        /// A new one takes the place of the queued ones.
        SerialLatestOnly = "SERIAL_LATEST_ONLY",
    }
}

/// A run strategy: on the wire a rule, a number (PARALLEL), or both in an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct RunStrategy {
    /// The rule.
    pub rule: RunStrategyRule,
    /// How many at once, as it was given.
    pub workflow_concurrency: Option<i64>,
}

impl RunStrategy {
    /// How many at once: 20 for PARALLEL unless something else is said, otherwise 1.
    #[must_use]
    pub fn concurrency(&self) -> i64 {
        let default = if self.rule == RunStrategyRule::Parallel { 20 } else { 1 };
        self.workflow_concurrency.unwrap_or(default)
    }
}

impl Model for RunStrategy {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Int(number) => Some(RunStrategy {
                rule: RunStrategyRule::Parallel,
                workflow_concurrency: Some(*number),
            }),
            Value::Object(_) => {
                unknown(node, &[&["rule", "workflow_concurrency"]], at, problems);
                let rule = field(node, "rule", None, at, problems);
                let concurrency = field(node, "workflow_concurrency", None, at, problems);
                Some(RunStrategy { rule: rule?, workflow_concurrency: concurrency? })
            }
            _ => {
                let rule = RunStrategyRule::read(node, at, problems)?;
                Some(RunStrategy { rule, workflow_concurrency: None })
            }
        }
    }
    fn write(&self) -> Node {
        let mut entries = vec![(Key::new("rule"), self.rule.write())];
        if let Some(concurrency) = self.workflow_concurrency {
            entries.push((Key::new("workflow_concurrency"), concurrency.write()));
        }
        Node::new(Value::Object(entries))
    }
}
through_serde!(RunStrategy);

record! {
    /// The properties of a create request.
    #[derive(Default)]
    pub struct Properties {
        /// Who owns the workflow; required when it is created.
        owner: Option<User>,
        /// Kept, without meaning.
        access_control: Option<serde_json::Value>,
        /// Which instances run.
        run_strategy: Option<RunStrategy>,
        /// The most leaf steps at once.
        step_concurrency: Option<i64>,
        /// Kept and shown.
        alerting: Option<Alerting>,
        /// No alerts.
        alerting_disabled: Option<bool>,
        /// Signal triggers are off.
        signal_trigger_disabled: Option<bool>,
        /// Time triggers are off.
        time_trigger_disabled: Option<bool>,
        /// A text for people.
        description: Option<String>,
        /// Changed by their own requests only.
        tags: Option<Vec<Tag>>,
    }
}

record! {
    /// What a change of properties makes the default again.
    #[derive(Default)]
    pub struct Resets {
        /// The rule.
        reset_run_strategy_rule: bool = false,
        /// How many instances run at once.
        reset_workflow_concurrency: bool = false,
        /// How many leaf steps run at once.
        reset_step_concurrency: bool = false,
    }
}

record! {
    /// Whose properties they are, and since when.
    pub struct SnapshotHead {
        /// The workflow.
        workflow_id: String,
        /// When, in epoch milliseconds; the id of the snapshot too.
        create_time: i64,
        /// Who changed them.
        author: Option<User>,
    }
}

/// Declares an object that has the fields of several records side by side.
macro_rules! joined {
    ($(#[$meta:meta])* pub struct $name:ident { $($(#[$doc:meta])* $field:ident: $part:ident,)+ }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq)]
        pub struct $name {
            $($(#[$doc])* pub $field: $part,)+
        }

        impl Model for $name {
            fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
                if node.as_object().is_none() {
                    problems.expected(at, node, "an object");
                    return None;
                }
                unknown(node, &[$($part::FIELDS),+], at, problems);
                $(let $field = $part::read_fields(node, at, problems);)+
                Some($name { $($field: $field?),+ })
            }
            fn write(&self) -> Node {
                let mut entries = Vec::new();
                $(self.$field.write_fields(&mut entries);)+
                Node::new(Value::Object(entries))
            }
        }
        through_serde!($name);
    };
}

joined! {
    /// A change of properties: what is absent stays.
    pub struct PropertiesUpdate {
        /// The new values.
        properties: Properties,
        /// What becomes the default again.
        resets: Resets,
    }
}

joined! {
    /// The properties of a workflow at a time.
    pub struct PropertiesSnapshot {
        /// Whose they are, and since when.
        head: SnapshotHead,
        /// The properties.
        properties: Properties,
    }
}
