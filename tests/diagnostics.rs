//! The table of diagnostics: every example gives its code, every mend nothing; the documentation is
//! generated from it; and one snapshot shows the messages.

#![allow(clippy::disallowed_methods, reason = "a test may repeat text")]

mod common;

use std::fmt::Write;

use sel::diag::{Code, codes, explain, markdown};
use sel::{CheckOptions, Diagnostic, Env, Limits, Position, Program, Severity, Ty, check};

/// The options that a row's programs are checked with.
fn options(row: &Code) -> CheckOptions {
    let mut options = CheckOptions::new();
    for (name, ty) in row.inputs {
        options = options.with_input(*name, *ty);
    }
    if let Some(ty) = row.expect {
        options = options.expecting(ty);
    }
    let limits = match row.code {
        "SEL0401" => common::source_length(20),
        "SEL0402" => common::nesting(5),
        _ => Limits::default(),
    };
    options.with_limits(limits)
}

#[test]
fn every_example_has_its_fault_and_every_mend_has_none() {
    let mut wrong = Vec::new();
    for row in codes().iter().filter(|row| !is_met_by_running(row)) {
        let found = check(row.example, &options(row)).diagnostics;
        let shown: Vec<_> = found.iter().map(|d| (d.code, d.severity)).collect();
        if shown != [(row.code, row.severity)] {
            wrong.push(format!("{}: {} gives {found:?}", row.code, row.example));
        }
        let left = check(row.mend, &options(row)).diagnostics;
        if !left.is_empty() {
            wrong.push(format!("{}: the mend {} gives {left:?}", row.code, row.mend));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Whether only an evaluation meets it.
fn is_met_by_running(row: &Code) -> bool {
    row.code.starts_with("SEL03") || row.code == "SEL0400"
}

#[test]
fn what_only_an_evaluation_meets_is_met() {
    let env = Env::new().with("n", 7);
    for row in codes().iter().filter(|row| is_met_by_running(row)) {
        let run = |source| Program::compile(source).and_then(|program| program.eval(&env));
        assert_eq!(run(row.example).map_err(|e| e.code()), Err(row.code), "{}", row.example);
        assert!(run(row.mend).is_ok(), "{}", row.mend);
        for source in [row.example, row.mend] {
            assert_eq!(check(source, &options(row)).diagnostics, [], "{source}");
        }
    }
}

#[test]
fn codes_are_sorted_and_distinct() {
    assert!(codes().windows(2).all(|pair| pair[0].code < pair[1].code));
    assert!(explain("sel0201").is_some_and(|page| page.starts_with("# SEL0201")));
    assert!(explain("SEL9999").is_none());
}

/// `UPDATE_DOCS=1 cargo test --test diagnostics` writes the file.
#[test]
fn the_documentation_is_in_step() {
    let path = "docs/diagnostics.md";
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path, markdown()).unwrap();
    }
    let written = std::fs::read_to_string(path).unwrap_or_default();
    assert!(written == markdown(), "{path} is not what the table says: run with UPDATE_DOCS=1");
}

fn render(source: &str, d: &Diagnostic) -> String {
    let (start, end) = (Position::of(source, d.span.start), Position::of(source, d.span.end));
    let line = source.lines().nth(start.line as usize - 1).unwrap_or_default();
    let width = if start.line == end.line { end.column.saturating_sub(start.column) } else { 1 };
    let mut out = format!("{}[{}]: {}\n", d.severity.name(), d.code, d.message);
    let caret = "^".repeat(width.max(1) as usize);
    let _ = writeln!(out, "  | {line}");
    let _ = writeln!(out, "  | {}{caret}", " ".repeat(start.column as usize - 1));
    if let Some(help) = &d.help {
        let _ = writeln!(out, "  = help: {help}");
    }
    if let Some(suggestion) = &d.suggestion {
        let _ = writeln!(out, "  = write: {}", suggestion.replacement);
    }
    out
}

/// Programs beside those of the table, with the inputs `n` LONG, `d` DOUBLE, `s` STRING, `b`
/// BOOLEAN, `xs` LONG_ARRAY, `m` MAP, `t` DATETIME.
const PROGRAMS: &[&str] = &[
    "int x = 'a', y = 2.5; return x + y;",
    "x = 1; x = 'a'; return x;",
    "double v = 1; v = 2; v = null; return v;",
    "b = 1; return b;",
    "n += 'a'; return n;",
    "s -= 1; return s;",
    "if (n == 1) { x = s.foo(); }  return 1;",
    "if (b) { return 1; } return s.foo();",
    "while (n < 3) { n += 1; s.bar(); } return n;",
    "return b && n;",
    "return b || s.foo();",
    "return !n;",
    "return n > 1 ? 1 + true : 2;",
    "return s.substring(1, 2, 3);",
    "return s.length;",
    "return xs.length();",
    "return xs[-1];",
    "return xs['a'];",
    "return m[1];",
    "return s[0];",
    "return n.foo;",
    "return Math.abs('a');",
    "return Math.absolute(1);",
    "return Sting.valueOf(1);",
    "return new Foo();",
    "return new Math();",
    "Foo f = null; return f;",
    "DateTime[] ts; return ts;",
    "return String;",
    "params['a'] = 1; return 2;",
    "return params.put('a', 1);",
    "return params.get(1);",
    "return params.getFromStep('job', 'p');",
    "return Util.nope(1);",
    "throw n;",
    "throw s;",
    "continue;",
    "if (b) { break; } return 1;",
    "return n % 0;",
    "return d / 0;",
    "n /= 0; return n;",
    "zero = 0; return n / zero;",
    "return String.format('%d %q', n);",
    "return String.format('%d and %d', n);",
    "return String.format('%d', 2.5 * n);",
    "return s.matches('[');",
    "return t.toString('QQQ');",
    "return t.toString('YYYY-ww');",
    "return DateTimeFormat.forPattern('YYYY/MM/dd').print(t);",
    "return DateTimeZone.forID('Europe/Pari').getOffset(t);",
    "return Long.parseLong('abc');",
    "return new int[-2].length;",
    "return new long[]{1, 'a'}.length;",
    "return t < t.plusDays(1);",
    "return s < 'b';",
    "return s == n;",
    "return n == null;",
    "return null == 1;",
    "return 1 == 'x';",
    "if (true) { return 1; } return 2;",
    "if (false) { return nope.foo(); } return 2;",
    "while (true) { n += 1; } return n;",
    "while (false) { n += 1; } return n;",
    "for (;;) { if (n > 3) break; n += 1; } return n;",
    "return n; n = 2; s = 'x';",
    "1 + n; s.trim(); m.put('a', 1); Math.max(1, n); return 1;",
    "_scratch = n; unused = n; return 1;",
    "return nn + 1;",
    "x += 1; return x;",
    "x = 1; for (i = 0; i < 3; i += 1) { y = x; x = i; } return y;",
    "for (i = 0; i < 3; i += 1) { k = i % 2 == 0 ? 'even' : 'odd'; j = k + i; } return j.foo();",
    "int n = 1; return n;",
    "x = 010L; return x;",
    "return s == s;",
    "return xs[0].foo();",
    "return m['a'].anything();",
    "return m['a'].nothingLikeIt();",
    "class = 1;",
    "String v; return v.length();",
    "String v = null; v += 'a'; return v + n;",
    "Map v; v['a'] = 1; return v.get('a');",
    "Double v = null; return v + 1;",
    "Boolean v = null; return v ? 1 : 2;",
    "String v; throw v;",
    "int[] v = new int[] {1, 2, 3}; return v[3];",
    "v = new String[n]; return v[7];",
    "v = new String[4]; for (i = 0; i < 9; i += 1) { v[4] = 'x'; } return v;",
    "for (int i = 0; i < 3; i += 1) { int k = 'a'; n += k; } return n;",
    "for (int i = 3; i < 3; i += 1) { int k = 'a'; n += k; } return n;",
    "int zero = 0; return n / zero;",
    "return s.substring(3, 1) + s.charAt(-1);",
    "int[] v; return v[0];",
    "Long v = null; xs[0] = v; return xs;",
];

#[test]
fn messages() {
    let kinds = [
        ("n", Ty::LONG),
        ("d", Ty::DOUBLE),
        ("s", Ty::STRING),
        ("b", Ty::BOOLEAN),
        ("xs", Ty::of(sel::Kind::LongArray)),
        ("m", Ty::MAP),
        ("t", Ty::DATETIME),
    ];
    let options = kinds.iter().fold(CheckOptions::new(), |o, (n, ty)| o.with_input(*n, *ty));
    let mut out = String::new();
    for source in PROGRAMS {
        let checked = check(source, &options);
        let _ = writeln!(out, "── {source}\n   {}\n", checked.ty);
        for d in &checked.diagnostics {
            let _ = writeln!(out, "{}", render(source, d));
        }
    }
    insta::assert_snapshot!(out);
}

/// One message for each code: its example.
#[test]
fn examples() {
    let mut out = String::new();
    for row in codes() {
        for d in &check(row.example, &options(row)).diagnostics {
            let _ = writeln!(out, "{}", render(row.example, d));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn the_expected_type_is_one_to_convert_to() {
    let codes = |source: &str, kind: sel::Kind| {
        let options = CheckOptions::new().with_input("s", Ty::STRING).expecting(Ty::of(kind));
        check(source, &options).diagnostics.iter().map(|d| d.code).collect::<Vec<_>>()
    };
    use sel::Kind::{Boolean, Double, Long, LongArray, Map, String, StringArray};
    for (source, kind) in [
        ("return 1;", Long),
        ("1;", String),
        ("return 2.5;", String),
        ("return 1;", Double),
        ("return s;", Long),
        ("return ' 7 ';", Long),
        ("return 'True';", Boolean),
        ("return new long[2];", StringArray),
    ] {
        assert_eq!(codes(source, kind), Vec::<&str>::new(), "{source} as {kind}");
    }
    for (source, kind) in [
        ("return 'abc';", Long),
        ("return 'yes';", Boolean),
        ("return 1.5;", Long),
        ("1;", Boolean),
        ("return s.split(',');", String),
        ("return new String[2];", LongArray),
        ("return null;", String),
        ("int x = 5; _x = x + 1; if (x > 5) { }", Long),
        ("return s;", Map),
    ] {
        assert_eq!(codes(source, kind), ["SEL0209"], "{source} as {kind}");
    }
}

#[test]
fn an_open_world_is_silent_about_names() {
    let checked = check("x = y + 1; return params.f(z) + Util.g(x);", &CheckOptions::new().open());
    assert_eq!(checked.diagnostics, []);
}

#[test]
fn functions_of_the_host_have_types() {
    let options = CheckOptions::new()
        .with_function("params.getFromStep(job,p)", Ty::LONG)
        .with_function("Util.now", Ty::STRING);
    let ty = |source: &str| {
        let checked = check(source, &options);
        (checked.ty, checked.diagnostics.iter().map(|d| d.code).collect::<Vec<_>>())
    };
    assert_eq!(ty("return params.getFromStep('job', 'p');"), (Ty::LONG, vec![]));
    assert_eq!(ty("return Util.now(1, 2);"), (Ty::STRING, vec![]));
    assert_eq!(ty("return params.getFromStep('job', 'q');").1, ["SEL0217"]);
    assert_eq!(ty("return params.getFromStep('job', 'p').foo();").1, ["SEL0203"]);
}

#[test]
fn severity_tells_what_is_certain() {
    let options = CheckOptions::new().with_input("b", Ty::BOOLEAN);
    let severity = |source: &str| {
        let checked = check(source, &options);
        checked.diagnostics.iter().map(|d| d.severity).min()
    };
    for certain in [
        "return 'a'.foo();",
        "if (b) { x = 1; } return 'a'.foo();",
        "if (true) { return 'a'.foo(); } return 1;",
        "for (i = 0; i < 3; i += 1) { } return 'a'.foo();",
        "while (b) { break; } return 'a'.foo();",
        "return b ? 1 + true : 2 + true;",
    ] {
        let expected = if certain.contains('?') { Severity::Warning } else { Severity::Error };
        assert_eq!(severity(certain), Some(expected), "{certain}");
    }
    for doubtful in [
        "if (b) { return 'a'.foo(); } return 1;",
        "if (b) { return 1; } return 'a'.foo();",
        "if (b) { throw 'x'; } return 'a'.foo();",
        "while (b) { 'a'.foo(); } return 1;",
        "while (b) { return 1; } return 'a'.foo();",
        "while (true) { if (b) break; return 'a'.foo(); } return 1;",
        "return b && 'a'.foo();",
    ] {
        assert_eq!(severity(doubtful), Some(Severity::Warning), "{doubtful}");
    }
}
