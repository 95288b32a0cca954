//! Notebook: papermill in a pod, with the params of the step.

use async_trait::async_trait;
use serde_json::{Map, Value as Json, json};

use super::super::environment::text;
use super::super::{Report, StepContext, StepRuntime};
use super::pod::{self, Job};
use super::{Kubernetes, default_param, unfit};

/// Params that say nothing to a notebook.
const HIDDEN: [&str; 9] = [
    "workflow_id",
    "step_attempt_id",
    "step_instance_uuid",
    "workflow_instance_id",
    "maestro_step_satisfied",
    "FIRST_TIME_TRIGGER_TIMEZONE",
    "INITIATOR_TIMEZONE",
    "kubernetes",
    "notebook",
];
/// Where a repository is cloned to.
const CLONE: &str = "notebook_repo";

/// Runs the notebook of the param `notebook` by papermill, as a Kubernetes step runs its command.
#[derive(Debug)]
pub struct Notebook(Kubernetes);

impl Notebook {
    /// Runs its pods as the other does.
    #[must_use]
    pub fn new(kubernetes: Kubernetes) -> Notebook {
        Notebook(kubernetes)
    }
}

/// A notebook to run.
#[derive(Debug)]
struct Papermill {
    output: String,
    script: String,
}

impl Papermill {
    fn new(context: &StepContext) -> Result<Papermill, String> {
        let notebook = context.params.get("notebook").and_then(Json::as_object);
        let notebook = notebook.ok_or("the param `notebook` is missing")?;
        let given = |name: &str| {
            notebook.get(name).filter(|v| !v.is_null()).map(text).filter(|t| !t.trim().is_empty())
        };
        let input = given("input_path").ok_or("the param `notebook` has no `input_path`")?;
        let output = given("output_path").unwrap_or_else(|| default_output(context));
        let mut script = given("init_command").map(|init| format!("{init} ")).unwrap_or_default();
        let source = match given("git_repo") {
            Some(repo) => {
                let submodules = notebook.get("git_submodules").is_some_and(|s| s == true);
                let options = if submodules { " --recurse-submodules" } else { "" };
                let branch = given("git_branch").map(|branch| format!(" -b {}", quoted(&branch)));
                let branch = branch.unwrap_or_default();
                let place = format!("cd \"{CLONE}/$(dirname {})\"", quoted(&input));
                script.push_str(&format!(
                    "git clone{options}{branch} {} {CLONE} && {place} && ",
                    quoted(&repo)
                ));
                if let Some(commit) = given("git_commit").filter(|_| branch.is_empty()) {
                    script.push_str(&format!("git checkout {} && ", quoted(&commit)));
                }
                format!("\"$(basename {})\"", quoted(&input))
            }
            None => quoted(&input),
        };
        let mut more: Vec<String> = match notebook.get("papermill_arguments") {
            Some(Json::Array(list)) => {
                list.iter().map(|word| text(word).trim().to_owned()).collect()
            }
            _ => Vec::new(),
        };
        if !more.iter().any(|word| word == "--start_timeout") {
            more.extend(["--start_timeout".to_owned(), "600".to_owned()]);
        }
        let more: Vec<String> = more.iter().map(|word| quoted(word)).collect();
        let params = Json::Object(params(context)).to_string();
        script.push_str(&format!(
            "papermill {source} {} -y {} --log-output {}",
            quoted(&output),
            quoted(&params),
            more.join(" ")
        ));
        Ok(Papermill { output, script })
    }
}

/// Maestro names the output by the run's time; the attempt makes it unique.
fn default_output(context: &StepContext) -> String {
    let identity = &context.identity;
    let run = context.workflow_params.get("RUN_TS").and_then(Json::as_i64).unwrap_or_default();
    let time = chrono::DateTime::from_timestamp_millis(run).unwrap_or_default();
    format!(
        "maestro-output_{}__{}_{}_{}.ipynb",
        time.format("%Y%m%d%H%M%S"),
        identity.instance_id,
        identity.step_id,
        identity.uuid
    )
}

/// What the notebook is given: the workflow's params, the step's over them, and who it is.
fn params(context: &StepContext) -> Map<String, Json> {
    let mut all = Map::clone(&context.workflow_params);
    all.extend(Map::clone(&context.params));
    all.retain(|name, value| !HIDDEN.contains(&name.as_str()) && *value != "");
    let owner = context.workflow_params.get("owner").cloned();
    all.insert("attempt_number".to_owned(), context.identity.attempt.saturating_sub(1).into());
    all.extend(owner.map(|owner| ("owner".to_owned(), owner)));
    all.extend(context.timeout.map(|millis| ("timeout_in_millis".to_owned(), millis.into())));
    let criticality = context.criticality.clone();
    all.extend(criticality.map(|level| ("criticality".to_owned(), level.into())));
    all
}

/// One word for a shell.
fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', r"'\''"))
}

fn job(context: &StepContext) -> Result<(Job, Papermill), String> {
    let papermill = Papermill::new(context)?;
    let command = pod::shell(&papermill.script);
    let job = Job::running(context, pod::asked(context)?, Some(command), None)?;
    Ok((job, papermill))
}

#[async_trait]
impl StepRuntime for Notebook {
    fn default_params(&self) -> Map<String, Json> {
        let notebook = json!({"type": "MAP", "value": {
            "init_command": {"value": "", "type": "STRING"}}});
        Map::from_iter([
            ("kubernetes".to_owned(), default_param()),
            ("notebook".to_owned(), notebook),
        ])
    }

    async fn start(&self, context: &StepContext) -> Report {
        let (job, papermill) = match job(context) {
            Ok(made) => made,
            Err(message) => return unfit(message),
        };
        let mut report = self.0.launch(&job).await;
        let artifact = json!({"type": "NOTEBOOK", "output_path": papermill.output});
        report.artifacts.insert("maestro_notebook".to_owned(), artifact);
        report
    }

    async fn execute(&self, context: &StepContext) -> Report {
        match job(context) {
            Ok((job, _)) => self.0.follow(context, &job).await,
            Err(message) => unfit(message),
        }
    }

    async fn terminate(&self, context: &StepContext) {
        if let Ok((job, _)) = job(context) {
            self.0.end(context, &job).await;
        }
    }
}
