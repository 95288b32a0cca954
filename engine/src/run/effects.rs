//! Performing what the core asks for.

use std::sync::Arc;

use serde_json::{Map, Value as Json};

use super::RunError;
use super::eval::{StepParams, values};
use super::settings;
use super::world::{After, Key, Msg, World};
use crate::core::{At, Effect, Event, MAX_ITERATIONS, Setup, StepKind, TagLimit};
use crate::plan::Params;
use crate::status::InstanceStatus;

impl World {
    pub(super) async fn perform(&mut self, key: &Key, effect: Effect) -> Result<(), RunError> {
        match effect {
            Effect::Changed { at, from, to } => self.changed(key, at, from, to),
            Effect::Initialize(at) => self.initialize(key, at),
            Effect::AwaitSignals(at) => self.await_signals(key, at).await?,
            Effect::EvaluateParams(at) => self.evaluate_params(key, at),
            Effect::AcquirePermits(at) => {
                let tags = self.tags(key, at);
                if self.permits.acquire((Arc::clone(key), at), tags.clone()) {
                    self.work.push_back((Arc::clone(key), Event::PermitsGranted(at)));
                } else if let Some(tag) = self.permits.blocker(&tags) {
                    let now = self.clock.now();
                    if let Some(run) = self.runs.get_mut(key) {
                        run.note(
                            at.place,
                            now,
                            "INFO",
                            &format!("waiting for a permit of tag `{tag}`"),
                        );
                    }
                }
            }
            Effect::HoldPermits(at) => {
                let tags = self.tags(key, at);
                self.permits.hold((Arc::clone(key), at), tags);
            }
            Effect::ReleasePermits(at) => {
                let granted = self.permits.release(&(Arc::clone(key), at));
                self.work
                    .extend(granted.into_iter().map(|(key, at)| (key, Event::PermitsGranted(at))));
            }
            Effect::Start(at) => self.after.push(After::Spawn(Arc::clone(key), at)),
            Effect::Terminate(at) => self.terminate(key, at),
            Effect::Finish(at) => self.finish(key, at).await?,
            Effect::EvaluateConditions(at) => self.evaluate_conditions(key, at),
            Effect::Launch { at, index } => self.launch(key, at, index).await?,
            Effect::EvaluateWhile(at, index) => self.evaluate_while(key, at, index),
            Effect::StartChild(at) => self.start_child(key, at).await?,
            Effect::CancelChildren(at, action) => self.cancel_children(key, at, action),
            Effect::Schedule(due, timer) => {
                self.timers.insert((due, Arc::clone(key), timer));
            }
            Effect::Unschedule(due, timer) => {
                self.timers.remove(&(due, Arc::clone(key), timer));
            }
            Effect::Ended(status) => self.ended(key, status).await?,
        }
        Ok(())
    }

    fn initialize(&mut self, key: &Key, at: At) {
        let Some(run) = self.runs.get(key) else { return };
        let Some(plan) = run.level.steps.get(at.place) else { return };
        let level = Arc::clone(&run.level);
        let root = &run.plan;
        let breakpoint = self.has_breakpoint(run, &plan.id);
        let limit = |name: &str| {
            let of = if name == "step_concurrency" {
                root.property(name)
            } else {
                root.definition.get(name)
            };
            of.and_then(Json::as_u64).and_then(|n| u32::try_from(n).ok())
        };
        let caps = [limit("instance_step_concurrency"), limit("step_concurrency")];
        let evaluator = Arc::clone(&self.evaluator);
        // Facts are gathered only where a setting may refer to them.
        let settings = ["timeout", "retry_policy", "concurrency"];
        let refers = settings.iter().any(|name| plan.field(name).is_some());
        let scope = if refers { self.scope(key, None) } else { None };
        let Some(plan) = level.steps.get(at.place) else { return };
        let read = |value: &Json| {
            settings::text(value, |text| match &scope {
                Some(scope) => evaluator.text(text, &Params::new(), scope),
                None => Ok(text.to_owned()),
            })
        };
        let cap = caps.iter().flatten().min().copied().unwrap_or(20);
        let own = settings::concurrency(plan.field("concurrency"), &read);
        let timeout = settings::timeout(plan.field("timeout"), &read);
        let result = timeout.and_then(|timeout| Ok((timeout, own?))).map(|(timeout, own)| {
            let (retry, warnings) = settings::retry(plan.field("retry_policy"), &read);
            let setup = Setup {
                retry,
                timeout,
                concurrency: own.map_or(cap, |own| own.min(cap)).max(1),
                breakpoint,
            };
            (setup, warnings)
        });
        if let (Ok((_, warnings)), Some(run)) = (&result, self.runs.get_mut(key)) {
            let now = self.clock.now();
            warnings.iter().for_each(|warning| run.note(at.place, now, "WARN", warning));
        }
        match result {
            Ok((setup, _)) => self.work.push_back((Arc::clone(key), Event::Initialized(at, setup))),
            Err(message) => self.broken(key, at, &message),
        }
    }

