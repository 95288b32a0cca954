//! Python: environments of requirements, made once, whole or not at all. No network is needed:
//! what is installed is a wheel that the test makes.

use std::path::Path;
use std::time::Duration;

use sel_engine::runtime::{Outcome, Python, StepRuntime};
use serde_json::json;

use crate::context::{context, execute, outputs};

fn python(cache: &Path) -> Python {
    Python::new(Some(cache.to_owned()))
}

/// The directories of environments.
fn environments(cache: &Path) -> Vec<std::path::PathBuf> {
    let entries = std::fs::read_dir(cache).unwrap().flatten().map(|entry| entry.path());
    entries.filter(|path| path.is_dir()).collect()
}

const WHEEL: &str = r#"
import sys, zipfile
name, value, target = sys.argv[1:]
info = f"{name}-1.0.dist-info"
with zipfile.ZipFile(f"{target}/{name}-1.0-py3-none-any.whl", "w") as wheel:
    wheel.writestr(f"{name}.py", f"VALUE = {value!r}\n")
    wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\n"
                   "Root-Is-Purelib: true\nTag: py3-none-any\n")
    wheel.writestr(f"{info}/RECORD", "")
"#;

fn wheel(directory: &Path, value: &str) -> String {
    let made = std::process::Command::new("python3")
        .args(["-c", WHEEL, "selprobe", value])
        .arg(directory)
        .status()
        .unwrap();
    assert!(made.success());
    directory.join("selprobe-1.0-py3-none-any.whl").to_str().unwrap().to_owned()
}

#[tokio::test]
async fn params_go_in_and_output_params_come_out() {
    let cache = tempfile::tempdir().unwrap();
    let script = r#"
import json, os, sys
params = json.load(open(os.environ["MAESTRO_PARAMS"]))
print("hello", params["workflow_param"], os.environ["count"], sys.argv[1:])
assert sys.prefix != sys.base_prefix, "not isolated"
with open(os.environ["MAESTRO_OUTPUT"], "w") as output:
    json.dump({"params": {"total": sum(params["list"]) + params["count"]}}, output)
"#;
    let params = json!({"script": script, "count": 4, "list": [1, 2], "args": ["a b", 3]});
    let (report, log) = execute(&python(cache.path()), params).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?} {log:?}");
    assert_eq!(outputs(&report), json!({"total": 7}));
    assert_eq!(log, ["stdout: hello from the workflow 4 ['a b', '3']"]);
    assert_eq!(environments(cache.path()).len(), 1);
}

#[tokio::test]
async fn a_file_may_run_as_it_is() {
    let cache = tempfile::tempdir().unwrap();
    let file = cache.path().join("job.py");
    std::fs::write(&file, "import sys; print(sys.prefix == sys.base_prefix, sys.argv[1:])")
        .unwrap();
    let params = json!({"file": file, "args": ["x"], "isolated": false});
    let (report, log) = execute(&python(cache.path()), params).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?}");
    assert!(log[0].ends_with("['x']"), "{log:?}");
    assert!(environments(cache.path()).is_empty());
}

#[tokio::test]
async fn failures_say_why() {
    let cache = tempfile::tempdir().unwrap();
    let python = python(cache.path());
    let (report, log) = execute(&python, json!({"script": "raise ValueError('no rows')"})).await;
    assert_eq!(report.outcome, Some(Outcome::UserError));
    let message = report.message.unwrap();
    assert_eq!(message, "the command ended with exit status: 1: ValueError: no rows");
    assert!(log.iter().any(|line| line.contains("main.py\", line 1")), "{log:?}");
    let (report, _) = execute(&python, json!({})).await;
    assert_eq!(report.outcome, Some(Outcome::FatalError));
    let (report, _) = execute(&python, json!({"script": "", "python": "/no/python"})).await;
    assert_eq!(report.outcome, Some(Outcome::UserError));
    assert!(report.message.unwrap().starts_with("cannot start `/no/python`: "));
}

