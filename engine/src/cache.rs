//! A bounded cache of compiled programs: an engine, and a batch, see the same few expressions again
//! and again.
//!
//! What it holds is bounded by the bytes of source. One pass over many expressions that are asked
//! for once does not drive out those that are asked for again.

use quick_cache::Weighter;
use quick_cache::unsync::Cache;
use sel::{Error, Limits, Program};

/// What an entry weighs beside its source: so many short ones are no loophole.
const ENTRY: u64 = 256;

/// Compiled programs by their source.
#[derive(Debug)]
pub struct ProgramCache {
    kept: Cache<String, Program, BySource>,
    /// The limits on the source, length and nesting, that all its programs were compiled under.
    limits: (usize, usize),
    /// The last program that was compiled.
    last: Option<Program>,
}

/// An entry weighs what its source does.
#[derive(Debug, Clone, Copy)]
struct BySource;

impl Weighter<String, Program> for BySource {
    fn weight(&self, source: &String, _: &Program) -> u64 {
        ENTRY + source.len() as u64
    }
}

impl ProgramCache {
    /// A cache of so many bytes of source, for programs compiled under these limits.
    #[must_use]
    pub fn new(bytes: u64, limits: &Limits) -> Self {
        let items = usize::try_from(bytes / ENTRY / 2).unwrap_or(usize::MAX);
        ProgramCache {
            kept: Cache::with_weighter(items, bytes, BySource),
            limits: source_limits(limits),
            last: None,
        }
    }

    /// The program of this source, compiled now or before. Under other limits on the source than
    /// the cache's it is compiled each time.
    ///
    /// # Errors
    /// As [`Program::compile_with`].
    pub fn compile(&mut self, source: &str, limits: &Limits) -> Result<&Program, Error> {
        if source_limits(limits) != self.limits {
            return Ok(self.last.insert(Program::compile_with(source, limits)?));
        }
        match self.kept.get_ref_or_guard(source) {
            Ok(program) => Ok(program),
            Err(place) => {
                let program = Program::compile_with(source, limits)?;
                place.insert(program.clone());
                Ok(self.last.insert(program))
            }
        }
    }
}

fn source_limits(limits: &Limits) -> (usize, usize) {
    (limits.source_length, limits.nesting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_the_rest_goes() {
        let limits = Limits::default();
        let mut cache = ProgramCache::new(1 << 20, &limits);
        for n in 0..20_000 {
            cache.compile("'hot';", &limits).unwrap();
            cache.compile(&format!("{n};"), &limits).unwrap();
        }
        assert!(cache.kept.contains_key("'hot';"));
        assert!(cache.kept.len() <= (1 << 20) / ENTRY as usize);
        for n in 0..20_000 {
            assert!(cache.compile(&format!("{n} +;"), &limits).is_err());
        }
        assert!(cache.kept.contains_key("'hot';"));
    }

    #[test]
    fn other_limits_are_honoured() {
        let limits = Limits::default();
        let mut cache = ProgramCache::new(1 << 20, &limits);
        cache.compile("((1));", &limits).unwrap();
        let narrow = Limits { nesting: 1, ..limits.clone() };
        assert!(cache.compile("((1));", &narrow).is_err());
        assert!(cache.compile("1", &limits).is_err());
    }
}
