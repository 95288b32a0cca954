//! Params and expressions over plain JSON: defaults, definitions and given params are laid over
//! each other, then evaluated in order, each after those that it refers to.

use std::cell::RefCell;
use std::collections::HashMap;

use sel::{Host, HostError, Input, Limits, Outcome, Program, Value};
use serde_json::{Map, Value as Json, json};

use super::eval::{Evaluator, Finished, Scope, StepParams, value};
use super::recover::stored_param;
use crate::params::model::{Literal, ParamSource};
use crate::plan::Params;

/// Evaluates with [`sel`].
#[derive(Debug, Clone, Copy, Default)]
pub struct PlainEvaluator;

/// The default params of a workflow, as the JSON of their definitions.
fn defaults(scope: &Scope) -> Params {
    let initiator =
        |name: &str| scope.initiator.get(name).and_then(Json::as_str).map(str::to_owned);
    let zone =
        scope.definition.pointer("/workflow/time_triggers/0/timezone").and_then(Json::as_str);
    let instance = crate::params::Instance {
        workflow_id: scope.key.workflow_id.clone(),
        instance_id: scope.key.instance_id,
        run_id: scope.key.run_id,
        owner: scope.owner.clone(),
        initiator_type: initiator("type").unwrap_or_default(),
        initiator_user: initiator("user"),
        initiator_timezone: initiator("timezone"),
        first_trigger_timezone: zone.map(str::to_owned),
        run_policy: scope.policy.clone(),
        environment: "test".to_owned(),
        unique: std::cell::Cell::new(0),
    };
    let mut params = Params::new();
    for (name, definition) in crate::params::default_params(&instance) {
        let kind = definition.ty.to_string();
        let param = match definition.source {
            ParamSource::Expression(text) => json!({"expression": text, "type": kind}),
            ParamSource::Value(Literal::String(text)) => json!({"value": text, "type": kind}),
            ParamSource::Value(Literal::Long(n)) => json!({"value": n, "type": kind}),
            ParamSource::Value(Literal::Boolean(b)) => json!({"value": b, "type": kind}),
            // No other default is a literal.
            ParamSource::Value(_) => continue,
        };
        params.insert(name, param);
    }
    let planned = scope.initiator.get("trigger_time").and_then(Json::as_i64);
    let run_ts = planned.unwrap_or(scope.now);
    params.insert("RUN_TS".to_owned(), json!({"value": run_ts, "type": "LONG"}));
    params
}

/// How deep params may refer to params.
const MAX_DEPTH: usize = 128;

struct Level<'s> {
    scope: &'s Scope,
    definitions: Params,
    done: RefCell<Params>,
    stack: RefCell<Vec<String>>,
}

impl<'s> Level<'s> {
    fn new(scope: &'s Scope, definitions: Params) -> Self {
        Level { scope, definitions, done: RefCell::default(), stack: RefCell::default() }
    }

    fn all(self) -> Result<Params, String> {
        for name in self.definitions.keys() {
            self.own(name)?;
        }
        let mut done = self.done.into_inner();
        // In the order of the definitions, whatever referred to what.
        Ok(self
            .definitions
            .keys()
            .filter_map(|name| done.swap_remove(name).map(|param| (name.clone(), param)))
            .collect())
    }

    fn own(&self, name: &str) -> Result<Json, String> {
        if let Some(param) = self.done.borrow().get(name) {
            return Ok(value(param));
        }
        let definition =
            self.definitions.get(name).ok_or_else(|| format!("cannot find the param `{name}`"))?;
        if let Some(known) = definition.get("evaluated_result") {
            self.done.borrow_mut().insert(name.to_owned(), definition.clone());
            return Ok(known.clone());
        }
        if self.stack.borrow().iter().any(|n| n == name) || self.stack.borrow().len() >= MAX_DEPTH {
            return Err(format!(
                "In workflow [{}], param [{name}] definition contains a cyclic reference chain",
                self.scope.key.workflow_id
            ));
        }
        self.stack.borrow_mut().push(name.to_owned());
        let result = self.evaluate(name, definition);
        self.stack.borrow_mut().pop();
        let result = result?;
        let mut param = definition.clone();
        param["evaluated_result"] = result.clone();
        param["evaluated_time"] = self.scope.now.into();
        self.done.borrow_mut().insert(name.to_owned(), param);
        Ok(result)
    }

