//! One definition for each rule, and one that breaks ten.
#![allow(clippy::disallowed_methods, reason = "tests")]

use super::*;
use crate::document::{from_json, parse_json};

/// The faults of a request as `code path: message`.
fn faults(request: &str) -> Vec<String> {
    let request: CreateRequest = from_json(request).unwrap();
    validate(&request)
        .iter()
        .map(|fault| format!("{} {fault}", fault.code.unwrap_or_default()))
        .collect()
}

fn workflow(rest: &str) -> String {
    format!(r#"{{"workflow": {{"id": "w", {rest}}}}}"#)
}
const STEP: &str = r#""steps": [{"step": {"id": "s", "type": "NoOp"}}]"#;

/// A workflow of one step with these fields.
fn step(fields: &str) -> String {
    workflow(&format!(r#""steps": [{{"step": {{"id": "s", "type": "NoOp", {fields}}}}}]"#))
}
fn foreach(fields: &str, params: &str) -> String {
    workflow(&format!(
        r#""steps": [{{"foreach": {{"id": "f", {fields} "params": {{"loop_params": {params}}},
           "steps": [{{"step": {{"id": "in", "type": "NoOp"}}}}]}}}}]"#
    ))
}
const LOOP: &str = r#"{"type": "MAP", "value": {"i": {"value": [1], "type": "LONG_ARRAY"}}}"#;

