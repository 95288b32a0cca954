//! BOOLEANs in registers: the path beside [`Machine::eval`] for conditions.

use std::cell::Cell;

use super::code::{Node, NodeKind, Slot};
use super::long::Number;
use super::machine::{Failed, Machine};
use super::ops;
use crate::error::Span;
use crate::fault::{At, Fault};
use crate::limits::Meter;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::text::{Text, Units, same_bytes};
use crate::value::val::{Items, Val};

/// What [`Machine::truth`] gives: one register.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Truth {
    /// A BOOLEAN.
    Is(bool),
    /// Another value, which waits in [`Machine::spill`].
    Other,
    /// A fault, which waits in [`Machine::fault`].
    Failed,
}

impl From<Result<bool, Failed>> for Truth {
    #[inline(always)]
    fn from(result: Result<bool, Failed>) -> Truth {
        match result {
            Ok(v) => Truth::Is(v),
            Err(Failed) => Truth::Failed,
        }
    }
}

impl<'a> Machine<'a, '_> {
    /// Evaluates what must be a BOOLEAN.
    #[inline(always)]
    pub(crate) fn condition(&mut self, node: &'a Node) -> Result<bool, Failed> {
        match self.truth(node) {
            Truth::Is(v) => Ok(v),
            Truth::Other => Err(self.not_boolean(node.span)),
            Truth::Failed => Err(Failed),
        }
    }

    /// Evaluates what is probably a BOOLEAN.
    #[inline(always)]
    fn truth(&mut self, node: &'a Node) -> Truth {
        if let NodeKind::Comparison { op, is_slot, left, right, .. } = &node.kind
            && let Some((a, b)) = self.pair(*left, *right, *is_slot)
        {
            return Truth::Is(ops::compare_long(*op, a, b));
        }
        self.truth_slow(node)
    }

    /// [`NodeKind::Comparison`] where a variable may not be looked up yet.
    #[inline(never)]
    fn comparison(&mut self, node: &'a Node) -> Truth {
        let NodeKind::Comparison { op, is_slot, left, right, operands } = &node.kind else {
            return self.truth_general(node);
        };
        if let Err(fault) = self.load_pair(*left, *right, *is_slot, operands) {
            return Err(self.fail(fault)).into();
        }
        match self.pair(*left, *right, *is_slot) {
            Some((a, b)) => Truth::Is(ops::compare_long(*op, a, b)),
            None => self.compare(*op, operands, node.span),
        }
    }

    #[inline(never)]
    fn truth_slow(&mut self, node: &'a Node) -> Truth {
        match &node.kind {
            NodeKind::And(operands) => self.all(operands, true),
            NodeKind::Or(operands) => self.all(operands, false),
            _ if self.is_general() => self.truth_general(node),
            NodeKind::Binary(op, operands) if op.is_comparison() => match &operands.1.kind {
                NodeKind::Ascii(literal) if matches!(op, BinaryOp::Equal | BinaryOp::NotEqual) => {
                    self.compare_text(*op, &operands.0, literal, node.span)
                }
                _ => self.compare(*op, operands, node.span),
            },
            NodeKind::Comparison { .. } => self.comparison(node),
            NodeKind::Element(slot, index) => self.boolean_element(*slot, index, node),
            NodeKind::Unary(UnaryOp::Not, operand) => self.not(operand, node.span),
            NodeKind::Slot(slot) => match self.frame.get(*slot as usize) {
                Some(Val::Bool(v)) => Truth::Is(*v),
                _ => self.truth_general(node),
            },
            NodeKind::Bool(v) => Truth::Is(*v),
            _ => self.truth_general(node),
        }
    }

    /// `!operand`.
    #[inline(always)]
    fn not(&mut self, operand: &'a Node, span: Span) -> Truth {
        if let NodeKind::Element(slot, index) = &operand.kind
            && let Some(v) = self.flag(*slot, index)
        {
            return Truth::Is(!v);
        }
        self.not_evaluated(operand, span)
    }

    /// `!operand`, where the operand has to be worked out.
    #[inline(never)]
    fn not_evaluated(&mut self, operand: &'a Node, span: Span) -> Truth {
        match self.truth(operand) {
            Truth::Is(v) => Truth::Is(!v),
            Truth::Other => self.not_other(span),
            Truth::Failed => Truth::Failed,
        }
    }

    /// `&&`, where each operand must be `wanted` to go on, and `||`, where it must not.
    #[inline(never)]
    fn all(&mut self, operands: &'a [Node], wanted: bool) -> Truth {
        for operand in operands {
            match self.condition(operand) {
                Ok(v) if v == wanted => {}
                Ok(v) => return Truth::Is(v),
                Err(Failed) => return Truth::Failed,
            }
        }
        Truth::Is(wanted)
    }

    #[inline(never)]
    fn truth_general(&mut self, node: &'a Node) -> Truth {
        match self.eval(node) {
            Ok(Val::Bool(v)) => Truth::Is(v),
            Ok(other) => {
                self.spill = other;
                Truth::Other
            }
            Err(fault) => {
                self.fail(fault);
                Truth::Failed
            }
        }
    }

    /// `x[index]`.
    #[inline(always)]
    fn boolean_element(&mut self, slot: Slot, index: &'a Node, node: &'a Node) -> Truth {
        match self.flag(slot, index) {
            Some(v) => Truth::Is(v),
            None => self.truth_general(node),
        }
    }

    /// `x[index]` of a `boolean[]`, where the index needs no work.
    #[inline(always)]
    fn flag(&self, slot: Slot, index: &Node) -> Option<bool> {
        let at = usize::try_from(self.peek(index)?).ok()?;
        let Some(Val::Array(array)) = self.frame.get(slot as usize) else { return None };
        let Items::Bool(cells) = &array.items else { return None };
        cells.get(at).map(Cell::get)
    }

    /// `left op right`.
    #[inline(never)]
    fn compare(&mut self, op: BinaryOp, operands: &'a (Node, Node), span: Span) -> Truth {
        let (left, right) = operands;
        let left = self.operand(left);
        if let Number::Long(a) = left {
            let right = self.operand(right);
            if let Number::Long(b) = right {
                return Truth::Is(ops::compare_long(op, a, b));
            }
            return self.compare_long(op, a, right, span).into();
        }
        self.compare_other(op, left, right, span).into()
    }

    /// `a op right`, both evaluated, the right side no LONG.
    #[inline(never)]
    fn compare_long(
        &mut self,
        op: BinaryOp,
        a: i64,
        right: Number,
        span: Span,
    ) -> Result<bool, Failed> {
        let right = self.value_of_number(right)?;
        self.compare_general(op, &Val::Long(a), &right, span)
    }

    /// `left == 'literal'`, the commonest condition of a workflow, and `!=`.
    #[inline(never)]
    fn compare_text(
        &mut self,
        op: BinaryOp,
        left: &'a Node,
        literal: &'a str,
        span: Span,
    ) -> Truth {
        let meter = self.cx.meter;
        let mut value = Val::Void;
        let compared = match &left.kind {
            NodeKind::Slot(slot) => match self.slot(*slot, left.span) {
                Ok(value) => same(op, value, literal, meter).at(span),
                Err(fault) => Err(fault),
            },
            _ => match self.put_value(left, &mut value) {
                Ok(()) => same(op, &value, literal, meter).at(span),
                Err(fault) => Err(fault),
            },
        };
        match compared {
            Ok(v) => Truth::Is(v),
            Err(fault) => Err(self.fail(fault)).into(),
        }
    }

    /// `left op right`, the left side evaluated and no LONG.
    #[inline(never)]
    fn compare_other(
        &mut self,
        op: BinaryOp,
        left: Number,
        right: &'a Node,
        span: Span,
    ) -> Result<bool, Failed> {
        let left = self.value_of_number(left)?;
        let right = match self.eval(right) {
            Ok(right) => right,
            Err(fault) => return Err(self.fail(fault)),
        };
        self.compare_general(op, &left, &right, span)
    }

    #[inline(never)]
    fn compare_general(
        &mut self,
        op: BinaryOp,
        left: &Val<'a>,
        right: &Val<'a>,
        span: Span,
    ) -> Result<bool, Failed> {
        ops::compare(op, left, right, self.cx.meter).map_err(|fault| self.fail(fault.at(span)))
    }

    /// `!` of what waits in `spill`, which is no BOOLEAN.
    #[cold]
    fn not_other(&mut self, span: Span) -> Truth {
        let value = self.spilled();
        match ops::unary(UnaryOp::Not, &value) {
            Ok(Val::Bool(v)) => Truth::Is(v),
            Ok(_) => Truth::Is(false),
            Err(fault) => {
                self.fail(fault.at(span));
                Truth::Failed
            }
        }
    }

    /// What waits in `spill` is no BOOLEAN.
    #[cold]
    fn not_boolean(&mut self, span: Span) -> Failed {
        let value = self.spilled();
        let message = format!("expected BOOLEAN, found {}", value.held());
        let help = match value {
            Val::Long(_) | Val::Double(_) => "compare explicitly: `n != 0`",
            Val::Str(_) => "compare explicitly: `s == 'true'`",
            Val::Null => "a name that is no input and was never assigned is NULL",
            _ => "a condition is `true` or `false`",
        };
        self.fail(Fault::with_help(message, help).at(span))
    }
}

/// Whether a value is, or is not, an ASCII literal.
#[inline(always)]
fn same<'a>(
    op: BinaryOp,
    value: &Val<'a>,
    literal: &'a str,
    meter: &'a Meter,
) -> Result<bool, Fault> {
    let Val::Str(text) = value else { return same_other(op, value, literal, meter) };
    let units = text.units();
    meter.step_units(units.len())?;
    let is_same = match units {
        Units::Ascii(bytes) => same_bytes(bytes, literal.as_bytes()),
        Units::Wide(_) => false,
    };
    Ok(is_same == (op == BinaryOp::Equal))
}

/// [`same`] where the value is no STRING.
#[cold]
fn same_other<'a>(
    op: BinaryOp,
    value: &Val<'a>,
    literal: &'a str,
    meter: &'a Meter,
) -> Result<bool, Fault> {
    ops::compare(op, value, &Val::Str(Text::literal_ascii(literal.as_bytes())), meter)
}
