//! What `sel run` and the commands that look into its database print, and their exit status.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]
#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};

use serde_json::{Value as Json, json};

fn sel(directory: &Path, line: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sel"));
    command.args(line.split(' ')).current_dir(directory).env("USER", "me").output().unwrap()
}

fn text(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    // Durations and times differ each time.
    let mut plain = String::new();
    for word in text.split_inclusive([' ', '\n']) {
        let core = word.trim_end();
        let end = word.get(core.len()..).unwrap_or_default();
        let is = |other: &str| {
            !core.is_empty() && core.chars().all(|c| c.is_ascii_digit() || other.contains(c))
        };
        plain.push_str(match core {
            "s" if plain.ends_with("N ") => "ms",
            _ if is(".") => "N",
            _ if is(".:-") => "T",
            _ => core,
        });
        plain.push_str(end);
    }
    plain
}

fn shell(id: &str, script: &str, next: Json) -> Json {
    json!({"step": {"id": id, "type": "Shell", "transition": {"successors": next},
        "retry_policy": {"error_retry_limit": 1,
            "backoff": {"type": "FIXED_BACKOFF", "error_retry_backoff_in_secs": 1}},
        "params": {"script": {"type": "STRING", "value": script}}}})
}

fn write(directory: &Path, name: &str, steps: Json) {
    let definition = json!({"id": name, "params": {"day": {"type": "STRING", "value": "x"}},
        "steps": steps});
    std::fs::write(directory.join(format!("{name}.json")), definition.to_string()).unwrap();
}

#[test]
fn a_failed_run_says_why_and_what_can_be_done() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    write(
        directory,
        "fails",
        json!([
            shell("ok", "echo hello", json!({"bad": "true", "never": "1 > 2"})),
            shell("bad", "test -e mended || { echo trying >&2; exit 3; }", json!({})),
            shell("never", "true", json!({})),
        ]),
    );
    let output = sel(directory, "run fails.json --db db --time-scale 100 --param day=1.10");
    assert_eq!(output.status.code(), Some(1));
    let lines = text(&output.stdout);
    let told: Vec<&str> = lines.lines().filter(|line| !line.starts_with("never")).collect();
    assert_eq!(
        told,
        [
            "ok RUNNING",
            "ok SUCCEEDED N ms",
            "bad RUNNING",
            "bad USER_FAILED N ms",
            "bad #2 RUNNING",
            "bad #2 FATALLY_FAILED N ms",
            "bad FATALLY_FAILED: the command ended with exit status: T trying",
            "fails:1:1 FAILED in N ms",
        ]
    );
    let hint = "`sel restart fails 1 --db db` runs what is incomplete\n";
    assert_eq!(String::from_utf8_lossy(&output.stderr), hint);

    let shown = text(&sel(directory, "show fails 1 --db db").stdout);
    for line in [
        "fails:1:1 FAILED N ms",
        "params",
        "  day  \"1.10\"",
        "  … N default params: `--all` shows them",
        "  ok      SUCCEEDED       N ms",
        "  bad #2  FATALLY_FAILED  N ms",
        "  never   UNSATISFIED",
    ] {
        assert!(shown.lines().any(|shown| shown == line), "{line}\n{shown}");
    }
    let step = text(&sel(directory, "show fails 1 ok --db db").stdout);
    for line in
        ["output", "  hello", "transitions", "  bad    true   true", "  never  false  N > N"]
    {
        assert!(step.lines().any(|shown| shown == line), "{line}\n{step}");
    }
    let output = sel(directory, "show fails 1 --db db --json");
    let shown: Json = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(shown["params"]["day"], "1.10");
    assert_eq!(shown["steps"].as_array().unwrap().len(), 4);
    let retry = &shown["steps"][2]["step_retry"];
    let backoff = json!({"type": "FIXED_BACKOFF", "error_retry_backoff_in_secs": 1,
        "platform_retry_backoff_in_secs": 60, "timeout_retry_backoff_in_secs": 60});
    assert_eq!((&retry["error_retries"], &retry["backoff"]), (&json!(1), &backoff), "{shown}");
    let logs = sel(directory, "logs fails 1 bad --db db");
    assert_eq!(text(&logs.stdout), "trying\ntrying\n");

    std::fs::write(directory.join("mended"), "").unwrap();
    let output = sel(directory, "restart fails 1 --db db");
    assert_eq!(output.status.code(), Some(0));
    assert_eq!(
        text(&output.stdout),
        "bad RUNNING\nbad SUCCEEDED N ms\nfails:1:2 SUCCEEDED in N ms\n"
    );
    let runs = text(&sel(directory, "runs --db db").stdout);
    let mut statuses: Vec<&str> = runs.lines().filter_map(|line| line.split("  ").nth(1)).collect();
    // The clock of the first run ran ahead.
    statuses.sort_unstable();
    assert_eq!(statuses, ["FAILED", "SUCCEEDED"], "{runs}");
}