    /// The tags of an attempt: the system's, and those of its definition.
    fn tags(&self, key: &Key, at: At) -> Vec<TagLimit> {
        let Some(run) = self.runs.get(key) else { return Vec::new() };
        let Some(plan) = run.level.steps.get(at.place) else { return Vec::new() };
        let number =
            |json: Option<&Json>| json.and_then(Json::as_u64).and_then(|n| u32::try_from(n).ok());
        let own = number(run.plan.property("step_concurrency"));
        let tree = number(run.plan.definition.get("instance_step_concurrency"));
        let mut tags: Vec<TagLimit> = Vec::new();
        // One permit a tag, however often it is given.
        let mut add = |name: String, limit| {
            if tags.iter().all(|known| *known.tag != *name) {
                tags.push(TagLimit { tag: name.into(), limit });
            }
        };
        match tree {
            None => {
                add(format!("maestro_{}", key.workflow_id), Some(own.unwrap_or(20)));
                add(format!("maestro_{}:{}", key.workflow_id, plan.id), Some(20));
            }
            Some(tree) => {
                if own.is_some() {
                    add(format!("maestro_{}", key.workflow_id), own);
                }
                let leaf = run.flow.spec(at.place).kind == StepKind::Leaf;
                if leaf {
                    add(format!("maestro_{}", run.info.correlation_id), Some(tree));
                }
            }
        }
        for user in plan.list("tags") {
            let name = user.as_str().or_else(|| user.get("name").and_then(Json::as_str));
            name.into_iter().for_each(|name| add(name.to_owned(), None));
        }
        // One that cannot be read is told when the params are evaluated.
        let template = self.templates.of(plan, &run.params).unwrap_or_default();
        template.tags.into_iter().for_each(|name| add(name, None));
        tags
    }

    fn evaluate_params(&mut self, key: &Key, at: At) {
        let Some(run) = self.runs.get(key) else { return };
        let Some(plan) = run.level.steps.get(at.place) else { return };
        let template = match self.templates.of(plan, &run.params) {
            Ok(template) => template.params,
            Err(message) => return self.broken(key, at, &message),
        };
        let object =
            |json: Option<&Json>| json.and_then(Json::as_object).cloned().unwrap_or_default();
        let runtime = self.registry.get(&plan.type_name);
        let mut given = object(run.info.step_run_params.get(&plan.id));
        let again = run.data.get(at.place).and_then(|data| data.again.as_ref());
        given.extend(again.map(|again| again.params.clone()).unwrap_or_default());
        let parts = StepParams {
            type_name: plan.type_name.clone(),
            defaults: runtime.map(|r| r.default_params()).unwrap_or_default(),
            template,
            definition: object(plan.field("params")),
            run: given,
            restart: again.is_some() || run.info.policy != "START_FRESH_NEW_RUN",
        };
        let leaf = run.flow.spec(at.place).kind == StepKind::Leaf;
        let given = [&parts.defaults, &parts.template, &parts.definition, &parts.run];
        if leaf && given.iter().all(|params| params.is_empty()) {
            let Some(scope) = self.scope_alone(key, Some(at.place)) else { return };
            let params = self.evaluator.step_defaults(&scope);
            self.params_evaluated(key, at, Ok(params));
            return;
        }
        let Some(scope) = self.scope(key, Some(at.place)) else { return };
        let alarm = self.alarm(key, at);
        let (evaluator, tx, key) = (Arc::clone(&self.evaluator), self.tx.clone(), Arc::clone(key));
        self.after.push(After::Blocking(Box::new(move || {
            let _alarm = alarm;
            let _ = tx.send(Msg::Params(key, at, evaluator.step(&parts, &scope)));
        })));
    }

