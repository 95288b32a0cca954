//! Calling the runtime of an attempt: what it is told, the task that it runs in, its end.

use std::sync::Arc;

use serde_json::{Map, Value as Json};
use tokio::task::JoinHandle;

use super::attempt::step_uuid;
use super::eval::values;
use super::world::{After, Key, Msg, World};
use crate::core::{At, Event, Outcome};
use crate::runtime::{Identity, Report, StepContext};

/// What calling a runtime for an attempt needs.
struct Call {
    context: StepContext,
    runtime: Arc<dyn crate::runtime::StepRuntime>,
    /// Takes what the attempt prints to the run loop.
    forwarder: Option<JoinHandle<()>>,
}

/// Tells of a runtime or an evaluation that panics: nobody else would, and its attempt would wait
/// for ever.
pub(super) struct Alarm {
    tx: tokio::sync::mpsc::UnboundedSender<Msg>,
    key: Key,
    at: At,
}

impl Drop for Alarm {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let _ = self.tx.send(Msg::Panicked(Arc::clone(&self.key), self.at));
        }
    }
}

/// How long the last lines of an attempt are waited for.
const LAST_LINES: std::time::Duration = std::time::Duration::from_secs(1);

impl World {
    /// Ends the task of an attempt, and what its runtime has elsewhere.
    pub(super) fn terminate(&mut self, key: &Key, at: At) {
        let Some(run) = self.runs.get_mut(key) else { return };
        if let Some(task) = run.tasks.remove(&at.place) {
            task.abort();
        }
        if let Some(Call { context, runtime, .. }) = self.context(key, at) {
            self.after.push(After::Terminate(context, runtime));
        }
    }

    fn context(&self, key: &Key, at: At) -> Option<Call> {
        let run = self.runs.get(key)?;
        let (plan, step) = (run.level.steps.get(at.place)?, run.flow.step(at.place)?);
        let runtime = self.registry.get(&plan.type_name)?;
        let params = Arc::new(values(&run.data.get(at.place)?.params));
        let workflow_params = Arc::new(values(&run.params));
        let identity = Identity {
            workflow_id: key.workflow_id.clone(),
            instance_id: key.instance_id,
            run_id: key.run_id,
            step_id: plan.id.clone(),
            attempt: at.attempt,
            uuid: step_uuid(run, &plan.id, at.attempt),
            correlation_id: run.info.correlation_id.clone(),
        };
        let (log, mut lines) = tokio::sync::mpsc::unbounded_channel();
        let (tx, subject) = (self.tx.clone(), identity.subject());
        let prints = plan.type_name != "noop" && plan.type_name != "sleep";
        let forwarder = prints.then(|| {
            tokio::spawn(async move {
                while let Some((stream, line)) = lines.recv().await {
                    let _ = tx.send(Msg::Log(subject.clone(), stream, line));
                }
            })
        });
        let (evaluator, clock) = (Arc::clone(&self.evaluator), Arc::clone(&self.clock));
        let (own, whole) = (Arc::clone(&params), Arc::clone(&workflow_params));
        let evaluate = move |expression: &str, inputs: &Map<String, Json>| {
            let mut all = Map::clone(&whole);
            all.extend(Map::clone(&own));
            all.extend(inputs.clone());
            evaluator.expression(expression, &all, clock.now())
        };
        let criticality = run.plan.definition.get("criticality");
        let context = StepContext {
            identity,
            params,
            workflow_params,
            start_time: step.runtime.start_time.unwrap_or_else(|| self.clock.now()),
            timeout: step.timeout,
            criticality: criticality.and_then(Json::as_str).map(str::to_owned),
            clock: Arc::clone(&self.clock),
            log,
            evaluate: Arc::new(evaluate),
        };
        Some(Call { context, runtime, forwarder })
    }

    /// What a task of an attempt holds for as long as it works.
    pub(super) fn alarm(&self, key: &Key, at: At) -> Alarm {
        Alarm { tx: self.tx.clone(), key: Arc::clone(key), at }
    }

    /// Runs the runtime of an attempt in a task of its own.
    pub(super) fn spawn(&mut self, key: &Key, at: At) {
        let Some(run) = self.runs.get(key) else { return };
        let current = run
            .flow
            .step(at.place)
            .is_some_and(|s| s.attempt == at.attempt && !s.status().is_terminal());
        if !current {
            return;
        }
        let Some(Call { context, runtime, forwarder }) = self.context(key, at) else {
            let name = run.level.steps.get(at.place).map_or("", |p| p.type_name.as_str());
            let message = self.registry.lacks(name).unwrap_or_default();
            self.broken(key, at, &message);
            let _ = self.tx.send(Msg::Event(Arc::clone(key), Event::Broken(at)));
            return;
        };
        let (tx, workers, owner) = (self.tx.clone(), Arc::clone(&self.workers), Arc::clone(key));
        let alarm = self.alarm(key, at);
        let task = tokio::spawn(async move {
            let _alarm = alarm;
            let Ok(_worker) = workers.acquire_owned().await else { return };
            let report = runtime.start(&context).await;
            if report.outcome.is_some_and(|outcome| outcome != Outcome::Done) {
                let _ = tx.send(Msg::Report(owner, at, report));
                return;
            }
            let _ = tx.send(Msg::Event(Arc::clone(&owner), Event::Started(at)));
            if !report.artifacts.is_empty() {
                let report = Report { outcome: None, ..report };
                let _ = tx.send(Msg::Report(Arc::clone(&owner), at, report));
            }
            let last = loop {
                let report = runtime.execute(&context).await;
                if report.outcome.is_some() {
                    break report;
                }
                let until = context.clock.now().saturating_add(report.delay.max(1));
                let _ = tx.send(Msg::Report(Arc::clone(&owner), at, report));
                context.clock.sleep_until(until).await;
            };
            // What it printed comes before its end.
            drop(context);
            if let Some(forwarder) = forwarder {
                let _ = tokio::time::timeout(LAST_LINES, forwarder).await;
            }
            let _ = tx.send(Msg::Report(owner, at, last));
        });
        if let Some(run) = self.runs.get_mut(key) {
            run.tasks.insert(at.place, task.abort_handle());
        }
    }
}