    fn evaluate(&self, name: &str, definition: &Json) -> Result<Json, String> {
        let kind = definition.get("type").and_then(Json::as_str).unwrap_or("STRING").to_uppercase();
        if let Some(expression) = definition.get("expression").and_then(Json::as_str) {
            let result = self.expression(expression).map_err(|e| format!("param `{name}`: {e}"))?;
            return convert(name, &kind, result);
        }
        let value = definition
            .get("value")
            .ok_or_else(|| format!("[{name}] is a required parameter (type=[{kind}])"))?;
        let text = |json: &Json| match json {
            Json::String(text) => self.text(text).map(Json::String),
            other => Ok(other.clone()),
        };
        match (kind.as_str(), value) {
            ("MAP", Json::Object(map)) => map
                .iter()
                .map(|(key, entry)| Ok((key.clone(), self.evaluate(key, entry)?)))
                .collect::<Result<Map<_, _>, String>>()
                .map(Json::Object),
            ("STRING_MAP", Json::Object(map)) => map
                .iter()
                .map(|(key, entry)| Ok((self.text(key)?, text(entry)?)))
                .collect::<Result<Map<_, _>, String>>()
                .map(Json::Object),
            ("STRING_ARRAY", Json::Array(list)) => {
                list.iter().map(text).collect::<Result<Vec<_>, String>>().map(Json::Array)
            }
            ("STRING", Json::String(_)) => text(value),
            _ => convert(name, &kind, value.clone()),
        }
    }

    fn lookup(&self, name: &str) -> Result<Json, String> {
        if self.scope.step.is_none() {
            if self.definitions.contains_key(name) {
                return self.own(name);
            }
            if let Some((signal, param)) = name.split_once("__") {
                return signal_param(self.scope, signal, param);
            }
        } else if name.contains("__") && !self.definitions.contains_key(name) {
            return self.reference(name);
        } else if self.done.borrow().contains_key(name) {
            return self.own(name);
        }
        if let Some(param) = self.scope.workflow.get(name) {
            return Ok(value(param));
        }
        if self.definitions.contains_key(name) {
            return self.own(name);
        }
        Err(format!("Cannot find the referenced param `{name}`"))
    }

    fn reference(&self, name: &str) -> Result<Json, String> {
        let own = self.scope.step.as_ref().map_or("", |s| s.id.as_str());
        for (place, _) in name.match_indices("__") {
            let (Some(step), Some(param)) =
                (name.get(..place), name.get(place.saturating_add(2)..))
            else {
                continue;
            };
            if step == own {
                return self.own(param);
            }
            if let Some(step) = self.scope.finished(step) {
                return param_of(step, param);
            }
        }
        match name.split_once("__") {
            Some((signal, param)) => signal_param(self.scope, signal, param)
                .map_err(|_| format!("Cannot find the referenced param `{name}`")),
            None => Err(format!("Cannot find the referenced param `{name}`")),
        }
    }

    fn expression(&self, expression: &str) -> Result<Json, String> {
        let program =
            Program::compile(&sel::complete_statement(expression)).map_err(|e| e.to_string())?;
        let mut inputs = HashMap::new();
        for name in program.inputs() {
            if name != "params" && name != "Util" {
                let input = from_json(self.lookup(name)?)?;
                inputs.insert(name.clone(), input);
            }
        }
        run(&program, &ScopeHost { scope: Some(self.scope), inputs, now: self.scope.now })
    }

    fn text(&self, text: &str) -> Result<String, String> {
        interpolate(text, &|name| self.lookup(name))
    }
}

fn param_of(step: &Finished, param: &str) -> Result<Json, String> {
    let missing = || format!("step `{}` has no evaluated param `{param}`", step.id);
    step.params.get(param).map(value).ok_or_else(missing)
}

