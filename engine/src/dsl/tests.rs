//! Documents and the requests that they mean.

use super::*;
use crate::document::{Path, Place, parse_yaml};

fn converted(yaml: &str) -> Result<Node, Violations> {
    let root = parse_yaml(yaml)?;
    convert(yaml, &root, &|name, version| {
        (name == "spark" && version != Some("old")).then_some(StepType::Kubernetes)
    })
}

fn workflow(body: &str) -> String {
    let yaml = format!("workflow:\n  id: w\n{body}\n");
    match converted(&yaml) {
        Ok(node) => node.get("workflow").unwrap().to_string(),
        Err(violations) => violations.to_string(),
    }
}

#[test]
fn the_document_of_the_specification() {
    let yaml = r#"
workflow:
  id: hello
  name: My workflow
  description: text
  owner: alice
  run_strategy: parallel
  workflow_concurrency: 3
  tags: [a, b]
  timeout: 1 hour
  criticality: low
  who: world
  n: 3
  "!next": n + 1
  "!cnt<long>(immutable)": n * 2
  dag: sequential
  jobs:
    - job:
        id: s1
        type: NoOp
        transition: [s2]
    - job: {id: s2, type: sleep, sleep_seconds: 2}
"#;
    assert_eq!(
        converted(yaml).unwrap().to_string(),
        concat!(
            r#"{"properties":{"owner":"alice","run_strategy":{"rule":"parallel","workflow_concurrency":3},"step_concurrency":20},"#,
            r#""workflow":{"id":"hello","name":"My workflow","description":"text","tags":["a","b"],"timeout":"1 hour","criticality":"low","#,
            r#""params":{"who":{"value":"world","type":"STRING"},"n":{"value":3,"type":"LONG"},"#,
            r#""next":{"expression":"n + 1","type":"STRING"},"cnt":{"expression":"n * 2","type":"LONG","mode":"IMMUTABLE"}},"#,
            r#""steps":[{"step":{"id":"s1","transition":{"successors":{"s2":"true"}},"type":"NoOp"}},"#,
            r#"{"step":{"id":"s2","type":"sleep","params":{"sleep_seconds":{"value":2,"type":"LONG"}}}}]},"is_active":true}"#
        )
    );
}

#[test]
fn literals_say_their_type() {
    let text = workflow(
        "  a: 1.50\n  b: yes\n  c: {x: '1'}\n  d: {x: 1, '!y<long>': x}\n  e: []\n  f: [1, 2]\n  g: [1.5, 2]\n  h: [true]\n  i<pmap>: {x: y}\n  j<double>: 2\n  k: {}\n  '!l': 5\n  jobs: []",
    );
    let params = text.split_once("\"params\":").unwrap().1;
    assert!(
        params.starts_with(concat!(
            r#"{"a":{"value":1.50,"type":"DOUBLE"},"b":{"value":true,"type":"BOOLEAN"},"#,
            r#""c":{"value":{"x":"1"},"type":"STRING_MAP"},"#,
            r#""d":{"value":{"x":{"value":1,"type":"LONG"},"y":{"expression":"x","type":"LONG"}},"type":"MAP"},"#,
            r#""e":{"value":[],"type":"STRING_ARRAY"},"f":{"value":[1,2],"type":"LONG_ARRAY"},"#,
            r#""g":{"value":[1.5,2],"type":"DOUBLE_ARRAY"},"h":{"value":[true],"type":"BOOLEAN_ARRAY"},"#,
            r#""i":{"value":{"x":{"value":"y","type":"STRING"}},"type":"MAP"},"j":{"value":2,"type":"DOUBLE"},"#,
            r#""k":{"value":{},"type":"MAP"},"l":{"expression":"5","type":"STRING"}}"#
        )),
        "{params}"
    );
}

#[test]
fn every_kind_of_job() {
    let text = workflow(
        r"  jobs:
    - job: {id: a, type: spark, type_version: 2, transition: []}
    - subworkflow: {id: child, version: 3, sync: false, x: 1}
    - subworkflow: {id: c2, workflow_id: other, explicit_params: true}
    - foreach:
        id: f
        concurrency: 5
        loop_params: {'!d<array<long>>': xs}
        ranges: {i: {from: 1, to: 9, increment: 2}}
        strict_ordering: true
        dag: {p: [q]}
        jobs: [{job: {id: p, type: noop}}, {job: {id: q, type: NoOp}}]
    - while:
        id: g
        condition: i < 3
        params: {i: 0}
        jobs: [{job: {id: r, type: NoOp, '!i<long>': i + 1}}]",
    );
    assert_eq!(
        text,
        concat!(
            r#"{"id":"w","steps":[{"step":{"id":"a","type":"Kubernetes","sub_type":"spark"}},"#,
            r#"{"subworkflow":{"id":"child","sync":false,"params":{"x":{"value":1,"type":"LONG"},"subworkflow_id":{"value":"child","type":"STRING"},"subworkflow_version":{"value":"3","type":"STRING"}}}},"#,
            r#"{"subworkflow":{"id":"c2","explicit_params":true,"params":{"subworkflow_id":{"value":"other","type":"STRING"}}}},"#,
            r#"{"foreach":{"id":"f","concurrency":5,"params":{"strict_ordering":{"value":true,"type":"BOOLEAN"},"loop_params":{"value":{"d":{"expression":"xs","type":"LONG_ARRAY"},"i":{"expression":"Util.intsBetween(1, 9, 2);","type":"LONG_ARRAY"}},"type":"MAP"}},"#,
            r#""steps":[{"step":{"id":"p","transition":{"successors":{"q":"true"}},"type":"noop"}},{"step":{"id":"q","type":"NoOp"}}]}},"#,
            r#"{"while":{"id":"g","condition":"i < 3","params":{"loop_params":{"value":{"i":{"value":0,"type":"LONG"}},"type":"MAP"}},"#,
            r#""steps":[{"step":{"id":"r","type":"NoOp","params":{"i":{"expression":"i + 1","type":"LONG"}}}}]}}]}"#
        )
    );
}

