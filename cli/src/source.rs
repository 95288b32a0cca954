//! Where the text of an expression comes from: the command line, a file, or standard input.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, IsTerminal, Read};
use std::path::Path;

use sel::{CheckOptions, Checked, Error, ErrorKind, Limits, Program, Span};

use crate::exit::Stop;

/// More than this is not read: every limit on the length of an expression is far below.
const MAX_BYTES: u64 = 64 << 20;

/// A text with its name.
#[derive(Debug, Clone)]
pub(crate) struct Source {
    /// What messages call it: the file's name, `expression` or `standard input`.
    pub(crate) name: String,
    /// All of it.
    pub(crate) text: String,
}

impl Source {
    /// From an argument, a file, or standard input (`-`), whichever is given first.
    pub(crate) fn find(expr: Option<String>, file: Option<&Path>) -> Result<Source, Stop> {
        let file = if expr.as_deref() == Some("-") { Some(Path::new("-")) } else { file };
        match (expr.filter(|text| text != "-"), file) {
            (Some(text), _) => Ok(Source { name: "expression".into(), text }),
            (None, Some(path)) if path != Path::new("-") => Source::file(path),
            (None, file) => {
                let stdin = io::stdin();
                if file.is_none() && stdin.is_terminal() {
                    return Err(Stop::usage(
                        "no expression: give one as an argument, with `-f FILE`, or on standard \
                         input; `sel repl` is interactive",
                    ));
                }
                Source::read("standard input".into(), stdin.lock())
            }
        }
    }

    /// The whole of a file.
    pub(crate) fn file(path: &Path) -> Result<Source, Stop> {
        let name = path.display().to_string();
        match File::open(path) {
            Ok(file) => Source::read(name, file),
            Err(error) => Err(Stop::file(name, &error)),
        }
    }

    fn read(name: String, from: impl Read) -> Result<Source, Stop> {
        let mut bytes = Vec::new();
        if let Err(error) = from.take(MAX_BYTES + 1).read_to_end(&mut bytes) {
            return Err(Stop::file(name, &error));
        }
        if bytes.len() as u64 > MAX_BYTES {
            return Err(Stop::usage(format!("`{name}` is larger than {} MiB", MAX_BYTES >> 20)));
        }
        match String::from_utf8(bytes) {
            Ok(mut text) => {
                if text.starts_with('\u{feff}') {
                    text.drain(..'\u{feff}'.len_utf8());
                }
                Ok(Source { name, text })
            }
            Err(error) => {
                let at = error.utf8_error().valid_up_to();
                Err(Stop::usage(format!("`{name}` is not UTF-8 text, see its byte {at}")))
            }
        }
    }

    /// What is compiled: the text as the workflow engine completes it.
    pub(crate) fn code(&self) -> Cow<'_, str> {
        sel::complete_statement(&self.text)
    }

    /// The error of [`Source::code`] as its author sees it: one about the semicolon that the engine
    /// added is put as one about the end of the text.
    pub(crate) fn own_error(&self, error: Error, limits: &Limits) -> Error {
        let text = self.text.trim();
        let is_ours = error.kind() == ErrorKind::Parse && error.span().start as usize >= text.len();
        match Program::compile_with(text, limits) {
            Err(own) if is_ours && own.is_incomplete() => own,
            _ => error,
        }
    }

    /// As [`Source::own_error`], for a check that found nothing but a syntax error.
    pub(crate) fn own_check(&self, checked: &Checked, options: &CheckOptions) -> Option<Checked> {
        let text = self.text.trim();
        let [only] = checked.diagnostics.as_slice() else { return None };
        let is_ours = checked.ty.is_never() && only.span.start as usize >= text.len();
        let error = Program::compile_with(text, &options.limits).err()?;
        (is_ours && error.is_incomplete()).then(|| sel::check(text, options))
    }

    /// A span of [`Source::code`] in the whole text: the engine cuts white space off its start.
    pub(crate) fn span(&self, span: Span) -> Span {
        let cut = (self.text.len() - self.text.trim_start().len()) as u32;
        let end = self.text.trim_end().len() as u32;
        let place = |at: u32| at.saturating_add(cut).min(end);
        Span { start: place(span.start), end: place(span.end) }
    }
}
