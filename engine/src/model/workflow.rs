//! The definition of a workflow.

use super::record::{names, record};
use super::{ParamDefinitions, Scalar, SignalTrigger, Step, Tag, TimeTrigger};

names! {
    /// How much depends on the workflow; information only.
    pub enum Criticality {
        /// All.
        Critical = "CRITICAL",
        /// Much.
        High = "HIGH",
        /// Some.
        Medium = "MEDIUM",
        /// Little.
        Low = "LOW",
    }
}

record! {
    /// A workflow as it is defined.
    pub struct Workflow {
        /// The id.
        id: String,
        /// A name for people.
        name: Option<String>,
        /// A text for people.
        description: Option<String>,
        /// Labels.
        tags: Option<Vec<Tag>>,
        /// A duration.
        timeout: Option<Scalar>,
        /// When it starts by itself.
        time_triggers: Option<Vec<TimeTrigger>>,
        /// On what it starts by itself.
        signal_triggers: Option<Vec<SignalTrigger>>,
        /// Information only.
        criticality: Option<Criticality>,
        /// The most leaf steps at once in the tree of an instance.
        instance_step_concurrency: Option<i64>,
        /// Its params.
        params: ParamDefinitions,
        /// Its steps.
        steps: Vec<Step> = Vec::new(),
    }
}

impl Workflow {
    /// Every step of every level, in the order they are written, with its depth from 0.
    #[must_use]
    pub fn all_steps(&self) -> Vec<(usize, &Step)> {
        let mut found = Vec::new();
        let mut pending: Vec<(usize, &Step)> = self.steps.iter().rev().map(|s| (0, s)).collect();
        while let Some((depth, step)) = pending.pop() {
            found.push((depth, step));
            pending.extend(step.steps().iter().rev().map(|inner| (depth + 1, inner)));
        }
        found
    }
}
