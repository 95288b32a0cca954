//! The session at a terminal: line editing, history, Ctrl-C.

use std::env;
use std::fs;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use rustyline::config::{BellStyle, Builder};
use rustyline::error::ReadlineError;
use rustyline::history::FileHistory;
use rustyline::{ColorMode, CompletionType, EditMode, Editor};

use super::command::{self, Next};
use super::fold;
use super::helper::Typing;
use super::session::Session;
use crate::exit::{Done, Stop};
use crate::report;

/// What stands before each input.
const PROMPT: &str = "sel> ";
/// Inputs in the history.
const HISTORY: usize = 10_000;

/// Runs the session until its user leaves.
pub(crate) fn run(mut session: Session, vi: bool, keep_history: bool) -> Done {
    let colour = anstream::AutoStream::choice(&io::stdout()) != anstream::ColorChoice::Never;
    let mut editor = editor(&session, vi, colour).map_err(|e| broken(&e))?;
    let history = if keep_history { history_file() } else { None };
    if let Some(path) = &history {
        // There is none at the first start.
        let _ = editor.load_history(path);
    }
    let cancel = session.cancel_flag();
    ctrlc::set_handler(move || cancel.cancel())
        .map_err(|e| Stop::usage(format!("cannot listen to Ctrl-C: {e}")))?;
    let mut out = anstream::stdout();
    writeln!(
        out,
        "sel {}. `:help` tells what there is, Ctrl-D leaves.",
        env!("CARGO_PKG_VERSION")
    )?;
    loop {
        if let Some(helper) = editor.helper_mut() {
            helper.names = session.kinds();
            helper.limits = session.limits.clone();
        }
        let text = match editor.readline(PROMPT) {
            Ok(text) => text,
            Err(ReadlineError::Interrupted) => continue,
            Err(ReadlineError::Eof) => break,
            Err(error) => return Err(broken(&error)),
        };
        if text.trim().is_empty() {
            continue;
        }
        let _ = editor.add_history_entry(text.trim_end());
        if let Some(path) = &history {
            let _ = editor.append_history(path);
        }
        let width = editor.dimensions().map_or(fold::WIDTH, |(columns, _)| columns.into());
        session.prompt = Some((PROMPT.len(), width.max(20)));
        if command::run(&mut session, &text, &mut out, width.max(20))? == Next::Quit {
            break;
        }
        out.flush()?;
    }
    Ok(ExitCode::SUCCESS)
}

fn editor(
    session: &Session,
    vi: bool,
    colour: bool,
) -> rustyline::Result<Editor<Typing, FileHistory>> {
    let config = Builder::new()
        .edit_mode(if vi { EditMode::Vi } else { EditMode::Emacs })
        .completion_type(CompletionType::List)
        .bell_style(BellStyle::None)
        .color_mode(if colour { ColorMode::Enabled } else { ColorMode::Disabled })
        .history_ignore_space(true)
        .max_history_size(HISTORY)?
        .build();
    let mut editor = Editor::with_config(config)?;
    editor.set_helper(Some(Typing::new(session.limits.clone(), colour)));
    Ok(editor)
}

/// `$XDG_STATE_HOME/sel/history`; its folder is made.
fn history_file() -> Option<PathBuf> {
    let state = env::var_os("XDG_STATE_HOME").map(PathBuf::from).filter(|p| p.is_absolute());
    let home = || env::var_os("HOME").map(|home| PathBuf::from(home).join(".local/state"));
    let folder = state.or_else(home)?.join("sel");
    match fs::create_dir_all(&folder) {
        Ok(()) => Some(folder.join("history")),
        Err(error) => {
            report::plain(&format!("no history: `{}`: {error}", folder.display()));
            None
        }
    }
}

fn broken(error: &ReadlineError) -> Stop {
    Stop::usage(format!("the terminal does not answer: {error}"))
}
