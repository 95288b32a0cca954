//! BOOLEANs in registers: the path beside [`Machine::eval`] for conditions.

use super::code::{Node, NodeKind, Slot};
use super::long::Number;
use super::machine::{At, Failed, Machine, Trap, trap};
use super::ops;
use crate::error::Span;
use crate::fault::Fault;
use crate::syntax::ast::{BinaryOp, UnaryOp};
use crate::value::text::{Text, Units};
use crate::value::val::{Items, Val};

/// What [`Machine::truth`] gives: one register.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Truth {
    /// A BOOLEAN.
    Is(bool),
    /// Another value, which waits in [`Machine::spill`].
    Other,
    /// A trap, which waits in [`Machine::trap`].
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

    #[inline(never)]
    fn truth_slow(&mut self, node: &'a Node) -> Truth {
        if self.is_general() {
            return self.truth_general(node);
        }
        match &node.kind {
            NodeKind::Binary(op, operands) if op.is_comparison() => {
                self.compare(*op, operands, node.span)
            }
            NodeKind::Element(slot, index) => self.boolean_element(*slot, index, node),
            NodeKind::Unary(UnaryOp::Not, operand) => match self.truth_slow(operand) {
                Truth::Is(v) => Truth::Is(!v),
                Truth::Other => self.not_other(node.span),
                Truth::Failed => Truth::Failed,
            },
            _ => self.truth_rare(node),
        }
    }

    #[inline(never)]
    fn truth_rare(&mut self, node: &'a Node) -> Truth {
        match &node.kind {
            // A variable that is not looked up yet, or no LONG.
            NodeKind::Comparison { op, operands, .. } => self.compare(*op, operands, node.span),
            NodeKind::And(operands) => self.all(operands, true).into(),
            NodeKind::Or(operands) => self.all(operands, false).into(),
            NodeKind::Slot(slot) => match self.frame.get(*slot as usize) {
                Some(Val::Bool(v)) => Truth::Is(*v),
                _ => self.truth_general(node),
            },
            NodeKind::Bool(v) => Truth::Is(*v),
            _ => self.truth_general(node),
        }
    }

    /// `&&`, where each operand must be `wanted` to go on, and `||`, where it must not.
    pub(crate) fn all(&mut self, operands: &'a [Node], wanted: bool) -> Result<bool, Failed> {
        for operand in operands {
            if self.condition(operand)? != wanted {
                return Ok(!wanted);
            }
        }
        Ok(wanted)
    }

    #[inline(never)]
    fn truth_general(&mut self, node: &'a Node) -> Truth {
        match self.eval(node) {
            Ok(Val::Bool(v)) => Truth::Is(v),
            Ok(other) => {
                self.spill = other;
                Truth::Other
            }
            Err(trap) => {
                self.fail(trap);
                Truth::Failed
            }
        }
    }

    /// `x[index]` of a `boolean[]`.
    #[inline(always)]
    fn boolean_element(&mut self, slot: Slot, index: &'a Node, node: &'a Node) -> Truth {
        if let Some(i) = self.peek(index)
            && let Some(Val::Array(array)) = self.frame.get(slot as usize)
            && let Items::Bool(cells) = &array.items
            && let Ok(at) = usize::try_from(i)
            && let Some(cell) = cells.get(at)
        {
            return Truth::Is(cell.get());
        }
        self.truth_general(node)
    }

    /// `left op right`.
    #[inline(always)]
    fn compare(&mut self, op: BinaryOp, operands: &'a (Node, Node), span: Span) -> Truth {
        let (left, right) = operands;
        // A string variable compared with a literal: the commonest condition of a workflow.
        if let NodeKind::Ascii(literal) = &right.kind
            && let NodeKind::Slot(slot) = &left.kind
            && matches!(op, BinaryOp::Equal | BinaryOp::NotEqual)
        {
            match self.compare_text(*slot, literal.as_bytes(), left.span, span) {
                Ok(Some(same)) => return Truth::Is(same == (op == BinaryOp::Equal)),
                Ok(None) => {}
                Err(trap) => return Err(self.fail(trap)).into(),
            }
        }
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

    /// Whether a variable, if it is a STRING, has these bytes.
    #[inline(never)]
    fn compare_text(
        &mut self,
        slot: Slot,
        literal: &[u8],
        slot_span: Span,
        span: Span,
    ) -> Result<Option<bool>, Trap> {
        let meter = self.cx.meter;
        let Val::Str(text) = self.slot(slot, slot_span)? else { return Ok(None) };
        meter.step_units(text.len()).at(span)?;
        Ok(Some(text.units().same(Units::Ascii(literal))))
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
        let right = match &right.kind {
            NodeKind::Ascii(text) => Val::Str(Text::literal_ascii(text.as_bytes())),
            _ => match self.eval(right) {
                Ok(right) => right,
                Err(trap) => return Err(self.fail(trap)),
            },
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
        match ops::binary(op, left, right, self.cx.meter) {
            Ok(Val::Bool(v)) => Ok(v),
            // No comparison gives anything else.
            Ok(_) => Ok(false),
            Err(fault) => Err(self.fail(trap(fault, span))),
        }
    }

    /// `!` of what waits in `spill`, which is no BOOLEAN.
    #[cold]
    fn not_other(&mut self, span: Span) -> Truth {
        let value = self.spilled();
        match ops::unary(UnaryOp::Not, &value) {
            Ok(Val::Bool(v)) => Truth::Is(v),
            Ok(_) => Truth::Is(false),
            Err(fault) => {
                self.fail(trap(fault, span));
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
        self.fail(trap(Fault::with_help(message, help), span))
    }
}
