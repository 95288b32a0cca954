//! Operators on values (JLS 15.15 to 15.21, and the reference's quirks where the vectors pin
//! them): pure functions without spans; the evaluator says where.

use std::cmp::Ordering;
use std::rc::Rc;

use crate::fault::Fault;
use crate::limits::Meter;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::display::push_display;
use crate::value::kind::Kind;
use crate::value::text::{Text, TextBuilder};
use crate::value::val::Val;

/// `left op right` for any operator but `&&` and `||`.
///
/// # Errors
/// Operands of the wrong kinds, LONG division by zero, and the limits.
pub(crate) fn binary<'a>(
    op: BinaryOp,
    left: &Val<'a>,
    right: &Val<'a>,
    meter: &'a Meter,
) -> Result<Val<'a>, Fault> {
    match (left, right) {
        (Val::Long(a), Val::Long(b)) => long(op, *a, *b),
        (Val::Double(a), Val::Double(b)) => double(op, *a, *b),
        (Val::Long(a), Val::Double(b)) => double(op, *a as f64, *b),
        (Val::Double(a), Val::Long(b)) => double(op, *a, *b as f64),
        _ => match op {
            BinaryOp::Add => concat(left, right, meter),
            BinaryOp::Equal => equal(left, right, meter).map(Val::Bool),
            BinaryOp::NotEqual => equal(left, right, meter).map(|same| Val::Bool(!same)),
            // NULL compares as neither less nor greater with anything; `<=` and `>=` are errors.
            BinaryOp::Less | BinaryOp::Greater if matches!(left, Val::Null) => Ok(Val::Bool(false)),
            _ => Err(mismatch(op, left, right)),
        },
    }
}

/// `left op right` for a comparison.
///
/// # Errors
/// As [`binary`].
pub(crate) fn compare<'a>(
    op: BinaryOp,
    left: &Val<'a>,
    right: &Val<'a>,
    meter: &'a Meter,
) -> Result<bool, Fault> {
    // No comparison gives anything but a BOOLEAN.
    binary(op, left, right, meter).map(|value| matches!(value, Val::Bool(true)))
}

/// LONG arithmetic wraps (JLS 15.17, 15.18); division truncates.
#[inline]
pub(crate) fn long<'a>(op: BinaryOp, a: i64, b: i64) -> Result<Val<'a>, Fault> {
    match (arithmetic(op, a, b), op) {
        (Some(v), _) => Ok(Val::Long(v)),
        (None, BinaryOp::Divide | BinaryOp::Remainder) => Err(by_zero(op)),
        (None, _) => Ok(Val::Bool(compare_long(op, a, b))),
    }
}

/// Arithmetic of LONGs, which wraps (JLS 15.17, 15.18); `None` for a division by zero, and for an
/// operator that is no arithmetic.
#[inline(always)]
pub(crate) fn arithmetic(op: BinaryOp, a: i64, b: i64) -> Option<i64> {
    match op {
        BinaryOp::Add => Some(a.wrapping_add(b)),
        BinaryOp::Subtract => Some(a.wrapping_sub(b)),
        BinaryOp::Multiply => Some(a.wrapping_mul(b)),
        BinaryOp::Divide if b != 0 => Some(a.wrapping_div(b)),
        BinaryOp::Remainder if b != 0 => Some(a.wrapping_rem(b)),
        _ => None,
    }
}

#[cold]
fn by_zero(op: BinaryOp) -> Fault {
    let what = if op == BinaryOp::Divide { "division" } else { "remainder" };
    Fault::with_help(format!("{what} by zero"), "test the divisor with `!= 0` first")
}

/// A comparison of LONGs; `false` for an operator that is none.
#[inline]
pub(crate) fn compare_long(op: BinaryOp, a: i64, b: i64) -> bool {
    match op {
        BinaryOp::Equal => a == b,
        BinaryOp::NotEqual => a != b,
        BinaryOp::Less => a < b,
        BinaryOp::LessEqual => a <= b,
        BinaryOp::Greater => a > b,
        BinaryOp::GreaterEqual => a >= b,
        _ => false,
    }
}

/// IEEE arithmetic (JLS 15.17, 15.18); `%` is C's `fmod`.
#[inline]
pub(crate) fn double<'a>(op: BinaryOp, a: f64, b: f64) -> Result<Val<'a>, Fault> {
    Ok(match op {
        BinaryOp::Add => Val::Double(a + b),
        BinaryOp::Subtract => Val::Double(a - b),
        BinaryOp::Multiply => Val::Double(a * b),
        BinaryOp::Divide => Val::Double(a / b),
        BinaryOp::Remainder => Val::Double(a % b),
        BinaryOp::Equal => Val::Bool(a == b),
        BinaryOp::NotEqual => Val::Bool(a != b),
        BinaryOp::Less => Val::Bool(a < b),
        BinaryOp::LessEqual => Val::Bool(a <= b),
        BinaryOp::Greater => Val::Bool(a > b),
        BinaryOp::GreaterEqual => Val::Bool(a >= b),
    })
}

