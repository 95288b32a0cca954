//! Definition files, as the subcommands that run or draw them read them.

use std::path::Path;

use sel_engine::definition::{Format, no_templates, place, tree};
use sel_engine::document::{Node, Violations};
use sel_engine::model::CreateRequest;
use sel_engine::run::{Engine, RunError};
use sel_engine::validate::{self, Rules};

use crate::exit::Stop;
use crate::source::Source;

/// A definition of a file: JSON or YAML, a create request, a workflow alone or the YAML language.
pub(crate) struct Definition {
    source: Source,
    tree: Node,
}

impl Definition {
    /// Reads a file; the rules are looked at when it is pushed.
    pub(crate) fn read(path: &Path) -> Result<Definition, Stop> {
        let source = Source::file(path)?;
        match tree(&source.text, Format::of(&source.text), &no_templates) {
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

    /// The id of its workflow.
    pub(crate) fn id(&self) -> &str {
        self.workflow("id").and_then(Node::as_text).unwrap_or_default()
    }

    /// Whether it declares a param.
    pub(crate) fn has_param(&self, name: &str) -> bool {
        self.workflow("params").and_then(|params| params.get(name)).is_some()
    }

    /// The type that it declares for a param.
    pub(crate) fn param_type(&self, name: &str) -> Option<&str> {
        self.workflow("params")?.get(name)?.get("type")?.as_text()
    }

    fn workflow(&self, field: &str) -> Option<&Node> {
        self.tree.get("workflow")?.get(field)
    }
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
