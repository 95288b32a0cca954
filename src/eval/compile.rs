//! Syntax tree to resolved program: names to slots, calls to rows of the class table, literal
//! patterns parsed, steps counted. Resolving never refuses a program: what can only fail becomes
//! a node that fails when it is reached.

mod call;
mod fold;
mod kinds;
mod names;

use crate::error::Span;
use crate::eval::code::{
    Arm, AssignIndex, Code, Declare, DeclaredType, Link, Loop, Node, NodeKind, Slot, Stmt,
};
use crate::fault::{Fault, PARAMS_USE};
use crate::stdlib;
use crate::syntax::ast;
use crate::syntax::ast::BinaryOp;
use crate::value::kind::Kind;
use names::Names;

/// Resolves a whole program.
pub(crate) fn compile(unit: &ast::Unit) -> Code {
    let mut names = Names::collect(unit);
    let body = Compiler { names: &mut names }.program(&unit.statements);
    let (names, inputs) = names.finish();
    Code { body, names, inputs }
}

/// What is counted before it is collected is not moved into a smaller room.
fn exactly<T>(items: impl Iterator<Item = T> + Clone) -> Box<[T]> {
    let mut out = Vec::with_capacity(items.clone().count());
    out.extend(items);
    out.into()
}

struct Compiler<'n> {
    names: &'n mut Names,
}

/// The type that a declaration or a `new` names.
pub(crate) fn declared_type(name: &str, array: bool) -> Result<DeclaredType, Fault> {
    let (kind, is_primitive) = match name {
        "int" | "long" => (Kind::Long, true),
        "float" | "double" => (Kind::Double, true),
        "boolean" => (Kind::Boolean, true),
        "DateTimeFormat" => (Kind::DateTimeFormatter, false),
        _ => match stdlib::find_class(name).and_then(|class| class.kind) {
            Some(kind) => (kind, false),
            None => return Err(stdlib::unknown_class(name)),
        },
    };
    if !array {
        return Ok(DeclaredType { kind, is_primitive });
    }
    match kind.array() {
        Some(kind) => Ok(DeclaredType { kind, is_primitive: false }),
        None => Err(Fault::with_help(
            format!("there are no arrays of {kind}"),
            "the elements of an array are of type `long`, `double`, `boolean` or `String`",
        )),
    }
}

/// Takes over the steps of statements that always run when the statement around them does.
fn take_steps(stmt: &mut Stmt) -> u32 {
    match stmt {
        Stmt::Effect { steps, .. } => std::mem::take(steps),
        Stmt::Block(inner) => {
            let mut sum = 0_u32;
            for stmt in inner {
                sum = sum.saturating_add(take_steps(stmt));
                if !matches!(stmt, Stmt::Effect { .. }) {
                    break;
                }
            }
            sum
        }
        Stmt::If { arms, .. } => arms.first_mut().map_or(0, |arm| std::mem::take(&mut arm.steps)),
        _ => 0,
    }
}

/// `left op right`, in the form for a variable and what needs no evaluation where it fits.
fn simple(op: BinaryOp, operands: Box<(Node, Node)>) -> NodeKind {
    let right = match &operands.1.kind {
        NodeKind::Long(v) => i32::try_from(*v).ok(),
        NodeKind::Slot(slot) => i32::try_from(*slot).ok(),
        _ => None,
    };
    let (NodeKind::Slot(left), Some(right)) = (&operands.0.kind, right) else {
        return NodeKind::Binary(op, operands);
    };
    let (left, is_slot) = (*left, matches!(operands.1.kind, NodeKind::Slot(_)));
    if op.is_comparison() {
        NodeKind::Comparison { op, is_slot, left, right, operands }
    } else {
        NodeKind::Arithmetic { op, is_slot, left, right, operands }
    }
}

