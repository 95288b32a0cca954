//! Instances that a step waits for: the child of a subworkflow step, and how any child's end and a
//! step's actions pass between them.

use std::sync::Arc;

use serde_json::{Map, Value as Json, json};

use super::launch::Pending;
use super::recover::read;
use super::state::{Info, Parent};
use super::world::{Key, World};
use super::{RunError, StartRequest};
use crate::core::{Action, At, Closing, Event, StepKind};
use crate::graph::{Overview, Rollup};
use crate::plan::Params;
use crate::status::InstanceStatus;
use crate::store::{InstanceRow, RunKey, StoreError};

/// The deepest nesting of instances.
pub(super) const MAX_DEPTH: u32 = 10;

/// The instance that a subworkflow step started.
pub(super) struct Child<'c> {
    pub(super) key: &'c RunKey,
    pub(super) version: i64,
    pub(super) uuid: &'c str,
    pub(super) status: InstanceStatus,
}

impl<'c> Child<'c> {
    /// One that is in the store.
    pub(super) fn stored(row: &'c InstanceRow) -> Result<Child<'c>, StoreError> {
        let version = read::<Info>(&row.info)?.version;
        Ok(Child { key: &row.key, version, uuid: &row.uuid, status: row.status })
    }
}

impl World {
    /// Starts the instance of a subworkflow step; its id follows from the step's.
    pub(super) async fn start_child(&mut self, key: &Key, at: At) -> Result<(), RunError> {
        let Some(run) = self.runs.get(key) else { return Ok(()) };
        let (Some(plan), Some(data)) = (run.level.steps.get(at.place), run.data.get(at.place))
        else {
            return Ok(());
        };
        let of = |name: &str| data.params.get(name).map(super::eval::value);
        let text = |name: &str| of(name).and_then(|v| v.as_str().map(str::to_owned));
        let sync = run.flow.spec(at.place).kind == StepKind::Subworkflow { sync: true };
        let depth = run.info.depth.saturating_add(1);
        let parent = Parent {
            run: RunKey::clone(key),
            step: plan.id.clone(),
            place: at.place,
            attempt: at.attempt,
            index: None,
            sync,
        };
        if depth >= MAX_DEPTH {
            self.child_refused(&parent, "instances are nested 10 levels deep");
            return Ok(());
        }
        let Some(workflow_id) = text("subworkflow_id") else {
            self.child_refused(&parent, "the param `subworkflow_id` is missing");
            return Ok(());
        };
        let explicit = plan.field("explicit_params").and_then(Json::as_bool).unwrap_or(false);
        let mut run_params = Map::new();
        let mut pass = |name: &String, param: &Json| {
            if let Ok(given) = super::typed::frozen(param) {
                run_params.insert(name.clone(), given);
            }
        };
        if !explicit {
            run.params.iter().for_each(|(name, param)| pass(name, param));
        }
        for name in plan.params().into_iter().flat_map(Map::keys) {
            if let Some(param) = data.params.get(name) {
                pass(name, param);
            }
        }
        run_params.shift_remove("subworkflow_id");
        run_params.shift_remove("subworkflow_version");
        let request = StartRequest {
            workflow_id,
            version: text("subworkflow_version").unwrap_or_else(|| "active".to_owned()),
            run_params,
            initiator: json!({"type": "SUBWORKFLOW", "depth": depth,
                "ancestors": ancestors(&run.info.initiator, key, &plan.id, at.attempt, sync)}),
            request_id: Some(super::attempt::step_uuid(run, &plan.id, at.attempt)),
            ..StartRequest::default()
        };
        let correlation = run.info.correlation_id.clone();
        self.save().await?;
        if let Some((again, params)) = self.subworkflow_again(key, at).await? {
            self.start_again(again, params, request, parent);
            return Ok(());
        }
        Box::pin(self.start(request, Some((parent, correlation, depth)), None, None)).await
    }

    /// Starts the new run of a child; its id follows from the step's, as a first one's does.
    fn start_again(
        &mut self,
        again: Pending,
        params: Params,
        request: StartRequest,
        parent: Parent,
    ) {
        let mut run_params = request.run_params;
        run_params.extend(again.info.run_params);
        let info =
            Info { initiator: request.initiator, parent: Some(parent), run_params, ..again.info };
        let uuid = request.request_id.unwrap_or(again.uuid);
        self.prepare(Pending { info, uuid, ..again }, Some(params));
    }

