//! Signals: announced by users and steps, awaited by steps, consumed by triggers.

use std::collections::HashMap;
use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::state::text;
use super::world::{Key, World};
use super::{RunError, StartRequest};
use crate::core::{At, Event};
use crate::plan::Plan;
use crate::store::{SignalRow, Write};

/// How many past signals of a name a dependency or trigger looks at.
const PAST: i64 = 1000;

/// Whether a signal's params satisfy what is asked of them.
pub(super) fn matches(params: &Map<String, Json>, wanted: &Map<String, Json>) -> bool {
    wanted.iter().all(|(name, rule)| {
        let (Some(have), Some(want)) = (params.get(name), rule.get("value")) else { return false };
        let order = match (have.as_i64(), want.as_i64()) {
            (Some(a), Some(b)) => a.cmp(&b),
            // Strings sort before numbers.
            (Some(_), None) => std::cmp::Ordering::Greater,
            (None, Some(_)) => std::cmp::Ordering::Less,
            (None, None) => have.as_str().cmp(&want.as_str()),
        };
        match rule.get("operator").and_then(Json::as_str).unwrap_or("=") {
            ">" => order.is_gt(),
            ">=" => order.is_ge(),
            "<" => order.is_lt(),
            "<=" => order.is_le(),
            _ => order.is_eq(),
        }
    })
}