/// `+` where not both sides are numbers: a STRING on the left takes anything; a STRING on the
/// right takes a number or NULL; NULL on the left concatenates with anything.
fn concat<'a>(left: &Val<'a>, right: &Val<'a>, meter: &'a Meter) -> Result<Val<'a>, Fault> {
    let accepted = match left {
        Val::Str(_) | Val::Null | Val::NullOf(Kind::String) => true,
        Val::Long(_) | Val::Double(_) => {
            matches!(right, Val::Str(_) | Val::NullOf(Kind::String))
        }
        // Java concatenates here, the reference refuses.
        Val::Bool(_) | Val::Array(_) | Val::Map(_) | Val::DateTime(_) => {
            matches!(right, Val::Str(_) | Val::NullOf(Kind::String))
        }
        _ => false,
    };
    if !accepted || matches!(right, Val::Void) {
        return Err(mismatch(BinaryOp::Add, left, right));
    }
    let mut out = TextBuilder::new(meter);
    push_display(&mut out, left, meter)?;
    push_display(&mut out, right, meter)?;
    Ok(Val::Str(out.finish()))
}

/// `==`. NULL compares with anything; `LONG == STRING` and `DOUBLE == STRING` compare the string
/// forms (a quirk of the reference, not symmetric); arrays, maps and dates compare by reference.
fn equal<'a>(left: &Val<'a>, right: &Val<'a>, meter: &'a Meter) -> Result<bool, Fault> {
    if left.is_null() || right.is_null() {
        return Ok(left.is_null() && right.is_null());
    }
    Ok(match (left, right) {
        (Val::Bool(a), Val::Bool(b)) => a == b,
        (Val::Str(a), Val::Str(b)) => {
            meter.step_units(a.len())?;
            a == b
        }
        (Val::Long(_) | Val::Double(_), Val::Str(b)) => &text(left, meter)? == b,
        (Val::Array(a), Val::Array(b)) => Rc::ptr_eq(a, b),
        (Val::Map(a), Val::Map(b)) => Rc::ptr_eq(a, b),
        (Val::DateTime(a), Val::DateTime(b)) => a == b,
        (Val::Zone(a), Val::Zone(b)) => a == b,
        (Val::Days(a), Val::Days(b)) => a == b,
        (Val::Uuid(a), Val::Uuid(b)) => a == b,
        _ => return Err(mismatch(BinaryOp::Equal, left, right)),
    })
}

/// The string form of a value.
pub(crate) fn text<'a>(value: &Val<'a>, meter: &'a Meter) -> Result<Text<'a>, Fault> {
    if let Val::Str(text) = value {
        return Ok(text.clone());
    }
    let mut out = TextBuilder::new(meter);
    push_display(&mut out, value, meter)?;
    Ok(out.finish())
}

/// `-x`, `+x`, `!x`.
///
/// # Errors
/// An operand of the wrong kind.
pub(crate) fn unary<'a>(op: UnaryOp, value: &Val<'a>) -> Result<Val<'a>, Fault> {
    Ok(match (op, value) {
        (UnaryOp::Minus, Val::Long(v)) => Val::Long(v.wrapping_neg()),
        (UnaryOp::Minus, Val::Double(v)) => Val::Double(-v),
        (UnaryOp::Plus, Val::Long(v)) => Val::Long(*v),
        (UnaryOp::Plus, Val::Double(v)) => Val::Double(*v),
        (UnaryOp::Not, Val::Bool(v)) => Val::Bool(!v),
        _ => {
            let wants = if op == UnaryOp::Not { "a BOOLEAN" } else { "a number" };
            let kind = value.held();
            return Err(Fault::error(format!("`{}` takes {wants}, not {kind}", op.text())));
        }
    })
}

#[cold]
fn mismatch(op: BinaryOp, left: &Val<'_>, right: &Val<'_>) -> Fault {
    let (a, b) = (left.held(), right.held());
    let message = format!("`{}` cannot take {a} and {b}", op.text());
    match (op, a, b) {
        (BinaryOp::Equal | BinaryOp::NotEqual, Kind::String, Kind::Long | Kind::Double) => {
            Fault::with_help(message, "compare with a string: `s == String.valueOf(n)`")
        }
        (
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual,
            Kind::String,
            Kind::String,
        ) => Fault::with_help(message, "order strings with `a.compareTo(b) < 0`"),
        (
            BinaryOp::Less | BinaryOp::LessEqual | BinaryOp::Greater | BinaryOp::GreaterEqual,
            Kind::DateTime,
            Kind::DateTime,
        ) => Fault::with_help(message, "order dates with `a.isBefore(b)` or `a.isAfter(b)`"),
        (_, Kind::Null, _) | (_, _, Kind::Null) => {
            Fault::with_help(message, "a name that is no input and was never assigned is NULL")
        }
        _ => Fault::error(message),
    }
}

/// How doubles order, for `Math.min` and `Math.max`: -0.0 below 0.0, NaN above all.
pub(crate) fn total(a: f64, b: f64) -> Ordering {
    a.total_cmp(&b)
}
