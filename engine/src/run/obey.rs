//! Obeying orders: those of this process, and those that others left in the database.

use std::collections::{HashSet, VecDeque};

use serde_json::{Value as Json, json};
use tokio::sync::oneshot;

use super::command::{Command, tag_permits};
use super::order::{ANSWER, Deed, ORDER, Order, stored};
use super::world::{After, Key, World};
use super::{RestartRequest, RunError, StepAction};
use crate::core::{Action, Closing, Event};
use crate::store::{RunKey, Write};
use crate::validate::names::{is_tag, signal_fault};

/// Who is told what became of a command.
pub(super) enum Reply<T> {
    /// Who waits for it in this process.
    Caller(oneshot::Sender<Result<T, RunError>>),
    /// Who gave an order, in words of JSON.
    Order(To, fn(T) -> Json),
}

/// Who gave an order.
pub(super) enum To {
    /// Another process, under this name.
    Name(String),
    /// This process.
    Caller(oneshot::Sender<Result<Json, RunError>>),
}

/// The orders of other processes that are being obeyed, and the answers that lie in the store.
#[derive(Debug, Default)]
pub(super) struct Desk {
    taken: HashSet<String>,
    answered: VecDeque<String>,
}

/// How many answers are kept for those who did not fetch them yet.
const KEPT: usize = 256;

fn nothing((): ()) -> Json {
    json!({})
}

