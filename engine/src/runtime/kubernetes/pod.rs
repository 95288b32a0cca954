//! The pod of a step: what its params ask for, as the API server reads it.

use serde_json::{Map, Value as Json, json};

use super::super::StepContext;
use super::super::environment::text;
use super::super::orphan::STEP;
use super::super::output::MARKERS;

/// The name of the one container.
pub(super) const CONTAINER: &str = "maestro-job";
/// The label that says whose attempt a pod is.
pub(super) const OWNER: &str = "maestro/step_uuid";

/// What a step asks for.
#[derive(Debug)]
pub(super) struct Job {
    /// The pod's name.
    pub(super) name: String,
    /// Whether the user chose the name: then another attempt's pod may be gone on with.
    pub(super) shared: bool,
    /// The attempt.
    pub(super) owner: String,
    /// The pod.
    pub(super) manifest: Json,
    script: String,
    asked: Map<String, Json>,
}

impl Job {
    /// The job of a Kubernetes step.
    ///
    /// # Errors
    /// When its params lack something.
    pub(super) fn new(context: &StepContext) -> Result<Job, String> {
        let asked = asked(context)?;
        let words = |name: &str| match asked.get(name) {
            Some(Json::Array(list)) if !list.is_empty() => Some(list.iter().map(text).collect()),
            _ => None,
        };
        let entrypoint = asked.get("entrypoint").and_then(Json::as_str).filter(|e| !e.is_empty());
        let command = match (words("command"), entrypoint) {
            (None, Some(entrypoint)) => Some(shell(entrypoint)),
            (command, _) => command,
        };
        Job::running(context, asked.clone(), command, words("args"))
    }

    /// A job that runs this command.
    pub(super) fn running(
        context: &StepContext,
        asked: Map<String, Json>,
        command: Option<Vec<String>>,
        args: Option<Vec<String>>,
    ) -> Result<Job, String> {
        let given = |name: &str| {
            asked.get(name).filter(|value| !value.is_null()).map(text).filter(|t| !t.is_empty())
        };
        let image = given("image").ok_or("the param `kubernetes` has no `image`")?;
        let key = given("job_deduplication_key");
        let owner = context.identity.uuid.clone();
        let name = key.clone().unwrap_or_else(|| owner.clone());
        let limits: Map<String, Json> = [
            ("cpu", "cpu"),
            ("memory", "memory"),
            ("disk", "ephemeral-storage"),
            ("gpu", "nvidia.com/gpu"),
        ]
        .into_iter()
        .filter_map(|(param, resource)| Some((resource.to_owned(), given(param)?.into())))
        .collect();
        let script = command.iter().chain(&args).flatten().cloned().collect::<Vec<_>>().join(" ");
        let mut container = json!({
            "name": CONTAINER, "image": image, "env": variables(context, &asked),
            "resources": {"limits": limits},
        });
        if let Some(command) = command {
            container["command"] = command.into();
        }
        if let Some(args) = args {
            container["args"] = args.into();
        }
        let before_stop = asked.get("pre_stop").and_then(|p| p.get("exec")?.get("command"));
        if let Some(command) = before_stop {
            container["lifecycle"] = json!({"preStop": {"exec": {"command": command}}});
        }
        let mut metadata = json!({"name": name, "labels": labels(context, given("app_name"))});
        if let Some(email) = given("owner_email") {
            metadata["annotations"] = json!({"maestro/owner_email": email});
        }
        let manifest = json!({
            "apiVersion": "v1", "kind": "Pod", "metadata": metadata,
            "spec": {"restartPolicy": "Never", "containers": [container]},
        });
        Ok(Job { name, shared: key.is_some(), owner, manifest, script, asked })
    }

    /// The artifact `maestro_kubernetes`.
    pub(super) fn artifact(&self, output: Option<&str>) -> Json {
        let mut artifact = json!({"type": "KUBERNETES", "job_id": self.name,
            "execution_script": self.script, "command": self.asked});
        if let Some(output) = output {
            artifact["execution_output"] = output.into();
        }
        artifact
    }
}

/// The param `kubernetes`.
pub(super) fn asked(context: &StepContext) -> Result<Map<String, Json>, String> {
    let asked = context.params.get("kubernetes").and_then(Json::as_object);
    asked.cloned().ok_or_else(|| "the param `kubernetes` is missing".to_owned())
}

/// Lets a shell read the text.
pub(super) fn shell(script: &str) -> Vec<String> {
    ["/bin/sh", "-c", script].map(str::to_owned).to_vec()
}

fn variables(context: &StepContext, asked: &Map<String, Json>) -> Vec<Json> {
    let own = asked.get("env").and_then(Json::as_object).into_iter().flatten();
    let own = own.map(|(name, value)| (name.as_str(), text(value)));
    let fixed = MARKERS.map(|(name, value)| (name, value.to_owned()));
    let fixed = fixed.into_iter().chain([(STEP, context.identity.uuid.clone())]);
    own.chain(fixed).map(|(name, value)| json!({"name": name, "value": value})).collect()
}

fn labels(context: &StepContext, app: Option<String>) -> Map<String, Json> {
    let identity = &context.identity;
    [
        ("app.kubernetes.io/managed-by", "sel".to_owned()),
        ("app.kubernetes.io/name", app.unwrap_or_else(|| CONTAINER.to_owned())),
        ("maestro/workflow_id", identity.workflow_id.clone()),
        ("maestro/workflow_instance_id", identity.instance_id.to_string()),
        ("maestro/workflow_run_id", identity.run_id.to_string()),
        ("maestro/step_id", identity.step_id.clone()),
        ("maestro/step_attempt_id", identity.attempt.to_string()),
        (OWNER, identity.uuid.clone()),
    ]
    .into_iter()
    .map(|(name, value)| (name.to_owned(), label(&value).into()))
    .collect()
}

/// What a label may be: 63 letters, digits, `-`, `_`, `.`, the first and last a letter or digit.
fn label(text: &str) -> String {
    let fits = |c: char| if c.is_ascii_alphanumeric() || "-_.".contains(c) { c } else { '_' };
    let text: String = text.trim_start_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned();
    let text: String = text.chars().take(63).map(fits).collect();
    text.trim_end_matches(|c: char| !c.is_ascii_alphanumeric()).to_owned()
}

#[cfg(test)]
mod tests {
    use super::label;

    #[test]
    fn labels_are_what_the_server_takes() {
        for (text, expected) in
            [("plain", "plain"), ("_a b_", "a_b"), ("", ""), ("---", ""), ("é.x", "x")]
        {
            assert_eq!(label(text), expected);
        }
        let long = format!("{:a<62}", "");
        assert_eq!(label(&format!("{long}-b")), long);
    }
}
