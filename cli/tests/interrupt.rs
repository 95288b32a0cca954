//! Ctrl-C at a run in a real pseudo-terminal: once stops it, twice ends the command.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![cfg(unix)]

use std::path::Path;
use std::process::Command;

use rexpect::reader::Options;
use rexpect::session::{PtySession, spawn_with_options};
use serde_json::json;

/// A run that lasts until it is stopped, and is drawn at a terminal.
fn started(directory: &Path) -> PtySession {
    let sleeps = json!({"id": "w", "steps": [{"step": {"id": "long", "type": "Sleep",
        "params": {"sleep_seconds": {"value": 600, "type": "LONG"}}}}]});
    std::fs::write(directory.join("w.json"), sleeps.to_string()).unwrap();
    let mut session = terminal(directory, &["run", "w.json", "--db", "db"]);
    session.exp_string("long  RUNNING").expect("the step");
    session
}

fn terminal(directory: &Path, args: &[&str]) -> PtySession {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.args(args).current_dir(directory).env_remove("NO_COLOR").env("TERM", "xterm");
    let options = Options::new().timeout_ms(Some(30_000)).strip_ansi_escape_codes(true);
    spawn_with_options(command, options).expect("a terminal")
}

/// Whether it ended with this status.
fn ended(session: PtySession, status: i32) {
    let ended = format!("{:?}", session.process().wait());
    assert!(ended.starts_with("Ok(Exited(") && ended.contains(&format!(", {status})")), "{ended}");
}

#[test]
fn once_stops_the_run() {
    let directory = tempfile::tempdir().unwrap();
    let mut session = started(directory.path());
    session.send_control('c').expect("typed");
    session.exp_string("stopping; Ctrl-C again ends at once").expect("an answer");
    session.exp_string("long  STOPPED").expect("the step");
    session.exp_string("w:1:1 STOPPED in").expect("the last line");
    session.exp_string("`sel restart w 1 --db db` runs what is incomplete").expect("the hint");
    session.exp_eof().expect("the end");
    ended(session, 1);
}

/// While another program holds the database nothing can be stopped: the second one ends all the
/// same, and the run goes on later.
#[tokio::test(flavor = "multi_thread")]
async fn twice_ends_at_once_and_the_run_goes_on_later() {
    use sqlx::{Connection, Executor};
    let directory = tempfile::tempdir().unwrap();
    let mut session = started(directory.path());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(directory.path().join("db"));
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    session.send_control('c').expect("typed");
    session.exp_string("stopping; Ctrl-C again ends at once").expect("an answer");
    session.send_control('c').expect("typed");
    session.exp_string("interrupted; `sel run --resume --db db` goes on").expect("an answer");
    session.exp_eof().expect("the end");
    ended(session, 130);
    other.execute("ROLLBACK").await.unwrap();
    other.close().await.unwrap();
    let args = ["run", "--resume", "--db", "db", "--time-scale", "10000"];
    let mut session = terminal(directory.path(), &args);
    session.exp_string("w:1:1 SUCCEEDED in").expect("the last line");
    session.exp_eof().expect("the end");
    ended(session, 0);
}
