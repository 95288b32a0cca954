//! Transitions: `job2`, `IF condition THEN job2`, `OTHERWISE job3`, and the `dag` of a level.

use super::{Converter, Entries, made, object};
use crate::document::{Key, Node, Path, Span, Value, shorten};

const FORMS: &str = "expected `job`, `IF condition THEN job` or `OTHERWISE job`";

/// One transition string, as ranges of bytes of it.
enum Row {
    /// To this job, always.
    Always(Part),
    /// To this job if the condition holds.
    If(Part, Part),
    /// To this job if no condition holds.
    Otherwise(Part),
    /// Nothing.
    Empty,
}

type Part = (usize, usize);

impl Converter<'_> {
    /// The successors that a list of transition strings means.
    pub(super) fn transitions(&mut self, list: &Node, at: &Path<'_>) -> Option<Node> {
        let Some(rows) = list.as_array() else {
            self.problems.expected(at, list, "a list of transitions");
            return None;
        };
        let mut successors: Entries = Vec::new();
        let mut conditions: Vec<String> = Vec::new();
        let last = rows.len().saturating_sub(1);
        for (index, node) in rows.iter().enumerate() {
            let path = at.index(index);
            let Some(text) = node.as_text() else {
                self.problems.expected(&path, node, "a transition");
                continue;
            };
            let (job, condition) = match row(text) {
                None => {
                    let message = format!("`{}` is no transition: {FORMS}", shorten(text));
                    self.problems.at(&path, node, message);
                    continue;
                }
                Some(Row::Empty) => continue,
                Some(Row::Always(job)) => (job, made("true", node.span)),
                Some(Row::If(condition, job)) => {
                    let part = node.part(self.source, condition.0, condition.1);
                    conditions.push(part.as_text().unwrap_or_default().to_owned());
                    (job, part)
                }
                Some(Row::Otherwise(_)) if index != last => {
                    self.problems.at(&path, node, "`OTHERWISE` must be the last transition");
                    continue;
                }
                Some(Row::Otherwise(job)) => (job, made(otherwise(&conditions), node.span)),
            };
            let job = node.part(self.source, job.0, job.1);
            let name = job.as_text().unwrap_or_default().to_owned();
            successors.retain(|(key, _)| key.name != name);
            successors.push((Key { name, span: job.span }, condition));
        }
        Some(object(successors, list.span))
    }

    /// What the `dag` of a level gives to each of its jobs, in order.
    pub(super) fn dag(
        &mut self,
        dag: Option<&Node>,
        ids: &[Option<String>],
        at: &Path<'_>,
    ) -> Vec<Option<Node>> {
        let none = || ids.iter().map(|_| None).collect();
        let Some(dag) = dag else { return none() };
        let path = at.key("dag");
        match &dag.value {
            Value::Text(text) if text.eq_ignore_ascii_case("sequential") => {
                let next = |id: &Option<String>| {
                    let key = Key { name: id.clone()?, span: dag.span };
                    Some(object(vec![(key, made("true", dag.span))], dag.span))
                };
                ids.iter().skip(1).map(next).chain([None]).take(ids.len()).collect()
            }
            Value::Text(text) if text.eq_ignore_ascii_case("parallel") => none(),
            Value::Object(entries) => {
                let mut found: Vec<Option<Node>> = none();
                for (key, list) in entries {
                    let path = path.key(&key.name);
                    let place = ids.iter().position(|id| id.as_ref() == Some(&key.name));
                    match place.and_then(|place| found.get_mut(place)) {
                        Some(slot) => *slot = self.transitions(list, &path),
                        None => self.problems.span(&path, key.span, "there is no such job"),
                    }
                }
                found
            }
            _ => {
                let message = "expected `sequential`, `parallel` or a map of transitions";
                self.problems.at(&path, dag, message);
                none()
            }
        }
    }
}

/// The condition that none of these holds.
fn otherwise(conditions: &[String]) -> String {
    if conditions.is_empty() {
        return "true".to_owned();
    }
    let all: Vec<String> = conditions.iter().map(|c| format!("({c})")).collect();
    format!("!({})", all.join(" || "))
}

/// Reads a transition string.
fn row(text: &str) -> Option<Row> {
    let trimmed = text.trim();
    if trimmed.is_empty() {
        return Some(Row::Empty);
    }
    let start = text.len() - text.trim_start().len();
    let end = start + trimmed.len();
    let word = |from: usize, to: usize| -> Option<Part> {
        let part = text.get(from..to)?;
        let bare = part.trim();
        let from = from + part.len() - part.trim_start().len();
        (!bare.is_empty() && !bare.contains(char::is_whitespace))
            .then_some((from, from + bare.len()))
    };
    let keyword = |name: &str| {
        let head = trimmed.get(..name.len())?;
        let next = trimmed.get(name.len()..)?.chars().next()?;
        (head.eq_ignore_ascii_case(name) && next.is_whitespace()).then_some(start + name.len())
    };
    if let Some(from) = keyword("OTHERWISE") {
        return word(from, end).map(Row::Otherwise);
    }
    if let Some(from) = keyword("IF") {
        let then = last_then(text, from, end)?;
        let job = word(then + 4, end)?;
        let condition = text.get(from..then)?;
        let bare = condition.trim();
        let from = from + condition.len() - condition.trim_start().len();
        return (!bare.is_empty()).then_some(Row::If((from, from + bare.len()), job));
    }
    word(start, end).map(Row::Always)
}

/// Where the last `THEN` that stands alone begins.
fn last_then(text: &str, from: usize, to: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    (from..to.saturating_sub(4)).rev().find(|at| {
        bytes.get(*at..*at + 4).is_some_and(|w| w.eq_ignore_ascii_case(b"then"))
            && at.checked_sub(1).and_then(|b| bytes.get(b)).is_some_and(u8::is_ascii_whitespace)
            && bytes.get(*at + 4).is_some_and(u8::is_ascii_whitespace)
    })
}

/// No transitions at all.
pub(super) fn is_empty(node: Option<&Node>) -> bool {
    node.is_none_or(|node| node.is_null() || node.as_array().is_some_and(<[Node]>::is_empty))
}

/// The object that a step has for its successors.
pub(super) fn wrapped(successors: Node, span: Span) -> Node {
    object(vec![(Key::new("successors"), successors)], span)
}
