//! Laws of workflow definitions and cron expressions.

use arbitrary::Unstructured;
use sel_engine::cron::Cron;
use sel_engine::definition::{self, Definition, Format, no_templates};
use sel_engine::evaluate::{Options, workflow_params};
use sel_engine::zone::Zone;
use serde_json::{Map, Value as Json, json};

use crate::law::tight;

/// Behind `#` any text, JSON or YAML, is a definition or is refused with places inside of it;
/// behind `@` any text is a cron expression that fires later and later, or is refused. Else a
/// definition is made whose params refer to each other. What is read is written and read as it was,
/// and its params have values, or there is an error, the same twice.
///
/// # Panics
/// When a law is broken.
pub fn workflow(data: &[u8]) {
    if let Some(text) = data.strip_prefix(b"@") {
        return cron(&String::from_utf8_lossy(text));
    }
    let text = match data.strip_prefix(b"#") {
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None => made(&mut Unstructured::new(data)).to_string(),
    };
    if !reads(&text) {
        return;
    }
    let options = Options { limits: tight(), ..Options::at(1_700_000_000_000) };
    let first = shown(&text, &options);
    // The engine's params have chance.
    if !text.contains("random") {
        assert_eq!(first, shown(&text, &options), "not deterministic");
    }
}

/// Reads a definition, writes it, and reads it again; tells whether it is one.
fn reads(text: &str) -> bool {
    let lines = text.split('\n').count().max(1) as u32;
    match Definition::read(text, Format::of(text), &no_templates) {
        Ok(definition) => {
            let json = serde_json::to_string(&definition.request).expect("what was read");
            let again = Definition::read(&json, Format::Json, &no_templates);
            let again = again.unwrap_or_else(|e| panic!("wrote what is refused: {e}\n{json}"));
            assert_eq!(again.request.workflow, definition.request.workflow, "{json}");
            true
        }
        Err(violations) => {
            assert!(!violations.0.is_empty());
            for violation in &violations.0 {
                assert!(violation.to_string().len() < 5_000, "a long message");
                let place = definition::place(text, None, violation);
                assert!(place.line <= lines, "the place is outside of the text: {place:?}");
                if let Some(span) = violation.span {
                    assert!(span.start <= span.end && span.end as usize <= text.len(), "{span:?}");
                }
            }
            false
        }
    }
}

fn cron(text: &str) {
    let Ok(cron) = Cron::parse(text) else { return };
    for zone in ["UTC", "America/New_York", "Asia/Kolkata"] {
        let zone = Zone::parse(zone).unwrap_or(Zone::UTC);
        let mut at = 1_700_000_000_000;
        for _ in 0..3 {
            let Some(next) = cron.next_after(at, zone) else { break };
            assert!(next > at, "{text} fires at {next} after {at}");
            at = next;
        }
    }
    let _ = (cron.too_close(), cron.ever_fires());
}

fn shown(text: &str, options: &Options) -> String {
    match workflow_params(text, &[], options) {
        Ok(values) => format!("{values:?}"),
        Err(error) => {
            let message = error.to_string();
            assert!(message.len() < 20_000, "a long message");
            message
        }
    }
}

