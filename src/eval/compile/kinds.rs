//! What is known of values before the program runs, so that a call tests no more than it must.

use crate::eval::code::{Call, Node, NodeKind, Postfix, Row, Test};
use crate::value::kind::Ty;

/// The kinds that a node may give.
pub(super) fn of(node: &Node) -> Ty {
    match &node.kind {
        NodeKind::Bool(_) => Ty::BOOLEAN,
        NodeKind::Long(_) => Ty::LONG,
        NodeKind::Double(_) => Ty::DOUBLE,
        NodeKind::Ascii(_) | NodeKind::Wide(_) | NodeKind::LongText(_) => Ty::STRING,
        NodeKind::Ready(value) => Ty::of(value.kind()),
        NodeKind::Static(call) => given(call),
        NodeKind::Postfix(_, ops) => ops.last().map_or(Ty::ANY, after),
        _ => Ty::ANY,
    }
}

/// The kinds that an operation may give.
pub(super) fn after(op: &Postfix) -> Ty {
    match op {
        Postfix::Index(..) => Ty::ANY,
        Postfix::Call(call) => given(call),
    }
}

fn given(call: &Call) -> Ty {
    match &call.only {
        Some(row) => row.method.returns,
        None => call.rows.iter().fold(Ty::NEVER, |ty, row| ty.or(row.method.returns)),
    }
}

/// The one row that can answer a call, if it is just one, and what must be tested of the receiver
/// and the arguments then; the others are of the right kind whatever happens.
pub(super) fn only(rows: &[Row], receiver: Ty, args: &[Node]) -> (Option<Row>, Box<[Test]>) {
    let mut possible = rows.iter().filter(|row| {
        let fits = |wanted: &Ty, given: Ty| !wanted.and(given).is_never();
        row.receiver.is_none_or(|kind| fits(&Ty::of(kind), receiver))
            && wanted(row).zip(args).all(|(ty, arg)| fits(&ty, of(arg)))
    });
    let (Some(row), None) = (possible.next(), possible.next()) else {
        return (None, Box::default());
    };
    // A static method that is reached through an instance looks at it in a way of its own.
    if row.receiver.is_some() && !row.passes_receiver {
        return (None, Box::default());
    }
    let first = row.receiver.map(|kind| (Ty::of(kind), receiver));
    let rest = wanted(row).zip(args).map(|(ty, arg)| (ty, of(arg)));
    let tests = first.into_iter().chain(rest).enumerate();
    let tests = tests.filter(|(_, (wanted, given))| !given.is_within(*wanted));
    (Some(*row), tests.map(|(index, (ty, _))| Test { index, ty }).collect())
}

/// The kinds that a row takes, argument by argument.
fn wanted(row: &Row) -> impl Iterator<Item = Ty> {
    let fixed = row.method.params.iter().map(|(_, ty)| *ty);
    fixed.chain(row.method.rest.into_iter().cycle())
}
