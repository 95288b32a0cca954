//! Rhai: a tree walker in safe Rust.

use std::hint::black_box;

use rhai::{Dynamic, Engine, Map, Scope};

use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer =
    Peer { name: "rhai", package: "rhai", limits: "operations", prepare };

fn source(work: Work) -> Option<&'static str> {
    Some(match work {
        Work::W1 => "1 + a * 3 - b / 2",
        Work::W2 => "status == \"SUCCEEDED\" && retries < 3 && params[\"env\"] == \"prod\"",
        Work::W3 => r#""a" + "-" + name + "-" + "b" + "_" + name.to_upper().sub_string(1, 2)"#,
        Work::W4 => {
            "let x = 0; let i = 0;
             while i < 1000 { if i % 3 == 0 { x += i; } else { x += 1; } i += 1; }
             x"
        }
        Work::W5 => {
            "let m = 0;
             let i = 0;
             while i < 100 { let j = 0; while j < 100 { let k = 0; while k < 100 { m += 1; k += 1; } j += 1; } i += 1; }
             m"
        }
        Work::W6 => {
            "let a = []; a.pad(1000, 0);
             let i = 0; while i < 1000 { a[i] = i * i; i += 1; }
             let s = 0; i = 0; while i < 1000 { s += a[i]; i += 1; }
             s"
        }
        Work::W7 => {
            "let m = #{};
             let i = 0; while i < 100 { m[i.to_string()] = i; i += 1; }
             let s = 0; i = 0; while i < 100 { s += m[i.to_string()]; i += 1; }
             s"
        }
        Work::W8 => return None,
        Work::W9 => {
            "let n = 5000; let c = []; c.pad(n, false); let count = 0;
             let i = 2;
             while i < n {
                 if !c[i] { count += 1; let j = i * i; while j < n { c[j] = true; j += i; } }
                 i += 1;
             }
             count"
        }
    })
}

fn prepare(work: Work) -> Option<Runner> {
    let source = source(work)?;
    let mut engine = Engine::new();
    engine.set_max_operations(100_000_000);
    let ast = engine.compile(source).expect("compiles");
    let mut scope = Scope::new();
    if work.inputs() == Inputs::Status {
        let map = Map::from_iter([("env".into(), ENV.into())]);
        scope.push_constant("params", map);
    }
    let base = scope.len();
    Some(Box::new(move |count| {
        let mut last = Dynamic::UNIT;
        for _ in 0..count {
            match work.inputs() {
                Inputs::None => {}
                Inputs::Numbers => {
                    scope.push("a", black_box(A)).push("b", black_box(B));
                }
                Inputs::Status => {
                    scope.push("status", black_box(STATUS)).push("retries", black_box(RETRIES));
                }
                Inputs::Name => {
                    scope.push("name", black_box(NAME));
                }
            }
            last = engine.eval_ast_with_scope(&mut scope, &ast).expect("evaluates");
            scope.rewind(base);
        }
        answer(last)
    }))
}

fn answer(value: Dynamic) -> Answer {
    if let Ok(v) = value.as_int() {
        Answer::Number(v as f64)
    } else if let Ok(v) = value.as_bool() {
        Answer::Truth(v)
    } else {
        Answer::Text(value.into_string().expect("a string"))
    }
}
