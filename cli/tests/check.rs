//! `sel check` and `sel explain`: what a person sees, what tools read, and the batch.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

mod common;

use std::collections::BTreeMap;
use std::fs;

use common::transcript;
use serde_json::{Value, json};

fn session(lines: &[&[&str]]) -> String {
    lines.iter().map(|args| transcript(args, "")).collect::<Vec<_>>().join("\n")
}

#[test]
fn for_people() {
    common::snapshot!(session(&[
        &["check", "1 + 1"],
        &["check", "int x = 'hello world';"],
        &["check", "name.toUppercase()", "--input", "name:STRING"],
        &["check", "n > 'a'", "-i", "n:LONG"],
        &["check", "n > 1", "--input", "n"],
        &["check", "nope + 1"],
        &["check", "nope + 1", "--open"],
        &["check", "n + 1", "-i", "n:LONG", "--expect", "BOOLEAN"],
        &["check", "x = 1; return 2;", "--deny-warnings"],
        &["check", "1 +"],
        &["check", "-f", "greet.sel", "broken.sel", "--input", "name:STRING"],
        &["check", "while (true) {}"],
    ]));
}

#[test]
fn for_tools() {
    common::snapshot!(session(&[
        &["check", "-f", "broken.sel", "--format", "json", "--open"],
        &["check", "-f", "broken.sel", "--format", "sarif", "--open"],
        &["check", "1", "--format", "json"],
    ]));
}

#[test]
fn wrong_usage() {
    common::snapshot!(session(&[
        &["check", "1", "--format", "xml"],
        &["check", "1", "--input", ":LONG"],
        &["check", "1", "--input", "a:LNG"],
        &["check", "1", "--expect", "text"],
        &["check", "-f", "missing.sel"],
        &["check", "-f", "folder"],
        &["check", "-f", "binary.dat"],
        &["check", "-f", "empty.sel"],
        &["check", "--jsonl", "missing.jsonl"],
        &["check", "--jsonl", "-", "1"],
        &["explain", "SEL9999"],
        &["explain", "SEL0102"],
    ]));
}

fn answers(input: &str) -> Vec<Value> {
    let output = common::run(&["check", "--jsonl", "-"], input);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn a_batch() {
    let input = [
        r#"{"id": 1, "expr": "a + 1;", "params": {"a": {"type": "LONG", "value": 7}}}"#,
        r#"{"id": 2, "expr": "a.nope();", "params": {"a": "text"}}"#,
        r#"{"id": 3, "expr": "params.getFromStep('s', 'p') + 1;", "ext": {"getFromStep(s,p)": {"type": "LONG", "value": 1}}}"#,
        r#"{"id": 4, "expr": "1 +"}"#,
        "not JSON",
        r#"{"id": 6, "expr": "1;", "limits": {"length": 1}}"#,
    ]
    .join("\n");
    let got = answers(&input);
    assert_eq!(got[0], json!({"id": 1, "type": "LONG", "diagnostics": []}));
    let fault = &got[1]["diagnostics"][0];
    assert_eq!(fault["severity"], "error");
    assert_eq!((&fault["line"], &fault["column"]), (&json!(1), &json!(3)));
    assert_eq!((&fault["end_line"], &fault["end_column"]), (&json!(1), &json!(7)));
    assert_eq!(got[2], json!({"id": 3, "type": "LONG", "diagnostics": []}));
    assert_eq!(got[3]["diagnostics"][0]["severity"], "error");
    assert_eq!(got[4]["error"]["kind"], "parse");
    assert_eq!(got[5]["diagnostics"][0]["severity"], "error");
}

/// The checker and the evaluator agree: no error where there is a value, and one for most faults.
#[test]
fn no_vector_with_a_value_has_an_error() {
    let (mut faults, mut found) = (0_u32, 0_u32);
    for path in common::vectors() {
        let text = fs::read_to_string(&path).expect("a file of vectors");
        let lines: Vec<Value> =
            text.lines().map(|line| serde_json::from_str(line).expect("a vector")).collect();
        let checked = answers(&text);
        assert_eq!(lines.len(), checked.len());
        for (line, checked) in lines.iter().zip(checked) {
            assert_eq!(line["id"], checked["id"]);
            let diagnostics = checked["diagnostics"].as_array().expect("diagnostics");
            let errors = diagnostics.iter().filter(|d| d["severity"] == "error").count();
            if line["expect"].get("error").is_none() {
                assert_eq!(errors, 0, "{}\n{checked}", line["expr"]);
            } else {
                faults += 1;
                found += u32::from(errors > 0);
            }
        }
    }
    assert!(faults > 2000 && found * 10 > faults * 8, "{found} of {faults} faults are found");
}

#[test]
fn the_codes_are_listed_and_explained() {
    let output = common::run(&["explain"], "");
    let text = String::from_utf8(output.stdout).expect("text");
    let codes: BTreeMap<&str, &str> =
        text.lines().filter_map(|line| line.split_once("  ")).collect();
    assert!(codes.len() > 20);
    for code in codes.keys() {
        let page = common::run(&["explain", &code.to_lowercase()], "");
        assert_eq!(page.status.code(), Some(0));
        assert!(String::from_utf8_lossy(&page.stdout).contains(code));
    }
}
