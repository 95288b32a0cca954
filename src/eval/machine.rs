//! One evaluation: the frame of variables and what is around it.

use super::code::{Code, Slot, Stmt};
use super::stmt::Flow;
use crate::error::Span;
use crate::fault::Fault;
use crate::host::Input;
use crate::program::Outcome;
use crate::stdlib::table::Context;
use crate::value::convert::{copy_value, from_value, owned, to_value};
use crate::value::val::Val;
use crate::value::{Kind, Value};

/// A fault at its place. One pointer wide.
#[derive(Debug)]
pub(crate) struct Trap(pub(crate) Box<(Fault, Span)>);

/// Adds the place to a fault.
pub(crate) trait At<T> {
    /// The result, with `span` as the place of a fault.
    fn at(self, span: Span) -> Result<T, Trap>;
}

impl<T> At<T> for Result<T, Fault> {
    #[inline]
    fn at(self, span: Span) -> Result<T, Trap> {
        self.map_err(|fault| trap(fault, span))
    }
}

#[cold]
pub(crate) fn trap(fault: Fault, span: Span) -> Trap {
    Trap(Box::new((fault, span)))
}

/// The evaluation has failed, and the trap waits in the machine. A result that carries this
/// instead of the trap fits a register.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Failed;

/// Variables in programs this small live on the stack.
const SMALL: usize = 8;

/// Runs a program.
pub(crate) fn execute<'a>(code: &'a Code, cx: &'a Context<'a>) -> Result<Outcome, Trap> {
    let count = code.names.len();
    if count <= SMALL {
        let mut frame: [Val<'a>; SMALL] = std::array::from_fn(|_| Val::Unset);
        run(code, cx, &mut frame)
    } else {
        let mut frame = large_frame(count, cx)?;
        run(code, cx, &mut frame)
    }
}

/// Runs a program and gives, however it ended, the variables that it read or set, by name.
pub(crate) fn execute_keeping<'a>(
    code: &'a Code,
    cx: &'a Context<'a>,
) -> (Result<Outcome, Trap>, Vec<(String, Value)>) {
    let mut frame = match large_frame(code.names.len(), cx) {
        Ok(frame) => frame,
        Err(trap) => return (Err(trap), Vec::new()),
    };
    let ended = run(code, cx, &mut frame);
    let set = code.names.iter().zip(&frame).filter(|(_, value)| !matches!(value, Val::Unset));
    let kept = set.filter_map(|(name, value)| {
        // A value too large to be kept is dropped: its variable is as before.
        to_value(value, cx.meter).ok().map(|value| (name.to_string(), value))
    });
    (ended, kept.collect())
}

fn large_frame<'a>(count: usize, cx: &'a Context<'a>) -> Result<Vec<Val<'a>>, Trap> {
    cx.meter.charge(count.saturating_mul(size_of::<Val<'_>>())).at(Span::default())?;
    let mut frame = Vec::new();
    frame.resize_with(count, || Val::Unset);
    Ok(frame)
}

fn run<'a>(code: &'a Code, cx: &'a Context<'a>, frame: &mut [Val<'a>]) -> Result<Outcome, Trap> {
    let mut machine = Machine {
        cx,
        frame,
        code,
        result: Val::Void,
        spill: Val::Void,
        trap: None,
        #[cfg(test)]
        is_general: cx.is_general,
    };
    let span = |stmt: Option<&Stmt>| stmt.map_or(Span::default(), Stmt::span);
    for stmt in &code.body {
        let flow = match machine.stmt(stmt) {
            Ok(flow) => flow,
            Err(Failed) => return Err(machine.failed(stmt.span())),
        };
        match flow {
            Flow::Next => {}
            Flow::Return => break,
            Flow::Throw => {
                let Val::Str(text) = &machine.result else {
                    return Err(trap(Fault::error("`throw` takes a STRING"), stmt.span()));
                };
                return owned(text, cx.meter).map(Outcome::Thrown).at(stmt.span());
            }
            flow @ (Flow::Break | Flow::Continue) => {
                let what = if matches!(flow, Flow::Break) { "break" } else { "continue" };
                return Err(trap(Fault::error(format!("`{what}` outside of a loop")), stmt.span()));
            }
        }
    }
    to_value(&machine.result, cx.meter).map(Outcome::Value).at(span(code.body.last()))
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
    /// A trap on its way out: see [`Failed`].
    pub(crate) trap: Option<Trap>,
    /// Whether a test wants the general paths alone.
    #[cfg(test)]
    pub(crate) is_general: bool,
}

impl<'a> Machine<'a, '_> {
    /// The variable in a slot. An unset one is looked up among the inputs, once.
    #[inline(always)]
    pub(crate) fn slot(&mut self, slot: Slot, span: Span) -> Result<&mut Val<'a>, Trap> {
        if let Some(Val::Unset) = self.frame.get(slot as usize) {
            self.load(slot, span)?;
        }
        // The compiler hands out slots below the frame's length.
        self.frame.get_mut(slot as usize).ok_or_else(|| trap(Fault::error("no such slot"), span))
    }

    /// Puts what the host gives for a name, or NULL, into its slot.
    #[inline(never)]
    fn load(&mut self, slot: Slot, span: Span) -> Result<(), Trap> {
        let Some(name) = self.code.names.get(slot as usize) else { return Ok(()) };
        let value = self.lookup(name).at(span)?.unwrap_or(Val::Null);
        if let Some(place) = self.frame.get_mut(slot as usize) {
            *place = value;
        }
        Ok(())
    }

    /// An input by name, copied in where it is an array or a map.
    #[inline(always)]
    pub(crate) fn lookup(&self, name: &str) -> Result<Option<Val<'a>>, Fault> {
        self.cx.meter.step(1)?;
        Ok(match self.cx.host.input(name) {
            None => None,
            Some(Input::Ref(Value::Long(v))) => Some(Val::Long(*v)),
            Some(Input::Ref(value)) => Some(from_value(value, self.cx.meter)?),
            Some(Input::Owned(value)) => Some(copy_value(&value, self.cx.meter)?),
        })
    }

    /// Takes steps for the node at `span`.
    #[inline(always)]
    pub(crate) fn step(&mut self, steps: u32, span: Span) -> Result<(), Failed> {
        match self.cx.meter.step(u64::from(steps)) {
            Ok(()) => Ok(()),
            Err(fault) => Err(self.fail(trap(fault, span))),
        }
    }

    /// Leaves a trap for whoever takes [`Failed`].
    #[cold]
    pub(crate) fn fail(&mut self, trap: Trap) -> Failed {
        self.trap = Some(trap);
        Failed
    }

    /// The trap that was left.
    #[cold]
    pub(crate) fn failed(&mut self, span: Span) -> Trap {
        self.trap.take().unwrap_or_else(|| trap(Fault::error("the evaluation failed"), span))
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
