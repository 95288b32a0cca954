//! stub
use crate::{fault::Fault, stdlib::table::Context, value::val::Val};
pub(crate) fn replace_all<'a>(_: &Context<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Null)
}
pub(crate) use {replace_all as replace_first, replace_all as matches, replace_all as split};