fn signal_param(scope: &Scope, signal: &str, param: &str) -> Result<Json, String> {
    let found = scope.initiator.get("signal_params").and_then(|s| s.get(signal)?.get(param));
    found.cloned().ok_or_else(|| format!("signal `{signal}` has no param `{param}`"))
}

fn from_json(json: Json) -> Result<Value, String> {
    Value::from_json(json).map_err(|e| e.to_string())
}

fn run(program: &Program, host: &dyn Host) -> Result<Json, String> {
    let result = program.run(host, &Limits::default(), None).map_err(|e| e.to_string())?;
    match result {
        Outcome::Value(value) => {
            let json = value.to_json().map_err(|e| e.to_string())?;
            if json.is_null() { Err("Invalid return type: no value".to_owned()) } else { Ok(json) }
        }
        Outcome::Thrown(message) => Err(format!("Expression throws an error [{message}]")),
    }
}

/// Replaces `${name}` and `$name`; `$$` is a `$`.
fn interpolate(
    text: &str,
    lookup: &dyn Fn(&str) -> Result<Json, String>,
) -> Result<String, String> {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        rest = after;
        if let Some(after) = rest.strip_prefix('$') {
            out.push('$');
            rest = after;
            // `$$name` is the literal `$name`: what follows is plain text up to the next `$`.
            continue;
        }
        let braced = rest.strip_prefix('{').and_then(|r| r.split_once('}'));
        let (name, after) = match braced {
            Some((name, after)) => (name, after),
            None => {
                let end = rest
                    .find(|c: char| !c.is_ascii_alphanumeric() && c != '_')
                    .unwrap_or(rest.len());
                rest.split_at_checked(end).unwrap_or(("", rest))
            }
        };
        if !name.starts_with(|c: char| c.is_ascii_alphabetic()) {
            out.push('$');
            continue;
        }
        let found = lookup(name)
            .map_err(|_| format!("Cannot interpolate [{text}] as param [{name}] is not found"))?;
        match found {
            Json::String(text) => out.push_str(&text),
            other => out.push_str(&other.to_string()),
        }
        rest = after;
    }
    out.push_str(rest);
    Ok(out)
}

fn convert(name: &str, kind: &str, value: Json) -> Result<Json, String> {
    let wrong = |value: &Json| format!("Param [{name}] is expected to be {kind}, but is `{value}`");
    let converted = match (kind, &value) {
        ("STRING", Json::String(_))
        | ("BOOLEAN", Json::Bool(_))
        | ("MAP", Json::Object(_))
        | ("LONG_ARRAY" | "DOUBLE_ARRAY" | "BOOLEAN_ARRAY", Json::Array(_)) => value,
        ("STRING", Json::Number(_) | Json::Bool(_)) => value.to_string().into(),
        ("LONG", Json::Number(n)) if n.is_i64() => value,
        ("LONG", Json::String(text)) => {
            text.trim().parse::<i64>().map_err(|_| wrong(&value))?.into()
        }
        ("DOUBLE", Json::Number(_)) => value,
        ("DOUBLE", Json::String(text)) => {
            text.trim().parse::<f64>().map_err(|_| wrong(&value))?.into()
        }
        ("BOOLEAN", Json::String(text)) => {
            text.to_lowercase().parse::<bool>().map_err(|_| wrong(&value))?.into()
        }
        ("STRING_ARRAY", Json::Array(list)) => {
            list.iter().map(plain_text).collect::<Vec<_>>().into()
        }
        ("STRING_MAP", Json::Object(map)) => {
            Json::Object(map.iter().map(|(k, v)| (k.clone(), plain_text(v).into())).collect())
        }
        _ => return Err(wrong(&value)),
    };
    Ok(converted)
}

fn plain_text(json: &Json) -> String {
    json.as_str().map_or_else(|| json.to_string(), str::to_owned)
}

/// The host of an expression: its inputs, and `params.*` over a scope.
struct ScopeHost<'s> {
    scope: Option<&'s Scope>,
    inputs: HashMap<String, Value>,
    now: i64,
}

