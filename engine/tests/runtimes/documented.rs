//! Reads the definitions of `docs/steps.md`, and what they are to give.

use serde_json::Value as Json;

/// A section: its heading, its definitions, of which the last is run, and the params of steps.
#[derive(Debug, Default)]
pub(crate) struct Example {
    pub(crate) title: String,
    pub(crate) definitions: Vec<Json>,
    pub(crate) outputs: Json,
}

/// All sections with a definition.
pub(crate) fn examples() -> Vec<Example> {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/steps.md");
    let text = std::fs::read_to_string(path).unwrap();
    let mut examples = Vec::new();
    for section in text.split("\n## ").skip(1) {
        let (title, body) = section.split_once('\n').unwrap();
        let mut example = Example { title: title.to_owned(), ..Example::default() };
        for (index, part) in body.split("```").enumerate() {
            let (kind, content) = part.split_once('\n').unwrap_or_default();
            let json = || serde_json::from_str(content).unwrap_or_else(|e| panic!("{title}: {e}"));
            match kind {
                "json" if index % 2 == 1 => example.definitions.push(json()),
                "json outputs" => example.outputs = json(),
                _ => {}
            }
        }
        if !example.definitions.is_empty() {
            examples.push(example);
        }
    }
    examples
}
