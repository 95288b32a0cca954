//! Retry policies, whose values may refer to workflow params.

use crate::core::{Backoff, Curve, RetryState};
use crate::duration::parse_millis;
use crate::model::Scalar;
use crate::model::retry::{BackoffType, RetryPolicy};

/// The retries of a policy, and what is to be told about values that were replaced by defaults.
#[must_use]
pub fn retry(
    policy: Option<&RetryPolicy>,
    interpolate: &dyn Fn(&str) -> Result<String, String>,
) -> (RetryState, Vec<String>) {
    let defaults = RetryState::default();
    let Some(policy) = policy else { return (defaults, Vec::new()) };
    let mut warnings = Vec::new();
    let mut number = |name: &str, given: Option<&Scalar>, default: u64, most: u64, delay: bool| {
        let Some(given) = given else { return default };
        let value = interpolate(&given.text()).and_then(|text| {
            parsed(&text, delay).ok_or_else(|| format!("`{text}` is no valid value"))
        });
        match value {
            Ok(value) if value <= most && (!delay || value > 0) => value,
            Ok(value) => {
                warnings.push(format!("{name}: {value} is out of bounds, {default} is used"));
                default
            }
            Err(message) => {
                warnings.push(format!("{name}: {message}, {default} is used"));
                default
            }
        }
    };
    let mut limit = |name: &str, given: Option<&Scalar>, default: u32| {
        u32::try_from(number(name, given, u64::from(default), MAX_RETRIES, false))
            .unwrap_or(default)
    };
    let error_retry_limit =
        limit("error_retry_limit", policy.error_retry_limit.as_ref(), defaults.error_retry_limit);
    let platform_retry_limit = limit(
        "platform_retry_limit",
        policy.platform_retry_limit.as_ref(),
        defaults.platform_retry_limit,
    );
    let timeout_retry_limit = limit(
        "timeout_retry_limit",
        policy.timeout_retry_limit.as_ref(),
        defaults.timeout_retry_limit,
    );
    let mut backoff = defaults.backoff;
    if let Some(given) = &policy.backoff {
        let fields = given.fields.named();
        let fixed = given.kind == BackoffType::Fixed;
        let mut curve = |class: &str, default: Curve| {
            let mut value = |part: &str, default: u64, is_delay: bool| {
                let name = format!("{class}_retry_{part}");
                let given = fields.iter().find(|(field, _)| *field == name).and_then(|(_, g)| *g);
                let most = if is_delay { MAX_DELAY_SECONDS } else { MAX_EXPONENT };
                number(&name, given, default, most, is_delay)
            };
            let base = value("backoff_in_secs", default.base, true);
            if fixed {
                return Curve { base, exponent: 1, limit: base };
            }
            Curve {
                base,
                exponent: value("exponent", default.exponent, false),
                limit: value("limit_in_secs", default.limit, true),
            }
        };
        backoff = Backoff {
            error: curve("error", backoff.error),
            platform: curve("platform", backoff.platform),
            timeout: curve("timeout", backoff.timeout),
        };
    }
    let state = RetryState {
        error_retry_limit,
        platform_retry_limit,
        timeout_retry_limit,
        backoff,
        ..defaults
    };
    (state, warnings)
}

/// The most retries of one class.
pub(crate) const MAX_RETRIES: u64 = 99;
/// The longest delay.
pub(crate) const MAX_DELAY_SECONDS: u64 = 86_400;
/// The largest factor.
pub(crate) const MAX_EXPONENT: u64 = 86_400;

/// A number, or for a delay a duration in whole seconds.
pub(crate) fn parsed(text: &str, delay: bool) -> Option<u64> {
    let text = text.trim();
    match text.parse() {
        Ok(number) => Some(number),
        Err(_) if delay => parse_millis(text).map(|millis| millis / 1000),
        Err(_) => None,
    }
}
