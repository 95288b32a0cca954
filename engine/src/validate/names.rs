//! Ids and names.

use crate::document::{Path, Problems, shorten};

/// What is named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A workflow.
    Workflow,
    /// A step, a param, a job type.
    Reference,
    /// A tag.
    Tag,
    /// A signal.
    Signal,
}

impl Kind {
    fn what(self) -> &'static str {
        match self {
            Kind::Workflow => "a workflow id",
            Kind::Reference => "an id",
            Kind::Tag => "the name of a tag",
            Kind::Signal => "the name of a signal",
        }
    }
    fn most(self) -> usize {
        match self {
            Kind::Workflow | Kind::Reference => 128,
            Kind::Tag | Kind::Signal => 256,
        }
    }
    /// What is wrong with the characters.
    fn shape(self, name: &str) -> Option<&'static str> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "_.-".contains(c);
        let first = name.chars().next();
        match self {
            Kind::Workflow => {
                let starts = first.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_');
                (!starts || !name.chars().all(inside))
                    .then_some("begins with a letter, a digit or `_`, and has those, `.` and `-`")
            }
            Kind::Reference => {
                let starts = first.is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
                (!starts || !name.chars().all(inside)).then_some(
                    "begins with a letter or `_`, and has letters, digits, `_`, `.` and `-`",
                )
            }
            Kind::Tag | Kind::Signal => {
                let known =
                    |c: char| c.is_ascii_alphanumeric() || "_ .,:@&='(){}$+[]-/\\".contains(c);
                (name.trim().is_empty() || !name.chars().all(known)).then_some(
                    "is not blank, and has letters, digits, spaces and `_.,:@&='(){}$+[]-/\\`",
                )
            }
        }
    }
}

/// Notes what is wrong with a name.
pub(super) fn check_name(kind: Kind, name: &str, at: &Path<'_>, problems: &mut Problems) {
    let shown = shorten(name);
    let what = kind.what();
    let mut fault = |message: String| problems.rule(at, "name", message);
    if let Some(rule) = kind.shape(name) {
        fault(format!("`{shown}` is not {what}: it {rule}"));
    }
    let length = name.chars().count();
    if length > kind.most() {
        fault(format!("{what} has {} characters at most, this has {length}", kind.most()));
    }
    let lower = name.to_ascii_lowercase();
    if lower.starts_with("maestro_") {
        fault(format!("`{shown}` begins with `maestro_`, which is the system's"));
    }
    if lower.ends_with("_maestro") {
        fault(format!("`{shown}` ends with `_maestro`, which is the system's"));
    }
    if kind == Kind::Reference && name.contains("__") {
        fault(format!("`{shown}` has `__` in it, which separates a step from its param"));
    }
}

/// Whether a user may limit a tag of this name; the system's are among them.
pub(crate) fn is_tag(name: &str) -> bool {
    Kind::Tag.shape(name).is_none() && name.chars().count() <= Kind::Tag.most()
}

/// What is wrong with the name of a signal that is announced by hand.
pub(crate) fn signal_fault(name: &str) -> Option<String> {
    let mut problems = Problems::default();
    check_name(Kind::Signal, name, &Path::Root, &mut problems);
    problems.finish(Some(())).err().map(|faults| faults.to_string())
}
