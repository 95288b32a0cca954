//! Steps: their ids, levels and edges.

use std::collections::{HashMap, HashSet};

use super::names::{Kind, check_name};
use super::{MAX_LEVELS, Rules, loops, params, policy, range, tags, texts, triggers};
use crate::document::{Path, Problems, shorten};
use crate::graph::{Dag, GraphError};
use crate::model::{Scalar, Step, StepKind, Workflow};

/// What is known on the way down.
struct Walk<'w> {
    rules: &'w Rules<'w>,
    seen: HashSet<&'w str>,
}

pub(super) fn check(workflow: &Workflow, rules: &Rules<'_>, problems: &mut Problems) {
    let steps = workflow.all_steps().len();
    let root = Path::Root;
    let at = root.key("steps");
    if steps > rules.steps {
        let most = rules.steps;
        let message = format!("there are {steps} steps on all levels, {most} is the most");
        problems.rule(&at, "steps", message);
    }
    let mut walk = Walk { rules, seen: HashSet::new() };
    level(&workflow.steps, &at, 1, &mut Vec::new(), &mut walk, problems);
}

/// Checks a level and those inside it: at most as deep as a document can be.
fn level<'w>(
    steps: &'w [Step],
    at: &Path<'_>,
    depth: usize,
    loop_names: &mut Vec<&'w str>,
    walk: &mut Walk<'w>,
    problems: &mut Problems,
) {
    if steps.is_empty() {
        problems.rule(at, "steps", "there must be a step");
    }
    if depth == MAX_LEVELS + 1 {
        let message = format!("steps are nested more than {MAX_LEVELS} levels deep");
        problems.rule(at, "depth", message);
    }
    edges(steps, at, problems);
    for (index, step) in steps.iter().enumerate() {
        let at = at.index(index);
        one(step, &at, walk, problems);
        if matches!(step.kind, StepKind::Foreach(_) | StepKind::While(_)) {
            let own = loops::check(step, &at, loop_names, problems);
            let before = loop_names.len();
            loop_names.extend(own);
            level(step.steps(), &at.key("steps"), depth + 1, loop_names, walk, problems);
            loop_names.truncate(before);
        }
    }
}

fn one<'w>(step: &'w Step, at: &Path<'_>, walk: &mut Walk<'w>, problems: &mut Problems) {
    let common = &step.common;
    check_name(Kind::Reference, &common.id, &at.key("id"), problems);
    if !walk.seen.insert(&common.id) {
        let message = format!("the step `{}` is there twice", shorten(&common.id));
        problems.rule(&at.key("id"), "duplicate-step", message);
    }
    texts(common.name.as_deref(), common.description.as_deref(), at, problems);
    tags(common.tags.as_deref(), &at.key("tags"), problems);
    policy::timeout(common.timeout.as_ref(), &at.key("timeout"), problems);
    params::step(step, at, problems);
    triggers::step(step, at, problems);
    match &step.kind {
        StepKind::Leaf(leaf) => {
            if let Some(message) = (walk.rules.lacks)(&leaf.step_type.as_str().to_lowercase()) {
                problems.rule(&at.key("type"), "step-type", message);
            }
            if let Some(retry) = &leaf.retry_policy {
                policy::retry(retry, &at.key("retry_policy"), problems);
            }
        }
        StepKind::Template(_) => {
            problems.rule(at, "step-type", "steps of the kind `template` cannot be run");
        }
        StepKind::Foreach(foreach) => {
            let at = at.key("concurrency");
            match &foreach.concurrency {
                Some(Scalar::Number(n)) => range(*n, 1, 500, &at, problems),
                Some(Scalar::Text(text)) if !crate::params::is_interpolated(text) => {
                    match text.trim().parse() {
                        Ok(n) => range(n, 1, 500, &at, problems),
                        Err(_) => {
                            let message = format!("`{}` is no number", shorten(text));
                            problems.rule(&at, "range", message);
                        }
                    }
                }
                _ => {}
            }
        }
        StepKind::While(_) | StepKind::Subworkflow(_) => {}
    }
}

/// Successors, predecessors and cycles of one level.
fn edges(steps: &[Step], at: &Path<'_>, problems: &mut Problems) {
    let ids: HashSet<&str> = steps.iter().map(Step::id).collect();
    let mut derived: HashMap<&str, HashSet<&str>> = HashMap::new();
    let mut is_sound = ids.len() == steps.len();
    for (index, step) in steps.iter().enumerate() {
        for to in step.common.transition.successors.keys() {
            if ids.contains(to.as_str()) {
                derived.entry(to).or_default().insert(step.id());
            } else {
                is_sound = false;
                let step_at = at.index(index);
                let transition = step_at.key("transition");
                let message = format!("there is no step `{}` on this level", shorten(to));
                problems.rule(&transition.key("successors").key(to), "successor", message);
            }
        }
    }
    for (index, step) in steps.iter().enumerate() {
        let given = &step.common.transition.predecessors;
        if given.is_empty() {
            continue;
        }
        let (step_at, none) = (at.index(index), HashSet::new());
        let transition = step_at.key("transition");
        let at = transition.key("predecessors");
        let set: HashSet<&str> = given.iter().map(String::as_str).collect();
        if set.len() != given.len() {
            problems.rule(&at, "predecessors", "a predecessor is there twice");
        }
        if set != *derived.get(step.id()).unwrap_or(&none) {
            let message = "the predecessors are not those that have this step as a successor";
            problems.rule(&at, "predecessors", message);
        }
    }
    if is_sound {
        let names = steps
            .iter()
            .map(|step| (step.id(), step.common.transition.successors.keys().map(String::as_str)));
        if let Err(GraphError::Cycle(chain)) = Dag::build(names) {
            problems.rule(at, "cycle", format!("the steps form a cycle: {chain}"));
        }
    }
}