    /// The child of a subworkflow step exists.
    pub(super) fn attach(&mut self, parent: &Parent, child: &Child<'_>) {
        let key = Arc::new(parent.run.clone());
        let at = At { place: parent.place, attempt: parent.attempt };
        if let Some(run) = self.runs.get_mut(&key) {
            if let Some(data) = run.data.get_mut(at.place) {
                data.child = Some(child.key.clone());
                let artifact = json!({"type": "SUBWORKFLOW",
                    "subworkflow_id": child.key.workflow_id,
                    "subworkflow_version_id": child.version,
                    "subworkflow_instance_id": child.key.instance_id,
                    "subworkflow_run_id": child.key.run_id,
                    "subworkflow_uuid": child.uuid});
                data.artifacts.insert("maestro_subworkflow".to_owned(), artifact);
            }
            run.touch(at.place, false);
            self.apply(&key, Event::ChildStarted(at));
            if child.status.is_terminal() {
                self.apply(&key, Event::ChildDone(at, child.status));
            }
        }
    }

    pub(super) fn child_refused(&mut self, parent: &Parent, message: &str) {
        let key = Arc::new(parent.run.clone());
        let at = At { place: parent.place, attempt: parent.attempt };
        let now = self.clock.now();
        if let Some(run) = self.runs.get_mut(&key) {
            run.note(at.place, now, "ERROR", message);
            self.touched.insert(Arc::clone(&key));
            let event = Event::Executed(at, crate::core::Outcome::FatalError);
            self.work.push_back((key, event));
        }
    }

    /// A child came to its end: its parent's step goes on.
    pub(super) fn child_ended(
        &mut self,
        parent: &Parent,
        status: InstanceStatus,
        rollup: &Rollup,
        results: Map<String, Json>,
        overview: Option<Overview>,
    ) {
        let key = Arc::new(parent.run.clone());
        let at = At { place: parent.place, attempt: parent.attempt };
        let Some(run) = self.runs.get_mut(&key) else { return };
        if let Some(data) = run.data.get_mut(at.place) {
            data.rollup.merge(rollup);
            for (name, value) in &mut data.loop_values {
                if let Some(result) =
                    results.get(name).filter(|_| status == InstanceStatus::Succeeded)
                {
                    *value = result.clone();
                }
            }
            if parent.index.is_none()
                && let Some(artifact) = data.artifacts.get_mut("maestro_subworkflow")
            {
                artifact["subworkflow_overview"] =
                    serde_json::to_value(overview).unwrap_or_default();
            }
        }
        run.touch(at.place, false);
        self.touched.insert(Arc::clone(&key));
        let event = match parent.index {
            Some(index) => Event::IterationDone { at, index, status },
            None => Event::ChildDone(at, status),
        };
        self.work.push_back((key, event));
    }

    /// Passes an action on to the children of a step.
    pub(super) fn cancel_children(&mut self, key: &Key, at: At, action: Action) {
        let closing = match action {
            Action::Kill => Closing::Kill,
            Action::TimeOut => Closing::TimeOut,
            Action::Stop | Action::Skip => Closing::Stop,
        };
        let children: Vec<Key> = self
            .runs
            .values()
            .filter(|run| {
                run.info.parent.as_ref().is_some_and(|parent| {
                    parent.sync && parent.run == **key && parent.place == at.place
                })
            })
            .map(|run| Arc::clone(&run.key))
            .collect();
        for child in children {
            self.work.push_back((child, Event::Close(closing)));
        }
    }
}

/// The steps above a child, the root first.
pub(super) fn ancestors(
    initiator: &Json,
    key: &Key,
    step: &str,
    attempt: u32,
    sync: bool,
) -> Vec<Json> {
    let known = initiator.get("ancestors").and_then(Json::as_array);
    let mut list = known.cloned().unwrap_or_default();
    list.push(json!({"workflow_id": key.workflow_id, "instance_id": key.instance_id,
        "run_id": key.run_id, "step_id": step, "step_attempt_id": attempt, "sync": sync}));
    list
}
