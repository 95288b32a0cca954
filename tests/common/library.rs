//! A call of every row of the class table with large or odd arguments, in several manners.

#![allow(clippy::disallowed_methods, reason = "a test may repeat text")]

use sel::stdlib::{Class, Form, Method, classes};
use sel::{Env, Kind, Ty, Value};

/// How many manners there are.
pub const MANNERS: usize = 8;

/// A call of every row, in every manner; constants and fields are left out.
pub fn calls() -> Vec<String> {
    let mut calls = Vec::new();
    for class in classes() {
        for method in class.methods {
            if matches!(method.form, Form::Constant | Form::Field) {
                continue;
            }
            for manner in 0..MANNERS {
                let call = call(class, method, manner);
                if !calls.contains(&call) {
                    calls.push(call);
                }
            }
        }
    }
    calls
}

fn call(class: &Class, method: &Method, manner: usize) -> String {
    let mut given = Vec::new();
    for (name, ty) in method.params {
        given.push(argument(name, *ty, manner));
    }
    if let Some(ty) = method.rest {
        given.extend((0..3).map(|i| argument("rest", ty, (manner + i) % MANNERS)));
    }
    let given = given.join(", ");
    match (method.form, class.kind) {
        (Form::Constructor, _) => format!("new {}({given})", class.name),
        (Form::Method, Some(kind)) => {
            format!("({}).{}({given})", receiver(kind, manner), method.name)
        }
        _ => format!("{}.{}({given})", class.name, method.name),
    }
}

fn receiver(kind: Kind, manner: usize) -> &'static str {
    match kind {
        Kind::String => ["s", "w", "s", "w", "d", "as", "b", "sigmas"][manner],
        kind => of(kind, manner),
    }
}

fn argument(name: &str, ty: Ty, manner: usize) -> &'static str {
    let small = matches!(manner, 2 | 3 | 6 | 7);
    if small && ty.has(Kind::String) {
        match name {
            "regex" => {
                return ["'[a-e]+'", "'(?i)[ßk]|(😀)'", "'(a|b|\\\\\\\\)*?\"'", "''"][manner % 4];
            }
            "replacement" => return ["'$0$0'", "'-'", "''", "'ß'"][manner % 4],
            "target" => return ["'j'", "'ß'", "''", "'\\\\'"][manner % 4],
            "pattern" => return ["'yyyy'", "'EEEE, d MMMM yyyy ZZZ'", "'GGGG'", "'S'"][manner % 4],
            "format" => return ["'%s%s%s'", "'%S%h'", "'%5000s'", "'%.1s%s%s'"][manner % 4],
            "id" => return ["'Asia/Kolkata'", "'+05:00'", "'UTC'", "'x'"][manner % 4],
            "duration" => return ["'1 day'", "'2 days 3 hours'", "'1 ms'", "'x'"][manner % 4],
            _ => {}
        }
    }
    if small && ty.has(Kind::Long) {
        match name {
            "from" => return ["0", "19000101", "0", "20200101"][manner % 4],
            "to" => return ["20000", "99991231", "n", "20990101"][manner % 4],
            "dateInt" => return "20240229",
            "step" | "days" => return ["1", "200", "0 - 1", "1"][manner % 4],
            _ => {}
        }
    }
    // The kinds in turn, where there are several.
    let kinds: Vec<Kind> = ty.kinds().filter(|k| !matches!(k, Kind::Null | Kind::Void)).collect();
    of(kinds[(manner + kinds.len() / 2) % kinds.len()], manner)
}

/// A value of this kind.
fn of(kind: Kind, manner: usize) -> &'static str {
    match kind {
        Kind::String => ["s", "w", "'j'", "'ß'", "d", "ab", "b", "''"][manner],
        Kind::Long => [
            "n",
            "(n / 2)",
            "1",
            "7",
            "(9223372036854775807)",
            "(0 - 2147483648)",
            "0",
            "1500000000000",
        ][manner],
        Kind::Double => {
            ["(1.5)", "(4.9E-324)", "(1e308)", "(-0.0)", "(0.1)", "(1e23)", "(0.0 / 0)", "(3.0)"]
                [manner]
        }
        Kind::Boolean => "true",
        Kind::LongArray => "longs",
        Kind::DoubleArray => "doubles",
        Kind::BooleanArray => "booleans",
        Kind::StringArray => "strings",
        Kind::Map => ["m", "deep", "m", "shared", "m", "deep", "m", "m"][manner],
        Kind::DateTime => [
            "new DateTime(1500000000000)",
            "new DateTime(9223372036854775807)",
            "new DateTime(0 - 9223372036854775807)",
            "new DateTime(4000000000000, DateTimeZone.forID('America/New_York'))",
        ][manner % 4],
        Kind::DateTimeZone => {
            ["DateTimeZone.UTC", "DateTimeZone.forID('Asia/Kolkata')"][manner % 2]
        }
        Kind::DateTimeFormatter => [
            "DateTimeFormat.forPattern('yyyy-MM-dd')",
            "DateTimeFormat.forPattern('EEEE, d MMMM yyyy ZZZ')",
            "DateTimeFormat.forPattern('yyyyyyyyy'.repeat(50))",
            "DateTimeFormat.forPattern('ZZZ')",
        ][manner % 4],
        Kind::DateTimeProperty => "new DateTime(0).monthOfYear()",
        Kind::DateTimeDays => "Days.daysBetween(new DateTime(0), new DateTime(9000000000000000))",
        Kind::Uuid => "UUID.randomUUID()",
        Kind::Null | Kind::Void => "null",
    }
}

/// The inputs of the calls: texts of `n` units, and `many` elements.
pub fn inputs(n: usize, many: usize) -> Env {
    let map = |entries: Vec<(String, Value)>| Value::Map(entries.into_iter().collect());
    let mut deep = Value::from(1);
    for _ in 0..60 {
        deep = map(vec![("k".to_owned(), deep)]);
    }
    let shared: Vec<_> =
        (0..many).map(|i| (format!("{i}"), Value::from("x".repeat(n / many)))).collect();
    Env::new()
        .with("s", "abcdefghij".repeat(n / 10))
        .with("w", "aéß😀ſ".repeat(n / 6))
        .with("d", "1234567890".repeat(n / 10))
        .with("b", "\\\"".repeat(n / 2))
        .with("as", "a".repeat(n))
        .with("ab", "a".repeat(n / 2) + "b")
        .with("sigmas", "Σ\u{301}".repeat(n / 2))
        .with("n", n as i64)
        .with(
            "strings",
            (0..many).map(|i| format!("{i}{}", "x".repeat(n / many))).collect::<Vec<_>>(),
        )
        .with("longs", (0..many as i64).map(|i| i * 1_234_567_890_123).collect::<Vec<_>>())
        .with("doubles", (0..many).map(|i| i as f64 / 7.0).collect::<Vec<_>>())
        .with("booleans", (0..many).map(|i| i % 3 == 0).collect::<Vec<_>>())
        .with(
            "m",
            map((0..many).map(|i| (format!("key {i}"), Value::from(i as f64 / 3.0))).collect()),
        )
        .with("shared", map(shared))
        .with("deep", deep)
        .with_now(1_700_000_000_000)
        .with_seed(1)
}
