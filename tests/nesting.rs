//! Deep and long programs, of every shape that nests or repeats: each ends in a tree or an error,
//! on a stack of 2 MiB, in time linear in its length. Those that are trees are printed and evaluated
//! there as well.

#![allow(clippy::disallowed_methods, clippy::expect_used, reason = "a test may")]

mod common;

use std::time::{Duration, Instant};

use sel::{Env, Error, Limits, Program, syntax};

/// A shape: its name, and the program of a size.
type Shape = (&'static str, fn(usize) -> String);

fn nest(open: &str, inner: &str, close: &str, n: usize) -> String {
    open.repeat(n) + inner + &close.repeat(n)
}

const SHAPES: &[Shape] = &[
    ("parentheses", |n| nest("(", "1", ")", n) + ";"),
    ("open parentheses", |n| "(".repeat(n)),
    ("closed parentheses", |n| ")".repeat(n)),
    ("indexes", |n| nest("a[", "1", "]", n) + ";"),
    ("index assignments", |n| nest("a[", "1", "] = 1", n) + ";"),
    ("open indexes", |n| "a[".repeat(n)),
    ("calls", |n| nest("a.f(", "1", ")", n) + ";"),
    ("creations", |n| nest("new A(", "", ")", n) + ";"),
    ("array elements", |n| nest("new A[] {", "1", "}", n) + ";"),
    ("blocks", |n| nest("{", "", "}", n)),
    ("open blocks", |n| "{".repeat(n)),
    ("not", |n| "!".repeat(n) + "true;"),
    ("minus", |n| "- ".repeat(n) + "1;"),
    ("minus and parentheses", |n| nest("-(", "1", ")", n) + ";"),
    ("conditionals on the right", |n| "1 ? 1 : ".repeat(n) + "1;"),
    ("conditionals in the middle", |n| nest("1 ? ", "1", " : 1", n) + ";"),
    ("assignments", |n| "x = ".repeat(n) + "1;"),
    ("if", |n| "if (true) ".repeat(n) + "x = 1;"),
    ("if in blocks", |n| nest("if (true) {", "", "}", n)),
    ("while", |n| "while (true) ".repeat(n) + "x = 1;"),
    ("for", |n| "for (;;) ".repeat(n) + "x = 1;"),
    ("else", |n| "if (a) b; else while (c) ".repeat(n) + "x = 1;"),
    ("dangling else", |n| "if (a) ".repeat(n) + "b; " + &"else c; ".repeat(n)),
    ("everything", |n| nest("{ if (a ? b : -c[!d]) while (e) x = f.g(new A(", "1", ")); }", n)),
    ("loops that set", |n| {
        nest("for (i = 0; i < x; i += 1) { y = x; x = y + i; ", "z = y;", " }", n)
    }),
    ("else if", |n| "if (a) b; else ".repeat(n) + "c;"),
    ("terms", |n| "1 + ".repeat(n) + "1;"),
    ("mixed terms", |n| "a * b - c && d < ".repeat(n) + "1;"),
    ("disjunctions", |n| "a || ".repeat(n) + "b;"),
    ("members", |n| "x".to_owned() + &".a()[1].b".repeat(n) + ";"),
    ("statements", |n| "1;".repeat(n)),
    ("names", |n| (100_000..100_000 + n).map(|i| format!("if (a) v{i} = w{i};")).collect()),
    ("loops that set names", |n| {
        (100_000..100_000 + n).map(|i| format!("while (a) v{i} = w{i};")).collect()
    }),
    ("declarations", |n| "int a = 1, b;".repeat(n)),
    ("imports", |n| "import a.b;".repeat(n)),
    ("elements", |n| "new int[] {".to_owned() + &"1,".repeat(n) + "};"),
    ("arguments", |n| "f.g(".to_owned() + &"1,".repeat(n) + "1);"),
    ("digits", |n| "1".repeat(n) + ";"),
    ("fractions", |n| ".".to_owned() + &"1".repeat(n) + ";"),
    ("hexadecimal digits", |n| "0x".to_owned() + &"1".repeat(n) + ";"),
    ("a string", |n| "'".to_owned() + &"a".repeat(n) + "';"),
    ("an open string", |n| "'".to_owned() + &"a".repeat(n)),
    ("backslashes", |n| "'".to_owned() + &"\\".repeat(n)),
    ("a name", |n| "a".repeat(n) + ";"),
    ("unicode escapes", |n| "'".to_owned() + &"\\u0041".repeat(n) + "';"),
    ("surrogates", |n| "'".to_owned() + &"\\ud83d".repeat(n) + "';"),
    ("comments", |n| "/**/".repeat(n) + "1;"),
    ("an open comment", |n| "/* *".repeat(n)),
    ("line comments", |n| "//\n".repeat(n) + "1;"),
    ("spaces", |n| " ".repeat(n) + "1;"),
    ("spaces between ifs", |n| nest("if (a) ", "b;", "", 200) + &" ".repeat(n)),
    ("indexes without operators", |n| "a[1]".repeat(n) + ";"),
    ("equals signs", |n| "x ".to_owned() + &"= ".repeat(n) + ";"),
    ("types", |n| "int ".repeat(n) + ";"),
    ("new", |n| "new ".repeat(n) + ";"),
    ("open calls", |n| "a(b(c(".repeat(n)),
    ("semicolons", |n| ";".repeat(n)),
    ("question marks", |n| "?".repeat(n)),
    ("quotes", |n| "'\"".repeat(n)),
    ("nul", |n| "\0".repeat(n)),
    ("a bad end in blocks", |n| nest("if (a) { b; } else { ", "(", "}", 100) + &"x".repeat(n)),
];

/// The program of a shape that is about this long.
fn long(make: fn(usize) -> String, length: usize) -> String {
    let unit = make(202).len() - make(201).len();
    make(length / unit.max(1))
}

fn limits() -> Limits {
    common::source_length(usize::MAX)
}

/// Runs on a stack of 2 MiB, whatever the test runner's.
fn on_small_stack<T: Send>(run: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| {
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024);
        let thread = thread.spawn_scoped(scope, run).expect("a thread can be made");
        thread.join().expect("no panic and no overflow")
    })
}

