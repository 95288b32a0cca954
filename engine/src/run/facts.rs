//! What the expressions of a run may ask: about its instance, its steps, its signals and the
//! instances below it.

use sel::Value;
use serde_json::Value as Json;

use super::eval::{Finished, Scope};
use super::recover::stored_param;
use super::typed;
use crate::model::{Initiator, InitiatorKind, User};
use crate::params::{InstanceFacts, World};

/// The instances and steps that a scope sees.
pub(super) struct Facts<'s> {
    scope: &'s Scope,
}

/// A clock and chance, nothing else.
pub(super) struct Alone(pub(super) i64);

fn chance() -> u64 {
    uuid::Uuid::new_v4().as_u64_pair().1
}

impl World for Alone {
    fn now(&self) -> i64 {
        self.0
    }
    fn random(&self) -> u64 {
        chance()
    }
}

fn plain(json: &Json) -> Result<Value, String> {
    Value::from_json(json.clone()).map_err(|e| e.to_string())
}

impl<'s> Facts<'s> {
    pub(super) fn new(scope: &'s Scope) -> Facts<'s> {
        Facts { scope }
    }

    fn facts(&self) -> InstanceFacts {
        let scope = self.scope;
        let text = |name: &str| scope.initiator.get(name).and_then(Json::as_str);
        let kind = text("type").and_then(InitiatorKind::from_name).unwrap_or(InitiatorKind::Manual);
        let mut initiator = Initiator::manual("");
        initiator.kind = kind;
        initiator.user = match scope.initiator.get("user") {
            Some(Json::String(name)) => Some(User::named(name.clone())),
            Some(user) => {
                user.get("name").and_then(Json::as_str).map(|name| User::named(name.to_owned()))
            }
            None => None,
        };
        initiator.timezone = text("timezone").map(str::to_owned);
        let trigger = scope.definition.pointer("/workflow/time_triggers/0");
        let zone =
            trigger.map(|trigger| trigger.get("timezone").and_then(Json::as_str).unwrap_or("UTC"));
        InstanceFacts {
            workflow_id: scope.key.workflow_id.clone(),
            instance_id: scope.key.instance_id,
            run_id: scope.key.run_id,
            owner: Some(scope.owner.clone()),
            initiator,
            first_trigger_timezone: zone.map(str::to_owned),
            run_policy: scope.policy.clone(),
            previous_trigger_time: scope
                .initiator
                .get("previous_trigger_time")
                .and_then(Json::as_i64),
        }
    }

    fn finished(&self, step: &str) -> Result<&Finished, String> {
        self.scope
            .finished(step)
            .ok_or_else(|| format!("the step `{step}` is unknown or not finished"))
    }
}

impl World for Facts<'_> {
    fn now(&self) -> i64 {
        self.scope.now
    }
    fn random(&self) -> u64 {
        chance()
    }
    fn instance(&self, field: &str) -> Result<Value, String> {
        self.facts().get(field)
    }
    fn current_step(&self, field: &str) -> Result<Value, String> {
        let step = self.scope.step.as_ref().ok_or("there is no step here")?;
        Ok(match field {
            "step_id" => step.id.as_str().into(),
            "step_instance_id" => Value::Long(step.ordinal.into()),
            "step_instance_uuid" => step.uuid.as_str().into(),
            "step_attempt_id" => Value::Long(step.attempt.into()),
            "step_type_info" => step.type_info.as_str().into(),
            "MAESTRO_STEP_ERROR_RETRIES" => Value::Long(step.error_retries.into()),
            _ => return Err(format!("a step has no field `{}`", crate::document::shorten(field))),
        })
    }
    fn has_step(&self, step: &str) -> bool {
        self.scope.finished(step).is_some()
    }
    fn step_param(&self, step: &str, param: &str) -> Result<Value, String> {
        let found = self.finished(step)?;
        match (param, found.params.get(param)) {
            (_, Some(param)) => typed::value(param),
            ("MAESTRO_STEP_STATUS", None) => Ok(found.status.as_str().into()),
            ("MAESTRO_STEP_END_TIME", None) => found
                .end_time
                .map(Value::Long)
                .ok_or_else(|| format!("the step `{step}` has no end time")),
            (_, None) => Err(format!("the step `{step}` has no evaluated param `{param}`")),
        }
    }
    fn initiator_param(&self, param: &str) -> Result<Value, String> {
        let found = self.scope.initiator.get("params").and_then(|params| params.get(param));
        found
            .ok_or_else(|| format!("the trigger has no param `{param}`"))
            .and_then(|param| plain(&super::eval::value(param)))
    }
    fn signal(&self, signal: &str, param: &str) -> Result<Value, String> {
        let signals = self.scope.initiator.get("signal_params");
        signals
            .and_then(|signals| signals.get(signal)?.get(param))
            .ok_or_else(|| format!("the signal `{signal}` has no param `{param}`"))
            .and_then(plain)
    }
    fn dependency(&self, index: usize, param: &str) -> Result<Value, String> {
        let list = self.scope.step.as_ref().map_or(&[][..], |step| &step.dependencies);
        list.get(index)
            .and_then(|dependency| dependency.get("params")?.get(param))
            .ok_or_else(|| format!("the dependency {index} has no matched param `{param}`"))
            .and_then(plain)
    }
    fn foreach(&self, foreach: &str, step: &str, param: &str) -> Result<Value, String> {
        let found = self.finished(foreach)?;
        let artifact = found.artifacts.get("maestro_foreach");
        let id = artifact.and_then(|a| a.get("foreach_workflow_id")).and_then(Json::as_str);
        let Some(id) = id else { return Ok(Value::StringArray(Vec::new())) };
        let rows = self.scope.handle.block_on(self.scope.store.step_over_instances(id, step));
        let mut values = Vec::new();
        for row in rows.map_err(|e| e.to_string())? {
            let place = usize::try_from(row.run.instance_id.saturating_sub(1)).unwrap_or(0);
            let value = stored_param(&row, param).map(|param| typed::value(&param)).transpose()?;
            if values.len() <= place {
                values.resize(place.saturating_add(1), None);
            }
            if let Some(slot) = values.get_mut(place) {
                *slot = value;
            }
        }
        gathered(values)
            .ok_or_else(|| format!("the param `{param}` of `{step}` is not of one scalar type"))
    }
    fn subworkflow(&self, subworkflow: &str, step: &str, param: &str) -> Result<Value, String> {
        let found = self.finished(subworkflow)?;
        let artifact = found.artifacts.get("maestro_subworkflow");
        let artifact =
            artifact.ok_or_else(|| format!("the step `{subworkflow}` started no workflow"))?;
        let number = |name: &str| artifact.get(name).and_then(Json::as_i64);
        let id = artifact.get("subworkflow_id").and_then(Json::as_str);
        let run = crate::store::RunKey {
            workflow_id: id.unwrap_or_default().to_owned(),
            instance_id: number("subworkflow_instance_id").unwrap_or(0),
            run_id: number("subworkflow_run_id").unwrap_or(1),
        };
        let rows = self.scope.handle.block_on(self.scope.store.steps(&run, false));
        let rows = rows.map_err(|e| e.to_string())?;
        let row = rows.iter().find(|row| row.step_id == step);
        row.and_then(|row| stored_param(row, param))
            .ok_or_else(|| format!("the step `{step}` of `{subworkflow}` has no param `{param}`"))
            .and_then(|param| typed::value(&param))
    }
}

