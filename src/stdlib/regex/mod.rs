//! Regular expressions with the dialect and the results of `java.util.regex` in Java 21.
//!
//! A pattern is read into a tree ([`parse`]), the tree is compiled to a program ([`compile`]), and
//! the program is run by a backtracking matcher with a stack of its own ([`exec`]): nothing here
//! recurses over the text, and nesting of the pattern is bounded. Texts are UTF-16, as in Java a
//! character is a whole code point, and an unpaired surrogate is one too.
//!
//! Safety: compiling is bounded by the size of the pattern and of its program, and matching asks
//! the [`Meter`] for every few instructions and characters and for the room of its stack, so that
//! a pattern that backtracks without end stops at a limit of the run. Where there is no
//! back-reference the matcher also remembers from which places a loop cannot lead to a match,
//! which makes the usual exponential patterns harmless.
//!
//! Not supported, and refused as such: `\X`, `\N{…}`, `\b{g}` and the flag `c`. Where Java has
//! defects we do what its documentation says: a look-behind with an unbounded run of one character
//! beside other things works, and a failed attempt at one place of the text does not leave groups
//! behind for the next place.

mod ast;
mod class;
mod compile;
mod condition;
mod cursor;
mod error;
mod escape;
mod exec;
mod first;
mod flags;
mod fold;
mod hay;
mod parse;
mod program;
mod replace;
mod search;
mod set;
mod split;
mod state;
#[cfg(test)]
mod tests;
mod unicode;
mod width;
mod work;

pub(crate) use replace::{matches, replace_all, replace_first};
pub(crate) use search::Matcher;
pub(crate) use split::split;

use error::Stop;
use program::Program;
use work::{MAX_PATTERN, Work};

use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::Units;

/// A compiled pattern: owned, and safe to share.
#[derive(Debug)]
pub(crate) struct Regex {
    program: Program,
    names: Vec<(String, u16)>,
}

impl Regex {
    /// Compiles a pattern while an expression runs.
    ///
    /// # Errors
    /// When the pattern is wrong, or a budget of the run is used up.
    pub(crate) fn compile(pattern: Units<'_>, meter: &Meter) -> Result<Self, Fault> {
        meter.step_units(pattern.len())?;
        Self::build(pattern, Some(meter)).map_err(|stop| match stop {
            Stop::Fault(fault) => fault,
            Stop::Pattern(error) => error
                .into_fault(&pattern.slice(0, MAX_PATTERN.min(pattern.len())).to_string_lossy()),
        })
    }

    fn build(pattern: Units<'_>, meter: Option<&Meter>) -> Result<Self, Stop> {
        if pattern.len() > MAX_PATTERN {
            return Err(Stop::at(MAX_PATTERN, format!("longer than {MAX_PATTERN} characters")));
        }
        let mut work = Work::new(meter);
        let parsed = parse::parse(pattern, &mut work)?;
        let program = compile::compile(&parsed, &mut work)?;
        Ok(Regex { program, names: parsed.names })
    }

    /// Looks for matches in a text.
    ///
    /// # Errors
    /// When there is no room for the state of the search.
    pub(crate) fn matcher<'t, 'm>(
        &self,
        input: Units<'t>,
        meter: &'m Meter,
    ) -> Result<Matcher<'_, 't, 'm>, Fault> {
        Matcher::new(&self.program, input, meter)
    }

    /// How many capturing groups there are.
    pub(crate) fn group_count(&self) -> usize {
        self.program.groups.saturating_sub(1)
    }

    /// The number of a named group.
    pub(crate) fn group_number(&self, name: &str) -> Option<usize> {
        self.names.iter().find(|(n, _)| n == name).map(|(_, group)| usize::from(*group))
    }
}
