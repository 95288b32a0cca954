//! stub
use crate::{
    fault::Fault,
    limits::Meter,
    value::{
        text::{Text, Units},
        val::Val,
    },
};
#[derive(Debug)]
pub(crate) struct Pattern;
impl Pattern {
    pub(crate) fn parse(_: Units<'_>) -> Result<Pattern, Fault> {
        Ok(Pattern)
    }
    pub(crate) fn run<'a>(&self, _: &[Val<'a>], _: &'a Meter) -> Result<Text<'a>, Fault> {
        Ok(Text::EMPTY)
    }
}
