//! Shell: params in, output out, everything it started gone at its end.

use std::path::Path;
use std::time::Duration;

use sel_engine::runtime::{Outcome, Shell, StepRuntime};
use serde_json::json;

use crate::context::{context, execute, outputs};

fn message(report: &sel_engine::runtime::Report) -> &str {
    report.message.as_deref().unwrap_or_default()
}

#[tokio::test]
async fn params_are_variables() {
    let (report, log) = execute(
        &Shell,
        json!({
            "script": "echo $name $count $flag $list $workflow_param $dotted_name $EXTRA\n\
                       echo $MAESTRO_STEP_ID $MAESTRO_STEP_ATTEMPT $MAESTRO_WORKFLOW_ID",
            "name": "a b", "count": 7, "flag": true, "list": [1, 2], "dotted.name": "dots",
            "env": {"EXTRA": "extra", "": "ignored", "A=B": "ignored"}
        }),
    )
    .await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    let first = "stdout: a b 7 true [1,2] from the workflow dots extra";
    assert_eq!(log, [first, "stdout: s 1 w"]);
}

#[tokio::test]
async fn a_command_is_not_read_by_a_shell() {
    let params = json!({"command": ["printf", "%s\n", "$HOME; a  b", 3]});
    let (report, log) = execute(&Shell, params).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert_eq!(log, ["stdout: $HOME; a  b", "stdout: 3"]);
    let (_, log) = execute(&Shell, json!({"command": "echo one | tr a-z A-Z"})).await;
    assert_eq!(log, ["stdout: ONE"], "a STRING is");
}

#[tokio::test]
async fn a_script_may_name_its_interpreter() {
    let script = "#!/usr/bin/env python3\nprint(6 * 7)";
    let (report, log) = execute(&Shell, json!({"script": script})).await;
    assert_eq!((report.outcome, log), (Some(Outcome::Done), vec!["stdout: 42".to_owned()]));
    // Longer than an argument may be.
    let script = format!("echo begin\n# {}\necho end", vec!["x"; 200_000].concat());
    let (_, log) = execute(&Shell, json!({"script": script})).await;
    assert_eq!(log, ["stdout: begin", "stdout: end"]);
}

#[tokio::test]
async fn it_runs_where_it_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().canonicalize().unwrap();
    let params = json!({"script": "pwd -P", "working_directory": path.to_str()});
    let (_, log) = execute(&Shell, params).await;
    assert_eq!(log, [format!("stdout: {}", path.display())]);
    let (report, _) =
        execute(&Shell, json!({"script": "pwd", "working_directory": "/nowhere"})).await;
    assert_eq!(report.outcome, Some(Outcome::UserError));
    assert_eq!(message(&report), "the working directory `/nowhere` is not there");
}

#[tokio::test]
async fn output_params_leave_by_file_and_by_markers() {
    let script = r#"
        echo "$MAESTRO_OUTPUT_START"
        echo '{"params": {"a": {"value": [1, 2], "type": "LONG_ARRAY"}, "b": "printed"},'
        echo ' "artifacts": {"mine": {"value": {"rows": 3}}}}'
        echo "$MAESTRO_OUTPUT_END"
        echo '{"params": {"b": "written"}}' > "$MAESTRO_OUTPUT""#;
    let (report, _) = execute(&Shell, json!({"script": script})).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert_eq!(outputs(&report), json!({"a": [1, 2], "b": "written"}));
    assert_eq!(report.artifacts["mine"], json!({"value": {"rows": 3}}));
    let (report, _) = execute(
        &Shell,
        json!({"script": "echo n=1 > $MAESTRO_OUTPUT; echo m=2 >> $MAESTRO_OUTPUT"}),
    )
    .await;
    assert_eq!(outputs(&report), json!({"n": "1", "m": "2"}));
}

#[tokio::test]
async fn output_on_one_long_line_is_whole() {
    let script = "#!/usr/bin/env python3\nimport json, os\n\
        print(os.environ['MAESTRO_OUTPUT_START'] + json.dumps({'params': {'x': 'ä' * 90000}}) \
        + os.environ['MAESTRO_OUTPUT_END'])";
    let (report, _) = execute(&Shell, json!({"script": script})).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{:?}", report.message);
    assert_eq!(report.outputs["x"].as_str().unwrap().chars().count(), 90_000);
}

#[tokio::test]
async fn bad_output_is_the_users_error() {
    for (script, said) in [
        ("echo nonsense > $MAESTRO_OUTPUT", "neither JSON nor `name=value` lines"),
        ("echo '{\"params\": 1}' > $MAESTRO_OUTPUT", "`params` of the output is not an object"),
        ("printf 'a=\\377' > $MAESTRO_OUTPUT", "not UTF-8"),
        ("head -c 2000000 /dev/zero > $MAESTRO_OUTPUT", "larger than 1 MiB"),
        ("echo $MAESTRO_OUTPUT_START{$MAESTRO_OUTPUT_END", "not JSON"),
    ] {
        let (report, _) = execute(&Shell, json!({"script": script})).await;
        assert_eq!(report.outcome, Some(Outcome::UserError), "{script}");
        assert!(message(&report).contains(said), "{script}: {}", message(&report));
    }
}

