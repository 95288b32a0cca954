//! What a reader is told about a text that is not a program: one snapshot with all cases.

#![allow(clippy::disallowed_methods, reason = "a test may repeat text")]

mod common;

use std::fmt::Write;

use sel::{Limits, Position, syntax};

/// Programs that are refused, by theme.
const CASES: &[(&str, &[&str])] = &[
    (
        "semicolons",
        &[
            "1",
            "x = 1\ny = 2;",
            "1 2;",
            "return 1",
            "if (true) return 1 else return 2;",
            "{ x = 1 }",
            ";",
            "{ }; 1;",
            "if (true);",
            "for (;;);",
            "int a = 1 int b;",
            "break",
            "break x;",
        ],
    ),
    (
        "brackets",
        &[
            "(1 + 2;",
            "f.g(1, 2;",
            "a[1;",
            "{ x = 1;",
            "if (a { }",
            "(1 + 2]",
            "1);",
            "}",
            "f.g(1 2);",
            "new int[] {1, 2;",
            "while (true { }",
            "if true return 1;",
            "for i = 0;;) {}",
        ],
    ),
    (
        "expressions",
        &[
            "x = ;",
            "return;",
            "throw;",
            "1 +;",
            "* 2;",
            "f.g(,);",
            "a.;",
            "a.1;",
            "x == = 1;",
            "x => 1;",
            "x =< 1;",
            "a ? b;",
            "a ? : b;",
            "a : b;",
            "()",
            "!",
            "x = {1, 2};",
            "x = [1];",
        ],
    ),
    (
        "words",
        &[
            "class = 1;",
            "abstract = 1; return abstract;",
            "int = 1;",
            "int x 1;",
            "byte b = 1;",
            "goto x;",
            "else x = 1;",
            "import a.b",
            "1; import a;",
            "final int x = 1;",
            "this.x;",
            "a.class;",
            "x = int;",
            "new int(1);",
        ],
    ),
    (
        "what Java has and SEL lacks",
        &[
            "x++;",
            "--x;",
            "a--b;",
            "a & b;",
            "a | b;",
            "x << 2;",
            "~x;",
            "a instanceof String;",
            "switch (x) { }",
            "do { } while (true);",
            "try { } catch (E e) { }",
            "(int) 1.5;",
            "(String) x;",
            "f(1);",
            "Map<String, Long> m;",
            "List<List<String>> m;",
            "new HashMap<String>();",
            "new java.io.File('x');",
            "new int[][]{{1}};",
            "int[][] x;",
            "int x[] = y;",
            "for (String s : xs) { }",
            "for (i = 0, j = 0; i < 3; i += 1) {}",
            "for (;; i += 1, j += 1) {}",
            "for (i + 1;;) {}",
            "x -> x;",
            "outer: while (true) { }",
            "if (a) int x = 1;",
            "elseif (a) { }",
            "if (a) { } elif (b) { }",
            "x and y;",
            "a <> b;",
        ],
    ),
    (
        "assignments",
        &[
            "1 = x;",
            "(x) = 1;",
            "x.y = 1;",
            "a[0][1] = 2;",
            "a.b[0] = 2;",
            "x + y = 1;",
            "if (x + 1 = 2) { }",
            "int x = 1 = 2;",
            "-x = 1;",
            "f.g() += 1;",
            "x = y == 1 = 2;",
        ],
    ),
    (
        "numbers",
        &[
            "9223372036854775808;",
            "- 9223372036854775808;",
            "99999999999999999999L;",
            "08;",
            "019;",
            "0x;",
            "0xG;",
            "0x10000000000000000;",
            "1e;",
            "1e+;",
            "1.5.2;",
            "3x;",
            "1_000;",
            "5.toString();",
            "1.0L;",
        ],
    ),
    (
        "strings, characters, comments",
        &[
            "'unterminated;",
            "'it's';",
            "\"a\nb\";",
            "'a\\q';",
            "'\\0';",
            "'\\u00zz';",
            "/* unterminated 1;",
            "#;",
            "x = “a”;",
            "`a`;",
            "a\u{a0}+ b;",
            "\u{feff}1;",
            "x − 1;",
            "@x;",
            "'\\uuuu0041' + ;",
        ],
    ),
    ("limits", &["", "1;"]),
];

fn render(source: &str, limits: &Limits) -> String {
    match syntax::parse(source, limits) {
        Ok(_) => "accepted".to_owned(),
        Err(error) => {
            let at = Position::of(source, error.span().start);
            let end = Position::of(source, error.span().end);
            let more = if error.is_incomplete() { " (incomplete)" } else { "" };
            let mut out = format!(
                "{}:{}-{}: {} {}{more}",
                at.line,
                at.column,
                end.column,
                error.code(),
                error.message()
            );
            if let Some(help) = error.help() {
                let _ = write!(out, "\n        help: {help}");
            }
            out
        }
    }
}

#[test]
fn messages() {
    let mut out = String::new();
    for (theme, cases) in CASES {
        let _ = writeln!(out, "── {theme} ──\n");
        for source in *cases {
            let limits = if *theme == "limits" {
                common::source_length(source.len())
            } else {
                Limits::default()
            };
            let _ = writeln!(out, "{}\n    {}\n", source.escape_debug(), render(source, &limits));
        }
    }
    insta::assert_snapshot!(out);
}

#[test]
fn too_deep() {
    let source = "(".repeat(257) + "1" + &")".repeat(257) + ";";
    insta::assert_snapshot!(render(&source, &Limits::default()), @r"
    1:257-258: SEL0402 nested too deeply: the limit is 256 levels
            help: give parts of it a name: `part = …;`
    ");
}
