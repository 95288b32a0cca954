//! `sel eval --jsonl`: a line out for a line in, whatever the line.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

mod common;

use std::io::{BufRead, BufReader, Write};
use std::process::Stdio;

use common::run;
use serde_json::{Value, json};

fn answers(input: &str) -> Vec<Value> {
    let output = run(&["eval", "--jsonl", "-"], input);
    assert_eq!(output.status.code(), Some(0), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).expect("text");
    text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect()
}

#[test]
fn without_a_file_the_lines_are_those_of_standard_input() {
    let input = "{\"id\": 1, \"expr\": \"1 + 1;\"}\n";
    for command in ["eval", "check"] {
        let (bare, dash) =
            (run(&[command, "--jsonl"], input), run(&[command, "--jsonl", "-"], input));
        assert_eq!(bare.status.code(), Some(0));
        assert_eq!((bare.stdout.is_empty(), &bare.stdout), (false, &dash.stdout));
    }
}

#[test]
fn values_thrown_and_errors() {
    let input = concat!(
        r#"{"id": 1, "expr": "1 + 1;"}"#,
        "\n",
        r#"{"expr": "throw 'x';", "id": {"a": [1]}}"#,
        "\n",
        r#"{"id": "e", "expr": "x = 1;\n x.foo();"}"#,
        "\n",
        r#"{"id": null, "expr": "1 +"}"#,
        "\r\n",
        r#"{"id": "v", "expr": "int x;"}"#,
    );
    let got = answers(input);
    assert_eq!(got[0], json!({"id": 1, "type": "LONG", "value": 2}));
    assert_eq!(got[1], json!({"id": {"a": [1]}, "thrown": "x"}));
    assert_eq!(got[2]["error"]["kind"], "eval");
    assert_eq!(got[2]["error"]["line"], 2);
    assert_eq!(got[2]["error"]["column"], 4);
    assert_eq!(got[3]["error"]["kind"], "parse");
    assert_eq!(got[4], json!({"id": "v", "type": "VOID", "value": null}));
    assert_eq!(got.len(), 5);
}

