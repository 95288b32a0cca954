//! Expressions. [`Machine::eval`] is the specification. Beside it stand two paths that keep their
//! results in registers: [`Machine::long`] for LONG arithmetic and [`Machine::condition`] for
//! conditions; where an operand is not what they hope for they hand over to the general operators.

use super::code::{Link, Node, NodeKind};
use super::machine::{At, Machine, Trap, trap};
use super::ops;
use crate::error::Span;
use crate::fault::Fault;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::convert::from_value;
use crate::value::kind::Kind;
use crate::value::text::{Text, Units};
use crate::value::val::{Array, Items, Val};

/// What [`Machine::long`] gives: small enough for two registers.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    /// A LONG.
    Long(i64),
    /// Another value, which waits in [`Machine::spill`].
    Other,
    /// A trap, which waits in [`Machine::trap`].
    Failed,
}

impl<'a> Machine<'a, '_> {
    /// Evaluates an expression.
    pub(crate) fn eval(&mut self, node: &'a Node) -> Result<Val<'a>, Trap> {
        match &node.kind {
            NodeKind::Null => Ok(Val::Null),
            NodeKind::Bool(v) => Ok(Val::Bool(*v)),
            NodeKind::Long(v) => Ok(Val::Long(*v)),
            NodeKind::Double(v) => Ok(Val::Double(*v)),
            NodeKind::Ascii(text) => Ok(Val::Str(Text::literal_ascii(text.as_bytes()))),
            NodeKind::Wide(units) => Ok(Val::Str(Text::literal_wide(units))),
            NodeKind::Ready(value) => from_value(value, self.cx.meter).at(node.span),
            NodeKind::Slot(slot) => self.slot(*slot, node.span).map(|v| v.clone()),
            NodeKind::Unary(op, operand) => self.unary(*op, operand, node.span),
            NodeKind::Binary(op, _) if is_comparison(*op) => self.condition(node).map(Val::Bool),
            NodeKind::Binary(..) | NodeKind::Chain(..) => match self.long(node) {
                Number::Long(v) => Ok(Val::Long(v)),
                Number::Other => Ok(self.spilled()),
                Number::Failed => Err(self.failed(node.span)),
            },
            NodeKind::And(_) | NodeKind::Or(_) => self.condition(node).map(Val::Bool),
            NodeKind::Conditional(parts) => {
                let branch = if self.condition(&parts.0)? { &parts.1 } else { &parts.2 };
                self.eval(branch)
            }
            NodeKind::Assign(slot, value) => self.assign(*slot, value, node.span),
            NodeKind::Compound(op, slot, value) => {
                self.compound(*op, *slot, value, node.span)?;
                self.slot(*slot, node.span).map(|v| v.clone())
            }
            NodeKind::AssignIndex(parts) => self.assign_index(parts, node.span),
            NodeKind::Index(pair) => self.index(&pair.0, &pair.1, node.span),
            NodeKind::Postfix(base, ops) => self.postfix(base, ops),
            NodeKind::Static(call) => self.static_call(call),
            NodeKind::HostUtil(call) => self.host_util(call),
            NodeKind::Param(key) => self.param(key),
            NodeKind::HasParam(key) => self.has_param(key),
            NodeKind::HostParams(call) => self.host_params(call),
            NodeKind::NewArray(kind, length) => self.new_array(*kind, length),
            NodeKind::ArrayLiteral(kind, elements) => {
                self.array_literal(*kind, elements, node.span)
            }
            NodeKind::Fail(fault) => Err(trap(fault.clone(), node.span)),
        }
    }

    /// Evaluates for the effect alone.
    #[inline(always)]
    pub(crate) fn effect(&mut self, node: &'a Node) -> Result<(), Trap> {
        if let NodeKind::Compound(op, slot, value) = &node.kind
            && let Some(b) = self.peek(value)
            && let Some(Val::Long(a)) = self.frame.get_mut(*slot as usize)
        {
            match op {
                BinaryOp::Add => *a = a.wrapping_add(b),
                BinaryOp::Subtract => *a = a.wrapping_sub(b),
                BinaryOp::Multiply => *a = a.wrapping_mul(b),
                _ => *a = ops::divide(*op, *a, b).at(node.span)?,
            }
            return Ok(());
        }
        self.effect_slow(node)
    }

    #[inline(never)]
    fn effect_slow(&mut self, node: &'a Node) -> Result<(), Trap> {
        match &node.kind {
            NodeKind::Compound(op, slot, value) => self.compound(*op, *slot, value, node.span),
            NodeKind::Assign(slot, value) => self.assign_effect(*slot, value, node.span),
            NodeKind::AssignIndex(parts) => {
                if self.assign_element(parts)? {
                    return Ok(());
                }
                self.assign_index(parts, node.span).map(drop)
            }
            _ => self.eval(node).map(drop),
        }
    }

    /// The LONG that a literal or a variable is, without evaluating anything.
    #[inline(always)]
    pub(crate) fn peek(&self, node: &Node) -> Option<i64> {
        match &node.kind {
            NodeKind::Long(v) => Some(*v),
            NodeKind::Slot(slot) => match self.frame.get(*slot as usize) {
                Some(Val::Long(v)) => Some(*v),
                _ => None,
            },
            _ => None,
        }
    }

    fn unary(&mut self, op: UnaryOp, operand: &'a Node, span: Span) -> Result<Val<'a>, Trap> {
        let value = self.eval(operand)?;
        ops::unary(op, &value).at(span)
    }

    /// LONG arithmetic. What is not a LONG in the end waits in `spill`, a trap in `trap`.
    pub(crate) fn long(&mut self, node: &'a Node) -> Number {
        if let Some(v) = self.peek(node) {
            return Number::Long(v);
        }
        match &node.kind {
            NodeKind::Binary(op, pair) if !is_comparison(*op) => {
                let left = self.long(&pair.0);
                self.operate(*op, left, &pair.1, node.span)
            }
            NodeKind::Chain(first, rest) => self.chain(first, rest),
            NodeKind::Index(pair) => match self.peek_element(&pair.0, &pair.1) {
                Some(v) => Number::Long(v),
                None => self.other(node),
            },
            _ => self.other(node),
        }
    }

    /// Evaluates by the general path, for [`Machine::long`].
    #[inline(never)]
    fn other(&mut self, node: &'a Node) -> Number {
        match self.eval(node) {
            Ok(value) => self.number(value),
            Err(trap) => {
                self.trap = Some(trap);
                Number::Failed
            }
        }
    }

    fn number(&mut self, value: Val<'a>) -> Number {
        match value {
            Val::Long(v) => Number::Long(v),
            other => {
                self.spill = other;
                Number::Other
            }
        }
    }

    pub(crate) fn spilled(&mut self) -> Val<'a> {
        std::mem::replace(&mut self.spill, Val::Void)
    }

    #[cold]
    pub(crate) fn failed(&mut self, span: Span) -> Trap {
        self.trap.take().unwrap_or_else(|| trap(Fault::error("the evaluation failed"), span))
    }

    /// `left op right`, the left side evaluated already.
    #[inline]
    fn operate(&mut self, op: BinaryOp, left: Number, right: &'a Node, span: Span) -> Number {
        if let Number::Long(a) = left {
            match self.long(right) {
                Number::Long(b) => match op {
                    BinaryOp::Add => return Number::Long(a.wrapping_add(b)),
                    BinaryOp::Subtract => return Number::Long(a.wrapping_sub(b)),
                    BinaryOp::Multiply => return Number::Long(a.wrapping_mul(b)),
                    op => {
                        return match ops::divide(op, a, b) {
                            Ok(v) => Number::Long(v),
                            Err(fault) => self.fails(fault, span),
                        };
                    }
                },
                Number::Other => {
                    let right = self.spilled();
                    return self.general(op, Val::Long(a), right, span);
                }
                Number::Failed => return Number::Failed,
            }
        }
        self.operate_other(op, left, right, span)
    }

    #[inline(never)]
    fn operate_other(&mut self, op: BinaryOp, left: Number, right: &'a Node, span: Span) -> Number {
        if let Number::Failed = left {
            return Number::Failed;
        }
        let left = self.spilled();
        match self.eval(right) {
            Ok(right) => self.general(op, left, right, span),
            Err(trap) => {
                self.trap = Some(trap);
                Number::Failed
            }
        }
    }

    /// The general operators, on values.
    #[inline(never)]
    fn general(&mut self, op: BinaryOp, left: Val<'a>, right: Val<'a>, span: Span) -> Number {
        let meter = self.cx.meter;
        let result = match (left, op, &right) {
            // `a + b + c + …`: the text so far is ours alone, so it grows in place.
            (Val::Str(mut text), BinaryOp::Add, Val::Str(more)) => {
                text.push(more.units(), meter).map(|()| Val::Str(text))
            }
            (left, op, right) => ops::binary(op, &left, right, meter),
        };
        match result {
            Ok(value) => self.number(value),
            Err(fault) => self.fails(fault, span),
        }
    }

    #[cold]
    fn fails(&mut self, fault: Fault, span: Span) -> Number {
        self.trap = Some(trap(fault, span));
        Number::Failed
    }

    #[inline(never)]
    fn chain(&mut self, first: &'a Node, rest: &'a [Link]) -> Number {
        let mut left = self.long(first);
        for link in rest {
            if let Number::Long(v) = left
                && is_comparison(link.op)
            {
                self.spill = Val::Long(v);
                left = Number::Other;
            }
            left = self.operate(link.op, left, &link.operand, link.span);
        }
        left
    }

    /// A LONG element of an array variable, where neither it nor the index needs evaluation.
    #[inline(always)]
    fn peek_element(&self, base: &Node, index: &Node) -> Option<i64> {
        if let (NodeKind::Slot(slot), Some(i)) = (&base.kind, self.peek(index))
            && let Some(Val::Array(array)) = self.frame.get(*slot as usize)
            && let Items::Long(cells) = &array.items
        {
            return cells.get(usize::try_from(i).ok()?).map(std::cell::Cell::get);
        }
        None
    }

    /// A BOOLEAN variable, or a BOOLEAN element, where nothing needs evaluation.
    #[inline(always)]
    fn peek_bool(&self, node: &Node) -> Option<bool> {
        match &node.kind {
            NodeKind::Bool(v) => Some(*v),
            NodeKind::Slot(slot) => match self.frame.get(*slot as usize) {
                Some(Val::Bool(v)) => Some(*v),
                _ => None,
            },
            NodeKind::Index(pair) => match (&pair.0.kind, self.peek(&pair.1)) {
                (NodeKind::Slot(slot), Some(i)) => match self.frame.get(*slot as usize) {
                    Some(Val::Array(array)) => match &array.items {
                        Items::Bool(cells) => {
                            cells.get(usize::try_from(i).ok()?).map(std::cell::Cell::get)
                        }
                        _ => None,
                    },
                    _ => None,
                },
                _ => None,
            },
            _ => None,
        }
    }

    /// Evaluates what must be a BOOLEAN.
    #[inline(always)]
    pub(crate) fn condition(&mut self, node: &'a Node) -> Result<bool, Trap> {
        if let NodeKind::Binary(op, pair) = &node.kind
            && is_comparison(*op)
            && let (Some(a), Some(b)) = (self.peek(&pair.0), self.peek(&pair.1))
        {
            return Ok(ops::compare_long(*op, a, b));
        }
        self.condition_slow(node)
    }

    #[inline(never)]
    fn condition_slow(&mut self, node: &'a Node) -> Result<bool, Trap> {
        match &node.kind {
            NodeKind::Binary(op, pair) if is_comparison(*op) => {
                self.compare(*op, &pair.0, &pair.1, node.span)
            }
            NodeKind::Unary(UnaryOp::Not, operand) => match self.peek_bool(operand) {
                Some(v) => Ok(!v),
                None => {
                    let value = self.eval(node)?;
                    boolean(&value, node.span)
                }
            },
            NodeKind::And(operands) => {
                for operand in operands {
                    if !self.condition(operand)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            NodeKind::Or(operands) => {
                for operand in operands {
                    if self.condition(operand)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            _ => match self.peek_bool(node) {
                Some(v) => Ok(v),
                None => {
                    let value = self.eval(node)?;
                    boolean(&value, node.span)
                }
            },
        }
    }

    fn compare(
        &mut self,
        op: BinaryOp,
        left: &'a Node,
        right: &'a Node,
        span: Span,
    ) -> Result<bool, Trap> {
        let left = match self.long(left) {
            Number::Long(a) => match self.long(right) {
                Number::Long(b) => return Ok(ops::compare_long(op, a, b)),
                Number::Other => {
                    let right = self.spilled();
                    return self.compare_general(op, &Val::Long(a), &right, span);
                }
                Number::Failed => return Err(self.failed(span)),
            },
            Number::Other => self.spilled(),
            Number::Failed => return Err(self.failed(span)),
        };
        // A string compared with a literal: the commonest condition of a workflow.
        if let (Val::Str(text), NodeKind::Ascii(literal)) = (&left, &right.kind)
            && matches!(op, BinaryOp::Equal | BinaryOp::NotEqual)
        {
            let same = match text.units() {
                Units::Ascii(bytes) => {
                    self.cx.meter.step_units(bytes.len()).at(span)?;
                    bytes == literal.as_bytes()
                }
                Units::Wide(_) => false,
            };
            return Ok(same == (op == BinaryOp::Equal));
        }
        let right = self.eval(right)?;
        self.compare_general(op, &left, &right, span)
    }

    #[inline(never)]
    fn compare_general(
        &self,
        op: BinaryOp,
        left: &Val<'a>,
        right: &Val<'a>,
        span: Span,
    ) -> Result<bool, Trap> {
        let value = ops::binary(op, left, right, self.cx.meter).at(span)?;
        boolean(&value, span)
    }

    #[inline(never)]
    fn new_array(&mut self, kind: Kind, length: &'a Node) -> Result<Val<'a>, Trap> {
        let span = length.span;
        let meter = self.cx.meter;
        let len = match self.eval(length)? {
            Val::Long(len) => len,
            other => {
                let message = format!("the length of an array is a LONG, not {}", other.kind());
                return Err(trap(Fault::error(message), span));
            }
        };
        let Ok(len) = usize::try_from(len) else {
            return Err(trap(
                Fault::error(format!("the length of an array is negative: {len}")),
                span,
            ));
        };
        let array = match kind {
            Kind::LongArray => Array::longs(len, std::iter::repeat_n(0, len), meter),
            Kind::DoubleArray => Array::doubles(len, std::iter::repeat_n(0.0, len), meter),
            Kind::BooleanArray => Array::bools(len, std::iter::repeat_n(false, len), meter),
            _ => Array::texts(len, (0..len).map(|_| Ok(None)), meter),
        };
        array.map(Val::Array).at(span)
    }

    #[inline(never)]
    fn array_literal(
        &mut self,
        kind: Kind,
        elements: &'a [Node],
        span: Span,
    ) -> Result<Val<'a>, Trap> {
        let meter = self.cx.meter;
        let len = elements.len();
        let array = match kind {
            Kind::LongArray => Array::longs(len, std::iter::repeat_n(0, len), meter),
            Kind::DoubleArray => Array::doubles(len, std::iter::repeat_n(0.0, len), meter),
            Kind::BooleanArray => Array::bools(len, std::iter::repeat_n(false, len), meter),
            _ => Array::texts(len, (0..len).map(|_| Ok(None)), meter),
        }
        .at(span)?;
        for (i, element) in elements.iter().enumerate() {
            let value = self.eval(element)?;
            super::assign::store(&array, i, value).at(element.span)?;
        }
        Ok(Val::Array(array))
    }

    /// `base[index]`.
    #[inline]
    pub(crate) fn index(
        &mut self,
        base: &'a Node,
        index: &'a Node,
        span: Span,
    ) -> Result<Val<'a>, Trap> {
        // A variable indexed by a variable or a literal: nothing in between can change either.
        if let (NodeKind::Slot(slot), Some(i)) = (&base.kind, self.peek(index))
            && let Some(Val::Array(array)) = self.frame.get(*slot as usize)
        {
            return element(array, i).at(index.span);
        }
        let base = self.eval(base)?;
        let index_value = self.eval(index)?;
        self.element_of(&base, &index_value, index.span, span)
    }

    /// An element or entry of an evaluated value.
    #[inline(never)]
    pub(crate) fn element_of(
        &self,
        base: &Val<'a>,
        index: &Val<'a>,
        index_span: Span,
        span: Span,
    ) -> Result<Val<'a>, Trap> {
        match (base, index) {
            (Val::Array(array), Val::Long(i)) => element(array, *i).at(index_span),
            (Val::Map(map), Val::Str(key)) => Ok(map.get(key).at(span)?.unwrap_or(Val::Null)),
            (Val::Array(_), index) => {
                let message = format!("an array is indexed by a LONG, not {}", index.kind());
                Err(trap(Fault::error(message), index_span))
            }
            (Val::Map(_), index) => {
                let message = format!("a MAP is indexed by a STRING, not {}", index.kind());
                Err(trap(Fault::error(message), index_span))
            }
            (base, _) => {
                let message = format!("{} has no elements", base.kind());
                let fault = match base {
                    Val::Str(_) => Fault::with_help(message, "take a character with `.charAt(i)`"),
                    _ => Fault::error(message),
                };
                Err(trap(fault, span))
            }
        }
    }
}

#[inline]
fn is_comparison(op: BinaryOp) -> bool {
    use BinaryOp::{Equal, Greater, GreaterEqual, Less, LessEqual, NotEqual};
    matches!(op, Equal | NotEqual | Less | Greater | LessEqual | GreaterEqual)
}

#[inline]
fn boolean(value: &Val<'_>, span: Span) -> Result<bool, Trap> {
    match value {
        Val::Bool(v) => Ok(*v),
        other => Err(not_boolean(other, span)),
    }
}

#[cold]
fn not_boolean(value: &Val<'_>, span: Span) -> Trap {
    let message = format!("expected BOOLEAN, found {}", value.kind());
    let help = match value {
        Val::Long(_) | Val::Double(_) => "compare explicitly: `n != 0`",
        Val::Str(_) => "compare explicitly: `s == 'true'`",
        Val::Null => "a name that is no input and was never assigned is NULL",
        _ => "a condition is `true` or `false`",
    };
    trap(Fault::with_help(message, help), span)
}

/// The element at `i`.
///
/// # Errors
/// Out of bounds.
#[inline]
pub(crate) fn element<'a>(array: &Array<'a>, i: i64) -> Result<Val<'a>, Fault> {
    match (&array.items, usize::try_from(i)) {
        (Items::Long(cells), Ok(at)) if at < cells.len() => {
            Ok(cells.get(at).map_or(Val::Null, |c| Val::Long(c.get())))
        }
        (_, Ok(at)) => array.get(at).ok_or_else(|| out_of_bounds(array, i)),
        (_, Err(_)) => Err(out_of_bounds(array, i)),
    }
}

#[cold]
pub(crate) fn out_of_bounds(array: &Array<'_>, i: i64) -> Fault {
    let len = array.len();
    let message = format!("index {i} is outside of the array, whose length is {len}");
    if len == 0 {
        return Fault::with_help(message, "the array is empty: test `.length` first");
    }
    Fault::with_help(message, format!("valid indexes are 0 to {}", len - 1))
}
