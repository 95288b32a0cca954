//! What a match can start with.

use super::ast::{Assert, Node};
use super::set::Set;

/// Most alternatives that are looked into.
const MAX_ALTERNATIVES: usize = 32;

/// The code points that a text matched by the node can start with; `None` if it can be empty or
/// nobody knows.
pub(super) fn first(node: &Node) -> Option<Set> {
    match node {
        Node::Char(c) => Some(Set::single(*c)),
        Node::Set(set) => Some(set.clone()),
        Node::LineBreak => Some(Set::of(vec![(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)])),
        Node::Group { body, .. } | Node::Atomic(body) => first(body),
        Node::Repeat { body, min, .. } if *min > 0 => first(body),
        Node::Concat(parts) => parts.iter().find(|p| !is_condition(p)).and_then(first),
        Node::Alternate(parts) if parts.len() <= MAX_ALTERNATIVES => {
            let mut ranges = Vec::new();
            for part in parts {
                ranges.extend_from_slice(first(part)?.ranges());
            }
            Some(Set::of(ranges))
        }
        _ => None,
    }
}

/// Whether a node takes nothing and only asks about the place.
fn is_condition(node: &Node) -> bool {
    matches!(node, Node::Assert(_) | Node::Look { .. })
}

/// Whether every match starts at the start of the text.
pub(super) fn is_anchored(node: &Node) -> bool {
    match node {
        Node::Assert(Assert::Start) => true,
        Node::Group { body, .. } | Node::Atomic(body) => is_anchored(body),
        Node::Concat(parts) => parts.first().is_some_and(is_anchored),
        Node::Alternate(parts) => parts.iter().all(is_anchored),
        _ => false,
    }
}
