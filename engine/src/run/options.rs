//! How an engine behaves, and which runs it goes on with.

use crate::store::RunKey;

/// How an engine behaves.
#[derive(Debug, Clone)]
pub struct Options {
    /// How many runtimes work at once.
    pub workers: usize,
    /// How many expressions are evaluated at once.
    pub evaluations: usize,
    /// Obey orders that other processes leave in the database.
    pub watch_commands: bool,
    /// Fire time triggers.
    pub time_triggers: bool,
    /// Which unfinished runs of the database go on.
    pub resume: Resume,
    /// The most steps of a definition, all levels together.
    pub max_steps: usize,
    /// The most leaf steps of a run with all that it starts: more, and it is stopped.
    pub max_leaf_steps: u64,
}

/// Which unfinished runs of its database an engine goes on with; the others stay as they are.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Resume {
    /// All of them.
    #[default]
    All,
    /// None of them.
    Nothing,
    /// This run with everything that it started.
    Only(RunKey),
}

impl Default for Options {
    fn default() -> Self {
        Options {
            workers: 1024,
            evaluations: 4,
            watch_commands: true,
            time_triggers: false,
            resume: Resume::All,
            max_steps: crate::validate::MAX_STEPS,
            max_leaf_steps: 1_000_000,
        }
    }
}
