//! Koto: bytecode in Rust.

use std::hint::black_box;
use std::time::Duration;

use koto::prelude::*;

use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer = Peer { name: "koto", package: "koto", limits: "time", prepare };

fn source(work: Work) -> Option<&'static str> {
    Some(match work {
        Work::W1 => "|a, b| 1 + a * 3 - b / 2",
        Work::W2 => {
            "|status, retries, params| status == 'SUCCEEDED' and retries < 3 and params.get('env') == 'prod'"
        }
        Work::W3 => {
            "|name| ('a', name, 'b').intersperse('-').to_string() + '_' + name.to_uppercase()[1..3]"
        }
        Work::W4 => {
            "
||
  x = 0
  for i in 0..1000
    if i % 3 == 0
      x += i
    else
      x += 1
  x
"
        }
        Work::W5 => {
            "
||
  m = 0
  for i in 0..100
    for j in 0..100
      for k in 0..100
        m += 1
  m
"
        }
        Work::W6 => {
            "
||
  a = []
  a.resize 1000, 0
  for i in 0..1000
    a[i] = i * i
  s = 0
  for i in 0..1000
    s += a[i]
  s
"
        }
        Work::W7 => {
            "
||
  m = {}
  for i in 0..100
    m.insert '{i}', i
  s = 0
  for i in 0..100
    s += m.get '{i}'
  s
"
        }
        Work::W8 => return None,
        Work::W9 => {
            "
||
  n = 5000
  c = []
  c.resize n, false
  count = 0
  for i in 2..n
    if not c[i]
      count += 1
      j = i * i
      while j < n
        c[j] = true
        j += i
  count
"
        }
    })
}

fn prepare(work: Work) -> Option<Runner> {
    let source = source(work)?;
    let settings = KotoSettings::default().with_execution_limit(Duration::from_secs(120));
    let mut koto = Koto::with_settings(settings);
    let function = koto.compile_and_run(source).expect("compiles");
    let params = KMap::new();
    params.insert("env", ENV);
    Some(Box::new(move |count| {
        let mut last = KValue::Null;
        for _ in 0..count {
            let function = function.clone();
            let result = match work.inputs() {
                Inputs::None => koto.call_function(function, &[]),
                Inputs::Numbers => {
                    koto.call_function(function, &[black_box(A).into(), black_box(B).into()])
                }
                Inputs::Status => {
                    let status = KValue::Str(black_box(STATUS).into());
                    let args = [status, black_box(RETRIES).into(), params.clone().into()];
                    koto.call_function(function, &args)
                }
                Inputs::Name => {
                    koto.call_function(function, &[KValue::Str(black_box(NAME).into())])
                }
            };
            last = result.expect("evaluates");
        }
        answer(&last)
    }))
}

fn answer(value: &KValue) -> Answer {
    match value {
        KValue::Number(v) => Answer::Number(v.into()),
        KValue::Bool(v) => Answer::Truth(*v),
        KValue::Str(v) => Answer::Text(v.as_str().to_owned()),
        _ => Answer::Text("another type".to_owned()),
    }
}
