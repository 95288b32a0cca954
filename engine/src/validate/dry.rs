//! The dry run of a definition: the params of its workflow are evaluated as a start would, with
//! stand-ins for what only a run knows.

use sel::Value;

use crate::document::{Path, Problems, Violation};
use crate::evaluate::first_trigger_timezone;
use crate::model::{
    CreateRequest, Initiator, Literal, ParamDefinition, ParamDefinitions, ParamSource, ParamType,
    SignalTrigger, Workflow,
};
use crate::params::{InstanceFacts, WorkflowInput, World, evaluate_workflow, merge_workflow};

/// What every param of a signal is in a dry run.
const SIGNAL_PARAM: i64 = 20_220_101;
/// What STRING params with these names are in a dry run.
const DATES: [&str; 2] = ["FROM_DATE", "TO_DATE"];
const DATE: &str = "20210101";

/// What is wrong with the params of a workflow when they are evaluated at `now`: each fault once,
/// where it comes from.
#[must_use]
pub fn dry_run(request: &CreateRequest, now: i64) -> Vec<Violation> {
    let workflow = &request.workflow;
    let owner = request.properties.as_ref().and_then(|properties| properties.owner.as_ref());
    let owner = owner.map(|owner| owner.name.as_str());
    let mut definition = workflow.params.clone();
    for name in DATES {
        if let Some(param) = definition.get_mut(name)
            && param.param_type == ParamType::String
        {
            *param = ParamDefinition::literal(Literal::String(DATE.to_owned()));
        }
    }
    let merged = merge_workflow(&WorkflowInput {
        workflow_id: &workflow.id,
        owner,
        definition: &definition,
        run_params: &ParamDefinitions::new(),
        source: ParamSource::Launch,
        restart: None,
    });
    // That params cannot be merged is told by the rules.
    let Ok(mut params) = merged else { return Vec::new() };
    let world = Rehearsal::new(workflow, owner, now);
    let mut problems = Problems::default();
    let (root, mut told) = (Path::Root, Vec::new());
    let at = root.key("params");
    for name in workflow.params.keys() {
        let wanted = [name.clone()];
        let Err(error) = evaluate_workflow(&workflow.id, &mut params, &wanted, &world) else {
            continue;
        };
        let own = error.param.split('.').next().unwrap_or_default();
        let own = if workflow.params.contains_key(own) { own } else { name.as_str() };
        if !told.contains(&own.to_owned()) {
            told.push(own.to_owned());
            problems.rule(&at.key(own), "dry-run", error.message);
        }
    }
    match problems.finish(Some(())) {
        Ok(()) => Vec::new(),
        Err(violations) => violations.0,
    }
}

/// The world of a run that is only tried.
struct Rehearsal<'w> {
    facts: InstanceFacts,
    triggers: &'w [SignalTrigger],
    now: i64,
}

impl<'w> Rehearsal<'w> {
    fn new(workflow: &'w Workflow, owner: Option<&str>, now: i64) -> Rehearsal<'w> {
        Rehearsal {
            facts: InstanceFacts {
                workflow_id: workflow.id.clone(),
                instance_id: 1,
                run_id: 1,
                owner: owner.map(str::to_owned),
                initiator: Initiator::manual(owner.unwrap_or_default().to_owned()),
                first_trigger_timezone: first_trigger_timezone(workflow.time_triggers.as_deref()),
                run_policy: "START_FRESH_NEW_RUN".to_owned(),
                previous_trigger_time: None,
            },
            triggers: workflow.signal_triggers.as_deref().unwrap_or_default(),
            now,
        }
    }
}

impl World for Rehearsal<'_> {
    fn now(&self) -> i64 {
        self.now
    }
    fn random(&self) -> u64 {
        self.now.cast_unsigned()
    }
    fn instance(&self, field: &str) -> Result<Value, String> {
        match field {
            "INITIATOR_TYPE" => Ok(Value::from("VALIDATION")),
            _ => self.facts.get(field),
        }
    }
    fn initiator_param(&self, _: &str) -> Result<Value, String> {
        Ok(Value::Long(SIGNAL_PARAM))
    }
    fn signal(&self, signal: &str, _: &str) -> Result<Value, String> {
        let is_known = self.triggers.iter().any(|trigger| trigger.definitions.contains_key(signal));
        if self.triggers.is_empty() || is_known {
            Ok(Value::Long(SIGNAL_PARAM))
        } else {
            Err(format!("no signal trigger has the signal `{signal}`"))
        }
    }
}
