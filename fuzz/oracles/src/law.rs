//! The laws of one evaluation.

use std::time::{Duration, Instant};

use sel::{Env, LimitKind, Limits, Outcome, Program, Value};

/// An evaluation of so few steps should take some milliseconds; the machine may be busy.
const PATIENCE: Duration = Duration::from_secs(2);

/// Limits that a random program often reaches.
#[must_use]
pub fn tight() -> Limits {
    Limits {
        loop_iterations: 300,
        array_length: 2_000,
        steps: 20_000,
        memory: 1_000_000,
        time: Duration::from_secs(20),
        ..Limits::default()
    }
}

/// Inputs of every kind, a fixed clock and a fixed random source.
#[must_use]
pub fn env() -> Env {
    let map: indexmap::IndexMap<String, Value> = [
        ("a".to_owned(), Value::from(1)),
        ("b".to_owned(), Value::from("two")),
        ("c".to_owned(), Value::from(vec!["x".to_owned()])),
    ]
    .into_iter()
    .collect();
    Env::new()
        .with("n", 7)
        .with("i", 0)
        .with("j", -3)
        .with("k", 1 << 20)
        .with("e", 1e-3)
        .with("f", false)
        .with("r", "2024-02-29")
        .with("ls", vec![i64::MIN, i64::MAX])
        .with("ds", vec![f64::NAN])
        .with("bs", vec![true, false, true])
        .with("ss", vec!["one".to_owned()])
        .with("m2", Value::Map(indexmap::IndexMap::new()))
        .with("d", 2.5)
        .with("t", true)
        .with("s", "a text, with 3 parts")
        .with("u", "h\u{e9}\u{1F600}\u{df}")
        .with("longs", vec![3_i64, 1, 2])
        .with("doubles", vec![1.5, -0.0])
        .with("names", vec!["b".to_owned(), "a".to_owned()])
        .with("m", Value::Map(map))
        .with("x", "first")
        .with_now(1_700_000_000_000)
        .with_seed(1)
}

/// Runs a program under the tight limits, under them again, and under four times as much.
///
/// # Panics
/// When two runs differ, a limit was passed, or the result can't be shown.
pub fn run_laws(program: &Program) {
    let limits = tight();
    let start = Instant::now();
    let (first, used) = program.run_measured(&env(), &limits, None);
    if start.elapsed() > PATIENCE {
        let again = Instant::now();
        let _ = program.run_measured(&env(), &limits, None);
        assert!(again.elapsed() < PATIENCE, "slow: {:?} for {} steps", again.elapsed(), used.steps);
    }
    assert!(used.peak_memory <= limits.memory, "{} bytes", used.peak_memory);
    let (second, used_again) = program.run_measured(&env(), &limits, None);
    assert_eq!(format!("{first:?}"), format!("{second:?}"), "not deterministic");
    assert_eq!(used, used_again, "not deterministic");
    if let Err(error) = &first {
        assert_ne!(error.limit(), Some(LimitKind::Time), "slow steps");
        assert!(error.message().len() < 2_000, "a long message");
    }
    if first.as_ref().is_err_and(|error| error.limit().is_some()) {
        return;
    }
    let more = Limits {
        loop_iterations: limits.loop_iterations * 4,
        array_length: limits.array_length * 4,
        steps: limits.steps * 4,
        memory: limits.memory * 4,
        ..limits
    };
    let (third, used_more) = program.run_measured(&env(), &more, None);
    assert_eq!(format!("{first:?}"), format!("{third:?}"), "limits are not monotone");
    assert_eq!(used.steps, used_more.steps, "steps depend on the limits");
    if let Ok(Outcome::Value(value)) = &first {
        show(value);
    }
}

/// Every way out of an evaluation.
fn show(value: &Value) {
    let _ = value.to_string();
    let _ = value.to_json();
    if let Ok(json) = value.to_typed_json()
        && let Ok(back) = Value::from_typed_json(json.clone())
    {
        let again = back.to_typed_json().map_err(|e| e.to_string());
        assert_eq!(again, Ok(json), "typed JSON does not round-trip");
    }
}
