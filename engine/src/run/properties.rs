//! The properties of a workflow as a run takes them down at its start: alerting with its params
//! put in.

use serde_json::{Map, Value as Json, json};

use super::eval::{Evaluator, Scope, value};
use crate::plan::{Params, Plan};

/// The end of an hour of the day that the run stands for, less a second.
const END_OF_HOUR: &str = "DateTimeFormat.forPattern('yyyyMMdd').withZone(DateTimeZone.forID(tz))\
                           .parseMillis(date) + hours * 3600000 - 1000;";

/// The snapshot of a run whose params are in `scope`. What cannot be worked out stays as it is.
pub(super) fn of_run(plan: &Plan, evaluator: &dyn Evaluator, scope: &Scope) -> Json {
    let mut snapshot = Map::new();
    snapshot.insert("create_time".to_owned(), scope.now.into());
    snapshot.insert("owner".to_owned(), scope.owner.clone().into());
    for name in ["step_concurrency", "tags"] {
        snapshot.extend(plan.property(name).map(|value| (name.to_owned(), value.clone())));
    }
    if let Some(alerting) = plan.property("alerting") {
        let mut alerting = alerting.clone();
        put_in(&mut alerting, evaluator, scope);
        let configs = alerting.get_mut("type_configs").and_then(Json::as_object_mut);
        for (_, config) in configs.into_iter().flatten() {
            put_in(config, evaluator, scope);
        }
        if let Some(tct) = alerting.get_mut("tct").and_then(Json::as_object_mut)
            && let Some(time) = completed_by(tct, evaluator, scope)
        {
            tct.insert("completed_by_ts".to_owned(), time.into());
        }
        snapshot.insert("alerting".to_owned(), alerting);
    }
    snapshot.into()
}

/// Puts params into addresses.
fn put_in(config: &mut Json, evaluator: &dyn Evaluator, scope: &Scope) {
    for email in config.get_mut("emails").and_then(Json::as_array_mut).into_iter().flatten() {
        let text = email.as_str().map(|text| evaluator.text(text, &Params::new(), scope));
        if let Some(Ok(text)) = text {
            *email = text.into();
        }
    }
}

/// When a run has to be complete.
fn completed_by(tct: &Map<String, Json>, evaluator: &dyn Evaluator, scope: &Scope) -> Option<i64> {
    let number = |name: &str| tct.get(name).and_then(Json::as_i64);
    let param = |name: &str| scope.workflow.get(name).map(value);
    if let Some(minutes) = number("duration_minutes") {
        let start = param("RUN_TS")?.as_i64()?;
        return start.checked_add(minutes.checked_mul(60_000)?);
    }
    let hours = number("completed_by_hour")?;
    let tz = tct.get("tz").filter(|tz| tz.is_string()).cloned();
    let tz = tz.or_else(|| param("WORKFLOW_CRON_TIMEZONE"))?;
    let inputs = json!({"tz": tz, "date": param("TARGET_RUN_DATE")?, "hours": hours});
    evaluator.expression(END_OF_HOUR, inputs.as_object()?, scope.now).ok()?.as_i64()
}
