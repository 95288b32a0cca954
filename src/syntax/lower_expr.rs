//! From pest's pairs to the tree, bottom up: expressions.
//!
//! An expression is a flat row of operands and operators. Operators wait on a stack until a looser
//! one or the end comes; those of one level wait together and become one chain.

use crate::syntax::ast::{
    Assign, BinaryOp, Conditional, Expr, ExprKind, Level, Link, Literal, Name, Postfix,
    PostfixKind, Target, UnaryOp,
};
use crate::syntax::error::{SyntaxError, code};
use crate::syntax::guard;
use crate::syntax::literal;
use crate::syntax::lower::{Built, Frame, Lower, Parts, impossible};
use crate::syntax::parse::Rule;
use crate::syntax::word;

/// An infix operator.
#[derive(Clone, Copy)]
pub(super) enum Infix {
    Or,
    And,
    Binary(BinaryOp),
    /// `=` and its like, which wait for their value.
    Assign(Option<BinaryOp>),
}

impl Infix {
    fn of(text: &str) -> Option<Infix> {
        Some(match text {
            "||" => Infix::Or,
            "&&" => Infix::And,
            _ => Infix::Binary(binary(text)?),
        })
    }

    /// How tightly it binds: greater is tighter.
    const fn tightness(self) -> u8 {
        match self {
            Infix::Assign(_) => 0,
            Infix::Or => 1,
            Infix::And => 2,
            Infix::Binary(op) => match op.level() {
                Level::Equality => 3,
                Level::Comparison => 4,
                Level::Additive => 5,
                Level::Multiplicative => 6,
            },
        }
    }
}

fn binary(text: &str) -> Option<BinaryOp> {
    Some(match text {
        "==" => BinaryOp::Equal,
        "!=" => BinaryOp::NotEqual,
        "<" => BinaryOp::Less,
        ">" => BinaryOp::Greater,
        "<=" => BinaryOp::LessEqual,
        ">=" => BinaryOp::GreaterEqual,
        "+" => BinaryOp::Add,
        "-" => BinaryOp::Subtract,
        "*" => BinaryOp::Multiply,
        "/" => BinaryOp::Divide,
        "%" => BinaryOp::Remainder,
        _ => return None,
    })
}

