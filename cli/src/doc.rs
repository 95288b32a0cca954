//! `sel doc`: the classes and methods of the language, from the table that the evaluator reads.

use std::io::{self, BufWriter, Write};
use std::process::ExitCode;

use anstyle::{AnsiColor, Style};
use sel::stdlib::{Class, Form, Method, classes, find_class};

use crate::exit::{Done, Stop};

const NAME: Style = Style::new().bold();
const CODE: Style = AnsiColor::Cyan.on_default();

/// Show what a class or a method does
#[derive(clap::Args)]
pub(crate) struct Args {
    /// A class (`String`), a method (`substring`) or both (`String.substring`); all classes if none
    name: Option<String>,
}

/// Runs the command.
pub(crate) fn run(args: &Args) -> Done {
    let mut out = BufWriter::new(anstream::AutoStream::auto(io::stdout().lock()));
    let found = match args.name.as_deref() {
        None => overview(&mut out).map(|()| true)?,
        Some(name) => describe(&mut out, name)?,
    };
    out.flush()?;
    match (found, args.name.as_deref()) {
        (false, Some(name)) => Err(Stop::usage(unknown(name))),
        _ => Ok(ExitCode::SUCCESS),
    }
}

/// All classes, a line each.
pub(crate) fn overview(out: &mut dyn Write) -> io::Result<()> {
    let width = classes().iter().map(|c| c.name.len()).max().unwrap_or(0);
    for class in classes() {
        let name = format!("{:width$}", class.name);
        writeln!(out, "{NAME}{name}{NAME:#}  {}", class.doc)?;
    }
    Ok(())
}

/// A class, or all methods of a name; false if there is nothing of this name.
pub(crate) fn describe(out: &mut dyn Write, name: &str) -> io::Result<bool> {
    if let Some(class) = find_class(name) {
        writeln!(out, "{NAME}{}{NAME:#}  {}", class.name, class.doc)?;
        if !class.aliases.is_empty() {
            writeln!(out, "  also called {}", class.aliases.join(", "))?;
        }
        for method in class.methods {
            writeln!(out, "  {CODE}{}{CODE:#}  {}", head(class, method), method.doc)?;
        }
        return Ok(true);
    }
    let (class, name) = match name.split_once('.') {
        Some((class, name)) => (find_class(class), name.trim_end_matches("()")),
        None => (None, name.trim_end_matches("()")),
    };
    let mut found = false;
    for owner in classes().iter().filter(|c| class.is_none_or(|class| class.name == c.name)) {
        for method in owner.methods.iter().filter(|m| m.name == name) {
            if std::mem::replace(&mut found, true) {
                writeln!(out)?;
            }
            writeln!(out, "{NAME}{}{NAME:#} gives {}", head(owner, method), method.returns)?;
            writeln!(out, "  {}", method.doc)?;
            let (code, result) = method.example;
            writeln!(out, "  {CODE}{code}{CODE:#}  is {result}")?;
        }
    }
    Ok(found)
}

/// `String.valueOf(ANY value)`, `string.substring(LONG begin)`, `new DateTime()`.
pub(crate) fn head(class: &Class, method: &Method) -> String {
    let signature = method.signature();
    match method.form {
        Form::Constructor => format!("new {signature}"),
        Form::Static | Form::Constant => format!("{}.{signature}", class.name),
        Form::Method | Form::Field => format!("{}.{signature}", receiver(class)),
    }
}

/// The type of the receiver, as the expression's type is named.
fn receiver(class: &Class) -> String {
    class.kind.map_or_else(|| class.name.to_owned(), |kind| kind.name().to_owned())
}

/// That there is no such name, and what comes close.
pub(crate) fn unknown(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name).to_ascii_lowercase();
    let all = classes()
        .iter()
        .flat_map(|c| std::iter::once(c.name).chain(c.methods.iter().map(|m| m.name)));
    let mut near: Vec<&str> = all
        .filter(|n| {
            let n = n.to_ascii_lowercase();
            !last.is_empty() && (n.contains(&last) || last.contains(&n))
        })
        .collect();
    near.sort_unstable();
    near.dedup();
    near.truncate(6);
    match near.is_empty() {
        true => format!("no class or method is called `{name}`"),
        false => format!("no class or method is called `{name}`; there is {}", near.join(", ")),
    }
}
