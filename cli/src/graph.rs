//! `sel graph FILE`: the steps as DOT or Mermaid text.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args as ClapArgs, ValueEnum};
use sel_engine::plan::{Level, Plan};
use sel_engine::run::JobTypes;
use serde_json::Value as Json;

use crate::definition::Definition;
use crate::exit::{Done, Stop};

/// Draw the steps of a definition
#[derive(Debug, ClapArgs)]
pub(crate) struct Args {
    /// The definition
    file: PathBuf,
    /// The language of the drawing
    #[arg(long, value_enum, default_value_t = Format::Mermaid)]
    format: Format,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Format {
    /// For Graphviz
    Dot,
    /// For Markdown
    Mermaid,
}

pub(crate) fn run(args: &Args) -> Done {
    let request = Definition::read(&args.file, &JobTypes::default())?.request()?;
    let workflow = serde_json::to_value(&request.workflow).map_err(Stop::usage_of)?;
    let plan = Plan::new(1, workflow, Json::Null).map_err(Stop::usage_of)?;
    let mut out = std::io::stdout().lock();
    match args.format {
        Format::Dot => writeln!(out, "digraph {} {{", quoted(&plan.id))?,
        Format::Mermaid => writeln!(out, "flowchart TD")?,
    }
    level(&mut out, &plan.top, args.format, &mut 0)?;
    if args.format == Format::Dot {
        writeln!(out, "}}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Draws a level; `count` numbers the nodes over all levels. Levels nest at most ten deep.
fn level(
    out: &mut impl Write,
    level_: &Level,
    format: Format,
    count: &mut usize,
) -> Result<(), Stop> {
    let first = *count;
    *count = count.saturating_add(level_.steps.len());
    let node = |place: usize| first.saturating_add(place);
    for (place, step) in level_.steps.iter().enumerate() {
        let label = quoted(&format!("{} ({})", step.id, step.type_name));
        match (format, &step.nested) {
            (Format::Dot, None) => writeln!(out, "  n{} [label={label}];", node(place))?,
            (Format::Mermaid, None) => writeln!(out, "  n{}[{label}]", node(place))?,
            (Format::Dot, Some(nested)) => {
                writeln!(out, "  n{} [label={label} shape=box3d];", node(place))?;
                writeln!(out, "  subgraph cluster_{} {{ label={label};", node(place))?;
                level(out, nested, format, count)?;
                writeln!(out, "  }}")?;
            }
            (Format::Mermaid, Some(nested)) => {
                writeln!(out, "  subgraph n{}[{label}]", node(place))?;
                level(out, nested, format, count)?;
                writeln!(out, "  end")?;
            }
        }
    }
    for (place, step) in level_.steps.iter().enumerate() {
        for (to, condition) in level_.dag.successors(place).iter().zip(&step.conditions) {
            let (from, to) = (node(place), node(*to));
            let plain = condition.trim() == "true";
            match format {
                Format::Dot if plain => writeln!(out, "  n{from} -> n{to};")?,
                Format::Dot => writeln!(out, "  n{from} -> n{to} [label={}];", quoted(condition))?,
                Format::Mermaid if plain => writeln!(out, "  n{from} --> n{to}")?,
                Format::Mermaid => writeln!(out, "  n{from} -->|{}| n{to}", quoted(condition))?,
            }
        }
    }
    Ok(())
}

/// A label: quotes in it would end it in either language.
fn quoted(text: &str) -> String {
    let plain: String =
        text.chars().map(|c| if c == '"' || c == '\\' { '\'' } else { c }).collect();
    format!("\"{}\"", plain.replace('\n', " "))
}
