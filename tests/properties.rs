//! Laws over random programs and values.

#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expected")]

use std::sync::LazyLock;

use proptest::prelude::*;
use sel::{Env, Limits, Outcome, Program, Value};

/// A program, compiled once.
macro_rules! program {
    ($source:expr) => {{
        static PROGRAM: LazyLock<Program> = LazyLock::new(|| Program::compile($source).unwrap());
        &*PROGRAM
    }};
}

fn long(program: &Program, env: &Env) -> i64 {
    match program.eval(env) {
        Ok(Value::Long(n)) => n,
        other => panic!("{other:?}"),
    }
}

fn text(program: &Program, env: &Env) -> String {
    match program.eval(env) {
        Ok(Value::String(text)) => text,
        other => panic!("{other:?}"),
    }
}

/// Any whole number, those at the edges more often.
fn any_long() -> impl Strategy<Value = i64> {
    prop_oneof![
        3 => any::<i64>(),
        2 => -20..20_i64,
        1 => prop::sample::select(vec![
            i64::MIN, i64::MIN + 1, i64::MAX, i64::MAX - 1, i64::from(i32::MIN), i64::from(i32::MAX), 1 << 32,
        ]),
    ]
}

/// Text with characters of one and of two units, and runs that repeat.
fn any_text() -> impl Strategy<Value = String> {
    prop::collection::vec(
        prop_oneof![
            4 => prop::sample::select(vec!["a", "b", "ab", "A", " ", "é", "ß", "😀", "🎈", "\u{301}", "İ", "ſ"])
                .prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
        ],
        0..24,
    )
    .prop_map(|parts| parts.concat())
}

fn units(text: &str) -> Vec<u16> {
    text.encode_utf16().collect()
}

/// As an embedder gets it: an unpaired surrogate is `?`.
fn shown(units: &[u16]) -> String {
    char::decode_utf16(units.iter().copied()).map(|c| c.unwrap_or('?')).collect()
}

fn find(hay: &[u16], needle: &[u16], from: usize) -> Option<usize> {
    (from..=hay.len().checked_sub(needle.len())?).find(|i| hay[*i..].starts_with(needle))
}

