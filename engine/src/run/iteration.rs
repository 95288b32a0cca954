//! Iterations of a foreach or while: what they are given.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::RunError;
use super::child::{MAX_DEPTH, ancestors};
use super::eval::literal;
use super::inline::iteration_key;
use super::launch::Pending;
use super::settings;
use super::state::{Info, Parent, Run};
use super::world::{Key, World};
use crate::core::{At, Event, StepKind};
use crate::plan::Params;
use crate::status::InstanceStatus;
use crate::store::{RunKey, Write};

impl World {
    /// Launches an iteration, as what it was before where its container runs again.
    pub(super) async fn launch(&mut self, key: &Key, at: At, index: u32) -> Result<(), RunError> {
        let again = self.iteration_again(key, at, index).await?;
        self.launch_iteration(key, at, index, again);
        Ok(())
    }

    /// Creates and starts an iteration of a foreach or while. Its params are literals already:
    /// those of the parent, those that the step defines, the values of the loop.
    fn launch_iteration(&mut self, key: &Key, at: At, index: u32, again: Option<Pending>) {
        let now = self.clock.now();
        let Some(run) = self.runs.get(key) else { return };
        let (Some(plan), Some(data)) = (run.level.steps.get(at.place), run.data.get(at.place))
        else {
            return;
        };
        let depth = run.info.depth.saturating_add(1);
        let looping = run.flow.spec(at.place).kind == StepKind::While;
        let mut params = Params::new();
        for name in plan.params().into_iter().flat_map(Map::keys) {
            if name != "loop_params"
                && let Some(param) = data.params.get(name)
            {
                params.insert(name.clone(), param.clone());
            }
        }
        let values = if looping {
            data.loop_values.clone()
        } else {
            settings::loop_values(&data.params, index)
        };
        params
            .insert("loop_index".to_owned(), literal("LONG", index.saturating_sub(1).into(), now));
        if looping {
            params.insert("condition".to_owned(), literal("BOOLEAN", true.into(), now));
        }
        for (name, value) in values {
            params.insert(name, literal(settings::type_of(&value), value, now));
        }
        let mut all = Params::clone(&run.params);
        all.extend(params.iter().map(|(name, param)| (name.clone(), param.clone())));
        let mut path = run.info.path.clone();
        path.push(plan.id.clone());
        let parent = Parent {
            run: RunKey::clone(key),
            step: plan.id.clone(),
            place: at.place,
            attempt: at.attempt,
            index: Some(index),
            sync: true,
        };
        let kind = if looping { "while" } else { "foreach" };
        let mut initiator = json!({"type": kind.to_uppercase(), "depth": depth,
            "ancestors": ancestors(&run.info.initiator, key, &plan.id, at.attempt, true)});
        let above = iterations_above(run).unwrap_or(1);
        let total = run.flow.step(at.place).and_then(|step| step.iterations.as_ref());
        let total = total.filter(|_| !looping).map_or(1, |loops| u64::from(loops.total));
        initiator[ABOVE] = above.saturating_mul(total).into();
        let child = iteration_key(run, at.place, index);
        let info = Info {
            run_properties: serde_json::Value::Null,
            internal_id: run.info.internal_id,
            runtime_tags: Vec::new(),
            definition: run.info.definition.clone(),
            version: run.info.version,
            path,
            correlation_id: run.info.correlation_id.clone(),
            initiator,
            parent: Some(parent.clone()),
            depth,
            policy: "START_FRESH_NEW_RUN".to_owned(),
            run_params: Map::new(),
            step_run_params: run.info.step_run_params.clone(),
            skip_steps: Vec::new(),
            restart_from: None,
            held: Vec::new(),
            baseline: None,
            again: None,
        };
        let (info, before, seeds) = match again {
            Some(again) => (again.info.over(info), again.before, again.seeds),
            None => (info, Vec::new(), Vec::new()),
        };
        let artifact = artifact(run, at, &child.workflow_id, index);
        let pending = Pending {
            uuid: uuid::Uuid::new_v3(
                &uuid::Uuid::NAMESPACE_OID,
                format!("{}:{child}", run.uuid).as_bytes(),
            )
            .to_string(),
            key: child,
            info,
            plan: Arc::clone(&run.plan),
            before,
            seeds,
            persist_failed: false,
            fire: None,
            reply: None,
        };
        if depth >= MAX_DEPTH {
            if let Some(run) = self.runs.get_mut(key) {
                run.note(at.place, now, "ERROR", "instances are nested 10 levels deep");
            }
            let event = Event::IterationDone { at, index, status: InstanceStatus::Failed };
            self.work.push_back((Arc::clone(key), event));
            return;
        }
        let run = self.new_run(pending, all);
        let child = Arc::clone(&run.key);
        let mut row = run.row(&params);
        if let Write::Instance(row) = &mut row {
            // It begins within the same transaction.
            row.status = InstanceStatus::InProgress;
            row.start_time = Some(now);
        }
        self.batch.push(row);
        self.runs.insert(Arc::clone(&child), run);
        if let Some(run) = self.runs.get_mut(key)
            && let Some(data) = run.data.get_mut(at.place)
        {
            data.artifacts.extend(artifact);
            data.loop_run = data.loop_run.max(1);
            run.touch(at.place, false);
            self.touched.insert(Arc::clone(key));
        }
        self.begin(&child);
    }
}

/// How many iterations the foreach steps above an instance make together, in its initiator.
const ABOVE: &str = "ancestor_iteration_count";

/// The iterations of the loops above a run; `None` where there is no loop above.
fn iterations_above(run: &Run) -> Option<u64> {
    run.info.initiator.get(ABOVE)?.as_u64()
}

/// What a loop shows of itself from the first iteration of its run on; `None` when it does.
fn artifact(run: &Run, at: At, workflow: &str, index: u32) -> Option<(String, Json)> {
    let (key, data) = (&run.key, run.data.get(at.place)?);
    let looping = run.flow.spec(at.place).kind == StepKind::While;
    let (kind, prefix) = if looping { ("while", "loop") } else { ("foreach", "foreach") };
    let name = format!("maestro_{kind}");
    if data.artifacts.get(&name).is_some_and(|known| known["run_id"] == key.run_id) {
        return None;
    }
    let step = run.flow.dag().id(at.place);
    let identity = format!(
        "[{}][{}][{}][{step}][{}]",
        key.workflow_id, key.instance_id, key.run_id, at.attempt
    );
    let mut artifact = json!({"type": kind.to_uppercase(), format!("{prefix}_workflow_id"): workflow,
        format!("{prefix}_identity"): identity, format!("{prefix}_run_id"): data.loop_run.max(1),
        "run_policy": run.info.policy, "run_id": key.run_id});
    if looping {
        artifact["first_iteration"] = index.into();
    } else if let Some(above) = iterations_above(run) {
        artifact[ABOVE] = above.into();
    }
    Some((name, artifact))
}
