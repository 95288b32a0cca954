//! What operators and assignments give for two kinds of operand; `None` where they fail. The mirror
//! of `eval/ops.rs` and `eval/assign.rs`: a test compares them on all kinds.

use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::Kind;

fn is_number(kind: Kind) -> bool {
    matches!(kind, Kind::Long | Kind::Double)
}

fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    matches!(op, Equal | NotEqual | Less | Greater | LessEqual | GreaterEqual)
}

/// `a op b`
pub(super) fn binary(op: BinaryOp, a: Kind, b: Kind) -> Option<Kind> {
    if is_number(a) && is_number(b) {
        return Some(match (is_comparison(op), a, b) {
            (true, ..) => Kind::Boolean,
            (false, Kind::Long, Kind::Long) => Kind::Long,
            _ => Kind::Double,
        });
    }
    match op {
        BinaryOp::Add => concatenates(a, b).then_some(Kind::String),
        BinaryOp::Equal | BinaryOp::NotEqual => compares(a, b).then_some(Kind::Boolean),
        BinaryOp::Less | BinaryOp::Greater if a == Kind::Null => Some(Kind::Boolean),
        _ => None,
    }
}

fn concatenates(a: Kind, b: Kind) -> bool {
    match a {
        Kind::String | Kind::Null => b != Kind::Void,
        Kind::Long | Kind::Double | Kind::Boolean | Kind::Map | Kind::DateTime => b == Kind::String,
        _ => a.element().is_some() && b == Kind::String,
    }
}

/// Whether `==` takes them. A null of any kind compares with anything.
fn compares(a: Kind, b: Kind) -> bool {
    match (a, b) {
        (Kind::Null, _) | (_, Kind::Null) => true,
        (Kind::Long | Kind::Double, Kind::String) => true,
        (
            Kind::Boolean
            | Kind::String
            | Kind::Map
            | Kind::DateTime
            | Kind::DateTimeZone
            | Kind::DateTimeDays
            | Kind::Uuid,
            _,
        ) => a == b,
        _ => a.element().is_some() && b.element().is_some(),
    }
}

/// `op a`
pub(super) fn unary(op: UnaryOp, a: Kind) -> Option<Kind> {
    match op {
        UnaryOp::Minus | UnaryOp::Plus if is_number(a) => Some(a),
        UnaryOp::Not if a == Kind::Boolean => Some(a),
        _ => None,
    }
}

/// `old = new`, for the kind that the variable has then.
pub(super) fn assign(old: Kind, new: Kind) -> Option<Kind> {
    match (old, new) {
        (Kind::Null, _) => Some(new),
        _ if old == new => Some(old),
        (Kind::Double, Kind::Long) => Some(Kind::Double),
        (Kind::Long | Kind::Double | Kind::Boolean, Kind::Null) => None,
        (_, Kind::Null) => Some(old),
        _ => None,
    }
}

/// `old op= right`, for the kind that the variable has then.
pub(super) fn compound(op: BinaryOp, old: Kind, right: Kind) -> Option<Kind> {
    match old {
        _ if is_number(old) && is_number(right) => Some(old),
        Kind::String if op == BinaryOp::Add && right != Kind::Void => Some(Kind::String),
        _ => None,
    }
}

/// `array[i] = value`, for the kind of the element.
pub(super) fn store(element: Kind, value: Kind) -> Option<Kind> {
    match (element, value) {
        _ if element == value => Some(element),
        (Kind::Double, Kind::Long) => Some(Kind::Double),
        (Kind::String, Kind::Null) => Some(Kind::String),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Env, ErrorKind, Program};

    /// An expression of each kind.
    const SAMPLES: [(Kind, &str); 15] = [
        (Kind::Null, "null"),
        (Kind::Long, "3"),
        (Kind::Double, "2.5"),
        (Kind::Boolean, "true"),
        (Kind::String, "'a'"),
        (Kind::LongArray, "new long[]{1}"),
        (Kind::DoubleArray, "new double[]{1.0}"),
        (Kind::BooleanArray, "new boolean[]{true}"),
        (Kind::StringArray, "new String[]{'a'}"),
        (Kind::Map, "new Map()"),
        (Kind::DateTime, "new DateTime(0)"),
        (Kind::DateTimeZone, "DateTimeZone.UTC"),
        (Kind::DateTimeFormatter, "DateTimeFormat.forPattern('yyyy')"),
        (Kind::DateTimeProperty, "new DateTime(0).dayOfWeek()"),
        (Kind::Uuid, "UUID.randomUUID()"),
    ];

    const OPS: [BinaryOp; 11] = [
        BinaryOp::Equal,
        BinaryOp::NotEqual,
        BinaryOp::Less,
        BinaryOp::Greater,
        BinaryOp::LessEqual,
        BinaryOp::GreaterEqual,
        BinaryOp::Add,
        BinaryOp::Subtract,
        BinaryOp::Multiply,
        BinaryOp::Divide,
        BinaryOp::Remainder,
    ];

    fn kind_of(source: &str) -> Option<Kind> {
        match Program::compile(source).and_then(|p| p.eval(&Env::new())) {
            Ok(value) => Some(value.kind()),
            Err(error) => {
                assert_eq!(error.kind(), ErrorKind::Eval, "{source}: {error}");
                None
            }
        }
    }

    #[test]
    fn operators_agree_with_the_evaluator() {
        for (a, left) in SAMPLES {
            for (b, right) in SAMPLES {
                for op in OPS {
                    let source = format!("{left} {} {right};", op.text());
                    assert_eq!(kind_of(&source), binary(op, a, b), "{source}");
                }
                let source = format!("x = {left}; x = {right}; return x;");
                assert_eq!(kind_of(&source), assign(a, b), "{source}");
                for op in &OPS[6..] {
                    let source = format!("x = {left}; x {}= {right}; return x;", op.text());
                    assert_eq!(kind_of(&source), compound(*op, a, b), "{source}");
                }
                if let Some(element) = a.element() {
                    let source = format!("x = {left}; x[0] = {right}; return x[0];");
                    assert_eq!(kind_of(&source), store(element, b), "{source}");
                }
            }
            for op in [UnaryOp::Minus, UnaryOp::Plus, UnaryOp::Not] {
                let source = format!("{} {left};", op.text());
                assert_eq!(kind_of(&source), unary(op, a), "{source}");
            }
        }
    }
}
