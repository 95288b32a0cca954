//! From the tree of a pattern to its program.

use super::ast::{Assert, MANY, Mode, Node, Span};
use super::error::Stop;
use super::first::{first, is_anchored};
use super::parse::Parsed;
use super::program::{Follow, Inst, Loop, Pc, Program, Start};
use super::set::{Class, Set};
use super::width::{has_groups, is_certain};
use super::work::{MAX_PROGRAM, Work};

/// Makes the program of a pattern.
pub(super) fn compile(parsed: &Parsed, work: &mut Work<'_>) -> Result<Program, Stop> {
    let program = Program {
        code: Vec::new(),
        literals: Vec::new(),
        classes: Vec::new(),
        loops: Vec::new(),
        marks: 0,
        groups: usize::from(parsed.groups) + 1,
        memos: 0,
        start: Start::Anywhere,
        plain: false,
        whole_pairs: false,
    };
    let mut compiler =
        Compiler { program, work, forgetful: depends_on_past(&parsed.root), emitted: 0 };
    compiler.node(&parsed.root, None)?;
    compiler.push(Inst::Match)?;
    compiler.start(&parsed.root)?;
    Ok(compiler.program)
}

/// Whether the same place and instruction can lead to different ends: then failures must not be
/// remembered.
fn depends_on_past(node: &Node) -> bool {
    match node {
        Node::BackRef { .. } | Node::Assert(Assert::LastMatch) => true,
        Node::Group { body, .. }
        | Node::Atomic(body)
        | Node::Look { body, .. }
        | Node::Repeat { body, .. } => depends_on_past(body),
        Node::Concat(parts) | Node::Alternate(parts) => parts.iter().any(depends_on_past),
        _ => false,
    }
}

struct Compiler<'w, 'm> {
    program: Program,
    work: &'w mut Work<'m>,
    /// Inside what makes the way to a place matter: no loop remembers its failures.
    forgetful: bool,
    /// How many units of the literals are in an instruction.
    emitted: u32,
}

impl Compiler<'_, '_> {
    fn push(&mut self, inst: Inst) -> Result<Pc, Stop> {
        if self.program.code.len() >= MAX_PROGRAM {
            return Err(Stop::at(0, "the pattern is too large"));
        }
        self.work.step(1)?;
        self.program.code.push(inst);
        Ok(self.here() - 1)
    }

    /// Where the next instruction goes.
    fn here(&self) -> Pc {
        self.program.code.len() as Pc
    }

    fn patch(&mut self, at: Pc, inst: Inst) {
        if let Some(slot) = self.program.code.get_mut(at as usize) {
            *slot = inst;
        }
    }

    fn class(&mut self, set: &Set) -> Result<u32, Stop> {
        self.program.whole_pairs |= set.has_supplementary();
        self.work.set(set, 0)?;
        let class = Class::new(set);
        // The same class often comes again soon.
        let recent = self.program.classes.iter().enumerate().rev().take(8);
        if let Some((i, _)) = recent.into_iter().find(|(_, c)| **c == class) {
            return Ok(i as u32);
        }
        self.program.classes.push(class);
        Ok(self.program.classes.len() as u32 - 1)
    }

    fn mark(&mut self) -> u16 {
        self.program.marks += 1;
        self.program.marks - 1
    }

