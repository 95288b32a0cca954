//! A bounded cache of compiled programs: batches repeat a few expressions many times.
//!
//! Two generations: what is used moves to the young one; when that is full it becomes the old one,
//! and what was old and unused is dropped. So a lookup is one hash, and there are no lists to keep.

use std::collections::HashMap;

use foldhash::fast::RandomState;
use sel::{Error, Limits, Program};

/// Programs in a generation.
const ENTRIES: usize = 2048;
/// Bytes of source in a generation: bounds what many long expressions hold.
const BYTES: usize = 4 << 20;

type Compiled = Result<Program, Error>;
type Generation = HashMap<Box<str>, Compiled, RandomState>;

/// The programs seen last.
pub(crate) struct Programs {
    young: Generation,
    old: Generation,
    /// Bytes of source in the young generation.
    bytes: usize,
    /// The limits on source that the cached programs were compiled under: length and nesting.
    limits: (usize, usize),
    /// The last program that was compiled and is not cached.
    single: Compiled,
}

impl Programs {
    /// No programs.
    pub(crate) fn new() -> Self {
        Programs {
            young: Generation::default(),
            old: Generation::default(),
            bytes: 0,
            limits: (0, 0),
            single: Program::compile(""),
        }
    }

    /// The program of this text, or why there is none.
    pub(crate) fn get(&mut self, text: &str, limits: &Limits) -> Result<&Program, &Error> {
        let source_limits = (limits.source_length, limits.nesting);
        if self.limits != source_limits {
            self.young.clear();
            self.old.clear();
            self.bytes = 0;
            self.limits = source_limits;
        }
        if !self.young.contains_key(text) {
            let compiled = match self.old.remove(text) {
                Some(compiled) => compiled,
                None => Program::compile_with(text, limits),
            };
            if text.len() > BYTES {
                self.single = compiled;
                return self.single.as_ref();
            }
            if self.young.len() >= ENTRIES || self.bytes + text.len() > BYTES {
                self.old = std::mem::take(&mut self.young);
                self.bytes = 0;
            }
            self.bytes += text.len();
            self.young.insert(text.into(), compiled);
        }
        self.young.get(text).unwrap_or(&self.single).as_ref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn holds_no_more_than_two_generations() {
        let mut programs = Programs::new();
        let limits = Limits::default();
        for i in 0..10 * ENTRIES {
            programs.get(&format!("{i};"), &limits).unwrap();
            programs.get("1;", &limits).unwrap();
            assert!(programs.young.len() + programs.old.len() <= 2 * ENTRIES);
        }
        assert!(programs.young.contains_key("1;"));
    }
}
