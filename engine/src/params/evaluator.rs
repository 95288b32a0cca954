//! Evaluates params in the order of their references, without recursion over them.

use std::collections::HashSet;

use indexmap::IndexMap;
use sel::{Outcome, Value};

use super::convert::{Converted, convert};
use super::error::{ErrorKind, ParamError};
use super::host::Inputs;
use super::interpolate::{references, replaced};
use super::program::compile;
use super::world::World;
use crate::document::shorten;
use crate::model::{Content, Evaluated, Literal, ParamDefinition, Parameter, Params};

/// Where names are looked up.
#[derive(Clone, Copy)]
pub(super) enum Scope<'s> {
    /// A workflow's own params: each other, and `signal__param`.
    Workflow {
        /// For messages.
        id: &'s str,
    },
    /// A step's own params, the workflow's, and `step__param`.
    Step {
        /// The step.
        id: &'s str,
        /// The workflow's evaluated params.
        workflow: &'s Params,
    },
    /// The params of one thing, and the workflow's; no references to steps.
    Plain {
        /// The workflow's evaluated params.
        workflow: Option<&'s Params>,
    },
}

/// What a name stands for.
enum Found<'f> {
    /// A param's value.
    Known(&'f Evaluated),
    /// What the world answered.
    Foreign(Value),
    /// An own param without a value.
    Own,
}

/// Evaluates expressions and literals in a scope.
#[derive(Clone, Copy)]
pub(super) struct Evaluator<'s> {
    pub(super) scope: Scope<'s>,
    pub(super) world: &'s dyn World,
}

/// A param that waits for the ones it refers to.
struct Frame {
    name: String,
    waiting: Vec<String>,
}

