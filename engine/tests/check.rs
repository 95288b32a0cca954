//! Definitions of all kinds check clean, and each break of one is told of at its place.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use sel_engine::check::{Finding, text};

fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/checked").join(name);
    fs::read_to_string(path).unwrap()
}

const ALL: [&str; 4] = ["branches.json", "loops.json", "triggers.json", "dsl.yaml"];

#[test]
fn sound_definitions_are_clean() {
    for name in ALL {
        assert_eq!(text(&read(name)), [], "{name}");
    }
}

/// What is told first of a text: code, path, the text it points at, and message.
fn first(findings: &[Finding], text: &str) -> (String, String, String, String) {
    let found = &findings[0];
    let at = text.get(found.span.start as usize..found.span.end as usize).unwrap_or_default();
    (found.code.to_owned(), found.path.to_string(), at.to_owned(), found.message.clone())
}

#[test]
fn every_break_is_told_of_at_its_place() {
    // The file, what is replaced by what; the code, the path, the text pointed at, the message.
    let rows = [
        (
            "branches.json",
            "threshold * 2",
            "treshold * 2",
            "SEL0250",
            "steps[0].params.rows.expression",
            "treshold",
            "neither the step `count.1` nor the workflow has a param `treshold`",
        ),
        (
            "branches.json",
            "rows > threshold",
            "rows + threshold",
            "SEL0209",
            "steps[0].transition.successors.many",
            "rows + threshold",
            "expected a result of type BOOLEAN, found LONG",
        ),
        (
            "branches.json",
            "!table.isEmpty()",
            "!table.isEmpti()",
            "SEL0203",
            "steps[0].transition.successors.few",
            "isEmpti",
            "unknown method `isEmpti` on STRING with no arguments",
        ),
        (
            "branches.json",
            "'count.1', 'rows'",
            "'count.2', 'rows'",
            "SEL0217",
            "steps[1].params.twice.expression",
            "getFromStep",
            "there is no step `count.2` on this level",
        ),
        (
            "branches.json",
            "'count.1', 'rows'",
            "'count.1', 'row'",
            "SEL0217",
            "steps[1].params.twice.expression",
            "getFromStep",
            "the step `count.1` has no param `row`",
        ),
        (
            "branches.json",
            "\\\"UTC\\\"",
            "\\\"UTCC\\\"",
            "SEL0214",
            "params.day.expression",
            "\\\"UTCC\\\"",
            "`UTCC` is not a time zone",
        ),
        (
            "branches.json",
            "events_${day}",
            "events_${date}",
            "interpolation",
            "params.table.value",
            "date",
            "there is no workflow param `date`",
        ),
        (
            "branches.json",
            "$step_attempt_id",
            "$step_attempt",
            "interpolation",
            "steps[3].params.text.value",
            "step_attempt",
            "neither the step `report` nor the workflow has a param `step_attempt`",
        ),
        (
            "branches.json",
            "+ many__twice",
            "+ many__thrice",
            "SEL0250",
            "steps[3].params.lines.value.a.expression",
            "many__thrice",
            "the step `many` has no param `thrice`",
        ),
        (
            "branches.json",
            "\"threshold * 2\"",
            "\"report__text\"",
            "SEL0250",
            "steps[0].params.rows.expression",
            "report__text",
            "the step `report` comes after the step `count.1`",
        ),
        (
            "branches.json",
            "{\"report\": \"true\"}",
            "{\"raport\": \"true\"}",
            "successor",
            "steps[1].transition.successors.raport",
            "raport",
            "there is no step `raport` on this level",
        ),
        (
            "branches.json",
            "{\"value\": 10, \"type\": \"LONG\"}",
            "{\"expression\": \"day\", \"type\": \"LONG_ARRAY\"}",
            "SEL0209",
            "params.threshold.expression",
            "day",
            "expected a result of type LONG_ARRAY or STRING_ARRAY, found STRING",
        ),
        (
            "branches.json",
            "{\"value\": 10, \"type\": \"LONG\"}",
            "{\"expression\": \"1 +\", \"type\": \"LONG\"}",
            "SEL0114",
            "params.threshold.expression",
            "",
            "",
        ),
        (
            "loops.json",
            "\"regions\", \"type\"",
            "\"region\", \"type\"",
            "SEL0250",
            "steps[0].params.loop_params.value.region.expression",
            "region",
            "neither the step `each` nor the workflow has a param `region`",
        ),
        (
            "loops.json",
            "day * 100 + hour",
            "day * 100 + hours",
            "SEL0250",
            "steps[0].steps[1].steps[0].params.ts.expression",
            "hours",
            "neither the step `part` nor the workflow has a param `hours`",
        ),
        ("loops.json", "tries < 3", "try < 3", "SEL0106", "steps[1].condition", "", ""),
        (
            "loops.json",
            "tries < 3",
            "retries < 3",
            "SEL0250",
            "steps[1].condition",
            "retries",
            "nothing is named `retries` here",
        ),
        (
            "loops.json",
            "\"hour\": {",
            "\"day\": {",
            "loop-params",
            "steps[0].steps[1].params.loop_params.value.day",
            "",
            "`day` is a loop param of a loop around this one",
        ),
        (
            "loops.json",
            "\"hour\": {\"expression\": \"Util.intsBetween(0, 24, 6);\", \"type\": \"LONG_ARRAY\"}",
            "\"hour\": {\"value\": 3, \"type\": \"LONG\"}",
            "loop-params",
            "steps[0].steps[1].params.loop_params.value.hour",
            "",
            "a foreach goes over arrays, `hour` is a LONG",
        ),
        (
            "loops.json",
            "\"id\": \"try\"",
            "\"id\": \"part\"",
            "duplicate-step",
            "steps[1].steps[0].id",
            "part",
            "the step `part` is there twice",
        ),
        (
            "loops.json",
            "\"subworkflow_id\"",
            "\"subworkflow\"",
            "param",
            "steps[2].params.subworkflow_id",
            "",
            "[subworkflow_id] is a required parameter (type=[STRING])",
        ),
        (
            "triggers.json",
            "MON-FRI",
            "MON-FRY",
            "time-trigger",
            "time_triggers[0].cron",
            "0 0 6 ? * MON-FRY",
            "",
        ),
        (
            "triggers.json",
            "Europe/Berlin",
            "Europe/Bonn",
            "time-trigger",
            "time_triggers[0].timezone",
            "Europe/Bonn",
            "there is no time zone `Europe/Bonn`",
        ),
        (
            "triggers.json",
            "@daily",
            "@dayly",
            "time-trigger",
            "time_triggers[1].expression",
            "@dayly",
            "expected `@hourly`, `@daily`, `@weekly`, `@monthly` or `@yearly`, found `@dayly`",
        ),
        (
            "triggers.json",
            "'once'",
            "Util.intsBetween(0, 2, 1)",
            "SEL0209",
            "signal_triggers[0].dedup_expr",
            "",
            "expected a result of type STRING, found LONG_ARRAY",
        ),
        (
            "triggers.json",
            "checked__date != 'none'",
            "day != 'none'",
            "SEL0250",
            "signal_triggers[0].condition",
            "day",
            "nothing is named `day` here",
        ),
        (
            "triggers.json",
            "landed__day",
            "loaded__day",
            "SEL0250",
            "steps[0].params.day.expression",
            "loaded__day",
            "there is no step `loaded` on this level that `loaded__day` could refer to",
        ),
        (
            "triggers.json",
            "'INITIATOR_TYPE'",
            "'INITIATOR'",
            "SEL0217",
            "steps[0].params.who.expression",
            "getFromInstance",
            "an instance has no field `INITIATOR`",
        ),
        (
            "triggers.json",
            "db/t_${RUN_DATE}",
            "db/t_${RUN_DAY}",
            "interpolation",
            "steps[0].signal_dependencies[0].name",
            "RUN_DAY",
            "neither the step `wait` nor the workflow has a param `RUN_DAY`",
        ),
        (
            "triggers.json",
            "\"type\": \"CRON\", ",
            "\"type\": \"CRON\", \"colour\": 1, ",
            "definition",
            "time_triggers[0].colour",
            "colour",
            "unknown field",
        ),
        (
            "dsl.yaml",
            "limit * 2",
            "limits * 2",
            "SEL0250",
            "params.double_limit.expression",
            "limits",
            "there is no workflow param `limits`",
        ),
        (
            "dsl.yaml",
            "'it''s ${limit}",
            "'it''s ${limits}",
            "interpolation",
            "params.greeting.value",
            "limits",
            "there is no workflow param `limits`",
        ),
        (
            "dsl.yaml",
            "    + limit\n",
            "    + limits\n",
            "SEL0250",
            "params.folded.expression",
            "limits",
            "there is no workflow param `limits`",
        ),
        (
            "dsl.yaml",
            "IF n > 5",
            "IF no > 5",
            "SEL0250",
            "steps[0].transition.successors.second",
            "no",
            "neither the step `first` nor the workflow has a param `no`",
        ),
        (
            "dsl.yaml",
            "otherwise third",
            "otherwise fourth",
            "successor",
            "steps[0].transition.successors.fourth",
            "fourth",
            "there is no step `fourth` on this level",
        ),
        (
            "dsl.yaml",
            "i * 2",
            "j * 2",
            "SEL0250",
            "steps[2].steps[0].params.sleep_seconds.expression",
            "j",
            "neither the step `each` nor the workflow has a param `j`",
        ),
        (
            "dsl.yaml",
            "limit: 3",
            "\"!limit<long>\": double_limit",
            "param-cycle",
            "params.limit",
            "double_limit",
            "the params refer to each other in a circle: limit -> double_limit -> limit",
        ),
    ];
    let mut failed = Vec::new();
    for (name, from, to, code, path, at, message) in rows {
        let sound = read(name);
        let broken = sound.replacen(from, to, 1);
        assert_ne!(sound, broken, "{name}: {from}");
        let findings = text(&broken);
        if findings.is_empty() {
            failed.push(format!("{name}: {from} -> {to}: nothing found"));
            continue;
        }
        let (found_code, found_path, found_at, found_message) = first(&findings, &broken);
        // What stands at the place is compared as it is written, and so is its line.
        let place = findings[0].place(&broken);
        let line = broken.lines().nth(place.line as usize - 1).unwrap_or_default();
        let rest: String = line.chars().skip(place.column as usize - 1).collect();
        let good = found_code == code
            && found_path == path
            && (message.is_empty() || found_message == message)
            && (at.is_empty() || (found_at == at && rest.starts_with(at)));
        if !good {
            failed.push(format!(
                "{name}: {to}\n  {found_code} {found_path} `{found_at}` {found_message}\n  at {place:?}: {rest}"
            ));
        }
    }
    assert!(failed.is_empty(), "{}", failed.join("\n"));
}

