//! The paths that keep their results in registers against the general ones: same value, same
//! fault at the same place, same steps, same memory.

use super::super::{Env, Host, Limits, Program, Value};

#[allow(dead_code, unreachable_pub, reason = "shared with the integration tests")]
#[path = "../../tests/common/generate.rs"]
mod generate;
#[path = "../../tests/common/vectors.rs"]
mod vectors;

/// Runs a program both ways.
fn agree(what: &str, source: &str, host: &dyn Host, limits: &Limits) {
    let Ok(program) = Program::compile_with(source, limits) else { return };
    let (quick, quick_usage) = program.run_measured(host, limits, None);
    let (general, usage) = program.run_general(host, limits);
    // As text: a NaN is not equal to itself.
    let (quick, general) = (format!("{quick:?}"), format!("{general:?}"));
    assert_eq!(quick, general, "{what}: {source}");
    assert_eq!(quick_usage, usage, "{what}: {source}");
}

#[test]
fn vectors_take_the_same_with_and_without_registers() {
    let directory = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/conformance");
    let mut cases = 0;
    for entry in std::fs::read_dir(directory).expect("the vectors") {
        let name = entry.expect("an entry").file_name();
        let name = name.to_string_lossy();
        if name.ends_with(".jsonl") {
            for vector in vectors::read(&name) {
                agree(&vector.id, &vector.expr, &vector, &vector.limits);
                cases += 1;
            }
        }
    }
    assert!(cases > 1_000);
}

#[test]
fn workloads_take_the_same_with_and_without_registers() {
    let env = env();
    for source in [
        "x = 0; for (int i = 0; i < 50; i += 1) { if (i % 3 == 0) { x += i; } else { x += 1; } } return x;",
        "long[] a = new long[9]; for (int i = 0; i < 9; i += 1) { a[i] = i * i; } a[a[2]] + a[1 + 1];",
        "boolean[] c = new boolean[9]; c[3] = true; n = 0; for (i = 0; i < 9; i += 1) { if (!c[i]) n += 1; } n;",
        "boolean[] c = new boolean[2]; c[2] = true;",
        "boolean[] c = new boolean[2]; c[0] = 1;",
        "boolean[] c = new boolean[3]; k = 0; c[k + 1] = true; c[k] = c[k + 1]; c[k] && !c[k + 2];",
        "boolean[] c = new boolean[2]; !c[2];",
        "boolean[] c = new boolean[2]; k = 0 - 1; c[k] = true;",
        "long[] a = new long[2]; k = 1; a[k] = k; a[k - 1] = a[k] + 1; a[k] = 1.5;",
        "x = 7; k = 3; x += k; x -= k; x *= k; x %= k + 1; x += 1 + k; x /= k; x;",
        "k = 7; x = k; x = k + 1; x = 'a';",
        "params['name'] == 'jose' && params.a + params['$'] > 1 && params['none'] == null;",
        "params['numbers'][1] + params['names'][0];",
        "long[] a = new long[2]; a['x'] = 1;",
        "long[] a = new long[2]; a[1.5];",
        "double[] d = new double[2]; d[0] = 1; d[1] = d[0] / 2; d[0] + d[1];",
        "String[] s = new String[2]; s[0] = 'a'; s[0] += 1; s[0] + s[1];",
        "m = new Map(); m['a'] = 1; m['a'] += 1; m['a'];",
        "m = new Map(); m.put('a', 1); m.put('a', 2) + m.get('a');",
        "m = new Map(); m.put('a', (m = new Map()).size()); m.size();",
        "m = new Map(); m.get(m = 'a');",
        "m = new Map(); m.put(1, 2);",
        "m = new Map(); m.put('a', m);",
        "m = new Map(); m.get(null);",
        "m = new Map(); m.put('a', m.get('b')).get('c');",
        "m.get('a');",
        "names.put('a', 1);",
        "s = 'x' + 1 + true + 2.5; s += s + 'y' + null; s;",
        "1 + 2 + 'a' + 3 + 4;",
        "numbers[0] + ' of ' + names[0];",
        "a[0];",
        "a['x'] = 1;",
        "numbers[1] = numbers[0] + 1; numbers[1];",
        "numbers[numbers = 3];",
        "b = numbers; b[(b = names).length - 3] = 7; numbers[0] + names[0];",
        "1 / 0;",
        "1 % (a - a);",
        "-9223372036854775807 - 1 - 1;",
        "1 < 2 == true;",
        "1 + 'a' + 1 + 1;",
        "a + name + 1.5;",
        "name == 'jose' && name != 'x';",
        "!name;",
        "!(1 < 2);",
        "name < 1;",
        "a == name;",
        "name == a;",
        "null == a;",
        "missing + 1;",
        "missing < 1;",
        "missing <= 1;",
        "x = 1; x += 1.5; x;",
        "x = 'a'; x += 1; x;",
        "x = 1; x += 'a';",
        "x = 1; x /= 0;",
        "x = 1; x -= x += 2; x;",
        "if (a) { 1; }",
        "a ? 1 : 2;",
        "true || a;",
        "false || a;",
        "while (true) { x += 1; if (x > 5) break; }",
        "x = 0; while (x < 5) { x += 1; if (x == 2) continue; }",
        "{ { if (true) return 1; } x = 2; } return x;",
        "throw 1;",
        "throw 'a' + a;",
    ] {
        agree("workload", source, &env, &Limits::default());
    }
}

#[test]
fn random_programs_take_the_same_with_and_without_registers() {
    let limits = Limits { steps: 20_000, memory: 100_000, ..Limits::default() };
    let env = env();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for _ in 0..3_000 {
        let bytes: Vec<u8> = (0..120)
            .map(|_| {
                // An LCG (Knuth's constants): the high bits are the random ones.
                state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
                (state >> 56) as u8
            })
            .collect();
        let source = generate::Generator::new(&bytes).program().join(" ");
        agree("random", &source, &env, &limits);
    }
}

fn env() -> Env {
    Env::new()
        .with("a", 7)
        .with("i", 3)
        .with("name", "jose")
        .with("numbers", vec![1_i64, 2, 3])
        .with("names", ["x", "y", "z"].map(String::from).to_vec())
        .with("$", 1.5)
        .with("_", true)
        .with("x", Value::Null)
        .with_now(1_700_000_000_000)
        .with_seed(1)
}