impl Host for ScopeHost<'_> {
    fn input(&self, name: &str) -> Option<Input<'_>> {
        if let Some(input) = self.inputs.get(name) {
            return Some(Input::Ref(input));
        }
        // What `params.get('name')` asks for: any param of the workflow.
        let param = self.scope?.workflow.get(name)?;
        from_json(value(param)).ok().map(Input::Owned)
    }
    fn now(&self) -> i64 {
        self.now
    }
    fn call_params(&self, name: &str, args: &[&str]) -> Option<Result<Value, HostError>> {
        let result = call(self.scope?, name, args)?;
        Some(result.and_then(from_json).map_err(HostError))
    }
}

fn call(scope: &Scope, name: &str, args: &[&str]) -> Option<Result<Json, String>> {
    Some(match (name, args) {
        ("get", [param]) => Ok(scope.workflow.get(*param).map_or(Json::Null, value)),
        ("containsKey", [param]) => Ok(scope.workflow.contains_key(*param).into()),
        ("nextUniqueId", []) => {
            let (high, _) = uuid::Uuid::new_v4().as_u64_pair();
            Ok((high >> 1).into())
        }
        ("getExecutionEnvironment", []) => Ok("test".into()),
        ("getFromInstance", [field]) => from_instance(scope, field),
        ("getFromStep", [field]) => from_step(scope, field),
        ("getFromStep", [step, param]) => match scope.finished(step) {
            Some(found) if *param == "MAESTRO_STEP_STATUS" => Ok(found.status.as_str().into()),
            Some(found) if *param == "MAESTRO_STEP_END_TIME" => found
                .end_time
                .map(Json::from)
                .ok_or_else(|| format!("step `{step}` has no end time")),
            Some(found) => param_of(found, param),
            None => Err(format!("step `{step}` is unknown or not finished")),
        },
        ("getFromSignal", [param]) => {
            let found = scope.initiator.get("params").and_then(|p| p.get(param)).map(value);
            found.ok_or_else(|| format!("the triggering signal has no param `{param}`"))
        }
        ("getFromSignal", [signal, param]) => signal_param(scope, signal, param),
        ("getFromSignalOrDefault", [signal, param, default]) => {
            Ok(signal_param(scope, signal, param).unwrap_or_else(|_| (*default).into()))
        }
        ("getFromSignalDependency", [index, param]) => {
            let list = scope.step.as_ref().map_or(&[][..], |s| &s.dependencies);
            let found =
                index.parse::<usize>().ok().and_then(|i| list.get(i)?.get("params")?.get(param));
            found
                .cloned()
                .ok_or_else(|| format!("dependency {index} has no matched param `{param}`"))
        }
        ("getFromForeach", [step, inner, param]) => from_foreach(scope, step, inner, param),
        ("getFromSubworkflow", [step, inner, param]) => from_subworkflow(scope, step, inner, param),
        _ => return None,
    })
}

fn from_instance(scope: &Scope, field: &str) -> Result<Json, String> {
    let initiator = |name: &str| scope.initiator.get(name).and_then(Json::as_str).unwrap_or("");
    let trigger_zone =
        || scope.definition.pointer("/workflow/time_triggers/0/timezone").and_then(Json::as_str);
    Ok(match field {
        "workflow_id" => scope.key.workflow_id.clone().into(),
        "workflow_instance_id" => scope.key.instance_id.into(),
        "workflow_run_id" => scope.key.run_id.into(),
        "owner" => scope.owner.clone().into(),
        "RUN_POLICY" => scope.policy.clone().into(),
        "INITIATOR_TYPE" => initiator("type").into(),
        "INITIATOR_RUNNER_NAME" => initiator("user").into(),
        "FIRST_TIME_TRIGGER_TIMEZONE" => trigger_zone().unwrap_or("").into(),
        "INITIATOR_TIMEZONE" => match initiator("timezone") {
            "" => trigger_zone().unwrap_or("UTC").into(),
            zone => zone.into(),
        },
        _ => return Err(format!("an instance has no field `{field}`")),
    })
}

