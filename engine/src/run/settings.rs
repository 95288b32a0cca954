//! Reading the settings of a step: timeouts, retry policies, loops.

use serde_json::{Map, Value as Json};

use super::state::Run;
use crate::core::{Curve, RetryState};
use crate::plan::Params;

/// The longest timeout: 120 days.
const MOST: i64 = 120 * 24 * 3600 * 1000;

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

/// Milliseconds of a duration: a number of seconds, or amounts with units.
pub(super) fn duration(text: &str) -> Option<i64> {
    let text = text.trim().to_lowercase();
    if let Ok(seconds) = text.parse::<i64>() {
        return seconds.checked_mul(1000);
    }
    let mut rest = text.as_str();
    let mut total: Option<i64> = None;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        rest = rest.get(start..)?;
        let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
        let (digits, after) = rest.split_at_checked(end)?;
        let after_space = after.strip_prefix(' ').unwrap_or(after);
        let length =
            after_space.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(after_space.len());
        let (unit, _) = after_space.split_at_checked(length)?;
        let factor = match unit {
            "d" | "day" | "days" => Some(24 * 3_600_000),
            "h" | "hour" | "hours" => Some(3_600_000),
            "min" | "minute" | "minutes" => Some(60_000),
            "s" | "sec" | "second" | "seconds" => Some(1000),
            "ms" | "millisecond" | "milliseconds" => Some(1),
            _ => None,
        };
        if let Some(factor) = factor {
            let amount = digits.parse::<i64>().ok()?.checked_mul(factor)?;
            total = Some(total.unwrap_or(0).checked_add(amount)?);
        }
        rest = after;
    }
    total
}

/// A timeout in milliseconds.
pub(super) fn timeout(
    value: Option<&Json>,
    read: &impl Fn(&Json) -> Result<String, String>,
) -> Result<Option<i64>, String> {
    let Some(value) = value.filter(|v| !v.is_null()) else { return Ok(None) };
    let text = read(value)?;
    match duration(&text) {
        Some(millis) if millis > 0 && millis <= MOST => Ok(Some(millis)),
        _ => Err(format!("the timeout `{text}` is not a duration of at most 120 days")),
    }
}

/// A retry policy; what is malformed falls back to the default.
pub(super) fn retry(
    policy: Option<&Json>,
    read: &impl Fn(&Json) -> Result<String, String>,
) -> RetryState {
    let mut state = RetryState::default();
    let Some(policy) = policy.and_then(Json::as_object) else { return state };
    let number = |map: &Map<String, Json>, name: &str| -> Option<u64> {
        let text = read(map.get(name)?).ok()?;
        let seconds = || u64::try_from(duration(&text)? / 1000).ok();
        text.trim().parse().ok().or_else(seconds)
    };
    let limit = |name: &str, slot: &mut u32| {
        if let Some(n) = number(policy, name).filter(|n| *n <= 99) {
            *slot = u32::try_from(n).unwrap_or(*slot);
        }
    };
    limit("error_retry_limit", &mut state.error_retry_limit);
    limit("platform_retry_limit", &mut state.platform_retry_limit);
    limit("timeout_retry_limit", &mut state.timeout_retry_limit);
    let Some(backoff) = policy.get("backoff").and_then(Json::as_object) else { return state };
    let kind = backoff.get("type").and_then(Json::as_str).unwrap_or_default();
    let fixed = kind.eq_ignore_ascii_case("FIXED_BACKOFF");
    let curve = |class: &str, curve: &mut Curve| {
        let of = |what: &str| number(backoff, &format!("{class}_retry_{what}"));
        let secs = |what: &str| of(what).filter(|n| (1..=86_400).contains(n));
        curve.base = secs("backoff_in_secs").unwrap_or(curve.base);
        if fixed {
            curve.exponent = 1;
            curve.limit = curve.base;
        } else {
            curve.exponent = of("exponent").unwrap_or(curve.exponent).max(1);
            curve.limit = secs("limit_in_secs").unwrap_or(curve.limit);
        }
    };
    curve("error", &mut state.backoff.error);
    curve("platform", &mut state.backoff.platform);
    curve("timeout", &mut state.backoff.timeout);
    state
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
/// while's loop params are taken from it.
pub(super) fn loop_results(run: &Run) -> Map<String, Json> {
    let mut steps: Vec<(u32, usize)> = (0..run.level.steps.len())
        .filter_map(|place| run.flow.step(place).map(|step| (step.ordinal, place)))
        .collect();
    steps.sort_unstable();
    let mut results = Map::new();
    for (_, place) in steps {
        if let Some(data) = run.data.get(place) {
            results.extend(super::eval::values(&data.params));
        }
    }
    results
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
    fn durations_add_up() {
        let rows = [
            ("90", Some(90_000)),
            ("10 minutes 5 seconds 1 day", Some(87_005_000)),
            ("2days", Some(172_800_000)),
            ("5 ms", Some(5)),
            ("3 m", None),
            ("soon", None),
        ];
        for (text, millis) in rows {
            assert_eq!(duration(text), millis, "{text}");
        }
    }

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
        let state = retry(Some(&policy), &read);
        assert_eq!((state.error_retry_limit, state.platform_retry_limit), (2, 3));
        assert_eq!(state.backoff.error.delay(3), 120);
    }
}
