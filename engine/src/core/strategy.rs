//! Run strategies: what starting an instance does to those that are there, and which queued ones
//! may run next.

/// The rule by which instances of one workflow follow each other.
pub use crate::model::RunStrategyRule as Rule;

/// What starting a new instance means.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OnStart<K> {
    /// It joins the queue.
    Queue,
    /// It is stored as stopped.
    StopNew,
    /// It joins the queue; these are stopped first.
    StopOthers(Vec<K>),
}

/// A non-terminal instance: its name, and whether it is running.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry<K> {
    /// Which one.
    pub key: K,
    /// Handed to the engine, not just queued.
    pub running: bool,
}

/// Decides what a new instance meets; `present` are the other non-terminal ones.
pub fn on_start<K: Clone>(rule: Rule, present: &[Entry<K>]) -> OnStart<K> {
    let keys = |only_queued: bool| {
        present.iter().filter(|e| !only_queued || !e.running).map(|e| e.key.clone()).collect()
    };
    match rule {
        Rule::FirstOnly if !present.is_empty() => OnStart::StopNew,
        Rule::LastOnly => OnStart::StopOthers(keys(false)),
        Rule::SerialLatestOnly => OnStart::StopOthers(keys(true)),
        _ => OnStart::Queue,
    }
}

/// Chooses which queued instances start now; `present` is in order of instance and run id.
/// `blocked` says that a failed instance holds up a STRICT_SEQUENTIAL workflow.
pub fn dequeue<K: Clone>(
    rule: Rule,
    concurrency: u32,
    blocked: bool,
    present: &[Entry<K>],
) -> Vec<K> {
    let limit = if rule == Rule::Parallel { concurrency.max(1) } else { 1 };
    if rule == Rule::StrictSequential && blocked {
        return Vec::new();
    }
    let running = present.iter().filter(|e| e.running).count();
    let room = usize::try_from(limit).unwrap_or(usize::MAX).saturating_sub(running);
    present.iter().filter(|e| !e.running).take(room).map(|e| e.key.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entries(text: &str) -> Vec<Entry<usize>> {
        text.chars().enumerate().map(|(key, c)| Entry { key, running: c == 'r' }).collect()
    }

    #[test]
    fn starting_follows_the_rule() {
        let rows: [(Rule, &str, OnStart<usize>); 7] = [
            (Rule::Sequential, "rq", OnStart::Queue),
            (Rule::Parallel, "rq", OnStart::Queue),
            (Rule::StrictSequential, "r", OnStart::Queue),
            (Rule::FirstOnly, "r", OnStart::StopNew),
            (Rule::FirstOnly, "", OnStart::Queue),
            (Rule::LastOnly, "r", OnStart::StopOthers(vec![0])),
            (Rule::SerialLatestOnly, "rqq", OnStart::StopOthers(vec![1, 2])),
        ];
        for (rule, present, expected) in rows {
            assert_eq!(on_start(rule, &entries(present)), expected, "{rule:?} {present}");
        }
    }

    #[test]
    fn dequeuing_follows_the_rule() {
        let rows: [(Rule, u32, bool, &str, &[usize]); 7] = [
            (Rule::Sequential, 1, false, "qq", &[0]),
            (Rule::Sequential, 9, false, "rq", &[]),
            (Rule::Parallel, 3, false, "rqqq", &[1, 2]),
            (Rule::StrictSequential, 1, true, "q", &[]),
            (Rule::StrictSequential, 1, false, "q", &[0]),
            (Rule::SerialLatestOnly, 1, false, "rq", &[]),
            (Rule::LastOnly, 1, false, "rq", &[]),
        ];
        for (rule, limit, blocked, present, expected) in rows {
            assert_eq!(dequeue(rule, limit, blocked, &entries(present)), expected, "{rule:?}");
        }
    }
}
