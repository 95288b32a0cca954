//! What the matcher remembers: choices left to try, groups, loop counts, known failures.
//!
//! Invariant: the stack's room is charged to the meter before it is taken, and given back when the
//! state is dropped.

use super::program::{Pc, Program};
use crate::fault::Fault;
use crate::limits::Meter;

/// No place: a group that has not matched.
pub(super) const NONE: u32 = u32::MAX;

/// Something to undo or to try when matching fails.
#[derive(Debug, Clone, Copy)]
pub(super) enum Frame {
    /// Go on here.
    Branch { pc: Pc, pos: u32 },
    /// The body of a loop did not lead to a match from `pos`: remember that, and leave the loop.
    Leave { id: u32, pos: u32 },
    /// Leaving a lazy loop at `pos` did not lead to a match: try its body.
    Stay { id: u32, pos: u32 },
    /// The text of a group was this.
    Group { group: u16, start: u32, end: u32 },
    /// The start of a group that was being matched was this.
    Open { group: u16, start: u32 },
    /// The count and the start of the round of a loop were these.
    Round { id: u32, count: u32, begin: u32 },
    /// A greedy run at `pc` can give back characters from `pos` down to `low`.
    Shrink { pc: Pc, low: u32, pos: u32 },
    /// A lazy run at `pc` can take `left` more characters from `pos`.
    Grow { pc: Pc, pos: u32, left: u32 },
    /// A look-behind at `pc` can start further back than `pos`, `left` times.
    Further { pc: Pc, pos: u32, left: u32 },
}

/// Dispatched instructions for one step of the meter.
const BATCH: u32 = 8;
/// Failures of loops after which they are remembered: most searches never come here.
const PATIENCE: u32 = 1_000;

/// The state of one search.
#[derive(Debug)]
pub(super) struct State<'m> {
    pub(super) meter: &'m Meter,
    pub(super) stack: Vec<Frame>,
    /// Start and end of each group, [`NONE`] where it has not matched.
    pub(super) groups: Vec<(u32, u32)>,
    /// Where each group that is being matched starts.
    pub(super) open: Vec<u32>,
    /// Count and start of the round of each loop.
    pub(super) rounds: Vec<(u32, u32)>,
    /// Height of the stack and place at each mark.
    pub(super) marks: Vec<(u32, u32)>,
    /// One bit for each loop and place that cannot lead to a match.
    memo: Vec<u64>,
    failures: u32,
    fuel: u32,
    charged: usize,
}

impl<'m> State<'m> {
    pub(super) fn new(program: &Program, meter: &'m Meter) -> Result<Self, Fault> {
        let marks = usize::from(program.marks);
        let bytes = program.groups * 12 + program.loops.len() * 8 + marks * 8;
        meter.charge(bytes)?;
        Ok(State {
            meter,
            stack: Vec::new(),
            groups: vec![(NONE, NONE); program.groups],
            open: vec![NONE; program.groups],
            rounds: vec![(0, NONE); program.loops.len()],
            marks: vec![(0, 0); marks],
            memo: Vec::new(),
            failures: 0,
            fuel: BATCH,
            charged: bytes,
        })
    }

    /// Forgets the groups and choices of the attempt before.
    pub(super) fn reset(&mut self) {
        self.stack.clear();
        self.groups.fill((NONE, NONE));
    }

    /// Accounts for one instruction.
    #[inline]
    pub(super) fn tick(&mut self) -> Result<(), Fault> {
        self.fuel -= 1;
        if self.fuel == 0 {
            self.fuel = BATCH;
            return self.meter.step(1);
        }
        Ok(())
    }

    #[inline]
    pub(super) fn push(&mut self, frame: Frame) -> Result<(), Fault> {
        if self.stack.len() == self.stack.capacity() {
            self.grow()?;
        }
        self.stack.push(frame);
        Ok(())
    }

    #[cold]
    fn grow(&mut self) -> Result<(), Fault> {
        let more = self.stack.len().max(16);
        let bytes = more * size_of::<Frame>();
        self.meter.charge(bytes)?;
        self.charged += bytes;
        self.meter.step_units(bytes)?;
        self.stack.reserve_exact(more);
        Ok(())
    }