#[test]
fn transitions_have_three_forms() {
    for (rows, wanted) in [
        ("[b]", r#"{"b":"true"}"#),
        ("['IF x > 1 THEN b', 'otherwise c']", r#"{"b":"x > 1","c":"!((x > 1))"}"#),
        (
            "['if x THEN b', ' If y then c ', 'OTHERWISE d']",
            r#"{"b":"x","c":"y","d":"!((x) || (y))"}"#,
        ),
        ("['IF s == \" then \" THEN b']", r#"{"b":"s == \" then \""}"#),
        ("[OTHERWISE b]", r#"{"b":"true"}"#),
        ("[b, '', 'IF x THEN b']", r#"{"b":"x"}"#),
    ] {
        let text =
            workflow(&format!("  jobs: [{{job: {{id: a, type: NoOp, transition: {rows}}}}}]"));
        let found = text.split_once("\"successors\":").map(|(_, rest)| rest);
        assert!(found.is_some_and(|found| found.starts_with(wanted)), "{rows}: {text}");
    }
}

#[test]
fn faults_are_told_with_their_paths() {
    for (body, message) in [
        ("  jobs: 5", "jobs: expected a list of jobs, found an integer"),
        ("  x: 1", "`jobs` is required and is missing"),
        ("  x:\n  jobs: []", "x: a param may not be null"),
        ("  x<int>: 1\n  jobs: []", "[\"x<int>\"]: unknown type `int`"),
        (
            "  x<long>: a\n  jobs: []",
            "[\"x<long>\"]: expected an integer of 64 bits, found a string",
        ),
        ("  x: [[1]]\n  jobs: []", "x: expected a list of strings, numbers or booleans"),
        ("  x: [1, a]\n  jobs: []", "x[1]: expected an integer of 64 bits"),
        ("  x: {y: }\n  jobs: []", "x.y: a param may not be null"),
        ("  '!x': [1]\n  jobs: []", "[\"!x\"]: expected an expression, found a list"),
        ("  x: 1\n  '!x': 2\n  jobs: []", "[\"!x\"]: the param `x` is there twice"),
        ("  dag: serial\n  jobs: []", "dag: expected `sequential`, `parallel` or a map"),
        ("  dag: {z: [a]}\n  jobs: []", "dag.z: there is no such job"),
        ("  jobs: [{job: {id: a, type: Spork}}]", "jobs[0].type: unknown type `Spork`"),
        ("  jobs: [{job: {type: NoOp}}]", "jobs[0]: `id` is required and is missing"),
        ("  jobs: [{task: {}}]", "jobs[0]: unknown kind of job `task`"),
        (
            "  jobs: [{job: {id: a, type: NoOp, transition: ['IF x']}}]",
            "jobs[0].transition[0]: `IF x` is no transition",
        ),
        (
            "  jobs: [{job: {id: a, type: NoOp, transition: [OTHERWISE b, c]}}]",
            "`OTHERWISE` must be the last",
        ),
        (
            "  jobs: [{job: {id: a, type: NoOp, transition: b}}]",
            "jobs[0].transition: expected a list",
        ),
        (
            "  jobs: [{foreach: {id: a, ranges: {i: {from: 1}}, jobs: []}}]",
            "jobs[0].ranges.i: `to` is required",
        ),
        (
            "  jobs: [{foreach: {id: a, ranges: {i: {to: 1, by: 2}}, jobs: []}}]",
            "ranges.i.by: unknown field",
        ),
        (
            "  jobs: [{foreach: {id: a, ranges: {i: {to: 1.5}}, jobs: []}}]",
            "ranges.i.to: expected an integer",
        ),
        ("  jobs: [{while: {id: a, jobs: []}}]", "jobs[0]: `condition` is required and is missing"),
    ] {
        let text = workflow(body);
        assert!(text.contains(message), "{body}: {text}");
    }
    assert!(converted("flow: {}").unwrap_err().to_string().contains("unknown key `flow`"));
    assert!(converted("[]").unwrap_err().to_string().contains("expected an object"));
}

#[test]
fn conditions_remember_their_place() {
    let yaml = "workflow:\n  id: w\n  jobs:\n    - job:\n        id: a\n        type: NoOp\n        transition:\n          - IF x >   1 THEN b\n";
    let request = converted(yaml).unwrap();
    let path = Path::Root;
    let (steps, index) = (path.key("steps"), 0);
    let step = steps.index(index);
    let transition = step.key("transition");
    let successors = transition.key("successors");
    let node = successors.key("b").to_buf().locate(&request);
    assert_eq!(node.as_text(), Some("x >   1"));
    let offset = node.source_offset(yaml, 6);
    assert_eq!(Place::of(yaml, offset), Place { line: 8, column: 22 });
}
