//! `sel repl`, piped and at a real pseudo-terminal.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};

/// Longer than anything takes here, on a busy machine too.
const PATIENCE: u64 = 30_000;
const PROMPT: &str = "sel> ";

/// What a piped session answers, errors in their place.
fn piped(input: &str) -> String {
    let output = common::run(&["repl"], input);
    assert_eq!(output.status.code(), Some(0));
    let stdout = String::from_utf8(output.stdout).expect("text");
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(!stdout.contains('\u{1b}') && !stderr.contains('\u{1b}'), "{stdout}{stderr}");
    format!("{stdout}-- stderr\n{stderr}")
}

/// A session at a terminal, past its first prompt.
fn terminal(state: &Path, args: &[&str]) -> PtySession {
    let mut command = common::sel(&["repl"]);
    command.args(args).env("XDG_STATE_HOME", state).current_dir(common::data());
    let options = Options::new().timeout_ms(Some(PATIENCE)).strip_ansi_escape_codes(true);
    let mut session = spawn_with_options(command, options).expect("a terminal");
    session.exp_string(PROMPT).expect("a prompt");
    session
}

/// Types a line; gives what is shown up to the next prompt.
fn type_line(session: &mut PtySession, line: &str) -> String {
    session.send(line).expect("typed");
    session.send_control('m').expect("typed");
    session.flush().expect("typed");
    // The line is painted again at each key; the answer stands between its end and the prompt.
    session.exp_string("\r\n").expect("the end of the line");
    session.exp_string(PROMPT).expect("a prompt")
}

fn quit(mut session: PtySession) {
    session.send_control('d').expect("typed");
    session.exp_eof().expect("the end");
}

#[test]
fn a_piped_session() {
    common::snapshot!(piped(concat!(
        "x = 5\n",
        "x + 1\n",
        "_ * 2 // the last value\n",
        "long[] xs = new long[3];\n",
        "xs[1] = x; xs\n",
        "'a\\'b'\n",
        "null\n",
        "m = new HashMap(); m.put('k', xs); m\n",
        "throw 'no'\n",
        "x = 'text'\n",
        "x\n",
        ":param p=[1, 2]\n",
        "p.length + params['p'][1]\n",
        ":vars\n",
        ":type x * 1.0\n",
        ":tz America/New_York\n",
        ":now 1700000000000\n",
        "new DateTime()\n",
        ":limits loop 10\n",
        "while (true) 1;\n",
        ":load greet.sel\n",
        ":reset\n",
        ":vars\n",
        "x\n",
        ":quit\n",
        "'never'\n",
    )));
}

#[test]
fn the_tree_of_a_program() {
    common::snapshot!(piped(concat!(
        ":ast 1 + 2 * x - -y\n",
        ":ast import a.B; for (int i = 0; i < xs.length; i += 1) xs[i] = m['k'].f(1, 'a\\n')[2];\n",
        ":ast if (a && !b || c) { return a ? 1.5 : null; } else if (d) throw 's'; else while (e) { break; continue; }\n",
        ":ast String[] a = new String[]{'x'}, b = new String[3]; t = new DateTime(0);\n",
    )));
}

#[test]
fn odd_commands() {
    common::snapshot!(piped(concat!(
        ":\n:nope\n:t\n:type\n:load\n:load missing\n:load folder\n:load binary.dat\n:params bad.json\n",
        ":param x\n:tz Nowhere\n:now then\n:limits foo 1\n:limits loop\n:limits loop x\n:help nope\n",
        ":ast 1 +\n:save /nope/file\n",
    )));
}

#[test]
fn help_lists_all_commands() {
    common::snapshot!(piped(":help\n:help String.substring\n"));
}

#[test]
fn inputs_are_saved_and_loaded() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("saved.sel");
    let path = path.to_str().expect("a path");
    let text = piped(&format!("x = 1\n1 / 0\nx + 1\n:save {path}\n:save {path}\n"));
    assert!(text.contains("2 inputs\n2 inputs\n"), "{text}");
    let text = piped(&format!(":load {path}\nx\n"));
    assert!(text.starts_with("1 : LONG\n2 : LONG\n1 : LONG\n"), "{text}");
    std::fs::write(path, "other").expect("written");
    assert!(piped(&format!("1\n:save {path}\n")).contains("holds something else"));
}

#[test]
fn values_are_shown_with_their_type() {
    let state = tempfile::tempdir().expect("a folder");
    let mut session = terminal(state.path(), &[]);
    assert!(type_line(&mut session, "1 + 1").contains("2 : LONG"));
    assert!(type_line(&mut session, "_ + 'x'").contains("'2x' : STRING"));
    let error = type_line(&mut session, "_.nope()");
    assert!(error.contains("unknown method `nope`"), "{error}");
    assert!(error.contains("       ^^^^"), "{error}");
    let folded = type_line(&mut session, "Util.intsBetween(0, 9000, 1)");
    assert!(folded.contains("LONG_ARRAY of 9000") && folded.contains(" more"), "{folded}");
    quit(session);
}

