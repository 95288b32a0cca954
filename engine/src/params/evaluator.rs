//! Evaluates params in the order of their references.

use std::collections::HashMap;
use std::fmt;

use indexmap::IndexMap;
use sel::{ErrorKind, Host, HostError, Input, Limits, Outcome, Program, Value, complete_statement};

use super::Extension;
use super::convert::convert;
use super::interpolate::{interpolate, references};
use crate::params::model::{Literal, ParamDefinition, ParamSource, ParamType};

/// The most characters of JSON that the evaluated params of one workflow or step may have.
const MAX_JSON: usize = 750_000;

/// A param that could not be evaluated.
#[derive(Debug, Clone)]
pub struct ParamError {
    /// The param's name; that of a MAP's entry has its path.
    pub param: String,
    /// What is wrong, in plain words.
    pub message: String,
    /// The expression and where in it, for an error of SEL.
    pub source: Option<Box<(String, sel::Error)>>,
}

impl ParamError {
    fn new(param: &str, message: impl Into<String>) -> Self {
        ParamError { param: param.to_owned(), message: message.into(), source: None }
    }
}

impl fmt::Display for ParamError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "param `{}`: {}", self.param, self.message)
    }
}
impl std::error::Error for ParamError {}

/// An evaluated param.
#[derive(Debug, Clone, PartialEq)]
pub struct Evaluated {
    /// The declared type.
    pub ty: ParamType,
    /// The value, of that type.
    pub value: Value,
}

/// What the evaluation of one set of params works with.
struct Scope<'s> {
    workflow_id: &'s str,
    params: &'s IndexMap<String, ParamDefinition>,
    extension: &'s dyn Extension,
    now: i64,
    limits: &'s Limits,
}

/// Evaluates the named params (all, if none is named) and those that they refer to, each after the
/// ones that it refers to. `now` is the clock, in epoch milliseconds.
///
/// # Errors
/// The first param that fails: an unknown reference, a cycle, a fault of its expression, a value
/// that does not fit its declared type.
pub fn evaluate_all(
    workflow_id: &str,
    params: &IndexMap<String, ParamDefinition>,
    names: &[String],
    extension: &dyn Extension,
    now: i64,
    limits: &Limits,
) -> Result<IndexMap<String, Evaluated>, ParamError> {
    let scope = Scope { workflow_id, params, extension, now, limits };
    let mut done: HashMap<String, Evaluated> = HashMap::new();
    let wanted: Vec<&str> = match names {
        [] => params.keys().map(String::as_str).collect(),
        names => names.iter().map(String::as_str).collect(),
    };
    for name in &wanted {
        scope.evaluate(name, &mut done)?;
    }
    let mut size = 0;
    let mut out = IndexMap::new();
    for name in wanted {
        if let Some(evaluated) = done.get(name) {
            size += evaluated.value.to_json().map_or(0, |json| json.to_string().len());
            out.insert(name.to_owned(), evaluated.clone());
        }
    }
    if size > MAX_JSON {
        let message =
            format!("the evaluated params have {size} characters; {MAX_JSON} are allowed");
        return Err(ParamError::new(workflow_id, message));
    }
    Ok(out)
}

/// A param on the way: its references that are still to be evaluated.
struct Visit<'s> {
    name: &'s str,
    missing: Vec<&'s str>,
}

impl<'s> Scope<'s> {
    /// Evaluates one param after what it refers to; the chain of references is a list, not the
    /// stack, however long it is.
    fn evaluate(
        &self,
        name: &'s str,
        done: &mut HashMap<String, Evaluated>,
    ) -> Result<(), ParamError> {
        if done.contains_key(name) {
            return Ok(());
        }
        let mut path = vec![self.visit(name, None)?];
        while let Some(visit) = path.last_mut() {
            match visit.missing.pop() {
                Some(next) if done.contains_key(next) => {}
                Some(next) => {
                    if path.iter().any(|on_path| on_path.name == next) {
                        return Err(self.cycle(&path, next));
                    }
                    let from = path.last().map(|v| v.name);
                    path.push(self.visit(next, from)?);
                }
                None => {
                    let name = visit.name;
                    let definition = self.definition(name, None)?;
                    let evaluated = self.value(name, definition, done)?;
                    done.insert(name.to_owned(), evaluated);
                    path.pop();
                }
            }
        }
        Ok(())
    }

