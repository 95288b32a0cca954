//! Why a run failed: the messages of the steps that did, down through loops and subworkflows.

use sel_engine::graph::Rollup;
use sel_engine::run::{RunView, StepView};
use sel_engine::store::{RunKey, Store};

use crate::exit::Stop;

/// One line for each failed step, so many at most, and how many more there are.
pub(crate) async fn reasons(
    store: &dyn Store,
    view: &RunView,
    most: usize,
) -> Result<Vec<String>, Stop> {
    let mut lines = Vec::new();
    let mut count = 0usize;
    if let Some(message) = view.state.timeline.iter().rev().find_map(|e| e.get("message")?.as_str())
    {
        lines.push(message.to_owned());
    }
    for step in StepView::read(store, &view.row.key, false).await.map_err(Stop::usage_of)? {
        if !is_bad(&step) {
            continue;
        }
        let inner = failed(&step.data.rollup);
        count = count.saturating_add(inner.len().max(1));
        if inner.is_empty() && lines.len() < most {
            lines.push(line(&step.step_id, &step));
        }
        for (run, id) in inner {
            if lines.len() < most {
                lines.extend(below(store, &step.step_id, &run, &id).await?);
            }
        }
    }
    let told = lines.len();
    if count > told {
        lines.push(format!("… {} more steps failed", count.saturating_sub(told)));
    }
    Ok(lines)
}

fn is_bad(step: &StepView) -> bool {
    let status = step.state.status();
    status.is_failure() || matches!(status.as_str(), "TIMED_OUT" | "COMPLETED_WITH_ERROR")
}

/// The failed leaf steps below a container: their run and id.
fn failed(rollup: &Rollup) -> Vec<(RunKey, String)> {
    let mut found = Vec::new();
    for (_, tally) in rollup.overview.iter().filter(|(status, _)| status.is_failure()) {
        for (run, steps) in &tally.refs {
            let Some((workflow, run_id)) = run.rsplit_once(':') else { continue };
            for step in steps {
                let mut parts = step.splitn(2, ':');
                let instance = parts.next().and_then(|n| n.parse().ok());
                let id = parts.next().and_then(|rest| rest.rsplit_once(':')).map(|(id, _)| id);
                if let (Some(instance_id), Ok(run_id), Some(id)) = (instance, run_id.parse(), id) {
                    let workflow_id = workflow.to_owned();
                    found.push((RunKey { workflow_id, instance_id, run_id }, id.to_owned()));
                }
            }
        }
    }
    found
}

/// The line of a step below a container of the run.
async fn below(
    store: &dyn Store,
    container: &str,
    run: &RunKey,
    id: &str,
) -> Result<Option<String>, Stop> {
    let steps = StepView::read(store, run, false).await.map_err(Stop::usage_of)?;
    let Some(step) = steps.iter().find(|step| step.step_id == id) else { return Ok(None) };
    let Ok(view) = RunView::read(store, run).await else { return Ok(None) };
    let index = view.info.parent.as_ref().and_then(|parent| parent.index);
    let parent = view.info.parent.as_ref().map_or("", |parent| parent.step.as_str());
    let mut name = container.to_owned();
    if parent != container {
        name.push_str(&format!("/…/{parent}"));
    }
    if let Some(index) = index {
        name.push_str(&format!("[{index}]"));
    }
    Ok(Some(line(&format!("{name}/{id}"), step)))
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
