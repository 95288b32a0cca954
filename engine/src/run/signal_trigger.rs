//! Signal triggers: which signals they consume, and the instances that they start.
//!
//! A trigger's checkpoints are the last signals that it consumed. They move on in the transaction
//! that stores the instance which those signals start, one start after the other: a process that
//! dies at any instant starts none twice and loses none.

use std::collections::HashMap;

use serde_json::{Map, Value as Json, json};

use super::schedule::{self, Fire};
use super::signals::{matches, object, past_signals};
use super::state::text;
use super::world::{Msg, World};
use super::{RunError, StartRequest};
use crate::plan::Plan;
use crate::store::{SignalRow, Write};

/// The kind of the store's entries.
const KIND: &str = "signal_trigger";

/// Signals that a trigger consumes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Shot {
    name: String,
    /// The entry with the checkpoints that follow.
    entry: String,
}

/// Tries to find one signal for each definition of a trigger; the sequence ids by name.
fn fire(
    definitions: &Map<String, Json>,
    checkpoints: &Map<String, Json>,
    past: &HashMap<String, Vec<SignalRow>>,
) -> Option<Map<String, Json>> {
    let mut found: Map<String, Json> = Map::new();
    let mut joined: Option<Vec<Json>> = None;
    search(definitions, checkpoints, past, 0, &mut joined, &mut found).then_some(found)
}

fn search(
    definitions: &Map<String, Json>,
    checkpoints: &Map<String, Json>,
    past: &HashMap<String, Vec<SignalRow>>,
    depth: usize,
    joined: &mut Option<Vec<Json>>,
    found: &mut Map<String, Json>,
) -> bool {
    let Some((name, definition)) = definitions.iter().nth(depth) else { return true };
    let after = checkpoints.get(name).and_then(Json::as_i64).unwrap_or(0);
    let empty = Map::new();
    let wanted = definition.get("match_params").and_then(Json::as_object).unwrap_or(&empty);
    let keys = definition.get("join_keys").and_then(Json::as_array);
    for row in past.get(name).into_iter().flatten().rev().filter(|row| row.seq_id > after) {
        let params = object(&row.params);
        if !matches(&params, wanted) {
            continue;
        }
        let values: Option<Vec<Json>> = keys
            .into_iter()
            .flatten()
            .map(|key| params.get(key.as_str().unwrap_or_default()).cloned())
            .collect();
        let Some(values) = values else { continue };
        if joined.as_ref().is_some_and(|known| *known != values) {
            continue;
        }
        let fresh = joined.is_none();
        joined.get_or_insert(values);
        found.insert(name.clone(), row.seq_id.into());
        if search(definitions, checkpoints, past, depth.saturating_add(1), joined, found) {
            return true;
        }
        found.remove(name);
        if fresh {
            *joined = None;
        }
    }
    false
}

