//! One evaluation: the frame of variables and what is around it.

use super::code::{Code, Node, NodeKind, Slot, Stmt};
use super::long::Number;
use super::stmt::Flow;
use crate::error::{Error, Span};
use crate::fault::{At, Fault};
use crate::host::Input;
use crate::limits::Meter;
use crate::program::Outcome;
use crate::stdlib::table::Context;
use crate::value::convert::{copy_value, from_value, owned, to_value};
use crate::value::text::Text;
use crate::value::val::Val;
use crate::value::{Kind, Value};

/// The evaluation has failed, and the fault waits in the machine. A result that carries this
/// instead of the fault fits a register.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

/// Runs a program. The variables of a small one live on the stack.
pub(crate) fn execute<'a>(code: &'a Code, cx: &'a Context<'a>) -> Result<Outcome, Error> {
    match code.names.len() {
        0..=2 => execute_small::<2>(code, cx),
        3..=8 => execute_small::<8>(code, cx),
        count => match large_frame(count, cx) {
            Ok(mut frame) => run(code, cx, &mut frame),
            Err(fault) => Err(error(fault, cx)),
        },
    }
}

#[inline(always)]
fn execute_small<'a, const SLOTS: usize>(
    code: &'a Code,
    cx: &'a Context<'a>,
) -> Result<Outcome, Error> {
    let mut frame = [const { Val::Unset }; SLOTS];
    let ended = run(code, cx, &mut frame);
    frame.iter_mut().for_each(Val::clear);
    std::mem::forget(frame);
    ended
}

/// Runs a program and gives, however it ended, the variables that it read or set, by name.
pub(crate) fn execute_keeping<'a>(
    code: &'a Code,
    cx: &'a Context<'a>,
) -> (Result<Outcome, Error>, Vec<(String, Value)>) {
    let mut frame = match large_frame(code.names.len(), cx) {
        Ok(frame) => frame,
        Err(fault) => return (Err(error(fault, cx)), Vec::new()),
    };
    let ended = run(code, cx, &mut frame);
    let set = code.names.iter().zip(&frame).filter(|(_, value)| !matches!(value, Val::Unset));
    let kept = set.filter_map(|(name, value)| {
        // A value too large to be kept is dropped: its variable is as before.
        to_value(value, cx.meter).ok().map(|value| (name.to_string(), value))
    });
    (ended, kept.collect())
}

fn large_frame<'a>(count: usize, cx: &'a Context<'a>) -> Result<Vec<Val<'a>>, Fault> {
    cx.meter.charge(count.saturating_mul(size_of::<Val<'_>>())).at(Span::default())?;
    let mut frame = Vec::new();
    frame.resize_with(count, || Val::Unset);
    Ok(frame)
}

fn run<'a>(code: &'a Code, cx: &'a Context<'a>, frame: &mut [Val<'a>]) -> Result<Outcome, Error> {
    let mut machine = Machine {
        cx,
        frame,
        code,
        result: Val::Void,
        spill: Val::Void,
        fault: None,
        #[cfg(test)]
        is_general: cx.is_general,
    };
    if let [Stmt::Result { node, steps }] = &*code.body {
        return machine.one_expression(node, *steps);
    }
    for stmt in &code.body {
        match machine.stmt(stmt) {
            Ok(Flow::Next) => {}
            Ok(Flow::Return) => break,
            ended => return machine.ended(ended, stmt.span()).map_err(|fault| error(fault, cx)),
        }
    }
    match to_value(&machine.result, cx.meter) {
        Ok(value) => Ok(Outcome::Value(value)),
        Err(fault) => {
            Err(error(fault.at(code.body.last().map_or(Span::default(), Stmt::span)), cx))
        }
    }
}

/// A fault that leaves the evaluation. Without a place of its own it is that of the last call.
#[cold]
fn error(fault: Fault, cx: &Context<'_>) -> Error {
    fault.at(cx.place.get()).into_error(cx.meter)
}

/// Puts a value where UNSET is: there is nothing to drop.
#[inline(always)]
fn put<'a>(place: &mut Val<'a>, value: Val<'a>) {
    debug_assert!(matches!(place, Val::Unset));
    std::mem::forget(std::mem::replace(place, value));
}

/// An input as the evaluation holds it.
#[inline(never)]
pub(crate) fn given<'a>(input: Input<'a>, meter: &'a Meter) -> Result<Val<'a>, Fault> {
    match input {
        Input::Ref(value) => from_value(value, meter),
        Input::Owned(value) => copy_value(&value, meter),
    }
}

/// The state of one evaluation.
pub(crate) struct Machine<'a, 'f> {
    pub(crate) cx: &'a Context<'a>,
    pub(crate) frame: &'f mut [Val<'a>],
    pub(crate) code: &'a Code,
    /// The program's value, once a statement has given it; what `throw` throws.
    pub(crate) result: Val<'a>,
    /// A value on its way out of a path that keeps its results in registers.
    pub(crate) spill: Val<'a>,
    /// A fault on its way out: see [`Failed`].
    pub(crate) fault: Option<Fault>,
    /// Whether a test wants the general paths alone.
    #[cfg(test)]
    pub(crate) is_general: bool,
}

