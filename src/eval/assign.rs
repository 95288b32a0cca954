//! Assignments: a variable keeps its kind; an element keeps its array's.

use super::code::{AssignIndex, Node, NodeKind, Slot};
use super::expr::out_of_bounds;
use super::long::Number;
use super::machine::{Failed, Machine};
use super::ops;
use super::stmt::mismatch;
use crate::error::Span;
use crate::fault::{At, Fault};
use crate::limits::Meter;
use crate::syntax::ast::BinaryOp;
use crate::value::display::push_display;
use crate::value::kind::Kind;
use crate::value::number::to_long;
use crate::value::text::{Text, TextBuilder};
use crate::value::val::{Array, Items, Val};

impl<'a> Machine<'a, '_> {
    /// `x = value`, for its value.
    #[inline(never)]
    pub(crate) fn assign(
        &mut self,
        slot: Slot,
        value: &'a Node,
        span: Span,
    ) -> Result<Val<'a>, Fault> {
        if self.assign_effect(slot, value, span).is_err() {
            return Err(self.failed(span));
        }
        self.slot(slot, span).map(|v| v.clone())
    }

    /// `x = value`, for its effect.
    #[inline(always)]
    pub(crate) fn assign_effect(
        &mut self,
        slot: Slot,
        value: &'a Node,
        span: Span,
    ) -> Result<(), Failed> {
        if let Some(v) = self.peek(value)
            && let Some(Val::Long(old)) = self.frame.get_mut(slot as usize)
        {
            *old = v;
            return Ok(());
        }
        self.assign_evaluated(slot, value, span)
    }

    /// `x = value`, where the value has to be worked out.
    #[inline(never)]
    fn assign_evaluated(&mut self, slot: Slot, value: &'a Node, span: Span) -> Result<(), Failed> {
        let new = self.operand(value);
        if let Number::Long(v) = new
            && let Some(Val::Long(old)) = self.frame.get_mut(slot as usize)
        {
            *old = v;
            return Ok(());
        }
        self.assign_number(slot, new, value, span)
    }

    /// `x = value`, evaluated.
    #[inline(never)]
    fn assign_number(
        &mut self,
        slot: Slot,
        new: Number,
        value: &'a Node,
        span: Span,
    ) -> Result<(), Failed> {
        let new = self.value_of_number(new)?;
        self.assign_value_to(slot, new, value, span).map_err(|fault| self.fail(fault))
    }

    fn assign_value_to(
        &mut self,
        slot: Slot,
        new: Val<'a>,
        value: &'a Node,
        span: Span,
    ) -> Result<(), Fault> {
        let place = self.slot(slot, span)?;
        match (&mut *place, new) {
            (Val::Long(old), Val::Long(new)) => *old = new,
            (place, new) if matches!(place, Val::Null) || place.kind() == new.kind() => {
                *place = new;
            }
            (Val::Double(old), Val::Long(new)) => *old = new as f64,
            (place, Val::Null) if Self::can_be_null(place.kind()) => {
                *place = Val::NullOf(place.kind());
            }
            (place, new) => {
                return Err(mismatch(place.kind(), &new).at(value.span));
            }
        }
        Ok(())
    }

    /// `x op= value`.
    #[inline(always)]
    pub(crate) fn compound(
        &mut self,
        op: BinaryOp,
        slot: Slot,
        value: &'a Node,
        span: Span,
    ) -> Result<(), Failed> {
        if let Some(b) = self.peek(value)
            && let Some(Val::Long(a)) = self.frame.get_mut(slot as usize)
            && op == BinaryOp::Add
        {
            *a = a.wrapping_add(b);
            return Ok(());
        }
        self.compound_evaluated(op, slot, value, span)
    }

    /// `x op= value`, where the value has to be worked out.
    #[inline(never)]
    fn compound_evaluated(
        &mut self,
        op: BinaryOp,
        slot: Slot,
        value: &'a Node,
        span: Span,
    ) -> Result<(), Failed> {
        let right = self.operand(value);
        if let Number::Long(b) = right
            && let Some(Val::Long(a)) = self.frame.get_mut(slot as usize)
            && let Some(v) = ops::arithmetic(op, *a, b)
        {
            *a = v;
            return Ok(());
        }
        self.compound_number(op, slot, right, span)
    }

    /// `x op= value`, evaluated.
    #[inline(never)]
    fn compound_number(
        &mut self,
        op: BinaryOp,
        slot: Slot,
        right: Number,
        span: Span,
    ) -> Result<(), Failed> {
        let right = self.value_of_number(right)?;
        self.compound_value(op, slot, &right, span).map_err(|fault| self.fail(fault))
    }

    fn compound_value(
        &mut self,
        op: BinaryOp,
        slot: Slot,
        right: &Val<'a>,
        span: Span,
    ) -> Result<(), Fault> {
        let meter = self.cx.meter;
        let place = self.slot(slot, span)?;
        match place {
            Val::Str(text) if op == BinaryOp::Add => append(text, right, meter).at(span),
            place => {
                let new = combine(op, place, right, meter).at(span)?;
                *place = new;
                Ok(())
            }
        }
    }

    /// `x[index] = value` for its effect: a `long[]` or `boolean[]` is written in place.
    #[inline(always)]
    pub(crate) fn assign_element(
        &mut self,
        parts: &'a AssignIndex,
        span: Span,
    ) -> Result<(), Failed> {
        if let Some(i) = self.peek(&parts.index)
            && parts.is_plain
            && parts.op.is_none()
            && let Some(Val::Array(array)) = self.frame.get(parts.slot as usize)
        {
            if put_literal(array, i, &parts.value) {
                return Ok(());
            }
            return self.assign_at(parts, i, span);
        }
        self.assign_evaluated_at(parts, span)
    }

    /// `x[index] = value`, where the index has to be worked out.
    #[inline(never)]
    fn assign_evaluated_at(&mut self, parts: &'a AssignIndex, span: Span) -> Result<(), Failed> {
        let is_array = matches!(self.frame.get(parts.slot as usize), Some(Val::Array(_)));
        if !parts.is_plain || parts.op.is_some() || !is_array || self.is_general() {
            return self.assign_general(parts, span);
        }
        let index = self.operand(&parts.index);
        if let Number::Long(i) = index {
            return self.assign_at(parts, i, span);
        }
        let index = self.value_of_number(index)?;
        let value = self.operand(&parts.value);
        self.assign_other(parts, index, value, span)
    }

    /// `x[i] = value`, where evaluating the value cannot assign to `x`.
    #[inline(never)]
    fn assign_at(&mut self, parts: &'a AssignIndex, i: i64, span: Span) -> Result<(), Failed> {
        let value = self.operand(&parts.value);
        if let Number::Long(v) = value
            && let Some(Val::Array(array)) = self.frame.get(parts.slot as usize)
            && let Items::Long(cells) = &array.items
            && let Some(cell) = usize::try_from(i).ok().and_then(|at| cells.get(at))
        {
            cell.set(v);
            return Ok(());
        }
        self.assign_other(parts, Val::Long(i), value, span)
    }

    /// `x[index] = value`, both evaluated.
    #[inline(never)]
    fn assign_other(
        &mut self,
        parts: &'a AssignIndex,
        index: Val<'a>,
        value: Number,
        span: Span,
    ) -> Result<(), Failed> {
        let value = self.value_of_number(value)?;
        let base = self.frame.get(parts.slot as usize).cloned().unwrap_or(Val::Null);
        match self.assign_value(parts, &base, &index, value, span) {
            Ok(_) => Ok(()),
            Err(fault) => Err(self.fail(fault)),
        }
    }

    #[inline(never)]
    fn assign_general(&mut self, parts: &'a AssignIndex, span: Span) -> Result<(), Failed> {
        match self.assign_index(parts, span) {
            Ok(_) => Ok(()),
            Err(fault) => Err(self.fail(fault)),
        }
    }

    /// `x[index] = value` and `x[index] op= value`.
    #[inline(never)]
    pub(crate) fn assign_index(
        &mut self,
        parts: &'a AssignIndex,
        span: Span,
    ) -> Result<Val<'a>, Fault> {
        let base = self.slot(parts.slot, span)?.clone();
        let index = self.eval(&parts.index)?;
        let right = self.eval(&parts.value)?;
        self.assign_value(parts, &base, &index, right, span)
    }

    fn assign_value(
        &mut self,
        parts: &'a AssignIndex,
        base: &Val<'a>,
        index: &Val<'a>,
        right: Val<'a>,
        span: Span,
    ) -> Result<Val<'a>, Fault> {
        let meter = self.cx.meter;
        let value_span = parts.value.span;
        match (base, index) {
            (Val::Array(array), Val::Long(i)) => {
                let at = usize::try_from(*i).ok().filter(|at| *at < array.len());
                let Some(at) = at else {
                    return Err(out_of_bounds(array, *i).at(parts.index.span));
                };
                let new = match parts.op {
                    None => right,
                    Some(op) => {
                        let old = array.get(at).unwrap_or(Val::Null);
                        combine(op, &old, &right, meter).at(span)?
                    }
                };
                store(array, at, new).at(value_span)
            }
            (Val::Map(map), Val::Str(key)) => {
                let new = match parts.op {
                    None => right,
                    Some(op) => {
                        let old = map.get(key).at(span)?;
                        combine(op, &old, &right, meter).at(span)?
                    }
                };
                map.put(key.clone(), new.clone()).at(value_span)?;
                Ok(new)
            }
            _ => self.element_of(base, index, parts.index.span, span),
        }
    }
}

