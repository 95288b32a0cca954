//! Expressions that begin with a minus, among flags: `sel eval "-5 + 3" --type`.

use std::ffi::OsString;

/// The arguments, with what can be no flag but begins with a minus moved behind a `--`.
pub(crate) fn settled(args: impl Iterator<Item = OsString>) -> Vec<OsString> {
    let mut args: Vec<OsString> = args.collect();
    let takes_expression = |name: &OsString| ["eval", "check", "fmt"].iter().any(|n| name == n);
    if !args.get(1).is_some_and(takes_expression) || args.iter().any(|arg| arg == "--") {
        return args;
    }
    let is_moved = |i: usize| {
        let before = i.checked_sub(1).and_then(|i| args.get(i)).and_then(|arg| arg.to_str());
        // Behind a flag it may be the flag's value.
        let is_value = before.is_some_and(|arg| arg.starts_with('-') && !is_expression(arg));
        !is_value && args.get(i).and_then(|arg| arg.to_str()).is_some_and(is_expression)
    };
    let moved: Vec<usize> = (2..args.len()).filter(|i| is_moved(*i)).collect();
    if !moved.is_empty() {
        let found: Vec<OsString> = moved.iter().rev().map(|i| args.remove(*i)).collect();
        args.push("--".into());
        args.extend(found.into_iter().rev());
    }
    args
}

/// Whether it begins as a flag does, and is none: a flag has letters and hyphens up to its `=`.
fn is_expression(arg: &str) -> bool {
    let name = arg.split('=').next().unwrap_or_default();
    arg.len() > 1
        && arg.starts_with('-')
        && !name.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_expressions_move() {
        let settle = |line: &[&str]| {
            let args = line.iter().map(OsString::from);
            settled(args).into_iter().map(|arg| arg.into_string().unwrap()).collect::<Vec<_>>()
        };
        let same = |line: &[&str]| assert_eq!(settle(line), line);
        same(&["sel", "eval", "1 + 1", "--param", "a=2"]);
        same(&["sel", "eval", "-5"]);
        same(&["sel", "eval", "--max-loop=5 k", "-p", "- 1"]);
        same(&["sel", "eval", "--", "-(1)"]);
        same(&["sel", "run", "-(1)"]);
        same(&["sel"]);
        assert_eq!(
            settle(&["sel", "eval", "-5 + 3", "-p", "a=2"]),
            ["sel", "eval", "-p", "a=2", "--", "-5 + 3"]
        );
        assert_eq!(settle(&["sel", "check", "-(x)"]), ["sel", "check", "--", "-(x)"]);
    }
}
