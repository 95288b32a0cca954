//! `get` and `put` of a map in a variable: the path beside [`Machine::postfix`] for the commonest
//! calls on maps. The key and the value go into the map without a row of the class table.

use std::rc::Rc;

use super::code::{Node, NodeKind, Postfix, Slot};
use super::machine::Machine;
use crate::fault::Fault;
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
        let [key_node, rest @ ..] = &*call.args else { return self.eval(general) };
        let (mut key, mut value) = (Val::Void, Val::Void);
        self.put_value(key_node, &mut key)?;
        if let [node, ..] = rest {
            self.put_value(node, &mut value)?;
        }
        // A fault without a place is that of the last call: to add it here would move the result.
        self.cx.place.set(call.span);
        match (&key, rest) {
            (Val::Str(key), []) => map.get(key),
            (Val::Str(_), [_]) => {
                self.cx.meter.step(1)?;
                let Val::Str(key) = key else { return Ok(Val::Null) };
                map.put(key, value)
            }
            // No key of a map: the general path words the fault.
            _ => {
                let values = [Val::Map(map), key, value];
                let mut out = Val::Void;
                self.dispatch(values.get(..rest.len() + 2).unwrap_or_default(), call, &mut out)?;
                Ok(out)
            }
        }
    }
}