#[tokio::test(flavor = "multi_thread")]
async fn requirements_are_installed_once_whoever_asks() {
    let (cache, wheels) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let wheel_path = wheel(wheels.path(), "first");
    let script = "import selprobe; print(selprobe.VALUE)";
    let params = json!({"script": script, "requirements": ["--no-index", wheel_path]});
    // Two engines, each with two steps at once: one makes it, the others wait.
    let (one, other) = (python(cache.path()), python(cache.path()));
    let all = tokio::join!(
        execute(&one, params.clone()),
        execute(&one, params.clone()),
        execute(&other, params.clone()),
        execute(&other, params.clone())
    );
    for (report, log) in [all.0, all.1, all.2, all.3] {
        assert_eq!(report.outcome, Some(Outcome::Done), "{report:?} {log:?}");
        assert_eq!(log.last().unwrap(), "stdout: first");
    }
    let home = environments(cache.path()).remove(0);
    assert_eq!(environments(cache.path()).len(), 1);
    let made = std::fs::metadata(home.join("complete")).unwrap().modified().unwrap();
    let (_, log) = execute(&one, params.clone()).await;
    assert_eq!(log, ["stdout: first"]);
    let again = std::fs::metadata(home.join("complete")).unwrap().modified().unwrap();
    assert_eq!(made, again, "it was made once");
    // Half-made, as a killed engine leaves it: nobody uses it, and it is made anew.
    std::fs::remove_file(home.join("complete")).unwrap();
    std::fs::remove_dir_all(home.join("lib")).unwrap();
    let mut orphan = std::process::Command::new("sleep")
        .arg("1000")
        .env("MAESTRO_PYTHON_ENVIRONMENT", home.file_name().unwrap())
        .spawn()
        .unwrap();
    while std::fs::read_to_string(format!("/proc/{}/comm", orphan.id())).unwrap().trim() != "sleep"
    {
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    let (report, log) = execute(&one, params).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?} {log:?}");
    assert_eq!(environments(cache.path()), [home]);
    let ended = tokio::task::spawn_blocking(move || orphan.wait()).await.unwrap().unwrap();
    assert!(!ended.success(), "what was still installing is ended");
    // Another file under the same name is another environment.
    let wheel_path = wheel(wheels.path(), "second");
    let text = format!("# as in a requirements file\n--no-index\n\n{wheel_path}\n");
    let (report, log) = execute(&one, json!({"script": script, "requirements": text})).await;
    assert_eq!(report.outcome, Some(Outcome::Done), "{report:?} {log:?}");
    assert_eq!(log.last().unwrap(), "stdout: second");
}

#[tokio::test]
async fn an_installation_that_fails_leaves_nothing() {
    let cache = tempfile::tempdir().unwrap();
    let python = python(cache.path());
    // A port of nobody, as when there is no network.
    let params = json!({"script": "", "env": {"PIP_RETRIES": "1"},
        "requirements": ["--index-url http://127.0.0.1:9/simple", "nothing==1"]});
    let (report, log) = execute(&python, params).await;
    assert_eq!(report.outcome, Some(Outcome::PlatformError), "{report:?} {log:?}");
    let message = report.message.unwrap();
    let start = "cannot install the requirements: the package index cannot be reached: ERROR: ";
    assert!(message.starts_with(start), "{message}");
    assert!(message.contains("nothing==1"), "{message}");
    assert!(environments(cache.path()).is_empty());
    let params = json!({"script": "", "requirements": ["--no-index", "/no/such/file.whl"]});
    let (report, _) = execute(&python, params).await;
    assert_eq!(report.outcome, Some(Outcome::UserError), "{report:?}");
    assert!(environments(cache.path()).is_empty());
}

#[tokio::test]
async fn a_stopped_installation_leaves_nothing() {
    let cache = tempfile::tempdir().unwrap();
    // An interpreter that says who it is and then makes an environment for ever.
    let slow = cache.path().join("slow");
    let begun = cache.path().join("begun");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = -I ] && {{ echo $0; exit 0; }}\nmkdir \"$4\"\n\
         touch {}\nsleep 1000\n",
        begun.display()
    );
    std::fs::write(&slow, script).unwrap();
    let mut mode = std::fs::metadata(&slow).unwrap().permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut mode, 0o755);
    std::fs::set_permissions(&slow, mode).unwrap();
    let (context, _lines) = context(json!({"script": "", "python": slow}));
    let home = cache.path().join("environments");
    let python = std::sync::Arc::new(python(&home));
    let executing = tokio::spawn({
        let (python, context) = (std::sync::Arc::clone(&python), context.clone());
        async move { python.execute(&context).await }
    });
    while !begun.exists() {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    assert_eq!(environments(&home).len(), 1);
    executing.abort();
    assert!(executing.await.unwrap_err().is_cancelled());
    python.terminate(&context).await;
    assert!(environments(&home).is_empty());
}
