//! The names of a program, from its text alone: which are declared, set and read.

use std::collections::{HashMap, HashSet};

use crate::error::Span;
use crate::stdlib;
use crate::syntax::ast::{
    Assign, Declaration, Expr, ExprKind, ForInit, Name, Postfix, PostfixKind, Stmt, StmtKind,
    Target, Unit,
};

/// The names of a program.
#[derive(Debug, Default)]
pub(super) struct Names<'p> {
    /// Names that some declaration makes variables; they hide classes of that name.
    declared: HashSet<&'p str>,
    /// Where each variable is set first.
    pub(super) set: HashMap<&'p str, Span>,
    /// Names that are read somewhere.
    pub(super) read: HashSet<&'p str>,
}

impl<'p> Names<'p> {
    pub(super) fn collect(unit: &'p Unit) -> Self {
        let mut names = Names::default();
        unit.statements.iter().for_each(|s| names.statement(s));
        // The last statement's value is the program's.
        if let Some(StmtKind::Expression(expr)) = unit.statements.last().map(|s| &s.kind) {
            names.expr(expr);
        }
        names
    }

    /// The names that a loop of these parts sets.
    pub(super) fn set_in(exprs: impl Iterator<Item = &'p Expr>, body: &'p Stmt) -> Vec<&'p str> {
        let mut names = Names::default();
        exprs.for_each(|expr| names.expr(expr));
        names.statement(body);
        names.set.into_keys().collect()
    }

    /// Whether some declaration makes the name a variable.
    pub(super) fn is_declared(&self, name: &str) -> bool {
        self.declared.contains(name)
    }

    /// Whether the name is that of a class.
    pub(super) fn is_class(&self, name: &str) -> bool {
        stdlib::find_class(name).is_some() && !self.is_declared(name)
    }

    fn set(&mut self, name: &'p Name) {
        self.set.entry(&name.text).or_insert(name.span);
    }

    fn statement(&mut self, statement: &'p Stmt) {
        match &statement.kind {
            StmtKind::Block(inner) => inner.iter().for_each(|s| self.statement(s)),
            StmtKind::Declaration(declaration) => self.declaration(declaration),
            StmtKind::Expression(expr) => self.effect(expr),
            StmtKind::Return(expr) | StmtKind::Throw(expr) => self.expr(expr),
            StmtKind::If { arms, otherwise } => {
                for arm in arms {
                    self.expr(&arm.condition);
                    self.statement(&arm.body);
                }
                if let Some(body) = otherwise {
                    self.statement(body);
                }
            }
            StmtKind::While { condition, body } => {
                self.expr(condition);
                self.statement(body);
            }
            StmtKind::For(parts) => {
                match &parts.init {
                    Some(ForInit::Declaration(declaration)) => self.declaration(declaration),
                    Some(ForInit::Expression(expr)) => self.effect(expr),
                    None => {}
                }
                parts.condition.iter().for_each(|e| self.expr(e));
                parts.update.iter().for_each(|e| self.effect(e));
                self.statement(&parts.body);
            }
            StmtKind::Break | StmtKind::Continue => {}
        }
    }

    fn declaration(&mut self, declaration: &'p Declaration) {
        for declarator in &declaration.declarators {
            self.declared.insert(&declarator.name.text);
            self.set(&declarator.name);
            declarator.value.iter().for_each(|e| self.expr(e));
        }
    }

    /// An expression whose value is not used.
    fn effect(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Assign(parts) => self.assign(parts),
            _ => self.expr(expr),
        }
    }

    fn assign(&mut self, parts: &'p Assign) {
        self.expr(&parts.value);
        match &parts.target {
            Target::Name(name) => {
                self.set(name);
                if parts.op.is_some() {
                    self.read.insert(&name.text);
                }
            }
            Target::Index { name, index } => {
                self.read.insert(&name.text);
                self.expr(index);
            }
        }
    }

    fn expr(&mut self, expr: &'p Expr) {
        match &expr.kind {
            ExprKind::Literal(_) => {}
            ExprKind::Name(name) => {
                self.read.insert(name);
            }
            ExprKind::Assign(parts) => {
                // What an assignment inside of an expression gives is used.
                self.read.insert(&parts.target.name().text);
                self.assign(parts);
            }
            _ => parts(expr, &mut |part| self.expr(part)),
        }
    }
}

/// Calls `visit` with the expressions that an expression directly consists of, but those of an
/// assignment.
pub(super) fn parts<'p>(expr: &'p Expr, visit: &mut dyn FnMut(&'p Expr)) {
    match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Name(_) | ExprKind::Assign(_) => {}
        ExprKind::Unary { operand, .. } => visit(operand),
        ExprKind::Chain { first, rest } => {
            visit(first);
            rest.iter().for_each(|link| visit(&link.operand));
        }
        ExprKind::And(operands) | ExprKind::Or(operands) => operands.iter().for_each(visit),
        ExprKind::Conditional(parts) => {
            visit(&parts.condition);
            visit(&parts.then);
            visit(&parts.otherwise);
        }
        ExprKind::Postfix { base, ops } => {
            visit(base);
            for Postfix { kind, .. } in ops {
                match kind {
                    PostfixKind::Index(index) => visit(index),
                    PostfixKind::Field(_) => {}
                    PostfixKind::Call { args, .. } => args.iter().for_each(&mut *visit),
                }
            }
        }
        ExprKind::New { args, .. } => args.iter().for_each(visit),
        ExprKind::NewArray { length, .. } => visit(length),
        ExprKind::ArrayLiteral { elements, .. } => elements.iter().for_each(visit),
    }
}
