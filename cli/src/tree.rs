//! The live tree of a run's steps on a terminal.

use std::io::{self, Write};

use indexmap::IndexMap;
use sel_engine::run::Live;
use sel_engine::store::RunKey;

struct Line {
    status: String,
    attempt: u32,
    since: i64,
    until: Option<i64>,
}

/// What is known of a run, drawn again and again in place.
pub(crate) struct Tree {
    run: RunKey,
    steps: IndexMap<String, Line>,
    /// Iterations and child instances: ended, all.
    children: (u64, u64),
    drawn: usize,
    last: i64,
}

/// The least milliseconds between two drawings.
const PACE: i64 = 50;

impl Tree {
    pub(crate) fn new(run: RunKey) -> Tree {
        Tree { run, steps: IndexMap::new(), children: (0, 0), drawn: 0, last: 0 }
    }

    pub(crate) fn event(&mut self, event: &Live) {
        if event.line.is_some() {
            return;
        }
        if *event.run != self.run {
            if event.step.is_none() {
                match event.status.as_str() {
                    "IN_PROGRESS" => self.children.1 = self.children.1.saturating_add(1),
                    _ if event.final_status().is_some() => {
                        self.children.0 = self.children.0.saturating_add(1);
                    }
                    _ => {}
                }
            }
            return;
        }
        let Some((step, attempt)) = &event.step else {
            self.last = 0;
            return;
        };
        let line = self.steps.entry(step.clone()).or_insert_with(|| Line {
            status: String::new(),
            attempt: *attempt,
            since: event.time,
            until: None,
        });
        line.status.clone_from(&event.status);
        line.attempt = *attempt;
        let terminal = event.status.parse::<sel_engine::status::StepStatus>();
        line.until = terminal.is_ok_and(|s| s.is_terminal()).then_some(event.time);
        if line.until.is_some() {
            self.last = 0;
        }
        self.last = self.last.min(event.time.saturating_sub(PACE));
    }

    pub(crate) fn draw(&mut self, out: &mut impl Write) -> io::Result<()> {
        let latest = self.steps.values().map(|l| l.until.unwrap_or(l.since)).max().unwrap_or(0);
        if latest < self.last {
            return Ok(());
        }
        self.last = latest;
        if self.drawn > 0 {
            write!(out, "\x1b[{}A", self.drawn)?;
        }
        self.drawn = 0;
        for (id, line) in &self.steps {
            let (color, mark) = look(&line.status);
            let spent = line.until.map(|until| duration(until.saturating_sub(line.since)));
            let attempt =
                if line.attempt > 1 { format!(" #{}", line.attempt) } else { String::new() };
            writeln!(
                out,
                "\x1b[2K\x1b[{color}m{mark}\x1b[0m {id}{attempt} {} {}",
                line.status,
                spent.unwrap_or_default()
            )?;
            self.drawn = self.drawn.saturating_add(1);
        }
        let (ended, all) = self.children;
        if let Some(filled) = ended.saturating_mul(20).checked_div(all) {
            let filled = usize::try_from(filled).unwrap_or(0).min(20);
            let bar: String = (0..20).map(|i| if i < filled { '█' } else { '░' }).collect();
            writeln!(out, "\x1b[2K  {bar} {ended}/{all} children")?;
            self.drawn = self.drawn.saturating_add(1);
        }
        out.flush()
    }
}

fn look(status: &str) -> (&'static str, char) {
    match status {
        "SUCCEEDED" => ("32", '✓'),
        "SKIPPED" | "UNSATISFIED" => ("2", '-'),
        "COMPLETED_WITH_ERROR" | "USER_FAILED" | "PLATFORM_FAILED" | "TIMEOUT_FAILED" => {
            ("33", '!')
        }
        "FATALLY_FAILED" | "INTERNALLY_FAILED" | "TIMED_OUT" | "STOPPED" => ("31", '✗'),
        _ => ("36", '•'),
    }
}

/// Milliseconds as a person reads them.
pub(crate) fn duration(millis: i64) -> String {
    match millis {
        ..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{}.{} s", millis / 1000, millis % 1000 / 100),
        _ => format!("{} min {} s", millis / 60_000, millis % 60_000 / 1000),
    }
}