/// Puts `true` or `false` into a `boolean[]`, if that is what is assigned.
#[inline(always)]
fn put_literal(array: &Array<'_>, i: i64, value: &Node) -> bool {
    if let (Items::Bool(cells), NodeKind::Bool(v)) = (&array.items, &value.kind)
        && let Some(cell) = usize::try_from(i).ok().and_then(|at| cells.get(at))
    {
        cell.set(*v);
        return true;
    }
    false
}

/// Puts a value into an array and gives it as the array holds it.
///
/// # Errors
/// Out of bounds, or a value of another kind than the elements.
pub(crate) fn store<'a>(array: &Array<'a>, at: usize, value: Val<'a>) -> Result<Val<'a>, Fault> {
    if at >= array.len() {
        return Err(out_of_bounds(array, at as i64));
    }
    match (&array.items, value) {
        (Items::Long(cells), Val::Long(v)) => {
            cells.get(at).inspect(|c| c.set(v));
            Ok(Val::Long(v))
        }
        (Items::Double(cells), Val::Double(v)) => {
            cells.get(at).inspect(|c| c.set(v));
            Ok(Val::Double(v))
        }
        (Items::Double(cells), Val::Long(v)) => {
            cells.get(at).inspect(|c| c.set(v as f64));
            Ok(Val::Double(v as f64))
        }
        (Items::Bool(cells), Val::Bool(v)) => {
            cells.get(at).inspect(|c| c.set(v));
            Ok(Val::Bool(v))
        }
        (Items::Str(cells), Val::Str(text)) => {
            if let Some(slot) = cells.borrow_mut().get_mut(at) {
                *slot = Some(text.clone());
            }
            Ok(Val::Str(text))
        }
        (Items::Str(cells), Val::Null | Val::NullOf(Kind::String)) => {
            if let Some(slot) = cells.borrow_mut().get_mut(at) {
                *slot = None;
            }
            Ok(Val::NullOf(Kind::String))
        }
        (_, value) => Err(mismatch(array.kind().element().unwrap_or(Kind::Null), &value)),
    }
}

