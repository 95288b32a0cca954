//! The conformance vectors through `sel eval --jsonl`: answers in order, equal to what is expected.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

mod common;

use std::fs;

use serde_json::Value;

#[test]
fn all_vectors_agree() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for path in common::vectors() {
        let text = fs::read_to_string(&path).expect("a file of vectors");
        let output = common::run(&["eval", "--jsonl", path.to_str().expect("a path")], "");
        assert_eq!(output.status.code(), Some(0));
        assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
        let answers = String::from_utf8(output.stdout).expect("text");
        assert_eq!(answers.lines().count(), text.lines().count(), "{}", path.display());
        for (line, answer) in text.lines().zip(answers.lines()) {
            count += 1;
            let line: Value = serde_json::from_str(line).expect("a vector");
            let answer: Value = serde_json::from_str(answer).expect("an answer in JSON");
            assert_eq!(line["id"], answer["id"]);
            if !agree(&line["expect"], &answer) {
                wrong.push(format!(
                    "{}\n  wanted {}\n  got    {answer}",
                    line["expr"], line["expect"]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ\n{}", wrong.len(), wrong.join("\n"));
    assert!(count > 7000);
}

/// Whether the answer is the one expected.
fn agree(expect: &Value, answer: &Value) -> bool {
    if let Some(kind) = expect.get("error") {
        let got = &answer["error"]["kind"];
        let place = answer["error"]["line"].as_u64() > Some(0)
            && answer["error"]["column"].as_u64() > Some(0);
        // What the reference finds while evaluating may be found earlier here.
        return place && (got == kind || (kind == "eval" && (got == "parse" || got == "type")));
    }
    if let Some(thrown) = expect.get("thrown") {
        return answer.get("thrown") == Some(thrown);
    }
    let value_agrees = expect.get("value").is_none_or(|value| same(value, &answer["value"]));
    expect["type"] == answer["type"] && value_agrees
}

/// Equal JSON, with numbers compared by value: `1.0` is `1.00`, not `1`.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => {
            a.is_f64() == b.is_f64()
                && (a == b || a.as_f64().map(f64::to_bits) == b.as_f64().map(f64::to_bits))
        }
        (Value::Array(a), Value::Array(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b))
        }
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().zip(b).all(|((k, a), (l, b))| k == l && same(a, b))
        }
        _ => a == b,
    }
}
