//! Storage behind one trait. All changes arrive as a [`Batch`], committed as one transaction:
//! whatever a batch holds, a status change and its outbox event above all, is stored together or
//! not at all. Documents are JSON texts; only what is searched for is a column.

mod group;
mod sqlite;
#[cfg(test)]
mod tests;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

pub use sqlite::SqliteStore;

use crate::status::{InstanceStatus, StepStatus};

/// Names one run of one workflow instance.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RunKey {
    /// The workflow, inline ones included.
    pub workflow_id: String,
    /// From 1, per workflow.
    pub instance_id: i64,
    /// From 1, per instance.
    pub run_id: i64,
}

impl std::fmt::Display for RunKey {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}:{}:{}", self.workflow_id, self.instance_id, self.run_id)
    }
}

/// A stored version of a definition.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VersionRow {
    /// The workflow.
    pub workflow_id: String,
    /// From 1.
    pub version: i64,
    /// The definition as JSON.
    pub definition: String,
    /// The properties snapshot as JSON.
    pub properties: String,
    /// When it was pushed.
    pub create_time: i64,
    /// Whether it is the active one.
    pub active: bool,
}

/// A stored run of an instance.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InstanceRow {
    /// Which run.
    pub key: RunKey,
    /// The request id, unique per workflow.
    pub uuid: String,
    /// The status.
    pub status: InstanceStatus,
    /// Waits for its turn by the run strategy.
    pub queued: bool,
    /// A failed run that no longer holds up a STRICT_SEQUENTIAL workflow.
    pub unblocked: bool,
    /// `workflow:instance:run:step` of the step that started it.
    pub parent: Option<String>,
    /// What never changes: initiator, version, config, as JSON.
    pub info: String,
    /// Evaluated params as JSON.
    pub params: String,
    /// What changes: deadline, overview, timeline, as JSON.
    pub state: String,
    /// When it was created.
    pub create_time: i64,
    /// When it began.
    pub start_time: Option<i64>,
    /// When it ended.
    pub end_time: Option<i64>,
}

/// A stored attempt of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StepRow {
    /// The run it belongs to.
    pub run: RunKey,
    /// The step.
    pub step_id: String,
    /// From 1.
    pub attempt: u32,
    /// The status.
    pub status: StepStatus,
    /// The core's state as JSON.
    pub state: String,
    /// Artifacts, timeline, dependencies, outputs as JSON.
    pub data: String,
    /// Evaluated params as JSON; `None` in a write leaves them as they are.
    pub params: Option<String>,
}

/// A stored signal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignalRow {
    /// The signal's name.
    pub name: String,
    /// From 1, per name.
    pub seq_id: i64,
    /// The idempotency key, unique per name.
    pub instance_id: String,
    /// The params as JSON.
    pub params: String,
    /// When it was announced.
    pub create_time: i64,
}

/// A line of a step's log, or an event of the outbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// Its number.
    pub seq: i64,
    /// When.
    pub time: i64,
    /// The stream of a log line, the kind of an event.
    pub kind: String,
    /// What it is about.
    pub subject: String,
    /// The line, or the event as JSON.
    pub text: String,
}

