//! Which version of a workflow is active, and the properties that all its versions share.

use serde_json::{Map, Value as Json};

use super::RunError;
use super::push::{Rearranged, strategy};
use super::world::World;
use crate::document::{Path, Problems, Violations};
use crate::model::properties::{PropertiesUpdate, Resets};
use crate::model::{Model, to_json};
use crate::plan::Plan;
use crate::store::Write;

/// A change of properties that keeps the rules.
pub(super) struct Change {
    set: Map<String, Json>,
    resets: Resets,
}

/// Reads a change of properties.
pub(super) fn change(json: &Json) -> Result<Change, Violations> {
    let (root, mut problems) = (Path::Root, Problems::default());
    let update = PropertiesUpdate::read(&crate::model::from_json(json), &root, &mut problems);
    if let Some(PropertiesUpdate { properties, resets }) = &update {
        crate::validate::check_properties(properties, &root, &mut problems);
        let rule = properties.run_strategy.is_some();
        let both = [
            ("reset_run_strategy_rule", resets.reset_run_strategy_rule && rule),
            ("reset_workflow_concurrency", resets.reset_workflow_concurrency && rule),
            (
                "reset_step_concurrency",
                resets.reset_step_concurrency && properties.step_concurrency.is_some(),
            ),
        ];
        for (name, _) in both.iter().filter(|(_, both)| *both) {
            let message = "what is reset cannot be set as well";
            problems.rule(&root.key(name), "reset", message);
        }
    }
    let PropertiesUpdate { properties, resets } = problems.finish(update)?;
    let set = match to_json(&properties.write()) {
        Json::Object(set) => set,
        _ => Map::new(),
    };
    Ok(Change { set, resets })
}

impl World {
    /// Makes a version the active one, or none; answers it.
    pub(super) async fn activate(
        &mut self,
        id: &str,
        selector: Option<&str>,
    ) -> Result<Option<i64>, RunError> {
        let now = self.clock.now();
        let plan = self.select(id, selector.unwrap_or("latest")).await?;
        let version = selector.map(|_| plan.version);
        self.batch.push(Write::Activate(id.to_owned(), version, now));
        self.trigger(&plan, version.is_some(), now).await?;
        Ok(version)
    }

    /// Subscribes to the triggers of a version, or to none.
    async fn trigger(&mut self, plan: &Plan, active: bool, now: i64) -> Result<(), RunError> {
        if active {
            return self.subscribe(plan, now).await;
        }
        let mut silent = plan.clone();
        if let Json::Object(definition) = &mut silent.definition {
            definition.retain(|name, _| !name.ends_with("_triggers"));
        }
        self.subscribe(&silent, now).await
    }

    /// Decides on other properties of a workflow; answers them. [`World::rearranged`] follows.
    pub(super) async fn change_properties(
        &mut self,
        id: &str,
        change: Change,
    ) -> Result<(Json, Rearranged), RunError> {
        let latest = self.select(id, "latest").await?;
        let mut properties = match &latest.properties {
            Json::Object(properties) => properties.clone(),
            _ => Map::new(),
        };
        properties.extend(change.set);
        if change.resets.reset_step_concurrency {
            properties.shift_remove("step_concurrency");
        }
        if change.resets.reset_run_strategy_rule {
            properties.shift_remove("run_strategy");
        }
        if change.resets.reset_workflow_concurrency
            && let Some(Json::Object(strategy)) = properties.get_mut("run_strategy")
        {
            strategy.shift_remove("workflow_concurrency");
        }
        let properties = Json::Object(properties);
        let (before, after) = (strategy(&latest.properties), strategy(&properties));
        self.strategy_may_be(id, before.0, after.0).await?;
        let now = self.clock.now();
        if properties != latest.properties {
            self.batch.push(Write::Properties(id.to_owned(), properties.to_string(), now));
        }
        if let Ok(active) = self.select(id, "active").await {
            let mut active = Plan::clone(&active);
            active.properties = properties.clone();
            self.trigger(&active, true, now).await?;
        }
        let workflow_id = id.to_owned();
        Ok((properties, Rearranged { workflow_id, version: latest.version, strategy: after }))
    }
}
