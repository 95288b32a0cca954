//! Rune: bytecode in Rust, partly unsafe.

use std::hint::black_box;
use std::sync::Arc;

use rune::runtime::{Object, Value, budget};
use rune::{Context, Source, Sources, Vm};

use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer = Peer { name: "rune", package: "rune", limits: "budget", prepare };

fn source(work: Work) -> Option<&'static str> {
    Some(match work {
        Work::W1 => "pub fn f(a, b) { 1 + a * 3 - b / 2 }",
        Work::W2 => {
            r#"pub fn f(status, retries, params) { status == "SUCCEEDED" && retries < 3 && params["env"] == "prod" }"#
        }
        Work::W3 => {
            r#"pub fn f(name) { `${"a"}-${name}-${"b"}` + "_" + name.to_uppercase().get(1..3).unwrap() }"#
        }
        Work::W4 => {
            "pub fn f() {
                 let x = 0; let i = 0;
                 while i < 1000 { if i % 3 == 0 { x += i; } else { x += 1; } i += 1; }
                 x
             }"
        }
        Work::W5 => {
            "pub fn f() {
                 let m = 0;
                 let i = 0;
                 while i < 100 { let j = 0; while j < 100 { let k = 0; while k < 100 { m += 1; k += 1; } j += 1; } i += 1; }
                 m
             }"
        }
        Work::W6 => {
            "pub fn f() {
                 let a = []; a.resize(1000, 0);
                 let i = 0; while i < 1000 { a[i] = i * i; i += 1; }
                 let s = 0; let i = 0; while i < 1000 { s += a[i]; i += 1; }
                 s
             }"
        }
        Work::W7 => {
            "pub fn f() {
                 let m = #{};
                 let i = 0; while i < 100 { m.insert(`${i}`, i); i += 1; }
                 let s = 0; let i = 0; while i < 100 { s += m[`${i}`]; i += 1; }
                 s
             }"
        }
        Work::W8 => return None,
        Work::W9 => {
            "pub fn f() {
                 let n = 5000; let c = []; c.resize(n, false); let count = 0;
                 let i = 2;
                 while i < n {
                     if !c[i] { count += 1; let j = i * i; while j < n { c[j] = true; j += i; } }
                     i += 1;
                 }
                 count
             }"
        }
    })
}

fn prepare(work: Work) -> Option<Runner> {
    let context = Context::with_default_modules().expect("set up");
    let runtime = Arc::new(context.runtime().expect("set up"));
    let mut sources = Sources::new();
    sources.insert(Source::memory(source(work)?).expect("short")).expect("one");
    let unit = rune::prepare(&mut sources).with_context(&context).build().expect("compiles");
    let mut vm = Vm::new(runtime, Arc::new(unit));
    let mut params = Object::new();
    params.insert("env".try_into().expect("short"), rune::to_value(ENV).expect("text")).expect("room");
    let params = rune::to_value(params).expect("object");
    let name = rune::Hash::type_hash(["f"]);
    Some(Box::new(move |count| {
        let mut last = None;
        for _ in 0..count {
            let guard = budget::with(100_000_000, || match work.inputs() {
                Inputs::None => vm.call(name, ()),
                Inputs::Numbers => vm.call(name, (black_box(A), black_box(B))),
                Inputs::Status => {
                    vm.call(name, (black_box(STATUS), black_box(RETRIES), params.clone()))
                }
                Inputs::Name => vm.call(name, (black_box(NAME),)),
            });
            last = Some(guard.call().expect("evaluates"));
        }
        answer(&last.expect("evaluated"))
    }))
}

fn answer(value: &Value) -> Answer {
    if let Ok(v) = value.as_integer::<i64>() {
        Answer::Number(v as f64)
    } else if let Ok(v) = value.as_bool() {
        Answer::Truth(v)
    } else {
        Answer::Text(rune::from_value(value.clone()).expect("a string"))
    }
}
