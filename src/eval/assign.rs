//! Assignments: a variable keeps its kind; an element keeps its array's.

use super::code::{AssignIndex, Node, NodeKind, Slot};
use super::expr::{Number, out_of_bounds};
use super::machine::{At, Machine, Trap, trap};
use super::ops;
use super::stmt::mismatch;
use crate::error::Span;
use crate::fault::Fault;
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
    ) -> Result<Val<'a>, Trap> {
        self.assign_effect(slot, value, span)?;
        self.slot(slot, span).map(|v| v.clone())
    }

    /// `x = value`, for its effect.
    pub(crate) fn assign_effect(
        &mut self,
        slot: Slot,
        value: &'a Node,
        span: Span,
    ) -> Result<(), Trap> {
        let new = match self.long(value) {
            Number::Long(v) => {
                if let Some(Val::Long(old)) = self.frame.get_mut(slot as usize) {
                    *old = v;
                    return Ok(());
                }
                Val::Long(v)
            }
            Number::Other => self.spilled(),
            Number::Failed => return Err(self.failed(span)),
        };
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
                return Err(trap(mismatch(place.kind(), &new), value.span));
            }
        }
        Ok(())
    }

    /// `x op= value`.
    pub(crate) fn compound(
        &mut self,
        op: BinaryOp,
        slot: Slot,
        value: &'a Node,
        span: Span,
    ) -> Result<(), Trap> {
        let meter = self.cx.meter;
        let right = match self.long(value) {
            Number::Long(b) => match self.frame.get_mut(slot as usize) {
                Some(Val::Long(a)) => {
                    match op {
                        BinaryOp::Add => *a = a.wrapping_add(b),
                        BinaryOp::Subtract => *a = a.wrapping_sub(b),
                        BinaryOp::Multiply => *a = a.wrapping_mul(b),
                        op => *a = ops::divide(op, *a, b).at(span)?,
                    }
                    return Ok(());
                }
                _ => Val::Long(b),
            },
            Number::Other => self.spilled(),
            Number::Failed => return Err(self.failed(span)),
        };
        let place = self.slot(slot, span)?;
        match place {
            Val::Str(text) if op == BinaryOp::Add => append(text, &right, meter).at(span),
            place => {
                let new = combine(op, place, &right, meter).at(span)?;
                *place = new;
                Ok(())
            }
        }
    }

    /// Tries `x[index] = value` for an array of LONGs or BOOLEANs in a variable; `false` where that
    /// is not what it is, and nothing has been evaluated then.
    pub(crate) fn assign_element(&mut self, parts: &'a AssignIndex) -> Result<bool, Trap> {
        let (None, Some(i)) = (parts.op, self.peek(&parts.index)) else { return Ok(false) };
        let Ok(at) = usize::try_from(i) else { return Ok(false) };
        let Some(Val::Array(array)) = self.frame.get(parts.slot as usize) else { return Ok(false) };
        match (&array.items, &parts.value.kind) {
            (Items::Bool(cells), NodeKind::Bool(v)) => match cells.get(at) {
                Some(cell) => {
                    cell.set(*v);
                    Ok(true)
                }
                None => Ok(false),
            },
            (Items::Long(cells), _) => match (cells.get(at), self.simple(&parts.value)) {
                (Some(cell), Some(v)) => {
                    cell.set(v);
                    Ok(true)
                }
                _ => Ok(false),
            },
            _ => Ok(false),
        }
    }

    /// The LONG that an operand, or one operator on two operands, gives without a call.
    #[inline(always)]
    fn simple(&self, node: &Node) -> Option<i64> {
        if let Some(v) = self.peek(node) {
            return Some(v);
        }
        let NodeKind::Binary(op, pair) = &node.kind else { return None };
        let (a, b) = (self.peek(&pair.0)?, self.peek(&pair.1)?);
        match op {
            BinaryOp::Add => Some(a.wrapping_add(b)),
            BinaryOp::Subtract => Some(a.wrapping_sub(b)),
            BinaryOp::Multiply => Some(a.wrapping_mul(b)),
            _ => None,
        }
    }

    /// `x[index] = value` and `x[index] op= value`.
    #[inline(never)]
    pub(crate) fn assign_index(
        &mut self,
        parts: &'a AssignIndex,
        span: Span,
    ) -> Result<Val<'a>, Trap> {
        let meter = self.cx.meter;
        let base = self.slot(parts.slot, span)?.clone();
        let index = self.eval(&parts.index)?;
        let right = self.eval(&parts.value)?;
        let value_span = parts.value.span;
        match (&base, &index) {
            (Val::Array(array), Val::Long(i)) => {
                let at = usize::try_from(*i).ok().filter(|at| *at < array.len());
                let Some(at) = at else {
                    return Err(trap(out_of_bounds(array, *i), parts.index.span));
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
                        let old = map.get(key).at(span)?.unwrap_or(Val::Null);
                        combine(op, &old, &right, meter).at(span)?
                    }
                };
                map.put(key.clone(), new.clone()).at(value_span)?;
                Ok(new)
            }
            _ => self.element_of(&base, &index, parts.index.span, span),
        }
    }
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
            let (a, b) = (old.kind(), right.kind());
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
