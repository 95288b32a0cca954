//! The printer: what it prints means the same, keeps the comments, and prints the same again.

#![allow(clippy::disallowed_methods, reason = "a test may repeat text")]

mod common;

use common::generate::{Generator, join};
use proptest::prelude::*;
use sel::syntax::token::{TokenKind, Tokens};
use sel::{Limits, syntax};

fn limits() -> Limits {
    common::source_length(10_000_000)
}

fn comments(source: &str) -> Vec<&str> {
    let comments = Tokens::new(source).filter(|t| t.kind == TokenKind::Comment);
    comments.map(|t| t.text(source).trim_end()).collect()
}

/// Checks all that the printer promises about this program.
fn check(source: &str) -> Result<String, String> {
    let tree = syntax::parse(source, &limits()).map_err(|e| format!("not a program: {e}"))?;
    let printed = syntax::format_source(source, &limits()).map_err(|e| e.to_string())?;
    let again = syntax::parse(&printed, &limits())
        .map_err(|e| format!("printed what is not a program: {e}\n{printed}"))?;
    if tree != again {
        return Err(format!("printed another program:\n{printed}\n{tree:#?}\n{again:#?}"));
    }
    if !source.contains("\\u") && comments(source) != comments(&printed) {
        return Err(format!("lost a comment:\n{printed}"));
    }
    let twice = syntax::format_source(&printed, &limits()).map_err(|e| e.to_string())?;
    if twice != printed {
        return Err(format!("not stable:\n{printed}\n-- becomes --\n{twice}"));
    }
    Ok(printed)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn generated_programs(bytes in prop::collection::vec(any::<u8>(), 0..200), gaps in prop::collection::vec(any::<u8>(), 0..100)) {
        let source = join(&Generator::new(&bytes).program(), &gaps);
        if let Err(why) = check(&source) {
            prop_assert!(false, "{why}\n-- from --\n{source}");
        }
    }

    #[test]
    fn any_text_ends(source in "[a-z0-9 ='\"(){};/*\\\\u+.,?:\n-]{0,60}") {
        let _ = syntax::parse(&source, &limits());
    }
}

#[test]
fn conformance_vectors() {
    for file in std::fs::read_dir("tests/conformance").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let expr = row["expr"].as_str().unwrap();
            if syntax::parse(expr, &limits()).is_ok() {
                check(expr)
                    .unwrap_or_else(|why| panic!("{}: {why}\n-- from --\n{expr}", row["id"]));
            }
        }
    }
}

#[test]
fn by_example() {
    let cases = [
        ("", ""),
        ("1+1 ;", "1 + 1;\n"),
        ("a-(b-c);", "a - (b - c);\n"),
        ("(a-b)-c;", "a - b - c;\n"),
        ("-(-1); - -x; !(!b); -(+x);", "-(-1);\n-(-x);\n!!b;\n-+x;\n"),
        (
            "(-5).x; (5).x; 5 .x; ((a)).b; 'a'.length();",
            "(-5).x;\n(5).x;\n(5).x;\na.b;\n'a'.length();\n",
        ),
        (
            "007; 1e3; 0x1F; 'it\\'s'; \"q\"; 5.; '\\u0041';",
            "007;\n1e3;\n0x1F;\n'it\\'s';\n\"q\";\n5.;\n'\\u0041';\n",
        ),
        (
            "(a?b:c)?d:(e=f); a?(b?c:d):e?f:g;",
            "(a ? b : c) ? d : e = f;\na ? b ? c : d : e ? f : g;\n",
        ),
        ("x=(y=1); (x=1)+1;", "x = y = 1;\n(x = 1) + 1;\n"),
        ("a||(b||c)&&d; (a||b)||c;", "a || (b || c) && d;\na || b || c;\n"),
        (
            "new int [ ]{1,2,} [0]; new int[3] ; new A( ).b ;",
            "new int[] {1, 2}[0];\nnew int[3];\nnew A().b;\n",
        ),
        ("import a . b ; import static a.*;1;", "import a.b;\nimport static a.*;\n1;\n"),
        (
            "for(;;){} for(int i=0,j;i<3;i+=1)x;",
            "for (;;) {}\nfor (int i = 0, j; i < 3; i += 1) x;\n",
        ),
        (
            "if(a)b;else if(c){d;}else{e;f;}",
            "if (a) b;\nelse if (c) {\n    d;\n} else {\n    e;\n    f;\n}\n",
        ),
        ("a;\n\n\n\nb;\nc;", "a;\n\nb;\nc;\n"),
        ("// top\n\na; // end\n/* own */ b;", "// top\n\na; // end\n/* own */\nb;\n"),
        ("{ // first\n a;\n // last\n}", "{\n    // first\n    a;\n    // last\n}\n"),
        ("f.g(a, // why\n b /* what */);", "f.g(a, // why\n    b); /* what */\n"),
        (
            "if (a) // why\n{ b; } // so\nelse c;",
            "if (a) {\n    // why\n    b;\n} // so\nelse c;\n",
        ),
        ("x = 'a' /* 1 */ + /* 2 */ 'b'; // 3", "x = 'a' /* 1 */ + /* 2 */ 'b'; // 3\n"),
    ];
    for (source, expected) in cases {
        assert_eq!(check(source).unwrap_or_else(|why| panic!("{source}: {why}")), expected);
    }
}

#[test]
fn deep_programs() {
    let source = "if (a) { x = f.g(-(b ? ".repeat(40) + "1" + &": 2)); }".repeat(40);
    let run = move || check(&source).map(|_| ());
    let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run).unwrap();
    let _ = thread.join().unwrap();
}
