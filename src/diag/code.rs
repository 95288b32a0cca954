//! The pages of the diagnostic codes: `sel explain` and `docs/diagnostics.md` show them.

use std::fmt::Write;

use super::Severity;
use super::table::TABLE;
use crate::value::Ty;

/// One code with its page.
#[derive(Debug, Clone, Copy)]
pub struct Code {
    /// `SEL0201`
    pub code: &'static str,
    /// How bad it is, at worst.
    pub severity: Severity,
    /// What is wrong, in a few words.
    pub title: &'static str,
    /// Why, in a paragraph.
    pub explanation: &'static str,
    /// A program that has this fault and no other.
    pub example: &'static str,
    /// The program as it should be.
    pub mend: &'static str,
    /// The inputs that both programs are checked with.
    pub inputs: &'static [(&'static str, Ty)],
    /// What the program is expected to give, if that matters.
    pub expect: Option<Ty>,
}

/// All codes, in order.
#[must_use]
pub fn codes() -> &'static [Code] {
    TABLE
}

/// The code of this name, in any case.
#[must_use]
pub fn find_code(code: &str) -> Option<&'static Code> {
    TABLE.iter().find(|row| row.code.eq_ignore_ascii_case(code))
}

/// The page of a code, as Markdown.
#[must_use]
pub fn explain(code: &str) -> Option<String> {
    find_code(code).map(|row| page(row, 1))
}

/// `docs/diagnostics.md`: the pages of all codes.
#[must_use]
pub fn markdown() -> String {
    let mut out = String::from(
        "# Diagnostics\n\n\
         Every error and warning has a stable code. `sel explain CODE` prints its page. This file \
         is generated from the table in `src/diag/table.rs`; a test keeps it in step.\n\n\
         An error is certain: the program can't end well with inputs of these types. What fails \
         only if it is reached, in a branch or a loop, is a warning of the same code.\n\n\
         | code | | |\n| --- | --- | --- |\n",
    );
    for row in TABLE {
        let anchor = row.code.to_lowercase();
        let _ = writeln!(
            out,
            "| [{}](#{anchor}) | {} | {} |",
            row.code,
            row.severity.name(),
            row.title
        );
    }
    for row in TABLE {
        out.push('\n');
        out.push_str(&page(row, 2));
    }
    out
}

fn page(row: &Code, level: usize) -> String {
    let heading = if level == 1 { "#" } else { "##" };
    let mut out = format!("{heading} {}\n\n", row.code);
    let _ = write!(out, "**{}** ({})\n\n{}\n\n", row.title, row.severity.name(), row.explanation);
    if !row.inputs.is_empty() {
        let inputs: Vec<String> =
            row.inputs.iter().map(|(name, ty)| format!("`{name}` of type {ty}")).collect();
        let _ = write!(out, "With the input {}:\n\n", inputs.join(", "));
    }
    if let Some(ty) = row.expect {
        let _ = write!(out, "Where a {ty} is expected:\n\n");
    }
    let _ =
        write!(out, "```java\n{}\n```\n\nInstead:\n\n```java\n{}\n```\n", row.example, row.mend);
    out
}
