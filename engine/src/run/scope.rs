//! What an evaluation in a run sees: its params, and the steps that are over.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::attempt::step_uuid;
use super::eval::{Current, Finished, Scope};
use super::world::{Key, World};
use crate::graph::Rollup;
use crate::store::RunKey;

impl World {
    /// The facts that an evaluation in this run sees.
    pub(super) fn scope(&self, key: &Key, place: Option<usize>) -> Option<Scope> {
        let mut scope = self.scope_alone(key, place)?;
        scope.steps = self.finished(key, place);
        Some(scope)
    }

    /// The steps that an evaluation may refer to.
    fn finished(&self, key: &Key, place: Option<usize>) -> Vec<Finished> {
        let Some(run) = self.runs.get(key) else { return Vec::new() };
        let mut steps = run.before.clone();
        for other in 0..run.level.steps.len() {
            let (Some(step), Some(data)) = (run.flow.step(other), run.data.get(other)) else {
                continue;
            };
            if step.status().is_complete() && Some(other) != place {
                steps.push(Finished {
                    id: run.flow.dag().id(other).to_owned(),
                    params: Arc::clone(&data.params),
                    status: step.status(),
                    end_time: step.runtime.end_time,
                    artifacts: Arc::new(references(&data.artifacts)),
                    rollup: Rollup::default(),
                });
            }
        }
        steps
    }

    /// The same for what refers to no other step: these are many in a long workflow.
    pub(super) fn scope_alone(&self, key: &Key, place: Option<usize>) -> Option<Scope> {
        let run = self.runs.get(key)?;
        let step = place.and_then(|place| {
            let (step, plan) = (run.flow.step(place)?, run.level.steps.get(place)?);
            Some(Current {
                id: plan.id.clone(),
                ordinal: step.ordinal,
                uuid: step_uuid(run, &plan.id, step.attempt),
                attempt: step.attempt,
                type_info: plan.type_info(),
                error_retries: step.retry.error_retries,
                dependencies: run
                    .data
                    .get(place)
                    .map(|d| d.dependencies.clone())
                    .unwrap_or_default(),
            })
        });
        Some(Scope {
            key: RunKey::clone(key),
            owner: run.plan.owner().unwrap_or_default().to_owned(),
            initiator: run.info.initiator.clone(),
            policy: run.info.policy.clone(),
            workflow: Arc::clone(&run.params),
            steps: Vec::new(),
            step,
            now: self.clock.now(),
            store: Arc::clone(&self.store),
            handle: tokio::runtime::Handle::current(),
            definition: Arc::new(Json::Null),
        })
    }
}

/// The artifacts that lead to child instances; the others need not be copied.
fn references(artifacts: &Map<String, Json>) -> Map<String, Json> {
    let keys = ["maestro_foreach", "maestro_subworkflow"];
    let of = |key: &&str| artifacts.get(*key).map(|json| ((*key).to_owned(), json.clone()));
    keys.iter().filter_map(of).collect()
}
