//! What a program gives, and whether it is what its user wants: a value of the declared type, or
//! one that the engine converts to it.

use super::Checker;
use super::scope::{Fact, Known};
use crate::error::Span;
use crate::syntax::ast::{Expr, ExprKind, Literal};
use crate::value::{Kind, Ty};

impl<'p> Checker<'p> {
    /// The program ends with this value.
    pub(super) fn gives(&mut self, fact: Fact, expr: Option<&'p Expr>, span: Span) {
        self.returns = self.returns.or(fact.ty);
        let Some(expect) = self.options.expect else {
            return;
        };
        if fact.is_never() {
            return;
        }
        let text = match expr.map(|expr| &expr.kind) {
            Some(ExprKind::Literal(Literal::String(text))) => Some(&**text),
            _ => None,
        };
        let fits = fact.ty.kinds().any(|from| expect.kinds().any(|to| converts(from, to, text)));
        let is_null = fact.is_null() && !expect.has(Kind::Null);
        if fits && !is_null {
            return;
        }
        let message = match text {
            Some(text) if text.len() <= 40 => {
                format!("expected a result of type {expect}, found the STRING `{text}`")
            }
            _ => format!("expected a result of type {expect}, found {}", fact.shown()),
        };
        let help = (fact.known == Known::Nothing && fact.ty == Ty::of(Kind::Void))
            .then(|| "end with `return …;` or with an expression".to_owned());
        self.fault("SEL0209", message, span, help);
    }
}

/// Whether the engine takes a value of the one kind for a param of the other: numbers and truth
/// values for a text, a text that reads as one for a number or a truth value, and arrays whose
/// elements convert.
fn converts(from: Kind, to: Kind, text: Option<&str>) -> bool {
    match (from, to) {
        _ if from == to => true,
        (Kind::Long | Kind::Double | Kind::Boolean, Kind::String)
        | (Kind::Long, Kind::Double)
        | (Kind::LongArray, Kind::DoubleArray) => true,
        (Kind::String, Kind::Long) => text.is_none_or(|text| text.trim().parse::<i64>().is_ok()),
        (Kind::String, Kind::Double) => text.is_none_or(|text| text.trim().parse::<f64>().is_ok()),
        (Kind::String, Kind::Boolean) => text.is_none_or(|text| {
            text.eq_ignore_ascii_case("true") || text.eq_ignore_ascii_case("false")
        }),
        (_, Kind::StringArray) => from.element().is_some(),
        _ => false,
    }
}
