//! Laws of the library's small languages: regular expressions, formats, date patterns.

use std::sync::LazyLock;

use arbitrary::Unstructured;
use sel::{Env, Program, Value};

use crate::law::{env, run_laws, tight};

fn compiled(source: &str) -> Program {
    Program::compile(source).expect("our own program")
}

fn text(u: &mut Unstructured<'_>) -> String {
    u.arbitrary::<String>().unwrap_or_default()
}

fn pick<'a>(u: &mut Unstructured<'_>, from: &[&'a str]) -> &'a str {
    u.choose(from).copied().unwrap_or(from[0])
}

/// The text of a literal for `text`.
fn quoted(text: &str) -> String {
    let mut out = String::from("'");
    for c in text.chars() {
        match c {
            '\'' => out.push_str("\\'"),
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            c => out.push(c),
        }
    }
    out.push('\'');
    out
}

/// A pattern from pieces of the dialect, or the fuzzer's own text.
fn pattern(u: &mut Unstructured<'_>) -> String {
    const PIECES: &[&str] = &[
        "a",
        "b",
        "ab",
        ".",
        "\\d",
        "\\w",
        "\\s",
        "\\b",
        "\\B",
        "^",
        "$",
        "\\A",
        "\\z",
        "\\Z",
        "\\G",
        "\\R",
        "\\h",
        "\\v",
        "[a-c]",
        "[^a]",
        "[a-z&&[^b]]",
        "[\\w&&\\D]",
        "(",
        "(?:",
        "(?=",
        "(?!",
        "(?<=",
        "(?<!",
        "(?>",
        "(?<n>",
        "\\k<n>",
        "\\1",
        "\\2",
        ")",
        ")",
        ")",
        "|",
        "*",
        "+",
        "?",
        "*?",
        "+?",
        "*+",
        "++",
        "{2}",
        "{1,3}",
        "{0,}",
        "(?i)",
        "(?s)",
        "(?m)",
        "(?x)",
        "(?-i:",
        "\\p{L}",
        "\\p{Lu}",
        "\\P{Alpha}",
        "\\p{IsGreek}",
        "\\Q.*\\E",
        "\\x41",
        "\\u00df",
        "\\0101",
        "é",
        "😀",
        "ß",
        " ",
        "#",
        "-",
        "]",
        "[",
        "{",
        "}",
        "&&",
        "\\",
    ];
    let mut out = String::new();
    while out.len() < 200 && !u.is_empty() {
        if u.ratio(1, 12).unwrap_or(false) {
            out.push(u.arbitrary().unwrap_or('x'));
        } else {
            out.push_str(pick(u, PIECES));
        }
    }
    out
}

/// Matching is bounded; a literal pattern and one made at run time do the same; replacing by `$0`
/// changes nothing; splitting loses nothing but matches.
///
/// # Panics
/// When a law is broken.
pub fn regex(data: &[u8]) {
    static RUN: LazyLock<Vec<Program>> = LazyLock::new(|| {
        [
            "return s.replaceAll(p, r);",
            "return s.matches(p);",
            "return s.split(p);",
            "return s.replaceFirst(p, r);",
            "return s.split(p, n);",
        ]
        .map(compiled)
        .into()
    });
    static SAME: LazyLock<Program> = LazyLock::new(|| compiled("return s.replaceAll(p, '$0');"));
    let mut u = Unstructured::new(data);
    let replacement = if u.arbitrary().unwrap_or(false) {
        pick(&mut u, &["", "$0", "$1$2", "${n}", "\\$", "$", "\\", "$9", "x", "$12"]).to_owned()
    } else {
        text(&mut u)
    };
    let limit = u.int_in_range(-3..=5_i64).unwrap_or(0);
    let subject = if u.arbitrary().unwrap_or(false) {
        pick(&mut u, &["aaaaaaaaaaaaaaaaaaaaaaaaaaaaaab", "abababab ab\nab\r\n", "ß ÉÈ 😀😀x", ""])
            .to_owned()
    } else {
        text(&mut u)
    };
    let pattern = pattern(&mut u);
    let env =
        env().with("s", &*subject).with("p", &*pattern).with("r", &*replacement).with("n", limit);
    for program in RUN.iter() {
        laws(program, &env);
    }
    let (out, _) = SAME.run_measured(&env, &tight(), None);
    if let Ok(sel::Outcome::Value(value)) = out {
        assert_eq!(value, Value::from(&*subject), "replacing by the match itself");
    }
    let literal = format!("return s.matches({});", quoted(&pattern));
    if let Ok(program) = Program::compile(&literal) {
        let (a, _) = program.run_measured(&env, &tight(), None);
        let (b, _) = RUN[1].run_measured(&env, &tight(), None);
        if let (Ok(a), Ok(b)) = (&a, &b) {
            assert_eq!(a, b, "literal against computed pattern");
        }
        run_laws(&program);
    }
}

/// The laws of an evaluation, with these inputs.
fn laws(program: &Program, env: &Env) {
    let limits = tight();
    let (first, used) = program.run_measured(env, &limits, None);
    let (second, again) = program.run_measured(env, &limits, None);
    assert_eq!(format!("{first:?}"), format!("{second:?}"), "not deterministic");
    assert_eq!(used, again, "not deterministic");
    assert!(used.peak_memory <= limits.memory);
}

/// Formatting is bounded, and a literal pattern does what one made at run time does.
///
/// # Panics
/// When a law is broken.
pub fn format(data: &[u8]) {
    static RUN: LazyLock<Program> = LazyLock::new(|| {
        compiled("return String.format(p, n, d, s, t, m, longs, new DateTime(n));")
    });
    const PIECES: &[&str] = &[
        "%",
        "%",
        "%",
        "d",
        "s",
        "x",
        "X",
        "o",
        "e",
        "E",
        "f",
        "g",
        "G",
        "a",
        "A",
        "b",
        "B",
        "c",
        "C",
        "h",
        "H",
        "n",
        "%%",
        "1$",
        "2$",
        "3$",
        "7$",
        "<",
        "-",
        "+",
        " ",
        "0",
        ",",
        "(",
        "#",
        ".",
        ".0",
        ".3",
        ".17",
        "5",
        "12",
        "300",
        "2147483647",
        "99999999999",
        "tY",
        "tF",
        "tQ",
        "Tc",
        "tZ",
        "x",
        "😀",
    ];
    let mut u = Unstructured::new(data);
    let (n, d): (i64, f64) = (u.arbitrary().unwrap_or(7), u.arbitrary().unwrap_or(0.5));
    let mut pattern = String::new();
    while pattern.len() < 120 && !u.is_empty() {
        if u.ratio(1, 15).unwrap_or(false) {
            pattern.push(u.arbitrary().unwrap_or('x'));
        } else {
            pattern.push_str(pick(&mut u, PIECES));
        }
    }
    let env = env().with("p", &*pattern).with("n", n).with("d", d);
    laws(&RUN, &env);
    let literal = format!(
        "return String.format({}, n, d, s, t, m, longs, new DateTime(n));",
        quoted(&pattern)
    );
    if let Ok(program) = Program::compile(&literal) {
        let (a, _) = program.run_measured(&env, &tight(), None);
        let (b, _) = RUN.run_measured(&env, &tight(), None);
        assert_eq!(
            a.as_ref().map_err(|e| e.message().to_owned()),
            b.as_ref().map_err(|e| e.message().to_owned()),
            "literal against computed pattern"
        );
    }
}

/// Any pattern prints or is refused. A pattern that says everything about an instant reads back
/// what it printed.
///
/// # Panics
/// When a law is broken.
pub fn date_pattern(data: &[u8]) {
    static PRINT: LazyLock<Program> = LazyLock::new(|| {
        compiled("return DateTimeFormat.forPattern(p).withZone(DateTimeZone.forID(z)).print(n);")
    });
    static PARSE: LazyLock<Program> = LazyLock::new(|| {
        compiled(
            "return DateTimeFormat.forPattern(p).withZone(DateTimeZone.forID(z)).parseMillis(s);",
        )
    });
    const ZONES: &[&str] = &[
        "UTC",
        "America/New_York",
        "Asia/Kolkata",
        "Europe/Paris",
        "Pacific/Apia",
        "Asia/Beirut",
        "+05:30",
    ];
    const PIECES: &[&str] = &[
        "y", "yy", "yyyy", "yyyyy", "Y", "YYYY", "x", "xx", "xxxx", "C", "M", "MM", "MMM", "MMMM",
        "d", "dd", "D", "DDD", "w", "ww", "e", "E", "EEEE", "a", "H", "HH", "h", "hh", "K", "k",
        "m", "mm", "s", "ss", "S", "SSS", "SSSSSS", "z", "zzzz", "Z", "ZZ", "ZZZ", "G", "'", "''",
        "'at'", " ", "-", "/", ":", ".", ",", "T", "Q", "n", "é",
    ];
    const WHOLE: &[&str] = &[
        "yyyy-MM-dd'T'HH:mm:ss.SSSZZ",
        "yyyy/DDD HH:mm:ss.SSS Z",
        "xxxx-'W'ww-e HH:mm:ss.SSSZZ",
        "EEEE, d MMMM yyyy KK:mm:ss.SSS a ZZ",
        "E d MMM yyyy kk mm ss SSS ZZ",
        "dd.MM.yyyy hh:mm:ss.SSSa Z",
        "yyyy-MM-dd HH:mm:ss.SSS ZZZ",
    ];
    let mut u = Unstructured::new(data);
    let zone = pick(&mut u, ZONES);
    if u.arbitrary().unwrap_or(false) {
        // 1900 to 2100: offsets are whole minutes, and a zone's name can be read back.
        let millis = u.int_in_range(-1_500_000_000_000..=4_102_444_800_000_i64).unwrap_or(0);
        let mut pattern = pick(&mut u, WHOLE);
        // As in Joda-Time the name of a zone without a name can't be read.
        if zone.starts_with('+') && pattern.ends_with("ZZZ") {
            pattern = WHOLE[0];
        }
        let env = env().with("p", pattern).with("z", zone).with("n", millis);
        let printed = value(&PRINT, &env, pattern, millis);
        if let Value::String(_) = &printed {
            let read = value(&PARSE, &env.clone().with("s", printed.clone()), pattern, millis);
            let ambiguous = pattern.ends_with("ZZZ");
            let difference = match read {
                Value::Long(read) => read - millis,
                other => panic!("{pattern} gave {other:?}"),
            };
            // A zone's name alone does not tell the two hours of a fold apart.
            assert!(
                difference == 0 || (ambiguous && difference.abs() <= 3_600_000),
                "{pattern} in {zone}: {millis} was printed as {printed:?}, off by {difference}"
            );
        }
        return;
    }
    let millis: i64 = u.arbitrary().unwrap_or(0);
    let mut pattern = String::new();
    while pattern.len() < 120 && !u.is_empty() {
        if u.ratio(1, 15).unwrap_or(false) {
            pattern.push(u.arbitrary().unwrap_or('x'));
        } else {
            pattern.push_str(pick(&mut u, PIECES));
        }
    }
    let mut env = env().with("p", &*pattern).with("z", zone).with("n", millis);
    laws(&PRINT, &env);
    if let (Ok(sel::Outcome::Value(printed)), _) = PRINT.run_measured(&env, &tight(), None) {
        env.set("s", printed);
    }
    laws(&PARSE, &env);
}

fn value(program: &Program, env: &Env, pattern: &str, millis: i64) -> Value {
    match program.run_measured(env, &tight(), None).0 {
        Ok(sel::Outcome::Value(value)) => value,
        other => panic!("{pattern} at {millis}: {other:?}"),
    }
}
