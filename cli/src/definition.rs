//! Definition files, as the subcommands that run or draw them read them.

use std::path::Path;

use sel_engine::definition::{Format, place, tree};
use sel_engine::document::{Node, Violations, parse_json, parse_yaml};
use sel_engine::model::{CreateRequest, ParamType};
use sel_engine::run::{Engine, JobTypes, RunError};
use sel_engine::validate::{self, Rules};
use serde_json::Value as Json;

use crate::exit::Stop;
use crate::source::Source;

/// A definition of a file: JSON or YAML, a create request, a workflow alone or the YAML language.
pub(crate) struct Definition {
    source: Source,
    tree: Node,
}

impl Definition {
    /// Reads a file; the rules are looked at when it is pushed. Jobs of the YAML language may be of
    /// these types, too.
    pub(crate) fn read(path: &Path, types: &JobTypes) -> Result<Definition, Stop> {
        let source = Source::file(path)?;
        let step_type = |name: &str, version: Option<&str>| types.step_type(name, version);
        match tree(&source.text, Format::of(&source.text), &step_type) {
            Ok(tree) => Ok(Definition { source, tree }),
            Err(violations) => Err(wrong(&source, None, &violations)),
        }
    }

    /// What it says, if it keeps the rules.
    pub(crate) fn request(&self) -> Result<CreateRequest, Stop> {
        validate::read(&self.tree, &Rules::default())
            .map_err(|violations| wrong(&self.source, Some(&self.tree), &violations))
    }

    /// Stores it as a new version; answers the version. What is started at once needs no dry run.
    pub(crate) async fn push(&self, engine: &Engine, dry_run: bool) -> Result<i64, Stop> {
        engine.push_tree(&self.tree, dry_run).await.map_err(|error| match error {
            RunError::Definition(violations) => wrong(&self.source, Some(&self.tree), &violations),
            other => Stop::usage_of(other),
        })
    }

    /// The whole of it as JSON.
    pub(crate) fn text(&self) -> String {
        self.tree.to_string()
    }

    /// The id of its workflow.
    pub(crate) fn id(&self) -> &str {
        self.workflow("id").and_then(Node::as_text).unwrap_or_default()
    }

    /// Whether it declares a param.
    pub(crate) fn has_param(&self, name: &str) -> bool {
        self.workflow("params").and_then(|params| params.get(name)).is_some()
    }

    /// The type that it declares for a param.
    pub(crate) fn param_type(&self, name: &str) -> Option<ParamType> {
        ParamType::from_name(self.workflow("params")?.get(name)?.get("type")?.as_text()?)
    }

    fn workflow(&self, field: &str) -> Option<&Node> {
        self.tree.get("workflow")?.get(field)
    }
}

/// A file of JSON or YAML as JSON.
pub(crate) fn json(path: &Path) -> Result<Result<Json, String>, Stop> {
    let source = Source::file(path)?;
    let parse = match Format::of(&source.text) {
        Format::Json => parse_json,
        Format::Yaml => parse_yaml,
    };
    Ok(parse(&source.text)
        .map_err(|faults| faults.to_string())
        .and_then(|tree| serde_json::from_str(&tree.to_string()).map_err(|e| e.to_string())))
}

/// All faults, each with its place in the file.
fn wrong(source: &Source, tree: Option<&Node>, violations: &Violations) -> Stop {
    let lines: Vec<String> = violations
        .0
        .iter()
        .map(|violation| {
            let at = place(&source.text, tree, violation);
            format!("{}:{}:{}: {violation}", source.name, at.line, at.column)
        })
        .collect();
    Stop::usage(format!("`{}` is no sound definition:\n{}", source.name, lines.join("\n")))
}
