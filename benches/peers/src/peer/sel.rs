//! SEL: this project.

use std::hint::black_box;

use sel::{Env, Limits, Outcome, Program, Value};

use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer = Peer {
    name: "sel",
    package: "sel",
    limits: "steps, memory, time, loops, arrays",
    prepare,
};

fn prepare(work: Work) -> Option<Runner> {
    let path = format!("{}/../workloads/{work}.sel", env!("CARGO_MANIFEST_DIR"));
    let source = std::fs::read_to_string(path).expect("the workload's text");
    let program = Program::compile(&source).expect("compiles");
    let limits = Limits::default();
    // A host owns its inputs; each evaluation looks them up by name and borrows them.
    let env = match work.inputs() {
        Inputs::None => Env::new(),
        Inputs::Numbers => Env::new().with("a", A).with("b", B),
        Inputs::Status => {
            Env::new().with("status", STATUS).with("retries", RETRIES).with("env", ENV)
        }
        Inputs::Name => Env::new().with("name", NAME),
    };
    Some(Box::new(move |count| {
        let mut last = Outcome::Value(Value::Void);
        for _ in 0..count {
            last = program.run(black_box(&env), &limits, None).expect("evaluates");
        }
        answer(last)
    }))
}

fn answer(outcome: Outcome) -> Answer {
    match outcome {
        Outcome::Value(Value::Long(v)) => Answer::Number(v as f64),
        Outcome::Value(Value::Boolean(v)) => Answer::Truth(v),
        Outcome::Value(Value::String(v)) => Answer::Text(v),
        other => Answer::Text(format!("{other:?}")),
    }
}
