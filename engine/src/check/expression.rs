//! One expression, checked in its place.

use sel::{CheckOptions, Checked, Diagnostic, Limits, Program, Severity, Ty};

use super::Finding;
use super::scope::{Found, Level, Place, Types, find, step_param};
use crate::definition::Definition;
use crate::document::{PathBuf, Span};
use crate::params::references;

/// What `params.getFromInstance` answers.
const INSTANCE: [(&str, Ty); 9] = [
    ("workflow_id", Ty::STRING),
    ("workflow_instance_id", Ty::LONG),
    ("workflow_run_id", Ty::LONG),
    ("owner", Ty::STRING),
    ("INITIATOR_TYPE", Ty::STRING),
    ("INITIATOR_TIMEZONE", Ty::STRING),
    ("INITIATOR_RUNNER_NAME", Ty::STRING),
    ("FIRST_TIME_TRIGGER_TIMEZONE", Ty::STRING),
    ("RUN_POLICY", Ty::STRING),
];
/// What `params.getFromStep(field)` answers.
const STEP: [(&str, Ty); 6] = [
    ("step_id", Ty::STRING),
    ("step_instance_id", Ty::LONG),
    ("step_instance_uuid", Ty::STRING),
    ("step_attempt_id", Ty::LONG),
    ("step_type_info", Ty::STRING),
    ("MAESTRO_STEP_ERROR_RETRIES", Ty::LONG),
];
/// What is answered only when it runs.
const LATER: [&str; 5] = [
    "getFromSignal",
    "getFromSignalOrDefault",
    "getFromSignalDependency",
    "getFromForeach",
    "getFromSubworkflow",
];

/// Checks expressions and texts of one definition.
pub(super) struct Checker<'d> {
    pub(super) definition: &'d Definition,
    pub(super) findings: Vec<Finding>,
}

impl Checker<'_> {
    /// Checks the expression at a path.
    pub(super) fn expression(
        &mut self,
        path: &PathBuf,
        text: &str,
        expect: Ty,
        place: Place<'_>,
        level: &Level<'_>,
    ) {
        let code = sel::complete_statement(text);
        let Ok(program) = Program::compile_with(&code, &Limits::default()) else {
            let checked = syntax(text, &code);
            checked.diagnostics.iter().for_each(|d| self.add(path, text, d));
            return;
        };
        let mut types = Types::new();
        let mut missing = Vec::new();
        for name in program.inputs() {
            match find(name, place, level) {
                _ if name == "params" || name == "Util" => {}
                Found::Known(ty) => drop(types.insert(name.clone(), ty)),
                Found::Missing(message) => missing.push((name.clone(), message)),
            }
        }
        self.undefined(path, text, &code, seen(place, level), &missing);
        // What is missing was told of: nothing follows from it.
        types.extend(missing.into_iter().map(|(name, _)| (name, Ty::ANY)));
        let mut options = with_functions(CheckOptions::new().expecting(expect), place, level);
        if let Place::Step { .. } = place {
            let asked = level.workflow.iter().filter(|(name, _)| {
                ["'", "\""].iter().any(|q| code.contains(&format!("{q}{name}{q}")))
            });
            options.inputs.extend(asked.map(|(name, ty)| (name.clone(), *ty)));
        }
        options.inputs.extend(types);
        for diagnostic in &sel::check(&code, &options).diagnostics {
            let worded = reworded(diagnostic, &code, place, level);
            self.add(path, text, worded.as_ref().unwrap_or(diagnostic));
        }
    }

    /// Tells of names that stand for nothing, where the checker finds them used.
    fn undefined(
        &mut self,
        path: &PathBuf,
        text: &str,
        code: &str,
        seen: Types,
        missing: &[(String, String)],
    ) {
        if missing.is_empty() {
            return;
        }
        let mut options = CheckOptions::new();
        options.inputs.extend(seen);
        let checked = sel::check(code, &options);
        for (name, message) in missing {
            let used = checked.diagnostics.iter().find(|d| {
                d.code == "SEL0250"
                    && code.get(d.span.start as usize..d.span.end as usize) == Some(name)
            });
            let start = code.find(name.as_str()).unwrap_or(0);
            let fallback = || sel::Span { start: start as u32, end: (start + name.len()) as u32 };
            self.add(
                path,
                text,
                &Diagnostic {
                    code: "SEL0250",
                    severity: Severity::Error,
                    message: message.clone(),
                    span: used.map_or_else(fallback, |d| d.span),
                    help: used
                        .and_then(|d| d.help.clone())
                        .filter(|help| help.starts_with("did you mean")),
                    suggestion: used.and_then(|d| d.suggestion.clone()),
                },
            );
        }
    }

    /// Checks the references of a literal text at a path.
    pub(super) fn text(&mut self, path: &PathBuf, text: &str, place: Place<'_>, level: &Level<'_>) {
        for name in references(text) {
            if let Found::Missing(message) = find(name, place, level) {
                // A slice of the text: where it begins follows from where it lies.
                let start = (name.as_ptr() as usize).saturating_sub(text.as_ptr() as usize);
                let span = sel::Span { start: start as u32, end: (start + name.len()) as u32 };
                let help = "`$$` is a dollar sign that stands for no param".to_owned();
                let diagnostic = Diagnostic {
                    code: "interpolation",
                    severity: Severity::Error,
                    message,
                    span,
                    help: Some(help),
                    suggestion: None,
                };
                self.push(path, text, 0, diagnostic);
            }
        }
    }

    /// Adds a diagnostic of an expression that the engine completes.
    fn add(&mut self, path: &PathBuf, text: &str, diagnostic: &Diagnostic) {
        self.push(path, text, text.len() - text.trim_start().len(), diagnostic.clone());
    }

    /// Adds a diagnostic whose spans begin after the first `cut` bytes of the text at the path.
    fn push(&mut self, path: &PathBuf, text: &str, cut: usize, diagnostic: Diagnostic) {
        let node = self.definition.node(path);
        let end = text.trim_end().len();
        let at = |offset: u32| {
            let offset = (offset as usize).saturating_add(cut).min(end);
            // Of a string that was made from others only its start is known.
            match node.as_text() {
                Some(own) if own == text => node.source_offset(&self.definition.text, offset),
                _ => node.span.start,
            }
        };
        let place = |span: sel::Span| Span { start: at(span.start), end: at(span.end) };
        let span = place(diagnostic.span);
        let suggestion = diagnostic.suggestion.map(|s| (place(s.span), s.replacement));
        let Diagnostic { severity, code, message, help, .. } = diagnostic;
        let path = path.clone();
        self.findings.push(Finding { severity, code, message, help, path, span, suggestion });
    }
}

