//! The syntax tree for people: a line for a node, its children indented below it.
//!
//! It recurses over the tree, whose depth the parser has counted.

use sel::syntax::ast::{
    Declaration, Expr, ExprKind, ForInit, Literal, Postfix, PostfixKind, Stmt, StmtKind, Target,
    Unit,
};

use super::fold::literal;

/// The tree of a program.
pub(crate) fn tree(unit: &Unit) -> String {
    let mut tree = Tree { out: String::new(), depth: 0 };
    for import in &unit.imports {
        tree.line(&format!("import {}", import.name));
    }
    for stmt in &unit.statements {
        tree.stmt(stmt);
    }
    tree.out
}

struct Tree {
    out: String,
    depth: usize,
}

impl Tree {
    fn line(&mut self, text: &str) {
        self.out.push_str(&"  ".repeat(self.depth));
        self.out.push_str(text);
        self.out.push('\n');
    }

    /// A line, and what is below it.
    fn node(&mut self, text: &str, below: impl FnOnce(&mut Self)) {
        self.line(text);
        self.depth += 1;
        below(self);
        self.depth -= 1;
    }

    fn stmt(&mut self, stmt: &Stmt) {
        match &stmt.kind {
            StmtKind::Block(all) => self.node("block", |t| all.iter().for_each(|s| t.stmt(s))),
            StmtKind::Declaration(declaration) => self.declaration(declaration),
            StmtKind::Expression(expr) => self.expr(expr),
            StmtKind::If { arms, otherwise } => {
                for (i, arm) in arms.iter().enumerate() {
                    self.node(if i == 0 { "if" } else { "else if" }, |t| {
                        t.expr(&arm.condition);
                        t.stmt(&arm.body);
                    });
                }
                if let Some(body) = otherwise {
                    self.node("else", |t| t.stmt(body));
                }
            }
            StmtKind::While { condition, body } => self.node("while", |t| {
                t.expr(condition);
                t.stmt(body);
            }),
            StmtKind::For(parts) => self.node("for", |t| {
                match &parts.init {
                    Some(ForInit::Declaration(declaration)) => t.declaration(declaration),
                    Some(ForInit::Expression(expr)) => t.expr(expr),
                    None => t.line("no start"),
                }
                for (part, missing) in
                    [(&parts.condition, "no condition"), (&parts.update, "no update")]
                {
                    match part {
                        Some(expr) => t.expr(expr),
                        None => t.line(missing),
                    }
                }
                t.stmt(&parts.body);
            }),
            StmtKind::Break => self.line("break"),
            StmtKind::Continue => self.line("continue"),
            StmtKind::Return(expr) => self.node("return", |t| t.expr(expr)),
            StmtKind::Throw(expr) => self.node("throw", |t| t.expr(expr)),
        }
    }

    fn declaration(&mut self, declaration: &Declaration) {
        let array = if declaration.ty.array { "[]" } else { "" };
        for declarator in &declaration.declarators {
            let text = format!("declare {}{array} {}", declaration.ty.name, declarator.name.text);
            self.node(&text, |t| declarator.value.iter().for_each(|value| t.expr(value)));
        }
    }

    fn all(&mut self, exprs: &[Expr]) {
        exprs.iter().for_each(|expr| self.expr(expr));
    }

    fn expr(&mut self, expr: &Expr) {
        match &expr.kind {
            ExprKind::Literal(value) => self.line(&constant(value)),
            ExprKind::Name(name) => self.line(&format!("name {name}")),
            ExprKind::Unary { op, operand } => {
                self.node(&format!("unary {}", op.text()), |t| t.expr(operand));
            }
            ExprKind::Chain { first, rest } => {
                let ops: Vec<_> = rest.iter().map(|link| link.op.text()).collect();
                self.node(&format!("chain {}", ops.join(" ")), |t| {
                    t.expr(first);
                    rest.iter().for_each(|link| t.expr(&link.operand));
                });
            }
            ExprKind::And(all) => self.node("and", |t| t.all(all)),
            ExprKind::Or(all) => self.node("or", |t| t.all(all)),
            ExprKind::Conditional(parts) => self.node("conditional", |t| {
                t.expr(&parts.condition);
                t.expr(&parts.then);
                t.expr(&parts.otherwise);
            }),
            ExprKind::Assign(parts) => {
                let op = parts.op.map_or("", |op| op.text());
                let name = &parts.target.name().text;
                self.node(&format!("assign {name} {op}="), |t| {
                    if let Target::Index { index, .. } = &parts.target {
                        t.node("index", |t| t.expr(index));
                    }
                    t.expr(&parts.value);
                });
            }
            ExprKind::Postfix { base, ops } => self.node("postfix", |t| {
                t.expr(base);
                ops.iter().for_each(|op| t.postfix(op));
            }),
            ExprKind::New { class, args } => {
                self.node(&format!("new {}", class.text), |t| t.all(args));
            }
            ExprKind::NewArray { element, length } => {
                self.node(&format!("new {}[…]", element.text), |t| t.expr(length));
            }
            ExprKind::ArrayLiteral { element, elements } => {
                self.node(&format!("new {}[]", element.text), |t| t.all(elements));
            }
        }
    }

    fn postfix(&mut self, op: &Postfix) {
        match &op.kind {
            PostfixKind::Index(index) => self.node("index", |t| t.expr(index)),
            PostfixKind::Field(name) => self.line(&format!("field {}", name.text)),
            PostfixKind::Call { name, args } => {
                self.node(&format!("call {}", name.text), |t| t.all(args));
            }
        }
    }
}

fn constant(value: &Literal) -> String {
    match value {
        Literal::Null => "null".to_owned(),
        Literal::Boolean(value) => format!("BOOLEAN {value}"),
        Literal::Long(value) => format!("LONG {value}"),
        Literal::Double(value) => format!("DOUBLE {}", sel::Value::Double(*value)),
        Literal::String(text) => format!("STRING {}", literal(text)),
        Literal::Units(units) => format!("STRING {}", literal(&String::from_utf16_lossy(units))),
    }
}
