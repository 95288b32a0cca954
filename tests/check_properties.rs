//! The checker on random programs: never an error where the evaluation succeeds, and the result is of
//! a kind that it said.

mod common;

use common::generate::Generator;
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn errors_are_certain(bytes in prop::collection::vec(any::<u8>(), 0..120)) {
        let source = Generator::new(&bytes).program().join(" ");
        let Ok(program) = Program::compile_with(&source, &limits()) else {
            return Ok(());
        };
        let checked = check(&source, &options().with_limits(limits()));
        let error = checked.diagnostics.iter().find(|d| d.severity == Severity::Error);
        for world in worlds() {
            match program.run(&world, &limits(), None) {
                Ok(Outcome::Value(value)) => {
                    prop_assert!(error.is_none(), "{source}\ngives {value:?}\n{error:?}");
                    let kind = value.kind();
                    prop_assert!(checked.ty.has(kind), "{source}\n{kind} is not {}", checked.ty);
                }
                Ok(Outcome::Thrown(text)) => {
                    prop_assert!(error.is_none(), "{source}\nthrows {text}\n{error:?}");
                }
                Err(_) => {}
            }
        }
    }
}
