//! Commands from users: start, restart, actions, signals, pushes.

use serde_json::{Map, Value as Json};
use tokio::sync::oneshot;

use super::obey::{Reply, To};
use super::world::{After, Key, World};
use super::{RestartRequest, RunError, StartRequest, Started};
use crate::core::{Action, Closing, Event};
use crate::status::{InstanceStatus, StepStatus};
use crate::store::{RunKey, Store, StoreError, Write};

/// The kind of the store's entries that are a user's limits of tags.
const PERMIT: &str = "tag_permit";

/// The limits of tags that users set, by tag.
///
/// # Errors
/// When the store fails.
pub async fn tag_permits(store: &dyn Store) -> Result<Vec<(String, String)>, StoreError> {
    store.entries(PERMIT).await
}

/// What a step action does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StepAction {
    /// STOP, KILL or SKIP.
    Act(Action),
    /// Satisfy the pending dependencies.
    Bypass,
    /// Let go of a breakpoint.
    Resume,
}

pub(super) enum Command {
    Push(super::push::Definition, Reply<i64>),
    Activate(String, Option<String>, Reply<Option<i64>>),
    Properties(String, super::versions::Change, Reply<Json>),
    Template(Json, Reply<()>),
    Start(StartRequest, Reply<Started>),
    Restart(RestartRequest, Reply<Started>),
    Close(RunKey, Closing, Reply<bool>),
    Step(RunKey, String, StepAction, Reply<()>),
    Signal(String, Map<String, Json>, Option<String>, Reply<i64>),
    SetBreakpoint(String, String, Reply<()>),
    RemoveBreakpoint(String, String, bool, Reply<usize>),
    TagPermit(String, Option<u32>, Reply<()>),
    Unblock(String, Reply<usize>),
    Obey(super::order::Order, oneshot::Sender<Result<Json, RunError>>),
    Wait(RunKey, oneshot::Sender<Result<InstanceStatus, RunError>>),
    Idle(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
}

impl World {
    pub(super) async fn command(&mut self, command: Command) -> Result<(), RunError> {
        match command {
            // The answer is stored with what is decided, before more follows from it.
            Command::Push(definition, reply) => match self.push(definition).await {
                Err(error @ RunError::Store(_)) => return Err(error),
                Err(error) => self.reply(reply, Err(error)),
                Ok(pushed) => {
                    self.reply(reply, Ok(pushed.version));
                    self.rearranged(pushed).await?;
                }
            },
            Command::Activate(id, version, reply) => {
                let result = match self.activate(&id, version.as_deref()).await {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    other => other,
                };
                self.reply(reply, result);
                self.save().await?;
            }
            Command::Properties(id, change, reply) => {
                match self.change_properties(&id, change).await {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    Err(error) => self.reply(reply, Err(error)),
                    Ok((properties, change)) => {
                        self.reply(reply, Ok(properties));
                        self.rearranged(change).await?;
                    }
                }
            }
            Command::Template(template, reply) => {
                let result = self.templates.add(&template).map_err(RunError::Refused);
                let result = result.map(|name| {
                    let text = Some(template.to_string());
                    self.batch.push(Write::Entry(super::template::KIND, name, text));
                });
                self.reply(reply, result);
            }
            Command::Start(request, reply) => self.start(request, None, None, Some(reply)).await?,
            Command::Restart(request, reply) => self.restart(request, reply).await?,
            Command::Close(key, closing, reply) => {
                let result = match self.live_key(&key) {
                    Some(key) => {
                        self.apply(&key, Event::Close(closing));
                        Ok(self.runs.get(&key).is_some_and(|r| r.flow.status().is_terminal()))
                    }
                    None => Err(RunError::Refused(format!("the run `{key}` is not running"))),
                };
                self.reply(reply, result);
            }
            Command::Step(key, step, action, reply) => {
                let result = self.act_on_step(&key, &step, action);
                self.reply(reply, result);
            }
            Command::Signal(name, params, id, reply) => {
                let is_order = matches!(reply, Reply::Order(To::Name(_), _));
                let result = self.announce_signal(&name, params, id, is_order).await;
                let result = match result {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    other => other,
                };
                let before = self.after.len();
                self.reply(reply, result);
                if !self.firing.is_empty() {
                    // The answer comes when what the signal starts is stored.
                    self.signalled.extend(self.after.drain(before..));
                }
            }
            Command::SetBreakpoint(workflow, step, reply) => {
                self.set_breakpoint(&workflow, &step);
                self.reply(reply, Ok(()));
            }
            Command::RemoveBreakpoint(workflow, step, resume, reply) => {
                let result = match self.remove_breakpoint(&workflow, &step, resume).await {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    other => other,
                };
                self.reply(reply, result);
            }
            Command::TagPermit(tag, limit, reply) => {
                let value = limit.map(|n| n.to_string());
                self.batch.push(Write::Entry(PERMIT, tag.clone(), value));
                let granted = self.permits.limit(&tag, limit);
                self.work.extend(granted.into_iter().map(|(k, at)| (k, Event::PermitsGranted(at))));
                self.reply(reply, Ok(()));
            }
            Command::Unblock(workflow, reply) => {
                if self.store.workflow(&workflow).await?.is_none() {
                    let missing = RunError::NotFound(format!("workflow `{workflow}`"));
                    self.reply(reply, Err(missing));
                    return Ok(());
                }
                let mut count = 0usize;
                for row in self.store.instances(Some(&workflow), false, i64::MAX).await? {
                    if row.status == InstanceStatus::Failed && !row.unblocked {
                        self.batch.push(Write::Unblock(row.key));
                        count = count.saturating_add(1);
                    }
                }
                self.reply(reply, Ok(count));
                self.dequeue(&workflow).await?;
            }
            Command::Obey(order, caller) => {
                Box::pin(self.obey(order, To::Caller(caller), None)).await?
            }
            Command::Wait(key, reply) => match self.awaited(&key) {
                Some(key) => self.waiters.entry(key).or_default().push(reply),
                None => {
                    let row = self.store.instance(&key).await?;
                    let missing = || RunError::NotFound(format!("run `{key}`"));
                    let result = row.map(|row| row.status).ok_or_else(missing);
                    self.reply(Reply::Caller(reply), result);
                }
            },
            Command::Idle(reply) => self.idle.push(reply),
            Command::Stop(reply) => {
                self.stopping = true;
                self.after.push(After::Reply(Box::new(move || {
                    let _ = reply.send(());
                })));
            }
        }
        Ok(())
    }

