//! Why a run failed: the messages of the steps that did, down through loops and subworkflows.

use sel_engine::run::{RunInfo, RunView, StepView};
use sel_engine::status::InstanceStatus;
use sel_engine::store::{RunKey, Store};

use crate::exit::Stop;

/// What is still to be looked at.
enum Look {
    /// The steps of a run, which are named with this before them.
    Into(String, RunKey),
    /// A line to be told.
    Tell(String),
}

/// One line for each failed step, so many at most, and how many more there are.
pub(crate) async fn reasons(
    store: &dyn Store,
    view: &RunView,
    most: usize,
) -> Result<Vec<String>, Stop> {
    let mut lines = Vec::new();
    if let Some(message) = view.state.timeline.iter().rev().find_map(|e| e.get("message")?.as_str())
    {
        lines.push(message.to_owned());
    }
    let mut leaves = 0u64;
    for step in StepView::read(store, &view.row.key, false).await.map_err(Stop::usage_of)? {
        let failed = step.data.rollup.overview.iter().filter(|(status, _)| status.is_failure());
        leaves = leaves.saturating_add(failed.map(|(_, tally)| tally.cnt).sum());
    }
    let mut told = 0u64;
    let mut look = vec![Look::Into(String::new(), view.row.key.clone())];
    while let Some(next) = look.pop() {
        match next {
            Look::Tell(_) if lines.len() >= most => break,
            Look::Tell(line) => {
                lines.push(line);
                told = told.saturating_add(1);
            }
            Look::Into(..) if lines.len() >= most => break,
            Look::Into(before, run) => {
                let mut inside = steps(store, &before, &run).await?;
                inside.reverse();
                look.append(&mut inside);
            }
        }
    }
    let more = leaves.saturating_sub(told);
    if more > 0 && lines.len() >= most {
        lines.push(format!("… {more} more steps failed"));
    }
    Ok(lines)
}

/// The failed steps of a run: those that have failed runs below them are looked into.
async fn steps(store: &dyn Store, before: &str, run: &RunKey) -> Result<Vec<Look>, Stop> {
    let mut look = Vec::new();
    for step in StepView::read(store, run, false).await.map_err(Stop::usage_of)? {
        if !is_bad(&step) {
            continue;
        }
        let name = format!("{before}{}", step.step_id);
        let inside = below(store, &format!("{run}:{}", step.step_id)).await?;
        if inside.is_empty() {
            look.push(Look::Tell(line(&name, &step)));
        }
        for (index, run) in inside {
            let name = index.map_or_else(|| name.clone(), |index| format!("{name}[{index}]"));
            look.push(Look::Into(format!("{name}/"), run));
        }
    }
    Ok(look)
}

/// The runs that a step started and that failed, with their iteration.
async fn below(store: &dyn Store, step: &str) -> Result<Vec<(Option<u32>, RunKey)>, Stop> {
    let rows = store.children(step).await.map_err(Stop::usage_of)?;
    let mut failed = Vec::new();
    let mut later = rows.iter().skip(1).map(|row| &row.key);
    for row in &rows {
        // Of an iteration that ran again the last run counts.
        let again = later.next().is_some_and(|next| {
            (&next.workflow_id, next.instance_id) == (&row.key.workflow_id, row.key.instance_id)
        });
        if !again && matches!(row.status, InstanceStatus::Failed | InstanceStatus::TimedOut) {
            let info: Option<RunInfo> = serde_json::from_str(&row.info).ok();
            let index = info.and_then(|info| info.parent?.index);
            failed.push((index, row.key.clone()));
        }
    }
    Ok(failed)
}

fn is_bad(step: &StepView) -> bool {
    let status = step.state.status();
    status.is_failure() || matches!(status.as_str(), "TIMED_OUT" | "COMPLETED_WITH_ERROR")
}

fn line(name: &str, step: &StepView) -> String {
    let status = step.state.status();
    let message = step.data.timeline.iter().rev().find_map(|e| e.get("message")?.as_str());
    let message = message.map(|message| message.trim_end().replace('\n', "\n    "));
    match message {
        Some(message) => format!("{name} {status}: {message}"),
        None if status.as_str() == "TIMED_OUT" => {
            format!("{name} {status}: it took longer than its timeout")
        }
        None => format!("{name} {status}"),
    }
}
