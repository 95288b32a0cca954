//! What a user changes about workflows beside their runs: versions, properties, breakpoints, permits.

use serde_json::Value as Json;

use super::command::Command;
use super::order::Order;
use super::{Engine, RunError, versions};

impl Engine {
    /// Makes a version (`latest`, or a number) the active one; answers its number.
    ///
    /// # Errors
    /// When there is no such version, or the store fails.
    pub async fn activate(&self, workflow: &str, version: &str) -> Result<Option<i64>, RunError> {
        let (workflow, version) = (workflow.to_owned(), Some(version.to_owned()));
        self.told(|reply| Command::Activate(workflow, version, reply)).await
    }

    /// Leaves no version active: triggers start nothing any more.
    ///
    /// # Errors
    /// When there is no such workflow, or the store fails.
    pub async fn deactivate(&self, workflow: &str) -> Result<(), RunError> {
        let workflow = workflow.to_owned();
        self.told(|reply| Command::Activate(workflow, None, reply)).await.map(|_| ())
    }

    /// Changes properties of a workflow, which all its versions share; what the change does not
    /// name stays. Answers the properties.
    ///
    /// # Errors
    /// When the change breaks rules, its run strategy does not fit the instances that there are, or
    /// there is no such workflow.
    pub async fn update_properties(&self, workflow: &str, change: &Json) -> Result<Json, RunError> {
        let (workflow, change) = (workflow.to_owned(), versions::change(change)?);
        self.told(|reply| Command::Properties(workflow, change, reply)).await
    }

    /// Sets a breakpoint on a step: new attempts are held.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn set_breakpoint(&self, workflow: &str, step: &str) -> Result<(), RunError> {
        let (workflow, step) = (workflow.to_owned(), step.to_owned());
        self.told(|reply| Command::SetBreakpoint(workflow, step, reply)).await
    }

    /// Removes a breakpoint, and lets go of what it holds where `resume` says so; otherwise each
    /// attempt waits for [`StepAction::Resume`](super::StepAction). Answers how many it holds.
    ///
    /// # Errors
    /// When there is none, or the store fails.
    pub async fn remove_breakpoint(
        &self,
        workflow: &str,
        step: &str,
        resume: bool,
    ) -> Result<usize, RunError> {
        let (workflow, step) = (workflow.to_owned(), step.to_owned());
        self.told(|reply| Command::RemoveBreakpoint(workflow, step, resume, reply)).await
    }

    /// Limits how many attempts with a tag run at once; `None` lifts the limit.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn tag_permit(&self, tag: &str, limit: Option<u32>) -> Result<(), RunError> {
        self.told(|reply| Command::TagPermit(tag.to_owned(), limit, reply)).await
    }

    /// Lets a STRICT_SEQUENTIAL workflow go on past its failures; answers how many they were.
    ///
    /// # Errors
    /// When there is no such workflow, or the store fails.
    pub async fn unblock(&self, workflow: &str) -> Result<usize, RunError> {
        self.told(|reply| Command::Unblock(workflow.to_owned(), reply)).await
    }

    /// Obeys an order as if another process had left it; answers what it would be told.
    ///
    /// # Errors
    /// When the order is refused, or the store fails.
    pub async fn obey(&self, order: Order) -> Result<Json, RunError> {
        self.ask(|caller| Command::Obey(order, caller)).await?
    }
}
