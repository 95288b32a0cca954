//! Tag permits: every attempt takes one permit on each of its limited tags, all at once, and holds
//! them to its end. The queue is first come first served, but one that cannot be served does not
//! hold up those behind it.

use std::collections::HashMap;
use std::collections::VecDeque;
use std::hash::Hash;
use std::sync::Arc;

/// A tag of an attempt and the limit that the system puts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TagLimit {
    /// The tag.
    pub tag: Arc<str>,
    /// At most so many holders, unless a user's limit says otherwise.
    pub limit: Option<u32>,
}

/// Who holds permits and who waits; `K` names an attempt.
#[derive(Debug)]
pub struct Permits<K> {
    limits: HashMap<Arc<str>, u32>,
    held: HashMap<Arc<str>, u32>,
    holders: HashMap<K, Vec<TagLimit>>,
    queue: VecDeque<(K, Vec<TagLimit>)>,
}

impl<K> Default for Permits<K> {
    fn default() -> Self {
        Permits {
            limits: HashMap::new(),
            held: HashMap::new(),
            holders: HashMap::new(),
            queue: VecDeque::new(),
        }
    }
}

impl<K: Clone + Eq + Hash> Permits<K> {
    /// Sets or removes a user's limit; answers who may go on now.
    pub fn limit(&mut self, tag: &str, limit: Option<u32>) -> Vec<K> {
        match limit {
            Some(limit) => {
                self.limits.insert(tag.into(), limit);
            }
            None => {
                self.limits.remove(tag);
            }
        }
        self.scan()
    }

    /// Asks for permits: true when they were granted at once, else the attempt queues.
    pub fn acquire(&mut self, who: K, tags: Vec<TagLimit>) -> bool {
        if self.holders.contains_key(&who) {
            return true;
        }
        if self.fits(&tags) {
            self.hold(who, tags);
            return true;
        }
        if !self.queue.iter().any(|(waiting, _)| *waiting == who) {
            self.queue.push_back((who, tags));
        }
        false
    }

    /// Counts permits that were granted before, whatever the limits.
    pub fn hold(&mut self, who: K, tags: Vec<TagLimit>) {
        for tag in &tags {
            let count = self.held.entry(Arc::clone(&tag.tag)).or_default();
            *count = count.saturating_add(1);
        }
        self.holders.insert(who, tags);
    }

    /// Gives the permits back or leaves the queue; answers who may go on now.
    pub fn release(&mut self, who: &K) -> Vec<K> {
        let Some(tags) = self.holders.remove(who) else {
            self.queue.retain(|(waiting, _)| waiting != who);
            return Vec::new();
        };
        for tag in tags {
            if let Some(count) = self.held.get_mut(&tag.tag) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    self.held.remove(&tag.tag);
                }
            }
        }
        self.scan()
    }

    /// The tag that an attempt waits for first.
    #[must_use]
    pub fn blocker(&self, tags: &[TagLimit]) -> Option<Arc<str>> {
        tags.iter().find(|tag| !self.has_room(tag)).map(|tag| Arc::clone(&tag.tag))
    }

    /// How many attempts wait.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.queue.len()
    }

    fn has_room(&self, tag: &TagLimit) -> bool {
        let limit = self.limits.get(&tag.tag).copied().or(tag.limit);
        limit.is_none_or(|limit| self.held.get(&tag.tag).copied().unwrap_or(0) < limit)
    }

    fn fits(&self, tags: &[TagLimit]) -> bool {
        tags.iter().all(|tag| self.has_room(tag))
    }

    fn scan(&mut self) -> Vec<K> {
        let mut granted = Vec::new();
        if self.queue.is_empty() {
            return granted;
        }
        for (who, tags) in std::mem::take(&mut self.queue) {
            if self.fits(&tags) {
                self.hold(who.clone(), tags);
                granted.push(who);
            } else {
                self.queue.push_back((who, tags));
            }
        }
        granted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tags(list: &[(&str, u32)]) -> Vec<TagLimit> {
        list.iter().map(|(tag, n)| TagLimit { tag: (*tag).into(), limit: Some(*n) }).collect()
    }

    #[test]
    fn waiting_does_not_block_those_behind() {
        let mut permits = Permits::default();
        assert!(permits.acquire(1, tags(&[("a", 1)])));
        assert!(!permits.acquire(2, tags(&[("a", 1), ("b", 1)])));
        assert!(permits.acquire(3, tags(&[("b", 1)])));
        assert_eq!(permits.release(&1), [] as [i32; 0]);
        assert_eq!(permits.release(&3), [2]);
        assert_eq!(permits.waiting(), 0);
    }

    #[test]
    fn a_users_limit_overrides_and_zero_blocks_all() {
        let mut permits = Permits::default();
        permits.limit("a", Some(0));
        assert!(!permits.acquire(1, tags(&[("a", 9)])));
        assert_eq!(permits.limit("a", None), [1]);
    }
}