#[test]
fn every_rule_has_its_message() {
    let long = "x".repeat(300);
    let with = |rest: &str| workflow(&format!("{rest}, {STEP}"));
    let properties = |fields: &str| {
        format!(r#"{{"properties": {{{fields}}}, "workflow": {{"id": "w", {STEP}}}}}"#)
    };
    let id = |id: &str| format!(r#"{{"workflow": {{"id": "{id}", {STEP}}}}}"#);
    let backoff = r#""retry_policy": {"error_retry_limit": 100, "backoff": {"type": "FIXED_BACKOFF", "error_retry_backoff_in_secs": "0"}}"#;
    let many_signals: Vec<String> = (0..9).map(|n| format!(r#""s{n}": {{}}"#)).collect();
    let rows: Vec<(String, &str)> = vec![
        (
            id("a b"),
            "name id: `a b` is not a workflow id: it begins with a letter, a digit or `_`, and has those, `.` and `-`",
        ),
        (id("Maestro_x"), "name id: `Maestro_x` begins with `maestro_`, which is the system's"),
        (id("x_maestro"), "name id: `x_maestro` ends with `_maestro`, which is the system's"),
        (id(&"y".repeat(129)), "name id: a workflow id has 128 characters at most, this has 129"),
        (
            with(&format!(r#""name": "{long}""#)),
            "length name: it has 300 characters, 256 is the most",
        ),
        (
            with(&format!(r#""description": "{}""#, "d".repeat(16_385))),
            "length description: it has 16385 characters, 16384 is the most",
        ),
        (
            with(r#""tags": ["a", {"name": "a"}]"#),
            "duplicate-tag tags[1]: the tag `a` is there twice",
        ),
        (
            with(r#""tags": ["a;b"]"#),
            "name tags[0]: `a;b` is not the name of a tag: it is not blank, and has letters, digits, spaces and `_.,:@&='(){}$+[]-/\\`",
        ),
        (
            with(r#""timeout": "soon""#),
            "timeout timeout: `soon` is no duration such as `10 minutes` or a number of seconds",
        ),
        (with(r#""timeout": 0"#), "timeout timeout: a timeout must be above 0"),
        (
            with(r#""timeout": "121 days""#),
            "timeout timeout: a timeout may be 120 days at most, `121 days` is longer",
        ),
        (
            with(r#""instance_step_concurrency": 1000"#),
            "range instance_step_concurrency: expected 1 to 999, found 1000",
        ),
        (
            with(r#""params": {"a__b": {"value": 1, "type": "LONG"}}"#),
            "name params.a__b: `a__b` has `__` in it, which separates a step from its param",
        ),
        (
            with(r#""params": {"p": {"type": "LONG"}}"#),
            "param params.p: a param has a `value` or an `expression`",
        ),
        (
            with(r#""params": {"p": {"value": 1, "type": "LONG", "internal_mode": "RESERVED"}}"#),
            "param params.p.internal_mode: `internal_mode` is the system's",
        ),
        (
            with(r#""params": {"p": {"value": 1, "type": "LONG", "source": "LAUNCH"}}"#),
            "param params.p.source: `source` is the system's",
        ),
        (
            with(r#""params": {"owner": {"value": "me", "type": "STRING"}}"#),
            "param params.owner: cannot modify param with system mode [RESERVED] for parameter [owner]",
        ),
        (
            with(r#""params": {"RUN_TS": {"value": [1], "type": "LONG_ARRAY"}}"#),
            "param params.RUN_TS: parameter definition type mismatch name [RUN_TS] from [LONG_ARRAY] != to [LONG]",
        ),
        (
            with(r#""time_triggers": [{"type": "CRON", "cron": "x"}]"#),
            "time-trigger time_triggers[0].cron: a cron expression has 5 fields (Unix) or 6 or 7 (Quartz), this one has 1",
        ),
        (
            with(
                r#""time_triggers": [{"type": "PREDEFINED", "expression": "daily", "timezone": "Nowhere"}]"#,
            ),
            "time-trigger time_triggers[0].timezone: there is no time zone `Nowhere`",
        ),
        (
            with(r#""signal_triggers": [{}]"#),
            "signal-trigger signal_triggers[0].definitions: a trigger has 1 to 8 signals, this has 0",
        ),
        (
            with(&format!(
                r#""signal_triggers": [{{"definitions": {{{}}}}}]"#,
                many_signals.join(",")
            )),
            "signal-trigger signal_triggers[0].definitions: a trigger has 1 to 8 signals, this has 9",
        ),
        (
            with(r#""signal_triggers": [{"definitions": {"a": {"join_keys": ["x"]}, "b": {}}}]"#),
            "signal-trigger signal_triggers[0].definitions.b.join_keys: the signals of a trigger have the same number of join keys: 1, not 0",
        ),
        (
            with(
                r#""signal_triggers": [{"definitions": {"a": {"join_keys": ["x"], "match_params": {"x": {"value": 1}}}}}]"#,
            ),
            "signal-trigger signal_triggers[0].definitions.a.join_keys: the join key `x` is among the `match_params` too",
        ),
        (
            properties(r#""step_concurrency": 0"#),
            "range properties.step_concurrency: expected 1 to 1000, found 0",
        ),
        (
            properties(r#""run_strategy": 1001"#),
            "range properties.run_strategy: expected 1 to 1000, found 1001",
        ),
        (
            properties(r#""run_strategy": {"rule": "FIRST_ONLY", "workflow_concurrency": 2}"#),
            "run-strategy properties.run_strategy: with FIRST_ONLY one instance runs at a time: `workflow_concurrency` above 1 is for PARALLEL",
        ),
        (
            properties(r#""tags": []"#),
            "properties-tags properties.tags: the tags of a workflow's properties cannot be set here",
        ),
        (
            properties(r#""alerting": {"tct": {"tz": "UTC"}}"#),
            "alerting properties.alerting.tct: expected one of `completed_by_hour`, `duration_minutes` and `completed_by_ts`",
        ),
        (
            format!(
                r#"{{"author": "x", "version_author": "me", "workflow": {{"id": "w", {STEP}}}}}"#
            ),
            "extra version_author: this name is kept for the metadata of a version",
        ),
        (workflow(r#""steps": []"#), "steps steps: there must be a step"),
        (
            step(r#""timeout": "1 m""#),
            "timeout steps[0].timeout: `1 m` is no duration such as `10 minutes` or a number of seconds",
        ),
        (
            step(backoff),
            "retry steps[0].retry_policy.error_retry_limit: expected 0 to 99, found `100`",
        ),
        (
            step(backoff),
            "retry steps[0].retry_policy.backoff.error_retry_backoff_in_secs: expected seconds or a duration, 1 to 86400, found `0`",
        ),
        (
            step(r#""transition": {"successors": {"t": "true"}}"#),
            "successor steps[0].transition.successors.t: there is no step `t` on this level",
        ),
        (
            step(r#""transition": {"successors": {"s": "true"}}"#),
            "cycle steps: the steps form a cycle: `s`",
        ),
        (
            step(r#""transition": {"predecessors": ["t"]}"#),
            "predecessors steps[0].transition.predecessors: the predecessors are not those that have this step as a successor",
        ),
        (
            step(r#""transition": {"predecessors": ["t", "t"]}"#),
            "predecessors steps[0].transition.predecessors: a predecessor is there twice",
        ),
        (
            step(
                r#""signal_dependencies": [{"name": "a?", "match_params": {"x": {"param": {"value": 1.5, "type": "DOUBLE"}}}}]"#,
            ),
            "signal-param steps[0].signal_dependencies[0].match_params.x.param.type: a signal's param is a STRING or a LONG, not a DOUBLE",
        ),
        (
            step(r#""signal_dependencies": [{"name": "a?"}]"#),
            "name steps[0].signal_dependencies[0].name: `a?` is not the name of a signal: it is not blank, and has letters, digits, spaces and `_.,:@&='(){}$+[]-/\\`",
        ),
        (
            step(
                r#""signal_dependencies": [{"name": "a", "match_params": {"x": {"param": {"value": 1, "type": "LONG"}, "operator": ">"}, "y": {"param": {"value": 1, "type": "LONG"}, "operator": "<"}}}]"#,
            ),
            "signal-dependency steps[0].signal_dependencies[0].match_params: only one param may be compared by `>`, `>=`, `<` or `<=`",
        ),
        (
            step(
                r#""signal_outputs": [{"name": "a", "params": {"x": {"value": true, "type": "BOOLEAN"}}}]"#,
            ),
            "signal-param steps[0].signal_outputs[0].params.x.type: a signal's param is a STRING or a LONG, not a BOOLEAN",
        ),
        (
            workflow(r#""steps": [{"step": {"id": "s", "type": "Titus"}}]"#),
            "step-type steps[0].type: there is no runtime for steps of the type `Titus`",
        ),
        (
            workflow(r#""steps": [{"template": {"id": "s"}}]"#),
            "step-type steps[0]: steps of the kind `template` cannot be run",
        ),
        (
            workflow(r#""steps": [{"step": {"id": "s", "type": "Http"}}]"#),
            "param steps[0].params[\"http.url\"]: [http.url] is a required parameter (type=[STRING])",
        ),
        (
            workflow(r#""steps": [{"subworkflow": {"id": "s"}}]"#),
            "param steps[0].params.subworkflow_id: [subworkflow_id] is a required parameter (type=[STRING])",
        ),
        (
            foreach(r#""concurrency": 501,"#, LOOP),
            "range steps[0].concurrency: expected 1 to 500, found 501",
        ),
        (
            foreach(r#""concurrency": "lots","#, LOOP),
            "range steps[0].concurrency: `lots` is no number",
        ),
        (
            foreach("", r#"{"type": "MAP", "value": {"i": {"value": 1, "type": "LONG"}}}"#),
            "loop-params steps[0].params.loop_params.value.i: a foreach goes over arrays, `i` is a LONG",
        ),
        (
            workflow(
                r#""steps": [{"foreach": {"id": "f", "steps": [{"step": {"id": "in", "type": "NoOp"}}]}}]"#,
            ),
            "loop-params steps[0].params.loop_params: a loop needs the param `loop_params`, a MAP of what it goes over",
        ),
        (
            workflow(&format!(
                r#""steps": [{{"while": {{"id": "f", "condition": "true", "params": {{"loop_params": {LOOP}}}, "steps": [{{"step": {{"id": "in", "type": "NoOp"}}}}]}}}}]"#
            )),
            "loop-params steps[0].params.loop_params.value.i: the loop params of a while are single values, `i` is a LONG_ARRAY",
        ),
        (
            workflow(&format!(
                r#""steps": [{{"foreach": {{"id": "f", "params": {{"loop_params": {LOOP}}}, "steps": [{{"foreach": {{"id": "g", "params": {{"loop_params": {LOOP}}}, "steps": [{{"step": {{"id": "f", "type": "NoOp"}}}}]}}}}]}}}}]"#
            )),
            "loop-params steps[0].steps[0].params.loop_params.value.i: `i` is a loop param of a loop around this one",
        ),
        (
            workflow(&format!(
                r#""steps": [{{"foreach": {{"id": "f", "params": {{"loop_params": {LOOP}}}, "steps": [{{"step": {{"id": "f", "type": "NoOp"}}}}]}}}}]"#
            )),
            "duplicate-step steps[0].steps[0].id: the step `f` is there twice",
        ),
    ];
    for (request, expected) in rows {
        let found = faults(&request);
        assert!(found.iter().any(|fault| fault == expected), "{expected}\n{found:#?}\n{request}");
    }
}

#[test]
fn what_is_sound_has_no_faults() {
    for request in [
        workflow(STEP),
        step(r#""timeout": "${t} minutes", "retry_policy": {"error_retry_limit": "$n"}"#),
        foreach(r#""concurrency": "${c}","#, LOOP),
        foreach("", r#"{"type": "MAP", "expression": "m"}"#),
        step(r#""sub_type": "template", "params": {"p": {"value": "x", "type": "STRING"}}"#),
        workflow(&format!(r#""time_triggers": [{{"type": "INTERVAL", "interval": 600}}], {STEP}"#)),
    ] {
        assert_eq!(faults(&request), [""; 0], "{request}");
    }
}

#[test]
fn steps_and_levels_and_bytes_are_counted() {
    let steps: Vec<String> =
        (0..301).map(|n| format!(r#"{{"step": {{"id": "s{n}", "type": "NoOp"}}}}"#)).collect();
    let many = workflow(&format!(r#""steps": [{}]"#, steps.join(",")));
    assert_eq!(faults(&many), ["steps steps: there are 301 steps on all levels, 300 is the most"]);
    let nested = |levels: usize| {
        let mut inner = r#"{"step": {"id": "in", "type": "NoOp"}}"#.to_owned();
        for n in 1..levels {
            let params = LOOP.replace("\"i\"", &format!("\"i{n}\""));
            inner = format!(
                r#"{{"foreach": {{"id": "f{n}", "params": {{"loop_params": {params}}}, "steps": [{inner}]}}}}"#
            );
        }
        faults(&workflow(&format!(r#""steps": [{inner}]"#)))
    };
    assert_eq!(nested(10), [""; 0]);
    let deep = nested(11);
    assert!(deep[0].ends_with("steps are nested more than 10 levels deep"), "{deep:?}");
    let large = workflow(&format!(
        r#""params": {{"p": {{"value": "{}", "type": "STRING"}}}}, {STEP}"#,
        "x".repeat(MAX_REQUEST_BYTES)
    ));
    assert!(faults(&large)[0].contains("262144 is the most"));
}

#[test]
fn a_definition_that_breaks_ten_rules_is_told_of_all_ten() {
    let text = r#"{"properties": {"step_concurrency": 0, "tags": []},
      "workflow": {"id": "maestro_w", "timeout": "soon", "instance_step_concurrency": 0,
        "time_triggers": [{"type": "CRON", "cron": "x", "timezone": "Mars"}],
        "params": {"a__b": {"value": 1, "type": "LONG"}},
        "steps": [
          {"step": {"id": "s", "type": "NoOp", "transition": {"successors": {"nope": "true"}}}},
          {"step": {"id": "s", "type": "Titus", "timeout": 0}}]}}"#;
    parse_json(text).unwrap();
    let mut codes: Vec<String> =
        faults(text).iter().map(|f| f.split(':').next().unwrap_or_default().to_owned()).collect();
    codes.sort();
    assert_eq!(
        codes,
        [
            "duplicate-step steps[1].id",
            "name id",
            "name params.a__b",
            "properties-tags properties.tags",
            "range instance_step_concurrency",
            "range properties.step_concurrency",
            "step-type steps[1].type",
            "successor steps[0].transition.successors.nope",
            "time-trigger time_triggers[0].cron",
            "time-trigger time_triggers[0].timezone",
            "timeout steps[1].timeout",
            "timeout timeout",
        ]
    );
}

/// What cannot be read does not hide what is wrong beside it, in the place that it has.
#[test]
fn faults_of_shape_and_broken_rules_are_told_together() {
    let text = r#"{"workflow": {"id": "w", "colour": "red",
        "params": {"p": {"value": "x", "type": "LONG"}, "a__b": {"value": 1, "type": "LONG"}},
        "tags": ["t", 5, "t"],
        "steps": [
          {"step": {"id": "a", "transition": {"successors": {"b": "true", "nope": [5]}}}},
          {"job": {"id": "b"}},
          {"while": {"id": "c", "steps": [{"step": {"id": "a", "type": "NoOp"}}]}},
          7,
          {"step": {"id": "d", "type": "NoOp", "timeout": 0, "transition": {"successors": {"b": "true"}}}}]}}"#;
    let tree = parse_json(text).unwrap();
    let violations = read(&tree, &Rules::default()).unwrap_err();
    let mut faults: Vec<String> = violations.0.iter().map(ToString::to_string).collect();
    faults.sort();
    let starts = [
        "colour: unknown field",
        "params.a__b: `a__b` has `__` in it",
        "params.p.value: expected an integer of 64 bits",
        "steps[0].transition.successors.nope: expected a string",
        "steps[0]: `type` is required",
        "steps[1]: unknown kind of step `job`",
        "steps[2].params.loop_params: a loop needs",
        "steps[2].steps[0].id: the step `a` is there twice",
        "steps[2]: `condition` is required",
        "steps[3]: expected an object with one key",
        "steps[4].timeout: a timeout must be above 0",
        "tags[1]: expected",
    ];
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    for (fault, start) in faults.iter().zip(starts) {
        assert!(fault.starts_with(start), "{start}\n{faults:#?}");
    }
}
