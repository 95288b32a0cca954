//! Merging and evaluating, as instances and steps do it.

use std::cell::Cell;

use sel::Value;

use super::*;
use crate::document::from_json;
use crate::model::{Initiator, Model, ParamDefinitions, ParamMode, ParamSource, ParamType, Params};

/// 2024-03-10T09:30:00Z, a day on which the clocks of the US change.
const NOW: i64 = 1_710_063_000_000;

struct Test {
    facts: InstanceFacts,
    count: Cell<u64>,
}

impl World for Test {
    fn now(&self) -> i64 {
        NOW
    }
    fn random(&self) -> u64 {
        self.count.set(self.count.get() + 2);
        self.count.get()
    }
    fn instance(&self, field: &str) -> Result<Value, String> {
        self.facts.get(field)
    }
    fn has_step(&self, step: &str) -> bool {
        matches!(step, "up" | "up_" | "a" | "a_")
    }
    fn step_param(&self, step: &str, param: &str) -> Result<Value, String> {
        match (step, param) {
            ("up", "n") => Ok(Value::Long(5)),
            ("up_", "n") => Ok(Value::Long(6)),
            _ => Err(format!("step `{step}` has no param `{param}`")),
        }
    }
    fn signal(&self, signal: &str, param: &str) -> Result<Value, String> {
        match (signal, param) {
            ("sig", "date") => Ok(Value::Long(20_240_101)),
            _ => Err("no such signal".into()),
        }
    }
    fn foreach(&self, _: &str, _: &str, _: &str) -> Result<Value, String> {
        Ok(Value::StringArray(vec![Some("a".into()), None]))
    }
}

fn world() -> Test {
    Test {
        facts: InstanceFacts {
            workflow_id: "wf".into(),
            instance_id: 7,
            run_id: 1,
            owner: Some("alice".into()),
            initiator: Initiator::manual("bob"),
            first_trigger_timezone: None,
            run_policy: "START_FRESH_NEW_RUN".into(),
            previous_trigger_time: None,
        },
        count: Cell::new(0),
    }
}

fn definitions(json: &str) -> ParamDefinitions {
    from_json(json).unwrap()
}

fn start(definition: &str, run_params: &str) -> Result<Params, ParamError> {
    start_from(definition, run_params, ParamSource::Launch)
}

fn start_from(definition: &str, run: &str, source: ParamSource) -> Result<Params, ParamError> {
    let (definition, run_params) = (definitions(definition), definitions(run));
    let input = WorkflowInput {
        workflow_id: "wf",
        owner: Some("alice"),
        definition: &definition,
        run_params: &run_params,
        source,
        restart: None,
    };
    workflow(&input, &world())
}

fn value(params: &Params, name: &str) -> String {
    match params.get(name).and_then(|p| p.evaluated()) {
        Some(value) => value.write().to_string(),
        None => "nothing".to_owned(),
    }
}

#[test]
fn defaults_are_those_of_the_specification() {
    let params = start("{}", "{}").unwrap();
    for (name, wanted) in [
        ("RUN_TS", "1710063000000"),
        ("DSL_DEFAULT_TZ", "\"UTC\""),
        ("TARGET_RUN_DATE", "\"20240310\""),
        ("TARGET_RUN_HOUR", "\"09\""),
        ("DERIVED_RUN_TS", "1710061200000"),
        ("DERIVED_RUN_DATE_UTC_PLUS_ONE", "\"20240311\""),
        ("DERIVED_RUN_HOUR_UTC_MINUS_ONE_HOUR", "\"08\""),
        ("DERIVED_RUN_HOUR_US_PACIFIC", "\"01\""),
        ("RUN_DATE_MINUS_7", "\"20240303\""),
        ("owner", "\"alice\""),
        ("workflow_id", "\"wf\""),
        ("job_template_version", "nothing"),
        ("ds", "\"2024-03-10\""),
        ("ds_nodash", "\"20240310\""),
        ("ts", "\"2024-03-10T09:30:00+00:00\""),
        ("ts_nodash", "\"20240310T093000\""),
        ("ts_nodash_with_tz", "\"20240310T093000+0000\""),
        ("prev_ds", "\"2024-03-09\""),
        ("next_ds_nodash", "\"20240311\""),
        ("data_interval_start", "\"2024-03-09T09:30:00+00:00\""),
        ("data_interval_end", "\"2024-03-10T09:30:00+00:00\""),
        ("run_id", "\"manual__2024-03-10T09:30:00+00:00\""),
    ] {
        assert_eq!(value(&params, name), wanted, "{name}");
    }
}

