//! One line of a batch, and the outside world that it describes.

use std::borrow::Cow;

use sel::{Host, HostError, Input, Limits, Value};
use serde::Deserialize;
use serde_json::value::RawValue;

use super::Settings;
use crate::json::Values;

/// A line. What else an object says (`expect`) is passed over.
#[derive(Deserialize)]
pub(crate) struct Line<'j> {
    /// Any JSON; the answer repeats it.
    #[serde(borrow, default)]
    pub(crate) id: Option<&'j RawValue>,
    /// The expression, whole: no semicolon is added.
    #[serde(borrow)]
    pub(crate) expr: Cow<'j, str>,
    /// The inputs, typed or plain.
    #[serde(borrow, default)]
    pub(crate) params: Option<Values<'j>>,
    /// What the functions of `params` return: `{"getFromStep(job1,p)": value}`.
    #[serde(borrow, default)]
    pub(crate) ext: Option<Values<'j>>,
    /// The clock, in epoch milliseconds.
    #[serde(default)]
    pub(crate) now: Option<i64>,
    #[serde(default)]
    pub(crate) limits: Option<LineLimits>,
}

impl<'j> Line<'j> {
    /// Reads a line; if it is none, why and at which column.
    pub(crate) fn read(text: &'j [u8]) -> Result<Line<'j>, (String, usize)> {
        let start = text.iter().position(|b| !b.is_ascii_whitespace());
        match start.and_then(|at| text.get(at)) {
            None => return Err(("expected an object, found an empty line".to_owned(), 1)),
            Some(b'[' | b'"' | b'0'..=b'9') => {
                return Err(("expected an object".to_owned(), start.unwrap_or(0) + 1));
            }
            Some(_) => {}
        }
        serde_json::from_slice(text).map_err(|error| (crate::json::message(&error), error.column()))
    }
}

/// The limits a line may set.
#[derive(Deserialize, Default)]
pub(crate) struct LineLimits {
    #[serde(rename = "loop")]
    iterations: Option<u64>,
    array: Option<usize>,
    #[serde(alias = "steps")]
    visit: Option<u64>,
    memory: Option<usize>,
    length: Option<usize>,
}

impl LineLimits {
    /// `base` with these in place of its own.
    pub(crate) fn apply(&self, base: &Limits) -> Limits {
        let mut limits = base.clone();
        limits.loop_iterations = self.iterations.unwrap_or(limits.loop_iterations);
        limits.array_length = self.array.unwrap_or(limits.array_length);
        limits.steps = self.visit.unwrap_or(limits.steps);
        limits.memory = self.memory.unwrap_or(limits.memory);
        limits.source_length = self.length.unwrap_or(limits.source_length);
        limits
    }
}

/// The outside world of a line.
pub(crate) struct LineHost<'l> {
    pub(crate) line: &'l Line<'l>,
    pub(crate) settings: &'l Settings,
}

impl Host for LineHost<'_> {
    fn input(&self, name: &str) -> Option<Input<'_>> {
        let own = self.line.params.as_ref().and_then(|params| params.0.get(name));
        own.or_else(|| self.settings.inputs.get(name)).map(Input::Ref)
    }

    fn now(&self) -> i64 {
        self.line.now.unwrap_or_else(|| self.settings.env.now())
    }

    fn time_zone(&self) -> &str {
        self.settings.env.time_zone()
    }

    fn random(&self) -> u64 {
        self.settings.env.random()
    }

    fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        let ext = self.line.ext.as_ref()?;
        let call = format!("{name}({})", args.join(","));
        if let Some(value) = ext.0.get(call.as_str()) {
            return Some(Ok(value.clone()));
        }
        let is_known = ext.0.keys().any(|key| key.split('(').next() == Some(name));
        is_known.then(|| Err(HostError(format!("`ext` has no answer for `{call}`"))))
    }
}
