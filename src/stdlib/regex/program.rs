//! The compiled pattern: instructions for the matcher.

use super::ast::{Assert, Fold, Mode};
use super::set::Class;

/// The index of an instruction.
pub(super) type Pc = u32;

/// One instruction. Where not said otherwise the next one follows.
#[derive(Debug)]
pub(super) enum Inst {
    /// The code point.
    Char(u32),
    /// The units of [`Program::literals`] from `from` up to `to`.
    Literal { from: u32, to: u32 },
    /// A code point of the class.
    Class(u32),
    /// `min` to `max` code points of the class.
    Run { class: u32, min: u32, max: u32, mode: Mode, follow: Follow },
    /// A line break, `\r\n` first.
    LineBreak,
    /// A condition on the position.
    Assert(Assert),
    /// What the group matched, again.
    BackRef { group: u16, fold: Fold },
    /// A group opens.
    Open(u16),
    /// A group closes: only now its new text can be seen.
    Close(u16),
    /// Goes on at `first`, and at `second` if that fails.
    Split { first: Pc, second: Pc },
    /// Goes on elsewhere.
    Jump(Pc),
    /// Starts a loop, whose body follows, up to the [`Inst::Again`] before `exit`.
    Loop(u32),
    /// The end of the body of a loop.
    Again(u32),
    /// Remembers the choices left, for the [`Inst::Commit`] that belongs to it.
    Mark(u16),
    /// Forgets the choices since the mark: the end of `(?>a)`.
    Commit(u16),
    /// Starts a look-ahead.
    Ahead { mark: u16, negative: bool, exit: Pc },
    /// Starts a look-behind.
    Behind { mark: u16, negative: bool, exit: Pc, min: u32, max: u32 },
    /// Ends look-around: forgets the choices and goes back; fails if it is negative, or if a
    /// look-behind did not end where it should.
    Looked { mark: u16, negative: bool, behind: bool },
    /// A match.
    Match,
}

/// What is known about what comes after a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Follow {
    /// Nothing.
    Unknown,
    /// This unit must come.
    Unit(u16),
    /// Something that is not in the run's class: giving back characters cannot help.
    Other,
}

/// A loop over more than one character.
#[derive(Debug)]
pub(super) struct Loop {
    pub(super) min: u32,
    pub(super) max: u32,
    pub(super) lazy: bool,
    /// The body can match in one way at most.
    pub(super) certain: bool,
    pub(super) body: Pc,
    pub(super) exit: Pc,
    /// Its row in the memory of failures, if it may have one.
    pub(super) memo: Option<u32>,
}

/// How a match can start: what the search looks for before it tries.
#[derive(Debug)]
pub(super) enum Start {
    /// Anywhere.
    Anywhere,
    /// Only at the start of the text.
    Anchored,
    /// At this unit.
    Unit(u16),
    /// At a code point of this class.
    Class(u32),
}

/// A compiled pattern.
#[derive(Debug)]
pub(super) struct Program {
    pub(super) code: Vec<Inst>,
    pub(super) literals: Vec<u16>,
    pub(super) classes: Vec<Class>,
    pub(super) loops: Vec<Loop>,
    /// How many marks the matcher needs.
    pub(super) marks: u16,
    /// How many groups there are, the whole match included.
    pub(super) groups: usize,
    /// How many rows the memory of failures has.
    pub(super) memos: u32,
    pub(super) start: Start,
    /// The whole pattern is the one unit of [`Start::Unit`]: where a match may start there is one.
    pub(super) plain: bool,
    /// The pattern can take surrogates: the search must not start between two that make a pair.
    pub(super) whole_pairs: bool,
}