#[test]
fn columns_count_characters_through_escapes() {
    let definition = "{\"workflow\": {\"id\": \"w\",\n  \"params\": {\"é\": 1, \"p\": {\"expression\": \"\\\"\\u00e9\\\\n\\\" + nope\", \"type\": \"STRING\"}},\n \"steps\": []}}";
    // Where the shape is wrong, expressions are not looked at; rules are.
    let codes: Vec<&str> = text(definition).iter().map(|finding| finding.code).collect();
    assert_eq!(codes, ["definition", "steps"]);
    let definition = definition.replace("\"é\": 1, ", "");
    let found = text(&definition);
    let place = found.iter().find(|f| f.code == "SEL0250").unwrap().place(&definition);
    assert_eq!((place.line, place.column), (2, 51));
}

#[test]
fn whatever_is_no_definition_is_told_in_words() {
    let large = format!(
        "{{\"workflow\": {{\"id\": \"w\", \"description\": \"{}\", \"steps\": []}}}}",
        "x".repeat(262_144)
    );
    let deep = "[".repeat(100_000);
    for (source, message) in [
        ("", "there is no document"),
        ("{", "invalid JSON"),
        ("{\"workflow\": ", "invalid JSON"),
        ("[1, 2]", "expected a workflow definition, found a list"),
        ("workflow: [", "YAML"),
        ("just text", "expected a workflow definition"),
        ("a: &a [*a]", ""),
        ("\u{0}\u{1}\u{2}", ""),
        (&deep, ""),
        (&large, "262144 is the most"),
    ] {
        let found = text(source);
        assert!(!found.is_empty(), "{}", source.chars().take(40).collect::<String>());
        assert!(
            found.iter().any(|f| f.message.contains(message)),
            "{message}: {:?}",
            found[0].message
        );
    }
}
