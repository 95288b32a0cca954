//! Cancelling stops every routine of the library within 50 ms, in the middle of large inputs.
//!
//! What counts is the processor time that the evaluation takes after the flag was raised: the
//! machine may be busy with other tests. Debug builds are some twenty times slower, and get inputs
//! that are smaller by that.

#![cfg(target_os = "linux")]
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test says what it expected")]
#![allow(clippy::disallowed_methods, reason = "a test may repeat text")]

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sel::{CancelFlag, Env, Limits, Program};

mod common;

const PATIENCE: Duration = Duration::from_millis(50);
const SCALE: usize = if cfg!(debug_assertions) { 1 } else { 20 };

/// One expression a line: inputs are `s` (ASCII), `w` (wide), `d` (digits), `strings`, `longs`,
/// `doubles`, `m` (a map of many entries), `deep` (maps in maps) and `b` (backslashes).
const ROUTINES: &str = include_str!("data/stopping.txt");

/// Units in a text, and elements in an array or a map.
const UNITS: usize = 200_000 * SCALE;
const ELEMENTS: usize = 20_000;

/// Processor time of a thread of ours so far.
fn processor_time(thread: &str) -> Duration {
    let path = format!("/proc/self/task/{thread}/schedstat");
    let text = std::fs::read_to_string(path).unwrap_or_default();
    let nanos = text.split_whitespace().next().and_then(|n| n.parse().ok());
    Duration::from_nanos(nanos.unwrap_or(0))
}

fn this_thread() -> String {
    let link = std::fs::read_link("/proc/thread-self").unwrap();
    link.file_name().unwrap().to_string_lossy().into_owned()
}

/// How long the evaluation went on after it was cancelled, if it was still running then.
fn overrun(program: &Program, env: &Env, after: Duration) -> Option<Duration> {
    let (cancel, done) = (CancelFlag::new(), AtomicBool::new(false));
    let limits = Limits {
        memory: 400_000_000,
        steps: u64::MAX,
        loop_iterations: u64::MAX,
        ..Limits::default()
    };
    let thread = this_thread();
    std::thread::scope(|scope| {
        let canceller = scope.spawn(|| {
            let start = processor_time(&thread);
            while processor_time(&thread) < start + after && !done.load(Ordering::Relaxed) {
                std::thread::sleep(Duration::from_micros(500));
            }
            let running = !done.load(Ordering::Relaxed);
            let at = processor_time(&thread);
            cancel.cancel();
            running.then_some(at)
        });
        let result = program.run(env, &limits, Some(&cancel));
        let end = processor_time(&thread);
        done.store(true, Ordering::Relaxed);
        drop(result);
        canceller.join().unwrap().map(|at| end.saturating_sub(at))
    })
}

#[test]
fn every_routine_stops() {
    let env = common::library::inputs(UNITS, ELEMENTS);
    let mut slow = Vec::new();
    for source in ROUTINES.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
        let program = Program::compile(source).unwrap_or_else(|e| panic!("{source}: {e}"));
        for after in [1, 8, 40, 160] {
            // A busy machine may keep the flag from being seen: twice is no accident.
            let after = Duration::from_millis(after);
            let late = |overrun: &Option<Duration>| overrun.is_some_and(|time| time > PATIENCE);
            let first = overrun(&program, &env, after);
            if late(&first) {
                let second = overrun(&program, &env, after);
                if late(&second) {
                    slow.push(format!(
                        "{:?} and {:?} too late after {after:?}: {source}",
                        first, second
                    ));
                    break;
                }
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}

/// Every row of the class table, over and over with large arguments: the deadline ends each.
#[test]
fn no_row_of_the_table_outruns_the_deadline() {
    const TIME: Duration = Duration::from_millis(10);
    let env = common::library::inputs(UNITS, ELEMENTS);
    let limits = Limits {
        memory: 400_000_000,
        steps: u64::MAX,
        loop_iterations: u64::MAX,
        time: TIME,
        ..Limits::default()
    };
    let thread = this_thread();
    let mut slow = Vec::new();
    for call in common::library::calls() {
        let source = format!("for (;;) {{ x = {call}; }}");
        let program = Program::compile(&source).unwrap_or_else(|e| panic!("{source}: {e}"));
        // The processor's time alone: the machine may be busy, and once is no proof.
        let time = || {
            let start = processor_time(&thread);
            let outcome = program.run(&env, &limits, None);
            assert!(outcome.is_err(), "{source}");
            processor_time(&thread) - start
        };
        if time() > TIME + PATIENCE {
            let again = time();
            if again > TIME + PATIENCE {
                slow.push(format!("{again:?}: {source}"));
            }
        }
    }
    assert!(slow.is_empty(), "{}", slow.join("\n"));
}
