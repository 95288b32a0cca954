//! From the text of a pattern to its tree.
//!
//! Invariant: recursion follows the nesting of groups and classes, which is counted, so that no
//! pattern outgrows the stack here or in any walk over the tree.

use super::ast::{Assert, MANY, Mode, Node};
use super::cursor::{Cursor, is_line_end};
use super::error::Stop;
use super::escape::Escape;
use super::flags::Flags;
use super::set::Set;
use super::width;
use super::work::{MAX_DEPTH, MAX_GROUPS, Work};
use crate::value::text::Units;

/// The state of reading a pattern.
pub(super) struct Parser<'w, 'm> {
    pub(super) cursor: Cursor,
    pub(super) flags: Flags,
    pub(super) work: &'w mut Work<'m>,
    /// Capturing groups opened so far.
    pub(super) groups: u16,
    /// The named ones among them.
    pub(super) names: Vec<(String, u16)>,
    depth: u32,
}

/// A parsed pattern.
pub(super) struct Parsed {
    pub(super) root: Node,
    /// How many capturing groups there are.
    pub(super) groups: u16,
    /// The named ones among them.
    pub(super) names: Vec<(String, u16)>,
}

/// Reads a pattern.
pub(super) fn parse(pattern: Units<'_>, work: &mut Work<'_>) -> Result<Parsed, Stop> {
    let cursor = Cursor::new(pattern);
    let mut parser =
        Parser { cursor, flags: Flags::default(), work, groups: 0, names: Vec::new(), depth: 0 };
    let root = parser.alternatives()?;
    if parser.cursor.peek().is_some() {
        return Err(parser.cursor.error("a `)` has no `(` before it"));
    }
    Ok(Parsed { root, groups: parser.groups, names: parser.names })
}

