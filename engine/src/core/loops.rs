//! The iterations of a foreach or while: which are through, which run, which comes next.
//!
//! Only running iterations are listed one by one; those that ended are ranges, so the state stays
//! small however many there are.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::event::Outcome;
use crate::status::InstanceStatus;

/// A set of iteration numbers as inclusive ranges.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Ranges(BTreeMap<u32, u32>);

impl Ranges {
    /// Adds a number.
    pub fn insert(&mut self, n: u32) {
        if self.contains(n) {
            return;
        }
        let mut from = n;
        let mut to = n;
        if let Some((&start, &end)) = self.0.range(..=n).next_back()
            && end.checked_add(1) == Some(n)
        {
            from = start;
        }
        if let Some(next) = n.checked_add(1)
            && let Some(end) = self.0.remove(&next)
        {
            to = end;
        }
        self.0.insert(from, to);
    }
    /// Takes a number out.
    pub fn remove(&mut self, n: u32) {
        let Some((start, end)) = self.0.range(..=n).next_back().map(|(a, b)| (*a, *b)) else {
            return;
        };
        if n > end {
            return;
        }
        self.0.remove(&start);
        if start < n {
            self.0.insert(start, n - 1);
        }
        if n < end {
            self.0.insert(n + 1, end);
        }
    }
    /// Whether the number is there.
    #[must_use]
    pub fn contains(&self, n: u32) -> bool {
        self.around(n).is_some()
    }
    /// The range that the number is in.
    fn around(&self, n: u32) -> Option<(u32, u32)> {
        let (start, end) = self.0.range(..=n).next_back()?;
        (*end >= n).then_some((*start, *end))
    }
    /// How many numbers there are.
    #[must_use]
    pub fn len(&self) -> u64 {
        self.0.iter().map(|(a, b)| u64::from(b.saturating_sub(*a)).saturating_add(1)).sum()
    }
    /// There is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// `[[1, 10], 12]`: ranges as pairs, single numbers as they are.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        let one = |(a, b): (u32, u32)| if a == b { a.into() } else { serde_json::json!([a, b]) };
        self.iter().map(one).collect()
    }
    /// The ranges in order.
    pub fn iter(&self) -> impl Iterator<Item = (u32, u32)> + '_ {
        self.0.iter().map(|(a, b)| (*a, *b))
    }
}

/// The state of a container's iterations, numbered from 1.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct LoopState {
    /// How many there are; for a while, how many were launched.
    pub total: u32,
    /// The next one that was not launched yet, from 1.
    pub next: u32,
    /// How many may run at once.
    pub limit: u32,
    /// Launched and not terminal.
    pub active: BTreeSet<u32>,
    /// Ended, by status.
    pub ended: BTreeMap<InstanceStatus, Ranges>,
    /// Kept from an earlier run: not launched again.
    #[serde(default, skip_serializing_if = "Ranges::is_empty")]
    pub kept: Ranges,
    /// No further iteration is launched.
    pub closed: bool,
}

impl LoopState {
    /// The state before the first iteration; `kept` ones succeeded in an earlier run.
    #[must_use]
    pub fn new(total: u32, limit: u32, kept: Ranges) -> LoopState {
        let mut ended = BTreeMap::new();
        if !kept.is_empty() {
            ended.insert(InstanceStatus::Succeeded, kept.clone());
        }
        LoopState { total, next: 1, limit: limit.max(1), ended, kept, ..LoopState::default() }
    }

    /// Takes the iterations that may start now.
    pub fn launch(&mut self, strict: bool) -> Vec<u32> {
        let mut launched = Vec::new();
        while !self.closed && self.next <= self.total {
            if self.kept.contains(self.next) {
                self.next = self.next.saturating_add(1);
                continue;
            }
            let busy = if strict {
                self.active.first().map_or(0, |lowest| self.next.saturating_sub(*lowest))
            } else {
                u32::try_from(self.active.len()).unwrap_or(u32::MAX)
            };
            if busy >= self.limit {
                break;
            }
            self.active.insert(self.next);
            launched.push(self.next);
            self.next = self.next.saturating_add(1);
        }
        launched
    }

    /// Records the end of an iteration; false when it was not running.
    pub fn end(&mut self, index: u32, status: InstanceStatus) -> bool {
        let known = self.active.remove(&index);
        if known {
            self.ended.entry(status).or_default().insert(index);
        }
        known
    }

    /// Whether the iteration has ended.
    #[must_use]
    pub fn is_over(&self, index: u32) -> bool {
        self.ended.values().any(|ranges| ranges.contains(index))
    }

    /// An iteration that has ended runs once more. Further ones are launched again where it was
    /// the only one that kept them back.
    pub fn again(&mut self, index: u32) {
        for ranges in self.ended.values_mut() {
            ranges.remove(index);
        }
        self.ended.retain(|_, ranges| !ranges.is_empty());
        self.active.insert(index);
        self.closed = self.ended.keys().any(|status| *status != InstanceStatus::Succeeded);
    }