#[test]
fn params_are_evaluated_in_the_order_of_their_references() {
    let params = start(
        r#"{"c": {"expression": "a + b", "type": "LONG"}, "s": {"value": "${c}-$d", "type": "STRING"},
            "b": {"expression": "a * 2;", "type": "LONG"}, "a": {"value": 1, "type": "LONG"},
            "d": {"value": 1.50, "type": "DOUBLE"}, "t": {"expression": "c", "type": "STRING"},
            "m": {"value": {"x": {"expression": "a + 9", "type": "LONG"}, "y": {"value": "$s", "type": "STRING"}}, "type": "MAP"},
            "v": {"expression": "m.get('y') + sig__date", "type": "STRING"},
            "RUN_TS": {"value": 0, "type": "LONG"}}"#,
        "{}",
    )
    .unwrap();
    for (name, wanted) in [
        ("c", "3"),
        ("s", "\"3-1.50\""),
        ("d", "1.50"),
        ("t", "\"3\""),
        ("m", r#"{"x":10,"y":"3-1.50"}"#),
        ("v", "\"3-1.5020240101\""),
        ("ds", "\"1970-01-01\""),
    ] {
        assert_eq!(value(&params, name), wanted, "{name}");
    }
    assert!(params["t"].definition.meta.contains_key("info"));
    assert_eq!(params["c"].definition.source, Some(ParamSource::Definition));
    assert_eq!(params["RUN_TS"].mode(), ParamMode::MutableOnStart);
    assert_eq!(params["ds"].definition.source, Some(ParamSource::SystemDefault));
}

