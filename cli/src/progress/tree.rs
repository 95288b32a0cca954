//! The live tree of a run's steps on a terminal.

use std::io::{self, Write};

use indexmap::IndexMap;
use rustix::termios::tcgetwinsize;
use sel_engine::plan::Level;
use sel_engine::run::Live;

use super::Past;
use super::row::{Class, Row, cut};

/// The widest column of names.
const NAMES: usize = 40;

/// What is known of a run, drawn again and again in place.
pub(crate) struct Tree {
    title: String,
    /// By path, without the numbers of iterations: `days/load`.
    rows: IndexMap<String, Row>,
    since: Option<i64>,
    drawn: usize,
    colours: bool,
}

impl Tree {
    /// With the steps of a definition, which are shown before they begin.
    pub(crate) fn new(title: String, level: Option<&Level>) -> Tree {
        let colours = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        let mut tree = Tree { title, rows: IndexMap::new(), since: None, drawn: 0, colours };
        if let Some(level) = level {
            tree.add(level, "", 0);
        }
        tree
    }

    /// Levels nest at most ten deep.
    fn add(&mut self, level: &Level, above: &str, depth: usize) {
        for step in &level.steps {
            let path = format!("{above}{}", step.id);
            self.rows.insert(path.clone(), Row::new(depth, &step.id));
            if let Some(nested) = &step.nested {
                self.add(nested, &format!("{path}/"), depth.saturating_add(1));
            }
        }
    }

    /// What a step of the run itself has come to before.
    pub(super) fn recall(&mut self, step: &str, past: &Past) {
        if !self.rows.contains_key(step) {
            self.insert("", step, step);
        }
        if let Some(row) = self.rows.get_mut(step) {
            row.recall(past);
        }
        self.since = [self.since, past.since].into_iter().flatten().min();
    }

    pub(crate) fn event(&mut self, event: &Live) {
        self.since = self.since.or(Some(event.time));
        if event.line.is_some() {
            return;
        }
        let above = plain(&event.path);
        let Some((step, attempt)) = &event.step else {
            if event.path.ends_with(']')
                && event.final_status().is_some()
                && let Some(row) = self.rows.get_mut(&above)
            {
                row.iteration_ended();
            }
            return;
        };
        let path = if above.is_empty() { step.clone() } else { format!("{above}/{step}") };
        if !self.rows.contains_key(&path) {
            self.insert(&above, &path, step);
        }
        if let Some(row) = self.rows.get_mut(&path) {
            row.event(event, *attempt);
        }
    }

    /// A step of another workflow, below the step that started it.
    fn insert(&mut self, above: &str, path: &str, step: &str) {
        let inside = format!("{above}/");
        let below = |name: &String| name == above || name.starts_with(&inside);
        let at = match above {
            "" => self.rows.len(),
            _ => self.rows.keys().rposition(below).map_or(self.rows.len(), |last| last + 1),
        };
        let depth = path.matches('/').count();
        self.rows.shift_insert(at, path.to_owned(), Row::new(depth, step));
    }

    /// Takes away what was drawn.
    pub(crate) fn clear(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.drawn > 0 {
            write!(out, "\r\x1b[{}A\x1b[J", self.drawn)?;
            self.drawn = 0;
        }
        out.flush()
    }

    /// Draws it where it was: as much as the terminal is high, or all of it.
    pub(crate) fn draw(&mut self, out: &mut impl Write, now: i64, all: bool) -> io::Result<()> {
        let size = tcgetwinsize(io::stdout()).ok().filter(|size| size.ws_col > 0);
        let columns = size.map_or(80, |size| usize::from(size.ws_col));
        let height = size.map_or(24, |size| usize::from(size.ws_row)).max(4);
        let lines = self.lines(columns, if all { usize::MAX } else { height - 1 }, now, all);
        // Whatever was typed meanwhile moved the cursor.
        let mut text = String::from("\r");
        if self.drawn > 0 {
            text.push_str(&format!("\x1b[{}A", self.drawn));
        }
        for line in &lines {
            text.push_str(line);
            text.push_str("\x1b[K\n");
        }
        text.push_str("\x1b[J");
        // What is drawn in the end stays.
        self.drawn = if all { 0 } else { lines.len() };
        if self.colours {
            out.write_all(text.as_bytes())?;
        } else {
            out.write_all(without_colours(&text).as_bytes())?;
        }
        out.flush()
    }

    /// The lines that fit: what is at work or failed first, then what came last.
    fn lines(&self, columns: usize, height: usize, now: i64, all: bool) -> Vec<String> {
        let names = self.rows.values().map(Row::name_width).max().unwrap_or(0).min(NAMES);
        let mut lines = Vec::new();
        if !all {
            let spent = self.since.map_or(0, |since| now.saturating_sub(since).max(0));
            let title = format!("{}  {}", self.title, super::duration(spent));
            lines.push(cut(&title, columns.saturating_sub(1)));
        }
        let room = height.saturating_sub(lines.len());
        let mut shown: Vec<usize> = (0..self.rows.len()).collect();
        if shown.len() > room {
            let room = room.saturating_sub(1);
            let class = |at: &usize| self.rows.get_index(*at).map(|(_, row)| row.class());
            let rank = |at: &usize| match class(at) {
                Some(Class::Active) => 0,
                Some(Class::Failed) => 1,
                Some(Class::Done) => 2,
                _ => 3,
            };
            let mut ranked = shown;
            ranked.sort_by_key(|at| (rank(at), std::cmp::Reverse(*at)));
            let hidden = ranked.split_off(room.min(ranked.len()));
            ranked.sort_unstable();
            let done = hidden.iter().filter(|at| class(at) == Some(Class::Done)).count();
            let rest = hidden.len().saturating_sub(done);
            lines.push(cut(&format!("  … {done} done, {rest} others"), columns.saturating_sub(1)));
            shown = ranked;
        }
        let row = |at: usize| self.rows.get_index(at).map(|(_, row)| row.line(names, columns, now));
        lines.extend(shown.into_iter().filter_map(row));
        lines
    }
}

