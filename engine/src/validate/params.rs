//! Params: their names, that each has a value, and that they can be merged with the defaults.

use super::names::{Kind, check_name};
use crate::document::{Path, Problems};
use crate::model::{
    Content, CreateRequest, Literal, ParamDefinition, ParamDefinitions, ParamSource, Params, Step,
};
use crate::params::{
    ParamError, StepIdentity, StepInput, WorkflowInput, merge_step, merge_workflow, type_defaults,
};

/// The params of the workflow.
pub(super) fn workflow(request: &CreateRequest, problems: &mut Problems) {
    let (root, workflow) = (Path::Root, &request.workflow);
    let at = root.key("params");
    if names(&workflow.params, &at, problems) {
        let merged = merge_workflow(&WorkflowInput {
            workflow_id: &workflow.id,
            owner: None,
            definition: &workflow.params,
            run_params: &ParamDefinitions::new(),
            source: ParamSource::Launch,
            restart: None,
        });
        refused(merged, &workflow.params, &at, problems);
    }
}

/// The params of a step.
pub(super) fn step(step: &Step, at: &Path<'_>, problems: &mut Problems) {
    let at = at.key("params");
    let definition = &step.common.params;
    // What a template brings is not known here.
    let is_template =
        matches!(&step.kind, crate::model::StepKind::Leaf(leaf) if leaf.sub_type.is_some());
    if !names(definition, &at, problems) || is_template {
        return;
    }
    let identity = StepIdentity {
        workflow_instance_id: 1,
        step_instance_uuid: String::new(),
        step_attempt_id: 1,
        step_id: step.id().to_owned(),
    };
    let merged = merge_step(
        &StepInput {
            identity: &identity,
            definition,
            defaults: &type_defaults(&step.type_name().to_lowercase()),
            template: None,
            injected: None,
            run_params: None,
            restart_params: None,
        },
        &Params::new(),
    );
    // A loop without its params is told of where loops are looked at.
    if step.steps().is_empty() || definition.contains_key("loop_params") {
        refused(merged, definition, &at, problems);
    }
}

fn refused<T>(
    merged: Result<T, ParamError>,
    params: &ParamDefinitions,
    at: &Path<'_>,
    problems: &mut Problems,
) {
    if let Err(error) = merged {
        // An entry of a MAP is named `param.entry`; the param itself has the place.
        let is_inside = |name: &&String| {
            error.param.strip_prefix(name.as_str()).is_some_and(|rest| rest.starts_with('.'))
        };
        let own = params.keys().find(is_inside).unwrap_or(&error.param);
        problems.rule(&at.key(own), "param", error.message);
    }
}

/// Whether all names and values are as they should be.
pub(super) fn names(params: &ParamDefinitions, at: &Path<'_>, problems: &mut Problems) -> bool {
    let before = problems.len();
    for (name, param) in params {
        let at = at.key(name);
        check_name(Kind::Reference, name, &at, problems);
        value(param, &at, problems);
    }
    problems.len() == before
}

/// Nested as deep as a document can be.
fn value(param: &ParamDefinition, at: &Path<'_>, problems: &mut Problems) {
    match &param.content {
        Content::Missing => {
            problems.rule(at, "param", "a param has a `value` or an `expression`");
        }
        Content::Literal(Literal::Map(entries)) => {
            let inside = at.key("value");
            for (name, entry) in entries {
                value(entry, &inside.key(name), problems);
            }
        }
        _ => {}
    }
    if param.internal_mode.is_some() {
        problems.rule(&at.key("internal_mode"), "param", "`internal_mode` is the system's");
    }
    if param.source.is_some() {
        problems.rule(&at.key("source"), "param", "`source` is the system's");
    }
}
