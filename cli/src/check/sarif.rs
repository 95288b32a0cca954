//! Findings in SARIF 2.1.0, the form that code hosts and editors read.

use sel::Span;
use sel::diag::find_code;
use serde_json::{Value, json};

use super::finding::{Finding, Report, places};

const SCHEMA: &str = "https://json.schemastore.org/sarif-2.1.0.json";

/// The log of one run.
pub(crate) fn log(reports: &[Report]) -> Value {
    let mut codes: Vec<&str> =
        reports.iter().flat_map(|r| r.findings.iter().map(|f| f.code)).collect();
    codes.sort_unstable();
    codes.dedup();
    let results = reports
        .iter()
        .flat_map(|report| report.findings.iter().map(move |finding| result(report, finding)));
    json!({
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "sel",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": codes.iter().map(|code| rule(code)).collect::<Value>(),
            }},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Value>(),
        }],
    })
}

fn rule(code: &str) -> Value {
    let mut rule = json!({"id": code});
    if let Some(row) = find_code(code) {
        rule["shortDescription"] = json!({"text": row.title});
        rule["fullDescription"] = json!({"text": row.explanation});
        rule["defaultConfiguration"] = json!({"level": row.severity.name()});
    }
    rule
}

fn result(report: &Report, finding: &Finding) -> Value {
    let mut text = finding.message.clone();
    if let Some(help) = &finding.help {
        text.push_str("; ");
        text.push_str(help);
    }
    let file = json!({"uri": uri(&report.name)});
    let mut location = json!({
        "physicalLocation": {"artifactLocation": file, "region": region(&report.text, finding.span)},
    });
    if let Some(path) = &finding.path {
        location["logicalLocations"] = json!([{"fullyQualifiedName": path}]);
    }
    let mut result = json!({
        "ruleId": finding.code,
        "level": finding.severity.name(),
        "message": {"text": text},
        "locations": [location],
    });
    if let Some(suggestion) = &finding.suggestion {
        result["fixes"] = json!([{
            "artifactChanges": [{
                "artifactLocation": file,
                "replacements": [{
                    "deletedRegion": region(&report.text, suggestion.span),
                    "insertedContent": {"text": suggestion.replacement},
                }],
            }],
        }]);
    }
    result
}

fn region(text: &str, span: Span) -> Value {
    let (start, end) = places(text, span);
    json!({
        "startLine": start.line,
        "startColumn": start.column,
        "endLine": end.line,
        "endColumn": end.column,
    })
}

/// A relative reference: what a URI can't hold is escaped.
fn uri(name: &str) -> String {
    use std::fmt::Write;
    let mut out = String::new();
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' | b'/' => {
                out.push(char::from(byte));
            }
            _ => {
                let _ = write!(out, "%{byte:02X}");
            }
        }
    }
    out
}
