//! Breakpoints: new attempts of a step are held until somebody lets go of them.
//!
//! A breakpoint that is removed without resuming leaves a mark on each attempt that it holds: what
//! is stored as PAUSED is held as long as there is a breakpoint or a mark.

use std::sync::Arc;

use super::RunError;
use super::recover::read;
use super::state::{Info, Run};
use super::world::World;
use crate::core::{At, Event};
use crate::plan::Level;
use crate::status::StepStatus;
use crate::store::{RunKey, Store, Write};

/// The kind of the store's entries that are breakpoints: `workflow:step` and the time.
const BREAKPOINT: &str = "breakpoint";
/// Those that are marks: `workflow:step` and the attempt.
const MARK: &str = "held";

/// A breakpoint and what it holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Breakpoint {
    /// The workflow.
    pub workflow_id: String,
    /// The step.
    pub step_id: String,
    /// Since when; none when it was removed and still holds attempts.
    pub create_time: Option<i64>,
    /// The attempts that it holds.
    pub held: Vec<(RunKey, u32)>,
}

impl Breakpoint {
    /// All breakpoints of a database, with what they hold.
    ///
    /// # Errors
    /// When the store fails.
    pub async fn list(store: &dyn Store) -> Result<Vec<Breakpoint>, RunError> {
        let mut list = Vec::new();
        for (name, value) in store.entries(BREAKPOINT).await? {
            let (workflow, step) = name.rsplit_once(':').unwrap_or((&name, ""));
            list.push(Breakpoint {
                workflow_id: workflow.to_owned(),
                step_id: step.to_owned(),
                create_time: value.parse().ok(),
                held: Vec::new(),
            });
        }
        for (workflow_id, step_id, run, attempt) in paused(store).await? {
            let it = |known: &&mut Breakpoint| {
                known.workflow_id == workflow_id && known.step_id == step_id
            };
            match list.iter_mut().find(it) {
                Some(known) => known.held.push((run, attempt)),
                None => {
                    let held = vec![(run, attempt)];
                    list.push(Breakpoint { workflow_id, step_id, create_time: None, held });
                }
            }
        }
        Ok(list)
    }
}

/// The attempts that are held: workflow, step, run and attempt.
async fn paused(store: &dyn Store) -> Result<Vec<(String, String, RunKey, u32)>, RunError> {
    let mut found = Vec::new();
    for row in store.live(None).await? {
        let info: Info = read(&row.info)?;
        for step in store.steps(&row.key, false).await? {
            if step.status == StepStatus::Paused {
                let id = info.definition.clone();
                found.push((id, step.step_id, row.key.clone(), step.attempt));
            }
        }
    }
    Ok(found)
}

fn mark(workflow: &str, step: &str, run: &RunKey, attempt: u32) -> String {
    format!("{workflow}:{step}:{run}:{attempt}")
}

impl World {
    pub(super) async fn recall_breakpoints(&mut self) -> Result<(), RunError> {
        for (name, _) in self.store.entries(BREAKPOINT).await? {
            self.breakpoints.insert(name);
        }
        Ok(())
    }

    /// Whether new attempts of a step are held.
    pub(super) fn has_breakpoint(&self, run: &Run, step: &str) -> bool {
        self.breakpoints.contains(&format!("{}:{step}", run.plan.id))
    }

    /// Refuses a step that no version of a workflow has which may still be started.
    pub(super) async fn knows_step(&mut self, workflow: &str, step: &str) -> Result<(), RunError> {
        let latest = self.select(workflow, "latest").await?;
        let default = self.select(workflow, "default").await?;
        if has(&latest.top, step) || has(&default.top, step) {
            return Ok(());
        }
        Err(RunError::NotFound(format!("step `{step}` in workflow `{workflow}`")))
    }

    pub(super) fn set_breakpoint(&mut self, workflow: &str, step: &str) {
        let name = format!("{workflow}:{step}");
        let now = self.clock.now();
        self.batch.push(Write::Entry(BREAKPOINT, name.clone(), Some(now.to_string())));
        self.breakpoints.insert(name);
    }

    /// Removes a breakpoint, and lets go of what it holds or marks it; answers how many it holds.
    pub(super) async fn remove_breakpoint(
        &mut self,
        workflow: &str,
        step: &str,
        resume: bool,
    ) -> Result<usize, RunError> {
        let name = format!("{workflow}:{step}");
        let held = paused(&*self.store).await?;
        let mut held: Vec<(RunKey, u32)> = held
            .into_iter()
            .filter(|(id, name, ..)| id == workflow && name == step)
            .map(|(_, _, run, attempt)| (run, attempt))
            .collect();
        if !self.breakpoints.remove(&name) && (held.is_empty() || !resume) {
            return Err(RunError::NotFound(format!("breakpoint on step `{step}` of `{workflow}`")));
        }
        self.batch.push(Write::Entry(BREAKPOINT, name, None));
        let count = held.len();
        for (run, attempt) in held.drain(..) {
            let mark = mark(workflow, step, &run, attempt);
            let value = (!resume).then(String::new);
            self.batch.push(Write::Entry(MARK, mark, value));
            if let (true, Some(key)) = (resume, self.live_key(&run))
                && let Some(place) = self.runs.get(&key).and_then(|run| run.flow.dag().place(step))
            {
                self.work.push_back((key, Event::Resumed(At { place, attempt })));
            }
        }
        Ok(count)
    }

    /// One attempt is let go: it is marked no more.
    pub(super) fn unmark(&mut self, run: &RunKey, step: &str, attempt: u32) {
        let Some(id) = self.runs.get(run).map(|run| run.plan.id.clone()) else { return };
        let mark = mark(&id, step, run, attempt);
        self.batch.push(Write::Entry(MARK, mark, None));
    }

    /// Lets go of what is stored as held and has neither a breakpoint nor a mark.
    pub(super) async fn resume_unheld(&mut self) -> Result<(), RunError> {
        let mut marks = self.store.entries(MARK).await?;
        for run in self.runs.values() {
            for place in run.flow.dag().places() {
                let Some(state) = run.flow.step(place) else { continue };
                if state.status() != StepStatus::Paused {
                    continue;
                }
                let step = run.flow.dag().id(place);
                let mark = mark(&run.plan.id, step, &run.key, state.attempt);
                let is_marked = marks.iter().position(|(known, _)| *known == mark);
                let is_marked = is_marked.map(|at| marks.swap_remove(at)).is_some();
                if !is_marked && !self.has_breakpoint(run, step) {
                    let at = At { place, attempt: state.attempt };
                    self.work.push_back((Arc::clone(&run.key), Event::Resumed(at)));
                }
            }
        }
        Ok(())
    }
}

/// Whether a level has a step, on itself or further in.
fn has(level: &Level, step: &str) -> bool {
    level
        .steps
        .iter()
        .any(|plan| plan.id == step || plan.nested.as_ref().is_some_and(|nested| has(nested, step)))
}
