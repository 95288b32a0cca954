//! What a pod's status says about its job.

use k8s_openapi::api::core::v1::{ContainerStatus, Pod};

use super::super::Outcome;

/// How a pod ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum End {
    /// Its container ended with 0.
    Succeeded,
    /// It failed, whose fault that is, and why.
    Failed(Outcome, String),
}

/// Reasons for which a cluster ends a pod that has done nothing wrong.
const PLATFORM: [&str; 9] = [
    "Evicted",
    "NodeAffinity",
    "NodeLost",
    "NodeShutdown",
    "Preempting",
    "Shutdown",
    "Terminated",
    "UnexpectedAdmissionError",
    "OutOfpods",
];

fn container(pod: &Pod) -> Option<&ContainerStatus> {
    pod.status.as_ref()?.container_statuses.as_ref()?.first()
}

/// The end of a pod that has come to it.
pub(super) fn end(pod: &Pod) -> Option<End> {
    let phase = pod.status.as_ref().and_then(|status| status.phase.as_deref());
    match phase {
        Some("Succeeded") => Some(End::Succeeded),
        Some("Failed") => Some(failure(pod)),
        // The name of the image is no name: waiting does not mend it.
        _ if waiting(pod).is_some_and(|why| why.starts_with("InvalidImageName")) => {
            let why = waiting(pod).unwrap_or_default();
            Some(End::Failed(Outcome::UserError, format!("the pod cannot start: {why}")))
        }
        _ => None,
    }
}

fn failure(pod: &Pod) -> End {
    let status = pod.status.as_ref();
    let reason = status.and_then(|status| status.reason.as_deref()).unwrap_or_default();
    let conditions = status.and_then(|status| status.conditions.as_deref()).unwrap_or_default();
    let disrupted = conditions.iter().find(|c| c.type_ == "DisruptionTarget" && c.status == "True");
    if disrupted.is_some() || PLATFORM.contains(&reason) || reason.starts_with("OutOf") {
        let said = status.and_then(|status| status.message.clone());
        let said = said.or_else(|| disrupted?.message.clone()).unwrap_or_default();
        let why = [reason, &said].map(str::trim).join(" ");
        let message = format!("the cluster ended the pod: {}", why.trim());
        return End::Failed(Outcome::PlatformError, message);
    }
    let terminated =
        container(pod).and_then(|c| c.state.as_ref()).and_then(|s| s.terminated.as_ref());
    let message = match terminated {
        Some(state) => {
            let reason = state.reason.as_deref().unwrap_or("Error");
            let said = state.message.as_deref().map(|m| format!(": {m}")).unwrap_or_default();
            format!("the container ended with exit code {} ({reason}){said}", state.exit_code)
        }
        None => format!("the pod failed: {reason}").trim_end_matches([':', ' ']).to_owned(),
    };
    End::Failed(Outcome::UserError, message)
}

/// What a pod that does not run yet waits for.
pub(super) fn waiting(pod: &Pod) -> Option<String> {
    let state = container(pod).and_then(|c| c.state.as_ref()).and_then(|s| s.waiting.as_ref());
    let (reason, message) = match state {
        Some(state) => (state.reason.as_deref(), state.message.as_deref()),
        None => {
            let conditions = pod.status.as_ref()?.conditions.as_ref()?;
            let waits = conditions.iter().find(|c| c.status == "False" && c.reason.is_some())?;
            (waits.reason.as_deref(), waits.message.as_deref())
        }
    };
    let message = message.map(|m| format!(": {m}")).unwrap_or_default();
    Some(format!("{}{message}", reason?))
}

/// Whether there is a log to read.
pub(super) fn runs(pod: &Pod) -> bool {
    pod.status.as_ref().and_then(|status| status.phase.as_deref()) == Some("Running")
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::{Value as Json, json};

    fn pod(status: Json) -> Pod {
        serde_json::from_value(json!({"metadata": {"name": "p"}, "status": status})).unwrap()
    }

    fn failed(outcome: Outcome, message: &str) -> Option<End> {
        Some(End::Failed(outcome, message.to_owned()))
    }

    #[test]
    fn the_end_is_told_from_the_status() {
        for (status, expected) in [
            (json!({}), None),
            (json!({"phase": "Pending"}), None),
            (json!({"phase": "Running"}), None),
            (json!({"phase": "Unknown"}), None),
            (json!({"phase": "Succeeded"}), Some(End::Succeeded)),
            (json!({"phase": "Failed"}), failed(Outcome::UserError, "the pod failed")),
            (
                json!({"phase": "Failed", "containerStatuses": [{"name": "c", "ready": false,
                    "image": "i", "imageID": "", "restartCount": 0,
                    "state": {"terminated": {"exitCode": 137, "reason": "OOMKilled"}}}]}),
                failed(Outcome::UserError, "the container ended with exit code 137 (OOMKilled)"),
            ),
            (
                json!({"phase": "Failed", "reason": "Evicted", "message": "low on memory"}),
                failed(Outcome::PlatformError, "the cluster ended the pod: Evicted low on memory"),
            ),
            (
                json!({"phase": "Failed", "conditions": [
                    {"type": "DisruptionTarget", "status": "True", "message": "preempted"}]}),
                failed(Outcome::PlatformError, "the cluster ended the pod: preempted"),
            ),
            (
                json!({"phase": "Failed", "reason": "OutOfcpu"}),
                failed(Outcome::PlatformError, "the cluster ended the pod: OutOfcpu"),
            ),
            (
                json!({"phase": "Pending", "containerStatuses": [{"name": "c", "ready": false,
                    "image": "", "imageID": "", "restartCount": 0,
                    "state": {"waiting": {"reason": "InvalidImageName", "message": "`?`"}}}]}),
                failed(Outcome::UserError, "the pod cannot start: InvalidImageName: `?`"),
            ),
        ] {
            assert_eq!(end(&pod(status.clone())), expected, "{status}");
        }
    }

    #[test]
    fn what_a_pod_waits_for_is_said() {
        let unschedulable = json!({"phase": "Pending", "conditions": [{"type": "PodScheduled",
            "status": "False", "reason": "Unschedulable", "message": "0/3 nodes"}]});
        assert_eq!(waiting(&pod(unschedulable)).as_deref(), Some("Unschedulable: 0/3 nodes"));
        assert_eq!(waiting(&pod(json!({"phase": "Pending"}))), None);
    }
}
