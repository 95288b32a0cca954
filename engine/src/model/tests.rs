//! The wire forms, in and out.

use super::*;
use crate::document::from_json;

fn round<T: Model>(text: &str) -> String {
    match from_json::<T>(text) {
        Ok(value) => value.write().to_string(),
        Err(violations) => format!("{violations}"),
    }
}

#[test]
fn params_keep_what_they_are_given() {
    let text = r#"{"value":1.10,"type":"DOUBLE","mode":"MUTABLE","note":[1,null]}"#;
    assert_eq!(round::<ParamDefinition>(text), text);
    assert_eq!(
        round::<ParamDefinition>(
            r#"{"value": {"a": {"expression": "1+1", "type": "long"}}, "type": "Map"}"#
        ),
        r#"{"value":{"a":{"expression":"1+1","type":"LONG"}},"type":"MAP"}"#
    );
    let through_serde: ParamDefinition = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_string(&through_serde).unwrap(), text);
}

#[test]
fn parameters_read_back() {
    let text = concat!(
        r#"{"value":{"a":{"value":1,"type":"LONG"}},"type":"MAP","source":"DEFINITION","#,
        r#""evaluated_result":{"a":1,"b":[1.5,2],"c":{}},"evaluated_time":5}"#
    );
    assert_eq!(round::<Parameter>(text), text);
}

#[test]
fn params_of_the_wrong_shape_are_refused() {
    for (text, message) in [
        (r#"{"value": 1}"#, "`type` is required and is missing"),
        (
            r#"{"value": "one", "type": "LONG"}"#,
            "value: expected an integer of 64 bits, found `one`",
        ),
        (r#"{"value": null, "type": "LONG"}"#, "value: expected an integer of 64 bits, found null"),
        (
            r#"{"value": [1, "a"], "type": "LONG_ARRAY"}"#,
            "value[1]: expected an integer of 64 bits",
        ),
        (r#"{"value": 1, "expression": "1", "type": "LONG"}"#, "not both"),
        (r#"{"value": 1, "type": "LONG", "mode": "mutabel"}"#, "mode: expected one of `MUTABLE`"),
        (r#"{"value": 99999999999999999999, "type": "LONG"}"#, "64 bits"),
    ] {
        let found = round::<ParamDefinition>(text);
        assert!(found.contains(message), "{text}: {found}");
    }
}

#[test]
fn run_strategies_have_three_forms() {
    for (text, wanted) in [
        ("\"sequential\"", r#"{"rule":"SEQUENTIAL"}"#),
        ("5", r#"{"rule":"PARALLEL","workflow_concurrency":5}"#),
        (
            r#"{"rule":"parallel","workflow_concurrency":3}"#,
            r#"{"rule":"PARALLEL","workflow_concurrency":3}"#,
        ),
    ] {
        assert_eq!(round::<RunStrategy>(text), wanted);
    }
    assert!(round::<RunStrategy>("\"5\"").contains("expected one of `SEQUENTIAL`"));
}

#[test]
fn users_and_tags_have_two_forms() {
    assert_eq!(round::<User>(r#"{"name":"alice"}"#), "\"alice\"");
    assert_eq!(round::<User>(r#"{"name":"alice","team":1}"#), r#"{"name":"alice","team":1}"#);
    assert_eq!(round::<Tag>("\"a\""), r#"{"name":"a"}"#);
    assert_eq!(
        round::<Tag>(r#"{"name":"a","namespace":"platform","permit":5,"by":"x"}"#),
        r#"{"name":"a","namespace":"PLATFORM","by":"x"}"#
    );
}

#[test]
fn steps_are_written_as_the_reference_writes_them() {
    assert_eq!(
        round::<Step>(r#"{"step": {"id": "s1", "type": "noop"}}"#),
        concat!(
            r#"{"step":{"id":"s1","transition":{"predecessors":[],"successors":{}},"#,
            r#""failure_mode":"FAIL_AFTER_RUNNING","type":"NoOp"}}"#
        )
    );
}

#[test]
fn all_faults_of_shape_are_told_with_their_paths() {
    let text = r#"{
        "workflow": {"id": "w", "steps": [
            {"step": {"id": "a", "type": "NoOp"}},
            {"step": {"id": [], "type": {}, "transition": {"foo": 1}, "bar": 2}},
            {"foreach": {"id": "f", "steps": [{"step": {"type": "NoOp"}}]}},
            {"step": {"id": "x", "type": "NoOp"}, "foreach": {}},
            {"loop": {}}
        ], "colour": "red"},
        "properties": {"run_strategy": "often", "step_concurrency": "few"}
    }"#;
    let violations = from_json::<CreateRequest>(text).unwrap_err();
    let paths: Vec<String> = violations.0.iter().map(|v| v.path.to_string()).collect();
    assert_eq!(
        paths,
        [
            "properties.run_strategy",
            "properties.step_concurrency",
            "colour",
            "steps[1].bar",
            "steps[1].id",
            "steps[1].transition.foo",
            "steps[1].type",
            "steps[2].steps[0]",
            "steps[3]",
            "steps[4]",
        ]
    );
}

#[test]
fn instances_read_back() {
    let text = concat!(
        r#"{"workflow_id":"hello","workflow_instance_id":1,"workflow_run_id":1,"#,
        r#""run_config":{"policy":"START_FRESH_NEW_RUN"},"run_params":{"who":{"value":"moon","type":"STRING"}},"#,
        r#""runtime_dag":{"a":{"predecessors":[],"successors":{"b":"who == 'world'"}}},"#,
        r#""initiator":{"type":"MANUAL","user":"alice"},"status":"SUCCEEDED","start_time":2,"#,
        r#""timeline":[{"timestamp":1,"type":"LOG","level":"INFO","message":"m"}],"#,
        r#""aggregated_info":{"step_aggregated_views":{"a":{"status":"NOT_CREATED"}},"workflow_instance_status":"SUCCEEDED"}}"#
    );
    assert_eq!(round::<WorkflowInstance>(text), text);
    let text = concat!(
        r#"{"workflow_id":"w","workflow_instance_id":1,"workflow_run_id":1,"step_id":"s","step_attempt_id":1,"#,
        r#""tags":[],"artifacts":{"maestro_retry":{"retryable":false,"type":"RETRY"},"mine":{"a":1,"type":"DEFAULT"}},"timeline":[]}"#
    );
    assert_eq!(round::<StepInstance>(text), text);
}
