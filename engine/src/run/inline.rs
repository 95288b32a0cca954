//! What iterations are called. Maestro makes the id of an inline workflow from the internal id of
//! the workflow, its instance, and a hash of the step and the instance that it belongs to; what
//! iterations of one instance are called has one beginning therefore, at all levels.

use md5::{Digest, Md5};
use serde_json::Value as Json;

use super::RunError;
use super::state::{Info, Run};
use super::world::World;
use crate::core::StepKind;
use crate::store::{RunKey, Write};

/// The kind of the store's entries that are the internal ids of workflows.
const KIND: &str = "internal_id";

/// The internal id of the first workflow.
const FIRST: i64 = 10_000;

const DIGITS: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

/// The digits of a number, the lowest first.
fn base62(n: i64) -> String {
    let mut rest = n.unsigned_abs();
    let mut digits = String::new();
    loop {
        let digit = usize::try_from(rest % 62).ok().and_then(|digit| DIGITS.get(digit));
        digits.extend(digit.map(|digit| char::from(*digit)));
        rest /= 62;
        if rest == 0 {
            return digits;
        }
    }
}

/// Texts that are spread.
fn hash_key(n: i64) -> String {
    base62(n)
}

/// Texts in the order of the numbers: how many digits, then these.
fn range_key(n: i64) -> String {
    let digits = base62(n);
    let length = i64::try_from(digits.len()).unwrap_or(0);
    base62(length).chars().chain(digits.chars().rev()).collect()
}

/// The inline workflow of a loop's iterations, by the run that the loop is in.
pub(super) fn workflow(kind: StepKind, step: &str, key: &RunKey, info: &Info) -> String {
    let kind = if kind == StepKind::While { "while" } else { "foreach" };
    let name = format!("{step}@{}@{}", key.instance_id, key.workflow_id);
    let hash = u128::from_be_bytes(Md5::digest(name).into());
    let (workflow, instance) = (hash_key(info.internal_id), range_key(own_instance(key, info)));
    format!("maestro_{kind}_{workflow}_{instance}_{hash:032x}")
}

/// The instance of a workflow that a run belongs to: its own, or the one around an iteration.
fn own_instance(key: &RunKey, info: &Info) -> i64 {
    if info.path.is_empty() {
        return key.instance_id;
    }
    let above = info.initiator.get("ancestors").and_then(Json::as_array);
    let place = above.and_then(|above| above.len().checked_sub(info.path.len()));
    let around = above.zip(place).and_then(|(above, place)| above.get(place)?.get("instance_id"));
    around.and_then(Json::as_i64).unwrap_or(key.instance_id)
}

/// The name of an iteration: it follows from that of its container.
pub(super) fn iteration_key(run: &Run, place: usize, index: u32) -> RunKey {
    let (kind, step) = (run.flow.spec(place).kind, run.flow.dag().id(place));
    RunKey {
        workflow_id: workflow(kind, step, &run.key, &run.info),
        instance_id: i64::from(index),
        run_id: run.data.get(place).map_or(1, |data| match data.reruns.get(&index) {
            Some(rerun) => rerun.run_id,
            None => data.loop_run.max(1),
        }),
    }
}

impl World {
    pub(super) async fn load_internal_ids(&mut self) -> Result<(), RunError> {
        for (workflow, id) in self.store.entries(KIND).await? {
            self.internal_ids.extend(id.parse().ok().map(|id| (workflow, id)));
        }
        Ok(())
    }

    /// The number of a workflow, given to it when it is first heard of.
    pub(super) fn internal_id(&mut self, workflow: &str) -> i64 {
        if let Some(id) = self.internal_ids.get(workflow) {
            return *id;
        }
        let id = self.internal_ids.values().max().map_or(FIRST, |last| last.saturating_add(1));
        self.internal_ids.insert(workflow.to_owned(), id);
        self.batch.push(Write::Entry(KIND, workflow.to_owned(), Some(id.to_string())));
        id
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_become_texts_that_are_spread_or_in_order() {
        for (n, hash, range) in [
            (0, "0", "10"),
            (9, "9", "19"),
            (61, "z", "1z"),
            (62, "01", "210"),
            (10_000, "Ib2", "32bI"),
            (i64::MAX, "7m85Y0n8LzA", "BAzL8n0Y58m7"),
        ] {
            assert_eq!((hash_key(n).as_str(), range_key(n).as_str()), (hash, range), "{n}");
        }
    }
}
