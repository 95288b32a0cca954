//! Lua 5.4: bytecode in C.

use std::hint::black_box;

use mlua::{Function, HookTriggers, Lua, Value, VmState};

use crate::work::{A, Answer, B, ENV, Inputs, NAME, Peer, RETRIES, Runner, STATUS, Work};

pub const PEER: Peer =
    Peer { name: "Lua 5.4", package: "mlua", limits: "instruction hook, memory", prepare };

fn source(work: Work) -> Option<&'static str> {
    Some(match work {
        Work::W1 => "local a, b = ...; return 1 + a * 3 - b // 2",
        Work::W2 => {
            "local status, retries, params = ...; return status == 'SUCCEEDED' and retries < 3 and params['env'] == 'prod'"
        }
        Work::W3 => {
            "local name = ...; return table.concat({'a', name, 'b'}, '-') .. '_' .. name:upper():sub(2, 3)"
        }
        Work::W4 => {
            "local x = 0
             for i = 0, 999 do if i % 3 == 0 then x = x + i else x = x + 1 end end
             return x"
        }
        Work::W5 => {
            "local m = 0
             for i = 1, 100 do for j = 1, 100 do for k = 1, 100 do m = m + 1 end end end
             return m"
        }
        Work::W6 => {
            "local a = {}
             for i = 0, 999 do a[i] = i * i end
             local s = 0
             for i = 0, 999 do s = s + a[i] end
             return s"
        }
        Work::W7 => {
            "local m = {}
             for i = 0, 99 do m[tostring(i)] = i end
             local s = 0
             for i = 0, 99 do s = s + m[tostring(i)] end
             return s"
        }
        Work::W8 => return None,
        Work::W9 => {
            "local n = 5000
             local c = {}
             for i = 0, n - 1 do c[i] = false end
             local count = 0
             for i = 2, n - 1 do
                 if not c[i] then
                     count = count + 1
                     for j = i * i, n - 1, i do c[j] = true end
                 end
             end
             return count"
        }
    })
}

fn prepare(work: Work) -> Option<Runner> {
    let source = source(work)?;
    let lua = Lua::new();
    lua.set_memory_limit(100_000_000).expect("set");
    let every = HookTriggers::new().every_nth_instruction(4096);
    lua.set_hook(every, |_, _| Ok(VmState::Continue)).expect("set");
    let function: Function = lua.load(source).into_function().expect("compiles");
    let params = lua.create_table().expect("made");
    params.set("env", ENV).expect("set");
    Some(Box::new(move |count| {
        let _ = &lua;
        let mut last = Value::Nil;
        for _ in 0..count {
            let result = match work.inputs() {
                Inputs::None => function.call(()),
                Inputs::Numbers => function.call((black_box(A), black_box(B))),
                Inputs::Status => function.call((black_box(STATUS), black_box(RETRIES), &params)),
                Inputs::Name => function.call(black_box(NAME)),
            };
            last = result.expect("evaluates");
        }
        answer(&last)
    }))
}

fn answer(value: &Value) -> Answer {
    match value {
        Value::Integer(v) => Answer::Number(*v as f64),
        Value::Number(v) => Answer::Number(*v),
        Value::Boolean(v) => Answer::Truth(*v),
        other => Answer::Text(other.to_string().expect("a string")),
    }
}
