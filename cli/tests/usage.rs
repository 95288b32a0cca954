//! Command lines, odd ones above all, and what a person sees. The snapshots are for reading.

#![allow(clippy::expect_used, reason = "a test says what it expected")]

mod common;

use common::transcript;

/// One snapshot of several command lines.
macro_rules! session {
    ($name:ident, $($args:expr $(, $input:expr)?;)+) => {
        #[test]
        fn $name() {
            let text = [$( transcript(&$args, concat!($($input)?)) ),+];
            common::snapshot!(stringify!($name), text.join("\n"));
        }
    };
}

session! { values,
    ["eval", "1 + 1"];
    ["eval", "'raw\\ttext'"];
    ["eval", "2.0 / 3"];
    ["eval", "1e7"];
    ["eval", "null"];
    ["eval", "x"];
    ["eval", ""];
    ["eval", "'a,b'.split(',')"];
    ["eval", "m = new HashMap(); m.put('b', 1); m.put('a', 'x'); return m;"];
    ["eval", "new DateTime(0)"];
    ["eval", "DateTimeZone.UTC"];
    ["eval", "--type", "1.5"];
    ["eval", "-t", "new long[3];"];
    ["eval", "--json", "new double[]{1.5, 0.0 / 0};"];
    ["eval", "--json", "m = new Map(); m['k'] = true; return m;"];
    ["eval", "--json", "x = 1"];
    ["eval", "--json", "int x"];
}

session! { sources,
    ["eval", "-f", "greet.sel"];
    ["eval", "-f", "greet.sel", "--param", "name=SEL"];
    ["eval", "-f", "bom.sel"];
    ["eval", "-f", "empty.sel"];
    ["eval"], "6 * 7\n";
    ["eval", "-f", "-"], "6 * 7;";
    ["eval"], "";
    ["eval", "-"];
    ["eval", "--", "-1 + 2"];
}

session! { params,
    ["eval", "a + b", "--param", "a=1", "-p", "b=2.5"];
    ["eval", "a + 1", "--param", "a:STRING=007"];
    ["eval", "a + 1", "--param", "a=007"];
    ["eval", "-t", "a", "--param", "a={\"k\": [1, 2]}"];
    ["eval", "-t", "a", "--param", "a:LONG_ARRAY=1,2"];
    ["eval", "a.length", "--param", "a:STRING_ARRAY=x, y"];
    ["eval", "params['a'] + a + b + c[1] + d['x']", "--params", "params.json"];
    ["eval", "a", "--params", "params.json", "--param", "a=9"];
    ["eval", "a", "--param", "a"];
    ["eval", "a", "--param", "=1"];
    ["eval", "a", "--param", "a:LNG=1"];
    ["eval", "a", "--param", "a:LONG=1.5"];
    ["eval", "a", "--param", "a=99999999999999999999"];
    ["eval", "a", "--params", "bad.json"];
    ["eval", "a", "--params", "array.json"];
    ["eval", "a", "--params", "mistyped.json"];
    ["eval", "a", "--params", "missing.json"];
    ["eval", "a", "--params", "folder"];
    ["eval", "a", "--params", "binary.dat"];
}

session! { clock_and_zone,
    ["eval", "new DateTime()", "--now", "1700000000000"];
    ["eval", "new DateTime()", "--now", "2024-02-29T12:00:00Z", "--tz", "America/New_York"];
    ["eval", "System.currentTimeMillis()", "--now", "-1"];
    ["eval", "Math.random() == Math.random()", "--seed", "1"];
    ["eval", "1", "--now", "tomorrow"];
    ["eval", "1", "--tz", "Atlantis"];
}

session! { failures,
    ["eval", "1 +"];
    ["eval", "x.toUppercase()", "--param", "x=abc"];
    ["eval", "throw 'no \u{1b}[2J way'"];
    ["eval", "throw 5"];
    ["eval", "-f", "broken.sel"];
    ["eval", "  1 / 0"];
    ["eval", "new java.io.File('/etc/passwd')"];
    ["eval", "1 1"];
    ["eval", "'open"];
    ["eval", "x = 1; x = 'a'; return x;"];
    ["eval", "'变量' + '\u{202e}'.nope('x')"];
}

session! { limits,
    ["eval", "while (true) 1;", "--max-loop", "10"];
    ["eval", "while (true) 1;", "--max-loop", "1g", "--timeout", "50ms"];
    ["eval", "while (true) 1;", "--max-loop", "1g", "--max-steps", "10k"];
    ["eval", "new long[100];", "--max-array", "100"];
    ["eval", "s = 'x'; while (true) s += s;", "--max-memory", "1_000_000"];
    ["eval", "1 + 1 + 1", "--max-length", "5"];
    ["eval", "((((1))))", "--max-nesting", "3"];
    ["eval", "1", "--max-loop", "many"];
    ["eval", "1", "--timeout", "soon"];
    ["eval", "1", "--max-nesting", "0"];
    ["eval", "1", "--max-nesting", "100000"];
    ["eval", "1", "--max-loop", "-1"];
}

session! { workflows,
    ["eval", "--workflow", "workflow.json", "--now", "1700000000000"];
    ["eval", "--workflow", "workflow.json", "total", "--type"];
    ["eval", "--workflow", "workflow.json", "greeting", "--now", "0"];
    ["eval", "--workflow", "workflow.json", "greeting", "--param", "who=you", "--now", "0"];
    ["eval", "--workflow", "workflow.json", "total", "greeting", "--json", "--now", "0"];
    ["eval", "--workflow", "workflow.json", "nope"];
    ["eval", "--workflow", "broken-workflow.json", "cycle"];
    ["eval", "--workflow", "broken-workflow.json", "unknown"];
    ["eval", "--workflow", "broken-workflow.json", "misfit"];
    ["eval", "--workflow", "broken-workflow.json", "fault"];
    ["eval", "--workflow", "bad.json"];
    ["eval", "--workflow", "array.json"];
    ["eval", "--workflow", "folder"];
    ["eval", "--workflow", "missing.json"];
}