impl Lower<'_> {
    /// Notes where the operand that was just read begins: at its bracket, if it has one.
    pub(super) fn operand_starts(&mut self, start: usize) {
        if let Some(frame) = self.frames.last_mut() {
            frame.operand = start;
        }
    }

    fn leaf(&mut self, kind: ExprKind, start: usize, end: usize) {
        self.operand_starts(start);
        let node = Expr { kind, span: self.source.span(start, end) };
        self.exprs.push(Built { node, height: 1 });
    }

    pub(super) fn name_or_constant(
        &mut self,
        text: &str,
        start: usize,
        end: usize,
    ) -> Result<(), SyntaxError> {
        let kind = match text {
            "true" => ExprKind::Literal(Literal::Boolean(true)),
            "false" => ExprKind::Literal(Literal::Boolean(false)),
            "null" => ExprKind::Literal(Literal::Null),
            _ if word::is_reserved(text) => return Err(word::reserved(text, start)),
            _ => ExprKind::Name(text.into()),
        };
        self.leaf(kind, start, end);
        Ok(())
    }

    pub(super) fn literal(
        &mut self,
        rule: Rule,
        start: usize,
        end: usize,
    ) -> Result<(), SyntaxError> {
        let text = self.text(start, end);
        let literal = if rule == Rule::number {
            literal::number(text, start)?
        } else {
            literal::string(text, start, self.source.surrogates(start, end))?
        };
        self.leaf(ExprKind::Literal(literal), start, end);
        Ok(())
    }

    pub(super) fn prefix(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        self.refuse_doubled(start, end)?;
        let frame = self.parent(start)?;
        frame.composed = true;
        let waiting = frame.prefixes;
        if self.prefixes.len() - waiting >= self.nesting {
            return Err(guard::too_deep(start, self.nesting));
        }
        let op = match self.text(start, end) {
            "-" => UnaryOp::Minus,
            "+" => UnaryOp::Plus,
            _ => UnaryOp::Not,
        };
        self.prefixes.push((op, start));
        Ok(())
    }

    pub(super) fn infix(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        self.refuse_doubled(start, end)?;
        let op = Infix::of(self.text(start, end)).ok_or_else(|| impossible(start))?;
        self.finish_operand(start)?;
        let frame = self.parent(start)?;
        frame.composed = true;
        let (waiting, row) = (frame.ops, frame.start);
        while let Some((top, _)) = self.ops.get(waiting..).and_then(<[_]>::last)
            && top.tightness() > op.tightness()
        {
            self.reduce(waiting, row)?;
        }
        self.ops.push((op, self.source.span(start, end)));
        Ok(())
    }

    /// `++` and `--` are tokens of Java's; SEL has no use for them.
    fn refuse_doubled(&self, start: usize, end: usize) -> Result<(), SyntaxError> {
        let bytes = self.source.text.as_bytes();
        let (this, next) = (bytes.get(start), bytes.get(end));
        if matches!(this, Some(b'+' | b'-')) && this == next && end == start + 1 {
            return Err(doubled(this == Some(&b'+'), start));
        }
        Ok(())
    }

    /// Puts the waiting prefixes before the operand on top.
    fn finish_operand(&mut self, at: usize) -> Result<(), SyntaxError> {
        let waiting = self.parent(at)?.prefixes;
        while self.prefixes.len() > waiting {
            let (Some((op, start)), operand) = (self.prefixes.pop(), self.pop_expr()?) else {
                return Err(impossible(at));
            };
            let height = self.higher(operand.height, start)?;
            let span = self.source.span(start, start).to(operand.node.span);
            let kind = ExprKind::Unary { op, operand: Box::new(operand.node) };
            self.exprs.push(Built { node: Expr { kind, span }, height });
        }
        Ok(())
    }

    /// Makes one expression of the row of the innermost expression.
    pub(super) fn finish_row(&mut self, at: usize) -> Result<(), SyntaxError> {
        self.finish_operand(at)?;
        let frame = self.parent(at)?;
        let (waiting, row) = (frame.ops, frame.start);
        while self.ops.len() > waiting {
            self.reduce(waiting, row)?;
        }
        Ok(())
    }

    /// Makes a chain of the operators of one level on top, those above `waiting`.
    fn reduce(&mut self, waiting: usize, row: usize) -> Result<(), SyntaxError> {
        let own = self.ops.get(waiting..).unwrap_or_default();
        let Some((top, _)) = own.last().copied() else {
            return Err(impossible(row));
        };
        let same = own.iter().rev().take_while(|(op, _)| op.tightness() == top.tightness());
        let count = same.count();
        let first = self.exprs.len().checked_sub(count + 1).ok_or_else(|| impossible(row))?;
        let ops = self.ops.len() - count;
        let operands = self.exprs.get(first..).unwrap_or_default();
        let mut height = operands.iter().skip(1).map(|o| o.height).max().unwrap_or(0);
        let mut operands = self.exprs.drain(first..);
        let left = operands.next().ok_or_else(|| impossible(row))?;
        let mut span = left.node.span;
        let (kind, merged) = match top {
            Infix::And | Infix::Or => {
                let is_or = matches!(top, Infix::Or);
                let (mut all, merged) = match left.node.kind {
                    ExprKind::Or(all) if is_or => (all, true),
                    ExprKind::And(all) if !is_or => (all, true),
                    _ => (vec![left.node], false),
                };
                all.extend(operands.map(|o| o.node));
                self.ops.truncate(ops);
                span = all.last().map_or(span, |last| span.to(last.span));
                (if is_or { ExprKind::Or(all) } else { ExprKind::And(all) }, merged)
            }
            _ => {
                let (first, mut rest, merged) = match left.node.kind {
                    ExprKind::Chain { first, rest } if is_level(&rest, top) => (first, rest, true),
                    _ => (Box::new(left.node), Vec::new(), false),
                };
                for ((op, op_span), operand) in self.ops.drain(ops..).zip(operands) {
                    if let Infix::Binary(op) = op {
                        rest.push(Link { op, operand: operand.node, op_span });
                    }
                }
                span = rest.last().map_or(span, |last| span.to(last.operand.span));
                (ExprKind::Chain { first, rest }, merged)
            }
        };
        // What already was such a chain, in brackets on the left, only got longer.
        height = height.max(if merged { left.height - 1 } else { left.height });
        let height = self.higher(height, row)?;
        self.exprs.push(Built { node: Expr { kind, span }, height });
        Ok(())
    }

    pub(super) fn end_expr(&mut self, frame: Frame) -> Result<(), SyntaxError> {
        let start = frame.start;
        let composed = frame.composed;
        self.frames.push(frame);
        self.finish_row(start)?;
        self.frames.pop();
        let parent = self.frames.last().map(|f| f.rule);
        if composed && matches!(parent, Some(Rule::init | Rule::update)) {
            let message = "expected an assignment or a call in the head of a `for`";
            let end = self.exprs.last().map_or(start + 1, |e| e.node.span.end as usize);
            return Err(SyntaxError::new(code::UNEXPECTED, message, start, end.max(start + 1))
                .with_help("write `for (int i = 0; i < n; i += 1) { … }`"));
        }
        Ok(())
    }

    pub(super) fn end_conditional(&mut self, at: usize) -> Result<(), SyntaxError> {
        let (otherwise, then, condition) = (self.pop_expr()?, self.pop_expr()?, self.pop_expr()?);
        let height = condition.height.max(then.height).max(otherwise.height);
        let height = self.higher(height, at)?;
        let frame = self.parent(at)?;
        frame.composed = true;
        let start = frame.start;
        let span = self.source.span(start, start).to(otherwise.node.span);
        let (condition, then, otherwise) = (condition.node, then.node, otherwise.node);
        let kind = ExprKind::Conditional(Box::new(Conditional { condition, then, otherwise }));
        self.exprs.push(Built { node: Expr { kind, span }, height });
        Ok(())
    }

    /// Notes the operator of an assignment, and checks what stands before it.
    pub(super) fn assigning(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        let op = self.text(start, end).strip_suffix('=').and_then(binary);
        self.ops.push((Infix::Assign(op), self.source.span(start, end)));
        let row = match self.frames.iter().rev().find(|f| f.rule == Rule::expr) {
            Some(frame) => frame.start,
            None => return Err(impossible(start)),
        };
        let row_start = self.source.span(row, row).start;
        if self.exprs.last().is_some_and(|left| is_target(&left.node, row_start)) {
            return Ok(());
        }
        let message = "only a variable or an element of one can be assigned to";
        let error = SyntaxError::new(code::BAD_TARGET, message, row, end);
        Err(error.with_help(if op.is_none() {
            "write `==` to compare"
        } else {
            "write `name = …` or `name[index] = …`"
        }))
    }

    pub(super) fn end_assignment(&mut self, at: usize) -> Result<(), SyntaxError> {
        let (value, left) = (self.pop_expr()?, self.pop_expr()?);
        let Some((Infix::Assign(op), _)) = self.ops.pop() else {
            return Err(impossible(at));
        };
        let height = self.higher(left.height.max(value.height), at)?;
        let span = left.node.span.to(value.node.span);
        let target = target(left.node).ok_or_else(|| impossible(at))?;
        let kind = ExprKind::Assign(Box::new(Assign { target, op, value: value.node }));
        self.exprs.push(Built { node: Expr { kind, span }, height });
        Ok(())
    }

    pub(super) fn end_index(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        // The length of an array is the business of its creation.
        if self.parent(start)?.rule == Rule::creation {
            return Ok(());
        }
        let index = self.pop_expr()?;
        let span = self.source.span(start, end);
        self.postfix(Postfix { kind: PostfixKind::Index(index.node), span }, index.height)
    }

    pub(super) fn end_member(&mut self, frame: Frame, end: usize) -> Result<(), SyntaxError> {
        let name = self.names.pop().ok_or_else(|| impossible(end))?;
        let (args, height) = self.args(&frame);
        let kind = if frame.parts.has(Parts::ARGS) {
            PostfixKind::Call { name, args }
        } else {
            PostfixKind::Field(name)
        };
        self.postfix(Postfix { kind, span: self.source.span(frame.start, end) }, height)
    }

    /// The expressions since the frame began, and the greatest of their heights.
    fn args(&mut self, frame: &Frame) -> (Vec<Expr>, u32) {
        let (mut args, mut height) = (Vec::new(), 0);
        for arg in self.exprs.drain(frame.exprs..) {
            height = height.max(arg.height);
            args.push(arg.node);
        }
        (args, height)
    }

    /// Applies an operation with parts of this height to the operand on top.
    fn postfix(&mut self, op: Postfix, height: u32) -> Result<(), SyntaxError> {
        let at = op.span.start as usize;
        let start = self.parent(at)?.operand;
        let base = self.pop_expr()?;
        let span = self.source.span(start, start).to(op.span);
        let (kind, height) = match base.node.kind {
            ExprKind::Postfix { base: inner, mut ops } => {
                ops.push(op);
                (ExprKind::Postfix { base: inner, ops }, base.height.max(self.higher(height, at)?))
            }
            _ => {
                let height = self.higher(base.height.max(height), at)?;
                (ExprKind::Postfix { base: Box::new(base.node), ops: vec![op] }, height)
            }
        };
        self.exprs.push(Built { node: Expr { kind, span }, height });
        Ok(())
    }

    pub(super) fn end_creation(&mut self, frame: Frame, end: usize) -> Result<(), SyntaxError> {
        let class = self.names.pop().ok_or_else(|| impossible(end))?;
        let (mut args, height) = self.args(&frame);
        let kind = if frame.parts.has(Parts::ARGS) {
            if word::is_primitive(&class.text) {
                return Err(word::reserved(&class.text, class.span.start as usize));
            }
            ExprKind::New { class, args }
        } else if frame.parts.has(Parts::BRACKETS) {
            ExprKind::ArrayLiteral { element: class, elements: args }
        } else {
            let length = Box::new(args.pop().ok_or_else(|| impossible(end))?);
            ExprKind::NewArray { element: class, length }
        };
        self.operand_starts(frame.start);
        let height = self.higher(height, frame.start)?;
        let span = self.source.span(frame.start, end);
        self.exprs.push(Built { node: Expr { kind, span }, height });
        Ok(())
    }
}

