//! The languages, one file each.

mod boa;
mod cel;
mod js;
mod koto;
mod lua;
mod quickjs;
mod rhai;
mod rune;
mod sel;
mod starlark;

use crate::work::Peer;

/// All columns; the first is what the others are compared with.
pub const PEERS: [Peer; 9] = [
    sel::PEER,
    rhai::PEER,
    starlark::PEER,
    boa::PEER,
    quickjs::PEER,
    lua::PEER,
    koto::PEER,
    rune::PEER,
    cel::PEER,
];
