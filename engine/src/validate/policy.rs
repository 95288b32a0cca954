//! Timeouts and retry policies. What has references in it is known only when it runs.

use crate::document::{Path, Problems, shorten};
use crate::duration::{parse_millis, timeout_millis};
use crate::model::Scalar;
use crate::model::retry::RetryPolicy;
use crate::params::is_interpolated;

pub(super) fn timeout(given: Option<&Scalar>, at: &Path<'_>, problems: &mut Problems) {
    let Some(given) = given else { return };
    let text = given.text();
    if is_interpolated(&text) {
        return;
    }
    if let Err(message) = timeout_millis(&text) {
        problems.rule(at, "timeout", message);
    }
}

pub(super) fn retry(policy: &RetryPolicy, at: &Path<'_>, problems: &mut Problems) {
    let mut check =
        |at: &Path<'_>, name: &str, given: Option<&Scalar>, most: u64, is_delay: bool| {
            let Some(given) = given else { return };
            let text = given.text();
            if is_interpolated(&text) {
                return;
            }
            let number = text.trim().parse::<u64>().ok();
            let number = number.or_else(|| {
                is_delay.then(|| parse_millis(&text).map(|millis| millis / 1000)).flatten()
            });
            let least = u64::from(is_delay);
            if number.is_none_or(|number| !(least..=most).contains(&number)) {
                let what = if is_delay { "seconds or a duration, " } else { "" };
                let message =
                    format!("expected {what}{least} to {most}, found `{}`", shorten(&text));
                problems.rule(&at.key(name), "retry", message);
            }
        };
    check(at, "error_retry_limit", policy.error_retry_limit.as_ref(), 99, false);
    check(at, "platform_retry_limit", policy.platform_retry_limit.as_ref(), 99, false);
    check(at, "timeout_retry_limit", policy.timeout_retry_limit.as_ref(), 99, false);
    let Some(backoff) = &policy.backoff else { return };
    let at = at.key("backoff");
    for (name, given) in backoff.fields.named() {
        check(&at, name, given, 86_400, !name.ends_with("_exponent"));
    }
}
