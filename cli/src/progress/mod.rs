//! What a run shows while it goes on: a tree drawn in place on a terminal, lines elsewhere, events
//! as JSON when they are asked for.
//!
//! Only the watched run is shown, with everything that it started. Whatever else is written between
//! two drawings goes through [`Progress::beside`], so that the tree stays whole.

mod lines;
mod row;
mod tree;

use std::io::{self, IsTerminal, Write};

use sel_engine::clock::{Clock, SystemClock};
use sel_engine::plan::Level;
use sel_engine::run::{Live, StepView};
use sel_engine::status::StepStatus;
use sel_engine::store::RunKey;
use serde_json::{Value as Json, json};

use crate::exit::Stop;
use lines::Lines;
use tree::Tree;

/// Shows the events of a run.
pub(crate) struct Progress {
    run: RunKey,
    clock: SystemClock,
    form: Form,
}

enum Form {
    /// Nobody reads the output any more; the run goes on.
    Silent,
    Json,
    Lines(Lines),
    Tree(Tree),
}

impl Progress {
    /// Of a run with these steps: JSON when it is asked for, a tree on a terminal, unless the output
    /// of steps is to be followed.
    pub(crate) fn new(
        run: RunKey,
        level: Option<&Level>,
        json: bool,
        follow: bool,
        clock: SystemClock,
    ) -> Progress {
        let is_dumb = std::env::var_os("TERM").is_none_or(|term| term == "dumb");
        let form = if json {
            Form::Json
        } else if io::stdout().is_terminal() && !follow && !is_dumb {
            Form::Tree(Tree::new(run.to_string(), level))
        } else {
            Form::Lines(Lines::new(follow))
        };
        Progress { run, clock, form }
    }

    /// Takes in what the steps of a run that goes on have come to before.
    pub(crate) fn recall(&mut self, steps: &[StepView]) {
        for step in steps {
            let past = Past::of(step);
            match &mut self.form {
                Form::Silent | Form::Json => {}
                Form::Lines(lines) => lines.recall(&step.step_id, &past),
                Form::Tree(tree) => tree.recall(&step.step_id, &past),
            }
        }
    }

    /// Takes an event in, and shows what is shown at once.
    pub(crate) fn event(&mut self, event: &Live) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        let done = match &mut self.form {
            Form::Json => writeln!(out, "{}", json(event)),
            _ if *event.root != self.run => Ok(()),
            Form::Lines(lines) => lines.event(&mut out, event),
            Form::Tree(tree) => {
                tree.event(event);
                Ok(())
            }
            Form::Silent => Ok(()),
        };
        self.unless_closed(done)
    }

    fn unless_closed(&mut self, done: io::Result<()>) -> Result<(), Stop> {
        match done.map_err(Stop::from) {
            Err(Stop::Closed) => {
                self.form = Form::Silent;
                Ok(())
            }
            other => other,
        }
    }

    /// Writes a line below everything that was shown.
    pub(crate) fn say(&mut self, text: &str) -> Result<(), Stop> {
        let done = writeln!(io::stdout().lock(), "{text}");
        self.unless_closed(done)
    }

    /// Shows what changed with the time; called some times a second.
    pub(crate) fn tick(&mut self) -> Result<(), Stop> {
        let mut out = io::stdout().lock();
        let done = match &mut self.form {
            Form::Silent | Form::Json => Ok(()),
            Form::Lines(lines) => lines.tick(&mut out),
            Form::Tree(tree) => tree.draw(&mut out, self.clock.now(), false),
        };
        self.unless_closed(done)
    }

    /// Writes to standard error, beside what is shown.
    pub(crate) fn beside(&mut self, text: &str) -> Result<(), Stop> {
        if let Form::Tree(tree) = &mut self.form {
            tree.clear(&mut io::stdout().lock())?;
        }
        writeln!(io::stderr().lock(), "{text}").map_err(Stop::from)
    }

    /// The run is over: everything is shown once more.
    pub(crate) fn end(&mut self) -> Result<(), Stop> {
        if let Form::Tree(tree) = &mut self.form {
            tree.draw(&mut io::stdout().lock(), self.clock.now(), true)?;
        }
        Ok(())
    }

    pub(crate) fn is_json(&self) -> bool {
        matches!(self.form, Form::Json)
    }
}

/// What a step has come to.
struct Past {
    status: StepStatus,
    attempt: u32,
    since: Option<i64>,
    until: Option<i64>,
    /// Iterations of a foreach: ended, all.
    ended: u32,
    total: u32,
}

impl Past {
    fn of(step: &StepView) -> Past {
        let (state, times) = (&step.state, &step.state.runtime);
        // How often a while goes round is not known before.
        let is_foreach = step.data.artifacts.contains_key("maestro_foreach");
        let loops = state.iterations.as_ref().filter(|_| is_foreach);
        let ended: u64 =
            loops.map_or(0, |loops| loops.ended.values().map(|ended| ended.len()).sum());
        Past {
            status: state.status(),
            attempt: state.attempt,
            since: times.start_time.or(times.create_time),
            until: times.end_time,
            ended: u32::try_from(ended).unwrap_or(u32::MAX),
            total: loops.map_or(0, |loops| loops.total),
        }
    }
}

/// An event as one line of JSON.
fn json(event: &Live) -> Json {
    let mut json = json!({"time": event.time, "workflow_id": event.run.workflow_id,
        "workflow_instance_id": event.run.instance_id, "workflow_run_id": event.run.run_id});
    if !event.path.is_empty() {
        json["path"] = event.path.as_str().into();
    }
    if let Some((step, attempt)) = &event.step {
        json["step_id"] = step.as_str().into();
        json["step_attempt_id"] = (*attempt).into();
    }
    match &event.line {
        Some((stream, line)) => {
            json["stream"] = (*stream).into();
            json["line"] = line.as_str().into();
        }
        None => json["status"] = event.status.as_str().into(),
    }
    json
}

/// Milliseconds as a person reads them.
pub(crate) fn duration(millis: i64) -> String {
    let (seconds, minutes, hours) = (millis / 1000, millis / 60_000, millis / 3_600_000);
    match millis {
        ..1000 => format!("{millis} ms"),
        1000..60_000 => format!("{seconds}.{} s", millis % 1000 / 100),
        60_000..3_600_000 => format!("{minutes} min {} s", seconds % 60),
        3_600_000..86_400_000 => format!("{hours} h {} min", minutes % 60),
        _ => format!("{} d {} h", hours / 24, hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_two_units_at_most() {
        for (millis, text) in [
            (0, "0 ms"),
            (999, "999 ms"),
            (1000, "1.0 s"),
            (59_999, "59.9 s"),
            (61_000, "1 min 1 s"),
            (3_600_000, "1 h 0 min"),
            (90_000_000, "1 d 1 h"),
        ] {
            assert_eq!(duration(millis), text);
        }
    }
}
