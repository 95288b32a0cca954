//! Goes through a definition and checks each expression and text in its scope.

use sel::{Kind, Ty};

use super::Finding;
use super::cycle::cycles;
use super::expression::Checker;
use super::scope::{Level, Place, Types, accepted, loop_types, of_step};
use crate::definition::Definition;
use crate::document::{PathBuf, Style, Violation};
use crate::model::{
    Content, Literal, ParamDefinition, ParamDefinitions, ParamType, Scalar, SignalTrigger, Step,
    StepKind,
};
use crate::params::{free_names, splits};

/// All findings about expressions and references.
pub(super) fn expressions(definition: &Definition) -> Vec<Finding> {
    let mut checker = Checker { definition, findings: Vec::new() };
    let workflow = &definition.request.workflow;
    let root = PathBuf::default();
    let level = Level::top(workflow);
    checker.params(&workflow.params, &root.key("params"), Place::Workflow, &level);
    checker.circles(&workflow.params, &root.key("params"), None, &level);
    checker.setting(workflow.timeout.as_ref(), &root.key("timeout"), &level);
    let at = root.key("signal_triggers");
    for (index, trigger) in workflow.signal_triggers.iter().flatten().enumerate() {
        checker.trigger(trigger, &at.index(index), &level);
    }
    checker.level(&workflow.steps, &root.key("steps"), &level);
    checker.findings
}

