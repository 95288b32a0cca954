//! Durations as texts: `10 minutes 5 seconds 1 day`, `2days`, `90`.

/// The longest timeout: 120 days.
pub const MAX_TIMEOUT_MILLIS: u64 = 120 * DAY;
/// The timeout of whoever gives none: 10 days.
pub const DEFAULT_TIMEOUT_MILLIS: u64 = 10 * DAY;

const SECOND: u64 = 1000;
const MINUTE: u64 = 60 * SECOND;
const HOUR: u64 = 60 * MINUTE;
const DAY: u64 = 24 * HOUR;

/// The units, longest name first where one begins another.
const UNITS: [(&str, u64); 14] = [
    ("days", DAY),
    ("day", DAY),
    ("d", DAY),
    ("hours", HOUR),
    ("hour", HOUR),
    ("h", HOUR),
    ("minutes", MINUTE),
    ("minute", MINUTE),
    ("min", MINUTE),
    ("milliseconds", 1),
    ("millisecond", 1),
    ("ms", 1),
    ("seconds", SECOND),
    ("second", SECOND),
];
const SHORT_SECONDS: [(&str, u64); 2] = [("sec", SECOND), ("s", SECOND)];

/// The milliseconds of a text: a bare number is seconds; otherwise every `<digits><at most one
/// space><unit>` counts and whatever else there is does not, as in the reference.
#[must_use]
pub fn parse_millis(text: &str) -> Option<u64> {
    let text = text.trim();
    if !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit()) {
        return text.parse::<u64>().ok()?.checked_mul(SECOND);
    }
    let text = text.to_lowercase();
    let mut rest = text.as_str();
    let mut total: Option<u64> = None;
    while let Some(start) = rest.find(|c: char| c.is_ascii_digit()) {
        let from = rest.get(start..).unwrap_or_default();
        let end = from.find(|c: char| !c.is_ascii_digit()).unwrap_or(from.len());
        let (digits, after) = from.split_at(end);
        let unit = after.strip_prefix(' ').unwrap_or(after);
        rest = after;
        if let Some((name, millis)) =
            UNITS.iter().chain(&SHORT_SECONDS).find(|(name, _)| unit.starts_with(name))
        {
            let amount = digits.parse::<u64>().ok()?.checked_mul(*millis)?;
            total = Some(total.unwrap_or(0).checked_add(amount)?);
            rest = unit.get(name.len()..).unwrap_or_default();
        }
    }
    total
}

/// The milliseconds of a timeout's text.
///
/// # Errors
/// When it is no duration, not above 0, or longer than 120 days.
pub fn timeout_millis(text: &str) -> Result<u64, String> {
    let shown = crate::document::shorten(text);
    match parse_millis(text) {
        None => {
            Err(format!("`{shown}` is no duration such as `10 minutes` or a number of seconds"))
        }
        Some(0) => Err("a timeout must be above 0".to_owned()),
        Some(millis) if millis > MAX_TIMEOUT_MILLIS => {
            Err(format!("a timeout may be 120 days at most, `{shown}` is longer"))
        }
        Some(millis) => Ok(millis),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_summed() {
        for (text, millis) in [
            ("90", Some(90 * SECOND)),
            ("10 minutes 5 seconds 1 day", Some(DAY + 10 * MINUTE + 5 * SECOND)),
            ("2days", Some(2 * DAY)),
            ("1h30min", Some(HOUR + 30 * MINUTE)),
            ("5 MIN", Some(5 * MINUTE)),
            ("250ms 1s", Some(1250)),
            ("30s", Some(30 * SECOND)),
            ("3 sec", Some(3 * SECOND)),
            ("about 1 hour or so", Some(HOUR)),
            ("5m", None),
            ("5  hours", None),
            ("", None),
            ("soon", None),
            ("99999999999999999999 days", None),
        ] {
            assert_eq!(parse_millis(text), millis, "{text}");
        }
    }

    #[test]
    fn timeouts_have_bounds() {
        assert_eq!(timeout_millis("120 days"), Ok(MAX_TIMEOUT_MILLIS));
        for text in ["0", "121 days", "later"] {
            assert!(timeout_millis(text).is_err(), "{text}");
        }
    }
}
