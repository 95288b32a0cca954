//! `get` and `put` of a map in a variable: the path beside [`Machine::postfix`] for the commonest
//! calls on maps. The key and the value go into the map without a row of the class table.

use std::rc::Rc;

use super::code::{Node, NodeKind, Postfix, Slot};
use super::machine::Machine;
use crate::error::Span;
use crate::fault::{At, Fault};
use crate::value::val::Val;

impl<'a> Machine<'a, '_> {
    /// `x.get(key)`, `x.put(key, value)`.
    #[inline(never)]
    pub(crate) fn map_call(&mut self, slot: Slot, general: &'a Node) -> Result<Val<'a>, Fault> {
        let NodeKind::Postfix(_, ops) = &general.kind else { return self.eval(general) };
        let ([Postfix::Call(call)], Some(Val::Map(map)), false) =
            (&**ops, self.frame.get(slot as usize), self.is_general())
        else {
            return self.eval(general);
        };
        let map = Rc::clone(map);
        let [key, rest @ ..] = &*call.args else { return self.eval(general) };
        let key = self.value(key)?;
        match (key, rest) {
            (Val::Str(key), []) => found(map.get(&key), call.span),
            (Val::Str(key), [value]) => {
                let value = self.value(value)?;
                self.cx.meter.step(1).at(call.span)?;
                found(map.put(key, value), call.span)
            }
            // No key of a map: the general path words the fault.
            (other, []) => self.dispatch(&[Val::Map(map), other], call),
            (other, [value, ..]) => {
                let value = self.value(value)?;
                self.dispatch(&[Val::Map(map), other, value], call)
            }
        }
    }
}

/// NULL where there is nothing. Each arm gives its own result: one that they share is copied once
/// more.
#[inline(always)]
fn found<'a>(value: Result<Option<Val<'a>>, Fault>, span: Span) -> Result<Val<'a>, Fault> {
    match value {
        Ok(Some(value)) => Ok(value),
        Ok(None) => Ok(Val::Null),
        Err(fault) => Err(fault.at(span)),
    }
}