    /// Emits a node; `after` is the node that follows it wherever it is left, if there is just one.
    fn node(&mut self, node: &Node, after: Option<&Node>) -> Result<(), Stop> {
        match node {
            Node::Empty => {}
            Node::Char(c) => self.literal(*c)?,
            Node::Set(set) => {
                let class = self.class(set)?;
                self.push(Inst::Class(class))?;
            }
            Node::LineBreak => {
                self.push(Inst::LineBreak)?;
            }
            Node::Assert(assert) => {
                self.push(Inst::Assert(*assert))?;
            }
            Node::BackRef { group, fold } => {
                self.push(Inst::BackRef { group: *group, fold: *fold })?;
            }
            Node::Group { group, body } => {
                self.push(Inst::Open(*group))?;
                self.node(body, after)?;
                self.push(Inst::Close(*group))?;
            }
            Node::Atomic(body) => {
                let mark = self.mark();
                self.push(Inst::Mark(mark))?;
                self.node(body, None)?;
                self.push(Inst::Commit(mark))?;
            }
            Node::Look { behind, negative, body } => self.look(*behind, *negative, body)?,
            Node::Concat(parts) => {
                for (i, part) in parts.iter().enumerate() {
                    let next = parts.get(i + 1);
                    match (part, next) {
                        // Consecutive characters are one literal, emitted with the last of them.
                        (Node::Char(c), Some(Node::Char(n))) if is_scalar(*c) && is_scalar(*n) => {
                            self.letter(*c);
                        }
                        _ => self.node(part, next.or(after))?,
                    }
                }
            }
            Node::Alternate(parts) => self.alternate(parts, after)?,
            Node::Repeat { body, min, max, mode } => {
                self.repeat(body, (*min, *max), *mode, after)?;
            }
        }
        Ok(())
    }

    /// Adds a character to the literal that is being put together.
    fn letter(&mut self, c: u32) {
        self.program.whole_pairs |= c >= 0x1_0000;
        let mut buffer = [0; 2];
        let units = char::from_u32(c).map(|c| &*c.encode_utf16(&mut buffer));
        self.program.literals.extend_from_slice(units.unwrap_or_default());
    }

    /// The last character of a literal, or the only one.
    fn literal(&mut self, c: u32) -> Result<(), Stop> {
        if is_scalar(c) {
            self.letter(c);
            let (from, to) = (self.emitted, self.program.literals.len() as u32);
            self.emitted = to;
            self.push(Inst::Literal { from, to })?;
        } else {
            self.program.whole_pairs = true;
            self.push(Inst::Char(c))?;
        }
        Ok(())
    }

    fn alternate(&mut self, parts: &[Node], after: Option<&Node>) -> Result<(), Stop> {
        let mut jumps = Vec::new();
        for (i, part) in parts.iter().enumerate() {
            if i + 1 == parts.len() {
                self.node(part, after)?;
                break;
            }
            let split = self.push(Inst::Jump(0))?;
            self.node(part, after)?;
            jumps.push(self.push(Inst::Jump(0))?);
            let second = self.here();
            self.patch(split, Inst::Split { first: split + 1, second });
        }
        let end = self.here();
        for jump in jumps {
            self.patch(jump, Inst::Jump(end));
        }
        Ok(())
    }

    fn look(&mut self, behind: Option<Span>, negative: bool, body: &Node) -> Result<(), Stop> {
        let mark = self.mark();
        let start = self.push(Inst::Jump(0))?;
        let forgetful = self.forgetful;
        self.forgetful |= behind.is_some();
        self.node(body, None)?;
        self.forgetful = forgetful;
        self.push(Inst::Looked { mark, negative, behind: behind.is_some() })?;
        let exit = self.here();
        let inst = match behind {
            Some(Span { min, max }) => Inst::Behind { mark, negative, exit, min, max },
            None => Inst::Ahead { mark, negative, exit },
        };
        self.patch(start, inst);
        Ok(())
    }

    fn repeat(
        &mut self,
        body: &Node,
        (min, max): (u32, u32),
        mode: Mode,
        after: Option<&Node>,
    ) -> Result<(), Stop> {
        if max == 0 {
            return Ok(());
        }
        match body {
            Node::Char(c) => return self.run(&Set::single(*c), (min, max), mode, after),
            Node::Set(set) => return self.run(set, (min, max), mode, after),
            _ => {}
        }
        if mode == Mode::Possessive {
            // As in Java each round is independent, and so is the whole.
            let outer = self.mark();
            self.push(Inst::Mark(outer))?;
            self.rounds(body, (min, max), Mode::Greedy, true)?;
            self.push(Inst::Commit(outer))?;
            return Ok(());
        }
        self.rounds(body, (min, max), mode, matches!(body, Node::LineBreak))
    }