impl<'s> Evaluator<'s> {
    /// Evaluates those of `own` that are named and not evaluated yet, and what they refer to.
    pub(super) fn all<'n>(
        &self,
        own: &mut Params,
        names: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), ParamError> {
        let mut path: Vec<Frame> = Vec::new();
        let mut on_path: HashSet<String> = HashSet::new();
        for name in names {
            if own.get(name).is_none_or(|param| param.evaluated_result.is_some()) {
                continue;
            }
            path.push(self.frame(name, own)?);
            on_path.insert(name.to_owned());
            while let Some(top) = path.last_mut() {
                match top.waiting.pop() {
                    Some(next) => {
                        if own.get(&next).is_none_or(|param| param.evaluated_result.is_some()) {
                            continue;
                        }
                        if on_path.contains(&next) {
                            return Err(self.cycle(&path, &next));
                        }
                        path.push(self.frame(&next, own)?);
                        on_path.insert(next);
                    }
                    None => {
                        let Some(Frame { name, .. }) = path.pop() else { break };
                        on_path.remove(&name);
                        self.one(&name, own)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Evaluates one own param whose references are evaluated.
    fn one(&self, name: &str, own: &mut Params) -> Result<(), ParamError> {
        let Some(param) = own.get(name) else { return Ok(()) };
        let converted = self.definition(name, &param.definition, own)?;
        let now = self.world.now();
        if let Some(param) = own.get_mut(name) {
            settle(param, converted, now);
        }
        Ok(())
    }

    /// The own params that a param refers to, the first one last.
    fn frame(&self, name: &str, own: &Params) -> Result<Frame, ParamError> {
        let mut waiting = Vec::new();
        if let Some(param) = own.get(name) {
            let free = names_of(name, &param.definition, &self.world.limits())?;
            waiting.extend(free.iter().filter_map(|free| self.waits_for(free, own)));
        }
        waiting.reverse();
        Ok(Frame { name: name.to_owned(), waiting })
    }

    /// The own param without a value that a name stands for, if it stands for one.
    fn waits_for(&self, name: &str, own: &Params) -> Option<String> {
        let pending = |name: &str| own.get(name).is_some_and(|p| p.evaluated_result.is_none());
        let name = match self.scope {
            Scope::Step { id, .. } if name.contains("__") => {
                splits(name).find(|(step, _)| *step == id).map(|(_, param)| param)?
            }
            Scope::Step { workflow, .. }
                if workflow.get(name).is_some_and(|p| p.evaluated_result.is_some()) =>
            {
                return None;
            }
            _ => name,
        };
        pending(name).then(|| name.to_owned())
    }

    fn cycle(&self, path: &[Frame], back_to: &str) -> ParamError {
        let from = path.iter().position(|frame| frame.name == back_to).unwrap_or(0);
        let chain: Vec<&str> =
            path.iter().skip(from).map(|f| f.name.as_str()).chain([back_to]).collect();
        let shown = if chain.len() > 12 {
            let (first, last) = (chain.iter().take(6), chain.iter().skip(chain.len() - 5));
            let cut: Vec<&str> = first.copied().chain(["…"]).chain(last.copied()).collect();
            cut.join(" -> ")
        } else {
            chain.join(" -> ")
        };
        let whose = match self.scope {
            Scope::Workflow { id } => format!("in workflow [{id}], "),
            Scope::Step { id, .. } => format!("in step [{id}], "),
            Scope::Plain { .. } => String::new(),
        };
        let message = format!(
            "{whose}param [{back_to}] definition contains a cyclic reference chain: {shown}"
        );
        ParamError::invalid(back_to, message)
    }

    /// Looks a name up, for the param `of`.
    fn find<'f>(&'f self, of: &str, name: &str, own: &'f Params) -> Result<Found<'f>, ParamError> {
        let own_param = |name: &str| {
            own.get(name).map(|param| param.evaluated().map_or(Found::Own, Found::Known))
        };
        let workflow_param =
            |workflow: Option<&'f Params>| workflow?.get(name)?.evaluated().map(Found::Known);
        let unknown = |message: String| Err(ParamError::invalid(of, message));
        match self.scope {
            Scope::Workflow { id } => match own_param(name) {
                Some(found) => Ok(found),
                None if name.contains("__") => self.signal_param(of, name),
                None => unknown(format!(
                    "refers to `{}`, which is no param of the workflow `{id}`",
                    shorten(name)
                )),
            },
            Scope::Step { id, workflow } => {
                if name.contains("__") {
                    return self.step_param(of, name, id, own);
                }
                match own_param(name) {
                    Some(Found::Known(value)) => Ok(Found::Known(value)),
                    later => match workflow_param(Some(workflow)).or(later) {
                        Some(found) => Ok(found),
                        None => {
                            unknown(format!("cannot find the referenced param `{}`", shorten(name)))
                        }
                    },
                }
            }
            Scope::Plain { workflow } => match own_param(name).or_else(|| workflow_param(workflow))
            {
                Some(found) => Ok(found),
                None => unknown(format!("cannot find the referenced param `{}`", shorten(name))),
            },
        }
    }

    fn signal_param(&self, of: &str, name: &str) -> Result<Found<'static>, ParamError> {
        let mut message = String::new();
        for (signal, param) in splits(name) {
            match self.world.signal(signal, param) {
                Ok(value) => return Ok(Found::Foreign(value)),
                Err(error) => message = error,
            }
        }
        let message = format!("cannot find the referenced param `{}`: {message}", shorten(name));
        Err(ParamError::new(of, ErrorKind::Internal, message))
    }

    fn step_param<'f>(
        &self,
        of: &str,
        name: &str,
        id: &str,
        own: &'f Params,
    ) -> Result<Found<'f>, ParamError> {
        let all: Vec<(&str, &str)> = splits(name).collect();
        let known: Vec<(&str, &str)> = all
            .iter()
            .copied()
            .filter(|(step, _)| *step == id || self.world.has_step(step))
            .collect();
        match (known.as_slice(), all.as_slice()) {
            ([(step, param)], _) if *step == id => match own.get(*param) {
                Some(param) => Ok(param.evaluated().map_or(Found::Own, Found::Known)),
                None => Err(ParamError::invalid(
                    of,
                    format!("the step `{id}` has no param `{}`", shorten(param)),
                )),
            },
            ([(step, param)], _) => {
                self.world.step_param(step, param).map(Found::Foreign).map_err(|message| {
                    ParamError::new(
                        of,
                        ErrorKind::Internal,
                        format!("cannot find the referenced param `{}`: {message}", shorten(name)),
                    )
                })
            }
            ([], [_]) => self.signal_param(of, name),
            ([], _) => Err(ParamError::invalid(
                of,
                format!("`{}` names no step that can be referred to", shorten(name)),
            )),
            _ => Err(ParamError::invalid(
                of,
                format!("`{}` may name a param of more than one step", shorten(name)),
            )),
        }
    }

    /// Evaluates a definition whose references are evaluated.
    pub(super) fn definition(
        &self,
        name: &str,
        definition: &ParamDefinition,
        own: &Params,
    ) -> Result<Converted, ParamError> {
        match &definition.content {
            Content::Expression(text) => {
                let value = self.expression(name, text, own, &[])?;
                convert(value, definition.param_type)
                    .map_err(|message| ParamError::new(name, ErrorKind::Expression, message))
            }
            Content::Literal(literal) => {
                let value = self.literal(name, literal, own)?;
                Ok(Converted { value, note: None })
            }
            Content::Missing => Err(required(name, definition)),
        }
    }

    /// Runs an expression; `more` are inputs that win over all others.
    pub(super) fn expression(
        &self,
        name: &str,
        text: &str,
        own: &Params,
        more: &[(&str, Value)],
    ) -> Result<Value, ParamError> {
        let limits = self.world.limits();
        let program = compile(name, text, &limits)?;
        let mut values: Vec<(String, Value)> =
            more.iter().map(|(name, value)| ((*name).to_owned(), value.clone())).collect();
        for free in program.inputs() {
            if more.iter().any(|(known, _)| known == free) {
                continue;
            }
            let value = match self.find(name, free, own)? {
                Found::Known(value) => value.to_sel(),
                Found::Foreign(value) => value,
                Found::Own => {
                    let message = format!("refers to `{}`, which has no value", shorten(free));
                    return Err(ParamError::invalid(name, message));
                }
            };
            values.push((free.clone(), value));
        }
        let workflow = match self.scope {
            Scope::Step { workflow, .. } => Some(workflow),
            _ => None,
        };
        let host = Inputs { values, workflow, world: self.world };
        let failed = |message: String| ParamError::new(name, ErrorKind::Expression, message);
        match program.run(&host, &limits, self.world.cancel().as_ref()) {
            Ok(Outcome::Value(value)) => Ok(value),
            Ok(Outcome::Thrown(reason)) => {
                Err(failed(format!("the expression throws `{}`", shorten(&reason))))
            }
            Err(error) => Err(failed(format!("the expression fails: {error}"))
                .with_fault(program.source(), error)),
        }
    }

    /// A text with its references replaced.
    pub(super) fn interpolated(
        &self,
        name: &str,
        text: &str,
        own: &Params,
    ) -> Result<String, ParamError> {
        let mut failure = None;
        let result = replaced(text, &mut |free| match self.find(name, free, own) {
            Ok(Found::Known(value)) => Some(value.clone()),
            Ok(Found::Foreign(value)) => plain(value),
            Ok(Found::Own) => None,
            Err(error) => {
                failure = Some(error);
                None
            }
        });
        match (result, failure) {
            (Ok(text), _) => Ok(text),
            (Err(_), Some(error)) if error.kind == ErrorKind::Internal => Err(error),
            (Err(message), _) => Err(ParamError::new(name, ErrorKind::Internal, message)),
        }
    }

    fn literal(
        &self,
        name: &str,
        literal: &Literal,
        own: &Params,
    ) -> Result<Evaluated, ParamError> {
        let text = |text: &str| self.interpolated(name, text, own);
        Ok(match literal {
            Literal::String(s) => Evaluated::String(text(s)?),
            Literal::Long(v) => Evaluated::Long(*v),
            Literal::Double(v) => Evaluated::Double(v.clone()),
            Literal::Boolean(v) => Evaluated::Boolean(*v),
            Literal::LongArray(v) => Evaluated::LongArray(v.clone()),
            Literal::DoubleArray(v) => Evaluated::DoubleArray(v.clone()),
            Literal::BooleanArray(v) => Evaluated::BooleanArray(v.clone()),
            Literal::StringArray(v) => {
                Evaluated::StringArray(v.iter().map(|s| text(s)).collect::<Result<_, _>>()?)
            }
            Literal::StringMap(map) => {
                let entry =
                    |(k, v): (&String, &String)| Ok((text(k)?, Evaluated::String(text(v)?)));
                Evaluated::Map(map.iter().map(entry).collect::<Result<_, ParamError>>()?)
            }
            Literal::Map(entries) => {
                let mut out = IndexMap::new();
                for (key, entry) in entries {
                    let value = self.definition(&format!("{name}.{key}"), entry, own)?.value;
                    out.insert(key.clone(), value);
                }
                Evaluated::Map(out)
            }
        })
    }
}

/// The names that a definition refers to, each once, in order; none of an expression that cannot be
/// parsed.
pub(crate) fn free_names(definition: &ParamDefinition) -> Vec<String> {
    names_of("", definition, &sel::Limits::default()).unwrap_or_default()
}

fn names_of(
    name: &str,
    definition: &ParamDefinition,
    limits: &sel::Limits,
) -> Result<Vec<String>, ParamError> {
    let mut names = Vec::new();
    names_into(name, definition, limits, &mut names)?;
    let mut seen = HashSet::new();
    names.retain(|name| seen.insert(name.clone()));
    Ok(names)
}

/// Entries of a MAP are nested as deep as a document can be.
fn names_into(
    name: &str,
    definition: &ParamDefinition,
    limits: &sel::Limits,
    out: &mut Vec<String>,
) -> Result<(), ParamError> {
    let mut add = |text: &str| out.extend(references(text).map(str::to_owned));
    match &definition.content {
        Content::Expression(text) => {
            out.extend_from_slice(compile(name, text, limits)?.inputs());
        }
        Content::Literal(Literal::String(text)) => add(text),
        Content::Literal(Literal::StringArray(items)) => items.iter().for_each(|t| add(t)),
        Content::Literal(Literal::StringMap(entries)) => entries.iter().for_each(|(k, v)| {
            add(k);
            add(v);
        }),
        Content::Literal(Literal::Map(entries)) => {
            for (key, entry) in entries {
                names_into(&format!("{name}.{key}"), entry, limits, out)?;
            }
        }
        Content::Literal(_) | Content::Missing => {}
    }
    Ok(())
}

/// Gives a param its value.
pub(super) fn settle(param: &mut Parameter, converted: Converted, now: i64) {
    if let Some((field, text)) = converted.note {
        param.definition.meta.insert(field.to_owned(), text.into());
    }
    param.evaluated_result = Some(converted.value);
    param.evaluated_time = Some(now);
}

pub(super) fn required(name: &str, definition: &ParamDefinition) -> ParamError {
    let message = format!("[{name}] is a required parameter (type=[{}])", definition.param_type);
    ParamError::invalid(name, message)
}

/// The ways to cut `a__b` in two; `a___b` has two.
pub(crate) fn splits(name: &str) -> impl Iterator<Item = (&str, &str)> {
    name.char_indices().filter_map(move |(at, _)| {
        let (left, right) = (name.get(..at)?, name.get(at..)?.strip_prefix("__")?);
        (!left.is_empty() && !right.is_empty()).then_some((left, right))
    })
}

/// A value without nulls, as an evaluated one.
fn plain(value: Value) -> Option<Evaluated> {
    use crate::model::ParamType as T;
    let declared = match value.kind() {
        sel::Kind::Long => T::Long,
        sel::Kind::Double => T::Double,
        sel::Kind::Boolean => T::Boolean,
        sel::Kind::String => T::String,
        sel::Kind::LongArray => T::LongArray,
        sel::Kind::DoubleArray => T::DoubleArray,
        sel::Kind::BooleanArray => T::BooleanArray,
        sel::Kind::StringArray => T::StringArray,
        sel::Kind::Map => T::Map,
        _ => return None,
    };
    convert(value, declared).ok().map(|converted| converted.value)
}