impl Checker<'_> {
    /// The steps of a level and those inside them: as deep as a document can be.
    fn level(&mut self, steps: &[Step], at: &PathBuf, level: &Level<'_>) {
        for (index, step) in steps.iter().enumerate() {
            let at = at.index(index);
            self.step(step, &at, level);
            if !step.steps().is_empty() {
                self.level(step.steps(), &at.key("steps"), &level.inside(step));
            }
        }
    }

    fn step(&mut self, step: &Step, at: &PathBuf, level: &Level<'_>) {
        let mut own = of_step(step);
        if matches!(&step.kind, StepKind::Leaf(leaf) if leaf.sub_type.is_some()) {
            // A template may bring any param.
            own.extend(self.of_template(step, level));
        }
        let place = Place::Step { id: step.id(), own: &own };
        self.params(&step.common.params, &at.key("params"), place, level);
        self.circles(&step.common.params, &at.key("params"), Some(step.id()), level);
        for (to, condition) in &step.common.transition.successors {
            let at = at.key("transition").key("successors").key(to);
            // `OTHERWISE` is made of conditions that are looked at themselves.
            if self.definition.node(&at).style == Style::None {
                continue;
            }
            self.expression(&at, condition, Ty::BOOLEAN, place, level);
        }
        self.setting(step.common.timeout.as_ref(), &at.key("timeout"), level);
        let none = Types::new();
        let before = Place::Step { id: step.id(), own: &none };
        let list = at.key("signal_dependencies");
        for (index, dependency) in step.common.signal_dependencies.iter().flatten().enumerate() {
            let at = list.index(index);
            self.text(&at.key("name"), &dependency.name, before, level);
            for (name, wanted) in &dependency.match_params {
                let at = at.key("match_params").key(name).key("param");
                self.param(&wanted.param, &at, before, level);
            }
        }
        let list = at.key("signal_outputs");
        for (index, output) in step.common.signal_outputs.iter().flatten().enumerate() {
            let at = list.index(index);
            self.text(&at.key("name"), &output.name, place, level);
            self.params(&output.params, &at.key("params"), place, level);
        }
        match &step.kind {
            StepKind::Leaf(leaf) => {
                if let Some(retry) = &leaf.retry_policy {
                    let at = at.key("retry_policy");
                    for (name, value) in [
                        ("error_retry_limit", &retry.error_retry_limit),
                        ("platform_retry_limit", &retry.platform_retry_limit),
                        ("timeout_retry_limit", &retry.timeout_retry_limit),
                    ] {
                        self.setting(value.as_ref(), &at.key(name), level);
                    }
                }
            }
            StepKind::Foreach(foreach) => {
                self.setting(foreach.concurrency.as_ref(), &at.key("concurrency"), level);
            }
            StepKind::While(kind) => {
                let mut seen = level.workflow.clone();
                seen.extend(own.iter().map(|(name, ty)| (name.clone(), *ty)));
                seen.extend(loop_types(step));
                let at = at.key("condition");
                let expect = Ty::BOOLEAN;
                self.expression(&at, &kind.condition, expect, Place::Only(&seen), level);
            }
            StepKind::Subworkflow(_) | StepKind::Template(_) => {}
        }
    }

    /// The names that only a template can explain, of any type.
    fn of_template(&self, step: &Step, level: &Level<'_>) -> Types {
        let conditions = step.common.transition.successors.values();
        let programs = conditions
            .filter_map(|text| sel::Program::compile(&sel::complete_statement(text)).ok());
        let in_conditions = programs.flat_map(|program| program.inputs().to_vec());
        let params = step.common.params.values();
        params
            .flat_map(free_names)
            .chain(in_conditions)
            .filter(|name| !name.contains("__") && !level.workflow.contains_key(name))
            .filter(|name| !step.common.params.contains_key(name))
            .map(|name| (name, Ty::ANY))
            .collect()
    }

    fn trigger(&mut self, trigger: &SignalTrigger, at: &PathBuf, level: &Level<'_>) {
        let mut seen: Types = trigger
            .params
            .iter()
            .map(|(name, param)| (name.clone(), Ty::of(param.param_type.kind())))
            .collect();
        self.params(&trigger.params, &at.key("params"), Place::Only(&seen), level);
        let given: Vec<String> = [&trigger.condition, &trigger.dedup_expr]
            .into_iter()
            .flatten()
            .flat_map(|text| {
                free_names(&ParamDefinition::expression(text.as_str(), ParamType::String))
            })
            .filter(|name| splits(name).any(|(signal, _)| trigger.definitions.contains_key(signal)))
            .collect();
        // A param of a signal is a text or a number.
        let of_signal = Ty::of(Kind::String).or(Ty::of(Kind::Long));
        seen.extend(given.into_iter().map(|name| (name, of_signal)));
        let place = Place::Only(&seen);
        if let Some(condition) = &trigger.condition {
            self.expression(&at.key("condition"), condition, Ty::BOOLEAN, place, level);
        }
        if let Some(text) = &trigger.dedup_expr {
            self.expression(&at.key("dedup_expr"), text, Ty::of(Kind::String), place, level);
        }
    }

    /// A number or a text that workflow params may be put into.
    fn setting(&mut self, given: Option<&Scalar>, at: &PathBuf, level: &Level<'_>) {
        if let Some(Scalar::Text(text)) = given {
            self.text(at, text, Place::Workflow, level);
        }
    }

    fn params(
        &mut self,
        params: &ParamDefinitions,
        at: &PathBuf,
        place: Place<'_>,
        level: &Level<'_>,
    ) {
        for (name, param) in params {
            self.param(param, &at.key(name), place, level);
        }
    }

    /// One param; the entries of a MAP are as deep as a document can be.
    fn param(
        &mut self,
        param: &ParamDefinition,
        at: &PathBuf,
        place: Place<'_>,
        level: &Level<'_>,
    ) {
        let value = at.key("value");
        match &param.content {
            Content::Expression(text) => {
                let expect = accepted(param.param_type);
                self.expression(&at.key("expression"), text, expect, place, level);
            }
            Content::Literal(Literal::String(text)) => self.text(&value, text, place, level),
            Content::Literal(Literal::StringArray(items)) => {
                for (index, text) in items.iter().enumerate() {
                    self.text(&value.index(index), text, place, level);
                }
            }
            Content::Literal(Literal::StringMap(entries)) => {
                for (key, text) in entries {
                    self.text(&value.key(key), text, place, level);
                    self.text(&value.key(key), key, place, level);
                }
            }
            Content::Literal(Literal::Map(entries)) => {
                for (name, entry) in entries {
                    self.param(entry, &value.key(name), place, level);
                }
            }
            _ => {}
        }
    }

    /// Params of a workflow, or of a step, that refer to each other in a circle.
    fn circles(
        &mut self,
        params: &ParamDefinitions,
        at: &PathBuf,
        step: Option<&str>,
        level: &Level<'_>,
    ) {
        let own = |name: String| match step {
            // A workflow param of the same name is what is meant.
            Some(_) if level.workflow.contains_key(&name) => None,
            Some(id) => {
                let reference = name.strip_prefix(id).and_then(|rest| rest.strip_prefix("__"));
                Some(reference.map_or(name.clone(), str::to_owned))
            }
            None => Some(name),
        };
        let names: Vec<Vec<String>> = params
            .values()
            .map(|param| free_names(param).into_iter().filter_map(own).collect())
            .collect();
        let edges: Vec<(&str, Vec<&str>)> = params
            .keys()
            .zip(&names)
            .map(|(name, refers)| (name.as_str(), refers.iter().map(String::as_str).collect()))
            .collect();
        for (name, chain) in cycles(&edges) {
            let path = at.key(name);
            let span = self.definition.node(&path).span;
            let message = format!("the params refer to each other in a circle: {chain}");
            let violation = Violation { path, message, code: Some("param-cycle"), span: None };
            self.findings.push(Finding::of_violation(violation, span));
        }
    }
}
