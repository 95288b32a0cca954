//! The documentation is run: every example in `docs/language.md`, every example in the class
//! table, and `docs/stdlib.md` is what the table says (`UPDATE_DOCS=1 cargo test --test docs`
//! writes it anew).

use std::fmt::Write as _;
use std::path::PathBuf;

use sel::stdlib::{Class, Form, classes};
use sel::{Env, Outcome, Program, Value};

fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs").join(name)
}

fn env() -> Env {
    Env::new().with_now(1_700_000_000_000).with_seed(1)
}

/// The string form of what a program gives, or `error: …`, or `thrown: …`.
fn answer(source: &str) -> String {
    let shown = Program::compile(source).and_then(|p| p.run(&env(), &sel::Limits::default(), None));
    match shown {
        Ok(Outcome::Value(value)) => text(&value),
        Ok(Outcome::Thrown(reason)) => format!("thrown: {reason}"),
        Err(error) => format!("error: {error}"),
    }
}

fn text(value: &Value) -> String {
    value.to_string()
}

/// In a fenced `sel` block, a line `// = text` tells what the lines since the last such line give.
#[test]
fn examples_of_the_language_guide_hold() {
    let guide = std::fs::read_to_string(path("language.md")).unwrap();
    let mut in_block = false;
    let mut program = String::new();
    let mut count = 0;
    for (number, line) in guide.lines().enumerate() {
        match line.trim() {
            "```sel" => {
                in_block = true;
                program.clear();
            }
            "```" => {
                assert!(
                    !in_block || program.trim().is_empty(),
                    "line {}: no `// =` at the end",
                    number + 1
                );
                in_block = false;
            }
            line if in_block => match line.strip_prefix("// = ") {
                Some(wanted) => {
                    let found = answer(&program);
                    assert_eq!(found, wanted, "line {}: {program}", number + 1);
                    program.clear();
                    count += 1;
                }
                None => {
                    program.push_str(line);
                    program.push('\n');
                }
            },
            _ => {}
        }
    }
    assert!(count > 50, "only {count} examples were found");
}

#[test]
fn examples_of_the_class_table_hold() {
    let mut failed = Vec::new();
    for class in classes() {
        for method in class.methods {
            let (source, wanted) = method.example;
            let found = answer(source);
            if found != wanted {
                failed.push(format!(
                    "{}.{}: {source}\n  wanted {wanted}\n  found  {found}",
                    class.name, method.name
                ));
            }
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn stdlib_page_is_what_the_table_says() {
    let page = stdlib_page();
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(path("stdlib.md"), &page).unwrap();
    }
    let stored = std::fs::read_to_string(path("stdlib.md")).unwrap_or_default();
    assert!(stored == page, "docs/stdlib.md is out of step: UPDATE_DOCS=1 cargo test --test docs");
}

fn stdlib_page() -> String {
    let mut out = String::from(
        "# The standard library\n\nMade from the class table (`src/stdlib`); every example is run \
         as a test. Arguments and results are written with their kinds; `ANY` takes everything.\n",
    );
    for class in classes() {
        section(&mut out, class);
    }
    out
}

fn section(out: &mut String, class: &Class) {
    let _ = write!(out, "\n## {}\n\n{}", class.name, class.doc);
    if !class.aliases.is_empty() {
        let _ = write!(out, " Also called `{}`.", class.aliases.join("`, `"));
    }
    out.push_str(
        "\n\n| call | gives | | example | its result |\n| --- | --- | --- | --- | --- |\n",
    );
    for method in class.methods {
        let call = match method.form {
            Form::Method | Form::Field => format!(".{}", method.signature()),
            Form::Static | Form::Constant => format!("{}.{}", class.name, method.signature()),
            Form::Constructor => format!("new {}", method.signature()),
        };
        let escape = |s: &str| s.replace('|', "\\|");
        let _ = writeln!(
            out,
            "| `{}` | {} | {} | `{}` | `{}` |",
            escape(&call),
            method.returns,
            escape(method.doc),
            escape(method.example.0),
            escape(method.example.1),
        );
    }
}