    /// Opens a group.
    pub(super) fn open(&mut self, group: u16, pos: u32) -> Result<(), Fault> {
        let Some(slot) = self.open.get_mut(usize::from(group)) else { return Ok(()) };
        let start = std::mem::replace(slot, pos);
        // Without a choice left there is nothing to come back to.
        if self.stack.is_empty() { Ok(()) } else { self.push(Frame::Open { group, start }) }
    }

    /// Closes a group.
    pub(super) fn close(&mut self, group: u16, pos: u32) -> Result<(), Fault> {
        let from = self.open.get(usize::from(group)).copied().unwrap_or(NONE);
        let Some(slot) = self.groups.get_mut(usize::from(group)) else { return Ok(()) };
        let (start, end) = std::mem::replace(slot, (from, pos));
        if self.stack.is_empty() { Ok(()) } else { self.push(Frame::Group { group, start, end }) }
    }

    /// Sets the count and the start of the round of a loop.
    pub(super) fn round(&mut self, id: u32, to: (u32, u32)) -> Result<(), Fault> {
        let Some(slot) = self.rounds.get_mut(id as usize) else { return Ok(()) };
        let (count, begin) = std::mem::replace(slot, to);
        if self.stack.is_empty() { Ok(()) } else { self.push(Frame::Round { id, count, begin }) }
    }

    /// The count and the start of the round of a loop.
    pub(super) fn round_of(&self, id: u32) -> (u32, u32) {
        self.rounds.get(id as usize).copied().unwrap_or((0, NONE))
    }

    /// The text of a group.
    pub(super) fn group(&self, group: usize) -> Option<(u32, u32)> {
        self.groups.get(group).copied().filter(|g| g.1 != NONE)
    }

    /// Sets a mark here.
    pub(super) fn mark(&mut self, mark: u16, pos: u32) {
        let height = self.stack.len() as u32;
        if let Some(slot) = self.marks.get_mut(usize::from(mark)) {
            *slot = (height, pos);
        }
    }

    /// Forgets the choices since a mark, and gives the place of the mark.
    pub(super) fn cut(&mut self, mark: u16) -> u32 {
        let (height, pos) = self.marks.get(usize::from(mark)).copied().unwrap_or((0, 0));
        self.stack.truncate(height as usize);
        pos
    }

    /// Remembers that the body of a loop cannot lead to a match from here.
    pub(super) fn failed(
        &mut self,
        program: &Program,
        memo: u32,
        pos: u32,
        len: u32,
    ) -> Result<(), Fault> {
        self.failures = self.failures.saturating_add(1);
        if self.memo.is_empty() {
            if self.failures < PATIENCE {
                return Ok(());
            }
            let bits = u64::from(program.memos) * (u64::from(len) + 1);
            let words = usize::try_from(bits / 64 + 1).unwrap_or(usize::MAX);
            let bytes = words.saturating_mul(8);
            // Without room for it the search is slower, and still bounded by the steps.
            if self.meter.charge(bytes).is_err() {
                self.failures = 0;
                return Ok(());
            }
            self.charged += bytes;
            self.meter.step_units(bytes)?;
            self.memo = vec![0; words];
        }
        let bit = u64::from(memo) * (u64::from(len) + 1) + u64::from(pos);
        if let Some(word) = self.memo.get_mut((bit / 64) as usize) {
            *word |= 1 << (bit % 64);
        }
        Ok(())
    }

    /// Whether the body of a loop is known not to lead to a match from here.
    #[inline]
    pub(super) fn is_hopeless(&self, memo: u32, pos: u32, len: u32) -> bool {
        if self.memo.is_empty() {
            return false;
        }
        let bit = u64::from(memo) * (u64::from(len) + 1) + u64::from(pos);
        self.memo.get((bit / 64) as usize).is_some_and(|w| w >> (bit % 64) & 1 == 1)
    }
}

impl Drop for State<'_> {
    fn drop(&mut self) {
        self.meter.release(self.charged);
    }
}