impl<'a> Machine<'a, '_> {
    /// Runs a program of one expression. A condition and a number never leave the registers.
    fn one_expression(&mut self, node: &'a Node, steps: u32) -> Result<Outcome, Error> {
        if self.step(steps, node.span).is_err() {
            return Err(error(self.failed(node.span), self.cx));
        }
        let number = match &node.kind {
            NodeKind::And(_) | NodeKind::Or(_) | NodeKind::Comparison { .. } => {
                return match self.condition(node) {
                    Ok(v) => self.finish(node, &Val::Bool(v)),
                    Err(Failed) => Err(error(self.failed(node.span), self.cx)),
                };
            }
            NodeKind::Arithmetic { .. } => self.long(node),
            NodeKind::Chain(first, rest) if first.is_number() => self.chain(first, rest),
            _ => {
                let mut value = Val::Void;
                return match self.put_value(node, &mut value) {
                    Ok(()) => self.finish(node, &value),
                    Err(fault) => Err(error(fault, self.cx)),
                };
            }
        };
        match number {
            Number::Long(v) => self.finish(node, &Val::Long(v)),
            Number::Other => {
                let value = self.spilled();
                self.finish(node, &value)
            }
            Number::Failed => Err(error(self.failed(node.span), self.cx)),
        }
    }

    /// The outcome of a program that gave a value.
    #[inline(always)]
    fn finish(&self, node: &'a Node, value: &Val<'a>) -> Result<Outcome, Error> {
        let meter = self.cx.meter;
        // Each arm makes the outcome itself: a value that they share is copied once more.
        let fault = match value {
            Val::Long(v) => match meter.step(1) {
                Ok(()) => return Ok(Outcome::Value(Value::Long(*v))),
                Err(fault) => fault,
            },
            Val::Bool(v) => match meter.step(1) {
                Ok(()) => return Ok(Outcome::Value(Value::Boolean(*v))),
                Err(fault) => fault,
            },
            Val::Str(text) => match meter.step(1).and_then(|()| owned(text, meter)) {
                Ok(text) => return Ok(Outcome::Value(Value::String(text))),
                Err(fault) => fault,
            },
            _ => match to_value(value, meter) {
                Ok(value) => return Ok(Outcome::Value(value)),
                Err(fault) => fault,
            },
        };
        Err(error(fault.at(node.span), self.cx))
    }

    /// The outcome of a program that neither came to its end nor returned.
    #[cold]
    fn ended(&mut self, flow: Result<Flow, Failed>, span: Span) -> Result<Outcome, Fault> {
        let what = match flow {
            Err(Failed) => return Err(self.failed(span)),
            Ok(Flow::Throw) => {
                let Val::Str(text) = &self.result else {
                    return Err(Fault::error("`throw` takes a STRING").at(span));
                };
                return owned(text, self.cx.meter).map(Outcome::Thrown).at(span);
            }
            Ok(Flow::Break) => "break",
            Ok(_) => "continue",
        };
        Err(Fault::error(format!("`{what}` outside of a loop")).at(span))
    }

    /// The variable in a slot. An unset one is looked up among the inputs, once.
    #[inline(always)]
    pub(crate) fn slot(&mut self, slot: Slot, span: Span) -> Result<&mut Val<'a>, Fault> {
        if let Some(Val::Unset) = self.frame.get(slot as usize) {
            self.load(slot, span)?;
        }
        // The compiler hands out slots below the frame's length.
        self.frame.get_mut(slot as usize).ok_or_else(|| Fault::error("no such slot").at(span))
    }

    /// Puts what the host gives for a name, or NULL, into its slot.
    #[inline(never)]
    fn load(&mut self, slot: Slot, span: Span) -> Result<(), Fault> {
        let at = slot as usize;
        let (Some(name), Some(place)) = (self.code.names.get(at), self.frame.get_mut(at)) else {
            return Ok(());
        };
        self.cx.meter.step(1).at(span)?;
        match self.cx.host.input(name) {
            Some(Input::Ref(Value::Long(v))) => put(place, Val::Long(*v)),
            Some(Input::Ref(Value::String(text))) if text.is_ascii() => {
                return self.load_ascii(slot, text, span);
            }
            Some(other) => return self.load_other(slot, other, span),
            None => put(place, Val::Null),
        }
        Ok(())
    }

    #[inline(never)]
    fn load_ascii(&mut self, slot: Slot, text: &'a str, span: Span) -> Result<(), Fault> {
        self.cx.meter.step_units(text.len()).at(span)?;
        if let Some(place) = self.frame.get_mut(slot as usize) {
            put(place, Val::Str(Text::literal_ascii(text.as_bytes())));
        }
        Ok(())
    }

    #[inline(never)]
    fn load_other(&mut self, slot: Slot, input: Input<'a>, span: Span) -> Result<(), Fault> {
        let value = given(input, self.cx.meter).at(span)?;
        if let Some(place) = self.frame.get_mut(slot as usize) {
            put(place, value);
        }
        Ok(())
    }

    /// An input by name, copied in where it is an array or a map.
    #[inline(always)]
    pub(crate) fn lookup(&self, name: &str) -> Result<Option<Val<'a>>, Fault> {
        self.cx.meter.step(1)?;
        self.cx.host.input(name).map(|input| given(input, self.cx.meter)).transpose()
    }

    /// Takes steps for the node at `span`.
    #[inline(always)]
    pub(crate) fn step(&mut self, steps: u32, span: Span) -> Result<(), Failed> {
        match self.cx.meter.step(u64::from(steps)) {
            Ok(()) => Ok(()),
            Err(fault) => Err(self.fail(fault.at(span))),
        }
    }

    /// Leaves a fault for whoever takes [`Failed`].
    #[cold]
    pub(crate) fn fail(&mut self, fault: Fault) -> Failed {
        self.fault = Some(fault);
        Failed
    }

    /// The fault that was left.
    #[cold]
    pub(crate) fn failed(&mut self, span: Span) -> Fault {
        self.fault.take().unwrap_or_else(|| Fault::error("the evaluation failed").at(span))
    }

    /// The value that was left in [`Machine::spill`].
    #[inline]
    pub(crate) fn spilled(&mut self) -> Val<'a> {
        std::mem::replace(&mut self.spill, Val::Void)
    }

    /// Whether only the general paths are to be taken: a test compares them with the others.
    #[inline(always)]
    pub(crate) fn is_general(&self) -> bool {
        #[cfg(test)]
        return self.is_general;
        #[cfg(not(test))]
        false
    }

    /// Whether a variable of this kind may become null.
    pub(crate) fn can_be_null(kind: Kind) -> bool {
        !matches!(kind, Kind::Long | Kind::Double | Kind::Boolean)
    }
}
