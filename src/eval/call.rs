//! Calls: of the class table's rows, and of the host's functions.

use super::code::{Call, Node, NodeKind, Postfix, Row, Test};
use super::machine::{Machine, given};
use crate::error::Span;
use crate::fault::{At, Fault};
use crate::host::Input;
use crate::stdlib;
use crate::stdlib::long_shown;
use crate::value::Value;
use crate::value::convert::{copy_value, owned, to_value};
use crate::value::text::Text;
use crate::value::val::Val;

/// Most arguments of a method call whose values live on the stack.
const FEW: usize = 3;

impl<'a> Machine<'a, '_> {
    /// A value and the operations on it, from left to right. Each value is put where the next
    /// routine reads its receiver, and the arguments behind it.
    #[inline(never)]
    pub(crate) fn put_postfix(
        &mut self,
        base: &'a Node,
        ops: &'a [Postfix],
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        let mut room = [const { [const { Val::Void }; FEW + 1] }; 2];
        let [values, next] = &mut room;
        let (mut values, mut next) = (values, next);
        self.put_value(base, &mut values[0])?;
        let mut ops = ops;
        while let [op, more @ ..] = ops {
            let result = if more.is_empty() { &mut *out } else { &mut next[0] };
            match op {
                Postfix::Call(call) => self.put_call(call, values, result)?,
                Postfix::Index(index, span) => {
                    let at = self.value(index)?;
                    result.fill(self.element_of(&values[0], &at, index.span, *span)?);
                }
            }
            values[0].clear();
            std::mem::swap(&mut values, &mut next);
            ops = more;
        }
        std::mem::forget(room);
        Ok(())
    }

    /// A call on the first of the values. The others are VOID before and after.
    #[inline(always)]
    fn put_call(
        &mut self,
        call: &'a Call,
        values: &mut [Val<'a>; FEW + 1],
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        let Some(used) = values.get_mut(..=call.args.len()) else {
            let receiver = std::mem::replace(&mut values[0], Val::Void);
            return self.put_many(receiver, call, out);
        };
        self.put_args(call, used.get_mut(1..).unwrap_or_default())?;
        self.dispatch(used, call, out)?;
        used.iter_mut().skip(1).for_each(Val::clear);
        Ok(())
    }

    /// `Class.f(args)`, `new Class(args)`, `Class.CONSTANT`.
    #[inline(never)]
    pub(crate) fn put_static(&mut self, call: &'a Call, out: &mut Val<'a>) -> Result<(), Fault> {
        match call.args.len() {
            0 => self.put_few::<0>(call, out),
            1 => self.put_few::<1>(call, out),
            2 => self.put_few::<2>(call, out),
            3 => self.put_few::<3>(call, out),
            4 => self.put_few::<4>(call, out),
            _ => self.put_many(Val::Void, call, out),
        }
    }

    /// `String.valueOf(x)`, written where it is wanted: a text that is moved as soon as it is made
    /// is waited for.
    #[inline(never)]
    pub(crate) fn put_long_text(&mut self, call: &'a Call, out: &mut Val<'a>) -> Result<(), Fault> {
        let Some(v) = call.args.first().and_then(|arg| self.peek(arg)) else {
            return self.put_few::<1>(call, out);
        };
        out.fill(Val::Str(Text::EMPTY));
        if let Val::Str(text) = out {
            text.set_long(long_shown(v));
        }
        Ok(())
    }

    #[inline(never)]
    fn put_few<const ARGS: usize>(
        &mut self,
        call: &'a Call,
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        let mut args = [const { Val::Void }; ARGS];
        self.put_args(call, &mut args)?;
        let row = match &call.only {
            Some(row) if !self.is_general() && passes(call, &args) => row,
            _ => choose(call, &Val::Void, &args)?,
        };
        self.answer(row, &args, call, out)?;
        args.iter_mut().for_each(Val::clear);
        std::mem::forget(args);
        Ok(())
    }

    #[inline(never)]
    fn put_many(
        &mut self,
        receiver: Val<'a>,
        call: &'a Call,
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        // As many values as the source has argument expressions: bounded by its length.
        let count = call.args.len().saturating_add(1);
        let bytes = count.saturating_mul(size_of::<Val<'_>>());
        self.cx.meter.charge(bytes).at(call.span)?;
        let mut values = vec![receiver];
        values.resize_with(count, || Val::Void);
        let put = self.put_args(call, values.get_mut(1..).unwrap_or_default());
        let result = put.and_then(|()| self.dispatch(&values, call, out));
        self.cx.meter.release(bytes);
        result
    }

    #[inline(always)]
    fn put_args(&mut self, call: &'a Call, values: &mut [Val<'a>]) -> Result<(), Fault> {
        for (arg, value) in call.args.iter().zip(values) {
            self.put_value(arg, value)?;
        }
        Ok(())
    }

    /// Has the first row that takes the values answer: the receiver (or VOID), the arguments.
    #[inline(always)]
    pub(super) fn dispatch(
        &mut self,
        values: &[Val<'a>],
        call: &'a Call,
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        let args = values.get(1..).unwrap_or_default();
        let given = |row: &Row| if row.passes_receiver { values } else { args };
        let row = match &call.only {
            Some(row) if !self.is_general() && passes(call, given(row)) => row,
            _ => choose(call, values.first().unwrap_or(&Val::Void), args)?,
        };
        self.answer(row, given(row), call, out)
    }

    /// Runs a row's routine.
    #[inline(always)]
    fn answer(
        &mut self,
        row: &Row,
        values: &[Val<'a>],
        call: &'a Call,
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        self.cx.prepared.set(call.prepared.as_deref());
        // The routine's fault is found without a place: it happened at this one. To add it here
        // would move every result.
        self.cx.place.set(call.span);
        match (row.method.run)(self.cx, values) {
            Ok(value) => {
                out.fill(value);
                Ok(())
            }
            Err(fault) => Err(fault),
        }
    }

    /// `params['k']`: NULL where there is none.
    #[inline(never)]
    pub(crate) fn put_param(&mut self, key: &'a Node, out: &mut Val<'a>) -> Result<(), Fault> {
        let NodeKind::Ascii(name) = &key.kind else {
            out.fill(self.named_param(key)?.unwrap_or(Val::Null));
            return Ok(());
        };
        let meter = self.cx.meter;
        meter.step(1).at(key.span)?;
        match self.cx.host.input(name) {
            Some(Input::Ref(Value::String(text))) if text.is_ascii() => {
                meter.step_units(text.len()).at(key.span)?;
                out.fill(Val::Str(Text::literal_ascii(text.as_bytes())));
                Ok(())
            }
            found => self.put_other_param(name, found, key.span, out),
        }
    }

    #[inline(never)]
    fn put_other_param(
        &mut self,
        name: &str,
        found: Option<Input<'a>>,
        span: Span,
        out: &mut Val<'a>,
    ) -> Result<(), Fault> {
        let value = match found {
            Some(input) => given(input, self.cx.meter).at(span)?,
            None => self.param_of_map(name).at(span)?.unwrap_or(Val::Null),
        };
        out.fill(value);
        Ok(())
    }

    /// `params.containsKey('k')`.
    #[inline(never)]
    pub(crate) fn has_param(&mut self, key: &'a Node) -> Result<Val<'a>, Fault> {
        Ok(Val::Bool(self.named_param(key)?.is_some()))
    }

    fn named_param(&mut self, key: &'a Node) -> Result<Option<Val<'a>>, Fault> {
        if let NodeKind::Ascii(name) = &key.kind {
            return self.find_param(name).at(key.span);
        }
        match self.eval(key)? {
            Val::Str(name) => {
                let meter = self.cx.meter;
                let before = meter.live();
                let text = owned(&name, meter).at(key.span)?;
                meter.release(meter.live().saturating_sub(before));
                self.find_param(&text).at(key.span)
            }
            other => {
                let message = format!("a param is named by a STRING, not {}", other.kind());
                Err(Fault::error(message).at(key.span))
            }
        }
    }

    /// An input by name, or an entry of an input map that is itself called `params`.
    #[inline(always)]
    fn find_param(&self, name: &str) -> Result<Option<Val<'a>>, Fault> {
        if let Some(value) = self.lookup(name)? {
            return Ok(Some(value));
        }
        self.param_of_map(name)
    }

    /// An entry of an input map that is itself called `params`.
    #[cold]
    fn param_of_map(&self, name: &str) -> Result<Option<Val<'a>>, Fault> {
        match self.cx.host.input("params") {
            Some(Input::Ref(Value::Map(map))) => match map.get(name) {
                Some(value) => Ok(Some(copy_value(value, self.cx.meter)?)),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// `params.f(args)`, which the host answers; all arguments are strings.
    #[inline(never)]
    pub(crate) fn host_params(&mut self, call: &'a Call) -> Result<Val<'a>, Fault> {
        let meter = self.cx.meter;
        let (mut args, mut copied) = (Vec::new(), 0);
        for node in &call.args {
            match self.eval(node)? {
                Val::Str(text) => {
                    let before = meter.live();
                    args.push(owned(&text, meter).at(node.span)?);
                    copied += meter.live().saturating_sub(before);
                }
                other => {
                    let message = format!(
                        "the arguments of `params.{}` are STRINGs, not {}",
                        call.name,
                        other.kind()
                    );
                    return Err(Fault::error(message).at(node.span));
                }
            }
        }
        let views: Vec<&str> = args.iter().map(String::as_str).collect();
        meter.step(1).at(call.span)?;
        let answer = self.cx.host.call_params(&call.name, &views);
        drop(args);
        meter.release(copied);
        match answer {
            Some(Ok(value)) => copy_value(&value, self.cx.meter).at(call.span),
            Some(Err(error)) => Err(Fault::error(error.0).at(call.span)),
            None => {
                let message = format!("`params` has no function `{}` here", call.name);
                Err(Fault::error(message).at(call.span))
            }
        }
    }

    /// `Util.f(args)` that is not in the class table: the host may have it.
    #[inline(never)]
    pub(crate) fn host_util(&mut self, call: &'a Call) -> Result<Val<'a>, Fault> {
        let meter = self.cx.meter;
        let (mut args, mut copied) = (Vec::new(), 0);
        for node in &call.args {
            let value = self.eval(node)?;
            let before = meter.live();
            args.push(to_value(&value, meter).at(node.span)?);
            copied += meter.live().saturating_sub(before);
        }
        meter.step(1).at(call.span)?;
        let answer = self.cx.host.call_util(&call.name, &args);
        let count = args.len();
        drop(args);
        meter.release(copied);
        match answer {
            Some(Ok(value)) => copy_value(&value, self.cx.meter).at(call.span),
            Some(Err(error)) => Err(Fault::error(error.0).at(call.span)),
            None => {
                let class = stdlib::find_class("Util");
                let fault = class.map_or_else(
                    || Fault::error("there is no class `Util`"),
                    |class| stdlib::unknown_member(class, &call.name, false, count),
                );
                Err(fault.at(call.span))
            }
        }
    }
}

/// Whether the values are what [`Call::only`] takes.
#[inline(always)]
fn passes(call: &Call, values: &[Val<'_>]) -> bool {
    let passes = |test: &Test| values.get(test.index).is_some_and(|v| v.is_of(test.ty));
    call.tests.iter().all(passes)
}

/// The first row that takes the values.
#[inline(never)]
fn choose<'c>(call: &'c Call, receiver: &Val<'_>, args: &[Val<'_>]) -> Result<&'c Row, Fault> {
    let row = call.rows.iter().find(|row| answers(row, receiver, args));
    row.ok_or_else(|| no_row(receiver, args, call).at(call.span))
}

/// Whether the row takes this receiver and these arguments.
pub(crate) fn answers(row: &Row, receiver: &Val<'_>, args: &[Val<'_>]) -> bool {
    if let Some(kind) = row.receiver {
        // A static method is reached through an instance too, even through a null one.
        let found = if row.passes_receiver { receiver.held() } else { receiver.kind() };
        if found != kind {
            return false;
        }
    }
    takes(row, args)
}

/// Whether the row takes these arguments.
fn takes(row: &Row, args: &[Val<'_>]) -> bool {
    let params = row.method.params;
    let fixed = params.iter().zip(args).all(|((_, ty), value)| ty.has(value.held()));
    match row.method.rest {
        None => fixed,
        Some(rest) => fixed && args.iter().skip(params.len()).all(|v| rest.has(v.held())),
    }
}

/// Why no row answers.
#[cold]
fn no_row(receiver: &Val<'_>, args: &[Val<'_>], call: &Call) -> Fault {
    let kinds: Vec<String> = args.iter().map(|v| v.kind().to_string()).collect();
    if call.class.is_empty() {
        return stdlib::no_method(
            receiver.kind(),
            receiver.is_null(),
            &call.name,
            call.is_field,
            &kinds,
        );
    }
    stdlib::no_overload(call.class, &call.name, &kinds)
}
