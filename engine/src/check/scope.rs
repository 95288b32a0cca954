//! What an expression of a definition sees: names with their types.

use std::collections::HashMap;

use indexmap::IndexMap;
use sel::Ty;

use crate::graph::Dag;
use crate::model::{
    Content, Literal, ParamDefinition, ParamDefinitions, ParamType, Step, StepKind, Workflow,
};
use crate::params::{StepIdentity, splits, step_defaults, type_defaults, workflow_defaults};

/// Types by name.
pub(super) type Types = IndexMap<String, Ty>;

pub(super) fn ty(declared: ParamType) -> Ty {
    Ty::of(declared.kind())
}

/// What an expression is to give for a declared type, besides what converts to it: an empty array
/// of strings is an empty array of anything.
pub(super) fn accepted(declared: ParamType) -> Ty {
    match declared.element() {
        Some(_) => ty(declared).or(Ty::of(sel::Kind::StringArray)),
        None => ty(declared),
    }
}

/// A step as others refer to it.
pub(super) struct Referred {
    pub(super) params: Types,
    /// A job template may bring more.
    pub(super) is_open: bool,
}

/// What all expressions of one level see.
pub(super) struct Level<'w> {
    /// The workflow's params, or for the steps in a loop those of an iteration.
    pub(super) workflow: Types,
    /// The steps by id.
    pub(super) steps: HashMap<&'w str, Referred>,
    /// Steps with the ids of those that come after them.
    pub(super) after: HashMap<&'w str, Vec<&'w str>>,
    /// The definition has a trigger for signals.
    pub(super) signals: Vec<&'w str>,
}

fn declared(types: &mut Types, params: &ParamDefinitions) {
    for (name, param) in params {
        // A default keeps its type.
        types.entry(name.clone()).or_insert_with(|| ty(param.param_type));
    }
}

/// The params of a step with those that it has by default.
pub(super) fn of_step(step: &Step) -> Types {
    let mut types = Types::new();
    let identity = StepIdentity {
        workflow_instance_id: 1,
        step_instance_uuid: String::new(),
        step_attempt_id: 1,
        step_id: String::new(),
    };
    declared(&mut types, &step_defaults(&identity));
    declared(&mut types, &type_defaults(&step.type_name().to_lowercase()));
    declared(&mut types, &step.common.params);
    types.insert("maestro_step_satisfied".to_owned(), Ty::BOOLEAN);
    types
}

/// The names and types that a loop goes over, as its iterations see them.
pub(super) fn loop_types(step: &Step) -> Types {
    let entries = step.common.params.get("loop_params").and_then(ParamDefinition::as_literal);
    let Some(Literal::Map(entries)) = entries else { return Types::new() };
    let element = |param: ParamType| param.element().map_or(ty(param), ty);
    entries.iter().map(|(name, entry)| (name.clone(), element(entry.param_type))).collect()
}

impl<'w> Level<'w> {
    pub(super) fn top(workflow: &'w Workflow) -> Level<'w> {
        let mut types = Types::new();
        declared(&mut types, &workflow_defaults(&workflow.id, None));
        declared(&mut types, &workflow.params);
        let triggers = workflow.signal_triggers.iter().flatten();
        let signals = triggers.flat_map(|trigger| trigger.definitions.keys().map(String::as_str));
        Level::new(types, &workflow.steps, signals.collect())
    }

    /// The level inside a foreach or a while.
    pub(super) fn inside(&self, step: &'w Step) -> Level<'w> {
        let mut types = self.workflow.clone();
        for (name, param) in &step.common.params {
            if name != "loop_params" {
                types.insert(name.clone(), ty(param.param_type));
            }
        }
        types.insert("loop_index".to_owned(), Ty::LONG);
        if matches!(step.kind, StepKind::While(_)) {
            types.insert("condition".to_owned(), Ty::BOOLEAN);
        }
        types.extend(loop_types(step));
        // A loop over what an expression gives has names that nobody knows before.
        if let Some(param) = step.common.params.get("loop_params")
            && matches!(param.content, Content::Expression(_))
        {
            types.insert(OPEN.to_owned(), Ty::ANY);
        }
        Level::new(types, step.steps(), self.signals.clone())
    }

    fn new(workflow: Types, steps: &'w [Step], signals: Vec<&'w str>) -> Level<'w> {
        let dag =
            Dag::build(steps.iter().map(|step| {
                (step.id(), step.common.transition.successors.keys().map(String::as_str))
            }));
        let after = dag.ok().map(|dag| {
            let later = |step: &'w Step| {
                let place = dag.place(step.id())?;
                let all = dag.descendants(&[place]);
                let later = steps.iter().filter(|other| {
                    other.id() != step.id()
                        && dag.place(other.id()).is_some_and(|at| all.get(at) == Some(&true))
                });
                Some((step.id(), later.map(Step::id).collect()))
            };
            steps.iter().filter_map(later).collect()
        });
        let referred = |step: &'w Step| {
            let is_open = matches!(&step.kind, StepKind::Leaf(leaf) if leaf.sub_type.is_some());
            (step.id(), Referred { params: of_step(step), is_open })
        };
        Level {
            workflow,
            steps: steps.iter().map(referred).collect(),
            after: after.unwrap_or_default(),
            signals,
        }
    }

    /// The names are not all known.
    pub(super) fn is_open(&self) -> bool {
        self.workflow.contains_key(OPEN)
    }
}

