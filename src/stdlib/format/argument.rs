//! Arguments as the reference hands them to Java.

use super::spec::{Conversion, Spec};
use crate::fault::Fault;
use crate::value::kind::{Kind, Ty};
use crate::value::val::Val;

/// An argument by its Java class.
#[derive(Clone, Copy)]
pub(super) enum Argument<'v, 'a> {
    Null,
    Bool(bool),
    /// An `Integer`.
    Int(i32),
    /// A `Long`.
    Long(i64),
    Double(f64),
    Other(&'v Val<'a>),
}

impl<'v, 'a> Argument<'v, 'a> {
    /// The reference hands a LONG over as an `Integer` unless it is too large for one. It does not
    /// look for those that are too small: their upper half is lost, here as there.
    pub(super) fn of(value: &'v Val<'a>) -> Self {
        match value {
            Val::Void | Val::Unset | Val::Null | Val::NullOf(_) => Argument::Null,
            Val::Bool(v) => Argument::Bool(*v),
            Val::Long(v) if *v > i64::from(i32::MAX) => Argument::Long(*v),
            Val::Long(v) => Argument::Int(*v as i32),
            Val::Double(v) => Argument::Double(*v),
            other => Argument::Other(other),
        }
    }
}

/// The fault of an argument that the conversion cannot show.
#[cold]
pub(super) fn mismatch(spec: &Spec, accepted: Ty, arg: Argument<'_, '_>, value: &Val<'_>) -> Fault {
    let expected = accepted.without(Ty::of(Kind::Null).or(Ty::of(Kind::Void)));
    let letter = spec.letter();
    match (spec.conversion, arg) {
        (Conversion::Char, Argument::Long(v)) => Fault::error(format!("`{v}` is no character")),
        (Conversion::Date(_), Argument::Int(v)) => Fault::with_help(
            format!("`%{letter}` does not show `{v}`: only a LONG of more than 32 bits is a time"),
            "print a DATETIME with a DateTimeFormatter",
        ),
        _ => {
            let message = format!("`%{letter}` expects a {expected}, found a {}", value.kind());
            match (expected.single(), value.kind()) {
                (Some(Kind::Double), Kind::Long) => {
                    Fault::with_help(message, "use `%d`, or make it a double: `1.0 * x`")
                }
                (Some(Kind::Long), Kind::Double) => Fault::with_help(
                    message,
                    "use `%f`, or make it a whole number: `x.longValue()`",
                ),
                (_, Kind::DateTime) => {
                    Fault::with_help(message, "print a DATETIME with a DateTimeFormatter")
                }
                _ => Fault::with_help(message, "`%s` shows any value"),
            }
        }
    }
}
