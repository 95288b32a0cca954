//! Character classes: `[a-z&&[^aeiou]]`.
//!
//! As in Java an intersection binds less than a union, a `^` negates the whole class, and what
//! follows `&&` is either classes in brackets or all of the rest.

use super::cursor::Token;
use super::error::Stop;
use super::escape::Escape;
use super::parse::Parser;
use super::set::Set;

impl Parser<'_, '_> {
    /// Reads a class; its `[` has been taken at `start`.
    pub(super) fn class(&mut self, start: usize) -> Result<Set, Stop> {
        let negative = self.cursor.eat('^');
        let set = self.items(start)?;
        self.cursor.next();
        Ok(if negative { set.negate() } else { set })
    }

    /// The inside of a class, or the rest of it after a `&&`: up to its `]`, which is left.
    fn items(&mut self, start: usize) -> Result<Set, Stop> {
        self.enter(start)?;
        let mut union = Union::default();
        loop {
            self.skip();
            let Some(token) = self.cursor.peek() else {
                return Err(Stop::at(start, "the class is not closed: a `]` is missing"));
            };
            if token.is(']') && union.any {
                break;
            }
            self.cursor.next();
            if token.is('&') && self.cursor.eat('&') {
                union = self.intersect(union, token.index)?;
            } else if token.is('[') {
                let inner = self.class(token.index)?;
                union.add(&inner);
            } else {
                self.item(&mut union, token)?;
            }
        }
        self.leave();
        let set = Set::of(union.ranges);
        self.work.set(&set, start)?;
        Ok(set)
    }

    /// A character, a range or an escape.
    fn item(&mut self, union: &mut Union, token: Token) -> Result<(), Stop> {
        let index = token.index;
        let mut low = token.c;
        if token.is('\\') {
            match self.escape(index, true)? {
                Escape::Char(c) => low = c,
                Escape::Set(set) => {
                    union.add(&set);
                    return self.work.set(&set, index);
                }
                Escape::Node(_) => return Err(Stop::at(index, "not possible in a class")),
            }
        }
        let high = self.range_end(low, index)?;
        let set = self.folded(low, high, index)?;
        union.add(&set);
        Ok(())
    }

    /// What follows a `&&`: classes in brackets, or the whole rest of the class.
    fn intersect(&mut self, left: Union, index: usize) -> Result<Union, Stop> {
        let mut right = Union::default();
        loop {
            self.skip();
            let Some(token) = self.cursor.peek() else { break };
            if token.is(']') || token.is('&') {
                break;
            }
            let part = if token.is('[') {
                self.cursor.next();
                self.class(token.index)?
            } else {
                self.items(index)?
            };
            right.add(&part);
        }
        if !right.any && !left.any {
            return Err(Stop::at(index, "`&&` needs something to intersect"));
        }
        if !right.any || !left.any {
            return Ok(if left.any { left } else { right });
        }
        let (left, right) = (Set::of(left.ranges), Set::of(right.ranges));
        self.work.set(&left, index)?;
        self.work.set(&right, index)?;
        let mut both = Union::default();
        both.add(&left.intersect(&right));
        Ok(both)
    }

    /// The end of a range that starts with `low`: `low` itself if no range follows.
    fn range_end(&mut self, low: u32, index: usize) -> Result<u32, Stop> {
        self.skip();
        if !self.cursor.peek().is_some_and(|t| t.is('-')) {
            return Ok(low);
        }
        // `[a-]` and `[a-[b]]` have a plain `-`.
        match self.cursor.peek_second() {
            Some(t) if !t.is(']') && !t.is('[') => {}
            _ => return Ok(low),
        }
        self.cursor.next();
        self.skip();
        let Some(token) = self.cursor.next() else { return Ok(low) };
        let high = if token.is('\\') {
            match self.escape(token.index, true)? {
                Escape::Char(c) => c,
                _ => return Err(Stop::at(index, "a range cannot end with a class")),
            }
        } else {
            token.c
        };
        if high < low {
            return Err(Stop::at(index, "the range ends before it starts"));
        }
        Ok(high)
    }
}

/// What has been read of a class: a union, kept unsorted until it is complete.
#[derive(Default)]
struct Union {
    ranges: Vec<(u32, u32)>,
    /// Whether anything was written.
    any: bool,
}

impl Union {
    fn add(&mut self, set: &Set) {
        self.any = true;
        self.ranges.extend_from_slice(set.ranges());
    }
}
