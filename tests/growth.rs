//! Work grows in proportion: twice the rounds take twice the steps, twice the text takes twice
//! the steps, and nothing that a program says twice costs four times.

#![allow(clippy::expect_used, reason = "a test")]

use sel::{Env, Limits, Program};

/// The steps of one evaluation.
fn steps(source: &str) -> u64 {
    let limits = Limits { source_length: 1_000_000, ..Limits::default() };
    let program = Program::compile_with(source, &limits).expect("compiles");
    let (result, usage) = program.run_measured(&Env::new(), &limits, None);
    result.expect("evaluates");
    usage.steps
}

/// `n` copies of a text.
fn copies(text: &str, n: u64) -> String {
    (0..n).map(|_| text).collect()
}

/// Checks that doubling `n` doubles the steps, within what a fixed part around it explains.
fn doubles(what: &str, source: impl Fn(u64) -> String) {
    for n in [500, 1_000, 2_000] {
        let (once, twice) = (steps(&source(n)), steps(&source(2 * n)));
        let ratio = twice as f64 / once as f64;
        assert!(
            (1.8..=2.2).contains(&ratio),
            "{what}: {once} steps for {n}, {twice} for twice as many"
        );
    }
}

#[test]
fn twice_the_rounds_take_twice_the_steps() {
    doubles("for", |n| {
        format!("x = 0; for (int i = 0; i < {n}; i += 1) {{ x += i % 3; }} return x;")
    });
    doubles("while", |n| format!("x = 0; while (x < {n}) {{ x += 1; }}"));
    doubles("nested", |n| {
        format!(
            "m = 0; for (int i = 0; i < {n}; i += 1) {{ for (int j = 0; j < 10; j += 1) {{ m += j; }} }}"
        )
    });
    doubles("array", |n| {
        format!(
            "long[] a = new long[{n}]; for (int i = 0; i < a.length; i += 1) {{ a[i] = i * i; }} return a[1];"
        )
    });
    doubles("map", |n| {
        format!(
            "m = new Map(); for (int i = 0; i < {n}; i += 1) {{ m.put(String.valueOf(i), i); }} m.size();"
        )
    });
    doubles("append", |n| {
        format!("s = ''; for (int i = 0; i < {n}; i += 1) {{ s += 'abc'; }} s.length();")
    });
    doubles("calls", |n| {
        format!("x = 0; for (int i = 0; i < {n}; i += 1) {{ x += 'abc'.indexOf('c'); }}")
    });
}

#[test]
fn twice_the_statements_take_twice_the_steps() {
    doubles("statements", |n| format!("x = 0; {}", copies("x += 1; ", n)));
    doubles("sum", |n| format!("return 0{};", copies(" + 1", n)));
    doubles("conditions", |n| format!("return true{};", copies(" && 1 < 2", n)));
    doubles("branches", |n| {
        let arms: String =
            (0..n).map(|i| format!("if (x == {i}) {{ return {i}; }} else ")).collect();
        format!("x = -1; {arms}{{ return x; }}")
    });
    doubles("literal", |n| format!("a = new long[]{{{}}}; a.length;", copies("1,", n)));
    doubles("calls", |n| format!("''{};", copies(".concat('')", n)));
}

#[test]
fn counting_is_the_same_each_time() {
    let source =
        "s = ''; for (int i = 0; i < 100; i += 1) { s += String.valueOf(i); } s.toUpperCase();";
    let counts: Vec<u64> = (0..5).map(|_| steps(source)).collect();
    assert!(counts.windows(2).all(|pair| pair.first() == pair.last()), "{counts:?}");
}
