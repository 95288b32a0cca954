//! The pattern as a row of code points, with `\Q…\E` taken out.

use super::error::Stop;
use crate::value::text::Units;

/// One code point of the pattern.
#[derive(Debug, Clone, Copy)]
pub(super) struct Token {
    pub(super) c: u32,
    /// Between `\Q` and `\E`: stands for itself.
    pub(super) quoted: bool,
    /// Where it is, in units.
    pub(super) index: usize,
}

impl Token {
    /// Whether this is an unquoted character.
    pub(super) fn is(self, c: char) -> bool {
        !self.quoted && self.c == u32::from(c)
    }
}

/// A place in the pattern.
#[derive(Debug)]
pub(super) struct Cursor {
    tokens: Vec<Token>,
    at: usize,
    /// Length of the pattern in units.
    end: usize,
}

impl Cursor {
    pub(super) fn new(pattern: Units<'_>) -> Self {
        let mut tokens = Vec::new();
        let (mut i, mut quoted) = (0, false);
        while i < pattern.len() {
            let (c, width) = pattern.code_point(i);
            let index = i;
            i += width;
            if c == u32::from('\\') && i < pattern.len() {
                let next = pattern.code_point(i).0;
                if quoted && next == u32::from('E') || !quoted && next == u32::from('Q') {
                    quoted = !quoted;
                    i += 1;
                    continue;
                }
                if !quoted {
                    // The escaped character must not be taken for the start of a quotation.
                    let (next, width) = pattern.code_point(i);
                    tokens.push(Token { c, quoted, index });
                    tokens.push(Token { c: next, quoted, index: i });
                    i += width;
                    continue;
                }
            }
            tokens.push(Token { c, quoted, index });
        }
        Cursor { tokens, at: 0, end: pattern.len() }
    }

    /// The code point ahead.
    pub(super) fn peek(&self) -> Option<Token> {
        self.tokens.get(self.at).copied()
    }

    /// The code point after the one ahead.
    pub(super) fn peek_second(&self) -> Option<Token> {
        self.tokens.get(self.at + 1).copied()
    }

    /// Takes the code point ahead.
    pub(super) fn next(&mut self) -> Option<Token> {
        let token = self.peek()?;
        self.at += 1;
        Some(token)
    }

    /// Takes the code point ahead if it is this unquoted character.
    pub(super) fn eat(&mut self, c: char) -> bool {
        let found = self.peek().is_some_and(|t| t.is(c));
        if found {
            self.at += 1;
        }
        found
    }

    /// The place to come back to with [`Cursor::reset`].
    pub(super) fn mark(&self) -> usize {
        self.at
    }

    /// Goes back to a place.
    pub(super) fn reset(&mut self, mark: usize) {
        self.at = mark;
    }

    /// Where the code point ahead is, in units.
    pub(super) fn index(&self) -> usize {
        self.peek().map_or(self.end, |t| t.index)
    }

    /// Skips white space and `#` comments: what `(?x)` ignores.
    pub(super) fn skip_comments(&mut self, unix: bool) {
        while let Some(token) = self.peek() {
            if token.is('#') {
                while self.peek().is_some_and(|t| !is_line_end(t.c, unix)) {
                    self.at += 1;
                }
            } else if token.quoted || !matches!(token.c, 0x09..=0x0D | 0x20) {
                break;
            } else {
                self.at += 1;
            }
        }
    }

    /// Takes ASCII characters as long as they satisfy `wanted`, as text.
    pub(super) fn take_while(&mut self, wanted: impl Fn(char) -> bool) -> String {
        let mut out = String::new();
        while let Some(c) = self.peek().filter(|t| !t.quoted).and_then(|t| char::from_u32(t.c)) {
            if !wanted(c) {
                break;
            }
            out.push(c);
            self.at += 1;
        }
        out
    }

    /// A mistake at the code point ahead.
    pub(super) fn error(&self, message: impl Into<String>) -> Stop {
        Stop::at(self.index(), message)
    }
}

/// Whether a code point ends a line.
pub(super) fn is_line_end(c: u32, unix: bool) -> bool {
    c == 0x0A || !unix && matches!(c, 0x0D | 0x85 | 0x2028 | 0x2029)
}
