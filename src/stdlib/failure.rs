//! What to say when the class table has no answer: the nearest name, or the signatures there are.

use super::table::{Class, Form, Method};
use super::{classes, find_class};
use crate::fault::{Fault, shorten};
use crate::value::kind::Kind;

/// A name that is no class.
#[cold]
pub(crate) fn unknown_class(name: &str) -> Fault {
    let message = format!("unknown class `{}`", shorten(name));
    let names =
        classes().iter().flat_map(|c| std::iter::once(c.name).chain(c.aliases.iter().copied()));
    match nearest(name, names) {
        Some(best) => Fault::with_help(message, format!("did you mean `{best}`?")),
        None => Fault::error(message),
    }
}

/// A class that cannot be made with `new`.
#[cold]
pub(crate) fn no_constructor(name: &str) -> Fault {
    match find_class(name) {
        Some(class) => Fault::error(format!("`{}` has no constructor", class.name)),
        None => unknown_class(name),
    }
}

/// `Class.name` that is not there.
#[cold]
pub(crate) fn unknown_member(class: &Class, name: &str, is_field: bool, count: usize) -> Fault {
    let what = if is_field { "constant" } else { "static method" };
    let shown = shorten(name);
    let message = if is_field {
        format!("`{}` has no {what} `{shown}`", class.name)
    } else {
        format!("`{}` has no {what} `{shown}` with {}", class.name, arguments(count))
    };
    if let Some(instance) = class.methods.iter().find(|m| m.name == name) {
        let help = match instance.form {
            Form::Method => "it is a method of a value: write `value.…` in front",
            Form::Static => "call it: add `(…)`",
            _ => "it is a constant: leave out the parentheses",
        };
        return Fault::with_help(message, help);
    }
    suggest(message, name, class.methods.iter().filter(|m| m.form != Form::Constructor))
}

/// `value.name(args)` that no row answers.
#[cold]
pub(crate) fn no_method(
    kind: Kind,
    is_null: bool,
    name: &str,
    is_field: bool,
    kinds: &[String],
) -> Fault {
    let shown = shorten(name);
    if is_null {
        let what = if is_field { "has no field" } else { "has no method" };
        return Fault::with_help(
            format!("the value is null and {what} `{shown}`"),
            "a name that is no input and was never assigned is NULL",
        );
    }
    let rows: Vec<&Method> = classes()
        .iter()
        .filter(|class| class.kind == Some(kind))
        .flat_map(|class| class.methods)
        .filter(|m| !matches!(m.form, Form::Constructor | Form::Constant))
        .collect();
    let same: Vec<&Method> = rows.iter().copied().filter(|m| m.name == name).collect();
    if let Some(first) = same.first() {
        return match (first.form, is_field) {
            (Form::Field, false) => Fault::with_help(
                format!("`{shown}` of {kind} is a field"),
                format!("leave out the parentheses: `.{name}`"),
            ),
            (Form::Method | Form::Static, true) => Fault::with_help(
                format!("`{shown}` of {kind} is a method"),
                format!("call it: `.{name}()`"),
            ),
            _ => wrong_arguments(&format!("`{shown}` of {kind}"), &same, kinds),
        };
    }
    let what = if is_field { "field" } else { "method" };
    let message = if is_field {
        format!("unknown {what} `{shown}` on {kind}")
    } else {
        format!("unknown {what} `{shown}` on {kind} with {}", arguments(kinds.len()))
    };
    suggest(message, name, rows.into_iter())
}

/// `Class.name(args)` or `new Class(args)` whose arguments fit no row.
#[cold]
pub(crate) fn no_overload(class: &str, name: &str, kinds: &[String]) -> Fault {
    let rows: Vec<&Method> = find_class(class)
        .iter()
        .flat_map(|class| class.methods)
        .filter(|m| m.name == name && m.form != Form::Method)
        .collect();
    let shown = if class == name { format!("`new {class}`") } else { format!("`{class}.{name}`") };
    wrong_arguments(&shown, &rows, kinds)
}

fn wrong_arguments(what: &str, rows: &[&Method], kinds: &[String]) -> Fault {
    let given = if kinds.is_empty() { "no arguments".to_owned() } else { kinds.join(", ") };
    let signatures: Vec<String> = rows.iter().map(|m| format!("`{}`", m.signature())).collect();
    Fault::with_help(
        format!("{what} cannot take {given}"),
        format!("it is {}", signatures.join(" or ")),
    )
}

fn arguments(count: usize) -> String {
    match count {
        0 => "no arguments".to_owned(),
        1 => "1 argument".to_owned(),
        n => format!("{n} arguments"),
    }
}

fn suggest<'m>(message: String, name: &str, rows: impl Iterator<Item = &'m Method>) -> Fault {
    match nearest(name, rows.map(|m| m.name)) {
        Some(best) => Fault::with_help(message, format!("did you mean `{best}`?")),
        None => Fault::error(message),
    }
}

/// Bytes of a name that is compared with others.
const LONGEST: usize = 64;
/// Names that one is compared with.
const MOST_NAMES: usize = 1_000;

/// The nearest of the names, if it is near: one edit for each three letters, case aside.
pub(crate) fn nearest<'n>(name: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > LONGEST {
        return None;
    }
    let wanted: Vec<char> = name.to_lowercase().chars().collect();
    let near = |other: &&'n str| {
        let distance = edit_distance(&wanted, &other.to_lowercase().chars().collect::<Vec<_>>());
        (distance, *other)
    };
    let names = names.take(MOST_NAMES).filter(|n| n.len() <= LONGEST);
    let (distance, best) = names.map(|n| near(&n)).min_by_key(|(distance, _)| *distance)?;
    (distance <= wanted.len().max(3) / 3).then_some(best)
}

/// Levenshtein's distance, with a swap of neighbours as one edit.
fn edit_distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at = |r: &[usize], j: usize| r.get(j).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            if i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x) {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or(0)
}
