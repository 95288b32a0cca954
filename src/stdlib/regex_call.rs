//! The methods of `String` that take a regular expression.

use super::prepared::Prepared;
use super::regex::{self, Regex};
use super::string::text;
use super::table::Context;
use crate::fault::Fault;
use crate::value::val::Val;

/// Runs `call` with the pattern in `args[1]`: the one parsed with the program, or a fresh one.
fn with_regex<'a, T>(
    cx: &Context<'a>,
    args: &[Val<'a>],
    call: impl FnOnce(&Regex) -> Result<T, Fault>,
) -> Result<T, Fault> {
    if let Some(Prepared::Regex(regex)) = cx.prepared.take() {
        return call(regex);
    }
    call(&Regex::compile(text(args, 1)?.units(), cx.meter)?)
}

/// `String.replaceAll`.
pub(super) fn replace_all<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (input, replacement) = (text(args, 0)?, text(args, 2)?.units());
    with_regex(cx, args, |regex| regex::replace_all(input, regex, replacement, cx.meter))
        .map(Val::Str)
}

/// `String.replaceFirst`.
pub(super) fn replace_first<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (input, replacement) = (text(args, 0)?, text(args, 2)?.units());
    with_regex(cx, args, |regex| regex::replace_first(input, regex, replacement, cx.meter))
        .map(Val::Str)
}

/// `String.matches`.
pub(super) fn matches<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let input = text(args, 0)?.units();
    with_regex(cx, args, |regex| regex::matches(input, regex, cx.meter)).map(Val::Bool)
}

/// `String.split`, with and without a limit.
pub(super) fn split<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let input = text(args, 0)?;
    let limit = match args.get(2) {
        // As where the reference passes a LONG for a Java `int`.
        Some(Val::Long(limit)) => i64::from(*limit as i32),
        _ => 0,
    };
    with_regex(cx, args, |regex| regex::split(input, regex, limit, cx.meter)).map(Val::Array)
}
