//! The commands that change what is in a database, on one that no engine works on and on one that
//! an engine works on: they say the same.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use serde_json::json;

fn sel(directory: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.current_dir(directory).args(line.split(' ')).args(["--db", "db"]).output().unwrap()
}

/// What it says, on both outputs, behind its exit status.
fn told(directory: &Path, line: &str) -> String {
    let output = sel(directory, line);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    let code = output.status.code().unwrap();
    format!("{code} {}{}", text(&output.stdout), text(&output.stderr))
}

/// Two versions of a workflow with a step in a loop, and one that waits at a step.
fn prepare(directory: &Path) {
    let each = json!({"foreach": {"id": "each", "params": {"loop_params": {"type": "MAP", "value": {
        "i": {"value": [1, 2], "type": "LONG_ARRAY"}}}},
        "steps": [{"step": {"id": "in", "type": "NoOp"}}]}});
    let request = json!({"properties": {"owner": "t"}, "workflow": {"id": "w", "steps": [each]}});
    std::fs::write(directory.join("w.json"), request.to_string()).unwrap();
    for version in [1, 2] {
        assert_eq!(told(directory, "push w.json"), format!("0 version {version}"));
        // All of it is in the one file.
        assert!(!directory.join("db-wal").exists());
    }
}

/// An engine at work.
struct Scheduler(Child);

impl Scheduler {
    fn start(directory: &Path) -> Scheduler {
        let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
        command.current_dir(directory).args(["scheduler", "--db", "db"]);
        let child = command.stdout(Stdio::null()).spawn().unwrap();
        // It works on the database once it holds the lock.
        let is_held = || {
            let file = std::fs::File::open(directory.join("db.lock"));
            file.is_ok_and(|file| file.try_lock_shared().is_err())
        };
        while !is_held() {
            std::thread::sleep(Duration::from_millis(20));
        }
        Scheduler(child)
    }
}