#[test]
fn a_loop_is_told_of_as_a_whole() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let looped = json!({"foreach": {"id": "days", "concurrency": 1, "params": {"loop_params": {
        "type": "MAP", "value": {"i": {"type": "LONG_ARRAY", "value": [1, 2, 3]}}}},
        "steps": [shell("load", "test $$i -ne 3", json!({}))]}});
    write(directory, "loops", json!([looped]));
    let output = sel(directory, "run loops.json --time-scale 100");
    assert_eq!(output.status.code(), Some(1));
    let lines = text(&output.stdout);
    let told: Vec<&str> = lines.lines().collect();
    assert_eq!(
        told,
        [
            "days RUNNING, N iterations",
            "days 1/3",
            "days 2/3",
            "days[3]/load USER_FAILED N ms",
            "days[3]/load #2 FATALLY_FAILED N ms",
            "days FATALLY_FAILED N ms",
            "days[3]/load FATALLY_FAILED: the command ended with exit status: N",
            "loops:1:1 FAILED in N ms",
        ]
    );
    // A loop inside that fails itself has the reason.
    let inner = json!({"foreach": {"id": "inner", "params": {"loop_params": {"type": "MAP",
        "value": {"j": {"type": "LONG_ARRAY", "expression": "1 / 0"}}}},
        "steps": [shell("load", "true", json!({}))]}});
    let outer = json!({"foreach": {"id": "outer", "params": {"loop_params": {"type": "MAP",
        "value": {"i": {"type": "LONG_ARRAY", "value": [1]}}}}, "steps": [inner]}});
    write(directory, "nested", json!([outer]));
    let output = sel(directory, "run nested.json");
    let lines = text(&output.stdout);
    let reason = "outer[1]/inner INTERNALLY_FAILED: param `loop_params.j`: the expression fails: \
                  division by zero";
    assert!(lines.lines().any(|line| line == reason), "{lines}");

    let output = sel(directory, "run loops.json --json");
    let events: Vec<Json> = String::from_utf8_lossy(&output.stdout)
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(events.iter().any(|e| e["path"] == "days[2]" && e["step_id"] == "load"));
    assert_eq!(events.last().unwrap()["status"], "FAILED");
}

#[test]
fn a_param_that_nobody_declared_is_remarked_on() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    write(directory, "w", json!([shell("a", "echo $dya", json!({}))]));
    let output = sel(directory, "run w.json --param dya=1 --param day=2 --param RUN_TS=3");
    assert_eq!(output.status.code(), Some(0));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert_eq!(errors, "`w` declares no param `dya`: it is a new one\n");
}

/// Jobs of the YAML language are of a template's type, whose params they have; params come from a
/// file and from the command line, in the type that the definition wants.
#[test]
fn templates_and_params_come_from_files() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let template = "metadata: {owner: me}
definition:
  job_type: greeter
  step_type: Shell
  version: v2
  params:
    script: {type: STRING, value: 'echo $greeting $n $m'}
    greeting: {type: STRING, value: hello}
    n: {type: LONG, value: 0}
    m: {type: MAP, value: {}}
";
    std::fs::write(directory.join("greeter.yaml"), template).unwrap();
    let jobs = "workflow:
  id: w
  n: 0
  day: x
  m<pmap>: {}
  jobs:
    - job: {id: a, type: greeter, type_version: v2}
";
    std::fs::write(directory.join("jobs.yaml"), jobs).unwrap();
    std::fs::write(directory.join("params.yaml"), "day: 20260101\nm: {k: [1]}\n").unwrap();
    let line = "run jobs.yaml --template greeter.yaml --params params.yaml --param n=\"12\" \
                --param job_template_version=v2 --db db";
    let output = sel(directory, line);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let output = sel(directory, "show w 1 --db db --json");
    let shown: Json = serde_json::from_slice(&output.stdout).unwrap();
    let (day, n, m) = (&shown["params"]["day"], &shown["params"]["n"], &shown["params"]["m"]);
    assert_eq!((day, n, m), (&json!("20260101"), &json!(12), &json!({"k": [1]})));
    let logs = sel(directory, "logs w 1 a --db db");
    assert_eq!(String::from_utf8_lossy(&logs.stdout), "hello 12 {k:[1]}\n");
    // The database knows the template from now on.
    assert!(sel(directory, "push jobs.yaml --db db").status.success());
}

