//! The library as an embedder uses it.

use std::cell::Cell;
use std::time::{Duration, Instant};

use sel::{
    CancelFlag, Env, ErrorKind, Host, HostError, Input, Kind, LimitKind, Limits, Outcome, Program,
    Value,
};

fn eval(source: &str) -> Result<Value, sel::Error> {
    Program::compile(source)?.eval(&Env::new())
}

#[test]
fn program_is_send_and_sync() {
    fn check<T: Send + Sync + 'static>() {}
    check::<Program>();
    check::<Value>();
    check::<sel::Error>();
}

#[test]
fn inputs_are_the_names_whose_first_use_reads_them() {
    let inputs = |source| Program::compile(source).unwrap().inputs().to_vec();
    assert_eq!(inputs("return b + a + b;"), ["b", "a"]);
    assert_eq!(inputs("x = 1; return x + y;"), ["y"]);
    assert_eq!(inputs("x = x + 1;"), ["x"]);
    assert_eq!(inputs("x += 1;"), ["x"]);
    assert_eq!(inputs("int i = n; for (int j = i; j < m; j += 1) {}"), ["n", "m"]);
    assert_eq!(inputs("a[0] = b;"), ["a", "b"]);
    assert!(inputs("Math.min(1, 2); params.get('x'); String.valueOf(3);").is_empty());
}

#[test]
fn input_is_asked_for_once_and_only_if_it_is_read() {
    struct Counting(Cell<u32>);
    impl Host for Counting {
        fn input(&self, name: &str) -> Option<Input<'_>> {
            assert_eq!(name, "a");
            self.0.set(self.0.get() + 1);
            Some(Input::Owned(Value::Long(2)))
        }
    }
    let program = Program::compile("return false ? b : a + a + a;").unwrap();
    let host = Counting(Cell::new(0));
    assert_eq!(program.eval(&host).unwrap(), Value::Long(6));
    assert_eq!(host.0.get(), 1);
}

#[test]
fn caller_data_is_never_changed() {
    let env = Env::new().with("xs", vec![1_i64, 2]);
    let program =
        Program::compile("xs[0] = 9; x = params.get('xs'); x[1] = 9; return xs;").unwrap();
    assert_eq!(program.eval(&env).unwrap(), Value::LongArray(vec![9, 2]));
    assert_eq!(env.inputs()["xs"], Value::LongArray(vec![1, 2]));
}

#[test]
fn host_functions_are_reached_through_params_and_util() {
    struct Functions;
    impl Host for Functions {
        fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
            match name {
                "getFromStep" => Some(Ok(Value::from(args.join("/")))),
                "fail" => Some(Err(HostError("no such step".into()))),
                _ => None,
            }
        }
        fn call_util(&self, name: &str, args: &[Value]) -> Option<Result<Value, HostError>> {
            (name == "count").then(|| Ok(Value::Long(args.len() as i64)))
        }
    }
    let run = |source: &str| Program::compile(source).unwrap().eval(&Functions);
    assert_eq!(run("params.getFromStep('a', 'b');").unwrap(), Value::from("a/b"));
    assert_eq!(run("Util.count(1, 'x', null);").unwrap(), Value::Long(3));
    assert_eq!(run("params.fail();").unwrap_err().message(), "no such step");
    assert_eq!(run("params.getFromStep(1);").unwrap_err().kind(), ErrorKind::Eval);
    let unknown = run("params.nope();").unwrap_err();
    assert_eq!(unknown.message(), "`params` has no function `nope` here");
}

#[test]
fn thrown_is_an_outcome_and_an_error_of_its_own() {
    let program = Program::compile("throw 'late';").unwrap();
    let outcome = program.run(&Env::new(), &Limits::default(), None).unwrap();
    assert_eq!(outcome, Outcome::Thrown("late".into()));
    let error = program.eval(&Env::new()).unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Thrown, "late"));
}

#[test]
fn fault_has_its_place_and_its_mend() {
    let error = eval("x = 'abc';\nreturn x.toUppercase();").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Eval);
    assert_eq!(error.message(), "unknown method `toUppercase` on STRING with no arguments");
    assert_eq!(error.help(), Some("did you mean `toUpperCase`?"));
    assert_eq!((error.span().start, error.span().end), (20, 31));
}

#[test]
fn clock_zone_and_randomness_come_from_the_host() {
    let env = || Env::new().with_now(5).with_seed(7).with_time_zone("Asia/Tokyo");
    let source = "'' + System.currentTimeMillis() + ' ' + new DateTime() + UUID.randomUUID() + Math.random();";
    let program = Program::compile(source).unwrap();
    let first = program.eval(&env()).unwrap();
    assert_eq!(first, program.eval(&env()).unwrap());
    assert!(first.to_string().starts_with("5 1970-01-01T09:00:00.005+09:00"), "{first}");
}

#[test]
fn unknown_default_zone_is_an_error() {
    let program = Program::compile("1;").unwrap();
    assert!(program.eval(&Env::new().with_time_zone("Mars/Base")).is_err());
}