#[test]
fn faults_name_the_param() {
    for (definition, param, message) in [
        (
            r#"{"a": {"expression": "b", "type": "LONG"}, "b": {"expression": "c", "type": "LONG"}, "c": {"expression": "a", "type": "LONG"}}"#,
            "a",
            "cyclic reference chain: a -> b -> c -> a",
        ),
        (r#"{"a": {"value": "$a", "type": "STRING"}}"#, "a", "a -> a"),
        (
            r#"{"a": {"expression": "nope", "type": "LONG"}}"#,
            "a",
            "refers to `nope`, which is no param of the workflow `wf`",
        ),
        (r#"{"a": {"value": "x ${nope}", "type": "STRING"}}"#, "a", "param `nope` is not found"),
        (r#"{"a": {"expression": "x__y", "type": "LONG"}}"#, "a", "no such signal"),
        (r#"{"a": {"expression": "1 +", "type": "LONG"}}"#, "a", "cannot be parsed"),
        (r#"{"a": {"expression": "1 / 0", "type": "LONG"}}"#, "a", "fails"),
        (r#"{"a": {"expression": "throw 'no'", "type": "LONG"}}"#, "a", "throws `no`"),
        (
            r#"{"a": {"expression": "'x'", "type": "LONG"}}"#,
            "a",
            "expected LONG, found the STRING `x`",
        ),
        (r#"{"a": {"expression": "", "type": "LONG"}}"#, "a", "gives no value"),
        (r#"{"a": {"type": "LONG"}}"#, "a", "is a required parameter (type=[LONG])"),
        (
            r#"{"a": {"value": {"b": {"expression": "1.5", "type": "LONG"}}, "type": "MAP"}}"#,
            "a.b",
            "expected LONG, found DOUBLE",
        ),
        (
            r#"{"a": {"expression": "params.getFromStep('x')", "type": "STRING"}}"#,
            "a",
            "`params.getFromStep('x')` fails",
        ),
        (
            r#"{"RUN_TS": {"value": "x", "type": "STRING"}}"#,
            "RUN_TS",
            "type mismatch name [RUN_TS] from [STRING] != to [LONG]",
        ),
        (r#"{"owner": {"value": "x", "type": "STRING"}}"#, "owner", "system mode [RESERVED]"),
        (r#"{"a": {"value": 1, "type": "LONG", "source": "SYSTEM"}}"#, "a", "cannot modify source"),
        (
            r#"{"a": {"value": 1, "type": "LONG", "internal_mode": "OPTIONAL"}}"#,
            "a",
            "cannot modify system mode",
        ),
        (
            r#"{"RUN_TS": {"value": 1, "type": "LONG", "mode": "MUTABLE"}}"#,
            "RUN_TS",
            "less strict for parameter [RUN_TS] from [MUTABLE_ON_START] to [MUTABLE]",
        ),
    ] {
        let error = start(definition, "{}").unwrap_err();
        assert_eq!(error.param, param, "{definition}: {error}");
        assert!(error.message.contains(message), "{definition}: {error}");
    }
}

#[test]
fn long_chains_need_no_stack() {
    let mut json = r#"{"p0": {"value": 1, "type": "LONG"}"#.to_owned();
    for n in (1..2000).rev() {
        json.push_str(&format!(r#", "p{n}": {{"expression": "p{} + 1", "type": "LONG"}}"#, n - 1));
    }
    json.push('}');
    assert_eq!(value(&start(&json, "{}").unwrap(), "p1999"), "2000");
}

#[test]
fn modes_say_who_may_change_a_param() {
    let definition =
        |mode: &str| format!(r#"{{"p": {{"value": 1, "type": "LONG", "mode": "{mode}"}}}}"#);
    let other = r#"{"p": {"value": 2, "type": "LONG"}}"#;
    let same = r#"{"p": {"value": 1, "type": "LONG"}}"#;
    for mode in ["MUTABLE", "MUTABLE_ON_START", "MUTABLE_ON_START_RESTART"] {
        assert_eq!(value(&start(&definition(mode), other).unwrap(), "p"), "2", "{mode}");
    }
    for mode in ["IMMUTABLE", "CONSTANT"] {
        let error = start(&definition(mode), other).unwrap_err();
        assert_eq!(
            error.message,
            format!("cannot modify param with mode [{mode}] for parameter [p]")
        );
        assert_eq!(value(&start(&definition(mode), same).unwrap(), "p"), "1", "{mode}");
    }
    // A value that the step above took from the system goes through, one of its definition not.
    let above =
        |source: &str| format!(r#"{{"p": {{"value": 2, "type": "LONG", "source": "{source}"}}}}"#);
    let started =
        start_from(&definition("IMMUTABLE"), &above("SYSTEM_DEFAULT"), ParamSource::Foreach);
    assert_eq!(value(&started.unwrap(), "p"), "2");
    let refused = start_from(&definition("IMMUTABLE"), &above("DEFINITION"), ParamSource::Foreach);
    assert!(refused.is_err());
}

#[test]
fn maps_merge_entry_by_entry() {
    let definition = r#"{"m": {"value": {"a": {"value": 1, "type": "LONG"}, "b": {"value": "x", "type": "STRING", "mode": "CONSTANT"}}, "type": "MAP"},
        "s": {"value": {"a": "1", "b": "2"}, "type": "STRING_MAP"},
        "e": {"expression": "new HashMap()", "type": "MAP"}}"#;
    let params = start(
        definition,
        r#"{"m": {"value": {"a": {"value": "2", "type": "STRING"}, "c": {"value": 3, "type": "LONG"}}, "type": "MAP"},
            "s": {"value": {"b": "3"}, "type": "STRING_MAP"}}"#,
    )
    .unwrap();
    assert_eq!(value(&params, "m"), r#"{"a":2,"b":"x","c":3}"#);
    assert_eq!(value(&params, "s"), r#"{"a":"1","b":"3"}"#);
    let error = start(
        definition,
        r#"{"m": {"value": {"b": {"value": "y", "type": "STRING"}}, "type": "MAP"}}"#,
    );
    assert_eq!(error.unwrap_err().param, "m.b");
    let error = start(definition, r#"{"e": {"value": {}, "type": "MAP"}}"#).unwrap_err();
    assert_eq!(error.message, "parameter [e] is not a literal");
}

#[test]
fn restart_freezes_what_was_evaluated() {
    let definition = definitions(
        r#"{"n": {"expression": "params.nextUniqueId()", "type": "LONG"},
            "i": {"expression": "params.nextUniqueId()", "type": "LONG", "mode": "IMMUTABLE"},
            "s": {"value": "$$x ${n}", "type": "STRING"},
            "k": {"value": 1, "type": "LONG", "mode": "MUTABLE_ON_START"}}"#,
    );
    let world = world();
    let none = ParamDefinitions::new();
    let mut input = WorkflowInput {
        workflow_id: "wf",
        owner: None,
        definition: &definition,
        run_params: &none,
        source: ParamSource::Launch,
        restart: None,
    };
    let first = workflow(&input, &world).unwrap();
    input.restart = Some(Restart { previous: &first, restart_params: None });
    let second = workflow(&input, &world).unwrap();
    assert_eq!(value(&first, "n"), value(&second, "n"));
    assert_eq!(value(&first, "s"), "\"$x 1\"");
    assert_eq!(value(&second, "s"), "\"$x 1\"");
    assert_ne!(value(&first, "i"), value(&second, "i"));
    let change = definitions(r#"{"k": {"value": 2, "type": "LONG"}}"#);
    input.run_params = &change;
    let error = workflow(&input, &world).unwrap_err();
    assert!(error.message.contains("with mode [MUTABLE_ON_START]"), "{error}");
}

fn identity() -> StepIdentity {
    StepIdentity {
        workflow_instance_id: 7,
        step_instance_uuid: "u".into(),
        step_attempt_id: 2,
        step_id: "s".into(),
    }
}

fn run_step(params: &str, workflow: &Params) -> Result<Params, ParamError> {
    let (definition, identity) = (definitions(params), identity());
    let input = StepInput {
        identity: &identity,
        definition: &definition,
        defaults: &ParamDefinitions::new(),
        template: None,
        injected: None,
        run_params: None,
        restart_params: None,
    };
    step(&input, workflow, &world())
}

#[test]
fn names_of_a_step_are_looked_up_in_order() {
    let workflow = start(
        r#"{"w": {"value": 10, "type": "LONG"}, "both": {"value": "workflow", "type": "STRING"}}"#,
        "{}",
    )
    .unwrap();
    let params = run_step(
        r#"{"early": {"expression": "both", "type": "STRING"}, "both": {"value": "own", "type": "STRING"},
            "late": {"expression": "both", "type": "STRING"}, "x": {"expression": "y + w", "type": "LONG"},
            "y": {"value": 1, "type": "LONG"}, "up": {"expression": "up__n + s__y", "type": "LONG"},
            "g": {"expression": "params.get('w')", "type": "LONG"},
            "h": {"expression": "params.containsKey('y') || params.get('nope') != null", "type": "BOOLEAN"},
            "sig": {"value": "${sig__date}", "type": "STRING"},
            "each": {"expression": "params.getFromForeach('f', 's', 'p').length", "type": "LONG"},
            "id": {"value": "$step_id-$step_attempt_id", "type": "STRING"}}"#,
        &workflow,
    )
    .unwrap();
    for (name, wanted) in [
        ("early", "\"workflow\""),
        ("late", "\"own\""),
        ("x", "11"),
        ("up", "6"),
        ("g", "10"),
        ("h", "false"),
        ("sig", "\"20240101\""),
        ("each", "2"),
        ("id", "\"s-2\""),
    ] {
        assert_eq!(value(&params, name), wanted, "{name}");
    }
}

#[test]
fn step_references_are_cut_where_a_step_is() {
    let none = Params::new();
    let run = |expression: &str| {
        run_step(&format!(r#"{{"p": {{"expression": "{expression}", "type": "LONG"}}}}"#), &none)
            .map(|params| value(&params, "p"))
            .map_err(|error| error.message)
    };
    assert!(run("a___n").unwrap_err().contains("more than one step"));
    assert!(run("b___n").unwrap_err().contains("names no step"));
    assert!(run("up__nope").unwrap_err().contains("step `up` has no param `nope`"));
    assert!(run("s__nope").unwrap_err().contains("the step `s` has no param `nope`"));
    assert!(run("gone").unwrap_err().contains("cannot find the referenced param `gone`"));
    assert!(run("s__p").unwrap_err().contains("cyclic"));
}

#[test]
fn what_only_a_request_names_comes_before_the_definition() {
    let (definition, identity, none) = (
        definitions(
            r#"{"a": {"expression": "extra + 1", "type": "LONG"}, "b": {"value": 1, "type": "LONG"}}"#,
        ),
        identity(),
        Params::new(),
    );
    let run = definitions(
        r#"{"extra": {"value": 1, "type": "LONG"}, "b": {"value": 5, "type": "LONG"}}"#,
    );
    let restart = definitions(r#"{"b": {"value": 6, "type": "LONG"}}"#);
    let template = definitions(
        r#"{"t": {"value": "${b}", "type": "STRING"}, "b": {"value": 0, "type": "LONG"}}"#,
    );
    let defaults = ParamDefinitions::new();
    let mut input = StepInput {
        identity: &identity,
        definition: &definition,
        defaults: &defaults,
        template: Some(&template),
        injected: None,
        run_params: Some(&run),
        restart_params: None,
    };
    let params = step(&input, &none, &world()).unwrap();
    assert_eq!((value(&params, "a"), value(&params, "b")), ("2".into(), "5".into()));
    assert_eq!(value(&params, "t"), "\"5\"");
    input.restart_params = Some(&restart);
    assert_eq!(value(&step(&input, &none, &world()).unwrap(), "b"), "6");
}

#[test]
fn conditions_accept_booleans_and_their_names() {
    let (own, workflow) = (
        run_step(r#"{"n": {"value": 3, "type": "LONG"}}"#, &Params::new()).unwrap(),
        start("{}", "{}").unwrap(),
    );
    let run = |text: &str| {
        condition("next", text, "s", &own, &workflow, &world())
            .map(|param| param.evaluated().and_then(|v| v.as_bool()))
            .map_err(|error| error.message)
    };
    assert_eq!(run("n > 2"), Ok(Some(true)));
    assert_eq!(run("'FALSE'"), Ok(Some(false)));
    assert_eq!(run("true"), Ok(Some(true)));
    assert_eq!(run("up__n == 5 && s__n == 3"), Ok(Some(true)));
    assert!(run("n").is_err());
    assert!(run("'yes'").is_err());
    let input = |name: &str| (name == "i").then_some(Value::Long(4));
    let go = |text: &str| expression(text, &input, &world()).map_err(|error| error.message);
    assert_eq!(go("i < 5"), Ok(Value::Boolean(true)));
    assert!(go("up__n == 5").unwrap_err().contains("cannot find the referenced param `up__n`"));
}

#[test]
fn outputs_change_what_is_defined_and_mutable() {
    let mut params = run_step(
        r#"{"n": {"value": 3, "type": "LONG"}, "d": {"value": 1.5, "type": "DOUBLE"}, "k": {"value": 1, "type": "LONG", "mode": "CONSTANT"},
            "m": {"value": {"a": {"value": 1, "type": "LONG"}}, "type": "MAP"}}"#,
        &Params::new(),
    )
    .unwrap();
    let outputs = |json: &str| output_params(&crate::document::parse_json(json).unwrap()).unwrap();
    let good = outputs(r#"{"n": "4", "d": {"value": 2.50, "type": "DOUBLE"}, "m": {"b": "$x"}}"#);
    merge_outputs(&mut params, &good, NOW).unwrap();
    assert_eq!(value(&params, "n"), "4");
    assert_eq!(value(&params, "d"), "2.50");
    assert_eq!(value(&params, "m"), r#"{"a":1,"b":"$x"}"#);
    assert_eq!(params["n"].definition.source, Some(ParamSource::OutputParameter));
    for (json, message) in [
        (r#"{"z": 1}"#, "invalid output parameter [z], not defined in params"),
        (r#"{"k": 2}"#, "with mode [CONSTANT]"),
        (r#"{"n": "x"}"#, "expected LONG"),
    ] {
        let error = merge_outputs(&mut params, &outputs(json), NOW).unwrap_err();
        assert!(error.message.contains(message), "{error}");
    }
}

#[test]
fn retries_refer_to_workflow_params() {
    let workflow = start(r#"{"n": {"value": 4, "type": "LONG"}}"#, "{}").unwrap();
    let policy = from_json(
        r#"{"error_retry_limit": "$n", "platform_retry_limit": 1000, "timeout_retry_limit": "x",
            "backoff": {"type": "fixed_backoff", "error_retry_backoff_in_secs": "5 minutes"}}"#,
    )
    .unwrap();
    let none = Params::new();
    let read = |text: &str| {
        interpolate(text, None, &none, &workflow, &world()).map_err(|error| error.message)
    };
    let (state, warnings) = retry(Some(&policy), &read);
    assert_eq!((state.error_retry_limit, state.platform_retry_limit), (4, 10));
    assert_eq!(state.backoff.error.delay(3), 300);
    assert_eq!(warnings.len(), 2);
}

#[test]
fn types_of_steps_bring_their_params() {
    let http = definitions(
        r#"{"http": {"value": {"url": {"value": "http://x", "type": "STRING"}}, "type": "MAP"}}"#,
    );
    let (identity, none) = (identity(), ParamDefinitions::new());
    let (of_http, of_subworkflow) = (type_defaults("http"), type_defaults("subworkflow"));
    let mut input = StepInput {
        identity: &identity,
        definition: &http,
        defaults: &of_http,
        template: None,
        injected: None,
        run_params: None,
        restart_params: None,
    };
    let params = step(&input, &Params::new(), &world()).unwrap();
    assert_eq!(
        value(&params, "http"),
        r#"{"url":"http://x","method":"GET","headers":{"Content-Type":"application/json","Accept":"application/json"}}"#
    );
    input.definition = &none;
    let error = step(&input, &Params::new(), &world()).unwrap_err();
    assert_eq!(error.message, "[http.url] is a required parameter (type=[STRING])");
    input.defaults = &of_subworkflow;
    assert!(step(&input, &Params::new(), &world()).unwrap_err().message.contains("subworkflow_id"));
}

#[test]
fn run_params_of_users_are_checked() {
    assert!(run_params(&definitions(r#"{"params": {"value": 1, "type": "LONG"}}"#)).is_err());
    let many = (0..129).map(|n| (format!("p{n}"), crate::model::ParamDefinition::string("")));
    assert!(run_params(&many.collect()).is_err());
    assert!(run_params(&definitions(r#"{"a": {"value": 1, "type": "LONG"}}"#)).is_ok());
}

#[test]
fn values_that_are_too_large_together_are_refused() {
    let expression = r#"{"a": {"expression": "s = 'xxxxxxxxxx'; for (int i = 0; i < 17; i += 1) { s += s; } return s;", "type": "STRING"}}"#;
    let error = start(expression, "{}").unwrap_err();
    assert!(error.message.contains("larger than 750000"), "{error}");
    assert_eq!(error.param, "a");
}

#[test]
fn signals_are_evaluated_before_the_steps_own_params() {
    let workflow = start(r#"{"region": {"value": "us", "type": "STRING"}}"#, "{}").unwrap();
    let given = definitions(
        r#"{"d": {"expression": "RUN_DATE + region", "type": "STRING"}, "n": {"value": 3, "type": "LONG"}}"#,
    );
    let found = each(&given, "s", &Params::new(), &workflow, &world()).unwrap();
    assert_eq!(found["d"].as_str(), Some("20240310us"));
    assert_eq!(found["n"].as_i64(), Some(3));
    let name = interpolate("db/${region}/$up__n", Some("s"), &Params::new(), &workflow, &world());
    assert_eq!(name.unwrap(), "db/us/5");
    let alone =
        standalone(&definitions(r#"{"p": {"expression": "1 + 1", "type": "LONG"}}"#), &world());
    assert_eq!(value(&alone.unwrap(), "p"), "2");
    assert!(
        standalone(&definitions(r#"{"p": {"expression": "RUN_TS", "type": "LONG"}}"#), &world())
            .is_err()
    );
    assert_eq!(ParamType::Long.kind(), sel::Kind::Long);
}
