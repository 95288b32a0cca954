//! Expressions. [`Machine::eval`] is the specification. Beside it stand two paths that keep their
//! results in registers: [`Machine::long`] for LONG arithmetic and [`Machine::condition`] for
//! conditions; where an operand is not what they hope for they hand over to the general operators.

use super::code::{Node, NodeKind, Slot};
use super::long::Number;
use super::machine::{Failed, Machine};
use super::ops;
use crate::error::Span;
use crate::fault::{At, Fault};
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::Value;
use crate::value::convert::from_value;
use crate::value::kind::Kind;
use crate::value::text::Text;
use crate::value::val::{Array, Items, Val};

impl<'a> Machine<'a, '_> {
    /// Evaluates an expression: what needs no work at once, the rest by [`Machine::eval`].
    #[inline(never)]
    pub(crate) fn value(&mut self, node: &'a Node) -> Result<Val<'a>, Fault> {
        match &node.kind {
            NodeKind::Ascii(text) => Ok(Val::Str(Text::literal_ascii(text.as_bytes()))),
            NodeKind::Long(v) => Ok(Val::Long(*v)),
            NodeKind::Slot(slot) => match self.frame.get(*slot as usize) {
                Some(Val::Long(v)) => Ok(Val::Long(*v)),
                _ => self.read(*slot, node.span),
            },
            _ => self.eval(node),
        }
    }

    /// Evaluates an expression to where its value is wanted, which is VOID: a large value is not
    /// moved about. Each arm hands over, so that the commonest costs no stack.
    #[inline(never)]
    pub(crate) fn put_value(&mut self, node: &'a Node, out: &mut Val<'a>) -> Result<(), Fault> {
        match &node.kind {
            NodeKind::Ascii(text) => {
                out.fill(Val::Str(Text::literal_ascii(text.as_bytes())));
                Ok(())
            }
            NodeKind::Long(v) => {
                out.fill(Val::Long(*v));
                Ok(())
            }
            NodeKind::Slot(_) => self.put_variable(node, out),
            NodeKind::Postfix(base, ops) => self.put_postfix(base, ops, out),
            NodeKind::Chain(first, rest) => self.put_chain(first, rest, out),
            NodeKind::Static(call) => self.put_static(call, out),
            NodeKind::Ready(value) => self.put_ready(value, node.span, out),
            NodeKind::LongText(call) => self.put_long_text(call, out),
            NodeKind::Param(key) => self.put_param(key, out),
            _ => self.put_other(node, out),
        }
    }

    #[inline(never)]
    fn put_variable(&mut self, node: &'a Node, out: &mut Val<'a>) -> Result<(), Fault> {
        let NodeKind::Slot(slot) = &node.kind else { return Ok(()) };
        match self.slot(*slot, node.span)? {
            Val::Long(v) => out.fill(Val::Long(*v)),
            Val::Str(text) if let Some(bytes) = text.borrowed() => put_ascii(bytes, out),
            value => out.fill(value.clone()),
        }
        Ok(())
    }

    #[inline(never)]
    fn put_ready(&mut self, value: &'a Value, span: Span, out: &mut Val<'a>) -> Result<(), Fault> {
        out.fill(from_value(value, self.cx.meter).at(span)?);
        Ok(())
    }

    #[inline(never)]
    fn put_other(&mut self, node: &'a Node, out: &mut Val<'a>) -> Result<(), Fault> {
        out.fill(self.eval(node)?);
        Ok(())
    }

    /// Evaluates an expression. Each arm hands over to a function of its own, so that none of
    /// them pays for the registers and the stack of another.
    pub(crate) fn eval(&mut self, node: &'a Node) -> Result<Val<'a>, Fault> {
        match &node.kind {
            NodeKind::Null => Ok(Val::Null),
            NodeKind::Bool(v) => Ok(Val::Bool(*v)),
            NodeKind::Long(v) => Ok(Val::Long(*v)),
            NodeKind::Double(v) => Ok(Val::Double(*v)),
            NodeKind::Ascii(text) => Ok(Val::Str(Text::literal_ascii(text.as_bytes()))),
            NodeKind::Wide(units) => Ok(Val::Str(Text::literal_wide(units))),
            NodeKind::Ready(value) => self.ready(value, node.span),
            NodeKind::Slot(slot) => self.read(*slot, node.span),
            NodeKind::Unary(op, operand) => self.unary(*op, operand, node.span),
            NodeKind::Binary(op, operands)
            | NodeKind::Arithmetic { op, operands, .. }
            | NodeKind::Comparison { op, operands, .. }
                if self.is_general() =>
            {
                self.binary(*op, operands, node.span)
            }
            NodeKind::Binary(op, _) if op.is_comparison() => self.truth_value(node),
            NodeKind::Comparison { .. } | NodeKind::And(_) | NodeKind::Or(_) => {
                self.truth_value(node)
            }
            NodeKind::Binary(..) | NodeKind::Arithmetic { .. } => self.number_value(node),
            NodeKind::Conditional(parts) => self.conditional(parts, node.span),
            NodeKind::Assign(slot, value) => self.assign(*slot, value, node.span),
            NodeKind::Compound(op, slot, value) => {
                self.compound_value_of(*op, *slot, value, node.span)
            }
            NodeKind::Increment(_, _, compound) => self.eval(compound),
            NodeKind::AssignIndex(parts) => self.assign_index(parts, node.span),
            NodeKind::Index(pair) => self.index(&pair.0, &pair.1, node.span),
            NodeKind::Element(slot, index) => self.element(*slot, index, node.span),
            NodeKind::Postfix(..)
            | NodeKind::Chain(..)
            | NodeKind::Static(_)
            | NodeKind::LongText(_)
            | NodeKind::Param(_) => self.put(node),
            NodeKind::MapCall(slot, call) => self.map_call(*slot, call),
            NodeKind::HostUtil(call) => self.host_util(call),
            NodeKind::HasParam(key) => self.has_param(key),
            NodeKind::HostParams(call) => self.host_params(call),
            NodeKind::NewArray(kind, length) => self.new_array(*kind, length),
            NodeKind::ArrayLiteral(kind, elements) => {
                self.array_literal(*kind, elements, node.span)
            }
            NodeKind::Fail(fault) => fail(fault, node.span),
        }
    }

    /// What [`Machine::put_value`] does better.
    #[inline(never)]
    fn put(&mut self, node: &'a Node) -> Result<Val<'a>, Fault> {
        let mut value = Val::Void;
        self.put_value(node, &mut value)?;
        Ok(value)
    }

    /// The value of a variable.
    #[inline(never)]
    fn read(&mut self, slot: Slot, span: Span) -> Result<Val<'a>, Fault> {
        self.slot(slot, span).map(|v| v.clone())
    }

    #[inline(never)]
    fn ready(&mut self, value: &'a Value, span: Span) -> Result<Val<'a>, Fault> {
        from_value(value, self.cx.meter).at(span)
    }

    #[inline(never)]
    fn conditional(&mut self, parts: &'a (Node, Node, Node), span: Span) -> Result<Val<'a>, Fault> {
        match self.condition(&parts.0) {
            Ok(true) => self.eval(&parts.1),
            Ok(false) => self.eval(&parts.2),
            Err(Failed) => Err(self.failed(span)),
        }
    }

    #[inline(never)]
    fn compound_value_of(
        &mut self,
        op: BinaryOp,
        slot: Slot,
        value: &'a Node,
        span: Span,
    ) -> Result<Val<'a>, Fault> {
        match self.compound(op, slot, value, span) {
            Ok(()) => self.read(slot, span),
            Err(Failed) => Err(self.failed(span)),
        }
    }

    /// Evaluates for the effect alone.
    #[inline(always)]
    pub(crate) fn effect(&mut self, node: &'a Node) -> Result<(), Failed> {
        if let NodeKind::Increment(slot, by, _) = &node.kind
            && !self.is_general()
            && let Some(Val::Long(v)) = self.frame.get_mut(*slot as usize)
        {
            *v = v.wrapping_add(i64::from(*by));
            return Ok(());
        }
        self.effect_slow(node)
    }

    #[inline(never)]
    fn effect_slow(&mut self, node: &'a Node) -> Result<(), Failed> {
        match &node.kind {
            NodeKind::Compound(op, slot, value) => self.compound(*op, *slot, value, node.span),
            NodeKind::Assign(slot, value) => self.assign_effect(*slot, value, node.span),
            NodeKind::AssignIndex(parts) => self.assign_element(parts, node.span),
            _ => self.effect_general(node),
        }
    }

    #[inline(never)]
    fn effect_general(&mut self, node: &'a Node) -> Result<(), Failed> {
        let result = match &node.kind {
            NodeKind::Increment(_, _, compound) => return self.effect_slow(compound),
            _ => self.eval(node).map(drop),
        };
        result.map_err(|fault| self.fail(fault))
    }

    #[inline(never)]
    fn unary(&mut self, op: UnaryOp, operand: &'a Node, span: Span) -> Result<Val<'a>, Fault> {
        let value = self.eval(operand)?;
        ops::unary(op, &value).at(span)
    }

    /// `left op right` by the general operators.
    #[inline(never)]
    pub(crate) fn binary(
        &mut self,
        op: BinaryOp,
        operands: &'a (Node, Node),
        span: Span,
    ) -> Result<Val<'a>, Fault> {
        let left = self.eval(&operands.0)?;
        let right = self.eval(&operands.1)?;
        self.operator(op, left, &right).at(span)
    }

    /// By the path that keeps LONGs in registers.
    #[inline(never)]
    fn number_value(&mut self, node: &'a Node) -> Result<Val<'a>, Fault> {
        match self.long(node) {
            Number::Long(v) => Ok(Val::Long(v)),
            Number::Other => Ok(self.spilled()),
            Number::Failed => Err(self.failed(node.span)),
        }
    }

    /// By the path that keeps BOOLEANs in registers.
    #[inline(never)]
    fn truth_value(&mut self, node: &'a Node) -> Result<Val<'a>, Fault> {
        match self.condition(node) {
            Ok(v) => Ok(Val::Bool(v)),
            Err(Failed) => Err(self.failed(node.span)),
        }
    }

    #[inline(never)]
    fn new_array(&mut self, kind: Kind, length: &'a Node) -> Result<Val<'a>, Fault> {
        let span = length.span;
        let meter = self.cx.meter;
        let len = match self.eval(length)? {
            Val::Long(len) => len,
            other => {
                let message = format!("the length of an array is a LONG, not {}", other.kind());
                return Err(Fault::error(message).at(span));
            }
        };
        let Ok(len) = usize::try_from(len) else {
            return Err(Fault::error(format!("the length of an array is negative: {len}")).at(span));
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
    ) -> Result<Val<'a>, Fault> {
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
    #[inline(never)]
    fn index(&mut self, base: &'a Node, index: &'a Node, span: Span) -> Result<Val<'a>, Fault> {
        let base = self.eval(base)?;
        let index_value = self.eval(index)?;
        self.element_of(&base, &index_value, index.span, span)
    }

    /// `x[index]`.
    #[inline(never)]
    pub(crate) fn element(
        &mut self,
        slot: Slot,
        index: &'a Node,
        span: Span,
    ) -> Result<Val<'a>, Fault> {
        let base = self.slot(slot, span)?.clone();
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
    ) -> Result<Val<'a>, Fault> {
        match (base, index) {
            (Val::Array(array), Val::Long(i)) => element(array, *i).at(index_span),
            (Val::Map(map), Val::Str(key)) => map.get(key).at(span),
            (Val::Array(_), index) => {
                let index = index.held();
                let message = format!("an array is indexed by a LONG, not {index}");
                Err(Fault::error(message).at(index_span))
            }
            (Val::Map(_), index) => {
                let index = index.held();
                let message = format!("a MAP is indexed by a STRING, not {index}");
                Err(Fault::error(message).at(index_span))
            }
            (base, _) if base.is_null() => {
                Err(Fault::error("the value is null and has no elements").at(span))
            }
            (base, _) => {
                let message = format!("{} has no elements", base.kind());
                let fault = match base {
                    Val::Str(_) => Fault::with_help(message, "take a character with `.charAt(i)`"),
                    _ => Fault::error(message),
                };
                Err(fault.at(span))
            }
        }
    }
}

/// Puts a borrowed text where VOID is. Apart from the other values, so that it is not moved there.
#[inline(never)]
fn put_ascii<'a>(text: &'a [u8], out: &mut Val<'a>) {
    out.fill(Val::Str(Text::literal_ascii(text)));
}

#[cold]
fn fail<'a>(fault: &Fault, span: Span) -> Result<Val<'a>, Fault> {
    Err(fault.clone().at(span))
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