#[test]
fn cancelling_stops_an_endless_loop() {
    let program = Program::compile("while (true) { for (i = 0; i < 1000; i += 1) {} }").unwrap();
    let limits = Limits { loop_iterations: u64::MAX, steps: u64::MAX, ..Limits::default() };
    let flag = CancelFlag::new();
    let other = flag.clone();
    let start = Instant::now();
    let result = std::thread::scope(|scope| {
        let run = scope.spawn(|| program.run(&Env::new(), &limits, Some(&other)));
        flag.cancel();
        run.join().unwrap()
    });
    assert_eq!(result.unwrap_err().limit(), Some(LimitKind::Cancelled));
    assert!(start.elapsed() < Duration::from_secs(5));
}

#[test]
fn limits_hold_at_their_number() {
    let run = |source: &str, limits: &Limits| {
        Program::compile(source).unwrap().run(&Env::new(), limits, None)
    };
    let rounds = |n| format!("for (i = 0; i < {n}; i += 1) {{}} return i;");
    let limits = Limits { loop_iterations: 10, ..Limits::default() };
    assert!(run(&rounds(9), &limits).is_ok());
    assert_eq!(run(&rounds(10), &limits).unwrap_err().limit(), Some(LimitKind::Loop));
    let limits = Limits { array_length: 10, ..Limits::default() };
    assert!(run("new int[9];", &limits).is_ok());
    assert_eq!(run("new int[10];", &limits).unwrap_err().limit(), Some(LimitKind::Array));
    let limits = Limits { memory: 10_000, ..Limits::default() };
    let doubling = |n| format!("s = 'x'; for (i = 0; i < {n}; i += 1) s += s; return s.length();");
    assert!(run(&doubling(10), &limits).is_ok());
    assert_eq!(run(&doubling(40), &limits).unwrap_err().limit(), Some(LimitKind::Memory));
    let limits = Limits { time: Duration::ZERO, ..Limits::default() };
    let busy = "for (i = 0; i < 20000; i += 1) {}";
    assert_eq!(run(busy, &limits).unwrap_err().limit(), Some(LimitKind::Time));
}

#[test]
fn session_keeps_the_variables() {
    let program = Program::compile("a = 1; b = 'x' + a; c;").unwrap();
    let (result, kept, usage) = program.run_keeping(&Env::new(), &Limits::default(), None);
    assert_eq!(result.unwrap(), Outcome::Value(Value::Null));
    let a = ("a".to_owned(), Value::Long(1));
    let b = ("b".to_owned(), Value::from("x1"));
    assert_eq!(kept, [a, b, ("c".to_owned(), Value::Null)]);
    assert!(usage.steps > 0);
}

#[test]
fn nothing_survives_an_evaluation() {
    let program =
        Program::compile("for (i = 0; i < 3; i += 1) { int k = 0; k += 10; x = k; } return x;");
    let program = program.unwrap();
    for _ in 0..3 {
        assert_eq!(program.eval(&Env::new()).unwrap(), Value::Long(10));
    }
    assert!(eval("Long = 42;").is_err());
    assert_eq!(eval("return Long.MAX_VALUE;").unwrap(), Value::Long(i64::MAX));
}

#[test]
fn maps_nest_deeply_and_drop_flat() {
    let source = "m = new Map(); for (i = 0; i < 20000; i += 1) { n = new Map(); n.put('m', m); m = n; } return 1;";
    assert_eq!(eval(source).unwrap(), Value::Long(1));
    let shown = source.replace("return 1", "return '' + m");
    assert_eq!(eval(&shown).unwrap_err().limit(), Some(LimitKind::Depth));
}

#[test]
fn web_of_maps_does_not_explode() {
    let source = "m = new Map(); for (i = 0; i < 60; i += 1) { n = new Map(); n.put('a', m); n.put('b', m); m = n; } return m;";
    assert_eq!(eval(source).unwrap_err().kind(), ErrorKind::Limit);
}

#[test]
fn map_cycles_are_refused() {
    let source = "a = new Map(); b = new Map(); a.put('b', b); b.put('a', a);";
    assert_eq!(eval(source).unwrap_err().message(), "a map cannot contain itself");
    assert_eq!(eval("Map m; return m;").unwrap(), Value::NullOf(Kind::Map));
}

/// Powers are rounded as the JDK's intrinsic rounds them: to the nearest double.
#[test]
fn powers_are_rounded_to_the_nearest() {
    for (source, wanted) in [
        ("Math.pow(5, -5);", 0.00032),
        ("Math.pow(10, -3);", 0.001),
        ("Math.pow(2, 0.5);", std::f64::consts::SQRT_2),
        ("Math.pow(10, 15);", 1e15),
    ] {
        let value = Program::compile(source).unwrap().eval(&Env::new()).unwrap();
        assert_eq!(value, Value::Double(wanted), "{source}");
    }
}