    pub(super) fn params_evaluated(&mut self, key: &Key, at: At, result: Result<Params, String>) {
        let now = self.clock.now();
        let Some(run) = self.runs.get_mut(key) else { return };
        if run.flow.step(at.place).is_none_or(|s| s.attempt != at.attempt) {
            return;
        }
        let kind = run.flow.spec(at.place).kind;
        let result = result.and_then(|mut params| {
            let known = run.data.get(at.place);
            let flag = known.and_then(|d| d.params.get("maestro_step_satisfied").cloned());
            params.extend(flag.map(|flag| ("maestro_step_satisfied".to_owned(), flag)));
            let total = match kind {
                StepKind::Foreach => settings::loop_total(&params)?,
                _ => 0,
            };
            if total > MAX_ITERATIONS {
                let message = format!("it has {total} iterations, {MAX_ITERATIONS} is the most");
                run.note(at.place, now, "ERROR", &message);
            }
            Ok((params, total))
        });
        match result {
            Ok((params, total)) => {
                if let Some(data) = run.data.get_mut(at.place) {
                    if kind == StepKind::While && data.loop_values.is_empty() {
                        data.loop_values = settings::loop_params(&params);
                    }
                    data.params = Arc::new(params);
                }
                run.touch(at.place, true);
                self.touched.insert(Arc::clone(key));
                self.work.push_back((Arc::clone(key), Event::ParamsReady { at, total }));
            }
            Err(message) => self.broken(key, at, &message),
        }
    }

    fn evaluate_conditions(&mut self, key: &Key, at: At) {
        let Some(run) = self.runs.get(key) else { return };
        let Some(plan) = run.level.steps.get(at.place) else { return };
        let included = run.flow.dag().successors(at.place).len();
        let all = run.level.dag.successors(at.place);
        // A restart drives part of the graph: only its edges count, in its order.
        let conditions: Vec<String> = all
            .iter()
            .zip(&plan.conditions)
            .filter(|(to, _)| run.flow.dag().includes(**to))
            .map(|(_, condition)| condition.clone())
            .collect();
        let known = run.data.get(at.place).map(|d| Arc::clone(&d.params)).unwrap_or_default();
        // Skipped before its params were evaluated: best effort.
        let missing = known.len() <= 1 && plan.params().is_some_and(|p| !p.is_empty());
        let constant = !missing && conditions.iter().all(|c| c.trim() == "true");
        if constant || conditions.len() != included {
            let values = conditions.iter().map(|_| true).collect();
            self.work.push_back((Arc::clone(key), Event::Conditions(at, values)));
            return;
        }
        let parts = StepParams {
            type_name: plan.type_name.clone(),
            definition: plan.params().cloned().unwrap_or_default(),
            ..StepParams::default()
        };
        let Some(scope) = self.scope(key, Some(at.place)) else { return };
        let alarm = self.alarm(key, at);
        let (evaluator, tx, key) = (Arc::clone(&self.evaluator), self.tx.clone(), Arc::clone(key));
        self.after.push(After::Blocking(Box::new(move || {
            let _alarm = alarm;
            let evaluated = missing.then(|| evaluator.step_best_effort(&parts, &scope));
            let params: &Params = evaluated.as_ref().unwrap_or(&known);
            let values =
                conditions.iter().map(|c| evaluator.condition(c, params, &scope)).collect();
            if let Some(params) = evaluated {
                let _ = tx.send(Msg::Known(Arc::clone(&key), at, params));
            }
            let _ = tx.send(Msg::Conditions(key, at, values));
        })));
    }

