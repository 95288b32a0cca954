//! The checker and the conformance vectors: no error where the evaluation succeeds, and an error
//! nearly everywhere it fails.

#[path = "common/vectors.rs"]
mod vectors;

use std::collections::BTreeMap;

use sel::{CheckOptions, Outcome, Severity, Ty, check};

fn options(vector: &vectors::Vector) -> CheckOptions {
    let mut options = CheckOptions::new().with_limits(vector.limits.clone());
    for (name, value) in &vector.params {
        options = options.with_input(name.clone(), Ty::of(value.kind()));
    }
    for (call, value) in &vector.ext {
        options = options.with_function(format!("params.{call}"), Ty::of(value.kind()));
    }
    options
}

fn all() -> Vec<vectors::Vector> {
    const FILES: [&str; 17] = [
        "arrays",
        "assignment",
        "control_flow",
        "datetime",
        "deviations",
        "format",
        "formatter",
        "limits",
        "literals",
        "maps",
        "operators",
        "params",
        "programs",
        "statics",
        "strings",
        "util",
        "workflow",
    ];
    FILES.iter().flat_map(|name| vectors::read(&format!("{name}.jsonl"))).collect()
}

#[test]
fn no_error_where_evaluation_succeeds() {
    let mut wrong = Vec::new();
    for vector in all() {
        let Ok(outcome) = vectors::run(&vector) else { continue };
        let checked = check(&vector.expr, &options(&vector));
        for d in &checked.diagnostics {
            if d.severity == Severity::Error {
                wrong.push(format!("{}: {}\n    {} {}", vector.id, vector.expr, d.code, d.message));
            }
        }
        if let Outcome::Value(value) = outcome
            && !checked.ty.has(value.kind())
        {
            wrong.push(format!(
                "{}: {}\n    said {}, gives {}",
                vector.id,
                vector.expr,
                checked.ty,
                value.kind()
            ));
        }
    }
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn errors_where_evaluation_fails() {
    let (mut found, mut all_failing) = (BTreeMap::new(), BTreeMap::new());
    let mut missed = Vec::new();
    for vector in all() {
        if vector.expect["error"] != "eval" {
            continue;
        }
        let file = vector.id.split('-').next().unwrap_or_default().to_owned();
        *all_failing.entry(file.clone()).or_insert(0) += 1;
        let checked = check(&vector.expr, &options(&vector));
        if checked.has_errors() {
            *found.entry(file).or_insert(0) += 1;
        } else {
            missed.push(format!("{}: {}", vector.id, vector.expr));
        }
    }
    let (n, total): (i32, i32) = (found.values().sum(), all_failing.values().sum());
    println!("{n} of {total}: {found:?} of {all_failing:?}\n{}", missed.join("\n"));
    assert!(n * 100 >= total * 98, "only {n} of {total}");
}