#[test]
fn the_tab_key_completes() {
    let state = tempfile::tempdir().expect("a folder");
    let mut session = terminal(state.path(), &[]);
    type_line(&mut session, "text = 'abc'");
    let shown = type_line(&mut session, "tex\t.toUpper\t");
    assert!(shown.contains("'ABC' : STRING"), "{shown}");
    let shown = type_line(&mut session, ":ty\ttex\t");
    assert!(shown.contains("STRING"), "{shown}");
    let shown = type_line(&mut session, ":loa\tgree\t");
    assert!(shown.contains("'hello world' : STRING"), "{shown}");
    quit(session);
}

#[test]
fn an_input_goes_on_until_it_is_complete() {
    let state = tempfile::tempdir().expect("a folder");
    let mut session = terminal(state.path(), &[]);
    // Each key paints all lines again, so that only an answer tells where the input ends.
    let mut answer = |lines: &[&str], answer: &str| {
        for line in lines {
            session.send(line).expect("typed");
            session.send_control('m').expect("typed");
            session.flush().expect("typed");
        }
        let before = session.exp_string(answer).expect(answer);
        session.exp_string(PROMPT).expect("a prompt");
        before
    };
    let before = answer(&["long v = (1 +", "  40 +", "  1); if (v > 0) {", "} v"], "42 : LONG");
    assert!(!before.contains("error"), "{before}");
    // An empty line gives up what can't be ended otherwise.
    answer(&["(1 +", ""], "error[SEL01");
    answer(&["'still ' + 'here'"], "'still here' : STRING");
    quit(session);
}

/// The folder in `/proc` of the session that keeps its history in `state`.
#[cfg(target_os = "linux")]
fn process(state: &Path) -> std::path::PathBuf {
    let is_ours = |folder: &Path| {
        let environment = std::fs::read(folder.join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environment).contains(&*state.to_string_lossy())
    };
    let all = std::fs::read_dir("/proc").expect("processes").flatten();
    all.map(|entry| entry.path()).find(|folder| is_ours(folder)).expect("the process")
}

/// The processor time that a process has used, in seconds: what it does, whatever others do.
#[cfg(target_os = "linux")]
fn processor_time(process: &Path) -> f64 {
    let text = std::fs::read_to_string(process.join("schedstat")).expect("the process");
    let nanos = text.split(' ').next().and_then(|n| n.parse::<f64>().ok());
    nanos.expect("a number") / 1e9
}

#[cfg(target_os = "linux")]
#[test]
fn ctrl_c_stops_an_evaluation_and_keeps_the_session() {
    let state = tempfile::tempdir().expect("a folder");
    let args = ["--max-loop", "1000g", "--max-steps", "1000g"];
    let mut session = terminal(state.path(), &args);
    let process = process(state.path());
    type_line(&mut session, "x = 7");
    session.send("while(true){}").expect("typed");
    session.send_control('m').expect("typed");
    session.flush().expect("typed");
    session.exp_string("\r\n").expect("the end of the line");
    // The loop runs when it uses the processor; nothing else here does for that long.
    let idle = processor_time(&process);
    let start = Instant::now();
    while processor_time(&process) < idle + 0.3 {
        assert!(start.elapsed() < Duration::from_millis(PATIENCE), "it does not run");
        std::thread::sleep(Duration::from_millis(10));
    }
    let before = processor_time(&process);
    session.send_control('c').expect("typed");
    session.exp_string("stopped").expect("the answer");
    let took = processor_time(&process) - before;
    session.exp_string(PROMPT).expect("a prompt");
    assert!(type_line(&mut session, "x").contains("7 : LONG"));
    // At the prompt it drops the line.
    session.send("1 + ").expect("typed");
    session.send_control('c').expect("typed");
    session.exp_string("\r\n").expect("the end of the line");
    session.send("x + 1").expect("typed");
    session.send_control('m').expect("typed");
    session.flush().expect("typed");
    session.exp_string("8 : LONG").expect("the answer");
    session.exp_string(PROMPT).expect("a prompt");
    quit(session);
    // In processor time of the session: a machine that tests may have other things to do.
    assert!(took < 0.1, "{took} s");
}

#[test]
fn history_outlives_the_session() {
    let state = tempfile::tempdir().expect("a folder");
    let mut session = terminal(state.path(), &[]);
    type_line(&mut session, "'first'.length()");
    quit(session);
    assert!(state.path().join("sel/history").is_file());
    let mut session = terminal(state.path(), &[]);
    let shown = type_line(&mut session, "\u{1b}[A");
    assert!(shown.contains("5 : LONG"), "{shown}");
    quit(session);
    let mut session = terminal(state.path(), &["--no-history", "--vi"]);
    assert!(type_line(&mut session, "1").contains("1 : LONG"));
    quit(session);
}
