//! Telling what happened: events of the outbox, live events for subscribers.

use std::sync::Arc;

use serde_json::json;

use super::Live;
use super::world::{After, Key, World};
use crate::store::{RunKey, Write};

impl World {
    /// A status changed: the outbox event and the live one.
    pub(super) fn announce(
        &mut self,
        key: &Key,
        step: Option<(&str, u32)>,
        from: Option<&str>,
        to: &str,
    ) {
        let now = self.clock.now();
        let mut payload = json!({
            "workflow_id": key.workflow_id, "workflow_instance_id": key.instance_id,
            "workflow_run_id": key.run_id, "event_time": now,
        });
        let (kind, subject) = match step {
            Some((id, attempt)) => {
                payload["step_id"] = id.into();
                payload["step_attempt_id"] = attempt.into();
                ("STEP_INSTANCE_STATUS_CHANGE_EVENT", format!("{key}:{id}:{attempt}"))
            }
            None => ("WORKFLOW_INSTANCE_STATUS_CHANGE_EVENT", key.to_string()),
        };
        if let Some(from) = from {
            payload["old_status"] = from.into();
        }
        payload["new_status"] = to.into();
        self.batch.push(Write::Event(now, kind, subject, payload.to_string()));
        let (root, path) = self.place(key);
        let total = step.and_then(|(id, _)| {
            let flow = &self.runs.get(key)?.flow;
            let state = flow.step(flow.dag().place(id)?)?;
            state.iterations.as_ref().map(|iterations| iterations.total)
        });
        self.after.push(After::Live(Live {
            run: Arc::clone(key),
            root,
            path,
            step: step.map(|(id, attempt)| (id.to_owned(), attempt)),
            status: to.to_owned(),
            time: now,
            total: total.filter(|total| *total > 0),
            line: None,
        }));
    }

    /// A line of output as an event.
    pub(super) fn log_line(
        &self,
        subject: &str,
        time: i64,
        stream: &'static str,
        line: &str,
    ) -> Live {
        let mut parts = subject.rsplitn(5, ':');
        let attempt = parts.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        let step = parts.next().unwrap_or_default().to_owned();
        let run_id = parts.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        let instance_id = parts.next().and_then(|n| n.parse().ok()).unwrap_or(1);
        let workflow_id = parts.next().unwrap_or_default().to_owned();
        let run = Arc::new(RunKey { workflow_id, instance_id, run_id });
        let (root, path) = self.place(&run);
        let line = Some((stream, line.to_owned()));
        let (step, status, total) = (Some((step, attempt)), String::new(), None);
        Live { run, root, path, step, status, time, total, line }
    }

    /// The root of the tree that a run belongs to, and the way down from there; not looked for
    /// when nobody listens.
    fn place(&self, key: &Key) -> (Key, String) {
        let mut root = Arc::clone(key);
        let mut path = Vec::new();
        if self.live.receiver_count() == 0 {
            return (root, String::new());
        }
        while let Some(parent) = self.runs.get(&root).and_then(|run| run.info.parent.as_ref()) {
            // A child that nobody waits for may outlive what started it.
            let Some((above, _)) = self.runs.get_key_value(&parent.run) else { break };
            path.push(match parent.index {
                Some(index) => format!("{}[{index}]", parent.step),
                None => parent.step.clone(),
            });
            root = Arc::clone(above);
        }
        path.reverse();
        (root, path.join("/"))
    }
}