    /// The live run that someone waits for; the latest one of an instance for run 0.
    fn awaited(&self, key: &RunKey) -> Option<Key> {
        if key.run_id != 0 {
            return self.live_key(key);
        }
        let runs = self
            .runs
            .keys()
            .filter(|run| run.workflow_id == key.workflow_id && run.instance_id == key.instance_id);
        runs.max_by_key(|run| run.run_id).cloned()
    }

    pub(super) fn act_on_step(
        &mut self,
        key: &RunKey,
        step: &str,
        action: StepAction,
    ) -> Result<(), RunError> {
        let missing = || RunError::Refused(format!("the run `{key}` is not running"));
        let key = self.live_key(key).ok_or_else(missing)?;
        let run = self.runs.get(&key).ok_or_else(missing)?;
        let place = run.flow.dag().place(step);
        let place = place.ok_or_else(|| RunError::NotFound(format!("step `{step}`")))?;
        let status = run.flow.step_status(place).unwrap_or(StepStatus::NotCreated);
        let at = run.flow.at(place);
        let refused = || {
            Err(RunError::Refused(format!("step `{step}` is {status}: the action does not apply")))
        };
        let event = match action {
            StepAction::Act(Action::Skip) => match status {
                StepStatus::NotCreated | StepStatus::Created => return refused(),
                s if s.is_complete() => return refused(),
                _ => Event::Act(place, Action::Skip, false),
            },
            StepAction::Act(action) if !status.is_settled() && status != StepStatus::NotCreated => {
                Event::Act(place, action, false)
            }
            StepAction::Bypass if status == StepStatus::WaitingForSignals => {
                self.bypass(&key, at);
                Event::SignalsReady(at)
            }
            StepAction::Resume if status == StepStatus::Paused => {
                self.unmark(&key, step, at.attempt);
                Event::Resumed(at)
            }
            _ => return refused(),
        };
        self.apply(&key, event);
        Ok(())
    }
}