fn object(text: &str) -> Map<String, Json> {
    serde_json::from_str(text).unwrap_or_default()
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
    /// Stores a signal, wakes those who wait for it, fires triggers.
    pub(super) async fn announce_signal(
        &mut self,
        name: &str,
        params: Map<String, Json>,
        id: Option<String>,
    ) -> Result<i64, RunError> {
        self.save().await?;
        let latest = self.store.signals(name, 1).await?;
        let seq_id = latest.first().map_or(0, |row| row.seq_id).saturating_add(1);
        let now = self.clock.now();
        let row = SignalRow {
            name: name.to_owned(),
            seq_id,
            instance_id: id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string()),
            params: Json::Object(params.clone()).to_string(),
            create_time: now,
        };
        self.batch.push(Write::Signal(row));
        match self.save().await {
            Err(RunError::Store(crate::store::StoreError::Conflict(_))) => {
                self.batch.clear();
                return Err(RunError::Refused(format!(
                    "signal `{name}` with this id exists already"
                )));
            }
            other => other?,
        }
        let waiting: Vec<(Key, At)> = self.waiting.keys().cloned().collect();
        for (key, at) in waiting {
            if let Some(dependencies) = self.waiting.get_mut(&(Arc::clone(&key), at)) {
                for dependency in dependencies.iter_mut() {
                    try_match(dependency, name, &params, seq_id);
                }
            }
            self.check_waiting(&key, at);
        }
        Box::pin(self.fire_triggers(name)).await?;
        Ok(seq_id)
    }

    /// Evaluates the dependencies of a step and looks for signals of the past.
    pub(super) async fn await_signals(&mut self, key: &Key, at: At) -> Result<(), RunError> {
        let Some(run) = self.runs.get(key) else { return Ok(()) };
        let Some(plan) = run.level.steps.get(at.place) else { return Ok(()) };
        let known = run.data.get(at.place).map(|d| d.dependencies.clone()).unwrap_or_default();
        let definitions = plan.list("signal_dependencies").to_vec();
        let mut dependencies = known;
        if dependencies.is_empty() {
            let evaluator = Arc::clone(&self.evaluator);
            let Some(scope) = self.scope(key, Some(at.place)) else { return Ok(()) };
            let job = tokio::task::spawn_blocking(move || {
                definitions
                    .iter()
                    .map(|definition| dependency(definition, &scope, &*evaluator))
                    .collect::<Result<Vec<Json>, String>>()
            });
            match job.await {
                Ok(Ok(evaluated)) => dependencies = evaluated,
                Ok(Err(message)) => {
                    self.broken(key, at, &message);
                    return Ok(());
                }
                Err(error) => {
                    self.broken(key, at, &error.to_string());
                    return Ok(());
                }
            }
        }
        for dependency in &mut dependencies {
            let name = dependency["name"].as_str().unwrap_or_default().to_owned();
            for row in self.store.signals(&name, PAST).await? {
                try_match(dependency, &name, &object(&row.params), row.seq_id);
            }
        }
        self.waiting.insert((Arc::clone(key), at), dependencies);
        self.check_waiting(key, at);
        Ok(())
    }

    fn check_waiting(&mut self, key: &Key, at: At) {
        let name = (Arc::clone(key), at);
        let Some(dependencies) = self.waiting.get(&name) else { return };
        let done = dependencies.iter().all(|d| d["status"] != "PENDING");
        let dependencies = dependencies.clone();
        let Some(run) = self.runs.get_mut(key) else {
            self.waiting.remove(&name);
            return;
        };
        let waits = run.flow.step(at.place).is_some_and(|s| {
            s.attempt == at.attempt && s.status() == crate::status::StepStatus::WaitingForSignals
        });
        if let Some(data) = run.data.get_mut(at.place).filter(|_| waits) {
            data.dependencies = dependencies;
            run.touch(at.place, false);
            self.touched.insert(Arc::clone(key));
        }
        if done || !waits {
            self.waiting.remove(&name);
            self.work.push_back((Arc::clone(key), Event::SignalsReady(at)));
        }
    }

    /// Marks what is pending as skipped.
    pub(super) fn bypass(&mut self, key: &Key, at: At) {
        self.waiting.remove(&(Arc::clone(key), at));
        if let Some(run) = self.runs.get_mut(key) {
            if let Some(data) = run.data.get_mut(at.place) {
                for dependency in &mut data.dependencies {
                    if dependency["status"] == "PENDING" {
                        dependency["status"] = "SKIPPED".into();
                    }
                }
            }
            run.touch(at.place, false);
        }
    }

    /// Announces what a step's definition says it puts out.
    pub(super) async fn announce_outputs(
        &mut self,
        key: &Key,
        at: At,
    ) -> Result<Result<(), String>, RunError> {
        let Some(run) = self.runs.get(key) else { return Ok(Ok(())) };
        let Some(plan) = run.level.steps.get(at.place) else { return Ok(Ok(())) };
        let mut outputs = plan.list("signal_outputs").to_vec();
        let dynamic =
            run.data.get(at.place).and_then(|d| d.artifacts.get("maestro_dynamic_output"));
        let dynamic = dynamic.and_then(|a| a.get("signal_outputs")).and_then(Json::as_array);
        outputs.extend(dynamic.into_iter().flatten().cloned());
        if outputs.is_empty() {
            return Ok(Ok(()));
        }
        let uuid = super::world::step_uuid(run, &plan.id, at.attempt);
        let Some(scope) = self.scope(key, Some(at.place)) else { return Ok(Ok(())) };
        let own = run.data.get(at.place).map(|d| Arc::clone(&d.params)).unwrap_or_default();
        let evaluator = Arc::clone(&self.evaluator);
        for (index, output) in outputs.into_iter().enumerate() {
            let name = output.get("name").and_then(Json::as_str).unwrap_or_default();
            let (scope, own) = (scope.clone(), Arc::clone(&own));
            let evaluator = Arc::clone(&evaluator);
            let (name, definition) = (name.to_owned(), output.clone());
            let job = tokio::task::spawn_blocking(move || {
                let name = evaluator.text(&name, &own, &scope)?;
                let params = definition.get("params").and_then(Json::as_object).cloned();
                let evaluated = evaluator.each(&params.unwrap_or_default(), &own, &scope)?;
                Ok::<_, String>((name, evaluated))
            });
            let (name, params) = match job.await {
                Ok(Ok(result)) => result,
                Ok(Err(message)) => return Ok(Err(message)),
                Err(error) => return Ok(Err(error.to_string())),
            };
            let id = format!("{uuid}:{index}");
            let now = self.clock.now();
            let seq = match self.announce_signal(&name, params.clone(), Some(id)).await {
                Ok(seq) => seq,
                // Announced before a crash.
                Err(RunError::Refused(_)) => continue,
                Err(error) => return Err(error),
            };
            if let Some(run) = self.runs.get_mut(key) {
                if let Some(data) = run.data.get_mut(at.place) {
                    let mut payload = output.get("payload").cloned().unwrap_or_else(|| json!({}));
                    payload["signal_source"] = json!({"workflow_id": key.workflow_id,
                        "instance_id": key.instance_id, "run_id": key.run_id});
                    data.outputs.push(json!({"name": name, "params": params, "payload": payload,
                                             "signal_id": seq, "announce_time": now}));
                }
                run.touch(at.place, false);
            }
        }
        Ok(Ok(()))
    }

    /// Stores the triggers of an activated version, in place of those before.
    pub(super) async fn subscribe(&mut self, plan: &Plan, now: i64) -> Result<(), RunError> {
        let off = |name: &str| plan.property(name).and_then(Json::as_bool).unwrap_or(false);
        let list = |name: &str| plan.definition.get(name).and_then(Json::as_array).cloned();
        let signals = list("signal_triggers").filter(|_| !off("signal_trigger_disabled"));
        let times = list("time_triggers").filter(|_| !off("time_trigger_disabled"));
        for (kind, triggers) in [("signal_trigger", signals), ("time_trigger", times)] {
            let prefix = format!("{}/", plan.id);
            let known = self.store.entries(kind).await?;
            let mut kept = Vec::new();
            for trigger in triggers.unwrap_or_default() {
                let uuid =
                    uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, trigger.to_string().as_bytes());
                let name = format!("{prefix}{uuid}");
                // What is as it was goes on where it was.
                if !kept.contains(&name) && !known.iter().any(|(k, _)| *k == name) {
                    let value = json!({"definition": trigger, "uuid": uuid.to_string(),
                                       "checkpoints": {}, "watermark": now});
                    self.batch.push(Write::Entry(kind, name.clone(), Some(value.to_string())));
                    if kind == super::schedule::KIND && self.options.time_triggers {
                        self.schedules.add(&name, value);
                    }
                }
                kept.push(name);
            }
            for (name, _) in known {
                if name.starts_with(&prefix) && !kept.contains(&name) {
                    self.schedules.remove(&name);
                    self.batch.push(Write::Entry(kind, name, None));
                }
            }
        }
        Ok(())
    }

    async fn fire_triggers(&mut self, signal: &str) -> Result<(), RunError> {
        for (name, value) in self.store.entries("signal_trigger").await? {
            let Ok(mut trigger) = serde_json::from_str::<Json>(&value) else { continue };
            let empty = Map::new();
            let definition = trigger["definition"].clone();
            let definitions = definition["definitions"].as_object().unwrap_or(&empty);
            if !definitions.contains_key(signal) {
                continue;
            }
            let mut past = HashMap::new();
            for name in definitions.keys() {
                past.insert(name.clone(), self.store.signals(name, PAST).await?);
            }
            let checkpoints = trigger["checkpoints"].as_object().unwrap_or(&empty);
            let Some(found) = fire(definitions, checkpoints, &past) else { continue };
            trigger["checkpoints"] = Json::Object(found.clone());
            self.batch.push(Write::Entry("signal_trigger", name.clone(), Some(text(&trigger))));
            let workflow_id = name.split('/').next().unwrap_or_default().to_owned();
            let uuid = trigger["uuid"].as_str().unwrap_or_default().to_owned();
            self.start_triggered(&workflow_id, &uuid, &definition, found, &past).await?;
        }
        Ok(())
    }

    async fn start_triggered(
        &mut self,
        workflow_id: &str,
        uuid: &str,
        definition: &Json,
        found: Map<String, Json>,
        past: &HashMap<String, Vec<SignalRow>>,
    ) -> Result<(), RunError> {
        let now = self.clock.now();
        let given = definition["params"].as_object().unwrap_or(&Map::new()).clone();
        let Ok(params) = self.evaluator.standalone(&given, now) else { return Ok(()) };
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
            return Ok(());
        }
        let ids = Json::Object(found.clone());
        let key = match definition["dedup_expr"].as_str().map(evaluate) {
            Some(Ok(Json::String(key))) => format!("{workflow_id}:{uuid}:{key}"),
            _ => format!("{workflow_id}:{uuid}:{ids}"),
        };
        let request = StartRequest {
            workflow_id: workflow_id.to_owned(),
            version: "active".to_owned(),
            initiator: json!({"type": "SIGNAL", "trigger_uuid": uuid, "signal_id_map": ids,
                              "params": params, "signal_params": seen}),
            request_id: Some(
                uuid::Uuid::new_v3(&uuid::Uuid::NAMESPACE_OID, key.as_bytes()).to_string(),
            ),
            persist_failed_run: true,
            ..StartRequest::default()
        };
        self.save().await?;
        self.start(request, None, None, None).await
    }
}

