//! Colours of the line while it is typed.

use anstyle::{AnsiColor, Style};
use sel::stdlib::find_class;
use sel::syntax::token::{Token, TokenKind, Tokens};

const KEYWORD: Style = AnsiColor::Magenta.on_default();
const CLASS: Style = AnsiColor::Yellow.on_default();
const METHOD: Style = AnsiColor::Blue.on_default();
const STRING: Style = AnsiColor::Green.on_default();
const NUMBER: Style = AnsiColor::Cyan.on_default();
const COMMENT: Style = AnsiColor::BrightBlack.on_default();
const WRONG: Style = AnsiColor::Red.on_default().underline();
const MATCH: Style = Style::new().bold().underline();
const COMMAND: Style = Style::new().bold();

/// Longer texts stay plain: each key paints the whole text again.
const MAX_LEN: usize = 20_000;

const KEYWORDS: [&str; 22] = [
    "if", "else", "while", "for", "break", "continue", "return", "throw", "new", "true", "false",
    "null", "import", "boolean", "int", "long", "float", "double", "do", "switch", "try", "class",
];

/// The text with colours; `cursor` is where a bracket's partner is looked for.
pub(crate) fn paint(text: &str, cursor: usize) -> Option<String> {
    if text.len() > MAX_LEN {
        return None;
    }
    let mut out = String::with_capacity(text.len() * 2);
    let mut rest = text;
    if text.starts_with(':') {
        let end = text.find(' ').unwrap_or(text.len());
        let (name, args) = text.split_at(end);
        push(&mut out, COMMAND, name);
        rest = args;
    }
    let shift = text.len() - rest.len();
    let tokens: Vec<Token> = Tokens::new(rest).collect();
    let pair = pair(rest, &tokens, cursor.saturating_sub(shift));
    for (i, token) in tokens.iter().enumerate() {
        let word = token.text(rest);
        let next = tokens.iter().skip(i + 1).find(|t| !t.kind.is_trivia()).map(|t| t.text(rest));
        let style = match token.kind {
            TokenKind::Word if KEYWORDS.contains(&word) => Some(KEYWORD),
            TokenKind::Word if find_class(word).is_some() => Some(CLASS),
            TokenKind::Word if next == Some("(") => Some(METHOD),
            TokenKind::String => Some(STRING),
            TokenKind::Number => Some(NUMBER),
            TokenKind::Comment | TokenKind::OpenComment => Some(COMMENT),
            TokenKind::OpenString | TokenKind::Unknown => Some(WRONG),
            TokenKind::Operator if pair.is_some_and(|(a, b)| i == a || i == b) => Some(MATCH),
            _ => None,
        };
        match style {
            Some(style) => push(&mut out, style, word),
            None => out.push_str(word),
        }
    }
    Some(out)
}

fn push(out: &mut String, style: Style, text: &str) {
    use std::fmt::Write;
    let _ = write!(out, "{style}{text}{style:#}");
}

/// The bracket under the cursor, or before it, and its partner: their places among the tokens.
fn pair(text: &str, tokens: &[Token], cursor: usize) -> Option<(usize, usize)> {
    let is_bracket = |t: &Token| {
        t.kind == TokenKind::Operator && matches!(t.text(text), "(" | ")" | "[" | "]" | "{" | "}")
    };
    let at = tokens
        .iter()
        .position(|t| t.start == cursor && is_bracket(t))
        .or_else(|| tokens.iter().position(|t| t.end == cursor && is_bracket(t)))?;
    let mut open = Vec::new();
    for (i, token) in tokens.iter().enumerate().filter(|(_, t)| is_bracket(t)) {
        match token.text(text) {
            bracket @ ("(" | "[" | "{") => open.push((i, bracket)),
            bracket => {
                let (start, partner) = open.pop()?;
                if !matches!((partner, bracket), ("(", ")") | ("[", "]") | ("{", "}")) {
                    return None;
                }
                if start == at || i == at {
                    return Some((start, i));
                }
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colours_change_no_text() {
        for text in
            ["", ":type 'a'.length()", "String s = 'x' + 1.5; // so", "'open", "a(b[0)]{", "é#\n"]
        {
            for cursor in 0..=text.len() + 1 {
                let painted = paint(text, cursor).unwrap();
                assert_eq!(anstream::adapter::strip_str(&painted).to_string(), text);
            }
        }
        assert_eq!(paint(&"1".repeat(MAX_LEN + 1), 0), None);
    }

    #[test]
    fn brackets_find_their_partner() {
        let text = "f(a[1], ')')";
        let tokens: Vec<Token> = Tokens::new(text).collect();
        let found =
            |cursor| pair(text, &tokens, cursor).map(|(a, b)| (tokens[a].start, tokens[b].start));
        assert_eq!(found(1), Some((1, 11)));
        assert_eq!(found(12), Some((1, 11)));
        assert_eq!(found(3), Some((3, 5)));
        assert_eq!(found(9), None);
        assert_eq!(pair("(]", &Tokens::new("(]").collect::<Vec<_>>(), 0), None);
    }
}