/// Parses, compares, clones, prints and drops.
fn read(source: &str) -> Result<(), Error> {
    let unit = syntax::parse(source, &limits())?;
    assert!(unit == unit.clone());
    syntax::format_source(source, &limits()).map(drop)
}

/// Compiles and evaluates, whatever comes of it.
fn evaluate(source: &str) -> Result<(), Error> {
    let program = Program::compile_with(source, &limits())?;
    // Some shapes are loops without end.
    let ends = Limits { time: Duration::from_millis(300), ..limits() };
    drop(program.run(&Env::new().with("a", true), &ends, None));
    Ok(())
}

#[test]
fn deep_and_long_programs_end() {
    for (name, make) in SHAPES {
        let source = long(*make, 400_000);
        if let Err(error) = on_small_stack(|| evaluate(&source)) {
            assert!(!error.message().is_empty(), "{name}");
            assert!(error.span().end as usize <= source.len(), "{name}: {:?}", error.span());
        }
        let source = long(*make, 100_000);
        let _ = on_small_stack(|| read(&source));
    }
}

#[test]
fn deep_and_long_programs_are_checked() {
    for (name, make) in SHAPES {
        let options = sel::CheckOptions::new().with_limits(limits());
        let (source, deep) = (long(*make, 40_000), make(250));
        on_small_stack(|| {
            for source in [&source, &deep] {
                let start = Instant::now();
                let checked = sel::check(source, &options);
                let end = checked.diagnostics.iter().map(|d| d.span.end).max().unwrap_or(0);
                assert!(end as usize <= source.len(), "{name}");
                assert!(start.elapsed() < Duration::from_secs(30), "{name}: {:?}", start.elapsed());
            }
        });
    }
}

#[test]
fn time_is_linear() {
    let time = |source: &str, rounds: u32| {
        let best = (0..rounds).map(|_| {
            let start = common::thread_time();
            let _ = syntax::parse(source, &limits());
            common::thread_time() - start
        });
        best.min().unwrap_or_default()
    };
    for (name, make) in SHAPES {
        let (short, long) = (long(*make, 4_000), long(*make, 64_000));
        let (short, mut best) = on_small_stack(|| (time(&short, 3), time(&long, 1)));
        // Sixteen times the length; a quadratic parser would take 256 times as long.
        let bound = short * 100 + Duration::from_millis(100);
        if best >= bound {
            // The machine may have been busy.
            best = on_small_stack(|| time(&long, 4));
        }
        let long = best;
        assert!(long < bound, "{name}: {short:?} for 4 000, {long:?} for 64 000");
    }
}

#[test]
fn the_limit_on_nesting_is_the_deepest_that_is_read() {
    let levels: &[Shape] = &[
        ("parentheses", |n| nest("(", "1", ")", n) + ";"),
        ("indexes", |n| nest("a[", "1", "]", n) + ";"),
        ("calls", |n| nest("a.f(", "1", ")", n) + ";"),
        ("blocks", |n| nest("{", "", "}", n)),
        ("not", |n| "!".repeat(n) + "true;"),
        ("conditionals", |n| "1 ? 1 : ".repeat(n) + "1;"),
        ("assignments", |n| "x = ".repeat(n) + "1;"),
        // The condition's parentheses nest in the last one.
        ("if", |n| "if (true) ".repeat(n - 1) + "x;"),
        ("while", |n| "while (true) ".repeat(n - 1) + "x;"),
    ];
    for (name, make) in levels {
        on_small_stack(|| read(&make(255))).unwrap_or_else(|e| panic!("{name} 255: {e}"));
        on_small_stack(|| read(&make(256))).unwrap_or_else(|e| panic!("{name} 256: {e}"));
        on_small_stack(|| evaluate(&make(256))).unwrap_or_else(|e| panic!("{name} 256: {e}"));
        let error = on_small_stack(|| read(&make(257))).unwrap_err();
        assert_eq!(error.code(), "SEL0402", "{name} 257: {error}");
    }
}

#[test]
fn else_if_does_not_nest() {
    let chain = "if (a) b; else ".repeat(5_000) + "c;";
    on_small_stack(|| read(&chain)).unwrap();
}

#[test]
fn a_deep_tree_is_refused_even_without_brackets() {
    // One bracket, nine levels of the tree.
    let source = nest("1 || 2 && 3 == 4 < 5 + 6 * - ! a.b[0].f(", "1", ")", 100) + ";";
    let error = on_small_stack(|| read(&source)).unwrap_err();
    assert_eq!(error.code(), "SEL0402");
}
