//! The catalogue of attacks, given to the command as strangers would: each line is answered within
//! a second, each that must fail fails, and the process stays below 60 MB with a limit of 10 MB.

#![cfg(target_os = "linux")]
#![allow(clippy::expect_used, clippy::panic, reason = "a test says what it expected")]

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

const ROWS: &str = include_str!("../../tests/data/catalogue.tsv");
const PEAK: u64 = 60_000;

/// The most kilobytes of memory that the process ever had.
fn peak(process: u32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("status");
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).expect("a peak");
    line.split_whitespace().nth(1).and_then(|n| n.parse().ok()).expect("a number")
}

#[test]
fn every_attack_is_refused_or_bounded() {
    let mut child = Command::new(env!("CARGO_BIN_EXE_sel"))
        .args(["eval", "--jsonl", "-", "--max-memory", "10m", "--timeout", "500ms"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("the command");
    let mut input = child.stdin.take().expect("input");
    let mut output = BufReader::new(child.stdout.take().expect("output"));
    let mut wrong = Vec::new();
    let mut before = peak(child.id());
    for row in ROWS.lines().filter(|row| !row.starts_with('#')) {
        let mut parts = row.splitn(3, '\t');
        let (must, kind) = (parts.next().expect("a verdict"), parts.next().expect("a kind"));
        let source = parts.next().expect("a program");
        let start = Instant::now();
        writeln!(input, "{}", json!({"expr": source, "now": 0})).expect("a line in");
        input.flush().expect("a line in");
        let mut answer = String::new();
        output.read_line(&mut answer).expect("a line out");
        let answer: Value = serde_json::from_str(&answer)
            .unwrap_or_else(|e| panic!("{kind}: {source}: not an answer: {e}"));
        let failed = answer.get("error").is_some() || answer.get("thrown").is_some();
        if must == "fails" && !failed {
            wrong.push(format!("{kind}: was not refused: {source}"));
        }
        // The deadline is half a second; the machine may be busy with other tests.
        if start.elapsed() > Duration::from_secs(2) {
            wrong.push(format!("{kind}: took {:?}: {source}", start.elapsed()));
        }
        let now = peak(child.id());
        if now > PEAK && before <= PEAK {
            wrong.push(format!("{kind}: from {before} to {now} kB: {source}"));
        }
        before = now;
    }
    drop(input);
    assert!(child.wait().expect("an end").success());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
