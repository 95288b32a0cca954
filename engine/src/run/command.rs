//! Orders from users: start, restart, actions, signals, pushes. Orders of other processes on the
//! same database arrive through its entries.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tokio::sync::oneshot;

use super::launch::answer;
use super::schedule::Fire;
use super::world::{After, Key, World};
use super::{RestartRequest, RunError, StartRequest, Started};
use crate::core::{Action, Closing, Event};
use crate::status::{InstanceStatus, StepStatus};
use crate::store::{RunKey, Write};

/// The kind of the store's entries that are orders of other processes.
pub(super) const ORDER: &str = "command";

type Reply<T> = oneshot::Sender<Result<T, RunError>>;

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
    Breakpoint(String, String, bool, Reply<()>),
    TagPermit(String, Option<u32>, Reply<()>),
    Unblock(String, Reply<()>),
    Wait(RunKey, Reply<InstanceStatus>),
    Idle(oneshot::Sender<()>),
    Stop(oneshot::Sender<()>),
}

impl World {
    pub(super) async fn command(&mut self, command: Command) -> Result<(), RunError> {
        match command {
            Command::Push(definition, reply) => {
                let result = match self.push(definition).await {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    other => other,
                };
                self.later(reply, result);
            }
            Command::Activate(id, version, reply) => {
                let result = match self.activate(&id, version.as_deref()).await {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    other => other,
                };
                self.later(reply, result);
            }
            Command::Properties(id, change, reply) => {
                let result = match self.change_properties(&id, change).await {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    other => other,
                };
                self.later(reply, result);
            }
            Command::Template(template, reply) => {
                let result = self.templates.add(&template).map_err(RunError::Refused);
                let result = result.map(|name| {
                    let text = Some(template.to_string());
                    self.batch.push(Write::Entry(super::template::KIND, name, text));
                });
                self.later(reply, result);
            }
            Command::Start(request, reply) => self.start(request, None, None, Some(reply)).await?,
            Command::Restart(request, reply) => self.restart(request, Some(reply), None).await?,
            Command::Close(key, closing, reply) => {
                let result = match self.live_key(&key) {
                    Some(key) => {
                        self.apply(&key, Event::Close(closing));
                        Ok(self.runs.get(&key).is_some_and(|r| r.flow.status().is_terminal()))
                    }
                    None => Err(RunError::Refused(format!("the run `{key}` is not running"))),
                };
                self.later(reply, result);
            }
            Command::Step(key, step, action, reply) => {
                let result = self.act_on_step(&key, &step, action);
                self.later(reply, result);
            }
            Command::Signal(name, params, id, reply) => {
                let result = self.announce_signal(&name, params, id).await;
                let reply = After::Reply(Box::new(move || answer(Some(reply), result)));
                // The answer comes when what the signal starts is stored.
                let list =
                    if self.firing.is_empty() { &mut self.after } else { &mut self.signalled };
                list.push(reply);
            }
            Command::Breakpoint(workflow, step, set, reply) => {
                let name = format!("{workflow}:{step}");
                let value = set.then(|| self.clock.now().to_string());
                self.batch.push(Write::Entry("breakpoint", name.clone(), value));
                if set {
                    self.breakpoints.insert(name);
                } else {
                    self.breakpoints.remove(&name);
                    self.resume_paused(&workflow, &step);
                }
                self.later(reply, Ok(()));
            }
            Command::TagPermit(tag, limit, reply) => {
                let value = limit.map(|n| n.to_string());
                self.batch.push(Write::Entry("tag_permit", tag.clone(), value));
                let granted = self.permits.limit(&tag, limit);
                self.work.extend(granted.into_iter().map(|(k, at)| (k, Event::PermitsGranted(at))));
                self.later(reply, Ok(()));
            }
            Command::Unblock(workflow, reply) => {
                for row in self.store.instances(Some(&workflow), false, 10_000).await? {
                    if row.status == InstanceStatus::Failed && !row.unblocked {
                        self.batch.push(Write::Unblock(row.key));
                    }
                }
                self.dequeue(&workflow).await?;
                self.later(reply, Ok(()));
            }
            Command::Wait(key, reply) => match self.live_key(&key) {
                Some(key) => self.waiters.entry(key).or_default().push(reply),
                None => {
                    let row = self.store.instance(&key).await?;
                    let missing = || RunError::NotFound(format!("run `{key}`"));
                    self.later(reply, row.map(|row| row.status).ok_or_else(missing));
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

    /// Answers once what was decided is stored.
    fn later<T: Send + 'static>(&mut self, reply: Reply<T>, result: Result<T, RunError>) {
        self.after.push(After::Reply(Box::new(move || answer(Some(reply), result))));
    }

    fn act_on_step(
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
            StepAction::Resume if status == StepStatus::Paused => Event::Resumed(at),
            _ => return refused(),
        };
        self.apply(&key, event);
        Ok(())
    }

    fn resume_paused(&mut self, workflow: &str, step: &str) {
        let mut resumed = Vec::new();
        for run in self.runs.values().filter(|run| run.plan.id == workflow) {
            if let Some(place) = run.flow.dag().place(step)
                && run.flow.step_status(place) == Some(StepStatus::Paused)
            {
                resumed.push((Arc::clone(&run.key), Event::Resumed(run.flow.at(place))));
            }
        }
        self.work.extend(resumed);
    }

    /// Orders that other processes left in the database.
    pub(super) async fn foreign_commands(&mut self) -> Result<(), RunError> {
        for (name, value) in self.store.entries(ORDER).await? {
            let order = serde_json::from_str::<Json>(&value).unwrap_or_default();
            let text = |field: &str| order.get(field).and_then(Json::as_str).unwrap_or_default();
            let number = |field: &str| order.get(field).and_then(Json::as_i64).unwrap_or(0);
            let action = text("action");
            if action == "restart" {
                // The order goes when its run is there.
                let request = RestartRequest::ordered(&name, &order);
                self.restart(request, None, Some(Fire::Order(name))).await?;
                continue;
            }
            self.batch.push(Write::Entry(ORDER, name, None));
            if action == "push" {
                // It was tried before it was ordered.
                if let Ok(tree) = crate::document::parse_json(text("request"))
                    && let Ok(request) =
                        super::push::read(&tree, &self.registry, self.options.max_steps)
                {
                    match self.push(super::push::Definition::of(&request)).await {
                        Err(error @ RunError::Store(_)) => return Err(error),
                        _ => continue,
                    }
                }
                continue;
            }
            if action == "signal" {
                let params = order.get("params").and_then(Json::as_object).cloned();
                let _ =
                    self.announce_signal(text("name"), params.unwrap_or_default(), None).await?;
                continue;
            }
            let wanted = |key: &Key| {
                key.workflow_id == text("workflow_id") && key.instance_id == number("instance_id")
            };
            let Some(key) = self.runs.keys().find(|key| wanted(key)).cloned() else { continue };
            let step = text("step").to_owned();
            let kind = match action {
                "kill" => Action::Kill,
                "skip" => Action::Skip,
                _ => Action::Stop,
            };
            // Refusals have nobody to go to: the events show what happened.
            if step.is_empty() {
                let closing = if kind == Action::Kill { Closing::Kill } else { Closing::Stop };
                self.apply(&key, Event::Close(closing));
            } else if action == "bypass" {
                let _ = self.act_on_step(&key, &step, StepAction::Bypass);
            } else if action == "resume" {
                let _ = self.act_on_step(&key, &step, StepAction::Resume);
            } else {
                let _ = self.act_on_step(&key, &step, StepAction::Act(kind));
            }
        }
        Ok(())
    }
}
