//! Messages for people, on standard error: what is wrong, the line of the source with a caret
//! under the place, and what to write instead.
//!
//! Colours are written always and taken out by `anstream` where nobody would see them (`NO_COLOR`,
//! no terminal). A long line is shown through a window around the place, and nothing of the source
//! reaches the terminal that could move its cursor.

use std::io::Write;

use anstyle::{AnsiColor, Style};
use sel::{Diagnostic, Error, ErrorKind, Position, Severity, Span};
use unicode_width::{UnicodeWidthChar, UnicodeWidthStr};

use crate::source::Source;

const ERROR: Style = AnsiColor::Red.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const GUTTER: Style = AnsiColor::Blue.on_default().bold();
const HELP: Style = AnsiColor::Cyan.on_default().bold();
const BOLD: Style = Style::new().bold();

/// Columns of the source that are shown at most: with the margin, a line of 80 columns.
const WINDOW: usize = 72;
/// Columns before the place that are kept when the line is longer than the window.
const LEAD: usize = 30;
/// Bytes before and after the place that are looked at: more than fill the window.
const FAR: usize = 1000;

/// Something to say about a place in a source.
pub(crate) struct Note<'n> {
    pub(crate) severity: Severity,
    /// `SEL0102`, or a word: `thrown`.
    pub(crate) code: &'n str,
    pub(crate) message: &'n str,
    pub(crate) help: Option<&'n str>,
    pub(crate) span: Span,
}

/// A message without a place: `error: …`.
pub(crate) fn plain(message: &str) {
    let _ = writeln!(anstream::stderr(), "{ERROR}error{ERROR:#}{BOLD}: {}{BOLD:#}", clean(message));
}

/// Why the evaluation of a source gave no value.
pub(crate) fn error(source: &Source, error: &Error) {
    if error.kind() == ErrorKind::Thrown {
        return thrown(error.message());
    }
    let note = Note {
        severity: Severity::Error,
        code: error.code(),
        message: error.message(),
        help: error.help(),
        span: source.span(error.span()),
    };
    let _ = anstream::stderr().write_all(render(&source.name, &source.text, &note).as_bytes());
}

/// An error below the line that was typed after a prompt, if the line is still whole above.
pub(crate) fn under_prompt(source: &Source, error: &Error, indent: usize, width: usize) {
    let excerpt = Excerpt::new(&source.text, error.span());
    let is_above = !source.text.trim_end().contains('\n')
        && indent + source.text.width() < width
        && excerpt.indent + excerpt.carets <= WINDOW;
    if !is_above || error.kind() == ErrorKind::Thrown {
        return self::error(source, error);
    }
    let mut out = anstream::stderr();
    let carets = "^".repeat(excerpt.carets);
    let _ =
        writeln!(out, "{:indent$}{ERROR}{carets}{ERROR:#}", "", indent = indent + excerpt.indent);
    let (code, message) = (error.code(), clean(error.message()));
    let _ = writeln!(out, "{ERROR}error[{code}]{ERROR:#}{BOLD}: {message}{BOLD:#}");
    if let Some(help) = error.help() {
        let _ = writeln!(out, "{HELP}help:{HELP:#} {}", clean(help));
    }
}

/// What the checker says of a text.
pub(crate) fn diagnostics(name: &str, text: &str, diagnostics: &[Diagnostic]) {
    for d in diagnostics {
        let (severity, code, message, help) = (d.severity, d.code, &d.message, d.help.as_deref());
        let note = Note { severity, code, message, help, span: d.span };
        let _ = anstream::stderr().write_all(render(name, text, &note).as_bytes());
    }
}

/// The program said `throw`.
pub(crate) fn thrown(message: &str) {
    let _ =
        writeln!(anstream::stderr(), "{ERROR}thrown{ERROR:#}{BOLD}: {}{BOLD:#}", clean(message));
}

/// A note with its line of the source, coloured.
pub(crate) fn render(name: &str, text: &str, note: &Note<'_>) -> String {
    use std::fmt::Write;
    let (style, word) = match note.severity {
        Severity::Error => (ERROR, "error"),
        Severity::Warning => (WARNING, "warning"),
    };
    let place = Position::of(text, note.span.start);
    let margin = " ".repeat(place.line.to_string().len());
    let mut out = String::new();
    let _ = writeln!(
        out,
        "{style}{word}[{}]{style:#}{BOLD}: {}{BOLD:#}",
        note.code,
        clean(note.message)
    );
    let (line, column) = (place.line, place.column);
    let _ = writeln!(out, "{margin}{GUTTER}-->{GUTTER:#} {}:{line}:{column}", clean(name));
    if !text.trim().is_empty() {
        let excerpt = Excerpt::new(text, note.span);
        let _ = writeln!(out, "{margin} {GUTTER}|{GUTTER:#}");
        let _ = writeln!(out, "{GUTTER}{line} |{GUTTER:#} {}", excerpt.line);
        let indent = " ".repeat(excerpt.indent);
        let carets = "^".repeat(excerpt.carets);
        let _ = writeln!(out, "{margin} {GUTTER}|{GUTTER:#} {indent}{style}{carets}{style:#}");
    }
    if let Some(help) = note.help {
        let _ = writeln!(out, "{margin} {HELP}= help:{HELP:#} {}", clean(help));
    }
    out
}

/// A line of the source as a terminal shows it, and where the carets go.
struct Excerpt {
    line: String,
    indent: usize,
    carets: usize,
}

