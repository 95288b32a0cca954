//! The rules that a definition keeps besides its shape: names, limits, edges, loops, triggers.
//!
//! All faults are told at once, each with the path of what breaks the rule and a code that names
//! the rule. Expressions are not looked into here: that is [`crate::check`].

mod dry;
mod graph;
mod loops;
pub(crate) mod names;
mod params;
mod policy;
mod triggers;

use crate::document::{Node, Path, Problems, Violation, Violations, shorten};
use crate::model::{CreateRequest, Model, Properties, RunStrategyRule, StepType, Tag};
pub use dry::dry_run;
use names::{Kind, check_name};

/// The most bytes of a create request.
pub const MAX_REQUEST_BYTES: usize = 262_144;
/// The most steps of a definition, all levels together.
pub const MAX_STEPS: usize = 300;
/// How deep steps may be nested, the top level included.
pub const MAX_LEVELS: usize = 10;
/// The longest name.
pub const MAX_NAME: usize = 256;
/// The longest description.
pub const MAX_DESCRIPTION: usize = 16_384;

/// Keys that a request may not bring along for the metadata.
const METADATA: [&str; 5] =
    ["workflow_id", "workflow_version_id", "git_info", "version_author", "create_time"];

/// What depends on who runs the definition.
pub struct Rules<'r> {
    /// The most steps of a definition, all levels together.
    pub steps: usize,
    /// Why steps of a type, in lower case, cannot be run; `None` when they can.
    pub lacks: &'r (dyn Fn(&str) -> Option<String> + Sync),
}

impl std::fmt::Debug for Rules<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Rules").field("steps", &self.steps).finish_non_exhaustive()
    }
}

/// The limits of Maestro and the built-in step types.
impl Default for Rules<'_> {
    fn default() -> Self {
        Rules { steps: MAX_STEPS, lacks: &unknown_type }
    }
}

/// What is wrong with the name of a step type when none but the built-in ones are known.
#[must_use]
pub fn unknown_type(name: &str) -> Option<String> {
    match StepType::from_name(name) {
        Some(StepType::Titus) => {
            Some("there is no runtime for steps of the type `Titus`".to_owned())
        }
        Some(_) => None,
        None => {
            let known = StepType::ALL.iter().filter(|known| **known != StepType::Titus);
            let known: Vec<String> = known.map(|known| format!("`{known}`")).collect();
            let name = shorten(name);
            Some(format!("there is no step type `{name}`: expected one of {}", known.join(", ")))
        }
    }
}

/// Reads a definition that keeps the rules from its tree.
///
/// # Errors
/// All that is wrong with its shape, and with what could be read of it.
pub fn read(tree: &Node, rules: &Rules<'_>) -> Result<CreateRequest, Violations> {
    let mut problems = Problems::default();
    let request = CreateRequest::read(tree, &Path::Root, &mut problems);
    if let Some(request) = &request {
        problems.extend(validate_with(request, rules));
    }
    problems.finish(request)
}

/// Everything that is wrong with a definition; nothing when it is sound.
#[must_use]
pub fn validate(request: &CreateRequest) -> Vec<Violation> {
    validate_with(request, &Rules::default())
}

/// The same by the rules of whoever runs it.
#[must_use]
pub fn validate_with(request: &CreateRequest, rules: &Rules<'_>) -> Vec<Violation> {
    let mut problems = Problems::default();
    let root = Path::Root;
    let size = request.write().to_string().len();
    if size > MAX_REQUEST_BYTES {
        let message = format!("the definition has {size} bytes, {MAX_REQUEST_BYTES} is the most");
        problems.rule(&root, "size", message);
    }
    for name in METADATA.iter().filter(|name| request.extra.contains_key(**name)) {
        problems.rule(&root.key(name), "extra", "this name is kept for the metadata of a version");
    }
    if let Some(properties) = &request.properties {
        check_properties(properties, &root.key("properties"), &mut problems);
    }
    let workflow = &request.workflow;
    check_name(Kind::Workflow, &workflow.id, &root.key("id"), &mut problems);
    texts(workflow.name.as_deref(), workflow.description.as_deref(), &root, &mut problems);
    tags(workflow.tags.as_deref(), &root.key("tags"), &mut problems);
    policy::timeout(workflow.timeout.as_ref(), &root.key("timeout"), &mut problems);
    if let Some(most) = workflow.instance_step_concurrency {
        let at = root.key("instance_step_concurrency");
        range(most, 1, 999, &at, &mut problems);
    }
    triggers::check(workflow, &mut problems);
    params::workflow(request, &mut problems);
    graph::check(workflow, rules, &mut problems);
    match problems.finish(Some(())) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.0,
    }
}

pub(crate) fn check_properties(properties: &Properties, at: &Path<'_>, problems: &mut Problems) {
    if let Some(most) = properties.step_concurrency {
        range(most, 1, 1000, &at.key("step_concurrency"), problems);
    }
    if let Some(strategy) = &properties.run_strategy
        && let Some(most) = strategy.workflow_concurrency
    {
        let at = at.key("run_strategy");
        range(most, 1, 1000, &at, problems);
        if most > 1 && strategy.rule != RunStrategyRule::Parallel {
            let message = format!(
                "with {} one instance runs at a time: `workflow_concurrency` above 1 is for PARALLEL",
                strategy.rule.as_str()
            );
            problems.rule(&at, "run-strategy", message);
        }
    }
    if properties.tags.is_some() {
        let message = "the tags of a workflow's properties cannot be set here";
        problems.rule(&at.key("tags"), "properties-tags", message);
    }
    texts(None, properties.description.as_deref(), at, problems);
    let tct = properties.alerting.as_ref().and_then(|alerting| alerting.tct.as_ref());
    if let Some(tct) = tct {
        let given = [tct.completed_by_hour, tct.duration_minutes, tct.completed_by_ts];
        if given.iter().flatten().count() != 1 {
            let message = "expected one of `completed_by_hour`, `duration_minutes` and \
                           `completed_by_ts`";
            problems.rule(&at.key("alerting").key("tct"), "alerting", message);
        }
    }
}

/// The lengths of what is for people.
fn texts(name: Option<&str>, description: Option<&str>, at: &Path<'_>, problems: &mut Problems) {
    for (field, text, most) in
        [("name", name, MAX_NAME), ("description", description, MAX_DESCRIPTION)]
    {
        let length = text.map_or(0, |text| text.chars().count());
        if length > most {
            let message = format!("it has {length} characters, {most} is the most");
            problems.rule(&at.key(field), "length", message);
        }
    }
}

fn tags(tags: Option<&[Tag]>, at: &Path<'_>, problems: &mut Problems) {
    let tags = tags.unwrap_or_default();
    for (index, tag) in tags.iter().enumerate() {
        let at = at.index(index);
        check_name(Kind::Tag, &tag.name, &at, problems);
        if tags.iter().take(index).any(|other| other.name == tag.name) {
            let message = format!("the tag `{}` is there twice", shorten(&tag.name));
            problems.rule(&at, "duplicate-tag", message);
        }
    }
}

/// A number within bounds.
fn range(number: i64, least: i64, most: i64, at: &Path<'_>, problems: &mut Problems) {
    if !(least..=most).contains(&number) {
        problems.rule(at, "range", format!("expected {least} to {most}, found {number}"));
    }
}

#[cfg(test)]
mod tests;
