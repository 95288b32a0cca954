//! What an input does: the commands, which begin with a colon, and everything else, which is SEL.

use std::fs::{self, File};
use std::io::{self, BufReader, Write};
use std::path::Path;

use anstyle::Style;
use sel::{CheckOptions, Env, Host, LimitKind, Outcome, Ty, check};

use super::fold;
use super::input::{self, Inputs};
use super::session::{Evaluated, Session};
use super::tree::tree;
use crate::exit::Stop;
use crate::source::Source;
use crate::{doc, given, limits, param, report, workflow};

const NAME: Style = Style::new().bold();

/// What comes after an input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    Input,
    Quit,
}

/// What stands behind a command's name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Takes {
    Nothing,
    Expression,
    File,
    /// A class or a method.
    Topic,
    Words,
}

/// A command.
pub(crate) struct Command {
    /// With its colon.
    pub(crate) name: &'static str,
    pub(crate) takes: Takes,
    usage: &'static str,
    doc: &'static str,
    run: fn(&mut Call<'_>) -> Result<(), Trouble>,
}

/// All commands.
pub(crate) static COMMANDS: &[Command] = &[
    command(":help", Takes::Topic, "[NAME]", "this list; or a class or a method", help),
    command(":type", Takes::Expression, "EXPR", "the type of an expression", type_of),
    command(":ast", Takes::Expression, "EXPR", "the syntax tree of an expression", ast),
    command(":time", Takes::Expression, "EXPR", "evaluate; tell time, steps and memory", time),
    command(":vars", Takes::Nothing, "", "the variables and the params", vars),
    command(":param", Takes::Words, "NAME[:TYPE]=VALUE", "give a param", set_param),
    command(":params", Takes::File, "FILE", "give the params of a JSON file", set_params),
    command(":workflow", Takes::File, "FILE", "give the params of a definition", workflow_params),
    command(":load", Takes::File, "FILE", "evaluate the inputs in a file", load),
    command(":save", Takes::File, "FILE", "write the inputs that worked to a file", save),
    command(":now", Takes::Words, "[MILLIS|ISO|system]", "the clock, or stop it", now),
    command(":tz", Takes::Words, "[ID]", "the default time zone", time_zone),
    command(":limits", Takes::Words, "[NAME VALUE]", "the limits, or set one", set_limits),
    command(":reset", Takes::Nothing, "", "forget variables, params and inputs", reset),
    command(":quit", Takes::Nothing, "", "leave", quit),
];

const fn command(
    name: &'static str,
    takes: Takes,
    usage: &'static str,
    doc: &'static str,
    run: fn(&mut Call<'_>) -> Result<(), Trouble>,
) -> Command {
    Command { name, takes, usage, doc, run }
}

/// A command that is being carried out.
struct Call<'c> {
    session: &'c mut Session,
    /// What stands behind the name.
    args: &'c str,
    out: &'c mut dyn Write,
    width: usize,
    quit: bool,
}

/// Why a command did nothing.
enum Trouble {
    /// In words for the user; the session goes on.
    Say(String),
    /// The output is gone.
    Output(io::Error),
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Trouble::Output(error)
    }
}
impl From<String> for Trouble {
    fn from(message: String) -> Self {
        Trouble::Say(message)
    }
}
impl From<Stop> for Trouble {
    fn from(stop: Stop) -> Self {
        match stop {
            Stop::Usage(message) | Stop::Refused(message) | Stop::Interrupted(message) => {
                Trouble::Say(message)
            }
            Stop::Closed => Trouble::Output(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

/// Carries out an input.
pub(crate) fn run(
    session: &mut Session,
    text: &str,
    out: &mut dyn Write,
    width: usize,
) -> Result<Next, Stop> {
    if text.trim().is_empty() {
        return Ok(Next::Input);
    }
    let Some(line) = text.trim().strip_prefix(':') else {
        evaluate(session, text, out, width)?;
        return Ok(Next::Input);
    };
    let (name, args) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let mut call = Call { session, args: args.trim(), out, width, quit: false };
    let done = match find(name) {
        Ok(command) => (command.run)(&mut call),
        Err(message) => Err(Trouble::Say(message)),
    };
    match done {
        Ok(()) if call.quit => Ok(Next::Quit),
        Ok(()) => Ok(Next::Input),
        Err(Trouble::Say(message)) => {
            report::plain(&message);
            Ok(Next::Input)
        }
        Err(Trouble::Output(error)) => Err(error.into()),
    }
}

/// The command of this name, or the only one that begins so.
fn find(name: &str) -> Result<&'static Command, String> {
    let begin: Vec<_> = COMMANDS.iter().filter(|c| c.name[1..].starts_with(name)).collect();
    let exact = begin.iter().find(|c| &c.name[1..] == name);
    match (exact, begin.as_slice(), name) {
        (Some(command), _, _) | (None, [command], _) if !name.is_empty() => Ok(command),
        (None, [], _) => Err(format!("no command is called `:{name}`; `:help` lists them")),
        _ => {
            let names: Vec<_> = begin.iter().map(|c| c.name).collect();
            Err(format!("`:{name}` may be {}", names.join(", ")))
        }
    }
}

/// Evaluates SEL and shows what came of it.
fn evaluate(
    session: &mut Session,
    text: &str,
    out: &mut dyn Write,
    width: usize,
) -> io::Result<Evaluated> {
    let evaluated = session.evaluate(text);
    match &evaluated.result {
        Ok(Outcome::Value(value)) => out.write_all(fold::show(value, width).as_bytes())?,
        Ok(Outcome::Thrown(message)) => report::thrown(message),
        Err(error) if error.limit() == Some(LimitKind::Cancelled) => report::plain("stopped"),
        Err(error) => match session.prompt {
            Some((indent, width)) => report::under_prompt(&evaluated.source, error, indent, width),
            None => report::error(&evaluated.source, error),
        },
    }
    Ok(evaluated)
}

fn help(call: &mut Call<'_>) -> Result<(), Trouble> {
    if !call.args.is_empty() {
        return match doc::describe(call.out, call.args)? {
            true => Ok(()),
            false => Err(doc::unknown(call.args).into()),
        };
    }
    writeln!(call.out, "An input is an expression or statements; `_` is the last value.")?;
    let width = COMMANDS.iter().map(|c| c.name.len() + c.usage.len() + 1).max().unwrap_or(0);
    for command in COMMANDS {
        let pad = width - command.name.len() - command.usage.len() - 1;
        let (name, usage, doc) = (command.name, command.usage, command.doc);
        writeln!(call.out, "  {NAME}{name}{NAME:#} {usage}{:pad$}  {doc}", "")?;
    }
    writeln!(call.out, "Classes, for `:help NAME`:")?;
    Ok(doc::overview(call.out)?)
}

fn type_of(call: &mut Call<'_>) -> Result<(), Trouble> {
    let text = needs(call.args, "an expression")?;
    let code = input::completed(text, &call.session.limits).into_owned();
    let mut options = CheckOptions::new().with_limits(call.session.limits.clone());
    for (name, kind) in call.session.kinds() {
        options = options.with_input(name, Ty::of(kind));
    }
    let checked = check(&code, &options);
    report::diagnostics("input", &code, &checked.diagnostics);
    if !checked.has_errors() {
        writeln!(call.out, "{}", checked.ty)?;
    }
    Ok(())
}

fn ast(call: &mut Call<'_>) -> Result<(), Trouble> {
    let text = needs(call.args, "an expression")?;
    let code = input::completed(text, &call.session.limits).into_owned();
    match sel::syntax::parse(&code, &call.session.limits) {
        Ok(unit) => Ok(call.out.write_all(tree(&unit).as_bytes())?),
        Err(error) => {
            let source = Source { name: "input".into(), text: code };
            report::error(&source, &error);
            Ok(())
        }
    }
}

fn time(call: &mut Call<'_>) -> Result<(), Trouble> {
    let text = needs(call.args, "an expression")?;
    let evaluated = evaluate(call.session, text, call.out, call.width)?;
    let (time, usage) = (evaluated.time, evaluated.usage);
    let (steps, bytes) = (usage.steps, usage.peak_memory);
    Ok(writeln!(call.out, "{time:.2?}, {steps} steps, at most {bytes} bytes of values")?)
}

fn vars(call: &mut Call<'_>) -> Result<(), Trouble> {
    let Call { session, out, width, .. } = call;
    for (name, value, what) in session.values() {
        let shown = fold::show(value, width.saturating_sub(name.len() + what.len() + 4));
        let mark = if what == "param" { " (param)" } else { "" };
        write!(out, "{NAME}{name}{NAME:#}{mark} = {shown}")?;
    }
    Ok(())
}

fn set_param(call: &mut Call<'_>) -> Result<(), Trouble> {
    let given = param::parse(call.args)?;
    call.session.set_param(given.name, given.value);
    Ok(())
}

fn set_params(call: &mut Call<'_>) -> Result<(), Trouble> {
    let values = given::file(Path::new(needs(call.args, "a file")?))?;
    writeln!(call.out, "{} params", values.len())?;
    for (name, value) in values {
        call.session.set_param(name, value);
    }
    Ok(())
}

fn workflow_params(call: &mut Call<'_>) -> Result<(), Trouble> {
    let source = Source::file(Path::new(needs(call.args, "a file")?))?;
    let request = workflow::Request {
        file: Path::new(call.args),
        names: &[],
        env: &call.session.env,
        inputs: Vec::new(),
        limits: call.session.limits.clone(),
    };
    match workflow::params(&source, request)? {
        Ok(params) => {
            writeln!(call.out, "{} params", params.len())?;
            for (name, value) in params {
                call.session.set_param(name, value);
            }
        }
        Err(error) => {
            workflow::failure(&source, &error);
        }
    }
    Ok(())
}

fn load(call: &mut Call<'_>) -> Result<(), Trouble> {
    let path = needs(call.args, "a file")?;
    let file = File::open(path).map_err(|e| Stop::file(path, &e))?;
    let mut inputs = Inputs::new(BufReader::new(file));
    while let Some(text) = inputs.next(call.session)? {
        if text.trim().is_empty() {
            continue;
        }
        if text.trim_start().starts_with(':') {
            return Err(
                format!("`{path}` has a command, `{}`; it may have SEL only", text.trim()).into()
            );
        }
        let prompt = call.session.prompt.take();
        let evaluated = evaluate(call.session, &text, call.out, call.width)?;
        call.session.prompt = prompt;
        if evaluated.result.is_err_and(|e| e.limit() == Some(LimitKind::Cancelled)) {
            break;
        }
    }
    Ok(())
}

fn save(call: &mut Call<'_>) -> Result<(), Trouble> {
    let path = needs(call.args, "a file")?;
    let mut text = call.session.inputs.join("\n");
    text.push('\n');
    let write = File::create_new(path).and_then(|mut file| file.write_all(text.as_bytes()));
    match write {
        Ok(()) => Ok(writeln!(call.out, "{} inputs", call.session.inputs.len())?),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            let is_ours =
                fs::read_to_string(path).is_ok_and(|old| text.starts_with(old.trim_end()));
            if is_ours && fs::write(path, &text).is_ok() {
                return Ok(writeln!(call.out, "{} inputs", call.session.inputs.len())?);
            }
            Err(format!("`{path}` exists and holds something else").into())
        }
        Err(error) => Err(format!("cannot write `{path}`: {error}").into()),
    }
}

fn now(call: &mut Call<'_>) -> Result<(), Trouble> {
    let env = match call.args {
        "" => None,
        "system" => Some(Env::new().with_time_zone(call.session.env.time_zone())),
        text => {
            let millis = given::instant(text, &call.session.env)?;
            Some(call.session.env.clone().with_now(millis))
        }
    };
    if let Some(env) = env {
        call.session.env = env;
    }
    let env = &call.session.env;
    match given::small("new DateTime();", env) {
        Some(value) => Ok(call.out.write_all(fold::show(&value, call.width).as_bytes())?),
        None => Ok(writeln!(call.out, "{}", env.now())?),
    }
}

fn time_zone(call: &mut Call<'_>) -> Result<(), Trouble> {
    if !call.args.is_empty() {
        let id = given::zone(call.args)?;
        let env: Env = call.session.env.clone();
        call.session.env = env.with_time_zone(id);
    }
    Ok(writeln!(call.out, "{}", call.session.env.time_zone())?)
}

fn set_limits(call: &mut Call<'_>) -> Result<(), Trouble> {
    let limits = &mut call.session.limits;
    if let Some((name, value)) = call.args.split_once(char::is_whitespace) {
        limits::set(limits, name, value.trim())?;
    } else if !call.args.is_empty() {
        return Err("expected a name and a value, `loop 100`".to_owned().into());
    }
    for (name, value) in limits::list(limits) {
        writeln!(call.out, "{NAME}{name:8}{NAME:#} {value}")?;
    }
    Ok(())
}

fn reset(call: &mut Call<'_>) -> Result<(), Trouble> {
    call.session.reset();
    Ok(())
}

fn quit(call: &mut Call<'_>) -> Result<(), Trouble> {
    call.quit = true;
    Ok(())
}

/// The argument, or what is missing.
fn needs<'a>(args: &'a str, what: &str) -> Result<&'a str, Trouble> {
    if args.is_empty() { Err(format!("{what} is missing").into()) } else { Ok(args) }
}
