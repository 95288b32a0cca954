//! What a session remembers between inputs: variables, params, the last value, its settings.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use sel::{
    CancelFlag, Env, Error, Host, HostError, Input, Kind, Limits, Outcome, Program, Usage, Value,
};

use super::input;
use crate::source::Source;

/// The variable of the last value.
pub(crate) const LAST: &str = "_";

/// A session.
pub(crate) struct Session {
    /// Set by the inputs so far.
    vars: BTreeMap<String, Value>,
    /// Given by the user beside them.
    params: BTreeMap<String, Value>,
    last: Value,
    /// The clock and the time zone.
    pub(crate) env: Env,
    pub(crate) limits: Limits,
    cancel: CancelFlag,
    /// The inputs that worked, for `:save`.
    pub(crate) inputs: Vec<String>,
    /// At a terminal: the columns of the prompt and of the screen.
    pub(crate) prompt: Option<(usize, usize)>,
}

/// What an input gave.
pub(crate) struct Evaluated {
    pub(crate) source: Source,
    pub(crate) result: Result<Outcome, Error>,
    pub(crate) usage: Usage,
    pub(crate) time: Duration,
}

impl Session {
    /// A session that knows nothing.
    pub(crate) fn new(env: Env, limits: Limits) -> Session {
        Session {
            vars: BTreeMap::new(),
            params: BTreeMap::new(),
            last: Value::Null,
            env,
            limits,
            cancel: CancelFlag::new(),
            inputs: Vec::new(),
            prompt: None,
        }
    }

    /// The limits on each input.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Raised from another thread, it stops the input that is being evaluated.
    pub(crate) fn cancel_flag(&self) -> CancelFlag {
        self.cancel.clone()
    }

    /// Gives an input.
    pub(crate) fn set_param(&mut self, name: String, value: Value) {
        self.vars.remove(&name);
        self.params.insert(name, value);
    }

    /// Forgets variables, params, inputs and the last value.
    pub(crate) fn reset(&mut self) {
        self.vars.clear();
        self.params.clear();
        self.inputs.clear();
        self.last = Value::Null;
    }

    /// The variables, then the params, without the names that a variable hides.
    pub(crate) fn values(&self) -> impl Iterator<Item = (&str, &Value, &'static str)> {
        let vars = self.vars.iter().map(|(name, value)| (name.as_str(), value, "variable"));
        let params = self.params.iter().filter(|(name, _)| !self.vars.contains_key(*name));
        vars.chain(params.map(|(name, value)| (name.as_str(), value, "param")))
    }

    /// Everything that an expression may name, with its kind.
    pub(crate) fn kinds(&self) -> BTreeMap<String, Kind> {
        let mut kinds: BTreeMap<_, _> =
            self.values().map(|(name, value, _)| (name.to_owned(), value.kind())).collect();
        kinds.insert(LAST.to_owned(), self.last.kind());
        kinds
    }

    /// Evaluates an input, and keeps the variables that it leaves.
    pub(crate) fn evaluate(&mut self, text: &str) -> Evaluated {
        let code = input::completed(text, &self.limits).into_owned();
        self.cancel.reset();
        let start = Instant::now();
        let (result, kept, usage) = match Program::compile_with(&code, &self.limits) {
            Ok(program) => program.run_keeping(self, &self.limits, Some(&self.cancel)),
            Err(error) => (Err(error), Vec::new(), Usage::default()),
        };
        let time = start.elapsed();
        for (name, value) in kept {
            self.keep(name, value);
        }
        if let Ok(Outcome::Value(value)) = &result {
            if *value != Value::Void {
                self.last = value.clone();
            }
            self.inputs.push(text.trim_end().to_owned());
        }
        let source = Source { name: "input".into(), text: code };
        Evaluated { source, result, usage, time }
    }

    /// A variable after an input that named it.
    fn keep(&mut self, name: String, value: Value) {
        let is_param = self.params.get(&name) == Some(&value) && !self.vars.contains_key(&name);
        let is_unknown = value == Value::Null
            && !self.vars.contains_key(&name)
            && !self.params.contains_key(&name);
        if name != LAST && !is_param && !is_unknown {
            self.vars.insert(name, value);
        }
    }
}

impl Host for Session {
    fn input(&self, name: &str) -> Option<Input<'_>> {
        if name == LAST {
            return Some(Input::Ref(&self.last));
        }
        self.vars.get(name).or_else(|| self.params.get(name)).map(Input::Ref)
    }

    fn now(&self) -> i64 {
        self.env.now()
    }

    fn time_zone(&self) -> &str {
        self.env.time_zone()
    }

    fn random(&self) -> u64 {
        self.env.random()
    }

    fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        self.env.call_params(name, args)
    }
}
