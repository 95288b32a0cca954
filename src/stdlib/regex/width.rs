//! How far a look-behind must reach back.
//!
//! As in Java a repeated group must always take the same way through the text for its length to be
//! obvious, unless it is possessive; a repeated single character may be without bound.

use super::ast::{MANY, Mode, Node, Span};

/// What is known about the texts that a part matches.
#[derive(Clone, Copy)]
struct Width {
    min: u32,
    max: u32,
    /// There is only one way to match.
    certain: bool,
}

const NOTHING: Width = Width { min: 0, max: 0, certain: true };

/// How many code points the body of a look-behind can take, if that is obvious.
pub(super) fn reach(body: &Node) -> Option<Span> {
    width(body).map(|w| Span { min: w.min, max: w.max })
}

/// Whether a node takes exactly one code point of a set, in one way.
fn is_single(node: &Node) -> bool {
    match node {
        Node::Char(_) | Node::Set(_) => true,
        Node::Group { body, .. } => is_single(body),
        _ => false,
    }
}

fn width(node: &Node) -> Option<Width> {
    match node {
        Node::Empty | Node::Assert(_) | Node::Look { .. } => Some(NOTHING),
        Node::Char(_) | Node::Set(_) => Some(Width { min: 1, max: 1, certain: true }),
        Node::LineBreak => Some(Width { min: 1, max: 2, certain: false }),
        Node::BackRef { .. } => None,
        Node::Group { body, .. } | Node::Atomic(body) => width(body),
        Node::Concat(parts) => parts.iter().try_fold(NOTHING, |sum, part| {
            let part = width(part)?;
            Some(Width {
                min: sum.min.saturating_add(part.min),
                max: sum.max.saturating_add(part.max),
                certain: sum.certain && part.certain,
            })
        }),
        Node::Alternate(parts) => {
            let mut all = Width { min: MANY, max: 0, certain: false };
            for part in parts {
                let part = width(part)?;
                all.min = all.min.min(part.min);
                all.max = all.max.max(part.max);
            }
            Some(all)
        }
        Node::Repeat { body, min, max, mode } => {
            let inner = width(body)?;
            let once = *min == 0 && *max == 1;
            let obvious = inner.max == 0
                || is_single(body)
                || once
                || *mode == Mode::Possessive
                || *max != MANY && inner.certain;
            if !obvious {
                return None;
            }
            Some(Width {
                min: inner.min.saturating_mul(*min),
                max: inner.max.saturating_mul(*max),
                certain: inner.certain && min == max,
            })
        }
    }
}

/// Whether there is at most one way to match from any place: then a loop has nothing to come back
/// to inside a round. The rule is Java's, where it shows in the groups: such a loop drops an empty
/// round that it need not make, and giving back a round does not restore the groups inside it.
pub(super) fn is_certain(node: &Node) -> bool {
    match node {
        Node::Alternate(_) => false,
        Node::Repeat { body, min, max, .. } => min == max && is_certain(body),
        Node::Group { body, .. } | Node::Atomic(body) => is_certain(body),
        Node::Concat(parts) => parts.iter().all(is_certain),
        _ => true,
    }
}

/// Whether there are groups inside.
pub(super) fn has_groups(node: &Node) -> bool {
    match node {
        Node::Group { .. } => true,
        Node::Atomic(body) | Node::Look { body, .. } | Node::Repeat { body, .. } => {
            has_groups(body)
        }
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(has_groups),
        _ => false,
    }
}