fn index(found: Option<usize>) -> i64 {
    found.map_or(-1, |i| i as i64)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn long_arithmetic_wraps(a in any_long(), b in any_long()) {
        let env = Env::new().with("a", a).with("b", b);
        prop_assert_eq!(long(program!("return a + b;"), &env), a.wrapping_add(b));
        prop_assert_eq!(long(program!("return a - b;"), &env), a.wrapping_sub(b));
        prop_assert_eq!(long(program!("return a * b;"), &env), a.wrapping_mul(b));
        prop_assert_eq!(long(program!("return -a;"), &env), a.wrapping_neg());
        prop_assert_eq!(long(program!("a += b; return a;"), &env), a.wrapping_add(b));
        prop_assert_eq!(long(program!("a *= b; a -= b; return a;"), &env), a.wrapping_mul(b).wrapping_sub(b));
        prop_assert_eq!(long(program!("return Math.abs(a);"), &env), a.wrapping_abs());
        for (source, wanted) in [
            (program!("return a / b;"), (b != 0).then(|| a.wrapping_div(b))),
            (program!("return a % b;"), (b != 0).then(|| a.wrapping_rem(b))),
        ] {
            prop_assert_eq!(source.eval(&env).ok(), wanted.map(Value::Long));
        }
        for (source, wanted) in [
            (program!("return a < b;"), a < b),
            (program!("return a <= b;"), a <= b),
            (program!("return a == b;"), a == b),
            (program!("return a != b;"), a != b),
        ] {
            prop_assert_eq!(source.eval(&env), Ok(Value::Boolean(wanted)));
        }
        prop_assert_eq!(long(program!("return Long.parseLong('' + a);"), &env), a);
    }

    #[test]
    fn strings_are_rows_of_units(s in any_text(), t in any_text(), i in -2..30_i64, j in -2..30_i64) {
        let (su, tu) = (units(&s), units(&t));
        let env = Env::new().with("s", &*s).with("t", &*t).with("i", i).with("j", j);
        prop_assert_eq!(long(program!("return s.length();"), &env), su.len() as i64);
        prop_assert_eq!(text(program!("return s + t;"), &env), format!("{s}{t}"));
        prop_assert_eq!(text(program!("return s.concat(t).substring(s.length());"), &env), t.clone());
        let part = usize::try_from(i).ok().zip(usize::try_from(j).ok()).filter(|(i, j)| i <= j);
        let part = part.and_then(|(i, j)| su.get(i..j)).map(shown);
        prop_assert_eq!(program!("return s.substring(i, j);").eval(&env).ok(), part.map(Value::from));
        let unit = usize::try_from(i).ok().and_then(|i| su.get(i)).map(|u| shown(&[*u]));
        prop_assert_eq!(program!("return s.charAt(i);").eval(&env).ok(), unit.map(Value::from));
        // Halves of a pair that meet again are the pair.
        if (0..=su.len() as i64).contains(&i) {
            prop_assert_eq!(text(program!("return s.substring(0, i) + s.substring(i);"), &env), s.clone());
        }
        for (needle, name) in [(&tu, "t"), (&units("a"), "'a'"), (&units("ab"), "'ab'"), (&vec![], "''")] {
            let run = |call: &str| Program::compile(&call.replace('N', name)).unwrap().eval(&env).unwrap();
            let from = i.max(0) as usize;
            prop_assert_eq!(run("return s.indexOf(N);"), Value::Long(index(find(&su, needle, 0))));
            let found = if from > su.len() && needle.is_empty() { Some(su.len()) } else { find(&su, needle, from) };
            prop_assert_eq!(run("return s.indexOf(N, i);"), Value::Long(index(found)));
            let last = (0..=su.len()).rev().find(|i| su[*i..].starts_with(needle));
            prop_assert_eq!(run("return s.lastIndexOf(N);"), Value::Long(index(last)));
            prop_assert_eq!(run("return s.contains(N);"), Value::Boolean(find(&su, needle, 0).is_some()));
            prop_assert_eq!(run("return s.startsWith(N);"), Value::Boolean(su.starts_with(needle)));
            prop_assert_eq!(run("return s.endsWith(N);"), Value::Boolean(su.ends_with(needle)));
        }
        let order = su.iter().zip(&tu).find(|(a, b)| a != b)
            .map_or(su.len() as i64 - tu.len() as i64, |(a, b)| i64::from(*a) - i64::from(*b));
        prop_assert_eq!(long(program!("return s.compareTo(t);"), &env), order);
        prop_assert_eq!(program!("return s.equals(t);").eval(&env), Ok(Value::Boolean(s == t)));
        let hash = su.iter().fold(0_i32, |h, u| h.wrapping_mul(31).wrapping_add(i32::from(*u)));
        prop_assert_eq!(long(program!("return s.hashCode();"), &env), i64::from(hash));
        let trimmed = s.trim_matches(|c| c <= ' ').to_owned();
        prop_assert_eq!(text(program!("return s.trim();"), &env), trimmed);
        prop_assert_eq!(text(program!("return s.replace('ab', t);"), &env), s.replace("ab", &t));
        prop_assert_eq!(text(program!("return s.toUpperCase();"), &env), s.to_uppercase());
        prop_assert_eq!(text(program!("return String.join(t, s, s);"), &env), format!("{s}{t}{s}"));
        prop_assert_eq!(text(program!("return s.repeat(3);"), &env), format!("{s}{s}{s}"));
    }

    #[test]
    fn dates_add_up(millis in -30_000_000_000_000..30_000_000_000_000_i64, n in -5000..5000_i64, zone in zones()) {
        let env = Env::new().with("m", millis).with("n", n).with("z", zone);
        // Weeks and days keep the wall clock, exactly so where offsets are fixed.
        for unit in ["Weeks", "Days", "Hours", "Minutes", "Seconds", "Millis"] {
            let source = format!("return new DateTime(m).plus{unit}(n).minus{unit}(n).getMillis();");
            prop_assert_eq!(long(&Program::compile(&source).unwrap(), &env), millis, "{}", unit);
        }
        for unit in ["Hours", "Minutes", "Seconds", "Millis"] {
            let source = format!("return new DateTime(m, DateTimeZone.forID(z)).plus{unit}(n).minus{unit}(n).getMillis();");
            prop_assert_eq!(long(&Program::compile(&source).unwrap(), &env), millis, "{}", unit);
        }
        // Months and years, where no day is clamped.
        for unit in ["Months", "Years"] {
            let source = format!(
                "a = new DateTime(m); b = a.plus{unit}(n);
                 return a.getDayOfMonth() > 28 || b.minus{unit}(n).isEqual(a);");
            prop_assert_eq!(Program::compile(&source).unwrap().eval(&env), Ok(Value::Boolean(true)), "{}", unit);
        }
        let week = program!(
            "a = new DateTime(m);
             b = new DateTime(0).withWeekyear(a.getWeekyear()).withWeekOfWeekyear(a.getWeekOfWeekyear())
                 .withDayOfWeek(a.getDayOfWeek()).withMillisOfDay(a.getMillisOfDay());
             return b.getMillis();");
        prop_assert_eq!(long(week, &env), millis);
        let day = program!(
            "a = new DateTime(m); return new DateTime(0).withYear(a.getYear()).withDayOfYear(a.getDayOfYear())
                 .withMillisOfDay(a.getMillisOfDay()).getMillis();");
        prop_assert_eq!(long(day, &env), millis);
        let moved = program!(
            "a = new DateTime(m); b = a.withZone(DateTimeZone.forID(z));
             c = b.withZone(DateTimeZone.UTC); return b.getMillis() == m && a.isEqual(b) && c.toString() == a.toString();");
        prop_assert_eq!(moved.eval(&env), Ok(Value::Boolean(true)));
        let days = program!("a = new DateTime(m); return Days.daysBetween(a, a.plusDays(n)).getDays();");
        prop_assert_eq!(long(days, &env), n);
    }

    /// Assigning copies a scalar: nothing that is done to the copy is seen in the original, nor in
    /// the input, nor in the literal it came from.
    #[test]
    fn scalars_are_never_shared(a in any_long(), b in any_long(), s in any_text(), op in ops()) {
        let env = Env::new().with("a", a).with("b", b).with("s", &*s);
        for source in [
            "x = a; y = x; y OP b; return x == a;",
            "int x = a; int y = x; x OP b; return y == a;",
            "v = new long[] {a, a}; x = v[0]; v[0] OP b; return x == a && v[1] == a;",
            "m = new Map(); m.put('k', a); x = m.get('k'); x OP b; return m.get('k') == a;",
            "m = new Map(); x = a; m.put('k', x); x OP b; return m.get('k') == a;",
            "t = s; t += 'x'; return t == s + 'x' && t.length() == s.length() + 1;",
            "r = true; for (i = 0; i < 3; i += 1) { int k = 10; k OP 3; x = 10; x OP 3; r = r && k == x; } return r;",
            "v = new String[] {s, s}; t = v[0]; v[0] += 'x'; return t == s && v[1] == s;",
        ] {
            if b == 0 && matches!(op, "/=" | "%=") {
                continue;
            }
            let source = source.replace("OP", op);
            let program = Program::compile(&source).unwrap();
            for _ in 0..2 {
                prop_assert_eq!(program.eval(&env), Ok(Value::Boolean(true)), "{}", source);
            }
        }
        prop_assert_eq!(env.inputs().get("a"), Some(&Value::Long(a)));
    }

    /// Same steps, same answer, whatever the limits above what it needs: the oracle of the fuzzer.
    #[test]
    fn programs_keep_the_laws(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        sel_oracles::eval(&bytes);
    }

    #[test]
    fn limits_are_monotone(bytes in prop::collection::vec(any::<u8>(), 0..300), steps in 1..2_000_u64, memory in 0..20_000_usize) {
        let source = sel_oracles::program(&mut arbitrary::Unstructured::new(&bytes));
        let Ok(program) = Program::compile(&source) else { return Ok(()) };
        let env = sel_oracles::env();
        let mut limits = Limits { steps, memory, loop_iterations: 20, array_length: 20, ..Limits::default() };
        let mut answer: Option<String> = None;
        for _ in 0..6 {
            let (result, usage) = program.run_measured(&env.clone(), &limits, None);
            let limited = result.as_ref().is_err_and(|e| e.limit().is_some());
            let now = format!("{result:?}");
            match &answer {
                Some(answer) => prop_assert_eq!(answer, &now, "{}", source),
                None if !limited => {
                    // What was used is just enough.
                    let exact = Limits { steps: usage.steps + 1, memory: usage.peak_memory, ..limits.clone() };
                    let (again, used) = program.run_measured(&env.clone(), &exact, None);
                    prop_assert_eq!(format!("{again:?}"), now.clone(), "{}", source);
                    prop_assert_eq!(used, usage);
                    answer = Some(now);
                }
                None => {}
            }
            limits.steps *= 4;
            limits.memory *= 4;
            limits.loop_iterations *= 2;
            limits.array_length *= 2;
        }
    }
}

fn zones() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        "UTC",
        "America/New_York",
        "Europe/Berlin",
        "Asia/Kolkata",
        "Pacific/Apia",
        "Asia/Beirut",
        "America/Sao_Paulo",
        "Australia/Lord_Howe",
        "+05:45",
        "-11:30",
    ])
}

fn ops() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec!["+=", "-=", "*=", "/=", "%=", "="])
}

