//! Ways that part and meet: `if`, `?:`, `&&`, and loops.
//!
//! A loop is looked at silently first, to learn what its variables may be at its head; then once
//! more, aloud. Loops nested more deeply than [`PRECISE`] are looked at once: what they set may be
//! anything.

use super::Checker;
use super::names::Names;
use super::scope::{Fact, Known, Origin, Var, Way};
use crate::error::Span;
use crate::eval::ops::compare_long;
use crate::syntax::ast::{Arm, Expr, ExprKind, ForInit, Literal, Stmt, StmtKind};
use crate::value::Ty;

/// How deeply nested a loop may be to be looked at more than once: each level multiplies the work.
const PRECISE: u32 = 3;

impl<'p> Checker<'p> {
    /// Follows one of several ways; faults on it are certain if it is the only one.
    fn way(&mut self, certain: bool, follow: impl FnOnce(&mut Self)) -> Way<'p> {
        let mark = self.scope.begin_way();
        let was_certain = self.is_certain;
        self.is_certain = was_certain && certain;
        follow(self);
        self.is_certain = was_certain;
        self.scope.end_way(mark)
    }

    fn meet(&mut self, ways: Vec<Way<'p>>) {
        let options = self.options;
        self.scope.join(ways, |name| outside(options, name));
    }

    /// Follows what only some runs do.
    pub(super) fn perhaps(&mut self, follow: impl FnOnce(&mut Self)) {
        let done = self.way(false, follow);
        let not = self.way(true, |_| {});
        self.meet(vec![done, not]);
    }

    /// Follows one of two ways, for the facts that they give.
    pub(super) fn either(
        &mut self,
        known: Option<bool>,
        then: &'p Expr,
        otherwise: &'p Expr,
    ) -> Fact {
        let (mut a, mut b) = (Fact::of(Ty::NEVER), Fact::of(Ty::NEVER));
        match known {
            Some(true) => return self.expr(then),
            Some(false) => return self.expr(otherwise),
            None => {}
        }
        let first = self.way(false, |this| a = this.expr(then));
        let second = self.way(false, |this| b = this.expr(otherwise));
        self.meet(vec![first, second]);
        a.join(b)
    }

    /// What a condition is known to be; tells if it is no BOOLEAN.
    pub(super) fn condition(&mut self, expr: &'p Expr) -> Option<bool> {
        let fact = self.expr(expr);
        self.must_be_boolean(fact, expr.span);
        match fact.known {
            Known::Boolean(value) => Some(value),
            _ => None,
        }
    }

    pub(super) fn must_be_boolean(&mut self, fact: Fact, span: Span) {
        if fact.is_never() || (fact.may_be(Ty::BOOLEAN) && !fact.is_null()) {
            return;
        }
        let help = if fact.ty.is_within(Ty::NUMBER) {
            "compare explicitly: `n != 0`"
        } else if fact.ty == Ty::STRING {
            "compare explicitly: `s == 'true'`"
        } else {
            "a condition is `true` or `false`"
        };
        let message = format!("expected BOOLEAN, found {}", fact.shown());
        self.fault("SEL0206", message, span, Some(help.to_owned()));
    }

    /// A condition that should depend on something.
    pub(super) fn open_condition(&mut self, expr: &'p Expr) -> Option<bool> {
        let known = self.condition(expr);
        if let Some(value) = known {
            let message = format!("the condition is always `{value}`");
            self.warn("SEL0256", message, expr.span, "");
        }
        known
    }

    pub(super) fn if_statement(&mut self, arms: &'p [Arm], otherwise: Option<&'p Stmt>) {
        let mut ways = Vec::new();
        let mut is_decided = false;
        for (i, arm) in arms.iter().enumerate() {
            if is_decided {
                break;
            }
            // The first condition is always evaluated, the others if those before were false.
            let known = if i == 0 {
                self.open_condition(&arm.condition)
            } else {
                let mut known = None;
                if ways.is_empty() {
                    known = self.open_condition(&arm.condition);
                } else {
                    self.perhaps(|this| known = this.open_condition(&arm.condition));
                }
                known
            };
            match known {
                Some(false) => {}
                Some(true) => {
                    let certain = ways.is_empty();
                    ways.push(self.way(certain, |this| this.statement(&arm.body, false)));
                    is_decided = true;
                }
                None => ways.push(self.way(false, |this| this.statement(&arm.body, false))),
            }
        }
        if !is_decided {
            let certain = ways.is_empty();
            ways.push(self.way(certain, |this| {
                if let Some(body) = otherwise {
                    this.statement(body, false);
                }
            }));
        }
        self.meet(ways);
    }

    pub(super) fn for_init(&mut self, init: Option<&'p ForInit>) {
        match init {
            Some(ForInit::Declaration(declaration)) => self.declaration(declaration),
            Some(ForInit::Expression(expr)) => {
                self.expr(expr);
            }
            None => {}
        }
    }

    /// `while` and `for`, behind the first part of its head.
    pub(super) fn loop_statement(
        &mut self,
        condition: Option<&'p Expr>,
        update: Option<&'p Expr>,
        body: &'p Stmt,
        span: Span,
    ) {
        self.loops += 1;
        let enters = condition.is_none_or(|condition| self.holds_at_first(condition));
        if self.loops <= PRECISE {
            // Types settle soon: a variable is NULL at first and then keeps its kind.
            for round in 0..3 {
                let set = self.round((condition, enters), update, body, true).1;
                if !self.widen(set, round == 2) {
                    break;
                }
            }
        } else {
            let anything = Var { fact: Fact::UNKNOWN, origin: Origin::Set };
            let set = Names::set_in(condition.into_iter().chain(update), body);
            self.widen(set.into_iter().map(|name| (name, anything)).collect(), true);
        }
        let (known, set) = self.round((condition, enters), update, body, false);
        self.widen(set, false);
        self.loops -= 1;
        if known == Some(true) {
            self.endless(body, span);
            if !breaks(body) {
                self.scope.die();
            }
        }
    }

    /// Whether a loop's condition is known to hold before the first round: `i < 3` behind `i = 0`.
    fn holds_at_first(&self, condition: &Expr) -> bool {
        let value = |expr: &Expr| match &expr.kind {
            ExprKind::Literal(Literal::Long(v)) => Some(*v),
            ExprKind::Name(name) => match self.var(name).fact.known {
                Known::Long(v) => Some(v),
                _ => None,
            },
            _ => None,
        };
        let ExprKind::Chain { first, rest } = &condition.kind else { return false };
        let [link] = rest.as_slice() else { return false };
        match (value(first), value(&link.operand)) {
            (Some(a), Some(b)) => compare_long(link.op, a, b),
            _ => false,
        }
    }

    /// Follows a round of a loop: gives what the condition is known to be and what was set. The
    /// condition may be known to hold in the first round.
    fn round(
        &mut self,
        (condition, enters): (Option<&'p Expr>, bool),
        update: Option<&'p Expr>,
        body: &'p Stmt,
        silent: bool,
    ) -> (Option<bool>, Vec<(&'p str, Var)>) {
        let could_leave = self.may_leave;
        self.silent += u32::from(silent);
        self.scope.begin_record();
        let mut known = Some(true);
        self.way(true, |this| {
            if let Some(condition) = condition {
                known = this.condition(condition);
                if known == Some(false) {
                    this.warn("SEL0256", "the condition is always `false`", condition.span, "");
                    this.scope.die();
                    return;
                }
                if known == Some(true) && !is_literal(condition) {
                    this.warn("SEL0256", "the condition is always `true`", condition.span, "");
                }
            }
            this.is_certain &= known == Some(true) || enters;
            this.statement(body, false);
            // The end of the body and each `continue` come here.
            if let Some(update) = update {
                this.is_certain = false;
                this.scope.blur();
                this.expr(update);
            }
        });
        let set = self.scope.end_record();
        self.silent -= u32::from(silent);
        // A `break` or `continue` leaves the round only; what ends the program may have ended it.
        self.may_leave = could_leave || returns(body);
        (known, set)
    }

    /// At the head of the loop each variable may also be what the body set it to.
    fn widen(&mut self, set: Vec<(&'p str, Var)>, fully: bool) -> bool {
        let mut is_wider = false;
        for (name, mut var) in set {
            if fully {
                var = Var { fact: Fact::UNKNOWN, origin: Origin::Set };
            }
            let options = self.options;
            is_wider |= self.scope.widen(name, var, |name| outside(options, name));
        }
        is_wider
    }
}

/// What is known of a name before the program has set it.
pub(super) fn outside(options: &super::CheckOptions, name: &str) -> Var {
    match options.inputs.get(name) {
        Some(ty) => Var { fact: Fact::input(*ty), origin: Origin::Input },
        None if options.is_open => Var { fact: Fact::UNKNOWN, origin: Origin::Input },
        None => Var { fact: Fact::NULL, origin: Origin::Nothing },
    }
}

pub(super) fn is_literal(expr: &Expr) -> bool {
    matches!(expr.kind, ExprKind::Literal(Literal::Boolean(_)))
}

/// Whether a statement can leave the loop around it by `break`.
fn breaks(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Break => true,
        StmtKind::Block(inner) => inner.iter().any(breaks),
        StmtKind::If { arms, otherwise } => {
            arms.iter().any(|arm| breaks(&arm.body)) || otherwise.as_deref().is_some_and(breaks)
        }
        _ => false,
    }
}

/// Whether a statement can end the program.
fn returns(statement: &Stmt) -> bool {
    match &statement.kind {
        StmtKind::Return(_) | StmtKind::Throw(_) => true,
        StmtKind::Block(inner) => inner.iter().any(returns),
        StmtKind::If { arms, otherwise } => {
            arms.iter().any(|arm| returns(&arm.body)) || otherwise.as_deref().is_some_and(returns)
        }
        StmtKind::While { body, .. } => returns(body),
        StmtKind::For(parts) => returns(&parts.body),
        _ => false,
    }
}

/// Whether a statement can leave the loop around it in any way.
pub(super) fn exits(statement: &Stmt) -> bool {
    breaks(statement) || returns(statement)
}