impl Drop for Scheduler {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn an_idle_database_and_one_at_work_obey_alike() {
    for at_work in [false, true] {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path();
        prepare(directory);
        let _scheduler = at_work.then(|| Scheduler::start(directory));
        for (line, wanted) in [
            ("versions", "0 w  latest 2  active 2"),
            ("versions w --activate 1", "0 version 1 is active"),
            ("versions w --activate 3", "1 error: there is no workflow `w` version `3`"),
            ("versions w --deactivate", "0 no version is active"),
            ("versions", "0 w  latest 2  active none"),
            ("versions x", "2 error: there is no workflow `x`"),
            ("permit list", "0 no tag is limited"),
            ("permit set a#b 3", "1 error: `a#b` is not the name of a tag"),
            ("permit set heavy 3", "0 heavy 3"),
            ("permit list", "0 heavy  3"),
            ("permit remove heavy", "0 heavy is not limited"),
            ("permit remove heavy", "1 error: there is no limit of the tag `heavy`"),
            ("breakpoint list", "0 there are no breakpoints"),
            ("breakpoint add w no", "1 error: there is no step `no` in workflow `w`"),
            ("breakpoint add x in", "1 error: there is no workflow `x` version `latest`"),
            ("breakpoint add w in", "0 new attempts of `in` are held"),
            ("breakpoint remove w in", "0 removed; 0 attempts go on"),
            ("breakpoint remove w in", "1 error: there is no breakpoint on step `in` of `w`"),
            ("unblock w", "0 0 failed runs unblocked"),
            ("unblock x", "1 error: there is no workflow `x`"),
        ] {
            assert_eq!(told(directory, line), wanted, "{line}, at work: {at_work}");
        }
        let shown = told(directory, "properties w step_concurrency=5 run_strategy=3");
        assert!(shown.contains("PARALLEL 3") && shown.contains("step_concurrency  5"), "{shown}");
        let shown = told(directory, "properties w --reset run_strategy owner=12");
        assert!(shown.contains("SEQUENTIAL (default)") && shown.contains("owner  "), "{shown}");
        // What changes nothing makes no snapshot.
        told(directory, "properties w owner=12");
        let history = told(directory, "properties w --history");
        assert_eq!(history.matches(" since ").count(), 3, "{history}");
        let wrong = told(directory, "properties w colour=1");
        assert!(wrong.starts_with("1 error: colour: "), "{wrong}");
    }
}

#[test]
fn what_a_breakpoint_holds_goes_on_or_stays() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    prepare(directory);
    assert_eq!(told(directory, "breakpoint add w in"), "0 new attempts of `in` are held");
    // Stopped in the middle, as by a crash.
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.current_dir(directory).args(["run", "w.json", "--db", "db"]).stdout(Stdio::null());
    let mut child = command.spawn().unwrap();
    let held = |count: usize| {
        while told(directory, "breakpoint list").matches("held").count() != count {
            std::thread::sleep(Duration::from_millis(20));
        }
    };
    held(2);
    child.kill().unwrap();
    child.wait().unwrap();
    // No engine: the marks are in the database.
    assert_eq!(
        told(directory, "breakpoint remove w in --keep-held"),
        "0 removed; 2 attempts stay held"
    );
    assert!(told(directory, "breakpoint list").contains("removed"));
    assert!(told(directory, "stop w 1 each").contains("nothing works on the run `w:1:1`"));
    let scheduler = Scheduler::start(directory);
    held(2);
    let first = told(directory, "breakpoint list");
    let inner = first.split_whitespace().find(|word| word.starts_with("maestro_")).unwrap();
    let (workflow, instance) = (inner.split(':').next().unwrap(), inner.split(':').nth(1).unwrap());
    let resumed = told(directory, &format!("stop {workflow} {instance} in --resume"));
    assert!(resumed.starts_with(&format!("0 {inner} in ")), "{resumed}");
    held(1);
    assert_eq!(told(directory, "breakpoint remove w in"), "0 removed; 1 attempt goes on");
    held(0);
    while !told(directory, "runs").contains("SUCCEEDED") {
        std::thread::sleep(Duration::from_millis(20));
    }
    drop(scheduler);
}

/// How many orders are in the database.
fn orders(directory: &Path) -> usize {
    use sel_engine::store::{SqliteStore, Store};
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let store = SqliteStore::open(&directory.join("db")).await.unwrap();
        let count = store.entries("command").await.unwrap().len();
        store.close().await;
        count
    })
}

/// An order that the engine leaves behind at its end is obeyed by who gave it.
#[test]
fn an_order_is_not_lost_with_its_engine() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    prepare(directory);
    // Something holds the database, and obeys nothing.
    let lock = std::fs::File::create(directory.join("db.lock")).unwrap();
    lock.lock().unwrap();
    let left = told(directory, "permit set other 1 --no-wait");
    assert!(left.starts_with("0 ordered: "), "{left}");
    // Ctrl-C takes one back.
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.current_dir(directory).args(["permit", "set", "never", "1", "--db", "db"]);
    let child = command.stderr(Stdio::piped()).spawn().unwrap();
    while orders(directory) < 2 {
        std::thread::sleep(Duration::from_millis(20));
    }
    // It waits as soon as the order is there.
    std::thread::sleep(Duration::from_millis(300));
    let kill = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(kill.unwrap().success());
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(130), "{}", String::from_utf8_lossy(&output.stderr));
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.current_dir(directory).args(["permit", "set", "heavy", "3", "--db", "db"]);
    let child = command.stdout(Stdio::piped()).spawn().unwrap();
    std::thread::sleep(Duration::from_millis(300));
    drop(lock);
    let output = child.wait_with_output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "heavy 3\n");
    assert_eq!(told(directory, "permit list"), "0 heavy  3");
    // The one that was only left waits for the next engine.
    let _scheduler = Scheduler::start(directory);
    while told(directory, "permit list") != "0 heavy  3\nother  1" {
        std::thread::sleep(Duration::from_millis(20));
    }
}
