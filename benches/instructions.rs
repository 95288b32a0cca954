//! The program that `benches/instructions.sh` runs under callgrind: compiles or evaluates one
//! workload a number of times. `instructions W1 evaluate 1000`; without arguments it does
//! everything once.

use std::hint::black_box;

use sel::{Limits, Program};

mod cases;

#[expect(clippy::expect_used, reason = "a benchmark whose program is wrong should stop")]
fn main() {
    let args: Vec<String> = std::env::args().skip(1).filter(|arg| arg != "--bench").collect();
    let limits = Limits::default();
    let [wanted, what, count] = args.as_slice() else {
        for case in cases::WORKLOADS.iter().chain(cases::REALISTIC) {
            let program = Program::compile(case.source).expect(case.name);
            program.run(&(case.inputs)(), &limits, None).expect(case.name);
        }
        return;
    };
    let mut cases = cases::WORKLOADS.iter().chain(cases::REALISTIC);
    let case = cases.find(|case| case.name == wanted).expect("the name of a case");
    let count: u64 = count.parse().expect("a number");
    let env = (case.inputs)();
    let program = Program::compile(case.source).expect(case.name);
    for _ in 0..count {
        if what == "compile" {
            black_box(Program::compile(black_box(case.source)).expect(case.name));
        } else {
            black_box(program.run(black_box(&env), &limits, None).expect(case.name));
        }
    }
}
