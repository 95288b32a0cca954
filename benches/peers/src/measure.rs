//! The clock: calibrated batches, interleaved rounds, medians.

use std::time::Duration;

use cpu_time::ThreadTime;

use crate::work::{Peer, Runner, Work};

/// How long a batch should take.
const BATCH: Duration = Duration::from_millis(8);

/// Nanoseconds per evaluation in each language, `None` where it cannot express the workload.
pub fn row(work: Work, peers: &[Peer], rounds: usize) -> Vec<Option<f64>> {
    let mut entries: Vec<_> = peers.iter().map(|peer| Entry::new(work, peer)).collect();
    for _ in 0..rounds {
        entries.iter_mut().flatten().for_each(Entry::round);
    }
    entries.into_iter().map(|entry| entry.map(Entry::median)).collect()
}

struct Entry {
    run: Runner,
    count: u64,
    samples: Vec<f64>,
}

impl Entry {
    /// Checks the answer, warms up, and finds how many evaluations make a batch.
    fn new(work: Work, peer: &Peer) -> Option<Entry> {
        let mut run = (peer.prepare)(work)?;
        let answer = run(1);
        assert_eq!(answer, work.answer(), "{} on {work}", peer.name);
        let mut count = 1;
        loop {
            let start = ThreadTime::now();
            run(count);
            let took = start.elapsed();
            if took >= BATCH / 2 || count > 1 << 30 {
                let scale = BATCH.as_secs_f64() / took.as_secs_f64();
                count = ((count as f64 * scale) as u64).max(1);
                return Some(Entry { run, count, samples: Vec::new() });
            }
            count *= 2;
        }
    }

    fn round(&mut self) {
        let start = ThreadTime::now();
        (self.run)(self.count);
        self.samples.push(start.elapsed().as_nanos() as f64 / self.count as f64);
    }

    fn median(mut self) -> f64 {
        self.samples.sort_by(f64::total_cmp);
        self.samples.get(self.samples.len() / 2).copied().unwrap_or(f64::NAN)
    }
}