fn is_level(links: &[Link], op: Infix) -> bool {
    links.first().is_some_and(|l| Infix::Binary(l.op).tightness() == op.tightness())
}

/// Whether this can be assigned to: `name` or `name[index]`, without brackets around it.
fn is_target(left: &Expr, row: u32) -> bool {
    left.span.start == row
        && match &left.kind {
            ExprKind::Name(_) => true,
            ExprKind::Postfix { base, ops } => {
                base.span.start == row
                    && matches!(base.kind, ExprKind::Name(_))
                    && matches!(ops.as_slice(), [Postfix { kind: PostfixKind::Index(_), .. }])
            }
            _ => false,
        }
}

fn target(left: Expr) -> Option<Target> {
    match left.kind {
        ExprKind::Name(text) => Some(Target::Name(Name { text, span: left.span })),
        ExprKind::Postfix { base, mut ops } => match (base.kind, ops.pop()?.kind) {
            (ExprKind::Name(text), PostfixKind::Index(index)) => {
                Some(Target::Index { name: Name { text, span: base.span }, index })
            }
            _ => None,
        },
        _ => None,
    }
}

#[cold]
fn doubled(plus: bool, start: usize) -> SyntaxError {
    let (op, help) = if plus { ("++", "write `x += 1`") } else { ("--", "write `x -= 1`") };
    SyntaxError::new(code::UNSUPPORTED, format!("`{op}` is not supported"), start, start + 2)
        .with_help(help)
}
