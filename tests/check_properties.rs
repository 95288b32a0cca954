//! The checker on random programs: never an error where the evaluation succeeds, and the result is of
//! a kind that it said.

mod common;

use common::generate::Generator;
use common::typed::Typed;
use indexmap::IndexMap;
use proptest::prelude::*;
use sel::{CheckOptions, Env, Limits, Outcome, Program, Severity, Ty, Value, check};

/// The worlds that the programs are run in, all of the same types.
fn worlds() -> [Env; 3] {
    let with = |x: i64, a: &str, i: f64| {
        Env::new()
            .with("x", x)
            .with("a", a)
            .with("i", i)
            .with("$", x > 0)
            .with("été", Value::LongArray(vec![x, 2, 3]))
            .with("xs", Value::LongArray(vec![x, 2, 3]))
            .with("s", a)
            .with("b", x > 0)
            .with("d", i)
            .with("m", Value::Map(IndexMap::from([("k".to_owned(), Value::from(x))])))
            .with_now(1_700_000_000_000)
            .with_seed(1)
    };
    [with(0, "", 0.5), with(2, "a,b", -1.0), with(-7, "12", 1e9)]
}

fn options() -> CheckOptions {
    let env = &worlds()[0];
    let inputs = env.inputs().iter();
    inputs.fold(CheckOptions::new(), |options, (name, value)| {
        options.with_input(name.clone(), Ty::of(value.kind()))
    })
}

fn limits() -> Limits {
    let mut limits = common::source_length(1_000_000);
    limits.steps = 20_000;
    limits.loop_iterations = 50;
    limits.memory = 1_000_000;
    limits
}

/// Checks a program and runs it in all worlds; how many of them gave a value.
fn holds(source: &str) -> Result<usize, String> {
    let program = Program::compile_with(source, &limits()).map_err(|e| format!("{source}\n{e}"))?;
    let checked = check(source, &options().with_limits(limits()));
    let error = checked.diagnostics.iter().find(|d| d.severity == Severity::Error);
    let mut values = 0;
    for world in worlds() {
        let outcome = program.run(&world, &limits(), None);
        if let (Ok(outcome), Some(error)) = (&outcome, error) {
            return Err(format!("{source}\nends with {outcome:?}\n{error:?}"));
        }
        if let Ok(Outcome::Value(value)) = outcome {
            values += 1;
            if !checked.ty.has(value.kind()) {
                return Err(format!("{source}\n{} is not {}", value.kind(), checked.ty));
            }
        }
    }
    Ok(values)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1000, ..ProptestConfig::default() })]

    #[test]
    fn errors_are_certain_in_any_program(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let source = Generator::new(&bytes).program().join(" ");
        if Program::compile_with(&source, &limits()).is_err() {
            return Ok(());
        }
        if let Err(why) = holds(&source) {
            prop_assert!(false, "{why}");
        }
    }

    #[test]
    fn errors_are_certain_in_programs_that_mostly_run(
        bytes in prop::collection::vec(any::<u8>(), 0..200),
    ) {
        if let Err(why) = holds(&Typed::new(&bytes).program()) {
            prop_assert!(false, "{why}");
        }
    }
}

/// The property above says little if the programs fail anyway.
#[test]
fn many_of_the_programs_run() {
    let mut state = 1_u64;
    let mut values = 0;
    for _ in 0..1_000 {
        let bytes: Vec<u8> = (0..150)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        values += holds(&Typed::new(&bytes).program()).unwrap_or_else(|why| panic!("{why}"));
    }
    assert!(values > 500, "only {values} of 3000 runs gave a value");
}
