//! What is legal but hardly meant.

use std::collections::BTreeMap;

use super::names::parts;
use super::scope::Fact;
use super::{Checker, MOST_TOLD};
use crate::error::Span;
use crate::stdlib;
use crate::syntax::ast::{BinaryOp, Expr, ExprKind, Literal, PostfixKind};
use crate::value::{Kind, Ty};

impl<'p> Checker<'p> {
    /// A name that nothing defines.
    pub(super) fn undefined(&mut self, name: &str, span: Span) {
        if self.silent > 0 || !self.scope.is_live() {
            return;
        }
        let known = self.options.inputs.keys().map(String::as_str);
        let set = self.names.set.keys().copied().filter(|n| *n != name);
        // What will not be told needs no help.
        let is_worth_it = name.len() > 2 && self.diagnostics.len() < MOST_TOLD;
        let best = is_worth_it.then(|| stdlib::nearest(name, known.chain(set))).flatten();
        let help = match best {
            Some(best) => format!("did you mean `{best}`?"),
            None => "no input has this name, and nothing was assigned to it before".to_owned(),
        };
        self.warn("SEL0250", format!("nothing defines `{name}`: it is NULL"), span, &help);
    }

    /// Variables that are set and never read.
    pub(super) fn unused_variables(&mut self) {
        let set: BTreeMap<(u32, &str), Span> =
            self.names.set.iter().map(|(name, span)| ((span.start, *name), *span)).collect();
        for ((_, name), span) in set {
            let is_none = self.names.is_class(name) || name == "params";
            if self.names.read.contains(name) || name.starts_with('_') || is_none {
                continue;
            }
            self.diagnostics.push(crate::diag::Diagnostic {
                code: "SEL0251",
                severity: crate::diag::Severity::Warning,
                message: format!("`{name}` is never read"),
                span,
                help: Some("remove it, or begin its name with `_`".to_owned()),
                suggestion: None,
            });
        }
    }

    /// A whole number that Java would read as octal.
    pub(super) fn octal(&mut self, span: Span) {
        let text = self.text(span);
        let digits = text.trim_end_matches(['l', 'L']);
        let value = digits.trim_start_matches('0');
        if digits.len() > 1
            && !value.is_empty()
            && text.starts_with('0')
            && !text.contains(['x', 'X'])
        {
            let message = format!("`{digits}` is {value} here, and would be octal in Java");
            let help = format!("write `{value}`");
            self.warn("SEL0254", message, span, &help);
            self.suggest(span, value);
        }
    }

    /// A comparison of an expression with itself.
    pub(super) fn compared(
        &mut self,
        op: BinaryOp,
        left: &'p Expr,
        right: &'p Expr,
        result: Fact,
        span: Span,
    ) {
        if result.ty == Ty::BOOLEAN
            && !matches!(left.kind, ExprKind::Literal(_))
            && left == right
            && !has_effect(left)
            && !matches!(left.kind, ExprKind::New { .. } | ExprKind::Postfix { .. })
        {
            let message = format!("both sides of `{}` are the same", op.text());
            self.warn("SEL0255", message, span, "");
        }
    }

    /// `==` on what is never equal, as far as that is legal.
    pub(super) fn never_equal(
        &mut self,
        left: Fact,
        right: Fact,
        only_null: bool,
        span: Span,
        op_span: Span,
    ) {
        let null = Ty::of(Kind::Null);
        let scalar = |fact: Fact| !fact.may_be_null && !fact.may_be(null) && fact != Fact::UNKNOWN;
        let never = (only_null && (left.may_be_null || right.may_be_null))
            || (left.ty == null && scalar(right))
            || (right.ty == null && scalar(left));
        if never {
            let message = format!("{} and {} are never equal", left.ty, right.ty);
            self.warn("SEL0253", message, span, "");
            return;
        }
        // A number compares with a string by its text.
        if left.ty.is_within(Ty::NUMBER) && right.ty == Ty::STRING {
            let text = self.text(Span { start: op_span.end, end: span.end });
            let literal = text.trim().trim_matches(['\'', '"']);
            let quoted = text.trim().starts_with(['\'', '"']);
            if quoted && literal.parse::<f64>().is_err() {
                let message = format!("a number is never equal to the text `{literal}`");
                self.warn("SEL0253", message, span, "");
            }
        }
    }

    /// A statement that only computes a value.
    pub(super) fn discarded(&mut self, expr: &'p Expr) {
        if !has_effect(expr) && !self.may_have_effect(expr) {
            let help = "assign it, return it, or remove the statement";
            self.warn("SEL0259", "the value is not used", expr.span, help);
        }
    }

    /// Whether a call at the end of an expression may do more than give a value.
    fn may_have_effect(&self, expr: &Expr) -> bool {
        let ExprKind::Postfix { base, ops } = &expr.kind else {
            return false;
        };
        let Some(PostfixKind::Call { name, .. }) = ops.last().map(|op| &op.kind) else {
            return false;
        };
        if let ExprKind::Name(base) = &base.kind {
            let host = matches!(&**base, "params" | "Util");
            if host || (ops.len() == 1 && self.names.is_class(base)) {
                return host;
            }
        }
        // Of the library only maps change.
        let changes = |class: &&stdlib::Class| {
            class.kind == Some(Kind::Map) && class.methods.iter().any(|m| m.name == &*name.text)
        };
        let pure = |class: &&stdlib::Class| {
            class.kind != Some(Kind::Map) && class.methods.iter().any(|m| m.name == &*name.text)
        };
        let classes = stdlib::classes();
        classes.iter().any(changes) || !classes.iter().any(pure)
    }

    /// `YYYY` in a date pattern without a week.
    pub(super) fn year_of_era(&mut self, literal: &Expr) {
        let ExprKind::Literal(Literal::String(pattern)) = &literal.kind else {
            return;
        };
        // What is in quotes stands for itself.
        let letters: String = pattern.split('\'').step_by(2).collect();
        if letters.contains("YYYY") && !letters.contains(['w', 'G', 'C']) {
            let message = "`YYYY` is the year of the era";
            self.warn("SEL0260", message, literal.span, "the year is `yyyy`");
            let text = self.text(literal.span);
            self.suggest(literal.span, text.replace('Y', "y"));
        }
    }
}

/// Whether an assignment is somewhere in the expression.
fn has_effect(expr: &Expr) -> bool {
    if matches!(expr.kind, ExprKind::Assign(_)) {
        return true;
    }
    let mut found = false;
    parts(expr, &mut |part| found = found || has_effect(part));
    found
}