/// `old op= right`: the result has the kind of `old` (JLS 15.26.2 narrows a DOUBLE result back to
/// LONG).
fn combine<'a>(
    op: BinaryOp,
    old: &Val<'a>,
    right: &Val<'a>,
    meter: &'a Meter,
) -> Result<Val<'a>, Fault> {
    match (old, right) {
        (Val::Long(a), Val::Long(b)) => ops::long(op, *a, *b),
        (Val::Long(a), Val::Double(b)) => match ops::double(op, *a as f64, *b)? {
            Val::Double(v) => Ok(Val::Long(to_long(v))),
            other => Ok(other),
        },
        (Val::Double(a), Val::Double(b)) => ops::double(op, *a, *b),
        (Val::Double(a), Val::Long(b)) => ops::double(op, *a, *b as f64),
        (Val::Str(_) | Val::NullOf(Kind::String), _) if op == BinaryOp::Add => {
            let mut text = ops::text(old, meter)?;
            append(&mut text, right, meter)?;
            Ok(Val::Str(text))
        }
        _ => {
            let (a, b) = (old.held(), right.held());
            let message = format!("`{}=` cannot take {a} and {b}", op.text());
            Err(match a {
                Kind::Null => Fault::with_help(message, "give the variable a value first"),
                _ => Fault::error(message),
            })
        }
    }
}

/// `text += value`, in place where the text is not shared.
fn append<'a>(text: &mut Text<'a>, value: &Val<'a>, meter: &'a Meter) -> Result<(), Fault> {
    match value {
        Val::Str(more) => text.push(more.units(), meter),
        Val::Void => Err(Fault::error("`+=` cannot take STRING and VOID")),
        other => {
            let mut out = TextBuilder::new(meter);
            push_display(&mut out, other, meter)?;
            text.push(out.finish().units(), meter)
        }
    }
}