/// A definition whose params refer to each other.
fn made(u: &mut Unstructured<'_>) -> Json {
    const NAMES: &[&str] = &["a", "b", "c", "d", "RUN_TS", "TARGET_RUN_DATE", "p-q", ""];
    const TYPES: &[&str] = &[
        "STRING",
        "LONG",
        "DOUBLE",
        "BOOLEAN",
        "STRING_MAP",
        "STRING_ARRAY",
        "LONG_ARRAY",
        "DOUBLE_ARRAY",
        "BOOLEAN_ARRAY",
        "MAP",
        "long",
        "NOPE",
    ];
    let mut params = Map::new();
    for _ in 0..u.int_in_range(0..=6).unwrap_or(0) {
        let name = u.choose(NAMES).copied().unwrap_or("a");
        let ty = u.choose(TYPES).copied().unwrap_or("LONG");
        let mut param = Map::new();
        param.insert("type".into(), json!(ty));
        match u.int_in_range(0..=4).unwrap_or(0) {
            0 => drop(param.insert("value".into(), value(u, 0))),
            1 => drop(param.insert("value".into(), json!(reference(u)))),
            2 => drop(param.insert("expression".into(), json!(reference(u)))),
            _ => drop(param.insert("expression".into(), json!(crate::program(u)))),
        }
        if u.ratio(1, 5).unwrap_or(false) {
            let mode = u.choose(&["MUTABLE", "CONSTANT", "IMMUTABLE", "MUTABLE_ON_START", "x"]);
            param.insert("mode".into(), json!(mode.copied().unwrap_or("MUTABLE")));
        }
        params.insert(name.into(), Json::Object(param));
    }
    let steps: Vec<Json> = (0..u.int_in_range(0..=4).unwrap_or(0)).map(|_| step(u)).collect();
    json!({"id": "w", "params": params, "steps": steps})
}

/// A step whose transitions may lead anywhere.
fn step(u: &mut Unstructured<'_>) -> Json {
    const IDS: &[&str] = &["j1", "j2", "j3", "j1", "", "x y"];
    const TYPES: &[&str] = &["NoOp", "Sleep", "foreach", "while", "subworkflow", "Shell", "nope"];
    const CONDITIONS: &[&str] = &["true", "a > 1", "params.get('b') != null", "1 +", ""];
    let id = u.choose(IDS).copied().unwrap_or("j1");
    let ty = u.choose(TYPES).copied().unwrap_or("NoOp");
    let mut successors = Map::new();
    for _ in 0..u.int_in_range(0..=2).unwrap_or(0) {
        let to = u.choose(IDS).copied().unwrap_or("j2");
        successors.insert(to.into(), json!(u.choose(CONDITIONS).copied().unwrap_or("true")));
    }
    let mut params = Map::new();
    if u.ratio(1, 2).unwrap_or(false) {
        params.insert("p".into(), json!({"type": "STRING", "value": reference(u)}));
    }
    let inner =
        json!({"id": id, "type": ty, "params": params, "transition": {"successors": successors}});
    if u.ratio(1, 8).unwrap_or(false) { inner } else { json!({"step": inner}) }
}

fn reference(u: &mut Unstructured<'_>) -> String {
    const FORMS: &[&str] = &[
        "${a}",
        "${b}${b}",
        "x ${c} y",
        "$",
        "${",
        "${}",
        "\\${a}",
        "a + b;",
        "return c + 1;",
        "a",
        "params.getFromStep('a', 'b');",
        "new DateTime(RUN_TS).toString()",
        "d + d;",
        "return a;",
        "Util.dateIntToTs(TARGET_RUN_DATE);",
        "b.length",
        "params.get('a');",
    ];
    u.choose(FORMS).copied().unwrap_or("a").to_owned()
}

fn value(u: &mut Unstructured<'_>, depth: u32) -> Json {
    match u.int_in_range(0..=7).unwrap_or(0) {
        0 => Json::Null,
        1 => json!(u.arbitrary::<bool>().unwrap_or(false)),
        2 => json!(u.arbitrary::<i64>().unwrap_or(0)),
        3 => json!(u.arbitrary::<f64>().unwrap_or(0.0)),
        4 => json!(u.arbitrary::<String>().unwrap_or_default()),
        5 => json!(reference(u)),
        6 if depth < 4 => Json::Array(
            (0..u.int_in_range(0..=3).unwrap_or(0)).map(|_| value(u, depth + 1)).collect(),
        ),
        7 if depth < 4 => {
            let mut map = Map::new();
            for key in ["k", "${a}", "z"].iter().take(u.int_in_range(0..=3).unwrap_or(0)) {
                let inner = value(u, depth + 1);
                map.insert((*key).into(), json!({"type": "LONG", "value": inner}));
            }
            Json::Object(map)
        }
        _ => json!(1),
    }
}