fn from_step(scope: &Scope, field: &str) -> Result<Json, String> {
    let step = scope.step.as_ref().ok_or("there is no step here")?;
    Ok(match field {
        "step_id" => step.id.clone().into(),
        "step_instance_id" => step.ordinal.into(),
        "step_instance_uuid" => step.uuid.clone().into(),
        "step_attempt_id" => step.attempt.into(),
        "step_type_info" => step.type_info.clone().into(),
        "MAESTRO_STEP_ERROR_RETRIES" => step.error_retries.into(),
        _ => return Err(format!("a step has no field `{field}`")),
    })
}

fn from_foreach(scope: &Scope, step: &str, inner: &str, param: &str) -> Result<Json, String> {
    let found = scope.finished(step).ok_or_else(|| format!("step `{step}` is not finished"))?;
    let artifact =
        found.artifacts.get("maestro_foreach").and_then(|a| a.get("foreach_workflow_id"));
    let Some(id) = artifact.and_then(Json::as_str) else { return Ok(json!([])) };
    let rows = scope.handle.block_on(scope.store.step_over_instances(id, inner));
    let rows = rows.map_err(|e| e.to_string())?;
    let mut list: Vec<Json> = Vec::new();
    let mut missing = Json::Null;
    for row in rows {
        let place = usize::try_from(row.run.instance_id.saturating_sub(1)).unwrap_or(0);
        while list.len() < place {
            list.push(Json::Null);
        }
        let value = stored_param(&row, param).unwrap_or(Json::Null);
        missing = match &value {
            Json::Number(n) if n.is_i64() => 0.into(),
            Json::Number(_) => 0.0.into(),
            Json::Bool(_) => false.into(),
            _ => missing,
        };
        list.push(value);
    }
    for value in list.iter_mut().filter(|v| v.is_null()) {
        *value = missing.clone();
    }
    Ok(list.into())
}

fn from_subworkflow(scope: &Scope, step: &str, inner: &str, param: &str) -> Result<Json, String> {
    let found = scope.finished(step).ok_or_else(|| format!("step `{step}` is not finished"))?;
    let artifact = found.artifacts.get("maestro_subworkflow");
    let artifact = artifact.ok_or_else(|| format!("step `{step}` has no child"))?;
    let run = crate::store::RunKey {
        workflow_id: artifact["subworkflow_id"].as_str().unwrap_or_default().to_owned(),
        instance_id: artifact["subworkflow_instance_id"].as_i64().unwrap_or(0),
        run_id: artifact["subworkflow_run_id"].as_i64().unwrap_or(1),
    };
    let rows = scope.handle.block_on(scope.store.steps(&run, false)).map_err(|e| e.to_string())?;
    let row = rows.iter().find(|row| row.step_id == inner);
    row.and_then(|row| stored_param(row, param))
        .ok_or_else(|| format!("step `{inner}` of `{step}` has no param `{param}`"))
}

/// Lays a given param over a definition.
fn overlay(params: &mut Params, name: &str, given: &Json) -> Result<(), String> {
    let Some(base) = params.get_mut(name) else {
        params.insert(name.to_owned(), given.clone());
        return Ok(());
    };
    let mode = base.get("mode").and_then(Json::as_str).unwrap_or("MUTABLE").to_uppercase();
    let upstream = given.get("source").is_some_and(|s| s != "DEFINITION");
    if matches!(mode.as_str(), "IMMUTABLE" | "CONSTANT")
        && !upstream
        && base.get("value") != given.get("value")
    {
        return Err(format!("Cannot modify param with mode [{mode}] for parameter [{name}]"));
    }
    let (Some(base), Some(given)) = (base.as_object_mut(), given.as_object()) else {
        return Ok(());
    };
    let nested = base.get("type") == Some(&"MAP".into());
    if let (true, Some(Json::Object(old)), Some(Json::Object(new))) =
        (nested, base.get_mut("value"), given.get("value"))
    {
        old.extend(new.clone());
        return Ok(());
    }
    for key in ["value", "expression", "evaluated_result"] {
        base.shift_remove(key);
    }
    for (key, part) in given {
        if key != "type" {
            base.insert(key.clone(), part.clone());
        }
    }
    Ok(())
}