impl World {
    /// Answers with what was decided: together with it in the store, or once it is stored.
    pub(super) fn reply<T: Send + 'static>(
        &mut self,
        reply: Reply<T>,
        result: Result<T, RunError>,
    ) {
        match reply {
            Reply::Caller(caller) => self.after.push(After::Reply(Box::new(move || {
                let _ = caller.send(result);
            }))),
            Reply::Order(To::Caller(caller), tell) => {
                self.after.push(After::Reply(Box::new(move || {
                    let _ = caller.send(result.map(tell));
                })));
            }
            Reply::Order(To::Name(name), tell) => {
                let answer = stored(result.map(tell));
                self.desk.taken.remove(&name);
                self.desk.answered.push_back(name.clone());
                self.batch.push(Write::Entry(ORDER, name.clone(), None));
                self.batch.push(Write::Entry(ANSWER, name, Some(answer)));
                // What nobody fetched.
                if self.desk.answered.len() > KEPT
                    && let Some(oldest) = self.desk.answered.pop_front()
                {
                    self.batch.push(Write::Entry(ANSWER, oldest, None));
                }
            }
        }
    }

    /// Answers that an engine before left behind, the oldest first.
    pub(super) async fn recall_answers(&mut self) -> Result<(), RunError> {
        let answers = self.store.entries(ANSWER).await?;
        self.desk.answered = answers.into_iter().map(|(name, _)| name).collect();
        Ok(())
    }

    /// Obeys what other processes left in the database, in the order of time.
    pub(super) async fn foreign_orders(&mut self) -> Result<(), RunError> {
        for (name, text) in self.store.entries(ORDER).await? {
            if !self.desk.taken.insert(name.clone()) {
                continue;
            }
            // Orders read the store: it has to know all that was decided before.
            self.settle().await?;
            let to = To::Name(name.clone());
            match serde_json::from_str::<Order>(&text) {
                Ok(order) => self.obey(order, to, Some(&name)).await?,
                Err(error) => {
                    let message = format!("the order cannot be read: {error}");
                    self.reply(Reply::Order(to, nothing), Err(RunError::Refused(message)));
                }
            }
        }
        Ok(())
    }

    /// Obeys an order. One that has a name may be read twice, and is obeyed once.
    pub(super) async fn obey(
        &mut self,
        order: Order,
        to: To,
        name: Option<&str>,
    ) -> Result<(), RunError> {
        let request_id = name.map(|name| {
            uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, name.as_bytes()).to_string()
        });
        let command = match order {
            Order::Push { request } => {
                let read = crate::document::parse_json(&request)
                    .map_err(|fault| crate::document::Violations::from(fault).into());
                let steps = self.options.max_steps;
                let read = read.and_then(|tree| super::push::read(&tree, &self.registry, steps));
                match read {
                    Ok(request) => Command::Push(
                        super::push::Definition::of(&request),
                        Reply::Order(to, |version| json!({"version": version})),
                    ),
                    Err(error) => {
                        self.reply(Reply::Order(to, nothing), Err(error));
                        return Ok(());
                    }
                }
            }
            Order::Restart { workflow_id, instance_id, policy, step, skip, run_params } => {
                let request = RestartRequest {
                    workflow_id,
                    instance_id,
                    policy,
                    step,
                    skip,
                    run_params,
                    request_id,
                    ..RestartRequest::default()
                };
                let tell = |started: super::Started| json!({"run": started.run.to_string()});
                Command::Restart(request, Reply::Order(to, tell))
            }
            Order::Act { workflow_id, instance_id, step, deed } => {
                let result = self.deed(&workflow_id, instance_id, step.as_deref(), deed).await;
                let result = match result {
                    Err(error @ RunError::Store(_)) => return Err(error),
                    other => other,
                };
                self.reply(Reply::Order(to, |told| told), result);
                return Ok(());
            }
            Order::Signal { name, .. } if signal_fault(&name).is_some() => {
                let fault = signal_fault(&name).unwrap_or_default();
                self.reply(Reply::Order(to, nothing), Err(RunError::Refused(fault)));
                return Ok(());
            }
            Order::Signal { name, params } => {
                let tell = |seq_id| json!({"seq_id": seq_id});
                Command::Signal(name, params, request_id, Reply::Order(to, tell))
            }
            Order::SetBreakpoint { workflow_id, step_id } => {
                match self.knows_step(&workflow_id, &step_id).await {
                    Ok(()) => {
                        Command::SetBreakpoint(workflow_id, step_id, Reply::Order(to, nothing))
                    }
                    Err(error @ RunError::Store(_)) => return Err(error),
                    Err(error) => {
                        self.reply(Reply::Order(to, nothing), Err(error));
                        return Ok(());
                    }
                }
            }
            Order::RemoveBreakpoint { workflow_id, step_id, resume } => {
                let tell = |count| json!({"held": count});
                Command::RemoveBreakpoint(workflow_id, step_id, resume, Reply::Order(to, tell))
            }
            Order::TagPermit { tag, limit: Some(_) } if !is_tag(&tag) => {
                let shown = crate::document::shorten(&tag);
                let message = format!("`{shown}` is not the name of a tag");
                self.reply(Reply::Order(to, nothing), Err(RunError::Refused(message)));
                return Ok(());
            }
            Order::TagPermit { tag, limit: None } if !self.limits(&tag).await? => {
                let missing = RunError::NotFound(format!("limit of the tag `{tag}`"));
                self.reply(Reply::Order(to, nothing), Err(missing));
                return Ok(());
            }
            Order::TagPermit { tag, limit } => {
                Command::TagPermit(tag, limit, Reply::Order(to, nothing))
            }
            Order::Activate { workflow_id, version } => {
                let tell = |version| json!({"version": version});
                Command::Activate(workflow_id, version, Reply::Order(to, tell))
            }
            Order::Properties { workflow_id, change } => match super::versions::change(&change) {
                Ok(change) => {
                    Command::Properties(workflow_id, change, Reply::Order(to, |told| told))
                }
                Err(faults) => {
                    self.reply(Reply::Order(to, nothing), Err(faults.into()));
                    return Ok(());
                }
            },
            Order::Unblock { workflow_id } => {
                let tell = |count| json!({"unblocked": count});
                Command::Unblock(workflow_id, Reply::Order(to, tell))
            }
        };
        self.command(command).await
    }

    /// Whether a user limited a tag.
    async fn limits(&mut self, tag: &str) -> Result<bool, RunError> {
        Ok(tag_permits(&*self.store).await?.iter().any(|(known, _)| known == tag))
    }

    /// Acts on the run of an instance that is not over, or on one of its steps.
    async fn deed(
        &mut self,
        workflow_id: &str,
        instance_id: i64,
        step: Option<&str>,
        deed: Deed,
    ) -> Result<Json, RunError> {
        let wanted = |key: &&Key| key.workflow_id == workflow_id && key.instance_id == instance_id;
        let Some(key) = self.runs.keys().find(wanted).cloned() else {
            let workflow_id = workflow_id.to_owned();
            let key = RunKey { workflow_id, instance_id, run_id: 0 };
            return Err(match self.store.instance(&key).await? {
                Some(row) if row.status.is_terminal() => {
                    RunError::Refused(format!("the run `{}` is over: {}", row.key, row.status))
                }
                Some(row) => RunError::Refused(format!("nothing works on the run `{}`", row.key)),
                None => RunError::NotFound(format!("instance `{}:{instance_id}`", key.workflow_id)),
            });
        };
        let Some(step) = step else {
            let closing = match deed {
                Deed::Stop => Closing::Stop,
                Deed::Kill => Closing::Kill,
                _ => return Err(RunError::Refused("which step?".to_owned())),
            };
            self.apply(&key, Event::Close(closing));
            self.decide().await?;
            let status = self.runs.get(&key).map(|run| run.flow.status());
            return Ok(json!({"run": key.to_string(), "status": status}));
        };
        let action = match deed {
            Deed::Stop => StepAction::Act(Action::Stop),
            Deed::Kill => StepAction::Act(Action::Kill),
            Deed::Skip => StepAction::Act(Action::Skip),
            Deed::Bypass => StepAction::Bypass,
            Deed::Resume => StepAction::Resume,
        };
        self.act_on_step(&key, step, action)?;
        // As far as nothing has to be evaluated for it.
        self.decide().await?;
        let run = self.runs.get(&key);
        let status = run
            .and_then(|run| run.flow.step_status(run.flow.dag().place(step)?))
            .map(|s| s.as_str());
        Ok(json!({"run": key.to_string(), "step": step, "status": status}))
    }
}
