//! Runs the real binary.

#![allow(dead_code, unused_macros, unused_imports, reason = "each test file uses a part of it")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// A snapshot without the code that made it: only what a reader judges.
macro_rules! snapshot {
    ($($args:tt)*) => {
        insta::with_settings!({omit_expression => true}, { insta::assert_snapshot!($($args)*); })
    };
}
pub(crate) use snapshot;

/// A command line of the binary under test, in a clean environment.
pub(crate) fn sel(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.args(args).env_remove("NO_COLOR").env_remove("CLICOLOR_FORCE").env("TERM", "xterm");
    command
}

/// Runs it to its end with this standard input.
pub(crate) fn run_in(folder: &Path, args: &[&str], input: &[u8]) -> Output {
    let mut command = sel(args);
    command.current_dir(folder);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let input = input.to_vec();
    let writer = std::thread::spawn(move || {
        // A command that refuses its arguments doesn't read.
        let _ = stdin.write_all(&input);
    });
    let output = child.wait_with_output().expect("the binary ends");
    writer.join().expect("written");
    output
}

/// Runs it in the folder of test data.
pub(crate) fn run(args: &[&str], input: &str) -> Output {
    run_in(&data(), args, input.as_bytes())
}

/// What a person at a terminal would have seen.
pub(crate) fn transcript(args: &[&str], input: &str) -> String {
    let output = run(args, input);
    let mut text = String::from("$ sel");
    for arg in args {
        let _ = match arg.chars().all(|c| c.is_ascii_alphanumeric() || "-_./=:".contains(c)) {
            true if !arg.is_empty() => write!(text, " {arg}"),
            _ => write!(text, " {arg:?}"),
        };
    }
    if !input.is_empty() {
        let _ = write!(text, "  < {input:?}");
    }
    let shown = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let _ = write!(text, "\n{}", shown(&output.stdout));
    if !output.stderr.is_empty() {
        let _ = write!(text, "-- stderr\n{}", shown(&output.stderr));
    }
    let status = output.status.code().map_or_else(|| "killed".to_owned(), |c| c.to_string());
    let _ = writeln!(text, "-- exit {status}");
    text
}

/// The folder of test data.
pub(crate) fn data() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data")
}

/// The conformance vectors.
pub(crate) fn vectors() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/conformance");
    let mut files: Vec<PathBuf> = std::fs::read_dir(folder)
        .expect("the vectors")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|e| e == "jsonl"))
        .collect();
    files.sort();
    assert!(!files.is_empty());
    files
}
