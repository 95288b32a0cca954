//! Overviews of runs that go on, from the store: those of ended ones are stored with them.
//!
//! The leaf steps of children are counted down to the lowest level. What is seen is what was
//! stored last, so that any process can look.

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use serde_json::json;

use super::RunError;
use super::inline::iteration_key;
use super::recover::{load, no_version, read};
use super::state::{Info, RunState};
use crate::graph::{Aggregate, Overview};
use crate::plan::{Params, Plan};
use crate::store::{InstanceRow, RunKey, Store};

/// Reads the overviews of runs. Levels share their plan.
pub(super) struct Looker<'s> {
    store: &'s dyn Store,
    plans: HashMap<(String, i64), Arc<Plan>>,
}

/// What a run looks like as a whole.
pub(super) struct Look {
    pub(super) overview: Overview,
    /// `None` for a run that ended and was stored without one.
    pub(super) aggregate: Option<Aggregate>,
}

impl<'s> Looker<'s> {
    pub(super) fn new(store: &'s dyn Store) -> Self {
        Looker { store, plans: HashMap::new() }
    }

    /// The overview of a child by its key; `None` while it is not stored yet.
    pub(super) async fn child(&mut self, key: &RunKey) -> Result<Option<Overview>, RunError> {
        match self.store.instance(key).await? {
            Some(row) => Ok(Some(self.run(row).await?.overview)),
            None => Ok(None),
        }
    }

    /// The overview of a run. As deep as instances are nested, which is bounded.
    pub(super) fn run<'l>(
        &'l mut self,
        row: InstanceRow,
    ) -> Pin<Box<dyn Future<Output = Result<Look, RunError>> + Send + 'l>> {
        Box::pin(async move {
            let (info, state): (Info, RunState) = (read(&row.info)?, read(&row.state)?);
            if let Some(overview) = state.overview {
                return Ok(Look { overview, aggregate: state.aggregate });
            }
            let plan = self.plan(&info).await?;
            let status = row.status;
            let mut run = load(self.store, row, info, plan, Params::new()).await?;
            let mut children = Vec::new();
            for place in run.flow.dag().places() {
                let Some(step) = run.flow.step(place) else { continue };
                let active = step.iterations.iter().flat_map(|loops| loops.active.iter());
                children.extend(active.map(|index| (place, iteration_key(&run, place, *index))));
                let child = run.data.get(place).and_then(|data| data.child.clone());
                children.extend(child.filter(|_| step.child_active).map(|child| (place, child)));
            }
            for (place, child) in children {
                if let Some(overview) = self.child(&child).await?
                    && let Some(data) = run.data.get_mut(place)
                {
                    data.rollup.merge(&overview.rollup_overview);
                }
            }
            Ok(Look { overview: run.overview(), aggregate: Some(run.aggregate(status)) })
        })
    }

    async fn plan(&mut self, info: &Info) -> Result<Arc<Plan>, RunError> {
        let name = (info.definition.clone(), info.version);
        if let Some(plan) = self.plans.get(&name) {
            return Ok(Arc::clone(plan));
        }
        let row = self.store.version(&info.definition, Some(info.version)).await?;
        let row = row.ok_or_else(|| no_version(info))?;
        let plan = Plan::new(info.version, read(&row.definition)?, json!({}));
        let plan = Arc::new(plan.map_err(|_| no_version(info))?);
        self.plans.insert(name, Arc::clone(&plan));
        Ok(plan)
    }
}
