//! Looking for matches, one after the other.

use super::exec::{Machine, STRIDE};
use super::hay::{Ascii, Hay, Wide};
use super::program::{Program, Start};
use super::state::State;
use crate::fault::Fault;
use crate::limits::{LimitKind, Meter};
use crate::value::text::Units;

/// The search for the matches of a pattern in a text: `java.util.regex.Matcher`.
pub(crate) struct Matcher<'r, 't, 'm> {
    program: &'r Program,
    input: Units<'t>,
    state: State<'m>,
    /// Where the next search starts.
    from: u32,
    /// Where the last match ended.
    last: u32,
    done: bool,
}

impl<'r, 't, 'm> Matcher<'r, 't, 'm> {
    pub(super) fn new(
        program: &'r Program,
        input: Units<'t>,
        meter: &'m Meter,
    ) -> Result<Self, Fault> {
        // Places are kept in 32 bits, with room for one past the end.
        if input.len() >= u32::MAX as usize / 2 {
            return Err(Fault::limit(LimitKind::Memory));
        }
        let state = State::new(program, meter)?;
        Ok(Matcher { program, input, state, from: 0, last: 0, done: false })
    }

    /// Whether the whole text matches.
    ///
    /// # Errors
    /// When a budget of the run is used up.
    pub(crate) fn matches(&mut self) -> Result<bool, Fault> {
        self.done = true;
        self.state.reset();
        let (program, state) = (self.program, &mut self.state);
        let (last, whole) = (0, true);
        let end = match self.input {
            Units::Ascii(b) => Machine { program, state, hay: Ascii(b), whole, last }.run(0)?,
            Units::Wide(w) => Machine { program, state, hay: Wide(w), whole, last }.run(0)?,
        };
        Ok(self.found(end.map(|end| (0, end))))
    }

    /// Goes to the next match; `false` if there is none.
    ///
    /// # Errors
    /// When a budget of the run is used up.
    pub(crate) fn find(&mut self) -> Result<bool, Fault> {
        if self.done || self.from as usize > self.input.len() {
            self.done = true;
            return Ok(false);
        }
        let (program, state, from, last) = (self.program, &mut self.state, self.from, self.last);
        let found = match self.input {
            Units::Ascii(b) => search(program, state, Ascii(b), from, last)?,
            Units::Wide(w) => search(program, state, Wide(w), from, last)?,
        };
        Ok(self.found(found))
    }

    fn found(&mut self, found: Option<(u32, u32)>) -> bool {
        let Some((start, end)) = found else {
            self.done = true;
            return false;
        };
        if let Some(whole) = self.state.groups.first_mut() {
            *whole = (start, end);
        }
        self.last = end;
        // After an empty match the search goes on one unit further, even inside a pair.
        self.from = if start == end { end + 1 } else { end };
        true
    }

    /// The range of a group of the last match, the whole match being group 0; `None` if the group
    /// took no part in it.
    pub(crate) fn group(&self, group: usize) -> Option<(usize, usize)> {
        self.state.group(group).map(|(start, end)| (start as usize, end as usize))
    }

    /// The range of the last match.
    pub(crate) fn range(&self) -> (usize, usize) {
        self.group(0).unwrap_or((0, 0))
    }
}

/// The first match at or after `from`.
fn search<H: Hay>(
    program: &Program,
    state: &mut State<'_>,
    hay: H,
    from: u32,
    last: u32,
) -> Result<Option<(u32, u32)>, Fault> {
    let mut start = from;
    while let Some(at) = candidate(program, state, hay, start)? {
        if program.plain {
            return Ok(Some((at, at + 1)));
        }
        state.reset();
        let mut machine = Machine { program, state: &mut *state, hay, whole: false, last };
        if let Some(end) = machine.run(at)? {
            return Ok(Some((at, end)));
        }
        start = if program.whole_pairs && at < hay.len() { hay.next(at).1 } else { at + 1 };
    }
    Ok(None)
}

/// The first place at or after `from` where a match may start.
fn candidate<H: Hay>(
    program: &Program,
    state: &State<'_>,
    hay: H,
    from: u32,
) -> Result<Option<u32>, Fault> {
    let place = match &program.start {
        Start::Anywhere => Some(from).filter(|at| *at <= hay.len()),
        Start::Anchored => Some(from).filter(|at| *at == 0),
        Start::Unit(unit) => scan(state, hay, from, |at| hay.unit(at) == *unit)?,
        Start::Class(class) => {
            let Some(class) = program.classes.get(*class as usize) else { return Ok(None) };
            scan(state, hay, from, |at| class.contains(hay.next(at).0))?
        }
    };
    Ok(place)
}

fn scan<H: Hay>(
    state: &State<'_>,
    hay: H,
    from: u32,
    wanted: impl Fn(u32) -> bool,
) -> Result<Option<u32>, Fault> {
    let (mut at, mut since) = (from, 0_u32);
    while at < hay.len() {
        if wanted(at) {
            return Ok(Some(at));
        }
        at = hay.next(at).1;
        since += 1;
        if since.is_multiple_of(STRIDE) {
            state.meter.step(1)?;
        }
    }
    Ok(None)
}
