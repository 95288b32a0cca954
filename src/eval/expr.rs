//! Expressions. [`Machine::eval`] is the specification; `peek` and `condition` are its fast paths
//! for LONG operands and for conditions, which keep their results in registers.

use super::code::{Link, Node, NodeKind};
use super::machine::{At, Machine, Trap, trap};
use super::ops;
use crate::error::Span;
use crate::fault::Fault;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::convert::from_value;
use crate::value::kind::Kind;
use crate::value::text::Text;
use crate::value::val::{Array, Items, Val};

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
            NodeKind::Binary(op, pair) => self.binary(*op, &pair.0, &pair.1, node.span),
            NodeKind::Chain(first, rest) => self.chain(first, rest),
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
    #[inline]
    pub(crate) fn effect(&mut self, node: &'a Node) -> Result<(), Trap> {
        match &node.kind {
            NodeKind::Compound(op, slot, value) => self.compound(*op, *slot, value, node.span),
            NodeKind::Assign(slot, value) => self.assign_effect(*slot, value, node.span),
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

    #[inline]
    fn binary(
        &mut self,
        op: BinaryOp,
        left: &'a Node,
        right: &'a Node,
        span: Span,
    ) -> Result<Val<'a>, Trap> {
        if let (Some(a), Some(b)) = (self.peek(left), self.peek(right)) {
            return ops::long(op, a, b).at(span);
        }
        self.binary_slow(op, left, right, span)
    }

    #[inline(never)]
    fn binary_slow(
        &mut self,
        op: BinaryOp,
        left: &'a Node,
        right: &'a Node,
        span: Span,
    ) -> Result<Val<'a>, Trap> {
        let left = self.eval(left)?;
        let right = self.eval(right)?;
        ops::binary(op, &left, &right, self.cx.meter).at(span)
    }

    #[inline(never)]
    fn chain(&mut self, first: &'a Node, rest: &'a [Link]) -> Result<Val<'a>, Trap> {
        let mut left = self.eval(first)?;
        for link in rest {
            if let (Val::Long(a), Some(b)) = (&left, self.peek(&link.operand)) {
                left = ops::long(link.op, *a, b).at(link.span)?;
                continue;
            }
            let right = self.eval(&link.operand)?;
            left = match (left, link.op, &right) {
                // `a + b + c + …`: the text so far is ours alone, so it grows in place.
                (Val::Str(mut text), BinaryOp::Add, Val::Str(more)) => {
                    text.push(more.units(), self.cx.meter).at(link.span)?;
                    Val::Str(text)
                }
                (left, op, right) => ops::binary(op, &left, right, self.cx.meter).at(link.span)?,
            };
        }
        Ok(left)
    }

    /// Evaluates what must be a BOOLEAN.
    pub(crate) fn condition(&mut self, node: &'a Node) -> Result<bool, Trap> {
        match &node.kind {
            NodeKind::Bool(v) => Ok(*v),
            NodeKind::Binary(op, pair) => self.compare(*op, &pair.0, &pair.1, node.span),
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
            _ => {
                let value = self.eval(node)?;
                boolean(&value, node.span)
            }
        }
    }

    #[inline]
    fn compare(
        &mut self,
        op: BinaryOp,
        left: &'a Node,
        right: &'a Node,
        span: Span,
    ) -> Result<bool, Trap> {
        if let Some(b) = self.peek(right) {
            let a = match (self.peek(left), &left.kind) {
                (Some(a), _) => Some(a),
                // `i % 3 == 0`
                (None, NodeKind::Binary(inner, pair)) if !is_comparison(*inner) => {
                    match (self.peek(&pair.0), self.peek(&pair.1)) {
                        (Some(x), Some(y)) => match ops::long(*inner, x, y).at(left.span)? {
                            Val::Long(a) => Some(a),
                            _ => None,
                        },
                        _ => None,
                    }
                }
                _ => None,
            };
            if let Some(a) = a
                && is_comparison(op)
            {
                return Ok(ops::compare_long(op, a, b));
            }
        }
        let value = self.binary_slow(op, left, right, span)?;
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
            (Val::Map(map), Val::Str(key)) => Ok(map.get(key).unwrap_or(Val::Null)),
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
