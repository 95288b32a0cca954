//! From pest's pairs to the tree, bottom up: expressions.
//!
//! An expression is a flat row of operands and operators. Operators wait on a stack until a looser
//! one or the end comes; those of one level wait together and become one chain.

use crate::error::Span;
use crate::syntax::ast::{
    Assign, BinaryOp, Conditional, Expr, ExprKind, Level, Link, Literal, Name, Postfix,
    PostfixKind, Target, UnaryOp,
};
use crate::syntax::error::{SyntaxError, code};
use crate::syntax::guard;
use crate::syntax::literal;
use crate::syntax::lower::{Frame, Lower, Operand, impossible};
use crate::syntax::parse::Rule;
use crate::syntax::{token, word};

/// An infix operator.
#[derive(Clone, Copy)]
pub(super) enum Infix {
    Or,
    And,
    Binary(BinaryOp),
    /// `=`, `+=`
    Assign(Option<BinaryOp>),
}

impl Infix {
    /// The operator that a text begins with, and its length. The longest counts: of `&&=`, which is
    /// none, too.
    fn at(text: &[u8]) -> Option<(Infix, usize)> {
        let assigns = text.get(1) == Some(&b'=');
        let op = match (text.first()?, assigns) {
            (b'+', _) => BinaryOp::Add,
            (b'-', _) => BinaryOp::Subtract,
            (b'*', _) => BinaryOp::Multiply,
            (b'/', _) => BinaryOp::Divide,
            (b'%', _) => BinaryOp::Remainder,
            (b'=', false) => return Some((Infix::Assign(None), 1)),
            (b'=', true) => return Some((Infix::Binary(BinaryOp::Equal), 2)),
            (b'<', false) => return Some((Infix::Binary(BinaryOp::Less), 1)),
            (b'<', true) => return Some((Infix::Binary(BinaryOp::LessEqual), 2)),
            (b'>', false) => return Some((Infix::Binary(BinaryOp::Greater), 1)),
            (b'>', true) => return Some((Infix::Binary(BinaryOp::GreaterEqual), 2)),
            (first, _) => {
                let infix = match first {
                    b'&' => Infix::And,
                    b'|' => Infix::Or,
                    _ => Infix::Binary(BinaryOp::NotEqual),
                };
                return if text.get(2) == Some(&b'=') { None } else { Some((infix, 2)) };
            }
        };
        Some(if assigns { (Infix::Assign(Some(op)), 2) } else { (Infix::Binary(op), 1) })
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

impl Lower<'_> {
    fn leaf(&mut self, kind: ExprKind, start: usize, end: usize) {
        let span = self.source.span(start, end);
        self.exprs.push(Operand { node: Expr { kind, span }, height: 1, outer: span });
    }

    fn push(&mut self, kind: ExprKind, span: Span, height: u32) {
        self.exprs.push(Operand { node: Expr { kind, span }, height, outer: span });
    }

    /// Brackets leave no trace but in the spans of what stands around them.
    pub(super) fn end_group(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        let outer = self.source.span(self.before(start, 1), end);
        if let Some(operand) = self.exprs.last_mut() {
            operand.outer = outer;
        }
        self.complete(end)
    }

    /// Notes that an operand, or a postfix operation of it, ends here.
    fn complete(&mut self, end: usize) -> Result<(), SyntaxError> {
        let frame = self.parent(end)?;
        (frame.complete, frame.last) = (true, end);
        Ok(())
    }

    /// An operand of one token.
    pub(super) fn atom(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        let text = self.text(start, end);
        let kind = match text.as_bytes().first() {
            Some(b'0'..=b'9' | b'.') => {
                let next = self.text.as_bytes().get(end);
                if !literal::is_number(text, next == Some(&b'.')) {
                    return Err(self.refused(start));
                }
                ExprKind::Literal(literal::number(text, start)?)
            }
            Some(b'\'' | b'"') => {
                let surrogates = self.source.surrogates(start, end);
                ExprKind::Literal(literal::string(text, start, surrogates)?)
            }
            _ => self.name_or_constant(text, start, end)?,
        };
        self.leaf(kind, start, end);
        self.complete(end)
    }

    fn name_or_constant(
        &self,
        text: &str,
        start: usize,
        end: usize,
    ) -> Result<ExprKind, SyntaxError> {
        if !text.is_ascii() {
            word::check_letters(text, start)?;
        }
        if !word::is_reserved(text) {
            return Ok(ExprKind::Name(text.into()));
        }
        match text {
            "true" => Ok(ExprKind::Literal(Literal::Boolean(true))),
            "false" => Ok(ExprKind::Literal(Literal::Boolean(false))),
            "null" => Ok(ExprKind::Literal(Literal::Null)),
            _ if word::is_primitive(text) && self.is_type(end) => Ok(ExprKind::Name(text.into())),
            _ => Err(word::reserved(text, start)),
        }
    }

    /// Whether a name follows, or brackets without an index: what stands before is a type then.
    fn is_type(&self, end: usize) -> bool {
        let rest = self.text.as_bytes().get(end..).unwrap_or_default();
        let mut rest = rest.iter().skip_while(|b| **b <= b' ');
        match rest.next() {
            Some(b'[') => rest.find(|b| **b > b' ') == Some(&b']'),
            Some(byte) => token::is_word_byte(*byte),
            None => false,
        }
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

    /// Takes the operator before an operand that begins at `next`, if there is one.
    #[inline]
    pub(super) fn operator(&mut self, next: usize) -> Result<(), SyntaxError> {
        let frame = self.parent(next)?;
        if !frame.complete {
            return Ok(());
        }
        frame.complete = false;
        let last = frame.last;
        let between = self.text(last, next).as_bytes();
        let blanks = between.iter().take_while(|b| **b <= b' ').count();
        let start = last + blanks;
        match Infix::at(between.get(blanks..).unwrap_or_default()) {
            Some((op, len)) => self.infix(op, start, start + len),
            None => Err(self.refused(start)),
        }
    }

    fn infix(&mut self, op: Infix, start: usize, end: usize) -> Result<(), SyntaxError> {
        self.refuse_doubled(start, end)?;
        self.finish_operand(start)?;
        let frame = self.parent(start)?;
        frame.composed = true;
        let waiting = frame.ops;
        self.reduce_tighter(waiting, op.tightness())?;
        if let Infix::Assign(op) = op {
            self.check_target(op, end)?;
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
        self.finish_prefixes(waiting, at)
    }

    /// Puts the prefixes above `waiting` before the operand on top.
    #[inline]
    fn finish_prefixes(&mut self, waiting: usize, at: usize) -> Result<(), SyntaxError> {
        while self.prefixes.len() > waiting {
            let (Some((op, start)), operand) = (self.prefixes.pop(), self.pop_expr()?) else {
                return Err(impossible(at));
            };
            let height = self.higher(operand.height, start)?;
            let span = self.source.span(start, start).to(operand.outer);
            self.push(ExprKind::Unary { op, operand: Box::new(operand.node) }, span, height);
        }
        Ok(())
    }

    /// Makes chains of the operators above `waiting` that bind more tightly.
    fn reduce_tighter(&mut self, waiting: usize, tightness: u8) -> Result<(), SyntaxError> {
        while let Some((top, _)) = self.ops.get(waiting..).and_then(<[_]>::last)
            && top.tightness() > tightness
        {
            self.reduce(waiting)?;
        }
        Ok(())
    }

    /// Makes one expression of what stands before the `?` of the innermost expression, up to its
    /// last assignment.
    pub(super) fn finish_condition(&mut self, at: usize) -> Result<(), SyntaxError> {
        self.finish_operand(at)?;
        let frame = self.parent(at)?;
        frame.composed = true;
        let waiting = frame.ops;
        self.reduce_tighter(waiting, Infix::Assign(None).tightness())
    }

    pub(super) fn end_expr(&mut self, frame: &Frame) -> Result<(), SyntaxError> {
        let (start, composed, waiting) = (frame.start, frame.composed, frame.ops);
        self.finish_prefixes(frame.prefixes, start)?;
        self.reduce_tighter(waiting, Infix::Assign(None).tightness())?;
        // Assignments wait for all that stands right of them.
        while self.ops.len() > waiting {
            self.assign(start)?;
        }
        let parent = self.frames.last().map(|f| f.rule);
        if composed && matches!(parent, Some(Rule::init | Rule::update)) {
            self.check_for_part(start)?;
        }
        Ok(())
    }

    /// Refuses what is neither an assignment nor an operand.
    fn check_for_part(&self, start: usize) -> Result<(), SyntaxError> {
        match self.exprs.last() {
            Some(Operand { node: Expr { kind: ExprKind::Assign(_), .. }, .. }) => Ok(()),
            _ => {
                let message = "expected an assignment or a call in the head of a `for`";
                Err(SyntaxError::new(code::UNEXPECTED, message, start, start + 1)
                    .with_help("write `for (int i = 0; i < n; i += 1) { … }`"))
            }
        }
    }

    /// Makes a chain of the operators of one level on top, those above `waiting`.
    fn reduce(&mut self, waiting: usize) -> Result<(), SyntaxError> {
        let own = self.ops.get(waiting..).unwrap_or_default();
        let (top, _) = own.last().copied().ok_or_else(|| impossible(0))?;
        let same = own.iter().rev().take_while(|(op, _)| op.tightness() == top.tightness());
        let count = same.count();
        if count == 1 {
            return self.reduce_one();
        }
        let ops = self.ops.len() - count;
        let first = self.exprs.len().checked_sub(count).ok_or_else(|| impossible(0))?;
        let operands = self.exprs.get(first..).unwrap_or_default();
        let highest = operands.iter().map(|o| o.height).max().unwrap_or(0);
        let end = operands.last().map_or(Span::default(), |o| o.outer);
        let mut operands = self.exprs.drain(first.saturating_sub(1)..);
        let left = operands.next().ok_or_else(|| impossible(0))?;
        let span = left.outer.to(end);
        let (kind, merged) = match top {
            Infix::And | Infix::Or => {
                let is_or = matches!(top, Infix::Or);
                let (mut all, merged) = junction(left.node, is_or, count);
                all.extend(operands.map(|o| o.node));
                self.ops.truncate(ops);
                (if is_or { ExprKind::Or(all) } else { ExprKind::And(all) }, merged)
            }
            _ => {
                let (first, mut rest, merged) = chain(left.node, top, count);
                let links = self.ops.drain(ops..).zip(operands);
                rest.extend(links.filter_map(|((op, op_span), operand)| match op {
                    Infix::Binary(op) => Some(Link { op, operand: operand.node, op_span }),
                    _ => None,
                }));
                (ExprKind::Chain { first, rest }, merged)
            }
        };
        self.push_chain(kind, span, if merged { left.height - 1 } else { left.height }, highest)
    }

    /// As [`Lower::reduce`], of one operator: by far the most are alone.
    fn reduce_one(&mut self) -> Result<(), SyntaxError> {
        let (right, left) = (self.pop_expr()?, self.pop_expr()?);
        let (top, op_span) = self.ops.pop().ok_or_else(|| impossible(0))?;
        let span = left.outer.to(right.outer);
        let (kind, merged) = match top {
            Infix::And | Infix::Or => {
                let is_or = matches!(top, Infix::Or);
                let (mut all, merged) = junction(left.node, is_or, 1);
                all.push(right.node);
                (if is_or { ExprKind::Or(all) } else { ExprKind::And(all) }, merged)
            }
            Infix::Binary(op) => {
                let (first, mut rest, merged) = chain(left.node, top, 1);
                rest.push(Link { op, operand: right.node, op_span });
                (ExprKind::Chain { first, rest }, merged)
            }
            Infix::Assign(_) => return Err(impossible(span.start as usize)),
        };
        let height = if merged { left.height - 1 } else { left.height };
        self.push_chain(kind, span, height, right.height)
    }

    /// Pushes a chain. What already was such a chain, in brackets on the left, only got longer:
    /// then `left` is the height of its parts.
    fn push_chain(
        &mut self,
        kind: ExprKind,
        span: Span,
        left: u32,
        right: u32,
    ) -> Result<(), SyntaxError> {
        let height = self.higher(left.max(right), span.start as usize)?;
        self.push(kind, span, height);
        Ok(())
    }

    pub(super) fn end_conditional(&mut self, at: usize) -> Result<(), SyntaxError> {
        let (otherwise, then, condition) = (self.pop_expr()?, self.pop_expr()?, self.pop_expr()?);
        let height = condition.height.max(then.height).max(otherwise.height);
        let height = self.higher(height, at)?;
        let span = condition.outer.to(otherwise.outer);
        let (condition, then, otherwise) = (condition.node, then.node, otherwise.node);
        let conditional = Conditional { condition, then, otherwise };
        self.push(ExprKind::Conditional(Box::new(conditional)), span, height);
        Ok(())
    }

    /// Checks what stands before an assignment operator that ends at `end`.
    fn check_target(&self, op: Option<BinaryOp>, end: usize) -> Result<(), SyntaxError> {
        let left = self.exprs.last().ok_or_else(|| impossible(end))?;
        if is_target(left) {
            return Ok(());
        }
        let message = "only a variable or an element of one can be assigned to";
        let error = SyntaxError::new(code::BAD_TARGET, message, end - 1, end);
        let place = matches!(left.node.kind, ExprKind::Name(_) | ExprKind::Postfix { .. });
        Err(error.over(left.outer).with_help(if op.is_none() && !place {
            "write `==` to compare"
        } else {
            "write `name = …` or `name[index] = …`"
        }))
    }

    /// Makes an assignment of the operator on top.
    fn assign(&mut self, at: usize) -> Result<(), SyntaxError> {
        let (value, left) = (self.pop_expr()?, self.pop_expr()?);
        let Some((Infix::Assign(op), _)) = self.ops.pop() else {
            return Err(impossible(at));
        };
        let height = self.higher(left.height.max(value.height), at)?;
        let span = left.outer.to(value.outer);
        let target = target(left.node).ok_or_else(|| impossible(at))?;
        let assign = Assign { target, op, value: value.node };
        self.push(ExprKind::Assign(Box::new(assign)), span, height);
        Ok(())
    }

    pub(super) fn end_index(&mut self, start: usize, end: usize) -> Result<(), SyntaxError> {
        let index = self.pop_expr()?;
        let span = self.source.span(start, end);
        self.postfix(Postfix { kind: PostfixKind::Index(index.node), span }, index.height)?;
        self.complete(end)
    }

    pub(super) fn end_member(&mut self, frame: Frame, end: usize) -> Result<(), SyntaxError> {
        let name = self.names.pop().ok_or_else(|| impossible(end))?;
        let (args, height) = self.args(&frame);
        let kind = if self.text(frame.start, end).ends_with(')') {
            PostfixKind::Call { name, args }
        } else {
            PostfixKind::Field(name)
        };
        let end =
            if matches!(kind, PostfixKind::Field(_)) { self.word_end(frame.start) } else { end };
        self.postfix(Postfix { kind, span: self.source.span(frame.start, end) }, height)?;
        self.complete(end)
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
        let base = self.pop_expr()?;
        let span = base.outer.to(op.span);
        match base.node.kind {
            ExprKind::Postfix { base: inner, mut ops } => {
                let height = base.height.max(self.higher(height, at)?);
                ops.push(op);
                self.push(ExprKind::Postfix { base: inner, ops }, span, height);
            }
            _ => {
                let height = self.higher(base.height.max(height), at)?;
                let base = Box::new(base.node);
                self.push(ExprKind::Postfix { base, ops: vec![op] }, span, height);
            }
        }
        Ok(())
    }

    pub(super) fn end_creation(&mut self, frame: Frame, end: usize) -> Result<(), SyntaxError> {
        let class = self.names.pop().ok_or_else(|| impossible(end))?;
        let (mut args, height) = self.args(&frame);
        // Its last character tells what is created.
        let text = self.text(frame.start, end);
        let kind = if text.ends_with(')') {
            if word::is_primitive(&class.text) {
                return Err(word::reserved(&class.text, class.span.start as usize));
            }
            ExprKind::New { class, args }
        } else if text.ends_with('}') {
            ExprKind::ArrayLiteral { element: class, elements: args }
        } else {
            let length = Box::new(args.pop().ok_or_else(|| impossible(end))?);
            ExprKind::NewArray { element: class, length }
        };
        let height = self.higher(height, frame.start)?;
        let start = self.before(frame.start, "new".len());
        self.push(kind, self.source.span(start, end), height);
        self.complete(end)
    }
}

/// The operands that `more` are added to, and whether `left` was such a row itself.
fn junction(left: Expr, is_or: bool, more: usize) -> (Vec<Expr>, bool) {
    match left.kind {
        ExprKind::Or(all) if is_or => (all, true),
        ExprKind::And(all) if !is_or => (all, true),
        kind => {
            let mut all = Vec::with_capacity(1 + more);
            all.push(Expr { kind, span: left.span });
            (all, false)
        }
    }
}

/// The chain that `more` links are added to, and whether `left` was such a chain itself.
fn chain(left: Expr, op: Infix, more: usize) -> (Box<Expr>, Vec<Link>, bool) {
    match left.kind {
        ExprKind::Chain { first, rest } if is_level(&rest, op) => (first, rest, true),
        kind => (Box::new(Expr { kind, span: left.span }), Vec::with_capacity(more), false),
    }
}

fn is_level(links: &[Link], op: Infix) -> bool {
    links.first().is_some_and(|l| Infix::Binary(l.op).tightness() == op.tightness())
}

/// Whether this can be assigned to: `name` or `name[index]`, without brackets around it.
fn is_target(left: &Operand) -> bool {
    let span = left.node.span;
    left.outer == span
        && match &left.node.kind {
            ExprKind::Name(_) => true,
            ExprKind::Postfix { base, ops } => {
                base.span.start == span.start
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
