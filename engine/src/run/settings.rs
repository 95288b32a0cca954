//! Reading the settings of a step: timeouts, retry policies, loops.

use serde_json::{Map, Value as Json};

use super::eval::Finished;
use super::state::Run;
use crate::core::RetryState;
use crate::model::retry::RetryPolicy;
use crate::plan::Params;

/// A setting as text, interpolated where it says so.
pub(super) fn text(
    value: &Json,
    interpolate: impl Fn(&str) -> Result<String, String>,
) -> Result<String, String> {
    match value {
        Json::String(text) if text.contains('$') => interpolate(text),
        Json::String(text) => Ok(text.clone()),
        other => Ok(other.to_string()),
    }
}

/// A timeout in milliseconds.
pub(super) fn timeout(
    value: Option<&Json>,
    read: &impl Fn(&Json) -> Result<String, String>,
) -> Result<Option<i64>, String> {
    let Some(value) = value.filter(|v| !v.is_null()) else { return Ok(None) };
    let millis = crate::duration::timeout_millis(&read(value)?)?;
    Ok(i64::try_from(millis).ok())
}

/// How many iterations of a foreach run at once, as its definition says.
pub(super) fn concurrency(
    value: Option<&Json>,
    read: &impl Fn(&Json) -> Result<String, String>,
) -> Result<Option<u32>, String> {
    let Some(value) = value.filter(|v| !v.is_null()) else { return Ok(None) };
    let text = read(value)?;
    match text.trim().parse() {
        Ok(number) if (1..=MAX_CONCURRENCY).contains(&number) => Ok(Some(number)),
        _ => Err(format!(
            "the concurrency of a foreach is 1 to {MAX_CONCURRENCY}, found `{}`",
            crate::document::shorten(&text)
        )),
    }
}

/// The most iterations of a foreach at once.
const MAX_CONCURRENCY: u32 = 500;

/// A retry policy, and what is to be told of it; what is malformed falls back to the default.
pub(super) fn retry(
    policy: Option<&Json>,
    read: &impl Fn(&Json) -> Result<String, String>,
) -> (RetryState, Vec<String>) {
    let Some(policy) = policy.filter(|v| !v.is_null()) else { return Default::default() };
    match serde_json::from_value::<RetryPolicy>(policy.clone()) {
        Ok(policy) => crate::params::retry(Some(&policy), &|text| read(&text.into())),
        Err(error) => (RetryState::default(), vec![error.to_string()]),
    }
}

/// The evaluated `loop_params`.
pub(super) fn loop_params(params: &Params) -> Map<String, Json> {
    let evaluated = params.get("loop_params").map(super::eval::value);
    match evaluated {
        Some(Json::Object(map)) => map,
        _ => Map::new(),
    }
}

/// How many combinations of loop values there are.
pub(super) fn loop_total(params: &Params) -> Result<u32, String> {
    let mut total = 1u32;
    let loops = loop_params(params);
    if loops.is_empty() {
        return Ok(0);
    }
    for (name, values) in &loops {
        let values =
            values.as_array().ok_or_else(|| format!("the loop param `{name}` is not an array"))?;
        total = total.saturating_mul(u32::try_from(values.len()).unwrap_or(u32::MAX));
    }
    Ok(total)
}

/// The loop values of an iteration (from 1): the first param varies fastest.
pub(super) fn loop_values(params: &Params, index: u32) -> Map<String, Json> {
    let mut rest = usize::try_from(index).unwrap_or(1).saturating_sub(1);
    let Some(Json::Object(loops)) =
        params.get("loop_params").and_then(|p| p.get("evaluated_result"))
    else {
        return Map::new();
    };
    let mut values = Map::new();
    for (name, list) in loops {
        let list = list.as_array().map_or(&[][..], Vec::as_slice);
        let place = rest.checked_rem(list.len()).unwrap_or(0);
        rest = rest.checked_div(list.len()).unwrap_or(0);
        values.insert(name.clone(), list.get(place).cloned().unwrap_or(Json::Null));
    }
    values
}

/// What the steps of an iteration evaluated, the step created last winning: the next values of a
/// while's loop params are taken from it. Those that a restart keeps come first.
pub(super) fn loop_results(run: &Run) -> Map<String, Json> {
    let mut steps: Vec<(u32, usize)> = (0..run.level.steps.len())
        .filter_map(|place| run.flow.step(place).map(|step| (step.ordinal, place)))
        .collect();
    steps.sort_unstable();
    let mut results = kept_results(&run.before);
    for (_, place) in steps {
        if let Some(data) = run.data.get(place) {
            results.extend(super::eval::values(&data.params));
        }
    }
    results
}

/// What the steps evaluated that earlier runs completed.
pub(super) fn kept_results(before: &[Finished]) -> Map<String, Json> {
    let mut kept: Vec<&Finished> = before.iter().collect();
    kept.sort_by_key(|step| step.end_time);
    kept.into_iter().flat_map(|step| super::eval::values(&step.params)).collect()
}

/// The type of a scalar.
pub(super) fn type_of(value: &Json) -> &'static str {
    match value {
        Json::Bool(_) => "BOOLEAN",
        Json::Number(n) if n.is_i64() || n.is_u64() => "LONG",
        Json::Number(_) => "DOUBLE",
        Json::Object(_) => "MAP",
        Json::Array(_) => "STRING_ARRAY",
        _ => "STRING",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn the_first_loop_param_varies_fastest() {
        let params: Params = [(
            "loop_params".to_owned(),
            json!({"evaluated_result": {"a": [1, 2], "b": ["x", "y", "z"]}}),
        )]
        .into_iter()
        .collect();
        assert_eq!(loop_total(&params), Ok(6));
        let at = |i| Json::Object(loop_values(&params, i));
        assert_eq!(at(1), json!({"a": 1, "b": "x"}));
        assert_eq!(at(2), json!({"a": 2, "b": "x"}));
        assert_eq!(at(3), json!({"a": 1, "b": "y"}));
        assert_eq!(at(6), json!({"a": 2, "b": "z"}));
    }

    #[test]
    fn a_malformed_policy_falls_back() {
        let policy = json!({"error_retry_limit": "x", "platform_retry_limit": "3",
            "backoff": {"type": "fixed_backoff", "error_retry_backoff_in_secs": "2 minutes"}});
        let read = |v: &Json| text(v, |t| Ok(t.to_owned()));
        let (state, warnings) = retry(Some(&policy), &read);
        assert_eq!(warnings.len(), 1);
        assert_eq!((state.error_retry_limit, state.platform_retry_limit), (2, 3));
        assert_eq!(state.backoff.error.delay(3), 120);
    }
}