impl Excerpt {
    fn new(text: &str, span: Span) -> Excerpt {
        let start = floor(text, span.start as usize);
        let before = text.get(..start).unwrap_or_default();
        let mut first = before.rfind('\n').map_or(0, |at| at + 1);
        let rest = text.get(first..).unwrap_or_default();
        let line = rest.split(['\n', '\r']).next().unwrap_or_default();
        let mut last = first + line.len();
        let end = floor(text, span.end as usize).clamp(start, last.max(start));
        // What is far from the place can't be seen through the window: a line may have megabytes.
        let is_cut = start - first > FAR || last.saturating_sub(start) > FAR;
        if start - first > FAR {
            first = floor(text, start - FAR);
        }
        if last.saturating_sub(start) > FAR {
            last = floor(text, start + FAR);
        }
        let line = text.get(first..last).unwrap_or_default();

        // Each character with its place in the text and its first column.
        let mut column = 0;
        let mut cells = Vec::new();
        for (at, c) in line.char_indices() {
            let (shown, width) = cell(c, column);
            cells.push((first + at, column, shown, width));
            column += width;
        }
        let total = column;
        let column_of =
            |at: usize| cells.iter().find(|cell| cell.0 >= at).map_or(total, |cell| cell.1);
        let (from, to) = (column_of(start), column_of(end));
        if total <= WINDOW && !is_cut {
            let line = cells.iter().map(|cell| cell.2.as_str()).collect();
            return Excerpt { line, indent: from, carets: to.saturating_sub(from).max(1) };
        }
        let left = from.saturating_sub(LEAD).min(total.saturating_sub(WINDOW));
        let right = left + WINDOW;
        let mut shown = String::new();
        if left > 0 {
            shown.push('…');
        }
        let mut seen_left = None;
        for (_, column, text, width) in &cells {
            if *column >= left && column + width <= right {
                seen_left.get_or_insert(*column);
                shown.push_str(text);
            }
        }
        if right < total {
            shown.push('…');
        }
        let left_column = seen_left.unwrap_or(left);
        let mark = usize::from(left > 0);
        let carets = to.min(right).saturating_sub(from).max(1);
        Excerpt { line: shown, indent: from.saturating_sub(left_column) + mark, carets }
    }
}

/// How a character is shown at a column, and how wide that is.
fn cell(c: char, column: usize) -> (String, usize) {
    match c {
        '\t' => {
            let width = 4 - column % 4;
            (" ".repeat(width), width)
        }
        c if is_dangerous(c) => ("\u{fffd}".into(), 1),
        c => (c.to_string(), c.width().unwrap_or(1)),
    }
}

/// Whether a character could change what the terminal shows elsewhere: controls, and the marks
/// that turn the direction of writing.
fn is_dangerous(c: char) -> bool {
    c.is_control() || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// A message that leaves the terminal as it is. Line ends and tabs stay.
pub(crate) fn clean(text: &str) -> String {
    let keep = |c: char| if is_dangerous(c) && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c };
    text.chars().map(keep).collect()
}

/// The last character boundary at or before `at`.
fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(text: &str, start: usize, end: usize) -> String {
        let span = Span { start: start as u32, end: end as u32 };
        let excerpt = Excerpt::new(text, span);
        format!("{}\n{}{}", excerpt.line, " ".repeat(excerpt.indent), "^".repeat(excerpt.carets))
    }

    #[test]
    fn carets_stand_under_the_place() {
        assert_eq!(shown("ab + cd;", 5, 7), "ab + cd;\n     ^^");
        assert_eq!(shown("a\nbc d;\ne", 5, 6), "bc d;\n   ^");
        assert_eq!(shown("ab", 2, 2), "ab\n  ^");
        assert_eq!(shown("\ta", 1, 2), "    a\n    ^");
        assert_eq!(shown("变量 + x", 9, 10), "变量 + x\n       ^");
        assert_eq!(shown("e\u{301}x", 3, 4), "e\u{301}x\n ^");
        assert_eq!(shown("'\u{1b}[2J' x", 7, 8), "'\u{fffd}[2J' x\n       ^");
        // A span over several lines ends with its first.
        assert_eq!(shown("a {\n}", 2, 5), "a {\n  ^");
        // Out of the text, or inside of a character.
        assert_eq!(shown("é", 1, 900), "é\n^");
        assert_eq!(shown("", 5, 9), "\n^");
    }

    #[test]
    fn long_lines_are_seen_through_a_window() {
        let text = format!("{}!{}", "a".repeat(300), "b".repeat(300));
        let text = shown(&text, 300, 301);
        let (line, carets) = text.split_once('\n').unwrap();
        assert_eq!(line.chars().count(), WINDOW + 2);
        assert_eq!(line.chars().position(|c| c == '!'), carets.find('^'));
        // At the start and at the end.
        let text = format!("!{}", "b".repeat(300));
        assert!(shown(&text, 0, 1).starts_with("!b"));
        let text = format!("{}!", "b".repeat(300));
        assert!(shown(&text, 300, 301).contains("b!\n"));
        // A span wider than the window.
        let text = format!("{}!{}", "a".repeat(9000), "b".repeat(9000));
        let text = shown(&text, 9000, 9001);
        assert_eq!(text.chars().position(|c| c == '!'), text.split_once('\n').unwrap().1.find('^'));
        let text = format!("{}!{}", "a".repeat(300), "b".repeat(300));
        assert!(shown(&text, 10, 290).lines().all(|line| line.chars().count() <= WINDOW + 2));
    }
}
