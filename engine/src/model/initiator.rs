//! Who or what started an instance.

use indexmap::IndexMap;

use super::record::{names, record};
use super::{Params, User};

names! {
    /// The kinds of initiator.
    pub enum InitiatorKind {
        /// A user.
        Manual = "MANUAL",
        /// A time trigger.
        Time = "TIME",
        /// A signal trigger.
        Signal = "SIGNAL",
        /// A subworkflow step.
        Subworkflow = "SUBWORKFLOW",
        /// A foreach step.
        Foreach = "FOREACH",
        /// A while step.
        While = "WHILE",
        /// A template step.
        Template = "TEMPLATE",
        /// The dry run before a definition is accepted.
        Validation = "VALIDATION",
    }
}

impl InitiatorKind {
    /// Whether a step of another instance is behind it.
    #[must_use]
    pub fn is_nested(self) -> bool {
        matches!(
            self,
            InitiatorKind::Subworkflow
                | InitiatorKind::Foreach
                | InitiatorKind::While
                | InitiatorKind::Template
        )
    }
    /// Whether the instance is an iteration.
    #[must_use]
    pub fn is_inline(self) -> bool {
        matches!(self, InitiatorKind::Foreach | InitiatorKind::While)
    }
}

record! {
    /// A step attempt above an instance.
    pub struct AncestorStep {
        /// Its workflow.
        workflow_id: String,
        /// Its instance.
        instance_id: i64,
        /// Its run.
        run_id: i64,
        /// The step.
        step_id: String,
        /// The attempt.
        step_attempt_id: i64,
        /// Whether it waits for the instance.
        sync: bool = true,
    }
}

record! {
    /// Who or what started an instance. Which fields there are follows the type.
    pub struct Initiator {
        /// The kind.
        kind as "type": InitiatorKind,
        /// Of MANUAL.
        user: Option<User>,
        /// Of TIME and SIGNAL.
        trigger_uuid: Option<String>,
        /// Of TIME: the planned time in epoch milliseconds.
        trigger_time: Option<i64>,
        /// Of TIME.
        timezone: Option<String>,
        /// Of SIGNAL: signal name to the number of the signal.
        signal_id_map: IndexMap<String, i64>,
        /// Of SIGNAL: the params of the trigger.
        params: Params,
        /// Of the nested ones: the steps above, the root first.
        ancestors: Vec<AncestorStep>,
        /// Of the nested ones: how many steps above.
        depth: Option<i64>,
        /// Of iterations: how many the loops above make together.
        ancestor_iteration_count: Option<i64>,
    }
}

impl Initiator {
    /// An initiator without anything but its kind.
    #[must_use]
    pub fn of(kind: InitiatorKind) -> Initiator {
        Initiator {
            kind,
            user: None,
            trigger_uuid: None,
            trigger_time: None,
            timezone: None,
            signal_id_map: IndexMap::new(),
            params: Params::new(),
            ancestors: Vec::new(),
            depth: None,
            ancestor_iteration_count: None,
        }
    }
    /// A user.
    #[must_use]
    pub fn manual(user: impl Into<String>) -> Initiator {
        Initiator { user: Some(User::named(user)), ..Initiator::of(InitiatorKind::Manual) }
    }
    /// A step above.
    #[must_use]
    pub fn nested(kind: InitiatorKind, ancestors: Vec<AncestorStep>) -> Initiator {
        let depth = i64::try_from(ancestors.len()).ok();
        Initiator { ancestors, depth, ..Initiator::of(kind) }
    }
}