    fn definition(
        &self,
        name: &str,
        from: Option<&str>,
    ) -> Result<&'s ParamDefinition, ParamError> {
        self.params.get(name).ok_or_else(|| match from {
            Some(from) => ParamError::new(
                from,
                format!("refers to `{name}`, which is no param of the workflow"),
            ),
            None => ParamError::new(name, "is no param of the workflow"),
        })
    }

    fn visit(&self, name: &str, from: Option<&str>) -> Result<Visit<'s>, ParamError> {
        let Some((key, definition)) = self.params.get_key_value(name) else {
            self.definition(name, from)?;
            return Err(ParamError::new(name, "is no param of the workflow"));
        };
        let mut names = Vec::new();
        self.names(key, definition, &mut names)?;
        let mut missing = Vec::new();
        for name in names {
            // A signal's param, `signal__param`, is the extension's to answer.
            let found = self.params.get_key_value(name.as_str());
            match found {
                Some((found, _)) => missing.push(found.as_str()),
                None if name.contains("__") => {}
                None => {
                    self.definition(&name, Some(key))?;
                }
            }
        }
        missing.reverse();
        Ok(Visit { name: key, missing })
    }

    fn cycle(&self, path: &[Visit<'_>], back_to: &str) -> ParamError {
        let from = path.iter().position(|v| v.name == back_to).unwrap_or(0);
        let chain: Vec<&str> = path.iter().skip(from).map(|v| v.name).chain([back_to]).collect();
        let shown = if chain.len() > 12 {
            let (first, last) = (chain.iter().take(6), chain.iter().skip(chain.len() - 5));
            let cut: Vec<&str> = first.copied().chain(["…"]).chain(last.copied()).collect();
            cut.join(" -> ")
        } else {
            chain.join(" -> ")
        };
        let message = format!(
            "in workflow [{}], param [{back_to}] definition contains a cyclic reference chain: {shown}",
            self.workflow_id
        );
        ParamError::new(back_to, message)
    }

    /// The names that a definition refers to, in order.
    fn names(
        &self,
        name: &str,
        definition: &ParamDefinition,
        out: &mut Vec<String>,
    ) -> Result<(), ParamError> {
        let mut add = |text: &str| out.extend(references(text).map(str::to_owned));
        match &definition.source {
            ParamSource::Expression(text) => {
                out.extend_from_slice(self.program(name, text)?.inputs());
            }
            ParamSource::Value(Literal::String(text)) => add(text),
            ParamSource::Value(Literal::StringArray(texts)) => texts.iter().for_each(|t| add(t)),
            ParamSource::Value(Literal::StringMap(map)) => {
                map.iter().for_each(|(k, v)| {
                    add(k);
                    add(v);
                });
            }
            // Nested as deep as the reader of definitions allows.
            ParamSource::Value(Literal::Map(entries)) => {
                for (key, entry) in entries {
                    self.names(&format!("{name}.{key}"), entry, out)?;
                }
            }
            ParamSource::Value(_) => {}
        }
        Ok(())
    }

    fn program(&self, name: &str, text: &str) -> Result<Program, ParamError> {
        let source = complete_statement(text);
        Program::compile_with(&source, self.limits).map_err(|error| in_sel(name, &source, error))
    }

    fn value(
        &self,
        name: &str,
        definition: &ParamDefinition,
        done: &HashMap<String, Evaluated>,
    ) -> Result<Evaluated, ParamError> {
        let ty = definition.ty;
        let value = match &definition.source {
            ParamSource::Expression(text) => self.expression(name, text, done)?,
            ParamSource::Value(literal) => self.literal(name, literal, done)?,
        };
        let value = convert(value, ty).map_err(|message| ParamError::new(name, message))?;
        Ok(Evaluated { ty, value })
    }

    fn expression(
        &self,
        name: &str,
        text: &str,
        done: &HashMap<String, Evaluated>,
    ) -> Result<Value, ParamError> {
        let program = self.program(name, text)?;
        let host = Inputs { scope: self, names: program.inputs(), done };
        match program.run(&host, self.limits, None) {
            Ok(Outcome::Value(value)) => Ok(value),
            Ok(Outcome::Thrown(reason)) => {
                Err(ParamError::new(name, format!("the expression throws `{reason}`")))
            }
            Err(error) => Err(in_sel(name, program.source(), error)),
        }
    }

    fn literal(
        &self,
        name: &str,
        literal: &Literal,
        done: &HashMap<String, Evaluated>,
    ) -> Result<Value, ParamError> {
        let text = |text: &str| {
            interpolate(text, |name| done.get(name).map(|e| &e.value))
                .map_err(|message| ParamError::new(name, message))
        };
        Ok(match literal {
            Literal::String(s) => Value::String(text(s)?),
            Literal::Long(v) => Value::Long(*v),
            Literal::Double(v) => Value::Double(*v),
            Literal::Boolean(v) => Value::Boolean(*v),
            Literal::LongArray(v) => Value::LongArray(v.clone()),
            Literal::DoubleArray(v) => Value::DoubleArray(v.clone()),
            Literal::BooleanArray(v) => Value::BooleanArray(v.clone()),
            Literal::StringArray(v) => {
                Value::StringArray(v.iter().map(|s| text(s).map(Some)).collect::<Result<_, _>>()?)
            }
            Literal::StringMap(map) => {
                let entry = |(k, v): (&String, &String)| Ok((text(k)?, Value::String(text(v)?)));
                Value::Map(map.iter().map(entry).collect::<Result<_, ParamError>>()?)
            }
            Literal::Map(entries) => {
                let mut out = IndexMap::new();
                for (key, entry) in entries {
                    let evaluated = self.value(&format!("{name}.{key}"), entry, done)?;
                    out.insert(key.clone(), evaluated.value);
                }
                Value::Map(out)
            }
        })
    }
}