fn try_match(dependency: &mut Json, name: &str, params: &Map<String, Json>, seq_id: i64) {
    let pending = dependency["status"] == "PENDING" && dependency["name"] == name;
    let wanted = dependency.get("match_params").and_then(Json::as_object);
    if pending && wanted.is_none_or(|wanted| matches(params, wanted)) {
        dependency["status"] = "MATCHED".into();
        dependency["signal_id"] = seq_id.into();
        dependency["params"] = Json::Object(params.clone());
    }
}

fn dependency(
    definition: &Json,
    scope: &super::eval::Scope,
    evaluator: &dyn super::eval::Evaluator,
) -> Result<Json, String> {
    let name = definition.get("name").and_then(Json::as_str).unwrap_or_default();
    let none = crate::plan::Params::new();
    let name = evaluator.text(name, &none, scope)?;
    let mut rules = Map::new();
    let mut params = Map::new();
    for (name, rule) in
        definition.get("match_params").and_then(Json::as_object).into_iter().flatten()
    {
        params.insert(name.clone(), rule.get("param").cloned().unwrap_or(Json::Null));
        rules.insert(name.clone(), json!({"operator": rule.get("operator").cloned()}));
    }
    for (name, value) in evaluator.each(&params, &none, scope)? {
        if let Some(rule) = rules.get_mut(&name) {
            rule["value"] = value;
        }
    }
    Ok(json!({"name": name, "status": "PENDING", "match_params": rules}))
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
    fn operators_compare_strings_and_numbers() {
        let rows = [
            (json!(5), ">=", json!(5), true),
            (json!(5), "<", json!(5), false),
            (json!("b"), ">", json!("a"), true),
            (json!("9"), "<", json!(1), true),
            (json!("x"), "=", json!("y"), false),
        ];
        for (have, operator, want, expected) in rows {
            let params = json!({"p": have}).as_object().cloned().unwrap();
            let wanted = json!({"p": {"value": want, "operator": operator}});
            assert_eq!(matches(&params, wanted.as_object().unwrap()), expected, "{operator}");
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
