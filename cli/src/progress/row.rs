//! One row of the tree: a step of the run, or the same step of all iterations of a loop.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use anstyle::{AnsiColor, Style};
use sel_engine::run::Live;
use sel_engine::status::StepStatus;
use sel_engine::store::RunKey;
use unicode_width::UnicodeWidthChar;

use super::{Past, duration};

/// The columns of a progress bar.
const BAR: u64 = 20;

/// What a status comes to, for counting.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Class {
    Pending,
    Active,
    Failed,
    Skipped,
    Done,
}

impl Class {
    fn of(status: StepStatus) -> Class {
        match status {
            StepStatus::NotCreated => Class::Pending,
            StepStatus::Unsatisfied | StepStatus::Skipped | StepStatus::Disabled => Class::Skipped,
            s if s.is_complete() => Class::Done,
            // Another attempt follows.
            s if s.is_terminal() && !s.is_retryable() => Class::Failed,
            _ => Class::Active,
        }
    }
    fn word(self) -> &'static str {
        match self {
            Class::Pending => "to come",
            Class::Active => "running",
            Class::Failed => "failed",
            Class::Skipped => "skipped",
            Class::Done => "done",
        }
    }
    fn look(self) -> (Style, char) {
        match self {
            Class::Pending => (Style::new().dimmed(), '·'),
            Class::Active => (AnsiColor::Cyan.on_default(), '•'),
            Class::Failed => (AnsiColor::Red.on_default(), '✗'),
            Class::Skipped => (Style::new().dimmed(), '-'),
            Class::Done => (AnsiColor::Green.on_default(), '✓'),
        }
    }
}

/// A row.
pub(super) struct Row {
    depth: usize,
    id: String,
    status: StepStatus,
    attempt: u32,
    since: Option<i64>,
    until: Option<i64>,
    /// Iterations of a foreach, over all its instances: ended, all.
    ended: u64,
    total: u64,
    /// Inside a loop: how many there are of each class, and the class of those that are not over.
    counts: BTreeMap<Class, u64>,
    open: HashMap<Arc<RunKey>, Class>,
}

impl Row {
    pub(super) fn new(depth: usize, id: &str) -> Row {
        Row {
            depth,
            id: id.to_owned(),
            status: StepStatus::NotCreated,
            attempt: 1,
            since: None,
            until: None,
            ended: 0,
            total: 0,
            counts: BTreeMap::new(),
            open: HashMap::new(),
        }
    }

    /// What it has come to before.
    pub(super) fn recall(&mut self, past: &Past) {
        (self.status, self.attempt) = (past.status, past.attempt);
        (self.since, self.until) = (past.since, past.until);
        (self.ended, self.total) = (u64::from(past.ended), u64::from(past.total));
    }

    /// Takes in a change of the step's status.
    pub(super) fn event(&mut self, event: &Live, attempt: u32) {
        let Ok(status) = event.status.parse::<StepStatus>() else { return };
        if status == StepStatus::Running {
            self.total = self.total.saturating_add(event.total.map_or(0, u64::from));
        }
        if event.path.contains('[') {
            return self.count(&event.run, Class::of(status));
        }
        if self.attempt != attempt || (self.until.is_some() && !status.is_terminal()) {
            (self.since, self.until, self.ended, self.total) = (None, None, 0, 0);
        }
        (self.status, self.attempt) = (status, attempt);
        self.since = self.since.or(Some(event.time));
        self.until = status.is_terminal().then_some(event.time);
        if status.is_complete() {
            self.ended = self.total;
        }
    }

    fn count(&mut self, run: &Arc<RunKey>, class: Class) {
        self.status = StepStatus::Running;
        if let Some(before) = self.open.remove(run)
            && let Some(count) = self.counts.get_mut(&before)
        {
            *count = count.saturating_sub(1);
        }
        if class == Class::Active {
            self.open.insert(Arc::clone(run), class);
        }
        let count = self.counts.entry(class).or_default();
        *count = count.saturating_add(1);
    }

    /// An iteration of the loop ended.
    pub(super) fn iteration_ended(&mut self) {
        self.ended = self.ended.saturating_add(1).min(self.total);
    }

    /// Columns of the name.
    pub(super) fn name_width(&self) -> usize {
        self.depth.saturating_mul(2).saturating_add(width(&self.name()))
    }

    pub(super) fn class(&self) -> Class {
        let has = |class: Class| self.counts.get(&class).is_some_and(|count| *count > 0);
        match self.counts.is_empty() {
            true => Class::of(self.status),
            false if has(Class::Active) => Class::Active,
            false if has(Class::Failed) => Class::Failed,
            false if has(Class::Done) => Class::Done,
            false => Class::Skipped,
        }
    }

    fn name(&self) -> String {
        match self.attempt {
            ..=1 => self.id.clone(),
            attempt => format!("{} #{attempt}", self.id),
        }
    }

    /// The row as a line of so many columns, the name padded to `names`.
    pub(super) fn line(&self, names: usize, columns: usize, now: i64) -> String {
        let (style, mark) = self.class().look();
        let mut name = format!("{:1$}", "", self.depth.saturating_mul(2));
        name.push_str(&self.name());
        let name = cut(&name, names);
        let pad = names.saturating_sub(width(&name));
        let text = format!("{name}{:pad$}  {}", "", self.told(now));
        let text = cut(&text, columns.saturating_sub(3));
        format!("{style}{mark}{style:#} {}", text.trim_end())
    }

    /// What is told behind the name.
    fn told(&self, now: i64) -> String {
        let mut parts = Vec::new();
        if self.total > 0 {
            let filled = self.ended.saturating_mul(BAR).checked_div(self.total).unwrap_or(0);
            let bar: String = (0..BAR).map(|n| if n < filled { '█' } else { '░' }).collect();
            parts.push(format!("{bar} {}/{}", self.ended, self.total));
        }
        for (class, count) in self.counts.iter().filter(|(_, count)| **count > 0).rev() {
            parts.push(format!("{count} {}", class.word()));
        }
        let is_plain = self.counts.is_empty() && self.status != StepStatus::NotCreated;
        if is_plain && (self.total == 0 || self.class() != Class::Active) {
            parts.push(self.status.to_string());
        }
        if let Some(since) = self.since {
            let spent = self.until.unwrap_or(now).saturating_sub(since);
            let is_skipped = self.class() == Class::Skipped;
            parts.extend((!is_skipped).then(|| duration(spent.max(0))));
        }
        parts.join("  ")
    }
}

/// The columns of a text.
fn width(text: &str) -> usize {
    unicode_width::UnicodeWidthStr::width(text)
}

/// A text within so many columns, nothing in it that could move the cursor.
pub(super) fn cut(text: &str, columns: usize) -> String {
    let text = crate::report::clean(text).replace(['\n', '\t'], " ");
    if width(&text) <= columns {
        return text;
    }
    let mut left = columns.saturating_sub(1);
    let fits = |c: &char| {
        let wide = c.width().unwrap_or(0);
        let is_room = wide <= left;
        left = left.saturating_sub(wide);
        is_room
    };
    let mut short: String = text.chars().take_while(fits).collect();
    short.push('…');
    short
}
