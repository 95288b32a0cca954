//! `sel check` of workflow definitions, and what the other commands say of wrong ones.

#![allow(clippy::unwrap_used, reason = "a test")]

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value as Json;

fn sel(directory: &Path, args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_sel")).current_dir(directory).args(args).output().unwrap()
}

/// The exit status, and all that was printed.
fn told(directory: &Path, args: &[&str]) -> (Option<i32>, String) {
    let output = sel(directory, args);
    let text = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8(text).unwrap())
}

const SOUND: &str = "workflow:
  id: hello
  who: world
  \"!text\": \"'hello ' + who\"
  jobs:
    - job: {id: one, type: NoOp, \"!n<long>\": text.length(), transition: [\"IF n > 3 THEN two\"]}
    - job: {id: two, type: NoOp}
";

#[test]
fn findings_come_in_every_form() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("good.yaml"), SOUND).unwrap();
    fs::write(at.join("bad.yml"), SOUND.replace("'hello ' + who", "'hello ' + whom")).unwrap();
    fs::write(at.join("warn.yaml"), SOUND.replace("'hello ' + who", "x = 1; return who")).unwrap();
    assert_eq!(told(at, &["check", "good.yaml"]), (Some(0), "good.yaml: no errors\n".to_owned()));
    let (code, text) = told(at, &["check", "good.yaml", "bad.yml"]);
    assert_eq!(code, Some(1));
    assert!(text.contains("error[SEL0250]: there is no workflow param `whom`"), "{text}");
    assert!(text.contains("bad.yml (params.text.expression):4:24"), "{text}");
    assert!(text.contains("= help: did you mean `who`?"), "{text}");
    assert_eq!(told(at, &["check", "warn.yaml"]).0, Some(0));
    assert_eq!(told(at, &["check", "warn.yaml", "--deny-warnings"]).0, Some(1));

    let (_, text) = told(at, &["check", "bad.yml", "--format", "json"]);
    let json: Json = serde_json::from_str(&text).unwrap();
    let found = &json[0]["diagnostics"][0];
    assert_eq!((found["line"].as_i64(), found["column"].as_i64()), (Some(4), Some(24)), "{json}");
    assert_eq!(found["path"], "params.text.expression");
    let (_, text) = told(at, &["check", "bad.yml", "--format", "sarif"]);
    let json: Json = serde_json::from_str(&text).unwrap();
    assert_eq!(json["runs"][0]["results"][0]["ruleId"], "SEL0250");
}

#[test]
fn what_is_no_definition_is_told_in_words() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::create_dir(at.join("folder")).unwrap();
    fs::create_dir(at.join("folder.json")).unwrap();
    fs::write(at.join("binary.json"), [0xff, 0xfe, 0, 1]).unwrap();
    fs::write(at.join("broken.json"), "{\"workflow\": {,}}").unwrap();
    fs::write(at.join("broken.yaml"), "workflow: [\n").unwrap();
    fs::write(at.join("empty.json"), "").unwrap();
    let padding: String = std::iter::repeat_n('x', 262_144).collect();
    let large = SOUND.replace("who: world", &format!("who: {padding}"));
    fs::write(at.join("large.yaml"), large).unwrap();
    for (file, code, message) in [
        ("missing.json", 2, "cannot read `missing.json`"),
        ("folder", 2, "cannot read `folder`"),
        ("folder.json", 2, "cannot read `folder.json`"),
        ("binary.json", 2, "`binary.json` is not UTF-8 text"),
        ("broken.json", 1, "invalid JSON"),
        ("broken.yaml", 1, "invalid YAML"),
        ("empty.json", 1, "there is no document"),
        ("large.yaml", 1, "262144 is the most"),
    ] {
        let (found, text) = told(at, &["check", file]);
        assert_eq!(found, Some(code), "{file}: {text}");
        assert!(text.contains(message), "{file}: {text}");
        assert!(!text.contains("panicked"), "{text}");
    }
}

#[test]
fn all_commands_read_the_same_definitions_and_refuse_the_same() {
    let directory = tempfile::tempdir().unwrap();
    let at = directory.path();
    fs::write(at.join("good.yaml"), SOUND).unwrap();
    let bad = SOUND.replace("id: two, type: NoOp", "id: two, type: NoOp, timeout: soon");
    fs::write(at.join("bad.yaml"), bad.replace("id: hello", "id: maestro_hello")).unwrap();
    let (code, text) = told(at, &["run", "good.yaml"]);
    assert_eq!(code, Some(0), "{text}");
    assert!(text.contains("SUCCEEDED"), "{text}");
    assert_eq!(told(at, &["push", "good.yaml", "--db", "store"]).0, Some(0));
    assert!(told(at, &["graph", "good.yaml"]).1.contains("one (noop)"));
    let (code, text) = told(at, &["eval", "--workflow", "good.yaml", "text"]);
    assert_eq!((code, text.trim()), (Some(0), "hello world"));
    for args in
        [&["run", "bad.yaml"][..], &["push", "bad.yaml", "--db", "s"], &["graph", "bad.yaml"]]
    {
        let (code, text) = told(at, args);
        assert_eq!(code, Some(2), "{text}");
        assert!(text.contains("bad.yaml:2:7: id: `maestro_hello` begins with"), "{text}");
        assert!(text.contains("steps[1].timeout: `soon` is no duration"), "{text}");
    }
}
