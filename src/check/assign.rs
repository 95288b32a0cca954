//! Assignments: a variable keeps its kind, an element its array's.

use super::Checker;
use super::expr::add;
use super::kinds;
use super::scope::{Fact, Known, Origin, Var};
use crate::error::Span;
use crate::syntax::ast::{Assign, BinaryOp, Expr, Name, Target};
use crate::value::{Kind, Ty};

impl<'p> Checker<'p> {
    /// `x = value`, `x op= value`, `x[i] = value`, `x[i] op= value`
    pub(super) fn assign(&mut self, parts: &'p Assign, span: Span) -> Fact {
        let name = parts.target.name();
        if self.names.is_class(&name.text) {
            let message = format!("`{}` is a class and cannot be assigned", name.text);
            let help = Some("choose another name".to_owned());
            self.fault("SEL0215", message, name.span, help);
            return self.expr(&parts.value);
        }
        if &*name.text == "params" && !self.names.is_declared("params") {
            let help = Some("assign to a variable of your own".to_owned());
            self.fault("SEL0215", "`params` cannot be written".to_owned(), name.span, help);
            return self.expr(&parts.value);
        }
        match &parts.target {
            Target::Name(name) => {
                let value = self.expr(&parts.value);
                let fact = match parts.op {
                    None => self.plain(name, value, parts.value.span),
                    Some(op) => self.compound_name(op, name, value, &parts.value, span),
                };
                self.scope.set(&name.text, Var { fact, origin: Origin::Set });
                fact
            }
            Target::Index { name, index } => {
                self.element(parts.op, name, index, &parts.value, span)
            }
        }
    }

    fn plain(&mut self, name: &Name, value: Fact, span: Span) -> Fact {
        let old = self.var(&name.text).fact;
        let mut ty = Ty::NEVER;
        for a in old.ty.kinds() {
            for b in value.ty.kinds() {
                ty = kinds::assign(a, b).map_or(ty, |kind| add(ty, kind));
            }
        }
        if ty.is_never() && !old.is_never() && !value.is_never() {
            let null = Ty::of(Kind::Null);
            match old.ty.without(null).single() {
                Some(kind) => self.mismatch(kind, value, span),
                None => {
                    let message = format!("expected {}, found {}", old.ty, value.ty);
                    self.fault("SEL0201", message, span, None);
                }
            }
            return old.forget();
        }
        let may_be_null = value.may_be_null || value.may_be(Ty::of(Kind::Null));
        Fact { ty, may_be_null, known: value.kept(ty) }
    }

    fn compound_name(
        &mut self,
        op: BinaryOp,
        name: &'p Name,
        value: Fact,
        expr: &Expr,
        span: Span,
    ) -> Fact {
        let old = self.var(&name.text).fact;
        self.compound(op, old, value, expr, span)
    }

    fn compound(&mut self, op: BinaryOp, old: Fact, value: Fact, expr: &Expr, span: Span) -> Fact {
        let mut ty = Ty::NEVER;
        for a in old.ty.kinds() {
            for b in value.ty.kinds() {
                ty = kinds::compound(op, a, b).map_or(ty, |kind| add(ty, kind));
            }
        }
        let is_null = old.is_null() && !(op == BinaryOp::Add && old.may_be(Ty::STRING));
        if (ty.is_never() || is_null) && !old.is_never() && !value.is_never() {
            let (a, b) = (old.shown(), value.shown());
            let message = format!("`{}=` cannot take {a} and {b}", op.text());
            let help = old.is_null().then(|| "give it a value first".to_owned());
            self.fault("SEL0202", message, span, help);
            return old.forget();
        }
        if value.known == Known::Long(0) && matches!(op, BinaryOp::Divide | BinaryOp::Remainder) {
            self.by_zero(op, Fact::of(ty), expr.span);
        }
        Fact::of(ty)
    }

    fn element(
        &mut self,
        op: Option<BinaryOp>,
        name: &'p Name,
        index: &'p Expr,
        value: &'p Expr,
        span: Span,
    ) -> Fact {
        let var = self.var(&name.text);
        let index_fact = self.expr(index);
        let old = self.indexed(var.fact, index_fact, name.span.to(index.span), index.span);
        let fact = self.expr(value);
        let elements: Vec<Kind> = var.fact.ty.kinds().filter_map(Kind::element).collect();
        let is_map = var.fact.may_be(Ty::MAP);
        if let Some(op) = op {
            return self.compound(op, old, fact, value, span);
        }
        if let ([element], false) = (elements.as_slice(), is_map) {
            self.stored(*element, fact, value.span);
        }
        fact.forget()
    }
}
