//! The params of a workflow definition, evaluated without running it.

use std::cell::Cell;
use std::fmt;

use sel::{Limits, Value};

use crate::definition::{Definition, Format, no_templates};
use crate::document::Violations;
use crate::model::{Initiator, ParamDefinitions, ParamSource, Params, TimeTrigger, User, Workflow};
use crate::params::{self, InstanceFacts, ParamError, WorkflowInput, World, merge_workflow};

/// How the instance looks whose params are evaluated.
#[derive(Debug, Clone)]
pub struct Options {
    /// The clock, in epoch milliseconds.
    pub now: i64,
    /// The limits of each expression.
    pub limits: Limits,
    /// Params given at the start, in the form of the definition's: they win over it.
    pub run_params: ParamDefinitions,
    /// The user who starts it.
    pub user: String,
}

impl Options {
    /// A manual start at `now`.
    #[must_use]
    pub fn at(now: i64) -> Self {
        Options {
            now,
            limits: Limits::default(),
            run_params: ParamDefinitions::new(),
            user: "sel".to_owned(),
        }
    }
}

/// Why there are no values.
#[derive(Debug)]
pub enum EvaluateError {
    /// The text is no workflow definition.
    Definition(Violations),
    /// A param fails.
    Param(ParamError),
}

impl fmt::Display for EvaluateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            EvaluateError::Definition(violations) => violations.fmt(f),
            EvaluateError::Param(error) => error.fmt(f),
        }
    }
}
impl std::error::Error for EvaluateError {}

/// Evaluates the workflow-level params of a definition: those named, or all, the default params
/// (`RUN_TS`, `TARGET_RUN_DATE`, …) behind the definition's own.
///
/// # Errors
/// When the text is no definition or a param fails; the error names the param.
pub fn workflow_params(
    definition: &str,
    names: &[String],
    options: &Options,
) -> Result<Params, EvaluateError> {
    let definition = Definition::read(definition, Format::of(definition), &no_templates)
        .map_err(EvaluateError::Definition)?;
    definition_params(&definition, names, options).map_err(EvaluateError::Param)
}

/// As [`workflow_params`], of a definition that was read already.
///
/// # Errors
/// When a param fails; the error names it.
pub fn definition_params(
    definition: &Definition,
    names: &[String],
    options: &Options,
) -> Result<Params, ParamError> {
    let workflow = &definition.request.workflow;
    let owner = definition
        .request
        .properties
        .as_ref()
        .and_then(|properties| properties.owner.as_ref())
        .map_or(options.user.as_str(), |owner| owner.name.as_str());
    let world = Manual::new(workflow, owner, options);
    let mut params = merge_workflow(&WorkflowInput {
        workflow_id: &workflow.id,
        owner: Some(owner),
        definition: &workflow.params,
        run_params: &options.run_params,
        source: ParamSource::Launch,
        restart: None,
    })?;
    let defined =
        |name: &String| workflow.params.contains_key(name) || options.run_params.contains_key(name);
    params.sort_by(|a, _, b, _| {
        let place = |name| workflow.params.get_index_of(name).unwrap_or(usize::MAX);
        (!defined(a), place(a)).cmp(&(!defined(b), place(b)))
    });
    let wanted: Vec<String> = match names {
        [] => params.keys().cloned().collect(),
        names => names.to_vec(),
    };
    if let Some(missing) = wanted.iter().find(|name| !params.contains_key(*name)) {
        return Err(ParamError::missing(missing));
    }
    params::evaluate_workflow(&workflow.id, &mut params, &wanted, &world)?;
    Ok(wanted.into_iter().filter_map(|name| params.swap_remove_entry(&name)).collect())
}

/// The zone of a workflow's first time trigger.
#[must_use]
pub fn first_trigger_timezone(triggers: Option<&[TimeTrigger]>) -> Option<String> {
    let first = triggers?.first()?;
    Some(first.timezone.clone().unwrap_or_else(|| "UTC".to_owned()))
}

/// The world of the first run that a user starts, as far as it is known before.
struct Manual<'o> {
    facts: InstanceFacts,
    options: &'o Options,
    state: Cell<u64>,
}

impl<'o> Manual<'o> {
    fn new(workflow: &Workflow, owner: &str, options: &'o Options) -> Manual<'o> {
        let mut initiator = Initiator::manual(options.user.clone());
        initiator.user = Some(User::named(options.user.clone()));
        Manual {
            facts: InstanceFacts {
                workflow_id: workflow.id.clone(),
                instance_id: 1,
                run_id: 1,
                owner: Some(owner.to_owned()),
                initiator,
                first_trigger_timezone: first_trigger_timezone(workflow.time_triggers.as_deref()),
                run_policy: "START_FRESH_NEW_RUN".to_owned(),
                previous_trigger_time: None,
            },
            options,
            state: Cell::new(options.now.cast_unsigned()),
        }
    }
}

impl World for Manual<'_> {
    fn now(&self) -> i64 {
        self.options.now
    }
    fn random(&self) -> u64 {
        // SplitMix64 (Steele, Lea, Flood 2014).
        let state = self.state.get().wrapping_add(0x9E37_79B9_7F4A_7C15);
        self.state.set(state);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }
    fn limits(&self) -> Limits {
        self.options.limits.clone()
    }
    fn instance(&self, field: &str) -> Result<Value, String> {
        self.facts.get(field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = r#"{"properties": {"owner": "alice"}, "workflow": {"id": "w",
        "time_triggers": [{"type": "CRON", "cron": "0 0 * * *", "timezone": "Asia/Tokyo"}],
        "params": {"b": {"expression": "a + '-' + TARGET_RUN_HOUR", "type": "STRING"},
                   "a": {"value": "${owner}", "type": "STRING"}},
        "steps": []}}"#;

    #[test]
    fn named_ones_or_all_with_the_definitions_own_first() {
        let options = Options::at(0);
        let all = workflow_params(TEXT, &[], &options).unwrap();
        assert!(all.keys().take(2).eq(["b", "a"]));
        assert!(all.len() > 30);
        let one = workflow_params(TEXT, &["b".to_owned()], &options).unwrap();
        let text = one["b"].evaluated().and_then(|value| value.as_str());
        assert_eq!(text, Some("alice-09"));
        assert_eq!(one.len(), 1);
    }

    #[test]
    fn faults_are_told() {
        let options = Options::at(0);
        let fault = |text: &str, names: &[String]| {
            workflow_params(text, names, &options).unwrap_err().to_string()
        };
        assert_eq!(fault(TEXT, &["z".to_owned()]), "param `z`: there is no such param");
        assert!(fault("{", &[]).contains("invalid JSON"));
        assert!(fault(r#"{"id": "w", "x": 1}"#, &[]).contains("x: unknown field"));
    }
}
