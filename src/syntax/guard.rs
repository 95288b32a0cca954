//! Length and nesting, before the grammar reads the text.
//!
//! The grammar recurses where the text nests. One pass over the text keeps a stack of what is open
//! at each place, the same that the grammar would have entered, and stops as soon as there is more
//! than the limit. What is wrong otherwise is not its business: a bracket that closes nothing ends
//! the pass, because the grammar does not get beyond it either.

use crate::syntax::error::{SyntaxError, code};

/// What is open at a place of the text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    /// `(`
    Round,
    /// `[`
    Square,
    /// `{` of a block.
    Block,
    /// `{` of an array's elements.
    Elements,
    /// `if`, up to the end of its statement or its last `else`.
    If,
    /// The body of a loop or of a last `else`.
    Body,
    /// `?`, before its colon.
    Question,
    /// `?`, after its colon.
    Colon,
    /// `=` and its like.
    Assignment,
}

/// Checks the length, in UTF-16 units: a limit is reached at itself.
///
/// # Errors
/// When the text is too long.
pub(crate) fn length(text: &str, limit: usize) -> Result<(), SyntaxError> {
    // A UTF-8 text is at least as long as its UTF-16 form, and at most three times.
    if text.len() < limit {
        return Ok(());
    }
    if u32::try_from(text.len()).is_ok() && text.encode_utf16().take(limit).count() < limit {
        return Ok(());
    }
    let message = format!("the expression is too long: it must be shorter than {limit} characters");
    Err(SyntaxError::new(code::SOURCE_TOO_LONG, message, 0, 0))
}

/// What the guard comes across, as far as it reads.
#[derive(Default)]
pub(crate) struct Found {
    /// There are comments.
    pub(crate) comments: bool,
    /// The first control character that is no white space.
    pub(crate) stray: Option<usize>,
}

/// Checks the nesting.
///
/// # Errors
/// When the text nests more deeply than `limit`.
pub(crate) fn nesting(text: &str, limit: usize) -> Result<Found, SyntaxError> {
    let text = text.as_bytes();
    let guard = Guard { text, at: 0, open: Vec::new(), limit, closed: 0, found: Found::default() };
    guard.run()
}

#[cold]
pub(crate) fn too_deep(at: usize, limit: usize) -> SyntaxError {
    let message = format!("nested too deeply: the limit is {limit} levels");
    SyntaxError::new(code::NESTED_TOO_DEEPLY, message, at, at + 1)
        .with_help("give parts of it a name: `part = …;`")
}

struct Guard<'t> {
    text: &'t [u8],
    at: usize,
    open: Vec<Open>,
    limit: usize,
    /// The last token other than white space, if it was one byte.
    closed: u8,
    found: Found,
}

