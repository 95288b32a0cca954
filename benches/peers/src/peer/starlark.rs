//! Starlark: bytecode in Rust, partly unsafe.

use std::hint::black_box;

use starlark::environment::{FrozenModule, Globals, Module};
use starlark::eval::Evaluator;
use starlark::syntax::{AstModule, Dialect};
use starlark::values::Value;
use starlark::values::dict::AllocDict;

use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer =
    Peer { name: "starlark", package: "starlark", limits: "ticks, heap", prepare };

fn source(work: Work) -> Option<&'static str> {
    Some(match work {
        Work::W1 => "def f(a, b):\n    return 1 + a * 3 - b // 2\n",
        Work::W2 => {
            "def f(status, retries, params):\n    return status == 'SUCCEEDED' and retries < 3 and params['env'] == 'prod'\n"
        }
        Work::W3 => {
            "def f(name):\n    return '-'.join(['a', name, 'b']) + '_' + name.upper()[1:3]\n"
        }
        Work::W4 => {
            "
def f():
    x = 0
    for i in range(1000):
        if i % 3 == 0:
            x += i
        else:
            x += 1
    return x
"
        }
        Work::W5 => {
            "
def f():
    m = 0
    for i in range(100):
        for j in range(100):
            for k in range(100):
                m += 1
    return m
"
        }
        Work::W6 => {
            "
def f():
    a = [0] * 1000
    for i in range(1000):
        a[i] = i * i
    s = 0
    for i in range(1000):
        s += a[i]
    return s
"
        }
        Work::W7 => {
            "
def f():
    m = {}
    for i in range(100):
        m[str(i)] = i
    s = 0
    for i in range(100):
        s += m[str(i)]
    return s
"
        }
        Work::W8 => return None,
        Work::W9 => {
            "
def f():
    n = 5000
    c = [False] * n
    count = 0
    for i in range(2, n):
        if not c[i]:
            count += 1
            for j in range(i * i, n, i):
                c[j] = True
    return count
"
        }
    })
}

fn prepare(work: Work) -> Option<Runner> {
    let source = source(work)?;
    let frozen = compile(source);
    // The heap of an evaluator only grows, so each batch gets its own.
    Some(Box::new(move |count| {
        Module::with_temp_heap(|module| {
            // What is imported is not public, so that it takes a name of the module's own.
            module.import_public_symbols(&frozen);
            let ast = AstModule::parse("g.star", "g = f".to_owned(), &Dialect::Standard);
            let ast = ast.expect("parses");
            let function = Evaluator::new(&module).eval_module(ast, &Globals::standard());
            function.expect("runs");
            let function = module.get("g").expect("defined");
            let params = module.heap().alloc(AllocDict([("env", ENV)]));
            let mut eval = Evaluator::new(&module);
            eval.set_max_tick_count(1 << 60).expect("once");
            eval.set_max_heap_size(1 << 40).expect("once");
            let mut last = Value::new_none();
            for _ in 0..count {
                let heap = module.heap();
                let result = match work.inputs() {
                    Inputs::None => eval.eval_function(function, &[], &[]),
                    Inputs::Numbers => {
                        let args = [heap.alloc(black_box(A)), heap.alloc(black_box(B))];
                        eval.eval_function(function, &args, &[])
                    }
                    Inputs::Status => {
                        let status = heap.alloc(black_box(STATUS));
                        let args = [status, heap.alloc(black_box(RETRIES)), params];
                        eval.eval_function(function, &args, &[])
                    }
                    Inputs::Name => {
                        eval.eval_function(function, &[heap.alloc(black_box(NAME))], &[])
                    }
                };
                last = result.expect("evaluates");
            }
            answer(last)
        })
    }))
}

fn compile(source: &str) -> FrozenModule {
    let ast = AstModule::parse("w.star", source.to_owned(), &Dialect::Standard).expect("parses");
    Module::with_temp_heap(|module| {
        Evaluator::new(&module).eval_module(ast, &Globals::standard()).expect("runs");
        module.freeze().expect("freezes")
    })
}

fn answer(value: Value<'_>) -> Answer {
    if let Some(v) = value.unpack_i32() {
        Answer::Number(f64::from(v))
    } else if let Some(v) = value.unpack_bool() {
        Answer::Truth(v)
    } else {
        Answer::Text(value.unpack_str().expect("a string").to_owned())
    }
}
