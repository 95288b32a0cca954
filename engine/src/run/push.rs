//! New versions of workflows.

use serde_json::{Map, Value as Json};

use super::RunError;
use super::world::World;
use crate::core::Rule;
use crate::document::{Node, Path, Problems};
use crate::model::{CreateRequest, Model, to_json};
use crate::plan::Plan;
use crate::runtime::Registry;
use crate::store::{VersionRow, Write};
use crate::validate::{self, Rules};

/// A definition that keeps all rules.
pub(super) struct Definition {
    /// The workflow, with the digits of its decimals.
    workflow: String,
    properties: Map<String, Json>,
    active: bool,
}

/// A workflow has another version, or other properties.
pub(super) struct Rearranged {
    pub(super) workflow_id: String,
    /// Its latest version.
    pub(super) version: i64,
    pub(super) strategy: (Rule, u32),
}

/// What a push leaves as it was where it says nothing; the rest is what the definition says.
const KEPT: [&str; 7] = [
    "owner",
    "access_control",
    "alerting_disabled",
    "signal_trigger_disabled",
    "time_trigger_disabled",
    "description",
    "tags",
];

/// Reads a definition by the rules of an engine with these runtimes.
pub(super) fn read(
    tree: &Node,
    registry: &Registry,
    steps: usize,
) -> Result<CreateRequest, RunError> {
    let lacks = |name: &str| registry.lacks(name);
    Ok(validate::read(tree, &Rules { steps, lacks: &lacks })?)
}

impl Definition {
    /// What is stored of a request.
    pub(super) fn of(request: &CreateRequest) -> Definition {
        let properties = request.properties.as_ref().map(|given| to_json(&given.write()));
        let properties = match properties {
            Some(Json::Object(properties)) => properties,
            _ => Map::new(),
        };
        let workflow = request.workflow.write().to_string();
        Definition { workflow, properties, active: request.is_active }
    }
}

impl World {
    /// Decides on a new version of a workflow. [`World::rearranged`] follows.
    pub(super) async fn push(&mut self, definition: Definition) -> Result<Rearranged, RunError> {
        let Definition { workflow, mut properties, active } = definition;
        let json: Json = super::recover::read(&workflow)?;
        let id = json.get("id").and_then(Json::as_str).unwrap_or_default().to_owned();
        let stored = self.store.version(&id, None).await?;
        let before: Map<String, Json> = match &stored {
            Some(row) => super::recover::read(&row.properties)?,
            None => Map::new(),
        };
        for name in KEPT {
            if let (None, Some(value)) = (properties.get(name), before.get(name)) {
                properties.insert(name.to_owned(), value.clone());
            }
        }
        let plan = Plan::new(1, json, Json::Object(properties))?;
        let strategy = strategy(&plan.properties);
        let before = Json::Object(before);
        self.strategy_may_be(&id, self::strategy(&before).0, strategy.0).await?;
        let known = self.store.workflow(&id).await?;
        let version = known.map_or(1, |(_, latest, _)| latest.saturating_add(1));
        let now = self.clock.now();
        self.internal_id(&id);
        self.batch.push(Write::Version(VersionRow {
            workflow_id: id.clone(),
            version,
            definition: workflow,
            properties: plan.properties.to_string(),
            create_time: now,
            active,
        }));
        // All versions share the properties.
        if stored.is_none() || plan.properties != before {
            self.batch.push(Write::Properties(id.clone(), plan.properties.to_string(), now));
        }
        if active {
            self.batch.push(Write::Activate(id.clone(), Some(version), now));
            self.subscribe(&plan, now).await?;
        }
        Ok(Rearranged { workflow_id: id, version, strategy })
    }

    /// Stores a change of a workflow, and lets start what may start now.
    pub(super) async fn rearranged(&mut self, what: Rearranged) -> Result<(), RunError> {
        self.save().await?;
        // What was read before is read again. Instances keep theirs.
        self.plans.retain(|(workflow, _), _| *workflow != what.workflow_id);
        self.strategies.insert(what.workflow_id.clone(), what.strategy);
        self.dequeue(&what.workflow_id).await
    }

    /// Refuses a change of the run strategy that does not fit the instances that there are.
    pub(super) async fn strategy_may_be(
        &mut self,
        id: &str,
        from: Rule,
        to: Rule,
    ) -> Result<(), RunError> {
        if from == to {
            return Ok(());
        }
        if matches!(to, Rule::FirstOnly | Rule::LastOnly) {
            let live = self.store.live(Some(id)).await?.len();
            if live > 1 {
                return Err(RunError::Refused(format!(
                    "the run strategy of `{id}` cannot become {} while {live} of its instances \
                     are not over: one is the most",
                    to
                )));
            }
        }
        if to == Rule::StrictSequential && self.store.is_blocked(id).await? {
            return Err(RunError::Refused(format!(
                "the run strategy of `{id}` cannot become {} while an instance is FAILED: restart \
                 or unblock it first",
                to
            )));
        }
        Ok(())
    }

    /// The run strategy of a workflow: that of its latest version.
    pub(super) async fn strategy(&mut self, id: &str) -> Result<(Rule, u32), RunError> {
        if let Some(known) = self.strategies.get(id) {
            return Ok(*known);
        }
        let found = match self.store.version(id, None).await? {
            Some(row) => strategy(&super::recover::read(&row.properties)?),
            None => (Rule::Sequential, 1),
        };
        self.strategies.insert(id.to_owned(), found);
        Ok(found)
    }
}

/// The run strategy that properties say: the rule and how many may run at once.
pub(super) fn strategy(properties: &Json) -> (Rule, u32) {
    let root = Path::Root;
    let given = properties.get("run_strategy").map(crate::model::from_json).unwrap_or_default();
    let read = Option::<crate::model::RunStrategy>::read(&given, &root, &mut Problems::default());
    let strategy = read.flatten().unwrap_or_default();
    (strategy.rule, u32::try_from(strategy.concurrency()).unwrap_or(1))
}
