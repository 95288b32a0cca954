//! From the tree to canonical source text: expressions.

use crate::syntax::ast::{Expr, ExprKind, Level, Literal, Name, Postfix, PostfixKind, Target};
use crate::syntax::print::Printer;

/// How tightly an expression holds together, loosest first.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Hold {
    Assign,
    Conditional,
    Or,
    And,
    Chain(Level),
    Unary,
    Postfix,
}

fn hold(expr: &Expr) -> Hold {
    match &expr.kind {
        ExprKind::Assign(_) => Hold::Assign,
        ExprKind::Conditional(_) => Hold::Conditional,
        ExprKind::Or(_) => Hold::Or,
        ExprKind::And(_) => Hold::And,
        ExprKind::Chain { rest, .. } => {
            Hold::Chain(rest.first().map_or(Level::Multiplicative, |link| link.op.level()))
        }
        ExprKind::Unary { .. } => Hold::Unary,
        _ => Hold::Postfix,
    }
}

impl Printer<'_> {
    pub(super) fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(literal) => self.literal(expr, literal),
            ExprKind::Name(name) => {
                self.leaf(expr.span.start);
                self.put(name);
            }
            ExprKind::Unary { op, operand } => {
                self.leaf(expr.span.start);
                self.put(op.text());
                // `--` would be another operator.
                let doubled = matches!(&operand.kind, ExprKind::Unary { op: inner, .. }
                    if inner == op && op.text() != "!");
                self.operand(operand, doubled || hold(operand) < Hold::Unary);
            }
            ExprKind::Chain { first, rest } => {
                let own = hold(expr);
                self.operand(first, hold(first) < own);
                for link in rest {
                    self.put(" ");
                    self.leaf(link.op_span.start);
                    self.put(link.op.text());
                    self.put(" ");
                    self.operand(&link.operand, hold(&link.operand) <= own);
                }
            }
            ExprKind::And(operands) => self.logic(operands, " && ", Hold::And),
            ExprKind::Or(operands) => self.logic(operands, " || ", Hold::Or),
            ExprKind::Conditional(parts) => {
                self.operand(&parts.condition, hold(&parts.condition) <= Hold::Conditional);
                self.put(" ? ");
                self.expr(&parts.then);
                self.put(" : ");
                self.expr(&parts.otherwise);
            }
            ExprKind::Assign(parts) => {
                match &parts.target {
                    Target::Name(name) => self.name(name),
                    Target::Index { name, index } => {
                        self.name(name);
                        self.put("[");
                        self.expr(index);
                        self.put("]");
                    }
                }
                self.put(" ");
                self.put(parts.op.map_or("", |op| op.text()));
                self.put("= ");
                self.expr(&parts.value);
            }
            ExprKind::Postfix { base, ops } => self.postfixes(base, ops),
            ExprKind::New { class, args } => {
                self.leaf(expr.span.start);
                self.put("new ");
                self.name(class);
                self.put("(");
                self.exprs(args);
                self.put(")");
            }
            ExprKind::NewArray { element, length } => {
                self.leaf(expr.span.start);
                self.put("new ");
                self.name(element);
                self.put("[");
                self.expr(length);
                self.put("]");
            }
            ExprKind::ArrayLiteral { element, elements } => {
                self.leaf(expr.span.start);
                self.put("new ");
                self.name(element);
                self.put("[] {");
                self.exprs(elements);
                self.put("}");
            }
        }
    }

    pub(super) fn name(&mut self, name: &Name) {
        self.leaf(name.span.start);
        self.put(&name.text);
    }

    fn literal(&mut self, expr: &Expr, literal: &Literal) {
        self.leaf(expr.span.start);
        match literal {
            Literal::Null => self.put("null"),
            Literal::Boolean(true) => self.put("true"),
            Literal::Boolean(false) => self.put("false"),
            _ => {
                let text = self.text(expr.span);
                self.put(&text);
            }
        }
    }

    fn operand(&mut self, expr: &Expr, brackets: bool) {
        if brackets {
            self.put("(");
            self.expr(expr);
            self.put(")");
        } else {
            self.expr(expr);
        }
    }

    fn logic(&mut self, operands: &[Expr], op: &str, own: Hold) {
        for (i, operand) in operands.iter().enumerate() {
            if i > 0 {
                self.put(op);
            }
            self.operand(operand, hold(operand) <= own);
        }
    }

    fn postfixes(&mut self, base: &Expr, ops: &[Postfix]) {
        // The dot after a number would be its own.
        let number = matches!(&base.kind, ExprKind::Literal(Literal::Long(_) | Literal::Double(_)));
        let index = matches!(ops, [Postfix { kind: PostfixKind::Index(_), .. }, ..]);
        self.operand(base, hold(base) < Hold::Postfix || (number && !index));
        for op in ops {
            match &op.kind {
                PostfixKind::Index(index) => {
                    self.put("[");
                    self.expr(index);
                    self.put("]");
                }
                PostfixKind::Field(name) => {
                    self.put(".");
                    self.name(name);
                }
                PostfixKind::Call { name, args } => {
                    self.put(".");
                    self.name(name);
                    self.put("(");
                    self.exprs(args);
                    self.put(")");
                }
            }
        }
    }

    fn exprs(&mut self, exprs: &[Expr]) {
        for (i, expr) in exprs.iter().enumerate() {
            if i > 0 {
                self.put(", ");
            }
            self.expr(expr);
        }
    }
}