/// One value an iteration as an array of their type; what is missing is null, 0, 0.0 or false.
fn gathered(values: Vec<Option<Value>>) -> Option<Value> {
    fn all<T: Default>(
        values: Vec<Option<Value>>,
        scalar: impl Fn(Value) -> Option<T>,
    ) -> Option<Vec<T>> {
        values.into_iter().map(|value| value.map_or(Some(T::default()), &scalar)).collect()
    }
    match values.iter().flatten().next() {
        None => Some(Value::StringArray(vec![None; values.len()])),
        Some(Value::String(_)) => all(values, |value| match value {
            Value::String(text) => Some(Some(text)),
            _ => None,
        })
        .map(Value::StringArray),
        Some(Value::Long(_)) => all(values, |value| match value {
            Value::Long(number) => Some(number),
            _ => None,
        })
        .map(Value::LongArray),
        Some(Value::Double(_)) => all(values, |value| match value {
            Value::Double(number) => Some(number),
            _ => None,
        })
        .map(Value::DoubleArray),
        Some(Value::Boolean(_)) => all(values, |value| match value {
            Value::Boolean(flag) => Some(flag),
            _ => None,
        })
        .map(Value::BooleanArray),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn iterations_become_an_array_of_their_type() {
        let long = |n| Some(Value::Long(n));
        assert_eq!(gathered(vec![long(3), None, long(5)]), Some(Value::LongArray(vec![3, 0, 5])));
        let text = Some(Value::from("a"));
        assert_eq!(
            gathered(vec![None, text.clone()]),
            Some(Value::StringArray(vec![None, Some("a".into())]))
        );
        assert_eq!(
            gathered(vec![Some(Value::Double(0.5)), None]),
            Some(Value::DoubleArray(vec![0.5, 0.0]))
        );
        assert_eq!(
            gathered(vec![None, Some(Value::Boolean(true))]),
            Some(Value::BooleanArray(vec![false, true]))
        );
        assert_eq!(gathered(vec![long(1), text]), None);
        assert_eq!(gathered(vec![Some(Value::Map(Default::default()))]), None);
        assert_eq!(gathered(Vec::new()), Some(Value::StringArray(Vec::new())));
    }
}