impl World {
    /// Stores the triggers of an activated version, in place of those before.
    pub(super) async fn subscribe(&mut self, plan: &Plan, now: i64) -> Result<(), RunError> {
        let off = |name: &str| plan.property(name).and_then(Json::as_bool).unwrap_or(false);
        let list = |name: &str| plan.definition.get(name).and_then(Json::as_array).cloned();
        let signals = list("signal_triggers").filter(|_| !off("signal_trigger_disabled"));
        let times = list("time_triggers").filter(|_| !off("time_trigger_disabled"));
        for (kind, triggers) in [(KIND, signals), (schedule::KIND, times)] {
            let prefix = format!("{}/", plan.id);
            let known = self.store.entries(kind).await?;
            let mut kept = Vec::new();
            for trigger in triggers.unwrap_or_default() {
                let uuid =
                    uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, trigger.to_string().as_bytes());
                let name = format!("{prefix}{uuid}");
                // What is as it was goes on where it was.
                if !kept.contains(&name) && !known.iter().any(|(k, _)| *k == name) {
                    // What came before it is none of its own.
                    let checkpoints = self.latest_signals(&trigger).await?;
                    let value = json!({"definition": trigger, "uuid": uuid.to_string(),
                                       "checkpoints": checkpoints, "watermark": now});
                    self.batch.push(Write::Entry(kind, name.clone(), Some(value.to_string())));
                    if kind == schedule::KIND && self.options.time_triggers {
                        self.schedules.add(&name, value);
                    }
                }
                kept.push(name);
            }
            for (name, _) in known {
                if name.starts_with(&prefix) && !kept.contains(&name) {
                    self.schedules.remove(&name);
                    self.firing.remove(&name);
                    self.batch.push(Write::Entry(kind, name, None));
                }
            }
        }
        Ok(())
    }

    /// The last signals of those that a trigger is about.
    async fn latest_signals(&mut self, trigger: &Json) -> Result<Map<String, Json>, RunError> {
        let mut latest = Map::new();
        for name in trigger["definitions"].as_object().into_iter().flat_map(Map::keys) {
            let last = self.store.signals(name, 1).await?;
            latest.extend(last.first().map(|row| (name.clone(), row.seq_id.into())));
        }
        Ok(latest)
    }

    /// Fires the triggers that a signal may complete.
    pub(super) async fn fire_triggers_of(&mut self, signal: &str) -> Result<(), RunError> {
        for (name, entry) in self.store.entries(KIND).await? {
            let Ok(trigger) = serde_json::from_str::<Json>(&entry) else { continue };
            if trigger["definition"]["definitions"].get(signal).is_some() {
                self.fire_trigger(name, trigger).await?;
            }
        }
        Ok(())
    }

    /// Fires what an engine that died did not come to.
    pub(super) async fn fire_all_triggers(&mut self) -> Result<(), RunError> {
        for (name, entry) in self.store.entries(KIND).await? {
            let Ok(trigger) = serde_json::from_str::<Json>(&entry) else { continue };
            self.fire_trigger(name, trigger).await?;
        }
        Ok(())
    }

    /// Fires a trigger if its signals are there: one start at a time, the next when that is stored.
    async fn fire_trigger(&mut self, name: String, mut trigger: Json) -> Result<(), RunError> {
        let empty = Map::new();
        let definitions = trigger["definition"]["definitions"].as_object().unwrap_or(&empty);
        let mut past = HashMap::new();
        for name in definitions.keys() {
            // All that are not consumed yet.
            let after = trigger["checkpoints"].get(name).and_then(Json::as_i64).unwrap_or(0);
            let mut is_enough =
                |rows: &[SignalRow]| rows.last().is_none_or(|oldest| oldest.seq_id <= after);
            past.insert(name.clone(), past_signals(&*self.store, name, &mut is_enough).await?);
        }
        while !self.firing.contains(&name) {
            let definitions = trigger["definition"]["definitions"].as_object().unwrap_or(&empty);
            let checkpoints = trigger["checkpoints"].as_object().unwrap_or(&empty);
            let Some(found) = fire(definitions, checkpoints, &past) else { return Ok(()) };
            let workflow_id = name.split('/').next().unwrap_or_default();
            let request = self.triggered(workflow_id, &trigger, found.clone(), &past);
            trigger["checkpoints"] = Json::Object(found);
            let entry = text(&trigger);
            match request {
                Some(request) => {
                    self.firing.insert(name.clone());
                    let fire = Fire::Signals(Shot { name: name.clone(), entry });
                    self.start(request, None, Some(fire), None).await?;
                }
                // They are consumed all the same.
                None => self.batch.push(Write::Entry(KIND, name.clone(), Some(entry))),
            }
        }
        Ok(())
    }

    /// A start is through: its signals are consumed with what is written, and the trigger may fire
    /// again.
    pub(super) fn shot(&mut self, shot: &Shot) {
        // Otherwise another version took its place meanwhile.
        if self.firing.remove(&shot.name) {
            let entry = Some(shot.entry.clone());
            self.batch.push(Write::Entry(KIND, shot.name.clone(), entry));
        }
        let _ = self.tx.send(Msg::Shot(shot.name.clone()));
    }

    /// Looks whether a trigger fires again; who announced a signal is answered when none does.
    pub(super) async fn fire_again(&mut self, name: &str) -> Result<(), RunError> {
        self.save().await?;
        for (known, entry) in self.store.entries(KIND).await? {
            if known == name
                && let Ok(trigger) = serde_json::from_str::<Json>(&entry)
            {
                self.fire_trigger(known, trigger).await?;
            }
        }
        if self.firing.is_empty() {
            self.after.append(&mut self.signalled);
        }
        Ok(())
    }

    /// The start that a trigger asks for; none where its condition does not hold.
    fn triggered(
        &self,
        workflow_id: &str,
        trigger: &Json,
        found: Map<String, Json>,
        past: &HashMap<String, Vec<SignalRow>>,
    ) -> Option<StartRequest> {
        let now = self.clock.now();
        let definition = &trigger["definition"];
        let uuid = trigger["uuid"].as_str().unwrap_or_default();
        let given = definition["params"].as_object().unwrap_or(&Map::new()).clone();
        let params = self.evaluator.standalone(&given, now).ok()?;
        let mut seen = Map::new();
        let mut inputs = super::eval::values(&params);
        for (name, rows) in past {
            let seq = found.get(name).and_then(Json::as_i64);
            if let Some(row) = rows.iter().find(|row| Some(row.seq_id) == seq) {
                let params = object(&row.params);
                let input =
                    |(param, value): (&String, &Json)| (format!("{name}__{param}"), value.clone());
                inputs.extend(params.iter().map(input));
                seen.insert(name.clone(), Json::Object(params));
            }
        }
        let evaluate = |expression: &str| self.evaluator.expression(expression, &inputs, now);
        let condition = definition["condition"].as_str();
        let holds =
            condition.map_or(Ok(true), |c| evaluate(c).and_then(|v| super::effects::truth(&v)));
        if holds != Ok(true) {
            return None;
        }
        let ids = Json::Object(found.clone());
        let key = match definition["dedup_expr"].as_str().map(evaluate) {
            Some(Ok(Json::String(key))) => format!("{workflow_id}:{uuid}:{key}"),
            _ => format!("{workflow_id}:{uuid}:{ids}"),
        };
        Some(StartRequest {
            workflow_id: workflow_id.to_owned(),
            version: "active".to_owned(),
            initiator: json!({"type": "SIGNAL", "trigger_uuid": uuid, "signal_id_map": ids,
                              "params": params, "signal_params": seen}),
            request_id: Some(
                uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, key.as_bytes()).to_string(),
            ),
            persist_failed_run: true,
            ..StartRequest::default()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, seq_id: i64, params: &Json) -> SignalRow {
        SignalRow {
            name: name.into(),
            seq_id,
            instance_id: seq_id.to_string(),
            params: params.to_string(),
            create_time: 0,
        }
    }

    #[test]
    fn a_trigger_joins_its_signals_and_consumes_them() {
        let definitions = json!({"a": {"join_keys": ["x"]}, "b": {"join_keys": ["y"]}});
        let definitions = definitions.as_object().unwrap();
        let past = HashMap::from([
            ("a".to_owned(), vec![row("a", 2, &json!({"x": 2})), row("a", 1, &json!({"x": 1}))]),
            ("b".to_owned(), vec![row("b", 7, &json!({"y": 2}))]),
        ]);
        let found = fire(definitions, &Map::new(), &past).unwrap();
        assert_eq!(Json::Object(found.clone()), json!({"a": 2, "b": 7}));
        assert!(fire(definitions, &found, &past).is_none());
    }
}
