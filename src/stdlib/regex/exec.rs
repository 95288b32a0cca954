//! The matcher: runs a program at one place of the text, backtracking on a stack of its own.
//!
//! Invariant: no recursion; every few instructions take a step of the meter, and so does every few
//! characters that one instruction goes through.

use super::ast::{MANY, Mode};
use super::condition::holds;
use super::fold::key;
use super::hay::Hay;
use super::program::{Follow, Inst, Loop, Pc, Program};
use super::set::Class;
use super::state::{Frame, NONE, State};
use crate::fault::Fault;

/// Characters for one step of the meter.
pub(super) const STRIDE: u32 = 16;

/// Where matching goes on, or that it failed.
type Next = Option<(Pc, u32)>;

/// One attempt.
pub(super) struct Machine<'s, 'p, 'm, H> {
    pub(super) program: &'p Program,
    pub(super) state: &'s mut State<'m>,
    pub(super) hay: H,
    /// The match must end at the end of the text.
    pub(super) whole: bool,
    /// Where the match before this one ended.
    pub(super) last: u32,
}

impl<H: Hay> Machine<'_, '_, '_, H> {
    /// Matches from `start` and gives the end of the match.
    pub(super) fn run(&mut self, start: u32) -> Result<Option<u32>, Fault> {
        let (mut pc, mut pos) = (0, start);
        loop {
            self.state.tick()?;
            let next = match self.program.code.get(pc as usize) {
                Some(Inst::Match) if !self.whole || pos == self.hay.len() => return Ok(Some(pos)),
                None | Some(Inst::Match) => None,
                Some(inst) => self.step(inst, pc, pos)?,
            };
            (pc, pos) = match next {
                Some(at) => at,
                None => match self.backtrack()? {
                    Some(at) => at,
                    None => return Ok(None),
                },
            };
        }
    }

    /// Executes one instruction.
    fn step(&mut self, inst: &Inst, pc: Pc, pos: u32) -> Result<Next, Fault> {
        let hay = self.hay;
        Ok(match inst {
            Inst::Literal { from, to } => self.literal(*from, *to, pos)?.map(|p| (pc + 1, p)),
            Inst::Char(c) => self.one(pos, |x| x == *c).map(|p| (pc + 1, p)),
            Inst::Class(class) => {
                let class = self.program.classes.get(*class as usize);
                self.one(pos, |x| class.is_some_and(|s| s.contains(x))).map(|p| (pc + 1, p))
            }
            Inst::Run { class, min, max, mode, follow } => {
                let Some(class) = self.program.classes.get(*class as usize) else {
                    return Ok(None);
                };
                self.start_run(class, (*min, *max), *mode, *follow, pc, pos)?
            }
            Inst::LineBreak => {
                let (c, end) = hay.next(pos);
                if pos >= hay.len() || !matches!(c, 0x0A..=0x0D | 0x85 | 0x2028 | 0x2029) {
                    None
                } else if c == 0x0D && hay.unit(end) == 0x0A {
                    self.state.push(Frame::Branch { pc: pc + 1, pos: end })?;
                    Some((pc + 1, end + 1))
                } else {
                    Some((pc + 1, end))
                }
            }
            Inst::Assert(assert) => {
                holds(*assert, hay, pos, self.last, self.state)?.then_some((pc + 1, pos))
            }
            Inst::BackRef { group, fold } => {
                self.again(usize::from(*group), *fold, pos)?.map(|p| (pc + 1, p))
            }
            Inst::Open(group) => {
                self.state.open(*group, pos)?;
                Some((pc + 1, pos))
            }
            Inst::Close(group) => {
                self.state.close(*group, pos)?;
                Some((pc + 1, pos))
            }
            Inst::Split { first, second } => {
                self.state.push(Frame::Branch { pc: *second, pos })?;
                Some((*first, pos))
            }
            Inst::Jump(to) => Some((*to, pos)),
            Inst::Loop(id) => {
                self.state.round(*id, (0, NONE))?;
                self.round(*id, pos)?
            }
            Inst::Again(id) => {
                let Some(l) = self.program.loops.get(*id as usize) else { return Ok(None) };
                match self.state.round_of(*id) {
                    // A round that took nothing ends the loop: another one would get no further.
                    (count, begin) if begin == pos && l.certain && count > l.min => None,
                    (_, begin) if begin == pos => Some((l.exit, pos)),
                    _ => self.round(*id, pos)?,
                }
            }
            Inst::Mark(mark) => {
                self.state.mark(*mark, pos);
                Some((pc + 1, pos))
            }
            Inst::Commit(mark) => {
                self.state.cut(*mark);
                Some((pc + 1, pos))
            }
            Inst::Ahead { mark, negative, exit } => {
                self.state.mark(*mark, pos);
                if *negative {
                    self.state.push(Frame::Branch { pc: *exit, pos })?;
                }
                Some((pc + 1, pos))
            }
            Inst::Behind { mark, negative, exit, min, max } => {
                self.state.mark(*mark, pos);
                if *negative {
                    self.state.push(Frame::Branch { pc: *exit, pos })?;
                }
                match self.back(pos, *min)? {
                    Some(p) => self.look_from(pc, p, max - min)?,
                    None => None,
                }
            }
            Inst::Looked { mark, negative, behind } => {
                self.looked(*mark, *negative, *behind, pc, pos)
            }
            Inst::Match => None,
        })
    }

    /// Undoes what has been done since the last choice, and takes its other way.
    fn backtrack(&mut self) -> Result<Next, Fault> {
        while let Some(frame) = self.state.stack.pop() {
            self.state.tick()?;
            match frame {
                Frame::Branch { pc, pos } => return Ok(Some((pc, pos))),
                Frame::Group { group, start, end } => {
                    if let Some(slot) = self.state.groups.get_mut(usize::from(group)) {
                        *slot = (start, end);
                    }
                }
                Frame::Open { group, start } => {
                    if let Some(slot) = self.state.open.get_mut(usize::from(group)) {
                        *slot = start;
                    }
                }
                Frame::Round { id, count, begin } => {
                    if let Some(slot) = self.state.rounds.get_mut(id as usize) {
                        *slot = (count, begin);
                    }
                }
                Frame::Leave { id, pos } => {
                    let Some(l) = self.program.loops.get(id as usize) else { continue };
                    if let Some(memo) = l.memo {
                        self.state.failed(self.program, memo, pos, self.hay.len())?;
                    }
                    if !l.lazy {
                        return Ok(Some((l.exit, pos)));
                    }
                }
                Frame::Stay { id, pos } => {
                    let Some(l) = self.program.loops.get(id as usize) else { continue };
                    if let Some(memo) = l.memo {
                        if self.state.is_hopeless(memo, pos, self.hay.len()) {
                            continue;
                        }
                        self.state.push(Frame::Leave { id, pos })?;
                    }
                    return self.body(l, id, pos);
                }
                Frame::Shrink { pc, low, pos } => {
                    if let Some(at) = self.shrink(pc, low, pos)? {
                        return Ok(Some(at));
                    }
                }
                Frame::Grow { pc, pos, left } => {
                    if let Some(at) = self.extend(pc, pos, left)? {
                        return Ok(Some(at));
                    }
                }
                Frame::Further { pc, pos, left } => {
                    if pos > 0 {
                        let before = self.hay.prev(pos).1;
                        return self.look_from(pc, before, left - 1);
                    }
                }
            }
        }
        Ok(None)
    }

    /// One code point that satisfies `wanted`.
    #[inline]
    fn one(&self, pos: u32, wanted: impl Fn(u32) -> bool) -> Option<u32> {
        if pos >= self.hay.len() {
            return None;
        }
        let (c, end) = self.hay.next(pos);
        wanted(c).then_some(end)
    }

    fn literal(&self, from: u32, to: u32, pos: u32) -> Result<Option<u32>, Fault> {
        if self.hay.len() - pos < to - from {
            return Ok(None);
        }
        let units = self.program.literals.get(from as usize..to as usize).unwrap_or(&[]);
        if units.len() > STRIDE as usize {
            self.state.meter.step_units(units.len())?;
        }
        for (at, unit) in (pos..).zip(units) {
            if self.hay.unit(at) != *unit {
                return Ok(None);
            }
        }
        Ok(Some(pos + (to - from)))
    }

    /// The text of a group again.
    fn again(&self, group: usize, fold: super::ast::Fold, pos: u32) -> Result<Option<u32>, Fault> {
        let Some((start, end)) = self.state.group(group) else { return Ok(None) };
        let (mut from, mut at) = (start, pos);
        let mut since = 0_u32;
        while from < end {
            if at >= self.hay.len() {
                return Ok(None);
            }
            let (a, b) = (self.hay.next(from), self.hay.next(at));
            if a.0 != b.0 && key(a.0, fold) != key(b.0, fold) {
                return Ok(None);
            }
            (from, at) = (a.1, b.1);
            since += 1;
            if since.is_multiple_of(STRIDE) {
                self.state.meter.step(1)?;
            }
        }
        Ok(Some(at))
    }

    /// Takes code points of a class, `most` at most; gives how many and where that ends.
    fn take(&self, class: &Class, most: u32, pos: u32) -> Result<(u32, u32), Fault> {
        let (mut count, mut at) = (0, pos);
        while count < most && at < self.hay.len() {
            let (c, next) = self.hay.next(at);
            if !class.contains(c) {
                break;
            }
            at = next;
            count += 1;
            if count.is_multiple_of(STRIDE) {
                self.state.meter.step(1)?;
            }
        }
        Ok((count, at))
    }

    fn start_run(
        &mut self,
        class: &Class,
        (min, max): (u32, u32),
        mode: Mode,
        follow: Follow,
        pc: Pc,
        pos: u32,
    ) -> Result<Next, Fault> {
        let (count, low) = self.take(class, min, pos)?;
        if count < min {
            return Ok(None);
        }
        let left = if max == MANY { MANY } else { max - min };
        if left == 0 {
            return Ok(Some((pc + 1, low)));
        }
        if mode == Mode::Lazy {
            self.state.push(Frame::Grow { pc, pos: low, left })?;
            return Ok(Some((pc + 1, low)));
        }
        let (_, end) = self.take(class, left, low)?;
        // A run that was stopped by its bound can be followed by more of its class.
        if mode == Mode::Greedy && end > low && follow != Follow::Other {
            self.state.push(Frame::Shrink { pc, low, pos: end })?;
        }
        Ok(Some((pc + 1, end)))
    }

    /// A greedy run gives back a character, or as many as it takes to get to what must follow.
    fn shrink(&mut self, pc: Pc, low: u32, pos: u32) -> Result<Next, Fault> {
        let follow = match self.program.code.get(pc as usize) {
            Some(Inst::Run { follow: Follow::Unit(unit), .. }) => Some(*unit),
            _ => None,
        };
        let mut at = pos;
        let mut since = 0_u32;
        while at > low {
            at = self.hay.prev(at).1.max(low);
            if follow.is_none_or(|unit| self.hay.unit(at) == unit) {
                if at > low {
                    self.state.push(Frame::Shrink { pc, low, pos: at })?;
                }
                return Ok(Some((pc + 1, at)));
            }
            since += 1;
            if since.is_multiple_of(STRIDE) {
                self.state.meter.step(1)?;
            }
        }
        Ok(None)
    }

    /// A lazy run takes one character more.
    fn extend(&mut self, pc: Pc, pos: u32, left: u32) -> Result<Next, Fault> {
        let Some(Inst::Run { class, follow, .. }) = self.program.code.get(pc as usize) else {
            return Ok(None);
        };
        let Some(class) = self.program.classes.get(*class as usize) else { return Ok(None) };
        let wanted = if let Follow::Unit(unit) = follow { Some(*unit) } else { None };
        let (mut at, mut left, mut since) = (pos, left, 0_u32);
        while left > 0 {
            let Some(next) = self.one(at, |c| class.contains(c)) else { return Ok(None) };
            at = next;
            left = if left == MANY { MANY } else { left - 1 };
            if wanted.is_none_or(|unit| self.hay.unit(at) == unit) {
                if left > 0 {
                    self.state.push(Frame::Grow { pc, pos: at, left })?;
                }
                return Ok(Some((pc + 1, at)));
            }
            since += 1;
            if since.is_multiple_of(STRIDE) {
                self.state.meter.step(1)?;
            }
        }
        Ok(None)
    }

    /// At the head of a loop: another round, or on to what follows.
    fn round(&mut self, id: u32, pos: u32) -> Result<Next, Fault> {
        let Some(l) = self.program.loops.get(id as usize) else { return Ok(None) };
        let (count, _) = self.state.round_of(id);
        if count < l.min {
            return self.body(l, id, pos);
        }
        if count >= l.max {
            return Ok(Some((l.exit, pos)));
        }
        if l.lazy {
            self.state.push(Frame::Stay { id, pos })?;
            return Ok(Some((l.exit, pos)));
        }
        if l.memo.is_some_and(|memo| self.state.is_hopeless(memo, pos, self.hay.len())) {
            return Ok(Some((l.exit, pos)));
        }
        self.state.push(Frame::Leave { id, pos })?;
        self.body(l, id, pos)
    }

    /// Starts a round.
    fn body(&mut self, l: &Loop, id: u32, pos: u32) -> Result<Next, Fault> {
        let (count, _) = self.state.round_of(id);
        // Well beyond the least only a bounded loop counts on.
        let count = if l.max == MANY && count > l.min { count } else { count + 1 };
        self.state.round(id, (count, pos))?;
        Ok(Some((l.body, pos)))
    }

    /// The place `count` code points before `pos`.
    fn back(&self, pos: u32, count: u32) -> Result<Option<u32>, Fault> {
        let mut at = pos;
        for i in 1..=count {
            if at == 0 {
                return Ok(None);
            }
            at = self.hay.prev(at).1;
            if i.is_multiple_of(STRIDE) {
                self.state.meter.step(1)?;
            }
        }
        Ok(Some(at))
    }

    /// Tries the body of a look-behind from `pos`, and then from up to `left` places before it.
    fn look_from(&mut self, pc: Pc, pos: u32, left: u32) -> Result<Next, Fault> {
        if left > 0 {
            self.state.push(Frame::Further { pc, pos, left })?;
        }
        Ok(Some((pc + 1, pos)))
    }

    fn looked(&mut self, mark: u16, negative: bool, behind: bool, pc: Pc, pos: u32) -> Next {
        if behind && self.state.marks.get(usize::from(mark)).is_none_or(|m| m.1 != pos) {
            return None;
        }
        let start = self.state.cut(mark);
        if negative { None } else { Some((pc + 1, start)) }
    }
}
