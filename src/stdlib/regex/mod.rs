//! stub
use crate::{fault::Fault, limits::Meter, value::text::Units};
#[derive(Debug)]
pub(crate) struct Regex;
impl Regex {
    pub(crate) fn compile(_: Units<'_>, _: &Meter) -> Result<Regex, Fault> {
        Ok(Regex)
    }
}
