//! Zones and formatters that depend on literals alone are made when the program is compiled:
//! `DateTimeZone.forID('Asia/Tokyo')`, `DateTimeFormat.forPattern('yyyyMMdd').withZoneUTC()`.
//!
//! Nothing else is folded: these are costly, pure, and the same for every evaluation.

use crate::eval::call::answers;
use crate::eval::code::{Call, Node, NodeKind, Postfix};
use crate::host::Host;
use crate::limits::{Limits, Meter};
use crate::stdlib::datetime::Zone;
use crate::stdlib::table::Context;
use crate::value::Value;
use crate::value::convert::{from_value, to_value};
use crate::value::text::Text;
use crate::value::val::Val;

/// The static members that are folded.
const MAKERS: [(&str, &str); 3] =
    [("DateTimeZone", "forID"), ("DateTimeZone", "UTC"), ("DateTimeFormat", "forPattern")];

/// A static call of literals, as its value where it is one of the [`MAKERS`].
pub(super) fn constant(node: Node) -> Node {
    let NodeKind::Static(call) = &node.kind else { return node };
    if !MAKERS.contains(&(call.class, &*call.name)) {
        return node;
    }
    match run(call, None) {
        Some(value) => Node { kind: NodeKind::Ready(Box::new(value)), span: node.span },
        None => node,
    }
}

/// `receiver.withZone(zone)` of ready values, as its value.
pub(super) fn operation(receiver: &Value, op: &Postfix) -> Option<Value> {
    match op {
        Postfix::Call(call) if matches!(&*call.name, "withZone" | "withZoneUTC") => {
            run(call, Some(receiver))
        }
        _ => None,
    }
}

/// A host that gives nothing: the folded calls ask for nothing.
struct Nobody;
impl Host for Nobody {}

/// What the call gives, where its arguments are literals or ready and it does not fail.
fn run(call: &Call, receiver: Option<&Value>) -> Option<Value> {
    let meter = Meter::new(&Limits::default(), None);
    let cx = Context::new(&meter, &Nobody, Zone::Utc);
    cx.prepared.set(call.prepared.as_deref());
    let mut values = vec![match receiver {
        Some(value) => from_value(value, &meter).ok()?,
        None => Val::Void,
    }];
    for arg in &call.args {
        values.push(match &arg.kind {
            NodeKind::Ascii(text) => Val::Str(Text::literal_ascii(text.as_bytes())),
            NodeKind::Ready(value) => from_value(value, &meter).ok()?,
            _ => return None,
        });
    }
    let (first, args) = values.split_first()?;
    let row = call.rows.iter().find(|row| answers(row, first, args))?;
    let given = if row.passes_receiver { &values } else { args };
    to_value(&(row.method.run)(&cx, given).ok()?, &meter).ok()
}