    /// Whether any iteration ended with this status.
    #[must_use]
    pub fn has_ended(&self, status: InstanceStatus) -> bool {
        self.ended.contains_key(&status)
    }

    /// The result of the whole, once nothing runs and nothing is left to launch.
    #[must_use]
    pub fn outcome(&self) -> Option<Outcome> {
        if !self.active.is_empty() || (!self.closed && self.next <= self.total) {
            return None;
        }
        let has = |status| self.ended.contains_key(&status);
        Some(if has(InstanceStatus::Failed) {
            Outcome::FatalError
        } else if has(InstanceStatus::TimedOut) {
            Outcome::TimedOut
        } else if has(InstanceStatus::Stopped) {
            Outcome::Stopped
        } else {
            Outcome::Done
        })
    }

    /// `{"SUCCEEDED": [[1, 10], 12]}`: the iterations by status, ranges as pairs.
    #[must_use]
    pub fn details(&self) -> serde_json::Value {
        let mut out = serde_json::Map::new();
        for (status, ranges) in &self.ended {
            out.insert(status.as_str().to_owned(), ranges.to_json());
        }
        if !self.active.is_empty() {
            let list: Vec<u32> = self.active.iter().copied().collect();
            out.insert(InstanceStatus::InProgress.as_str().to_owned(), list.into());
        }
        out.into()
    }

    /// The last iteration before which, itself included, all have ended; 0 for none.
    #[must_use]
    pub fn checkpoint(&self) -> u32 {
        let mut last: u32 = 0;
        while let Some((_, end)) =
            self.ended.values().find_map(|ranges| ranges.around(last.saturating_add(1)))
        {
            last = end;
        }
        last
    }

    /// How many iterations there are in each status.
    #[must_use]
    pub fn stats(&self) -> BTreeMap<InstanceStatus, u64> {
        let mut stats: BTreeMap<_, _> =
            self.ended.iter().map(|(status, ranges)| (*status, ranges.len())).collect();
        if !self.active.is_empty() {
            stats.insert(InstanceStatus::InProgress, self.active.len() as u64);
        }
        let rest = u64::from(self.total).saturating_sub(stats.values().sum());
        if rest > 0 {
            stats.insert(InstanceStatus::Created, rest);
        }
        stats
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use InstanceStatus as S;

    #[test]
    fn ranges_join() {
        let mut ranges = Ranges::default();
        for n in [5, 1, 3, 2, 4, 9, 5] {
            ranges.insert(n);
        }
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [(1, 5), (9, 9)]);
        assert_eq!(ranges.len(), 6);
        for n in [9, 3, 1, 7] {
            ranges.remove(n);
        }
        assert_eq!(ranges.iter().collect::<Vec<_>>(), [(2, 2), (4, 5)]);
    }

    #[test]
    fn strict_order_is_a_sliding_window() {
        let mut state = LoopState::new(10, 3, Ranges::default());
        assert_eq!(state.launch(true), [1, 2, 3]);
        state.end(2, S::Succeeded);
        assert_eq!(state.launch(true), [] as [u32; 0]);
        state.end(1, S::Succeeded);
        assert_eq!(state.launch(true), [4, 5]);
    }

    #[test]
    fn loose_order_fills_free_slots() {
        let mut state = LoopState::new(4, 2, Ranges::default());
        assert_eq!(state.launch(false), [1, 2]);
        state.end(2, S::Succeeded);
        assert_eq!(state.launch(false), [3]);
        state.end(1, S::Failed);
        state.closed = true;
        assert_eq!(state.launch(false), [] as [u32; 0]);
        assert_eq!(state.outcome(), None);
        state.end(3, S::Succeeded);
        assert_eq!(state.outcome(), Some(Outcome::FatalError));
    }

    #[test]
    fn an_iteration_runs_again_beside_the_others() {
        let mut state = LoopState::new(4, 2, Ranges::default());
        assert_eq!(state.launch(false), [1, 2]);
        state.end(1, S::Failed);
        state.closed = true;
        assert!(state.is_over(1) && !state.is_over(2));
        state.again(1);
        assert_eq!((state.active.len(), state.closed), (2, false));
        state.end(1, S::Succeeded);
        assert_eq!(state.launch(false), [3]);
        assert_eq!(state.details(), serde_json::json!({"SUCCEEDED": [1], "IN_PROGRESS": [2, 3]}));
    }

    #[test]
    fn kept_iterations_are_not_launched() {
        let mut kept = Ranges::default();
        kept.insert(1);
        kept.insert(3);
        let mut state = LoopState::new(3, 9, kept);
        assert_eq!(state.launch(false), [2]);
        state.end(2, S::Succeeded);
        assert_eq!(state.outcome(), Some(Outcome::Done));
        assert_eq!(state.details(), serde_json::json!({"SUCCEEDED": [[1, 3]]}));
    }

    #[test]
    fn no_iterations_is_done() {
        assert_eq!(LoopState::new(0, 1, Ranges::default()).outcome(), Some(Outcome::Done));
    }
}
