//! `cargo bench --bench speed`: each case compiled, evaluated, and both.

use std::hint::black_box;

use criterion::{Criterion, criterion_group, criterion_main};
use sel::Program;

mod cases;

#[expect(clippy::expect_used, reason = "a benchmark whose program is wrong should stop")]
fn speed(criterion: &mut Criterion) {
    for case in cases::WORKLOADS.iter().chain(cases::REALISTIC) {
        let env = (case.inputs)();
        let program = Program::compile(case.source).expect(case.name);
        program.eval(&env).expect(case.name);
        let mut group = criterion.benchmark_group(case.name);
        group.bench_function("compile", |b| b.iter(|| Program::compile(black_box(case.source))));
        group.bench_function("evaluate", |b| b.iter(|| program.eval(black_box(&env))));
        group.bench_function("both", |b| {
            b.iter(|| Program::compile(black_box(case.source)).and_then(|p| p.eval(&env)));
        });
        group.finish();
    }
}

criterion_group!(benches, speed);
criterion_main!(benches);