#[tokio::test]
async fn failures_say_why() {
    let (report, _) = execute(&Shell, json!({"script": "echo no such table >&2; exit 3"})).await;
    assert_eq!(report.outcome, Some(Outcome::UserError));
    assert_eq!(message(&report), "the command ended with exit status: 3: no such table");
    // What it says about trying again is read all the same.
    let script = "echo '{\"artifacts\": {\"maestro_retry\": {\"retryable\": false}}}' \
                  > $MAESTRO_OUTPUT; kill -9 $$";
    let (report, _) = execute(&Shell, json!({"script": script})).await;
    assert_eq!(message(&report), "the command ended with signal: 9 (SIGKILL)");
    assert_eq!(report.artifacts["maestro_retry"]["retryable"], false);
    let (report, _) = execute(&Shell, json!({"command": ["/no/such/program"]})).await;
    assert_eq!(report.outcome, Some(Outcome::UserError));
    assert!(message(&report).starts_with("cannot start `/no/such/program`: No such file"));
    for params in [json!({}), json!({"command": []}), json!({"command": 5})] {
        let (report, _) = execute(&Shell, params).await;
        assert_eq!(report.outcome, Some(Outcome::FatalError), "no retry mends it");
    }
}

#[tokio::test]
async fn the_log_is_bounded() {
    let script = "#!/usr/bin/env python3\nfor _ in range(200): print('x' * 99_999)\nprint('end')";
    let (report, log) = execute(&Shell, json!({"script": script})).await;
    assert_eq!(report.outcome, Some(Outcome::Done));
    assert_eq!(log.last().unwrap(), "stdout: [output beyond 8 MiB is not kept]");
    let kept: usize = log.iter().map(String::len).sum();
    assert!(kept < 9 << 20, "{kept}");
    assert!(log.iter().all(|line| line.len() < 70_000), "long lines are cut");
}

/// Waits until a file is there, as a process writes it.
async fn until_written(path: &Path) -> String {
    loop {
        match std::fs::read_to_string(path) {
            Ok(text) if text.ends_with('\n') => return text.trim().to_owned(),
            _ => tokio::time::sleep(Duration::from_millis(5)).await,
        }
    }
}

fn lives(pid: &str) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    // A zombie has ended: whoever inherited it has not looked yet.
    stat.rsplit_once(") ").is_some_and(|(_, rest)| !rest.starts_with('Z'))
}

async fn until_gone(pid: &str) {
    while lives(pid) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn what_it_leaves_running_ends_with_it() {
    let directory = tempfile::tempdir().unwrap();
    let file = directory.path().join("pid");
    // The child holds the pipes open: the step is over nevertheless.
    let script = "sleep 1000 & echo $! > \"$file\"; echo done";
    let (report, log) = execute(
        &Shell,
        json!({"script": script, "pidfile": "", "file": "", "env": {"file": file}}),
    )
    .await;
    assert_eq!((report.outcome, log), (Some(Outcome::Done), vec!["stdout: done".to_owned()]));
    until_gone(&until_written(&file).await).await;
}

#[tokio::test]
async fn a_stopped_step_leaves_no_process() {
    let directory = tempfile::tempdir().unwrap();
    let (near, far) = (directory.path().join("near"), directory.path().join("far"));
    // One child in the group, and one that leaves it.
    let script = "sleep 1000 & echo $! > \"$near\"\n\
                  setsid sh -c 'echo $$ > \"$far\"; sleep 1000' & wait";
    let params = json!({"script": script, "env": {"near": near, "far": far}});
    let (context, _lines) = context(params);
    let executing = tokio::spawn({
        let context = context.clone();
        async move { Shell.execute(&context).await }
    });
    let (near, far) = (until_written(&near).await, until_written(&far).await);
    executing.abort();
    assert!(executing.await.unwrap_err().is_cancelled());
    Shell.terminate(&context).await;
    until_gone(&near).await;
    until_gone(&far).await;
    let scratch = std::env::temp_dir().join(format!("sel-{}", context.identity.uuid));
    assert!(!scratch.exists());
}

#[tokio::test]
async fn what_a_killed_engine_left_is_ended_before_it_runs_again() {
    let (context, mut lines) = context(json!({"script": "echo again"}));
    // As a killed engine leaves it: the attempt's directory, and a process that is still at work.
    let scratch = std::env::temp_dir().join(format!("sel-{}", context.identity.uuid));
    std::fs::create_dir(&scratch).unwrap();
    std::fs::write(scratch.join("output"), "stale=1").unwrap();
    let mut orphan = std::process::Command::new("sleep")
        .arg("1000")
        .env("MAESTRO_STEP_UUID", &context.identity.uuid)
        .spawn()
        .unwrap();
    // It may not have its own environment yet: that comes with its program.
    let comm = format!("/proc/{}/comm", orphan.id());
    while std::fs::read_to_string(&comm).unwrap().trim() != "sleep" {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let report = Shell.execute(&context).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert_eq!(outputs(&report), json!({}), "what the other wrote is not this one's output");
    assert_eq!(lines.recv().await.unwrap(), ("stdout", "again".to_owned()));
    let ended = tokio::task::spawn_blocking(move || orphan.wait()).await.unwrap().unwrap();
    assert!(!ended.success());
    assert!(!scratch.exists());
}

#[tokio::test]
async fn the_directory_of_an_attempt_is_private() {
    let script = "stat -c %a \"$(dirname \"$MAESTRO_OUTPUT\")\"";
    let (_, log) = execute(&Shell, json!({"script": script})).await;
    assert_eq!(log, ["stdout: 700"]);
}