    /// A quantifier over more than one character.
    fn rounds(
        &mut self,
        body: &Node,
        (min, max): (u32, u32),
        mode: Mode,
        atomic: bool,
    ) -> Result<(), Stop> {
        let wrap = if atomic { Some(self.mark()) } else { None };
        let once = min == 0 && max == 1;
        let certain = !atomic && is_certain(body);
        let start = self.push(Inst::Jump(0))?;
        let index = self.program.loops.len() as u32;
        let lazy = mode == Mode::Lazy;
        let counted = max != MANY || min > 1;
        if !once {
            let memo = (!self.forgetful && !counted).then_some(self.program.memos);
            self.program.memos += u32::from(memo.is_some());
            self.program.loops.push(Loop {
                min,
                max,
                lazy,
                certain,
                body: start + 1,
                exit: 0,
                memo,
            });
        }
        let forgetful = self.forgetful;
        // The count so far is part of the way to a place.
        self.forgetful |= !once && counted;
        if let Some(mark) = wrap {
            self.push(Inst::Mark(mark))?;
        }
        match body {
            Node::Group { group, body } if certain && !once => {
                self.push(Inst::Open(*group))?;
                self.certain_round(body)?;
                self.push(Inst::Close(*group))?;
            }
            _ if certain && !once => self.certain_round(body)?,
            _ => self.node(body, None)?,
        }
        if let Some(mark) = wrap {
            self.push(Inst::Commit(mark))?;
        }
        self.forgetful = forgetful;
        if once {
            let end = self.here();
            let (first, second) = if lazy { (end, start + 1) } else { (start + 1, end) };
            self.patch(start, Inst::Split { first, second });
            return Ok(());
        }
        self.push(Inst::Again(index))?;
        let exit = self.here();
        if let Some(l) = self.program.loops.get_mut(index as usize) {
            l.exit = exit;
        }
        self.patch(start, Inst::Loop(index));
        Ok(())
    }

    /// A round that can go only one way: what happened to the groups inside is not undone.
    fn certain_round(&mut self, body: &Node) -> Result<(), Stop> {
        if !has_groups(body) {
            return self.node(body, None);
        }
        let mark = self.mark();
        self.push(Inst::Mark(mark))?;
        self.node(body, None)?;
        self.push(Inst::Commit(mark))?;
        Ok(())
    }

    /// A quantifier over one character.
    fn run(
        &mut self,
        set: &Set,
        (min, max): (u32, u32),
        mode: Mode,
        after: Option<&Node>,
    ) -> Result<(), Stop> {
        let mut follow = Follow::Unknown;
        if let Some(next) = after.and_then(first) {
            self.work.set(&next, 0)?;
            if next.is_disjoint(set) {
                follow = Follow::Other;
            } else if let Some(unit) = next.only().and_then(|c| u16::try_from(c).ok()) {
                follow = Follow::Unit(unit);
            }
        }
        let class = self.class(set)?;
        self.push(Inst::Run { class, min, max, mode, follow })?;
        Ok(())
    }

    /// Finds what a match can start with.
    fn start(&mut self, root: &Node) -> Result<(), Stop> {
        if is_anchored(root) {
            self.program.start = Start::Anchored;
        } else if let Some(set) = first(root) {
            self.program.start = match set.only().and_then(|c| u16::try_from(c).ok()) {
                Some(unit) if !(0xD800..0xE000).contains(&unit) => {
                    self.program.plain = matches!(root, Node::Char(_));
                    Start::Unit(unit)
                }
                _ => Start::Class(self.class(&set)?),
            };
        }
        Ok(())
    }
}

/// Whether a code point is not a surrogate.
fn is_scalar(c: u32) -> bool {
    char::from_u32(c).is_some()
}