/// `x op= value`, in the form for a variable that counts where it fits.
fn increment(op: BinaryOp, slot: Slot, value: Box<Node>, span: Span) -> NodeKind {
    let by = match (op, &value.kind) {
        (BinaryOp::Add, NodeKind::Long(v)) => i32::try_from(*v).ok(),
        (BinaryOp::Subtract, NodeKind::Long(v)) => i32::try_from(v.wrapping_neg()).ok(),
        _ => None,
    };
    let compound = NodeKind::Compound(op, slot, value);
    match by {
        Some(by) => NodeKind::Increment(slot, by, Box::new(Node { kind: compound, span })),
        None => compound,
    }
}

impl Compiler<'_> {
    fn program(&mut self, statements: &[ast::Stmt]) -> Box<[Stmt]> {
        self.block(statements, true)
    }

    /// The last statement of a block that ends the program gives the program's value.
    fn block(&mut self, statements: &[ast::Stmt], ends_program: bool) -> Box<[Stmt]> {
        let mut out = Vec::with_capacity(statements.len());
        for (i, statement) in statements.iter().enumerate() {
            self.statement(statement, ends_program && i + 1 == statements.len(), &mut out);
        }
        out.into()
    }

    /// A body: a block of one statement is that statement.
    fn single(&mut self, statement: &ast::Stmt) -> Stmt {
        let mut out = Vec::new();
        match &statement.kind {
            ast::StmtKind::Block(inner) => {
                inner.iter().for_each(|stmt| self.statement(stmt, false, &mut out));
            }
            _ => self.statement(statement, false, &mut out),
        }
        match out.pop() {
            Some(only) if out.is_empty() => only,
            last => {
                out.extend(last);
                Stmt::Block(out.into())
            }
        }
    }

    fn statement(&mut self, statement: &ast::Stmt, is_last: bool, out: &mut Vec<Stmt>) {
        out.push(match &statement.kind {
            ast::StmtKind::Block(inner) => Stmt::Block(self.block(inner, is_last)),
            ast::StmtKind::Declaration(declaration) => {
                return self.declaration(declaration, out);
            }
            ast::StmtKind::Expression(expr) => {
                let (node, steps) = self.counted(expr);
                if is_last { Stmt::Result { node, steps } } else { Stmt::Effect { node, steps } }
            }
            ast::StmtKind::If { arms, otherwise } => self.branch(arms, otherwise.as_deref()),
            ast::StmtKind::While { condition, body } => {
                let (condition, steps) = self.counted(condition);
                let (body, body_steps) = self.round(body);
                let steps = steps.saturating_add(body_steps);
                Stmt::Loop(Box::new(Loop {
                    init: Box::default(),
                    condition: Some(condition),
                    update: None,
                    body,
                    steps,
                    span: statement.span,
                }))
            }
            ast::StmtKind::For(parts) => self.for_loop(parts, statement.span),
            ast::StmtKind::Break => Stmt::Break(statement.span),
            ast::StmtKind::Continue => Stmt::Continue(statement.span),
            ast::StmtKind::Return(expr) => {
                let (node, steps) = self.counted(expr);
                Stmt::Return { node, steps }
            }
            ast::StmtKind::Throw(expr) => {
                let (node, steps) = self.counted(expr);
                Stmt::Throw { node, steps }
            }
        });
    }

    fn branch(&mut self, arms: &[ast::Arm], otherwise: Option<&ast::Stmt>) -> Stmt {
        let arms = arms
            .iter()
            .map(|arm| {
                let (condition, steps) = self.counted(&arm.condition);
                Arm { condition, steps, body: self.single(&arm.body) }
            })
            .collect();
        Stmt::If { arms, otherwise: otherwise.map(|s| Box::new(self.single(s))) }
    }

    /// The body of a loop, and the steps that each round takes for it: those of a body without
    /// branches are counted with the round.
    fn round(&mut self, body: &ast::Stmt) -> (Stmt, u32) {
        let mut body = self.single(body);
        let steps = take_steps(&mut body);
        (body, steps)
    }

    fn for_loop(&mut self, parts: &ast::For, span: Span) -> Stmt {
        let mut init = Vec::new();
        match &parts.init {
            Some(ast::ForInit::Declaration(declaration)) => {
                self.declaration(declaration, &mut init)
            }
            Some(ast::ForInit::Expression(expr)) => {
                let (node, steps) = self.counted(expr);
                init.push(Stmt::Effect { node, steps });
            }
            None => {}
        }
        let condition = parts.condition.as_ref().map(|expr| self.counted(expr));
        let (body, body_steps) = self.round(&parts.body);
        let update = parts.update.as_ref().map(|expr| self.counted(expr));
        let of = |part: &Option<(Node, u32)>| part.as_ref().map_or(0, |p| p.1);
        let steps = [of(&condition), of(&update), body_steps]
            .iter()
            .fold(1, |a: u32, b| a.saturating_add(*b));
        Stmt::Loop(Box::new(Loop {
            init: init.into(),
            condition: condition.map(|c| c.0),
            update: update.map(|u| u.0),
            body,
            steps,
            span,
        }))
    }

    fn declaration(&mut self, declaration: &ast::Declaration, out: &mut Vec<Stmt>) {
        for declarator in &declaration.declarators {
            let value = declarator.value.as_ref().map(|expr| self.counted(expr));
            let steps = 1 + value.as_ref().map_or(0, |v| v.1);
            let slot = self.names.declare(&declarator.name.text);
            let ty = declared_type(&declaration.ty.name, declaration.ty.array);
            let span = match (&ty, &declarator.value) {
                (Err(_), _) => declaration.ty.span,
                (_, Some(value)) => value.span,
                _ => declarator.name.span,
            };
            let value = value.map(|v| v.0);
            out.push(Stmt::Declare(Box::new(Declare { slot, ty, value, steps, span })));
        }
    }

    /// An expression and the number of its nodes, plus one for the statement around it.
    fn counted(&mut self, expr: &ast::Expr) -> (Node, u32) {
        let mut steps = 1;
        (self.expr(expr, &mut steps), steps)
    }

    fn boxed(&mut self, expr: &ast::Expr, steps: &mut u32) -> Box<Node> {
        Box::new(self.expr(expr, steps))
    }

    fn all(&mut self, exprs: &[ast::Expr], steps: &mut u32) -> Box<[Node]> {
        exprs.iter().map(|expr| self.expr(expr, steps)).collect()
    }

    fn expr(&mut self, expr: &ast::Expr, steps: &mut u32) -> Node {
        *steps = steps.saturating_add(1);
        let span = expr.span;
        let kind = match &expr.kind {
            ast::ExprKind::Literal(literal) => self.literal(literal),
            ast::ExprKind::Name(name) => self.name(name),
            ast::ExprKind::Unary { op, operand } => self.unary(*op, operand, steps),
            ast::ExprKind::Chain { first, rest } => self.chain(first, rest, steps),
            ast::ExprKind::And(operands) => NodeKind::And(self.all(operands, steps)),
            ast::ExprKind::Or(operands) => NodeKind::Or(self.all(operands, steps)),
            ast::ExprKind::Conditional(parts) => {
                let condition = self.expr(&parts.condition, steps);
                let then = self.expr(&parts.then, steps);
                let otherwise = self.expr(&parts.otherwise, steps);
                NodeKind::Conditional(Box::new((condition, then, otherwise)))
            }
            ast::ExprKind::Assign(parts) => self.assign(parts, span, steps),
            ast::ExprKind::Postfix { base, ops } => return self.postfix(base, ops, span, steps),
            ast::ExprKind::New { class, args } => self.new_object(class, args, span, steps),
            ast::ExprKind::NewArray { element, length } => {
                match declared_type(&element.text, true) {
                    Ok(ty) => NodeKind::NewArray(ty.kind, self.boxed(length, steps)),
                    Err(fault) => NodeKind::Fail(fault),
                }
            }
            ast::ExprKind::ArrayLiteral { element, elements } => {
                match declared_type(&element.text, true) {
                    Ok(ty) => NodeKind::ArrayLiteral(ty.kind, self.all(elements, steps)),
                    Err(fault) => NodeKind::Fail(fault),
                }
            }
        };
        Node { kind, span }
    }

    fn literal(&self, literal: &ast::Literal) -> NodeKind {
        match literal {
            ast::Literal::Null => NodeKind::Null,
            ast::Literal::Boolean(v) => NodeKind::Bool(*v),
            ast::Literal::Long(v) => NodeKind::Long(*v),
            ast::Literal::Double(v) => NodeKind::Double(*v),
            ast::Literal::String(text) if text.is_ascii() => NodeKind::Ascii(text.clone()),
            ast::Literal::String(text) => NodeKind::Wide(text.encode_utf16().collect()),
            ast::Literal::Units(units) => NodeKind::Wide(units.clone()),
        }
    }

    fn name(&mut self, name: &str) -> NodeKind {
        if self.names.is_class(name) {
            return NodeKind::Fail(Fault::with_help(
                format!("`{name}` is a class, not a value"),
                format!("call a static method, `{name}.…(…)`"),
            ));
        }
        if name == "params" && !self.names.is_declared(name) {
            return NodeKind::Fail(Fault::with_help("`params` is not a value", PARAMS_USE));
        }
        NodeKind::Slot(self.names.read(name))
    }

    fn unary(&mut self, op: ast::UnaryOp, operand: &ast::Expr, steps: &mut u32) -> NodeKind {
        let operand = self.expr(operand, steps);
        match (op, &operand.kind) {
            (ast::UnaryOp::Minus, NodeKind::Long(v)) => NodeKind::Long(v.wrapping_neg()),
            (ast::UnaryOp::Minus, NodeKind::Double(v)) => NodeKind::Double(-v),
            _ => NodeKind::Unary(op, Box::new(operand)),
        }
    }

    fn chain(&mut self, first: &ast::Expr, rest: &[ast::Link], steps: &mut u32) -> NodeKind {
        let first = self.expr(first, steps);
        let mut links: Vec<Link> = rest
            .iter()
            .map(|link| Link {
                op: link.op,
                span: link.op_span,
                operand: self.expr(&link.operand, steps),
            })
            .collect();
        match (links.pop(), links.is_empty()) {
            (Some(only), true) => simple(only.op, Box::new((first, only.operand))),
            (last, _) => {
                links.extend(last);
                NodeKind::Chain(Box::new(first), links.into())
            }
        }
    }

    fn assign(&mut self, parts: &ast::Assign, span: Span, steps: &mut u32) -> NodeKind {
        let name = parts.target.name();
        if self.names.is_class(&name.text) {
            return NodeKind::Fail(Fault::with_help(
                format!("`{}` is a class and cannot be assigned", name.text),
                "choose another name",
            ));
        }
        if &*name.text == "params" && !self.names.is_declared("params") {
            return NodeKind::Fail(Fault::with_help(
                "`params` cannot be written",
                "assign to a variable of your own",
            ));
        }
        match &parts.target {
            ast::Target::Name(name) => match parts.op {
                None => {
                    let value = self.boxed(&parts.value, steps);
                    NodeKind::Assign(self.names.assign(&name.text), value)
                }
                Some(op) => {
                    let slot = self.names.read(&name.text);
                    increment(op, slot, self.boxed(&parts.value, steps), span)
                }
            },
            ast::Target::Index { name, index } => {
                let slot: Slot = self.names.read(&name.text);
                let index = self.expr(index, steps);
                let value = self.expr(&parts.value, steps);
                let is_plain = index.is_plain() && value.is_plain();
                let op = parts.op;
                NodeKind::AssignIndex(Box::new(AssignIndex { slot, op, index, value, is_plain }))
            }
        }
    }
}