impl Evaluator for PlainEvaluator {
    fn workflow(
        &self,
        run: &Map<String, Json>,
        _: Option<&str>,
        restart: Option<&Params>,
        scope: &Scope,
    ) -> Result<Params, String> {
        let mut params = Params::new();
        if let Some(before) = restart {
            for (name, param) in before {
                params.insert(name.clone(), param.clone());
            }
        } else {
            params = defaults(scope);
            let own = scope.definition.pointer("/workflow/params").and_then(Json::as_object);
            for (name, definition) in own.into_iter().flatten() {
                overlay(&mut params, name, definition)?;
            }
        }
        for (name, given) in run {
            overlay(&mut params, name, given)?;
        }
        Level::new(scope, params).all()
    }

    fn step(&self, parts: &StepParams, scope: &Scope) -> Result<Params, String> {
        let mut params = Params::new();
        for part in [&parts.defaults, &parts.template, &parts.definition, &parts.run] {
            for (name, given) in part {
                overlay(&mut params, name, given)?;
            }
        }
        Level::new(scope, params).all()
    }

    fn condition(&self, expression: &str, step: &Params, scope: &Scope) -> Result<bool, String> {
        let level = Level::new(scope, step.clone());
        for name in step.keys() {
            level.own(name)?;
        }
        super::effects::truth(&level.expression(expression)?)
    }

    fn text(&self, text: &str, scope: &Scope) -> Result<String, String> {
        interpolate(text, &|name| match scope.workflow.get(name) {
            Some(param) => Ok(value(param)),
            None => Level::new(scope, Params::new()).reference(name),
        })
    }

    fn expression(
        &self,
        expression: &str,
        inputs: &Map<String, Json>,
        now: i64,
    ) -> Result<Json, String> {
        let program =
            Program::compile(&sel::complete_statement(expression)).map_err(|e| e.to_string())?;
        let mut values = HashMap::new();
        for name in program.inputs() {
            if let Some(json) = inputs.get(name) {
                values.insert(name.clone(), from_json(json.clone())?);
            }
        }
        run(&program, &ScopeHost { scope: None, inputs: values, now })
    }

    fn outputs(
        &self,
        params: &mut Params,
        outputs: &Map<String, Json>,
        now: i64,
    ) -> Result<(), String> {
        for (name, result) in outputs {
            let param = params.get_mut(name).ok_or_else(|| {
                format!("Invalid output parameter [{name}], not defined in params")
            })?;
            let mode = param.get("mode").and_then(Json::as_str).unwrap_or("MUTABLE");
            if !mode.eq_ignore_ascii_case("MUTABLE") {
                return Err(format!(
                    "Cannot modify param with mode [{mode}] for parameter [{name}]"
                ));
            }
            let kind = param.get("type").and_then(Json::as_str).unwrap_or("STRING").to_uppercase();
            let mut result = convert(name, &kind, result.clone())?;
            if let (Json::Object(new), Some(Json::Object(old))) =
                (&mut result, param.get("evaluated_result"))
            {
                let mut merged = old.clone();
                merged.extend(std::mem::take(new));
                *new = merged;
            }
            param["evaluated_result"] = result;
            param["evaluated_time"] = now.into();
            param["source"] = "OUTPUT_PARAMETER".into();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dollars_escape_and_replace() {
        let lookup = |name: &str| match name {
            "var" => Ok(json!(0)),
            "var1" => Ok(json!(true)),
            "var2" => Ok(json!("2")),
            _ => Err(String::new()),
        };
        let rows = [
            ("$$var$var $var1$$var1 $$$var2 $$$$var2", "$var0 true$var1 $2 $$var2"),
            ("no variables$$ $$$$ in this string", "no variables$ $$ in this string"),
            ("${var2}x $ y", "2x $ y"),
        ];
        for (text, expected) in rows {
            assert_eq!(interpolate(text, &lookup).unwrap(), expected);
        }
        assert!(interpolate("${none}", &lookup).is_err());
    }
}