/// All plain names that are seen in a place: what a misspelt one may be meant for.
fn seen(place: Place<'_>, level: &Level<'_>) -> Types {
    match place {
        Place::Only(types) => types.clone(),
        Place::Workflow => level.workflow.clone(),
        Place::Step { own, .. } => {
            let mut all = level.workflow.clone();
            all.extend(own.iter().map(|(name, ty)| (name.clone(), *ty)));
            all
        }
    }
}

/// The syntax error of a text as its author sees it: without the semicolon that is added.
fn syntax(text: &str, code: &str) -> Checked {
    let own = text.trim();
    match Program::compile_with(own, &Limits::default()) {
        Err(error) if error.is_incomplete() => sel::check(own, &CheckOptions::new()),
        _ => sel::check(code, &CheckOptions::new()),
    }
}

/// The functions that the engine has in a place.
fn with_functions(options: CheckOptions, place: Place<'_>, level: &Level<'_>) -> CheckOptions {
    let mut options = options
        .with_function("params.nextUniqueId", Ty::LONG)
        .with_function("params.getExecutionEnvironment", Ty::STRING)
        .with_function("Util.toJson", Ty::STRING);
    if let Place::Only(_) = place {
        return options;
    }
    for (field, ty) in INSTANCE {
        options = options.with_function(format!("params.getFromInstance({field})"), ty);
    }
    for name in LATER {
        options = options.with_function(format!("params.{name}"), Ty::ANY);
    }
    if let Place::Step { id, .. } = place {
        for (field, ty) in STEP {
            options = options.with_function(format!("params.getFromStep({field})"), ty);
        }
        for (step, referred) in &level.steps {
            if level.after.get(id).is_some_and(|later| later.contains(step)) {
                continue;
            }
            let status = [("MAESTRO_STEP_STATUS", Ty::STRING), ("MAESTRO_STEP_END_TIME", Ty::LONG)];
            let params = referred.params.iter().map(|(name, ty)| (name.as_str(), *ty));
            for (param, ty) in status.into_iter().chain(params) {
                options = options.with_function(format!("params.getFromStep({step},{param})"), ty);
            }
        }
    }
    options
}

/// What the language says about a function with these arguments, in the words of a definition.
/// `None` leaves it; a step of a template may have params that nobody knows.
fn reworded(
    diagnostic: &Diagnostic,
    code: &str,
    place: Place<'_>,
    level: &Level<'_>,
) -> Option<Diagnostic> {
    let Place::Step { id, .. } = place else { return None };
    if diagnostic.code != "SEL0217" {
        return None;
    }
    let rest = code.get(diagnostic.span.start as usize..)?;
    let (name, rest) = rest.split_once('(')?;
    let (args, _) = rest.split_once(')')?;
    let args: Vec<&str> = args.split(',').map(|arg| arg.trim().trim_matches(['\'', '"'])).collect();
    let message = match (name.trim(), args.as_slice()) {
        ("getFromStep", [step, param]) => match step_param(step, param, id, level) {
            Err(message) => message,
            Ok(_) => return None,
        },
        ("getFromStep", [field]) => format!("a step has no field `{field}`"),
        ("getFromInstance", [field]) => format!("an instance has no field `{field}`"),
        _ => return None,
    };
    Some(Diagnostic { message, help: None, suggestion: None, ..diagnostic.clone() })
}