/// A change to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Write {
    /// A new version of a workflow, made the latest.
    Version(VersionRow),
    /// The properties of all versions of a workflow, as JSON: a snapshot of this time.
    Properties(String, String, i64),
    /// The active version.
    Activate(String, Option<i64>, i64),
    /// The number of the latest instance of a workflow.
    LatestInstance(String, i64),
    /// A new run.
    Instance(Box<InstanceRow>),
    /// The changing part of a run: status, queued, state, start and end.
    InstanceState {
        /// Which run.
        key: RunKey,
        /// The status.
        status: InstanceStatus,
        /// Waits for its turn.
        queued: bool,
        /// The changing part as JSON.
        state: String,
        /// When it began.
        start_time: Option<i64>,
        /// When it ended.
        end_time: Option<i64>,
    },
    /// No longer holds up its workflow.
    Unblock(RunKey),
    /// An attempt, new or changed.
    Step(Box<StepRow>),
    /// An event for the world: time, kind, subject, payload.
    Event(i64, &'static str, String, String),
    /// A log line: subject, time, stream, line.
    Log(String, i64, &'static str, String),
    /// A signal.
    Signal(SignalRow),
    /// A small thing: kind, name, value; no value removes it.
    Entry(&'static str, String, Option<String>),
}

/// Changes that are stored together.
pub type Batch = Vec<Write>;

/// Why the store could not do it.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Another process has it.
    #[error("the database is in use by another process: {0}")]
    Locked(String),
    /// There is none.
    #[error("there is no database at `{0}`")]
    Missing(String),
    /// It is there, or its place is, and cannot be opened: path and reason.
    #[error("the database `{0}` cannot be used: {1}")]
    Unusable(String, &'static str),
    /// Not a database, or damaged.
    #[error("the database is damaged or not a database: {0}")]
    Corrupt(String),
    /// No room.
    #[error("no room left on the disk for the database")]
    Full,
    /// The row exists already.
    #[error("already stored: {0}")]
    Conflict(String),
    /// A stored document cannot be read.
    #[error("a stored document cannot be read: {0}")]
    Document(String),
    /// Anything else.
    #[error("the database failed: {0}")]
    Other(String),
}

/// Where the engine keeps everything. One engine at a time writes; reads may come from anywhere.
#[async_trait]
pub trait Store: Send + Sync + 'static {
    /// Stores all of it or nothing.
    async fn commit(&self, batch: &[Write]) -> Result<(), StoreError>;

    /// The version, or the latest when `None`.
    async fn version(
        &self,
        id: &str,
        version: Option<i64>,
    ) -> Result<Option<VersionRow>, StoreError>;
    /// `(active, latest, latest instance)` of a workflow.
    async fn workflow(&self, id: &str) -> Result<Option<(Option<i64>, i64, i64)>, StoreError>;
    /// The ids of all workflows.
    async fn workflows(&self) -> Result<Vec<String>, StoreError>;

    /// The versions of a workflow and when they were pushed, newest first.
    async fn versions(&self, id: &str) -> Result<Vec<(i64, i64)>, StoreError>;
    /// The snapshots of a workflow's properties by the time they are from, newest first.
    async fn properties(&self, id: &str) -> Result<Vec<(i64, String)>, StoreError>;

    /// A run; the latest when `run_id` is 0.
    async fn instance(&self, key: &RunKey) -> Result<Option<InstanceRow>, StoreError>;
    /// A run by its request id.
    async fn instance_by_uuid(
        &self,
        workflow_id: &str,
        uuid: &str,
    ) -> Result<Option<InstanceRow>, StoreError>;
    /// The runs that are not terminal, of one workflow or of all, in order of instance and run.
    async fn live(&self, workflow_id: Option<&str>) -> Result<Vec<InstanceRow>, StoreError>;
    /// Whether a failed run holds up the workflow: the latest run of an instance, not unblocked.
    async fn is_blocked(&self, workflow_id: &str) -> Result<bool, StoreError>;
    /// The latest runs, newest first; those without a parent when `roots`.
    async fn instances(
        &self,
        workflow_id: Option<&str>,
        roots: bool,
        limit: i64,
    ) -> Result<Vec<InstanceRow>, StoreError>;
    /// The runs started by a step (`workflow:instance:run:step`), in order of instance and run.
    async fn children(&self, parent: &str) -> Result<Vec<InstanceRow>, StoreError>;

    /// The latest attempt of each step of a run, or all attempts.
    async fn steps(&self, run: &RunKey, all: bool) -> Result<Vec<StepRow>, StoreError>;
    /// The latest attempts of one step over all instances of a workflow, in order of instance.
    async fn step_over_instances(
        &self,
        workflow_id: &str,
        step_id: &str,
    ) -> Result<Vec<StepRow>, StoreError>;

    /// Events after a number.
    async fn events(&self, after: i64, limit: i64) -> Result<Vec<Record>, StoreError>;
    /// Log lines of a subject after a number.
    async fn logs(&self, subject: &str, after: i64) -> Result<Vec<Record>, StoreError>;

    /// Signals of a name, newest first.
    async fn signals(&self, name: &str, limit: i64) -> Result<Vec<SignalRow>, StoreError>;
    /// Small things of a kind: name and value.
    async fn entries(&self, kind: &str) -> Result<Vec<(String, String)>, StoreError>;
}
