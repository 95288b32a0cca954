//! One flag for each limit.

use std::time::Duration;

use sel::Limits;

/// The limits of an evaluation.
#[derive(clap::Args, Debug, Clone)]
#[command(next_help_heading = "Limits")]
pub(crate) struct LimitFlags {
    /// Longest expression, in UTF-16 units [default: 10000]
    #[arg(long, value_name = "N", value_parser = size)]
    max_length: Option<u64>,
    /// Deepest nesting of the source [default: 256]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..=MAX_NESTING))]
    max_nesting: Option<u64>,
    /// Iterations of one loop [default: 25001]
    #[arg(long, value_name = "N", value_parser = size)]
    max_loop: Option<u64>,
    /// Length of an array [default: 25001]
    #[arg(long, value_name = "N", value_parser = size)]
    max_array: Option<u64>,
    /// Steps of an evaluation [default: 100m]
    #[arg(long, value_name = "N", value_parser = size)]
    max_steps: Option<u64>,
    /// Bytes that the values of an evaluation hold [default: 100m]
    #[arg(long, value_name = "N", value_parser = size)]
    max_memory: Option<u64>,
    /// Wall-clock time of an evaluation: `500ms`, `2s`, `1m` [default: 120s]
    #[arg(long, value_name = "TIME", value_parser = duration)]
    timeout: Option<Duration>,
}

/// What the stack of the thread that evaluates is made for.
const MAX_NESTING: u64 = 1000;

impl LimitFlags {
    /// The default limits with the flags applied.
    pub(crate) fn limits(&self) -> Limits {
        let mut limits = Limits::default();
        let size = |flag: Option<u64>, to: &mut usize| {
            if let Some(n) = flag {
                *to = usize::try_from(n).unwrap_or(usize::MAX);
            }
        };
        size(self.max_length, &mut limits.source_length);
        size(self.max_nesting, &mut limits.nesting);
        size(self.max_array, &mut limits.array_length);
        size(self.max_memory, &mut limits.memory);
        limits.loop_iterations = self.max_loop.unwrap_or(limits.loop_iterations);
        limits.steps = self.max_steps.unwrap_or(limits.steps);
        limits.time = self.timeout.unwrap_or(limits.time);
        limits
    }
}

/// The limits by name, for people.
pub(crate) fn list(limits: &Limits) -> [(&'static str, String); 7] {
    [
        ("length", limits.source_length.to_string()),
        ("nesting", limits.nesting.to_string()),
        ("loop", limits.loop_iterations.to_string()),
        ("array", limits.array_length.to_string()),
        ("steps", limits.steps.to_string()),
        ("memory", limits.memory.to_string()),
        ("timeout", format!("{:?}", limits.time)),
    ]
}

/// Sets the limit of this name.
pub(crate) fn set(limits: &mut Limits, name: &str, value: &str) -> Result<(), String> {
    let count = || size(value).map(|n| usize::try_from(n).unwrap_or(usize::MAX));
    match name {
        "length" => limits.source_length = count()?,
        "nesting" => match size(value)? {
            n @ 1..=MAX_NESTING => limits.nesting = n as usize,
            _ => return Err(format!("nesting is between 1 and {MAX_NESTING}")),
        },
        "loop" => limits.loop_iterations = size(value)?,
        "array" => limits.array_length = count()?,
        "steps" => limits.steps = size(value)?,
        "memory" => limits.memory = count()?,
        "timeout" => limits.time = duration(value)?,
        _ => {
            let names = list(limits).map(|(name, _)| name).join(", ");
            return Err(format!("`{name}` is not a limit; there is {names}"));
        }
    }
    Ok(())
}

/// A count: `5000`, `5_000`, `5k`, `5m`, `5g`.
pub(crate) fn size(text: &str) -> Result<u64, String> {
    let text = text.replace('_', "").to_ascii_lowercase();
    let (digits, unit) = match text.as_bytes().last() {
        Some(b'k') => (text.get(..text.len() - 1), 1000),
        Some(b'm') => (text.get(..text.len() - 1), 1_000_000),
        Some(b'g') => (text.get(..text.len() - 1), 1_000_000_000),
        _ => (text.get(..), 1),
    };
    digits
        .filter(|d| d.bytes().all(|b| b.is_ascii_digit()))
        .and_then(|d| d.parse::<u64>().ok())
        .and_then(|n| n.checked_mul(unit))
        .ok_or_else(|| "expected a count such as `5000`, `5k` or `5m`".to_owned())
}

/// A time: `500ms`, `2s`, `1.5s`, `1m`; without a unit, seconds.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let units = [("ms", 0.001), ("s", 1.0), ("m", 60.0), ("h", 3600.0)];
    let unit = units.iter().find_map(|(name, seconds)| Some((text.strip_suffix(name)?, *seconds)));
    let (number, seconds) = unit.unwrap_or((text, 1.0));
    let plain = number.bytes().all(|b| b.is_ascii_digit() || b == b'.');
    (plain.then(|| number.parse::<f64>().ok()).flatten())
        .and_then(|n| Duration::try_from_secs_f64(n * seconds).ok())
        .ok_or_else(|| "expected a time such as `500ms`, `2s` or `1m`".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_units() {
        assert_eq!(size("5_000"), Ok(5000));
        assert_eq!(size("5K"), Ok(5000));
        assert_eq!(size("2g"), Ok(2_000_000_000));
        for wrong in
            ["", "k", "-1", "+1", "1.5k", "1kk", "é", "99999999999999999999", "20000000000g"]
        {
            assert!(size(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_have_units() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert_eq!(duration("3"), Ok(Duration::from_secs(3)));
        for wrong in ["", "s", "-1s", "1d", "1e9s", "NaN", "inf", "99999999999999999999999h"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