/// What a resumed run came to before is counted, not told again.
#[test]
fn a_resumed_loop_is_told_of_from_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    let script = "test $i -ne 3 || test -e go || { touch held; exec sleep 60; }";
    let looped = json!({"foreach": {"id": "days", "concurrency": 1, "params": {"loop_params": {
        "type": "MAP", "value": {"i": {"type": "LONG_ARRAY", "value": [1, 2, 3, 4]}}}},
        "steps": [shell("load", &script.replace('$', "$$"), json!({}))]}});
    write(directory, "loops", json!([looped, shell("first", "true", json!({"days": "true"}))]));
    let mut held = Command::new(env!("CARGO_BIN_EXE_sel"));
    held.args(["run", "loops.json", "--db", "db"]).stdout(std::process::Stdio::null());
    let mut held = held.current_dir(directory).spawn().unwrap();
    while !directory.join("held").exists() {
        assert!(held.try_wait().unwrap().is_none(), "it ended before it was held");
        std::thread::sleep(std::time::Duration::from_millis(10));
    }
    held.kill().unwrap();
    held.wait().unwrap();
    std::fs::write(directory.join("go"), "").unwrap();
    let output = sel(directory, "run --resume --db db");
    let lines = text(&output.stdout);
    let told: Vec<&str> = lines.lines().collect();
    assert_eq!(
        told,
        ["days 3/4", "days SUCCEEDED N ms", "loops:1:1 SUCCEEDED in N ms"],
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}

#[test]
fn wrong_usage_is_told_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path();
    write(directory, "w", json!([shell("a", "true", json!({}))]));
    write(directory, "wrong", json!([shell("a", "true", json!({"b": "true"}))]));
    std::fs::write(directory.join("list.json"), "[1]").unwrap();
    std::fs::write(directory.join("broken.json"), "{").unwrap();
    let template = "job_type: spark\nstep_type: Shell\nparams: {p: {value: 1}}\n";
    std::fs::write(directory.join("bad.yaml"), template).unwrap();
    let jobs = "workflow: {id: w, jobs: [{job: {id: a, type: spark}}]}";
    std::fs::write(directory.join("jobs.yaml"), jobs).unwrap();
    assert!(sel(directory, "run w.json --db db").status.success());
    for (line, message) in [
        ("run", "which file? or `--resume` with `--db`"),
        ("run none.json", "cannot read `none.json`: no such file or directory"),
        (
            "run wrong.json",
            "`wrong.json` is no sound definition:\nwrong.json:1:137: \
             steps[0].transition.successors.b: there is no step `b` on this level",
        ),
        ("run w.json --param day", "`day` is not NAME=VALUE"),
        ("run w.json --param =1", "`=1` is not NAME=VALUE"),
        ("run w.json --params list.json", "`list.json` holds no params: expected an object"),
        ("run w.json --params broken.json", "`broken.json` holds no params: "),
        ("run w.json --params none.json", "cannot read `none.json`: no such file or directory"),
        ("run w.json --param maestro=1", "maestro"),
        ("run w.json --param day:WEEKDAY=1", "`WEEKDAY` is no type of a param"),
        ("run w.json --param x=null", "`x=null`: a param may not be null"),
        (
            "run w.json --param day:LONG_ARRAY=1,2",
            "type mismatch name [day] from [LONG_ARRAY] != to [STRING]",
        ),
        (
            "run w.json --template list.json",
            "`list.json` is no job template: a job template needs a `job_type`",
        ),
        ("run w.json --template bad.yaml", "`bad.yaml` is no job template: params.p: `type` is"),
        ("run jobs.yaml", "unknown type `spark`: it is one of NoOp"),
        ("run w.json --resume --db db", "`--resume` goes on with runs of the database"),
        ("run --resume --db none", "there is no database at `none`"),
        ("runs --db none", "there is no database at `none`"),
        ("runs --db .", "the database `.` cannot be used: it is a directory"),
        (
            "run w.json --db no/where",
            "cannot use the database `no/where`: no such file or directory",
        ),
        ("show w 9 --db db", "there is no run `w:9`"),
        ("show w 1 b --db db", "the run `w:1:1` has no step `b` yet"),
        ("show w 1 --run 7 --db db", "there is no run `w:1:7`"),
        ("logs nope 1 --db db", "there is no run `nope:1`"),
        ("stop w 1 --db db", "the run `w:1:1` is over: SUCCEEDED"),
        ("stop nope 1 --db db", "there is no instance `nope:1`"),
        ("restart nope 1 --db db", "there is no instance `nope:1`"),
        (
            "restart w 1 --db db",
            "every step is complete: restart from the beginning or from a step",
        ),
        ("restart w 1 --step b --db db", "there is no step `b`"),
        ("push wrong.json --db db", "`wrong.json` is no sound definition"),
        ("graph wrong.json", "`wrong.json` is no sound definition"),
        ("signal s a --db db", "`a` is not NAME=VALUE"),
    ] {
        let output = sel(directory, line);
        let errors = String::from_utf8_lossy(&output.stderr);
        assert!(errors.starts_with("error: "), "{line}\n{errors}");
        assert!(errors.contains(message), "{line}\n{errors}");
        let is_order = line.starts_with("stop") || line.starts_with("restart");
        assert_eq!(output.status.code(), Some(if is_order { 1 } else { 2 }), "{line}");
        assert!(output.stdout.is_empty(), "{line}");
    }
}
