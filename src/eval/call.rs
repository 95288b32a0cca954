//! Calls: of the class table's rows, and of the host's functions.

use super::code::{Call, Node, NodeKind, Postfix, Row};
use super::machine::{At, Machine, Trap, trap};
use crate::fault::Fault;
use crate::stdlib;
use crate::value::convert::{copy_value, owned, to_value};
use crate::value::val::Val;

impl<'a> Machine<'a, '_> {
    /// A value and the operations on it, from left to right.
    #[inline(never)]
    pub(crate) fn postfix(&mut self, base: &'a Node, ops: &'a [Postfix]) -> Result<Val<'a>, Trap> {
        let mut value = self.eval(base)?;
        for op in ops {
            value = match op {
                Postfix::Index(index, span) => {
                    let index_value = self.eval(index)?;
                    self.element_of(&value, &index_value, index.span, *span)?
                }
                Postfix::Call(call) => self.call(value, call)?,
            };
        }
        Ok(value)
    }

    /// `Class.f(args)`, `new Class(args)`, `Class.CONSTANT`.
    pub(crate) fn static_call(&mut self, call: &'a Call) -> Result<Val<'a>, Trap> {
        self.call(Val::Void, call)
    }

    /// A call on a receiver, or, where it is VOID, of a static method.
    #[inline(always)]
    fn call(&mut self, receiver: Val<'a>, call: &'a Call) -> Result<Val<'a>, Trap> {
        match &*call.args {
            [] => self.dispatch(&[receiver], call),
            [arg] => {
                let arg = self.eval(arg)?;
                self.dispatch(&[receiver, arg], call)
            }
            [first, second] => {
                let first = self.eval(first)?;
                let second = self.eval(second)?;
                self.dispatch(&[receiver, first, second], call)
            }
            args => self.call_many(receiver, args, call),
        }
    }

    #[inline(never)]
    fn call_many(
        &mut self,
        receiver: Val<'a>,
        args: &'a [Node],
        call: &'a Call,
    ) -> Result<Val<'a>, Trap> {
        if let [first, second, third] = args {
            let values = [receiver, self.eval(first)?, self.eval(second)?, self.eval(third)?];
            return self.dispatch(&values, call);
        }
        // As many values as the source has argument expressions: bounded by its length.
        let count = args.len().saturating_add(1);
        let bytes = count.saturating_mul(size_of::<Val<'_>>());
        self.cx.meter.charge(bytes).at(call.span)?;
        let result = self.call_listed(receiver, args, call);
        self.cx.meter.release(bytes);
        result
    }

    fn call_listed(
        &mut self,
        receiver: Val<'a>,
        args: &'a [Node],
        call: &'a Call,
    ) -> Result<Val<'a>, Trap> {
        let mut values = Vec::with_capacity(args.len().saturating_add(1));
        values.push(receiver);
        for node in args {
            values.push(self.eval(node)?);
        }
        self.dispatch(&values, call)
    }

    /// Has the first row that takes the values answer: the receiver (or VOID), the arguments.
    #[inline(never)]
    fn dispatch(&mut self, values: &[Val<'a>], call: &'a Call) -> Result<Val<'a>, Trap> {
        let (receiver, args) = values.split_first().unwrap_or((&Val::Void, &[]));
        for row in &call.rows {
            if answers(row, receiver, args) {
                self.cx.prepared.set(call.prepared.as_deref());
                let given = if row.passes_receiver { values } else { args };
                return (row.method.run)(self.cx, given).at(call.span);
            }
        }
        Err(trap(no_row(receiver, args, call), call.span))
    }

    /// `params['k']`: NULL where there is none.
    #[inline(never)]
    pub(crate) fn param(&mut self, key: &'a Node) -> Result<Val<'a>, Trap> {
        Ok(self.named_param(key)?.unwrap_or(Val::Null))
    }

    /// `params.containsKey('k')`.
    #[inline(never)]
    pub(crate) fn has_param(&mut self, key: &'a Node) -> Result<Val<'a>, Trap> {
        Ok(Val::Bool(self.named_param(key)?.is_some()))
    }

    fn named_param(&mut self, key: &'a Node) -> Result<Option<Val<'a>>, Trap> {
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
                Err(trap(Fault::error(message), key.span))
            }
        }
    }

    /// An input by name, or an entry of an input map that is itself called `params`.
    fn find_param(&self, name: &str) -> Result<Option<Val<'a>>, Fault> {
        if let Some(value) = self.lookup(name)? {
            return Ok(Some(value));
        }
        match self.cx.host.input("params") {
            Some(crate::Input::Ref(crate::Value::Map(map))) => match map.get(name) {
                Some(value) => Ok(Some(copy_value(value, self.cx.meter)?)),
                None => Ok(None),
            },
            _ => Ok(None),
        }
    }

    /// `params.f(args)`, which the host answers; all arguments are strings.
    #[inline(never)]
    pub(crate) fn host_params(&mut self, call: &'a Call) -> Result<Val<'a>, Trap> {
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
                    return Err(trap(Fault::error(message), node.span));
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
            Some(Err(error)) => Err(trap(Fault::error(error.0), call.span)),
            None => {
                let message = format!("`params` has no function `{}` here", call.name);
                Err(trap(Fault::error(message), call.span))
            }
        }
    }

    /// `Util.f(args)` that is not in the class table: the host may have it.
    #[inline(never)]
    pub(crate) fn host_util(&mut self, call: &'a Call) -> Result<Val<'a>, Trap> {
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
            Some(Err(error)) => Err(trap(Fault::error(error.0), call.span)),
            None => {
                let class = stdlib::find_class("Util");
                let fault = class.map_or_else(
                    || Fault::error("there is no class `Util`"),
                    |class| stdlib::unknown_member(class, &call.name, false, count),
                );
                Err(trap(fault, call.span))
            }
        }
    }
}

/// Whether the row takes this receiver and these arguments.
#[inline(always)]
pub(crate) fn answers(row: &Row, receiver: &Val<'_>, args: &[Val<'_>]) -> bool {
    if let Some(kind) = row.receiver {
        // A static method is reached through an instance too, even through a null one.
        let found = if row.passes_receiver { receiver.held() } else { receiver.kind() };
        if found != kind {
            return false;
        }
    }
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