impl Parser<'_, '_> {
    /// One level deeper.
    pub(super) fn enter(&mut self, index: usize) -> Result<(), Stop> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(Stop::at(index, format!("nested more than {MAX_DEPTH} deep")));
        }
        Ok(())
    }

    pub(super) fn leave(&mut self) {
        self.depth -= 1;
    }

    /// Skips what `(?x)` ignores.
    pub(super) fn skip(&mut self) {
        if self.flags.comments {
            self.cursor.skip_comments(self.flags.unix_lines);
        }
    }

    /// `a|b|c`, up to a `)` or the end.
    fn alternatives(&mut self) -> Result<Node, Stop> {
        let first = self.sequence()?;
        if !self.cursor.eat('|') {
            return Ok(first);
        }
        let mut all = vec![first, self.sequence()?];
        while self.cursor.eat('|') {
            all.push(self.sequence()?);
        }
        Ok(Node::Alternate(all))
    }

    /// `abc`, up to a `|`, a `)` or the end.
    fn sequence(&mut self) -> Result<Node, Stop> {
        let mut items = Vec::new();
        loop {
            self.skip();
            let Some(token) = self.cursor.peek() else { break };
            if token.is('|') || token.is(')') {
                break;
            }
            self.work.step(1)?;
            if let Some(atom) = self.atom()? {
                items.push(self.quantified(atom)?);
            }
        }
        Ok(match items.len() {
            0 => Node::Empty,
            1 => items.pop().unwrap_or(Node::Empty),
            _ => Node::Concat(items),
        })
    }

    /// One item; none for `(?i)`, which only sets flags.
    fn atom(&mut self) -> Result<Option<Node>, Stop> {
        let start = self.cursor.index();
        // A quantifier where an item should be quantifies nothing, as in Java.
        if self.cursor.peek().is_some_and(|t| t.is('{')) {
            return Ok(Some(Node::Empty));
        }
        let Some(token) = self.cursor.next() else { return Ok(Some(Node::Empty)) };
        let letter = if token.quoted { None } else { char::from_u32(token.c) };
        let unix = self.flags.unix_lines;
        Ok(Some(match letter {
            Some('(') => return self.group(start),
            Some('[') => {
                let set = self.class(start)?;
                set.only().map_or_else(|| Node::Set(set), Node::Char)
            }
            Some('\\') => match self.escape(start, false)? {
                Escape::Char(c) => self.character(c, start)?,
                Escape::Set(set) => Node::Set(set),
                Escape::Node(node) => node,
            },
            Some('^') if self.flags.multiline => Node::Assert(Assert::LineStart { unix }),
            Some('^') => Node::Assert(Assert::Start),
            Some('$') if self.flags.multiline => Node::Assert(Assert::LineEnd { unix }),
            Some('$') => Node::Assert(Assert::LastLineEnd { unix }),
            Some('.') => self.dot(),
            Some(meta @ ('*' | '+' | '?')) => {
                return Err(Stop::at(start, format!("`{meta}` has nothing to repeat")));
            }
            _ => self.character(token.c, start)?,
        }))
    }

    /// A character that stands for itself, in either case where the flags say so.
    fn character(&mut self, c: u32, index: usize) -> Result<Node, Stop> {
        let set = self.folded(c, c, index)?;
        Ok(set.only().map_or_else(|| Node::Set(set), Node::Char))
    }

    fn dot(&self) -> Node {
        if self.flags.dot_all {
            return Node::Set(Set::all());
        }
        let ends = [0x0A, 0x0D, 0x85, 0x2028, 0x2029];
        let ends = ends.into_iter().filter(|c| is_line_end(*c, self.flags.unix_lines));
        Node::Set(Set::of(ends.map(|c| (c, c)).collect()).negate())
    }

    /// What follows a `(`.
    fn group(&mut self, start: usize) -> Result<Option<Node>, Stop> {
        self.enter(start)?;
        let saved = self.flags;
        self.skip();
        let node = if self.cursor.eat('?') {
            match self.special(start)? {
                Some(node) => node,
                None => {
                    // `(?i)`: the flags stay until the group around it ends.
                    self.leave();
                    return Ok(None);
                }
            }
        } else {
            self.capture(None, start)?
        };
        self.flags = saved;
        self.leave();
        Ok(Some(node))
    }

    /// What follows a `(?`.
    fn special(&mut self, start: usize) -> Result<Option<Node>, Stop> {
        if self.cursor.eat(':') {
            return self.body(start).map(Some);
        }
        if self.cursor.eat('>') {
            return Ok(Some(Node::Atomic(Box::new(self.body(start)?))));
        }
        for (mark, negative) in [('=', false), ('!', true)] {
            if self.cursor.eat(mark) {
                let body = Box::new(self.body(start)?);
                return Ok(Some(Node::Look { behind: None, negative, body }));
            }
        }
        if self.cursor.eat('<') {
            for (mark, negative) in [('=', false), ('!', true)] {
                if self.cursor.eat(mark) {
                    let body = Box::new(self.body(start)?);
                    let Some(span) = width::reach(&body) else {
                        let why = "the look-behind has no obvious maximum length";
                        return Err(Stop::at(start, why));
                    };
                    return Ok(Some(Node::Look { behind: Some(span), negative, body }));
                }
            }
            let name = self.group_name()?;
            return self.capture(Some(name), start).map(Some);
        }
        self.inline_flags()?;
        if self.cursor.eat(')') {
            return Ok(None);
        }
        if self.cursor.eat(':') {
            return self.body(start).map(Some);
        }
        Err(match self.cursor.peek().and_then(|t| char::from_u32(t.c)) {
            Some(c) => self.cursor.error(format!("unknown flag or kind of group `{c}`")),
            None => Stop::at(start, "the group is not closed: a `)` is missing"),
        })
    }

    /// `i-s` in `(?i-s)`.
    fn inline_flags(&mut self) -> Result<(), Stop> {
        let mut on = true;
        while let Some(c) =
            self.cursor.peek().filter(|t| !t.quoted).and_then(|t| char::from_u32(t.c))
        {
            if c == '-' && on {
                on = false;
            } else if c == 'c' {
                return Err(self.cursor.error("the flag `c` is not supported"));
            } else if self.flags.set(c, on).is_none() {
                break;
            }
            self.cursor.next();
        }
        Ok(())
    }

    /// A capturing group, its `(` or `(?<name>` taken.
    fn capture(&mut self, name: Option<String>, start: usize) -> Result<Node, Stop> {
        if self.groups >= MAX_GROUPS {
            return Err(Stop::at(start, format!("more than {MAX_GROUPS} groups")));
        }
        self.groups += 1;
        let group = self.groups;
        if let Some(name) = name {
            if self.names.iter().any(|(n, _)| *n == name) {
                return Err(Stop::at(start, format!("there are two groups named `{name}`")));
            }
            self.names.push((name, group));
        }
        Ok(Node::Group { group, body: Box::new(self.body(start)?) })
    }

    /// The inside of a group and its `)`.
    fn body(&mut self, start: usize) -> Result<Node, Stop> {
        let node = self.alternatives()?;
        if self.cursor.eat(')') {
            return Ok(node);
        }
        Err(Stop::at(start, "the group is not closed: a `)` is missing"))
    }

    /// `name>`.
    pub(super) fn group_name(&mut self) -> Result<String, Stop> {
        let index = self.cursor.index();
        let name = self.cursor.take_while(|c| c.is_ascii_alphanumeric());
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            return Err(Stop::at(index, "a group's name starts with a letter from a to z"));
        }
        if !self.cursor.eat('>') {
            return Err(self.cursor.error("a `>` is missing after the group's name"));
        }
        Ok(name)
    }

    /// An item with the quantifier that follows it, if any.
    fn quantified(&mut self, atom: Node) -> Result<Node, Stop> {
        self.skip();
        let index = self.cursor.index();
        let (min, max) = if self.cursor.eat('?') {
            (0, 1)
        } else if self.cursor.eat('*') {
            (0, MANY)
        } else if self.cursor.eat('+') {
            (1, MANY)
        } else if self.cursor.eat('{') {
            self.counts(index)?
        } else {
            return Ok(atom);
        };
        self.skip();
        let mode = if self.cursor.eat('?') {
            Mode::Lazy
        } else if self.cursor.eat('+') {
            Mode::Possessive
        } else {
            Mode::Greedy
        };
        Ok(Node::Repeat { body: Box::new(atom), min, max, mode })
    }

    /// `2,3}`.
    fn counts(&mut self, index: usize) -> Result<(u32, u32), Stop> {
        let min = self.count(index)?;
        let Some(min) = min else {
            return Err(Stop::at(index, "`{` needs a number of repetitions, as in `{2,3}`"));
        };
        self.skip();
        let max = if self.cursor.eat(',') {
            self.skip();
            self.count(index)?.unwrap_or(MANY)
        } else {
            min
        };
        self.skip();
        if !self.cursor.eat('}') {
            return Err(Stop::at(index, "a `}` is missing after the number of repetitions"));
        }
        if max < min {
            return Err(Stop::at(index, "the most repetitions are fewer than the least"));
        }
        Ok((min, max))
    }

    /// A number, if one is ahead; as in Java it must fit an `int`.
    fn count(&mut self, index: usize) -> Result<Option<u32>, Stop> {
        let text = self.cursor.take_while(|c| c.is_ascii_digit());
        if text.is_empty() {
            return Ok(None);
        }
        match text.parse::<i32>() {
            Ok(n) => Ok(u32::try_from(n).ok()),
            Err(_) => Err(Stop::at(index, "too many repetitions")),
        }
    }
}