#[test]
fn the_expression_is_taken_as_it_is() {
    assert_eq!(answers(r#"{"expr": "1"}"#)[0]["error"]["kind"], "parse");
}

#[test]
fn inputs_typed_and_plain_functions_clock_and_limits() {
    let input = concat!(
        r#"{"id": 1, "expr": "a + b;", "params": {"a": {"type": "LONG", "value": 7}, "b": "x"}}"#,
        "\n",
        r#"{"id": 2, "expr": "params.getFromStep('s', 'p');", "ext": {"getFromStep(s,p)": {"type": "DOUBLE", "value": 1}}}"#,
        "\n",
        r#"{"id": 3, "expr": "params.getFromStep('s', 'q');", "ext": {"getFromStep(s,p)": 1}}"#,
        "\n",
        r#"{"id": 4, "expr": "System.currentTimeMillis();", "now": 5}"#,
        "\n",
        r#"{"id": 5, "expr": "while (true) 1;", "limits": {"loop": 10}}"#,
        "\n",
        r#"{"id": 6, "expr": "while (true) 1;", "limits": {"visit": 10}}"#,
        "\n",
        r#"{"id": 7, "expr": "1;", "limits": {"length": 2}}"#,
        "\n",
        r#"{"id": 8, "expr": "0.0 / 0;"}"#,
        "\n",
    );
    let got = answers(input);
    assert_eq!(got[0], json!({"id": 1, "type": "STRING", "value": "7x"}));
    assert_eq!(got[1], json!({"id": 2, "type": "DOUBLE", "value": 1.0}));
    assert_eq!(got[2]["error"]["kind"], "eval");
    assert_eq!(got[3], json!({"id": 4, "type": "LONG", "value": 5}));
    assert_eq!(got[4]["error"]["kind"], "limit");
    assert_eq!(got[5]["error"]["kind"], "limit");
    assert_eq!(got[6]["error"]["kind"], "parse");
    assert_eq!(got[7], json!({"id": 8, "type": "DOUBLE", "value": "NaN"}));
}

#[test]
fn malformed_lines_are_answered_and_passed() {
    let deep = format!(
        r#"{{"id": 1, "expr": "1;", "params": {{"x": {}1{}}}}}"#,
        "[".repeat(100_000),
        "]".repeat(100_000)
    );
    let lines = [
        "",
        "   ",
        "{",
        "[]",
        "null",
        "1",
        "\"x\"",
        "{}",
        r#"{"id": 1}"#,
        r#"{"id": 1, "expr": "1;"#,
        r#"{"id": 1, "expr": "1;" "now": 5}"#,
        r#"{"expr": "1;", "now": x, "id": 2}"#,
        r#"{"id": 1, "expr": 5}"#,
        r#"{"id": 1, "expr": "1;", "expr": "2;"}"#,
        r#"{"id": 1, "expr": "1;"} x"#,
        r#"{"id": 1, "expr": "1;", "params": []}"#,
        r#"{"id": 1, "expr": "a;", "params": {"a": {"type": "LONG", "value": "x"}}}"#,
        r#"{"id": 1, "expr": "a;", "params": {"a": {"type": "NO", "value": 1}}}"#,
        r#"{"id": 1, "expr": "1;", "now": "noon"}"#,
        r#"{"id": 1, "expr": "1;", "limits": {"loop": -1}}"#,
        r#"{"id": 1, "expr": "\ud800;"}"#,
        r#"{"id": 1, "expr": "1;", "ext": 5}"#,
        &deep,
    ];
    let input = lines.join("\n") + "\n" + r#"{"id": "last", "expr": "1;"}"#;
    let got = answers(&input);
    assert_eq!(got.len(), lines.len() + 1);
    for (line, answer) in lines.iter().zip(&got) {
        let line: String = line.chars().take(80).collect();
        assert_eq!(answer["error"]["kind"], "parse", "{line}");
        let message = answer["error"]["message"].as_str().expect("a message");
        assert!(message.starts_with("malformed line: "), "{message}");
        // The id is there wherever it could be read.
        let id = if line.contains("\"id\": 1") { json!(1) } else { Value::Null };
        assert_eq!(answer["id"], id, "{line}");
    }
    assert_eq!(got[lines.len()], json!({"id": "last", "type": "LONG", "value": 1}));
    let output = common::run_in(
        &common::data(),
        &["eval", "--jsonl", "-"],
        b"{\"expr\": \"'\xff';\"}\n\xff\n",
    );
    assert_eq!(output.stdout.iter().filter(|b| **b == b'\n').count(), 2);
}

#[test]
fn nothing_an_expression_does_stops_the_batch() {
    let shapes = [
        ("(", "1", ")"),
        ("-", "1", ""),
        ("!", "true", ""),
        ("{", "1;", "}"),
        ("if (true) ", "1", ""),
        ("x[", "0", "]"),
        ("true ? ", "1", " : 2"),
        ("'a'.concat(", "'b'", ")"),
        ("new String(", "'a'", ")"),
        ("while (false) ", "1", ""),
        ("x = ", "1", ""),
        ("1 + ", "1", ""),
        ("1; ", "1", ""),
        ("x.a().b", "", "()"),
        ("new int[]{", "1", "}"),
        ("/*", "", "*/"),
        ("if (a) b; else ", "c", ""),
        ("\\u0028", "1", "\\u0029"),
    ];
    let mut input = String::new();
    for (open, middle, close) in shapes {
        for count in [200, 3_000, 30_000] {
            let expr = format!("{}{middle}{};", open.repeat(count), close.repeat(count));
            let line = json!({"id": open, "expr": expr, "limits": {"length": 10_000_000}});
            input.push_str(&format!("{line}\n"));
        }
    }
    let got = answers(&input);
    assert_eq!(got.len(), shapes.len() * 3);
}

#[test]
fn a_line_is_answered_before_the_next_comes() {
    let mut child = common::sel(&["eval", "--jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("starts");
    let mut stdin = child.stdin.take().expect("a pipe");
    let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
    for i in 0..5 {
        writeln!(stdin, "{{\"id\": {i}, \"expr\": \"{i} + 1;\"}}").expect("written");
        let mut answer = String::new();
        stdout.read_line(&mut answer).expect("an answer");
        assert_eq!(answer, format!("{{\"id\":{i},\"type\":\"LONG\",\"value\":{}}}\n", i + 1));
    }
    drop(stdin);
    assert!(child.wait().expect("ends").success());
}

/// Peak memory doesn't grow with the number of lines.
#[cfg(target_os = "linux")]
#[test]
fn many_lines_need_no_more_memory_than_few() {
    let peak = |lines: u32| {
        let mut child = common::sel(&["eval", "--jsonl", "-"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("starts");
        let mut stdin = child.stdin.take().expect("a pipe");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let writer = std::thread::spawn(move || {
            for i in 0..lines {
                writeln!(stdin, "{{\"id\": {i}, \"expr\": \"{i} + 1;\"}}").expect("written");
            }
            stdin.flush().expect("flushed");
            stdin
        });
        let mut answer = String::new();
        for _ in 0..lines {
            answer.clear();
            stdout.read_line(&mut answer).expect("an answer");
        }
        let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).expect("proc");
        let line = status.lines().find(|l| l.starts_with("VmHWM")).expect("VmHWM");
        let kib = line.split_whitespace().nth(1).and_then(|n| n.parse::<u64>().ok()).expect("KiB");
        drop(writer.join().expect("written"));
        child.wait().expect("ends");
        kib
    };
    let (few, many) = (peak(10_000), peak(60_000));
    assert!(many < few + 4096, "{few} KiB for 10 000 lines, {many} KiB for 60 000");
}
