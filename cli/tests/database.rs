//! What `sel run` says when its database is missing, locked, damaged, or finds no room, and that
//! what was stored before is still there.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::path::Path;
use std::process::{Command, Output};

use sel_engine::store::{SqliteStore, Store, StoreError, Write};
use serde_json::json;

/// Sixty iterations: some hundred kilobytes in the database.
fn definition(directory: &Path) {
    let definition = json!({"properties": {"owner": "t"}, "workflow": {"id": "many", "steps": [
        {"foreach": {"id": "each", "params": {"loop_params": {"type": "MAP", "value": {
            "i": {"expression": "Util.intsBetween(0, 60, 1)", "type": "LONG_ARRAY"}}}},
            "steps": [{"step": {"id": "a", "type": "NoOp"}}]}}]}});
    std::fs::write(directory.join("many.json"), definition.to_string()).unwrap();
}

fn sel(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sel")).current_dir(directory).args(args).output().unwrap()
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn last_line(output: &Output) -> String {
    let text = String::from_utf8_lossy(&output.stdout);
    text.lines().last().unwrap_or_default().to_owned()
}

#[test]
fn a_database_that_is_not_there() {
    let directory = tempfile::tempdir().unwrap();
    for args in [["runs", "--db", "none"], ["run", "--resume", "--db=no/where"]] {
        let output = sel(directory.path(), &args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        let text = said(&output);
        assert!(text.contains("`none`") || text.contains("`no/where`"), "{text}");
    }
    assert!(!directory.path().join("none").exists(), "looking must not create it");
}

#[test]
fn a_file_that_is_no_database_is_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    definition(directory);
    let text = "this is a letter, not a database\n".repeat(200);
    std::fs::write(directory.join("db"), &text).unwrap();
    let output = sel(directory, &["run", "many.json", "--db", "db"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("damaged or not a database"), "{}", said(&output));
    assert_eq!(std::fs::read_to_string(directory.join("db")).unwrap(), text);
}

#[test]
fn a_damaged_database_is_noticed() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    definition(directory);
    let output = sel(directory, &["run", "many.json", "--db", "db"]);
    assert!(last_line(&output).contains("SUCCEEDED"), "{}", said(&output));
    // The engine left one whole file behind.
    assert!(!directory.join("db-wal").exists());
    let mut bytes = std::fs::read(directory.join("db")).unwrap();
    for byte in bytes.iter_mut().skip(4096) {
        *byte = 0x5a;
    }
    std::fs::write(directory.join("db"), bytes).unwrap();
    for args in [["runs", "--db", "db"].as_slice(), &["run", "many.json", "--db", "db"]] {
        let output = sel(directory, args);
        assert_eq!(output.status.code(), Some(2), "{args:?}");
        assert!(said(&output).contains("the database is damaged"), "{args:?}: {}", said(&output));
    }
}

#[test]
fn two_engines_do_not_share_a_database() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    definition(directory);
    let lock = std::fs::File::create(directory.join("db.lock")).unwrap();
    lock.lock().unwrap();
    let output = sel(directory, &["run", "many.json", "--db", "db"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("`db` is in use by another `sel`"), "{}", said(&output));
    drop(lock);
    let output = sel(directory, &["run", "many.json", "--db", "db"]);
    assert!(output.status.success(), "{}", said(&output));
}

/// Another program holds a write transaction: the engine waits for it, then says so and ends.
#[tokio::test(flavor = "multi_thread")]
async fn a_database_locked_by_another_program() {
    use sqlx::{Connection, Executor};
    let directory = tempfile::tempdir().unwrap();
    definition(directory.path());
    assert!(sel(directory.path(), &["run", "many.json", "--db", "db"]).status.success());
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(directory.path().join("db"));
    let mut other = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
    other.execute("BEGIN IMMEDIATE").await.unwrap();
    let output = sel(directory.path(), &["run", "many.json", "--db", "db"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("in use by another process"), "{}", said(&output));
    other.execute("ROLLBACK").await.unwrap();
    other.close().await.unwrap();
    let output = sel(directory.path(), &["run", "many.json", "--db", "db"]);
    assert!(last_line(&output).starts_with("many:2:1 SUCCEEDED"), "{}", last_line(&output));
}

/// A batch that does not fit is not stored in parts, and the next one is stored again.
#[tokio::test]
async fn a_batch_without_room_is_not_stored_at_all() {
    let directory = tempfile::tempdir().unwrap();
    let store = SqliteStore::open_sized(&directory.path().join("db"), Some(200_000)).await.unwrap();
    let entry =
        |i: usize, size: usize| Write::Entry("k", format!("{i:05}"), Some("x".repeat(size)));
    store.commit(&[entry(0, 10)]).await.unwrap();
    let large: Vec<Write> = (1..1000).map(|i| entry(i, 1000)).collect();
    assert!(matches!(store.commit(&large).await, Err(StoreError::Full)));
    assert_eq!(store.entries("k").await.unwrap().len(), 1);
    store.commit(&[entry(1, 10)]).await.unwrap();
    assert_eq!(store.entries("k").await.unwrap().len(), 2);
}

/// On a small file system of its own, where the system lets a user make one.
#[test]
fn a_run_on_a_full_disk_goes_on_when_there_is_room() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    definition(directory);
    let script = r#"
        mkdir small && mount -t tmpfs -o size=400k small small || exit 77
        "$SEL" run many.json --db small/db > out 2> err; echo $? > code
        mount -o remount,size=50m small || exit 77
        "$SEL" run --resume --db small/db > out2 2> err2
        "$SEL" runs --db small/db > runs"#;
    let status = Command::new("unshare")
        .args(["--user", "--map-root-user", "--mount", "sh", "-c", script])
        .env("SEL", env!("CARGO_BIN_EXE_sel"))
        .current_dir(directory)
        .output();
    let Some(0) = status.ok().and_then(|output| output.status.code()) else {
        println!("no file system of one's own here: skipped");
        return;
    };
    let read = |name: &str| std::fs::read_to_string(directory.join(name)).unwrap();
    assert_eq!(read("code").trim(), "2", "{}", read("err"));
    assert!(read("err").contains("no room left on the disk"), "{}", read("err"));
    assert!(read("out2").contains("many:1:1 SUCCEEDED"), "{} {}", read("out2"), read("err2"));
    assert!(read("runs").starts_with("many:1:1  SUCCEEDED"), "{}", read("runs"));
}

/// A file that may grow no more is told of like a full disk, and the run goes on later.
#[test]
fn a_file_that_may_not_grow_is_told_of() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    definition(directory);
    // In blocks of 512 or 1024 bytes.
    let script = "ulimit -f 500; exec \"$SEL\" run many.json --db db";
    let mut command = Command::new("sh");
    command.args(["-c", script]).env("SEL", env!("CARGO_BIN_EXE_sel")).current_dir(directory);
    let output = command.output().unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("the file can grow no more"), "{}", said(&output));
    let output = sel(directory, &["run", "--resume", "--db", "db"]);
    assert!(last_line(&output).contains("many:1:1 SUCCEEDED"), "{}", said(&output));
}
