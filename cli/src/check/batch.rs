//! `sel check --jsonl`: the lines of `sel eval --jsonl`, checked instead of evaluated.

use std::path::Path;

use sel::{CheckOptions, Kind, Limits, Ty, Value, check as check_program};
use serde_json::value::to_raw_value;

use super::finding::Finding;
use super::{json, ty_name};
use crate::batch::{Line, answer, each_line};
use crate::exit::Done;

/// Checks each line: the types of its `params` are the types of the inputs, those of `ext` the types
/// of the functions' results.
pub(crate) fn check(path: &Path, expect: Option<Ty>, limits: &Limits) -> Done {
    each_line(path, |text, out| match Line::read(text) {
        Ok(line) => line_answer(&line, expect, limits, out),
        Err((message, column)) => answer::malformed(out, text, &message, column),
    })
}

fn line_answer(line: &Line<'_>, expect: Option<Ty>, limits: &Limits, out: &mut Vec<u8>) {
    let limits = line.limits.as_ref().map_or_else(|| limits.clone(), |own| own.apply(limits));
    let mut options = CheckOptions::new().with_limits(limits);
    options.expect = expect;
    for (name, value) in line.params.iter().flat_map(|params| &params.0) {
        options = options.with_input(name.as_ref(), type_of(value));
    }
    for (call, value) in line.ext.iter().flat_map(|ext| &ext.0) {
        options = options.with_function(format!("params.{call}"), type_of(value));
    }
    let checked = check_program(&line.expr, &options);
    let findings: Vec<Finding> =
        checked.diagnostics.iter().map(|d| Finding::new(d, |span| span)).collect();
    answer::begin(out, line.id);
    let ty = serde_json::Value::from(ty_name(checked.ty));
    let diagnostics = json::diagnostics(&line.expr, &findings);
    // Values in memory can always be written.
    if let (Ok(ty), Ok(diagnostics)) = (to_raw_value(&ty), to_raw_value(&diagnostics)) {
        out.extend_from_slice(format!(",\"type\":{ty},\"diagnostics\":{diagnostics}}}").as_bytes());
    }
}

/// The static type of an input: that of its value.
fn type_of(value: &Value) -> Ty {
    match value {
        Value::NullOf(kind) => Ty::of(*kind).or(Ty::of(Kind::Null)),
        value => Ty::of(value.kind()),
    }
}
