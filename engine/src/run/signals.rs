//! Signals: announced by users and steps, awaited by steps.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::RunError;
use super::world::{Key, World};
use crate::core::{At, Event};
use crate::store::{SignalRow, Store, Write};

/// How many past signals of a name are looked at first.
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

pub(super) fn object(text: &str) -> Map<String, Json> {
    serde_json::from_str(text).unwrap_or_default()
}

/// The signals of a name, newest first: the latest, or all when `is_enough` says no to those.
pub(super) async fn past_signals(
    store: &dyn Store,
    name: &str,
    is_enough: &mut (dyn FnMut(&[SignalRow]) -> bool + Send),
) -> Result<Vec<SignalRow>, RunError> {
    let rows = store.signals(name, PAST).await?;
    let is_all = i64::try_from(rows.len()).is_ok_and(|count| count < PAST);
    if is_enough(&rows) || is_all {
        return Ok(rows);
    }
    let rows = store.signals(name, i64::MAX).await?;
    is_enough(&rows);
    Ok(rows)
}

impl World {
    /// Stores a signal, wakes those who wait for it, fires triggers. `again`: one that is there
    /// already was announced by the same order, before the engine ended.
    pub(super) async fn announce_signal(
        &mut self,
        name: &str,
        params: Map<String, Json>,
        id: Option<String>,
        again: bool,
    ) -> Result<i64, RunError> {
        self.save().await?;
        let latest = self.store.signals(name, 1).await?;
        let seq_id = latest.first().map_or(0, |row| row.seq_id).saturating_add(1);
        let now = self.clock.now();
        let id = id.unwrap_or_else(|| uuid::Uuid::new_v4().to_string());
        let row = SignalRow {
            name: name.to_owned(),
            seq_id,
            instance_id: id.clone(),
            params: Json::Object(params.clone()).to_string(),
            create_time: now,
        };
        self.batch.push(Write::Signal(row));
        match self.save().await {
            Err(RunError::Store(crate::store::StoreError::Conflict(_))) => {
                self.batch.clear();
                let known = self.store.signals(name, i64::MAX).await?;
                if let Some(row) = known.iter().find(|row| again && row.instance_id == id) {
                    return Ok(row.seq_id);
                }
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
        Box::pin(self.fire_triggers_of(name)).await?;
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
            let mut find = |rows: &[SignalRow]| {
                for row in rows {
                    try_match(dependency, &name, &object(&row.params), row.seq_id);
                }
                dependency["status"] != "PENDING"
            };
            past_signals(&*self.store, &name, &mut find).await?;
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
        let uuid = super::attempt::step_uuid(run, &plan.id, at.attempt);
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
            let seq = match self.announce_signal(&name, params.clone(), Some(id), false).await {
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
}
