//! The parsed pattern.

use super::set::Set;

/// A part of a pattern.
#[derive(Debug)]
pub(super) enum Node {
    /// Matches without taking anything: an empty alternative.
    Empty,
    /// One code point: `a`.
    Char(u32),
    /// One code point of a set: `[a-z]`, `\d`, `.`, and a letter under `(?i)`.
    Set(Set),
    /// A line break, `\r\n` as one: `\R`.
    LineBreak,
    /// A condition on the position: `^`.
    Assert(Assert),
    /// What a group matched, again: `\1`, `\k<name>`.
    BackRef { group: u16, fold: Fold },
    /// A capturing group: `(a)`, `(?<n>a)`.
    Group { group: u16, body: Box<Node> },
    /// An independent group: `(?>a)`.
    Atomic(Box<Node>),
    /// Look-around: `(?=a)`, `(?!a)`, `(?<=a)`, `(?<!a)`.
    Look { behind: Option<Span>, negative: bool, body: Box<Node> },
    /// One after the other: `ab`.
    Concat(Vec<Node>),
    /// The first that leads to a match: `a|b`.
    Alternate(Vec<Node>),
    /// A quantifier: `a{2,3}?`.
    Repeat { body: Box<Node>, min: u32, max: u32, mode: Mode },
}

/// How many code points a look-behind may reach back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) min: u32,
    pub(super) max: u32,
}

/// Which try of a quantifier comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    /// As many as possible: `a*`.
    Greedy,
    /// As few as possible: `a*?`.
    Lazy,
    /// As many as possible, and never fewer: `a*+`.
    Possessive,
}

/// Which characters count as the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fold {
    /// Only the same.
    None,
    /// ASCII letters of either case: `(?i)`.
    Ascii,
    /// Letters of either case: `(?iu)`.
    Unicode,
}

/// A condition on the position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Assert {
    /// `\A`, `^`.
    Start,
    /// `(?m)^`; with `unix` only `\n` ends a line.
    LineStart { unix: bool },
    /// `\z`.
    End,
    /// `\Z`, `$`: at the end or before the last line break.
    LastLineEnd { unix: bool },
    /// `(?m)$`.
    LineEnd { unix: bool },
    /// `\b`, and `\B` where `negative`.
    WordBoundary { negative: bool, unicode: bool },
    /// `\G`: where the match before this one ended.
    LastMatch,
}

/// No upper bound of a quantifier.
pub(super) const MANY: u32 = u32::MAX;