#[test]
fn many_threads_answer_as_one() {
    let env = sel_oracles::env();
    let limits = sel_oracles::tight();
    // Programs from a fixed stream of bytes.
    let mut state = 42_u64;
    let mut programs = Vec::new();
    while programs.len() < 200 {
        let bytes: Vec<u8> = (0..300)
            .map(|_| {
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let source = sel_oracles::program(&mut arbitrary::Unstructured::new(&bytes));
        programs.extend(Program::compile(&source));
    }
    let once = |program: &Program| {
        let (result, usage) = program.run_measured(&env.clone(), &limits, None);
        (format!("{result:?}"), usage)
    };
    let wanted: Vec<_> = programs.iter().map(once).collect();
    let good = wanted.iter().filter(|(result, _)| result.starts_with("Ok")).count();
    if std::env::var_os("SHOW").is_some() {
        for ((result, _), program) in wanted.iter().zip(&programs).take(25) {
            eprintln!("{}\n  {result}", program.source());
        }
    }
    assert!(good > 50, "only {good} programs give a value");
    std::thread::scope(|scope| {
        for shift in 0..8 {
            let (programs, wanted) = (&programs, &wanted);
            let env = env.clone();
            scope.spawn(move || {
                for i in 0..programs.len() * 3 {
                    let i = (i * 7 + shift * 13) % programs.len();
                    let (result, usage) =
                        programs[i].run_measured(&env.clone(), &sel_oracles::tight(), None);
                    assert_eq!(
                        (format!("{result:?}"), usage),
                        wanted[i],
                        "{}",
                        programs[i].source()
                    );
                }
            });
        }
    });
}

/// A value that enters and leaves an evaluation is as it was.
#[test]
fn inputs_come_back() {
    let program = Program::compile("return v;").unwrap();
    for value in sel_oracles::env().inputs().values() {
        let env = Env::new().with("v", value.clone());
        let outcome = program.run(&env, &Limits::default(), None);
        let wanted: Result<_, sel::Error> = Ok(Outcome::Value(value.clone()));
        // As text: a NaN is not equal to itself.
        assert_eq!(format!("{outcome:?}"), format!("{wanted:?}"));
    }
}
