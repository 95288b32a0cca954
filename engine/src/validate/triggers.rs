//! What starts a workflow, and the signals of its steps.

use super::names::{Kind, check_name};
use crate::document::{Path, Problems};
use crate::model::{Operator, ParamDefinition, ParamType, SignalTrigger, Step, Workflow};
use crate::params::is_interpolated;
use crate::trigger::Schedule;

/// The most signals of one trigger.
const MAX_SIGNALS: usize = 8;

pub(super) fn check(workflow: &Workflow, problems: &mut Problems) {
    let root = Path::Root;
    let at = root.key("time_triggers");
    for (index, trigger) in workflow.time_triggers.iter().flatten().enumerate() {
        if let Err(error) = Schedule::new(trigger, &workflow.id) {
            for (field, message) in error.0 {
                problems.rule(&at.index(index).key(field), "time-trigger", message);
            }
        }
    }
    let at = root.key("signal_triggers");
    for (index, trigger) in workflow.signal_triggers.iter().flatten().enumerate() {
        signal(trigger, &at.index(index), problems);
    }
}

fn signal(trigger: &SignalTrigger, at: &Path<'_>, problems: &mut Problems) {
    let definitions = at.key("definitions");
    let count = trigger.definitions.len();
    if count == 0 || count > MAX_SIGNALS {
        let message = format!("a trigger has 1 to {MAX_SIGNALS} signals, this has {count}");
        problems.rule(&definitions, "signal-trigger", message);
    }
    let keys = trigger.definitions.values().next().map_or(0, |first| first.join_keys.len());
    for (name, entry) in &trigger.definitions {
        let at = definitions.key(name);
        check_name(Kind::Signal, name, &at, problems);
        if entry.join_keys.len() != keys {
            let message = format!(
                "the signals of a trigger have the same number of join keys: {keys}, not {}",
                entry.join_keys.len()
            );
            problems.rule(&at.key("join_keys"), "signal-trigger", message);
        }
        for key in entry.join_keys.iter().filter(|key| entry.match_params.contains_key(*key)) {
            let message = format!("the join key `{key}` is among the `match_params` too");
            problems.rule(&at.key("join_keys"), "signal-trigger", message);
        }
    }
    super::params::names(&trigger.params, &at.key("params"), problems);
}

/// The signals that a step waits for and announces.
pub(super) fn step(step: &Step, at: &Path<'_>, problems: &mut Problems) {
    let list = at.key("signal_dependencies");
    for (index, dependency) in step.common.signal_dependencies.iter().flatten().enumerate() {
        let at = list.index(index);
        name(&dependency.name, &at, problems);
        let params = at.key("match_params");
        let ranges =
            dependency.match_params.values().filter(|p| p.operator != Operator::Equal).count();
        if ranges > 1 {
            let message = "only one param may be compared by `>`, `>=`, `<` or `<=`";
            problems.rule(&params, "signal-dependency", message);
        }
        for (key, wanted) in &dependency.match_params {
            scalar(&wanted.param, &params.key(key).key("param"), problems);
        }
    }
    let list = at.key("signal_outputs");
    for (index, output) in step.common.signal_outputs.iter().flatten().enumerate() {
        let at = list.index(index);
        name(&output.name, &at, problems);
        let params = at.key("params");
        for (key, param) in &output.params {
            scalar(param, &params.key(key), problems);
        }
    }
}

fn name(name: &str, at: &Path<'_>, problems: &mut Problems) {
    if !is_interpolated(name) {
        check_name(Kind::Signal, name, &at.key("name"), problems);
    }
}

fn scalar(param: &ParamDefinition, at: &Path<'_>, problems: &mut Problems) {
    if !matches!(param.param_type, ParamType::String | ParamType::Long) {
        let message = format!("a signal's param is a STRING or a LONG, not a {}", param.param_type);
        problems.rule(&at.key("type"), "signal-param", message);
    }
}
