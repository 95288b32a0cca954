//! QuickJS: JavaScript on bytecode in C.

use std::hint::black_box;

use rquickjs::{Context, Function, Object, Persistent, Runtime, Value};

use super::js::source;
use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer =
    Peer { name: "QuickJS", package: "rquickjs", limits: "interrupt handler, memory", prepare };

fn prepare(work: Work) -> Option<Runner> {
    let source = source(work)?;
    let runtime = Runtime::new().expect("starts");
    runtime.set_memory_limit(100_000_000);
    runtime.set_interrupt_handler(Some(Box::new(|| false)));
    let context = Context::full(&runtime).expect("starts");
    let (function, params) = context.with(|cx| {
        let function: Function<'_> = cx.eval(source).expect("compiles");
        let params = Object::new(cx.clone()).expect("made");
        params.set("env", ENV).expect("set");
        (Persistent::save(&cx, function), Persistent::save(&cx, params))
    });
    // Dropped in this order: the runtime must outlive what is saved from it.
    let held = (function, params, context);
    Some(Box::new(move |count| {
        let (function, params, context) = &held;
        context.with(|cx| {
            let function = function.clone().restore(&cx).expect("restored");
            let params = params.clone().restore(&cx).expect("restored");
            let mut last = Value::new_undefined(cx.clone());
            for _ in 0..count {
                let result = match work.inputs() {
                    Inputs::None => function.call(()),
                    Inputs::Numbers => function.call((black_box(A), black_box(B))),
                    Inputs::Status => {
                        function.call((black_box(STATUS), black_box(RETRIES), params.clone()))
                    }
                    Inputs::Name => function.call((black_box(NAME),)),
                };
                last = result.expect("evaluates");
            }
            answer(&last)
        })
    }))
}

fn answer(value: &Value<'_>) -> Answer {
    if let Some(v) = value.as_number() {
        Answer::Number(v)
    } else if let Some(v) = value.as_bool() {
        Answer::Truth(v)
    } else {
        Answer::Text(value.as_string().expect("a string").to_string().expect("UTF-8"))
    }
}
