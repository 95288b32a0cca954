//! Every conformance vector, before it is evaluated: those that the reference refuses to parse are
//! refused, all others are read.

mod common;

use sel::{ErrorKind, Limits, syntax};

#[test]
fn vectors_parse_or_are_refused_as_the_reference_does() {
    let (mut wrong, mut count) = (Vec::new(), 0);
    for file in std::fs::read_dir("tests/conformance").unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_none_or(|e| e != "jsonl") {
            continue;
        }
        for line in std::fs::read_to_string(&path).unwrap().lines() {
            let row: serde_json::Value = serde_json::from_str(line).unwrap();
            let expr = row["expr"].as_str().unwrap();
            let limits = match row["limits"]["length"].as_u64() {
                Some(length) => common::source_length(usize::try_from(length).unwrap()),
                None => Limits::default(),
            };
            let refused = row["expect"]["error"] == "parse";
            let result = syntax::parse(expr, &limits);
            count += 1;
            if result.is_err() != refused
                || result.as_ref().is_err_and(|e| e.kind() != ErrorKind::Parse)
            {
                wrong.push(format!("{} {expr}: {result:?}", row["id"]));
            }
        }
    }
    assert!(count > 7000, "only {count} vectors found");
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