session! { formatting,
    ["fmt", "if(a){x=(1+2)*3 ;}else y= 'z'// why"];
    ["fmt", "1+1"];
    ["fmt"], "x=1;y=2;";
    ["fmt", "-f", "greet.sel", "--check"];
    ["fmt", "-f", "greet.sel"];
    ["fmt", "--check", "1+1;"];
    ["fmt", "--check", "1 + 1;"];
    ["fmt", "1 +"];
    ["fmt", "-f", "missing.sel", "-w"];
    ["fmt", "-w", "1"];
}

session! { wrong_usage,
    [];
    ["frobnicate"];
    ["eval", "1", "--frob"];
    ["eval", "1", "2"];
    ["eval", "1", "-f", "greet.sel"];
    ["eval", "-f", "missing.sel"];
    ["eval", "-f", "folder"];
    ["eval", "-f", "binary.dat"];
    ["eval", "--type", "--json", "1"];
    ["eval", "--jsonl", "missing.jsonl"];
    ["eval", "--jsonl", "folder"];
    ["eval", "--jsonl", "-", "1"];
    ["doc", "nope"];
}

session! { documentation,
    ["doc", "substring"];
    ["doc", "String.valueOf"];
    ["doc", "UUID"];
    ["doc", "subst"];
}

#[test]
fn a_huge_input_is_refused_quickly() {
    let text = "1+".repeat(2_000_000);
    let output = common::run(&["eval"], &text);
    assert_eq!(output.status.code(), Some(1));
    let stderr = String::from_utf8(output.stderr).expect("text");
    assert!(stderr.contains("10000"), "{stderr}");
    assert!(stderr.len() < 2000, "{stderr}");
}

#[test]
fn colours_are_for_terminals() {
    let output = common::run(&["eval", "1 +"], "");
    assert!(!output.stderr.contains(&0x1b));
    let forced = common::sel(&["eval", "1 +"]).env("CLICOLOR_FORCE", "1").output().expect("runs");
    assert!(forced.stderr.contains(&0x1b));
}

#[test]
fn a_closed_output_is_no_error() {
    use std::process::Stdio;
    let mut child = common::sel(&["eval", "--jsonl", "-"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("starts");
    drop(child.stdout.take());
    let mut stdin = child.stdin.take().expect("a pipe");
    std::thread::spawn(move || {
        use std::io::Write;
        for _ in 0..100_000 {
            if stdin.write_all(b"{\"expr\": \"1;\"}\n").is_err() {
                break;
            }
        }
    });
    let output = child.wait_with_output().expect("ends");
    assert_eq!(output.status.code(), Some(0));
    assert!(output.stderr.is_empty(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn flags_stand_before_and_behind_the_expression() {
    let answer = |args: &[&str]| {
        let output = common::run(args, "");
        assert_eq!(output.status.code(), Some(0), "{args:?}");
        String::from_utf8(output.stdout).expect("text")
    };
    assert_eq!(answer(&["eval", "a + 1", "--param", "a=2", "--type"]), "LONG 3\n");
    assert_eq!(answer(&["eval", "--param", "a=2", "a + 1"]), "3\n");
    assert_eq!(answer(&["eval", "-5 + a", "-p", "a=2", "-t"]), "LONG -3\n");
    assert_eq!(answer(&["eval", "-p", "a=2", "--", "-a"]), "-2\n");
    assert_eq!(answer(&["fmt", "-(5)+3"]), "-5 + 3;\n");
}

/// The command lines of the README and of `docs/command.md` work as they stand.
#[cfg(unix)]
#[test]
fn the_documented_commands_work() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let binary = std::path::Path::new(env!("CARGO_BIN_EXE_sel"));
    let folder = tempfile::tempdir().expect("a folder");
    let workflow = r#"{"workflow": {"id": "w", "params": {"a": {"type": "LONG", "value": 1}}, "steps":
        [{"step": {"id": "s", "type": "NoOp"}}]}}"#;
    for (name, text) in [
        ("expression.sel", "1 + a"),
        ("params.json", "{\"a\": 2}"),
        ("more.json", "{\"c\": [1, 2]}"),
        ("workflow.json", workflow),
        ("expressions.jsonl", "{\"expr\": \"1;\"}\n"),
    ] {
        std::fs::write(folder.path().join(name), text).expect("written");
    }
    let readme = std::fs::read_to_string(root.join("README.md")).expect("the document");
    let hello = readme
        .split("```yaml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("a workflow");
    std::fs::write(folder.path().join("hello.yaml"), hello).expect("written");
    let mut count = 0;
    for document in ["README.md", "docs/command.md"] {
        let text = std::fs::read_to_string(root.join(document)).expect("the document");
        let commands = text.lines().filter_map(|line| {
            let line = line.strip_prefix("    ").unwrap_or(line);
            line.starts_with("sel ").then_some(line)
        });
        for command in commands {
            let mut shell = std::process::Command::new("sh");
            let path = std::env::var("PATH").unwrap_or_default();
            let bin = binary.parent().expect("a folder").display();
            shell
                .args(["-c", command])
                .current_dir(folder.path())
                .stdin(std::process::Stdio::null());
            let output = shell.env("PATH", format!("{bin}:{path}")).output().expect("a shell");
            let errors = String::from_utf8_lossy(&output.stderr);
            assert!(output.status.success(), "{document}: {command}\n{errors}");
            count += 1;
        }
    }
    assert!(count >= 10, "only {count} commands");
}
