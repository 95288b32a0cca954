//! Time triggers: which fires are due, and how far each trigger has come.
//!
//! A trigger's watermark is its last fire. It moves on in the transaction that stores the instance
//! which that fire starts, one fire after the other: a process that dies at any instant fires none
//! twice and loses none. What was missed while no engine ran is caught up with, in order.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value as Json, json};

use super::signal_trigger::Shot;
use super::world::World;
use super::{RunError, StartRequest};
use crate::document::{Path, Problems};
use crate::model::{Model, TimeTrigger};
use crate::store::Write;
use crate::trigger::Schedule;

/// The kind of the store's entries.
pub(super) const KIND: &str = "time_trigger";

/// What a start comes from, and goes on with it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Fire {
    /// A moment.
    Time(Tick),
    /// Signals.
    Signals(Shot),
}

/// One fire of one trigger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Tick {
    name: String,
    time: i64,
}

/// The time triggers of active versions, by the names of their entries.
#[derive(Debug, Default)]
pub(super) struct Schedules {
    triggers: BTreeMap<String, Trigger>,
    /// The next fire of each trigger that none of whose fires is being started.
    queue: BTreeSet<(i64, String)>,
}

#[derive(Debug)]
struct Trigger {
    schedule: Schedule,
    entry: Json,
}

impl Trigger {
    fn watermark(&self) -> i64 {
        self.entry["watermark"].as_i64().unwrap_or(0)
    }
}

impl Schedules {
    /// Takes in a trigger as it is stored; what cannot be read never fires.
    pub(super) fn add(&mut self, name: &str, entry: Json) {
        let workflow = workflow(name);
        let definition = crate::model::from_json(&entry["definition"]);
        let read = TimeTrigger::read(&definition, &Path::Root, &mut Problems::default());
        if let Some(Ok(schedule)) = read.map(|trigger| Schedule::new(&trigger, workflow)) {
            self.remove(name);
            self.triggers.insert(name.to_owned(), Trigger { schedule, entry });
            self.enqueue(name);
        }
    }

    /// Forgets a trigger.
    pub(super) fn remove(&mut self, name: &str) {
        self.triggers.remove(name);
        self.queue.retain(|(_, other)| other != name);
    }

    fn enqueue(&mut self, name: &str) {
        let next = self.triggers.get(name).and_then(|t| t.schedule.next(t.watermark()));
        self.queue.extend(next.map(|time| (time, name.to_owned())));
    }

    /// When something fires next.
    pub(super) fn next(&self) -> Option<i64> {
        self.queue.first().map(|(time, _)| *time)
    }

    /// Whether all that fires until now is stored.
    pub(super) fn is_up_to_date(&self, now: i64) -> bool {
        self.next().is_none_or(|time| time > now)
    }

    fn due(&mut self, now: i64) -> Option<Tick> {
        if self.is_up_to_date(now) {
            return None;
        }
        self.queue.pop_first().map(|(time, name)| Tick { name, time })
    }

    /// A fire is stored with what is written: the next one of its trigger may follow.
    fn passed(&mut self, tick: &Tick) -> Option<Write> {
        let trigger = self.triggers.get_mut(&tick.name)?;
        trigger.entry["watermark"] = tick.time.into();
        let write = Write::Entry(KIND, tick.name.clone(), Some(trigger.entry.to_string()));
        self.enqueue(&tick.name);
        Some(write)
    }
}

/// The workflow of a trigger's entry.
fn workflow(name: &str) -> &str {
    name.split('/').next().unwrap_or_default()
}

impl World {
    /// Reads the time triggers, if this engine fires them.
    pub(super) async fn load_schedules(&mut self) -> Result<(), RunError> {
        if self.options.time_triggers {
            for (name, entry) in self.store.entries(KIND).await? {
                self.schedules.add(&name, super::recover::read(&entry)?);
            }
        }
        Ok(())
    }

    /// Starts what is due: one fire of each trigger, the next when that is stored.
    pub(super) async fn tick(&mut self) -> Result<(), RunError> {
        let now = self.clock.now();
        while let Some(tick) = self.schedules.due(now) {
            let Some(trigger) = self.schedules.triggers.get(&tick.name) else { continue };
            let workflow_id = workflow(&tick.name).to_owned();
            let uuid = trigger.entry["uuid"].as_str().unwrap_or_default();
            let mut initiator = json!({"type": "TIME", "trigger_uuid": uuid,
                "trigger_time": tick.time, "timezone": trigger.schedule.timezone()});
            if let Some(before) = trigger.schedule.previous(tick.time) {
                initiator["previous_trigger_time"] = before.into();
            }
            let slot = format!("{workflow_id}:{uuid}:{}", tick.time);
            let mut run_params = Map::new();
            run_params.insert("RUN_TS".to_owned(), json!({"type": "LONG", "value": tick.time}));
            let request = StartRequest {
                workflow_id,
                version: "active".to_owned(),
                run_params,
                initiator,
                request_id: Some(
                    uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, slot.as_bytes()).to_string(),
                ),
                persist_failed_run: true,
                ..StartRequest::default()
            };
            self.start(request, None, Some(Fire::Time(tick)), None).await?;
        }
        Ok(())
    }

    /// A fire is through: what it led to is in the batch, and how far its trigger came goes with it.
    pub(super) fn fired(&mut self, fire: Option<&Fire>) {
        match fire {
            Some(Fire::Time(tick)) => {
                let write = self.schedules.passed(tick);
                self.batch.extend(write);
            }
            Some(Fire::Signals(shot)) => self.shot(shot),
            None => {}
        }
    }
}
