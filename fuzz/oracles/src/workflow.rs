//! Laws of workflow definitions.

use arbitrary::Unstructured;
use sel_engine::evaluate::{Options, workflow_params};
use serde_json::{Map, Value as Json, json};

use crate::law::tight;

/// Any text is a definition with params that have values, or is refused.
///
/// # Panics
/// When a law is broken.
pub fn workflow(data: &[u8]) {
    let text = match data.strip_prefix(b"#") {
        Some(text) => String::from_utf8_lossy(text).into_owned(),
        None => definition(&mut Unstructured::new(data)).to_string(),
    };
    let options = Options { limits: tight(), ..Options::at(1_700_000_000_000) };
    let first = shown(&text, &options);
    // The engine's params have chance.
    if !text.contains("random") {
        assert_eq!(first, shown(&text, &options), "not deterministic");
    }
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
fn definition(u: &mut Unstructured<'_>) -> Json {
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
    json!({"id": "w", "params": params, "steps": []})
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