/// Stands for names that are known only when it runs; no param can be named so.
const OPEN: &str = "*";

/// The place that an expression stands in.
#[derive(Clone, Copy)]
pub(super) enum Place<'p> {
    /// A param of the workflow.
    Workflow,
    /// Something of a step: its own params are seen too.
    Step { id: &'p str, own: &'p Types },
    /// What sees these names only.
    Only(&'p Types),
}

/// What a name stands for.
pub(super) enum Found {
    /// A value of these kinds.
    Known(Ty),
    /// Nothing, and why.
    Missing(String),
}

/// Looks a name up as the engine does.
pub(super) fn find(name: &str, place: Place<'_>, level: &Level<'_>) -> Found {
    let missing = |what: String| Found::Missing(what);
    match place {
        Place::Only(types) => match types.get(name) {
            Some(ty) => Found::Known(*ty),
            None => missing(format!("nothing is named `{name}` here")),
        },
        Place::Workflow => match level.workflow.get(name) {
            Some(ty) => Found::Known(*ty),
            None if of_signal(name, level) => Found::Known(Ty::STRING.or(Ty::LONG)),
            None => missing(format!("there is no workflow param `{name}`")),
        },
        Place::Step { id, own } => {
            if name.contains("__") {
                return of_other(name, id, own, level);
            }
            match (own.get(name), level.workflow.get(name)) {
                (Some(own), Some(workflow)) => Found::Known(own.or(*workflow)),
                (Some(ty), None) | (None, Some(ty)) => Found::Known(*ty),
                (None, None) if level.is_open() => Found::Known(Ty::ANY),
                (None, None) => missing(format!(
                    "neither the step `{id}` nor the workflow has a param `{name}`"
                )),
            }
        }
    }
}

fn of_signal(name: &str, level: &Level<'_>) -> bool {
    splits(name).any(|(signal, _)| level.signals.contains(&signal))
}

/// `step__param`
fn of_other(name: &str, id: &str, own: &Types, level: &Level<'_>) -> Found {
    let mut reason = None;
    for (step, param) in splits(name) {
        if step == id {
            match own.get(param) {
                Some(ty) => return Found::Known(*ty),
                None => reason = Some(format!("the step `{id}` has no param `{param}`")),
            }
        } else if level.steps.contains_key(step) {
            match step_param(step, param, id, level) {
                Ok(ty) => return Found::Known(ty),
                Err(message) => reason = Some(message),
            }
        }
    }
    if of_signal(name, level) {
        return Found::Known(Ty::STRING.or(Ty::LONG));
    }
    let nothing = || {
        let step = splits(name).next().map_or(name, |(step, _)| step);
        format!("there is no step `{step}` on this level that `{name}` could refer to")
    };
    Found::Missing(reason.unwrap_or_else(nothing))
}

/// The type of a param of another step, referred to by the step `id`.
pub(super) fn step_param(
    step: &str,
    param: &str,
    id: &str,
    level: &Level<'_>,
) -> Result<Ty, String> {
    let Some(referred) = level.steps.get(step) else {
        return Err(format!("there is no step `{step}` on this level"));
    };
    if level.after.get(id).is_some_and(|later| later.contains(&step)) {
        return Err(format!("the step `{step}` comes after the step `{id}`"));
    }
    match (referred.params.get(param), param) {
        (Some(ty), _) => Ok(*ty),
        (None, "MAESTRO_STEP_STATUS") => Ok(Ty::STRING),
        (None, "MAESTRO_STEP_END_TIME") => Ok(Ty::LONG),
        (None, _) if referred.is_open => Ok(Ty::ANY),
        (None, _) => Err(format!("the step `{step}` has no param `{param}`")),
    }
}
