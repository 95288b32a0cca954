//! Boa: JavaScript on bytecode in Rust.

use std::hint::black_box;

use boa_engine::object::ObjectInitializer;
use boa_engine::property::Attribute;
use boa_engine::{Context, JsValue, Source, js_string};

use super::js::source;
use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer =
    Peer { name: "boa", package: "boa_engine", limits: "loop iterations", prepare };

fn prepare(work: Work) -> Option<Runner> {
    let mut context = Context::default();
    context.runtime_limits_mut().set_loop_iteration_limit(100_000_000);
    let function = context.eval(Source::from_bytes(source(work)?)).expect("compiles");
    let function = function.as_callable().expect("a function").clone();
    let params = ObjectInitializer::new(&mut context)
        .property(js_string!("env"), js_string!(ENV), Attribute::all())
        .build();
    Some(Box::new(move |count| {
        let mut last = JsValue::undefined();
        let this = JsValue::undefined();
        for _ in 0..count {
            let result = match work.inputs() {
                Inputs::None => function.call(&this, &[], &mut context),
                Inputs::Numbers => {
                    let args = [JsValue::from(black_box(A)), JsValue::from(black_box(B))];
                    function.call(&this, &args, &mut context)
                }
                Inputs::Status => {
                    let args = [
                        js_string!(black_box(STATUS)).into(),
                        JsValue::from(black_box(RETRIES)),
                        params.clone().into(),
                    ];
                    function.call(&this, &args, &mut context)
                }
                Inputs::Name => {
                    function.call(&this, &[js_string!(black_box(NAME)).into()], &mut context)
                }
            };
            last = result.expect("evaluates");
        }
        answer(&last)
    }))
}

fn answer(value: &JsValue) -> Answer {
    if let Some(v) = value.as_number() {
        Answer::Number(v)
    } else if let Some(v) = value.as_boolean() {
        Answer::Truth(v)
    } else {
        Answer::Text(value.as_string().expect("a string").to_std_string_escaped())
    }
}