fn in_sel(name: &str, source: &str, error: sel::Error) -> ParamError {
    let kind = if error.kind() == ErrorKind::Parse { "cannot be parsed" } else { "fails" };
    let message = format!("the expression {kind}: {error}");
    let source = Some(Box::new((source.to_owned(), error)));
    ParamError { param: name.to_owned(), message, source }
}

/// What an expression sees: the evaluated params that it names.
struct Inputs<'s> {
    scope: &'s Scope<'s>,
    names: &'s [String],
    done: &'s HashMap<String, Evaluated>,
}

impl Host for Inputs<'_> {
    fn input(&self, name: &str) -> Option<Input<'_>> {
        if !self.names.iter().any(|n| n == name) {
            return None;
        }
        match self.done.get(name) {
            Some(evaluated) => Some(Input::Ref(&evaluated.value)),
            None => {
                let (signal, param) = name.split_once("__")?;
                let answer = self.scope.extension.call("getFromSignal", &[signal, param])?;
                answer.ok().map(Input::Owned)
            }
        }
    }

    fn now(&self) -> i64 {
        self.scope.now
    }

    fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        self.scope.extension.call(name, args)
    }

    fn call_util(&self, name: &str, args: &[Value]) -> Option<Result<Value, HostError>> {
        match (name, args) {
            ("toJson", [value]) => Some(match value.to_json() {
                Ok(json) => Ok(Value::String(json.to_string())),
                Err(error) => Err(HostError(error.to_string())),
            }),
            _ => None,
        }
    }
}
