//! Findings in JSON.

use serde_json::{Value, json};

use super::finding::{Finding, Report, places};
use super::ty_name;

/// `[{"file", "type", "diagnostics"}]`
pub(crate) fn reports(reports: &[Report]) -> Value {
    let report = |report: &Report| {
        json!({
            "file": report.name,
            "type": report.ty.map(ty_name),
            "diagnostics": diagnostics(&report.text, &report.findings),
        })
    };
    reports.iter().map(report).collect()
}

/// `[{"severity", "code", "message", "line", "column", "end_line", "end_column", "help"}]`; with
/// `path` in a workflow definition and `replacement` where a mend is certain.
pub(crate) fn diagnostics(text: &str, findings: &[Finding]) -> Value {
    let finding = |finding: &Finding| {
        let (start, end) = places(text, finding.span);
        let mut object = json!({
            "severity": finding.severity.name(),
            "code": finding.code,
            "message": finding.message,
            "line": start.line,
            "column": start.column,
            "end_line": end.line,
            "end_column": end.column,
            "help": finding.help,
        });
        if let Some(path) = &finding.path {
            object["path"] = json!(path);
        }
        if let Some(suggestion) = &finding.suggestion {
            let (start, end) = places(text, suggestion.span);
            object["replacement"] = json!({
                "text": suggestion.replacement,
                "line": start.line,
                "column": start.column,
                "end_line": end.line,
                "end_column": end.column,
            });
        }
        object
    };
    findings.iter().map(finding).collect()
}