impl Guard<'_> {
    fn run(mut self) -> Result<Found, SyntaxError> {
        while let Some(&byte) = self.text.get(self.at) {
            let here = self.at;
            self.at += 1;
            let goes_on = match byte {
                b' ' | b'\t' | b'\n' | b'\r' | b'\x0c' => continue,
                b'/' if matches!(self.peek(), Some(b'/' | b'*')) => {
                    self.skip_comment();
                    continue;
                }
                b'\'' | b'"' => self.skip_string(byte),
                b')' | b']' | b'}' => self.close(byte),
                _ => {
                    self.token(byte, here)?;
                    true
                }
            };
            if !goes_on {
                return Ok(self.found);
            }
            self.closed = byte;
        }
        Ok(self.found)
    }

    /// Takes the token that begins with `byte`.
    fn token(&mut self, byte: u8, here: usize) -> Result<(), SyntaxError> {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'_' | b'$' | 0x80.. => self.word(here)?,
            b'0'..=b'9' => self.skip_word(),
            // The grammar takes them for white space.
            0x0b | 0x0e..=0x1f if self.found.stray.is_none() => self.found.stray = Some(here),
            b'(' => self.enter(Open::Round)?,
            b'[' => self.enter(Open::Square)?,
            b'{' if self.closed == b']' => self.enter(Open::Elements)?,
            b'{' => self.enter(Open::Block)?,
            b'?' => self.enter(Open::Question)?,
            b':' => self.colon(),
            b'=' if self.peek() == Some(b'=') => self.at += 1,
            b'=' if !matches!(self.closed, b'<' | b'>' | b'!') || !self.adjacent(here) => {
                self.enter(Open::Assignment)?;
            }
            b',' => self.end_expression(),
            b';' => {
                self.end_expression();
                self.end_statement();
            }
            _ => {}
        }
        Ok(())
    }

    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    /// Whether the byte before `here` is a token of its own, next to it.
    fn adjacent(&self, here: usize) -> bool {
        here.checked_sub(1).and_then(|i| self.text.get(i)) == Some(&self.closed)
    }

    fn enter(&mut self, what: Open) -> Result<(), SyntaxError> {
        if self.open.len() >= self.limit {
            return Err(too_deep(self.at.saturating_sub(1), self.limit));
        }
        self.open.push(what);
        Ok(())
    }

    fn skip_word(&mut self) {
        while let Some(b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80..) = self.peek()
        {
            self.at += 1;
        }
    }

    fn word(&mut self, start: usize) -> Result<(), SyntaxError> {
        self.skip_word();
        match self.text.get(start..self.at) {
            Some(b"if") => self.enter(Open::If)?,
            Some(b"while" | b"for") => self.enter(Open::Body)?,
            _ => {}
        }
        Ok(())
    }

    /// Goes behind the closing quote; `false` when there is none.
    fn skip_string(&mut self, quote: u8) -> bool {
        while let Some(byte) = self.peek() {
            self.at += 1;
            match byte {
                b'\n' | b'\r' => return false,
                b'\\' => self.at += 1,
                _ if byte == quote => return true,
                _ => {}
            }
        }
        false
    }

    fn skip_comment(&mut self) {
        self.found.comments = true;
        let rest = self.text.get(self.at + 1..).unwrap_or_default();
        let len = if self.peek() == Some(b'/') {
            rest.iter().position(|b| matches!(b, b'\n' | b'\r'))
        } else {
            rest.windows(2).position(|w| w == b"*/").map(|at| at + 2)
        };
        self.at += 1 + len.unwrap_or(rest.len());
    }

    /// Leaves the conditionals and assignments that end here.
    fn end_expression(&mut self) {
        while let Some(Open::Question | Open::Colon | Open::Assignment) = self.open.last() {
            self.open.pop();
        }
    }

    /// Leaves what ends with the statement that ends here: the bodies and the `if`s, up to the one
    /// that an `else` goes on.
    fn end_statement(&mut self) {
        if !matches!(self.open.last(), Some(Open::If | Open::Body)) {
            return;
        }
        self.skip_space();
        let goes_on = self.is_at_word(b"else");
        while let Some(open @ (Open::If | Open::Body)) = self.open.last_mut() {
            if *open == Open::If && goes_on {
                self.at += 4;
                *open = Open::Body;
                self.skip_space();
                if self.is_at_word(b"if") {
                    self.open.pop();
                }
                return;
            }
            self.open.pop();
        }
    }

    fn skip_space(&mut self) {
        loop {
            match self.peek() {
                Some(b' ' | b'\t' | b'\n' | b'\r' | b'\x0c') => self.at += 1,
                Some(b'/') if matches!(self.text.get(self.at + 1), Some(b'/' | b'*')) => {
                    self.at += 1;
                    self.skip_comment();
                }
                _ => return,
            }
        }
    }

    fn is_at_word(&self, word: &[u8]) -> bool {
        let rest = self.text.get(self.at..).unwrap_or_default();
        rest.starts_with(word)
            && !rest.get(word.len()).is_some_and(
                |b| matches!(b, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80..),
            )
    }

    fn colon(&mut self) {
        while let Some(Open::Colon | Open::Assignment) = self.open.last() {
            self.open.pop();
        }
        if let Some(top @ Open::Question) = self.open.last_mut() {
            *top = Open::Colon;
        }
    }

    /// Leaves the innermost bracket; `false` when the closing one does not fit it.
    fn close(&mut self, byte: u8) -> bool {
        self.end_expression();
        while let Some(Open::If | Open::Body) = self.open.last() {
            self.open.pop();
        }
        match (self.open.pop(), byte) {
            (Some(Open::Round), b')')
            | (Some(Open::Square), b']')
            | (Some(Open::Elements), b'}') => true,
            (Some(Open::Block), b'}') => {
                self.end_statement();
                true
            }
            _ => false,
        }
    }
}