/// A path without the numbers of iterations.
fn plain(path: &str) -> String {
    let steps = path.split('/').map(|step| step.split('[').next().unwrap_or_default());
    steps.collect::<Vec<_>>().join("/")
}

/// Takes out colours and leaves what moves the cursor.
fn without_colours(text: &str) -> String {
    let mut parts = text.split("\x1b[");
    let mut plain = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let end = part.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(0);
        if part.get(end..=end) == Some("m") {
            plain.push_str(part.get(end.saturating_add(1)..).unwrap_or_default());
        } else {
            plain.push_str("\x1b[");
            plain.push_str(part);
        }
    }
    plain
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use sel_engine::status::StepStatus;
    use sel_engine::store::RunKey;

    use super::*;

    fn event(path: &str, step: Option<&str>, status: &str, time: i64, total: Option<u32>) -> Live {
        let root = RunKey { workflow_id: "w".to_owned(), instance_id: 1, run_id: 1 };
        let run = RunKey { workflow_id: format!("w{path}"), ..root.clone() };
        Live {
            run: Arc::new(run),
            root: Arc::new(root),
            path: path.to_owned(),
            step: step.map(|step| (step.to_owned(), 1)),
            status: status.to_owned(),
            time,
            total,
            line: None,
        }
    }

    fn shown(tree: &Tree, columns: usize, height: usize) -> Vec<String> {
        let lines = tree.lines(columns, height, 5000, true);
        lines.iter().map(|line| without_colours(line)).collect()
    }

    #[test]
    fn loops_are_bars_and_their_steps_are_counted() {
        let mut tree = Tree::new("w:1:1".to_owned(), None);
        tree.event(&event("", Some("days"), "RUNNING", 1000, Some(4)));
        tree.event(&event("", Some("after"), "UNSATISFIED", 1000, None));
        for n in 1..=3 {
            tree.event(&event(&format!("days[{n}]"), Some("load"), "RUNNING", 1000, None));
        }
        tree.event(&event("days[1]", Some("load"), "SUCCEEDED", 2000, None));
        tree.event(&event("days[1]", None, "SUCCEEDED", 2000, None));
        tree.event(&event("days[2]", Some("load"), "FATALLY_FAILED", 2000, None));
        tree.event(&event("days[2]", None, "FAILED", 2000, None));
        assert_eq!(
            shown(&tree, 80, 10),
            [
                "• days    ██████████░░░░░░░░░░ 2/4  4.0 s",
                "•   load  1 done  1 failed  1 running",
                "- after   UNSATISFIED",
            ]
        );
        tree.event(&event("", Some("days"), "FATALLY_FAILED", 3000, Some(4)));
        assert_eq!(
            shown(&tree, 80, 10)[0],
            "✗ days    ██████████░░░░░░░░░░ 2/4  FATALLY_FAILED  2.0 s"
        );
    }

    #[test]
    fn a_resumed_run_shows_what_its_steps_have_come_to() {
        let mut tree = Tree::new("w:1:1".to_owned(), None);
        let past = |status, since, until, ended, total| Past {
            status,
            attempt: 2,
            since: Some(since),
            until,
            ended,
            total,
        };
        tree.recall("first", &past(StepStatus::Succeeded, 500, Some(1000), 0, 0));
        tree.recall("days", &past(StepStatus::Running, 1000, None, 1, 4));
        tree.event(&event("days[2]", None, "SUCCEEDED", 2000, None));
        assert_eq!(
            shown(&tree, 80, 10),
            ["✓ first #2  SUCCEEDED  500 ms", "• days #2   ██████████░░░░░░░░░░ 2/4  4.0 s"]
        );
    }

    #[test]
    fn a_small_terminal_shows_what_is_at_work() {
        let mut tree = Tree::new("w:1:1".to_owned(), None);
        for n in 0..20 {
            let status = if n == 3 { "RUNNING" } else { "SUCCEEDED" };
            tree.event(&event("", Some(&format!("step{n}")), status, 1000, None));
        }
        let lines = shown(&tree, 80, 5);
        assert_eq!(lines.len(), 5);
        assert_eq!(lines[0], "  … 16 done, 0 others");
        assert_eq!(lines[1], "• step3   RUNNING  4.0 s");
        let long = format!("step{}", "x".repeat(200));
        tree.event(&event("", Some(&long), "RUNNING", 1000, None));
        for columns in [80, 40, 10, 1] {
            for line in shown(&tree, columns, 5) {
                assert!(line.chars().count() <= columns.max(3), "{columns}: {line}");
            }
        }
    }
}
