//! Orders that another process leaves in the database for the engine that works on it, and the
//! answers to them. Both are entries of the store: what an order leads to, its answer and its own
//! end are one transaction.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};

use super::RunError;
use crate::store::{Store, StoreError, Write};

/// The kind of the entries that are orders.
pub(super) const ORDER: &str = "command";
/// The kind of those that are answers, under the names of the orders.
pub(super) const ANSWER: &str = "answer";

/// What an engine is asked to do.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "action", rename_all = "snake_case")]
pub enum Order {
    /// Store a definition; its params were tried before. Answers `version`.
    Push {
        /// The create request as JSON, with the digits of its decimals.
        request: String,
    },
    /// Restart an instance. Answers `run`.
    Restart {
        /// The workflow.
        workflow_id: String,
        /// The instance.
        instance_id: i64,
        /// `RESTART_FROM_INCOMPLETE` or `RESTART_FROM_BEGINNING`.
        policy: String,
        /// The step to begin with.
        step: Option<String>,
        /// Skip that step.
        skip: bool,
        /// Params, as definitions.
        run_params: Map<String, Json>,
    },
    /// Act on a run or one of its steps. Answers `run` and `status`.
    Act {
        /// The workflow.
        workflow_id: String,
        /// The instance.
        instance_id: i64,
        /// The step.
        step: Option<String>,
        /// What to do.
        deed: Deed,
    },
    /// Announce a signal. Answers `seq_id`.
    Signal {
        /// Its name.
        name: String,
        /// Its params.
        params: Map<String, Json>,
    },
    /// Hold new attempts of a step.
    SetBreakpoint {
        /// The workflow.
        workflow_id: String,
        /// The step, on any level.
        step_id: String,
    },
    /// Hold them no more.
    RemoveBreakpoint {
        /// The workflow.
        workflow_id: String,
        /// The step.
        step_id: String,
        /// Let go of those that it holds.
        resume: bool,
    },
    /// Limit how many attempts with a tag run at once.
    TagPermit {
        /// The tag.
        tag: String,
        /// The limit; none lifts it.
        limit: Option<u32>,
    },
    /// Make a version the active one. Answers `version`.
    Activate {
        /// The workflow.
        workflow_id: String,
        /// `latest` or a number; none leaves no version active.
        version: Option<String>,
    },
    /// Change properties of a workflow. Answers them.
    Properties {
        /// The workflow.
        workflow_id: String,
        /// The new values and the resets.
        change: Json,
    },
    /// Let a STRICT_SEQUENTIAL workflow go on past its failures. Answers how many were `unblocked`.
    Unblock {
        /// The workflow.
        workflow_id: String,
    },
}

/// What is done to a run or a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Stop it.
    Stop,
    /// Stop it, and it failed.
    Kill,
    /// Skip the step.
    Skip,
    /// Let the step wait for signals no more.
    Bypass,
    /// Let a breakpoint's hold go.
    Resume,
}

/// What became of an order: the answer, or why it was refused.
pub type Answer = Result<Json, String>;

impl Order {
    /// Leaves the order in a database; answers its name.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn leave(&self, store: &dyn Store) -> Result<String, StoreError> {
        // The names of version 7 are in the order of time.
        let name = uuid::Uuid::now_v7().to_string();
        let text = serde_json::to_string(self).map_err(|e| StoreError::Document(e.to_string()))?;
        store.commit(&[Write::Entry(ORDER, name.clone(), Some(text))]).await?;
        Ok(name)
    }
}

/// Takes the answer to an order out of the database, if it is there.
///
/// # Errors
/// When the store fails.
pub async fn take_answer(store: &dyn Store, name: &str) -> Result<Option<Answer>, StoreError> {
    let entries = store.entries(ANSWER).await?;
    let Some((_, text)) = entries.into_iter().find(|(known, _)| known == name) else {
        return Ok(None);
    };
    store.commit(&[Write::Entry(ANSWER, name.to_owned(), None)]).await?;
    let stored: Stored =
        serde_json::from_str(&text).map_err(|e| StoreError::Document(e.to_string()))?;
    Ok(Some(match stored {
        Stored::Done(answer) => Ok(answer),
        Stored::Refused(message) => Err(message),
    }))
}

/// Takes back an order that no engine took. Only who holds the database may do so.
///
/// # Errors
/// When the store fails.
pub async fn withdraw(store: &dyn Store, name: &str) -> Result<(), StoreError> {
    store.commit(&[Write::Entry(ORDER, name.to_owned(), None)]).await
}

/// An answer as it is stored.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Stored {
    Done(Json),
    Refused(String),
}

/// The text of an answer.
pub(super) fn stored(answer: Result<Json, RunError>) -> String {
    let stored = match answer {
        Ok(answer) => Stored::Done(answer),
        Err(error) => Stored::Refused(error.to_string()),
    };
    // An enum of JSON and text has no keys that fail.
    serde_json::to_string(&stored).unwrap_or_else(|_| json!({"done": null}).to_string())
}
