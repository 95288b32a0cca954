//! CEL: expressions without loops, a tree walker in Rust.

use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;

use cel::{Context, Env, Value};

use crate::work::{A, Answer, B, ENV, Inputs, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer = Peer { name: "cel", package: "cel", limits: "none", prepare };

fn prepare(work: Work) -> Option<Runner> {
    let source = match work {
        Work::W1 => "1 + a * 3 - b / 2",
        Work::W2 => "status == 'SUCCEEDED' && retries < 3 && params['env'] == 'prod'",
        _ => return None,
    };
    let env = Arc::new(Env::stdlib());
    let program = env.compile(source).expect("compiles");
    let mut base = Context::with_env(env);
    base.add_variable("params", HashMap::from([("env", ENV)])).expect("converts");
    Some(Box::new(move |count| {
        let mut last = Value::Null;
        for _ in 0..count {
            let mut context = base.new_inner_scope();
            if work.inputs() == Inputs::Numbers {
                context.add_variable_from_value("a", black_box(A));
                context.add_variable_from_value("b", black_box(B));
            } else {
                context.add_variable_from_value("status", black_box(STATUS));
                context.add_variable_from_value("retries", black_box(RETRIES));
            }
            last = program.execute(&context).expect("evaluates");
        }
        answer(&last)
    }))
}

fn answer(value: &Value) -> Answer {
    match value {
        Value::Int(v) => Answer::Number(*v as f64),
        Value::Bool(v) => Answer::Truth(*v),
        other => Answer::Text(format!("{other:?}")),
    }
}