    fn evaluate_while(&mut self, key: &Key, at: At, index: u32) {
        let Some(run) = self.runs.get(key) else { return };
        let Some(plan) = run.level.steps.get(at.place) else { return };
        let condition =
            plan.field("condition").and_then(Json::as_str).unwrap_or("false").to_owned();
        let mut inputs = values(&run.params);
        if let Some(data) = run.data.get(at.place) {
            inputs.extend(values(&data.params));
            inputs.extend(data.loop_values.clone());
        }
        // Maestro shows -1 here; the iteration that is to start is what its users mean.
        inputs.insert("loop_index".to_owned(), index.saturating_sub(1).into());
        let alarm = self.alarm(key, at);
        let (evaluator, tx, key) = (Arc::clone(&self.evaluator), self.tx.clone(), Arc::clone(key));
        let now = self.clock.now();
        self.after.push(After::Blocking(Box::new(move || {
            let _alarm = alarm;
            let result =
                evaluator.expression(&condition, &inputs, now).and_then(|value| truth(&value));
            let _ = tx.send(Msg::While(key, at, result));
        })));
    }

    /// The params of a step that was skipped before they were evaluated, as far as they go.
    pub(super) fn params_known(&mut self, key: &Key, at: At, mut params: Params) {
        let Some(run) = self.runs.get_mut(key) else { return };
        if run.flow.step(at.place).is_none_or(|s| s.attempt != at.attempt) {
            return;
        }
        if let Some(data) = run.data.get_mut(at.place) {
            let flag = data.params.get("maestro_step_satisfied").cloned();
            params.extend(flag.map(|flag| ("maestro_step_satisfied".to_owned(), flag)));
            data.params = Arc::new(params);
        }
        run.touch(at.place, true);
        self.touched.insert(Arc::clone(key));
    }

    async fn finish(&mut self, key: &Key, at: At) -> Result<(), RunError> {
        let now = self.clock.now();
        let evaluator = Arc::clone(&self.evaluator);
        let Some(run) = self.runs.get_mut(key) else { return Ok(()) };
        let mut failure = None;
        if let Some(data) = run.data.get_mut(at.place)
            && !data.output_params.is_empty()
        {
            let mut params = Params::clone(&data.params);
            match evaluator.outputs(&mut params, &data.output_params, now) {
                Ok(()) => data.params = Arc::new(params),
                Err(message) => failure = Some(message),
            }
            run.touch(at.place, true);
        }
        if failure.is_none() {
            failure = self.announce_outputs(key, at).await?.err();
        }
        match failure {
            None => self.work.push_back((Arc::clone(key), Event::Finished(at))),
            Some(message) => self.broken(key, at, &message),
        }
        Ok(())
    }

    async fn ended(&mut self, key: &Key, _: InstanceStatus) -> Result<(), RunError> {
        let now = self.clock.now();
        let Some(run) = self.runs.get_mut(key) else { return Ok(()) };
        run.queued = false;
        run.end_time = Some(now);
        run.changed = true;
        let status = run.final_status();
        let from = if run.start_time.is_some() { "IN_PROGRESS" } else { "CREATED" };
        run.writes(&mut self.batch);
        let (info, rollup) = (Arc::clone(&run.info), run.rollup());
        let inline = run.is_inline();
        let results = if inline { settings::loop_results(run) } else { Map::new() };
        let overview = run.state().overview;
        self.announce(key, None, Some(from), status.as_str());
        if let Some(parent) = info.parent.as_ref().filter(|p| p.sync) {
            self.child_ended(parent, status, &rollup, results, overview);
        }
        if info.parent.as_ref().is_none_or(|parent| !parent.sync) {
            self.leaves.remove(&info.correlation_id);
        }
        if !inline {
            self.dequeue(&key.workflow_id.clone()).await?;
        }
        Ok(())
    }
}

/// The truth value of a condition's result.
pub(super) fn truth(value: &Json) -> Result<bool, String> {
    match value {
        Json::Bool(value) => Ok(*value),
        Json::String(text) if text.eq_ignore_ascii_case("true") => Ok(true),
        Json::String(text) if text.eq_ignore_ascii_case("false") => Ok(false),
        other => Err(format!("a condition must give a BOOLEAN, this one gave `{other}`")),
    }
}
