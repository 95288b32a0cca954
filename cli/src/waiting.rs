//! Says what a run waits for: signals and how to send them, other runs that its strategy puts
//! before it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use sel_engine::run::{Engine, Live};
use sel_engine::status::StepStatus;
use sel_engine::store::RunKey;
use serde_json::Value as Json;

use crate::exit::Stop;

/// The steps that wait for signals, the runs that are queued, and what was said about them.
pub(crate) struct Waiting {
    database: Option<PathBuf>,
    steps: BTreeSet<(Arc<RunKey>, String)>,
    /// With the path of the step that started them.
    queued: BTreeMap<Arc<RunKey>, String>,
    said: BTreeSet<(Arc<RunKey>, String)>,
}

impl Waiting {
    /// Of a run in this database; in memory when `None`.
    pub(crate) fn new(database: Option<PathBuf>) -> Waiting {
        let (steps, said) = (BTreeSet::new(), BTreeSet::new());
        Waiting { database, steps, queued: BTreeMap::new(), said }
    }

    /// With the steps that waited before this engine was started.
    pub(crate) async fn recall(&mut self, engine: &Engine) -> Result<(), Stop> {
        for row in engine.store().live(None).await.map_err(Stop::usage_of)? {
            let run = Arc::new(row.key);
            if row.queued {
                let above = row.parent.as_deref().and_then(|parent| parent.rsplit(':').next());
                self.queued.insert(Arc::clone(&run), above.unwrap_or_default().to_owned());
            }
            for view in engine.steps(&run, false).await.map_err(Stop::usage_of)? {
                if view.state.status() == StepStatus::WaitingForSignals {
                    self.steps.insert((Arc::clone(&run), view.step_id));
                }
            }
        }
        Ok(())
    }

    /// Takes in an event.
    pub(crate) fn note(&mut self, event: &Live) {
        if event.line.is_some() {
            return;
        }
        let Some((step, _)) = &event.step else {
            if event.status == "CREATED" {
                self.queued.insert(Arc::clone(&event.run), event.path.clone());
            } else {
                self.queued.remove(&event.run);
            }
            return;
        };
        let name = (Arc::clone(&event.run), step.clone());
        if event.status == "WAITING_FOR_SIGNALS" {
            self.steps.insert(name);
        } else {
            self.steps.remove(&name);
        }
    }

    /// Whether a step waits about which nothing was said.
    pub(crate) fn has_news(&self) -> bool {
        self.steps.iter().any(|name| !self.said.contains(name))
            || self.queued.keys().any(|run| !self.said.contains(&(Arc::clone(run), String::new())))
    }

    /// What is to be said, once for each step.
    pub(crate) async fn news(&mut self, engine: &Engine) -> Result<Vec<String>, Stop> {
        let mut news = Vec::new();
        for (run, step) in &self.steps {
            if self.said.contains(&(Arc::clone(run), step.clone())) {
                continue;
            }
            let views = engine.steps(run, false).await.map_err(Stop::usage_of)?;
            let view = views.iter().find(|view| view.step_id == *step);
            let dependencies = view.map_or(&[][..], |view| view.data.dependencies.as_slice());
            let pending = dependencies.iter().filter(|d| d["status"] == "PENDING");
            let lines: Vec<String> = pending.map(|d| self.line(step, d)).collect();
            self.said.insert((Arc::clone(run), step.clone()));
            news.extend(lines);
        }
        for (run, path) in &self.queued {
            if self.said.insert((Arc::clone(run), String::new())) {
                let live = engine.store().live(Some(&run.workflow_id)).await;
                let live = live.map_err(Stop::usage_of)?;
                let first = live.iter().find(|row| !row.queued).map(|row| row.key.to_string());
                let what = match path.as_str() {
                    "" => format!("`{run}` waits"),
                    path => format!("step `{path}` waits: its run `{run}` is queued"),
                };
                let first = first.map_or_else(
                    || format!("by the run strategy of `{}`", run.workflow_id),
                    |first| format!("behind `{first}` by the run strategy"),
                );
                news.push(format!("{what} {first}"));
            }
        }
        Ok(news)
    }

    fn line(&self, step: &str, dependency: &Json) -> String {
        let name = quoted(dependency["name"].as_str().unwrap_or_default());
        let mut params = String::new();
        for (param, rule) in dependency["match_params"].as_object().into_iter().flatten() {
            let value = &rule["value"];
            // In quotes where the plain text would be read as a number.
            let plain = value.as_str().filter(|text| text.parse::<i64>().is_err());
            let text = plain.map_or_else(|| value.to_string(), str::to_owned);
            params.push(' ');
            params.push_str(&quoted(&format!("{param}={text}")));
        }
        match &self.database {
            Some(path) => format!(
                "step `{step}` waits for a signal: `sel signal {name}{params} --db {}` sends it",
                path.display()
            ),
            None => format!(
                "step `{step}` waits for the signal {name}{params}: nobody can send it to a run in \
                 memory, use `--db`"
            ),
        }
    }
}

/// As a shell reads it.
fn quoted(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./=:@,+".contains(c);
    if !text.is_empty() && text.chars().all(plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', "'\\''"))
    }
}
