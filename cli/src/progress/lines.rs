//! A line for each thing that happens, for files and pipes.
//!
//! What a step only passes through is not told: a wait is told when it lasts. The iterations of a
//! loop are told of together, but for those that fail.

use std::collections::HashMap;
use std::io::{self, Write};
use std::time::{Duration, Instant};

use indexmap::IndexMap;
use sel_engine::run::Live;
use sel_engine::status::StepStatus;

use super::{Past, duration};

/// How long a step stays in a status that it may only pass through until this is told.
const HELD: Duration = Duration::from_millis(500);
/// How often the progress of a loop is told at least.
const PACE: Duration = Duration::from_secs(5);

/// What was told, and what may have to be.
pub(crate) struct Lines {
    follow: bool,
    /// Steps that wait, since when, and what for.
    waiting: IndexMap<String, (Instant, String)>,
    /// When steps began to run.
    since: HashMap<String, i64>,
    loops: HashMap<String, Loop>,
}

struct Loop {
    ended: u32,
    total: u32,
    told: (u32, Instant),
}

impl Lines {
    pub(crate) fn new(follow: bool) -> Lines {
        Lines { follow, waiting: IndexMap::new(), since: HashMap::new(), loops: HashMap::new() }
    }

    /// What a step has come to before.
    pub(super) fn recall(&mut self, step: &str, past: &Past) {
        if past.status.is_terminal() {
            return;
        }
        self.since.extend(past.since.map(|since| (step.to_owned(), since)));
        if past.total > 0 {
            let told = (past.ended, Instant::now());
            let found = Loop { ended: past.ended, total: past.total, told };
            self.loops.insert(step.to_owned(), found);
        }
    }

    pub(crate) fn event(&mut self, out: &mut impl Write, event: &Live) -> io::Result<()> {
        let Some((step, attempt)) = &event.step else { return self.child(out, event) };
        let name =
            if event.path.is_empty() { step.clone() } else { format!("{}/{step}", event.path) };
        if let Some((stream, line)) = &event.line {
            return if self.follow { writeln!(out, "{name} {stream}| {line}") } else { Ok(()) };
        }
        let Ok(status) = event.status.parse::<StepStatus>() else { return Ok(()) };
        let shown = if *attempt > 1 { format!("{name} #{attempt}") } else { name.clone() };
        self.waiting.shift_remove(&shown);
        let in_loop = event.path.contains('[');
        match status {
            StepStatus::Running => {
                self.since.insert(shown.clone(), event.time);
                if let Some(total) = event.total {
                    let told = (0, Instant::now());
                    self.loops.insert(name, Loop { ended: 0, total, told });
                    if !in_loop {
                        let s = if total == 1 { "" } else { "s" };
                        return writeln!(out, "{shown} RUNNING, {total} iteration{s}");
                    }
                }
                if in_loop { Ok(()) } else { writeln!(out, "{shown} RUNNING") }
            }
            _ if status.is_terminal() => {
                let since = self.since.remove(&shown);
                self.loops.remove(&name);
                if in_loop && status.is_complete() {
                    return Ok(());
                }
                match since {
                    Some(since) => {
                        let spent = duration(event.time.saturating_sub(since));
                        writeln!(out, "{shown} {status} {spent}")
                    }
                    None => writeln!(out, "{shown} {status}"),
                }
            }
            _ if status.is_listed() => {
                if !in_loop {
                    self.waiting.insert(shown, (Instant::now(), event.status.clone()));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// An iteration or another child came to its end.
    fn child(&mut self, out: &mut impl Write, event: &Live) -> io::Result<()> {
        let container = event.path.rsplit_once('[').map(|(container, _)| container);
        let (Some(container), Some(_)) = (container, event.final_status()) else { return Ok(()) };
        let Some(found) = self.loops.get_mut(container) else { return Ok(()) };
        found.ended = found.ended.saturating_add(1);
        let (told, when) = found.told;
        let since = found.ended.saturating_sub(told);
        let is_far = since >= (found.total / 10).max(1) || when.elapsed() > PACE;
        // The end of the loop is told of as the end of its step.
        if container.contains('[') || !is_far || found.ended >= found.total {
            return Ok(());
        }
        found.told = (found.ended, Instant::now());
        writeln!(out, "{container} {}/{}", found.ended, found.total)
    }

    pub(crate) fn tick(&mut self, out: &mut impl Write) -> io::Result<()> {
        while let Some((_, (since, _))) = self.waiting.first() {
            if since.elapsed() < HELD {
                break;
            }
            if let Some((name, (_, status))) = self.waiting.shift_remove_index(0) {
                writeln!(out, "{name} {status}")?;
            }
        }
        out.flush()
    }
}
