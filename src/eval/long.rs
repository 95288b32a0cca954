//! LONG arithmetic in registers: the path beside [`Machine::eval`] for what is nearly always a
//! LONG. Where an operand turns out to be something else, the general operators take over with
//! the operands evaluated so far.

use super::code::{Link, Node, NodeKind, Slot};
use super::machine::{Failed, Machine};
use super::ops;
use crate::error::Span;
use crate::fault::{At, Fault};
use crate::syntax::ast::BinaryOp;
use crate::value::text::Units;
use crate::value::val::{Items, Val};

/// What [`Machine::long`] gives: two registers.
#[derive(Clone, Copy)]
pub(crate) enum Number {
    /// A LONG.
    Long(i64),
    /// Another value, which waits in [`Machine::spill`].
    Other,
    /// A fault, which waits in [`Machine::fault`].
    Failed,
}

impl<'a> Machine<'a, '_> {
    /// The LONG that a literal or a variable is, without evaluating anything.
    #[inline(always)]
    pub(crate) fn peek(&self, node: &Node) -> Option<i64> {
        match &node.kind {
            _ if self.is_general() => None,
            NodeKind::Long(v) => Some(*v),
            NodeKind::Slot(slot) => match self.frame.get(*slot as usize) {
                Some(Val::Long(v)) => Some(*v),
                _ => None,
            },
            _ => None,
        }
    }

    /// An operand: [`Machine::peek`] first.
    #[inline(always)]
    pub(crate) fn operand(&mut self, node: &'a Node) -> Number {
        match self.peek(node) {
            Some(v) => Number::Long(v),
            None => self.long(node),
        }
    }

    /// Evaluates what is probably a LONG.
    #[inline(never)]
    pub(crate) fn long(&mut self, node: &'a Node) -> Number {
        match &node.kind {
            NodeKind::Arithmetic { op, is_slot, left, right, .. } => {
                if let Some((a, b)) = self.pair(*left, *right, *is_slot)
                    && let Some(v) = ops::arithmetic(*op, a, b)
                {
                    return Number::Long(v);
                }
                self.arithmetic(node)
            }
            NodeKind::Element(slot, index) => self.long_element(*slot, index, node),
            _ => self.long_slow(node),
        }
    }

    /// The LONGs of a variable and a number or another variable.
    #[inline(always)]
    pub(crate) fn pair(&self, left: Slot, right: i32, is_slot: bool) -> Option<(i64, i64)> {
        let Some(Val::Long(a)) = self.frame.get(left as usize) else { return None };
        if self.is_general() {
            return None;
        }
        if !is_slot {
            return Some((*a, i64::from(right)));
        }
        match self.frame.get(right as u32 as usize) {
            Some(Val::Long(b)) => Some((*a, *b)),
            _ => None,
        }
    }

    /// [`NodeKind::Arithmetic`] where a variable may not be looked up yet.
    #[inline(never)]
    fn arithmetic(&mut self, node: &'a Node) -> Number {
        if let NodeKind::Arithmetic { op, is_slot, left, right, operands } = &node.kind {
            if let Err(fault) = self.load_pair(*left, *right, *is_slot, operands) {
                return self.fails(fault);
            }
            if let Some((a, b)) = self.pair(*left, *right, *is_slot)
                && let Some(v) = ops::arithmetic(*op, a, b)
            {
                return Number::Long(v);
            }
        }
        // An operand is no LONG, or the divisor is zero.
        self.long_slow(node)
    }

    /// Looks up the variables of a [`Machine::pair`] that are not looked up yet.
    #[inline(always)]
    pub(crate) fn load_pair(
        &mut self,
        left: Slot,
        right: i32,
        is_slot: bool,
        operands: &(Node, Node),
    ) -> Result<(), Fault> {
        self.slot(left, operands.0.span)?;
        if is_slot {
            self.slot(right as u32, operands.1.span)?;
        }
        Ok(())
    }

    #[inline(never)]
    fn long_slow(&mut self, node: &'a Node) -> Number {
        match &node.kind {
            NodeKind::Chain(first, rest) => self.chain(first, rest),
            _ if self.is_general() => self.other(node),
            NodeKind::Binary(op, operands) if !op.is_comparison() => {
                let left = self.operand(&operands.0);
                self.operate(*op, left, &operands.1, node.span)
            }
            NodeKind::Arithmetic { op, operands, .. } => {
                let left = self.operand(&operands.0);
                self.operate(*op, left, &operands.1, node.span)
            }
            NodeKind::Element(slot, index) => self.element_general(*slot, index, node.span),
            NodeKind::Slot(slot) => self.variable(*slot, node.span),
            NodeKind::Long(v) => Number::Long(*v),
            _ => self.other(node),
        }
    }

    /// `left op right`, the left side evaluated already.
    #[inline(always)]
    fn operate(&mut self, op: BinaryOp, left: Number, right: &'a Node, span: Span) -> Number {
        let Number::Long(a) = left else { return self.operate_other(op, left, right, span) };
        let right = self.operand(right);
        if let Number::Long(b) = right
            && let Some(v) = ops::arithmetic(op, a, b)
        {
            return Number::Long(v);
        }
        self.operate_long(op, a, right, span)
    }

    /// `left op right`, the left side evaluated and no LONG.
    #[inline(never)]
    fn operate_other(&mut self, op: BinaryOp, left: Number, right: &'a Node, span: Span) -> Number {
        let Ok(left) = self.value_of_number(left) else { return Number::Failed };
        match self.eval(right) {
            Ok(right) => self.general(op, left, right, span),
            Err(fault) => self.fails(fault),
        }
    }

    /// `a op right`, both evaluated: the right side is no LONG, or a divisor of zero.
    #[inline(never)]
    fn operate_long(&mut self, op: BinaryOp, a: i64, right: Number, span: Span) -> Number {
        let Ok(right) = self.value_of_number(right) else { return Number::Failed };
        self.general(op, Val::Long(a), right, span)
    }

    /// Three or more operands, from left to right.
    #[inline(never)]
    pub(crate) fn chain(&mut self, first: &'a Node, rest: &'a [Link]) -> Number {
        match self.chain_of_longs(first, rest) {
            (left, []) => left,
            (left, rest) => {
                let Ok(mut left) = self.value_of_number(left) else { return Number::Failed };
                match self.chain_of_values(&mut left, rest) {
                    Ok(()) => self.number(left),
                    Err(fault) => self.fails(fault),
                }
            }
        }
    }

    /// As [`Machine::chain`], for what may well be text: it grows where its value is wanted.
    #[inline(never)]
    pub(crate) fn put_chain(
        &mut self,
        first: &'a Node,
        mut rest: &'a [Link],
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        if first.is_number() {
            let left;
            (left, rest) = self.chain_of_longs(first, rest);
            match self.value_of_number(left) {
                Ok(left) => out.fill(left),
                Err(Failed) => return Err(self.failed(first.span)),
            }
        } else {
            self.put_value(first, out)?;
        }
        self.chain_of_values(out, rest)
    }

    /// The front of a chain while all is LONG, and what follows it.
    #[inline(always)]
    fn chain_of_longs(&mut self, first: &'a Node, mut rest: &'a [Link]) -> (Number, &'a [Link]) {
        let mut left = self.operand(first);
        while let [link, more @ ..] = rest {
            if !matches!(left, Number::Long(_)) || link.op.is_comparison() || self.is_general() {
                break;
            }
            left = self.operate(link.op, left, &link.operand, link.span);
            rest = more;
        }
        (left, rest)
    }

    /// The rest of a chain whose left side is no LONG.
    #[inline(never)]
    fn chain_of_values(&mut self, left: &mut Val<'a>, rest: &'a [Link]) -> Result<(), Fault> {
        let meter = self.cx.meter;
        for link in rest {
            match (&mut *left, link.op, &link.operand.kind) {
                (Val::Str(text), BinaryOp::Add, NodeKind::Ascii(more)) => {
                    text.push(Units::Ascii(more.as_bytes()), meter).at(link.span)?;
                }
                _ => {
                    let mut right = Val::Void;
                    self.put_value(&link.operand, &mut right)?;
                    self.operate_in_place(link.op, left, &right).at(link.span)?;
                    right.clear();
                    std::mem::forget(right);
                }
            }
        }
        Ok(())
    }

    /// `x[index]` of a `long[]`.
    #[inline(always)]
    fn long_element(&mut self, slot: Slot, index: &'a Node, node: &'a Node) -> Number {
        // Where there is no array yet the general path asks the host for it, before the index.
        if self.is_general() || !matches!(self.frame.get(slot as usize), Some(Val::Array(_))) {
            return self.long_slow(node);
        }
        let i = self.operand(index);
        if let Number::Long(i) = i
            && let Some(Val::Array(array)) = self.frame.get(slot as usize)
            && let Items::Long(cells) = &array.items
            && let Some(cell) = usize::try_from(i).ok().and_then(|at| cells.get(at))
        {
            return Number::Long(cell.get());
        }
        self.element_other(slot, i, index.span, node.span)
    }

    #[inline(never)]
    fn element_general(&mut self, slot: Slot, index: &'a Node, span: Span) -> Number {
        match self.element(slot, index, span) {
            Ok(value) => self.number(value),
            Err(fault) => self.fails(fault),
        }
    }

    /// `x[index]`, the index evaluated.
    #[inline(never)]
    fn element_other(&mut self, slot: Slot, i: Number, index_span: Span, span: Span) -> Number {
        let Ok(i) = self.value_of_number(i) else { return Number::Failed };
        let base = self.frame.get(slot as usize).cloned().unwrap_or(Val::Null);
        match self.element_of(&base, &i, index_span, span) {
            Ok(value) => self.number(value),
            Err(fault) => self.fails(fault),
        }
    }

    /// A variable.
    #[inline(never)]
    fn variable(&mut self, slot: Slot, span: Span) -> Number {
        match self.slot(slot, span) {
            Ok(Val::Long(v)) => Number::Long(*v),
            Ok(value) => {
                self.spill = value.clone();
                Number::Other
            }
            Err(fault) => self.fails(fault),
        }
    }

    /// Evaluates by the general path.
    #[inline(never)]
    fn other(&mut self, node: &'a Node) -> Number {
        match self.eval(node) {
            Ok(value) => self.number(value),
            Err(fault) => self.fails(fault),
        }
    }

    /// The general operators, on values.
    #[inline(never)]
    fn general(&mut self, op: BinaryOp, left: Val<'a>, right: Val<'a>, span: Span) -> Number {
        match self.operator(op, left, &right) {
            Ok(value) => self.number(value),
            Err(fault) => self.fails(fault.at(span)),
        }
    }

    /// An operator on values; a text on the left is ours and grows in place.
    #[inline]
    pub(crate) fn operator(
        &mut self,
        op: BinaryOp,
        mut left: Val<'a>,
        right: &Val<'a>,
    ) -> Result<Val<'a>, Fault> {
        self.operate_in_place(op, &mut left, right)?;
        Ok(left)
    }

    /// `left = left op right`.
    #[inline]
    fn operate_in_place(
        &self,
        op: BinaryOp,
        left: &mut Val<'a>,
        right: &Val<'a>,
    ) -> Result<(), Fault> {
        let meter = self.cx.meter;
        match (&mut *left, op, right) {
            (Val::Str(text), BinaryOp::Add, Val::Str(more)) => text.push(more.units(), meter)?,
            _ => *left = ops::binary(op, left, right, meter)?,
        }
        Ok(())
    }

    /// What [`Machine::long`] gave, as a value.
    #[inline]
    pub(crate) fn value_of_number(&mut self, number: Number) -> Result<Val<'a>, Failed> {
        match number {
            Number::Long(v) => Ok(Val::Long(v)),
            Number::Other => Ok(self.spilled()),
            Number::Failed => Err(Failed),
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

    #[cold]
    fn fails(&mut self, fault: Fault) -> Number {
        self.fail(fault);
        Number::Failed
    }
}
