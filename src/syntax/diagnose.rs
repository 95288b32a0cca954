//! Why a text is not a program, in words a Java user knows.
//!
//! Runs only when the grammar has refused. It reads the tokens from the left, as a person would,
//! and stops at the first that nothing can go on with; statements are here, expressions in
//! `diagnose_expr`. The recursion follows what the guard has counted.

use crate::syntax::error::{SyntaxError, code, quoted};
use crate::syntax::token::{Token, TokenKind, Tokens};
use crate::syntax::word;

/// What is wrong with `text`, which the grammar refused at about `at`.
#[cold]
pub(crate) fn diagnose(text: &str, at: usize) -> SyntaxError {
    reason(text).unwrap_or_else(|| {
        let next = text.get(at..).and_then(|t| t.chars().next());
        let end = next.map_or(at, |c| at + c.len_utf8());
        SyntaxError::new(code::UNEXPECTED, "can't read this", at, end)
    })
}

/// What is wrong with `text`, if its tokens tell.
#[cold]
pub(crate) fn reason(text: &str) -> Option<SyntaxError> {
    Reader::new(text).program().err()
}

/// `Ok` or the first error.
pub(super) type Read = Result<(), SyntaxError>;

/// Reads tokens with two of look-ahead.
pub(super) struct Reader<'t> {
    pub(super) text: &'t str,
    tokens: Tokens<'t>,
    /// The token to be read, the one after it and the one after that; `None` at the end.
    ahead: [Option<Token>; 3],
    /// The last token that was read.
    pub(super) last: Token,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let last = Token { kind: TokenKind::Space, start: 0, end: 0 };
        let mut reader = Reader { text, tokens: Tokens::new(text), ahead: [None; 3], last };
        for _ in 0..3 {
            reader.shift();
        }
        reader.last = last;
        reader
    }

    fn shift(&mut self) {
        let [now, next, after] = self.ahead;
        if let Some(now) = now {
            self.last = now;
        }
        self.ahead = [next, after, self.tokens.find(|t| !t.kind.is_trivia())];
    }

    /// Reads a token.
    pub(super) fn bump(&mut self) {
        self.shift();
    }

    /// The text of the token to be read; empty at the end.
    pub(super) fn now(&self) -> &'t str {
        self.ahead[0].map_or("", |t| t.text(self.text))
    }

    /// The text of the token `i` after it.
    pub(super) fn peek(&self, i: usize) -> &'t str {
        self.ahead.get(i).copied().flatten().map_or("", |t| t.text(self.text))
    }

    pub(super) fn token(&self) -> Option<Token> {
        self.ahead[0]
    }

    pub(super) fn is_end(&self) -> bool {
        self.ahead[0].is_none()
    }

    pub(super) fn is_word(&self, i: usize) -> bool {
        self.ahead.get(i).copied().flatten().is_some_and(|t| t.kind == TokenKind::Word)
    }

    /// An error at the token to be read; at the end of the text it is incomplete.
    pub(super) fn here(&self, code: &'static str, message: impl Into<String>) -> SyntaxError {
        match self.token() {
            Some(token) => SyntaxError::new(code, message, token.start, token.end),
            None => SyntaxError::new(code, message, self.last.end, self.last.end).incomplete(),
        }
    }

    /// An error between the last token and the one to be read.
    pub(super) fn before(&self, code: &'static str, message: impl Into<String>) -> SyntaxError {
        let at = self.last.end;
        let error = SyntaxError::new(code, message, at, at);
        if self.is_end() { error.incomplete() } else { error }
    }

    /// "expected …, found …" at the token to be read.
    pub(super) fn expected(&self, what: &str) -> SyntaxError {
        if let Err(error) = self.check_token() {
            return error;
        }
        if self.is_end() {
            return self.here(code::UNEXPECTED, format!("expected {what}"));
        }
        let message = format!("expected {what}, found {}", quoted(self.now()));
        self.here(code::UNEXPECTED, message)
    }

    /// Refuses a token that is none.
    pub(super) fn check_token(&self) -> Read {
        let Some(Token { kind, start, end }) = self.token() else {
            return Ok(());
        };
        match kind {
            TokenKind::OpenString => {
                let quote = self.now().chars().next().unwrap_or('\'');
                let error =
                    SyntaxError::new(code::UNTERMINATED_STRING, "unterminated string", start, end);
                Err(error.with_help(format!(
                    "close it with `{quote}` on the same line; a quote in a string is `\\{quote}`"
                )))
            }
            TokenKind::OpenComment => {
                let message = "unterminated comment";
                Err(SyntaxError::new(code::UNTERMINATED_COMMENT, message, start, start + 2)
                    .with_help("close it with `*/`")
                    .incomplete())
            }
            TokenKind::Unknown => {
                let c = self.now().chars().next().unwrap_or_default();
                Err(word::bad_character(c, start))
            }
            TokenKind::Word if !self.now().is_ascii() => word::check_letters(self.now(), start),
            _ => Ok(()),
        }
    }

    /// Reads this token, or fails.
    pub(super) fn expect(&mut self, token: &str, what: &str) -> Read {
        if self.now() == token {
            self.bump();
            return Ok(());
        }
        Err(self.expected(what))
    }

    /// Reads the bracket that closes the one at `open`.
    pub(super) fn close(&mut self, open: Token, close: &str, what: &str) -> Read {
        if self.now() == close {
            self.bump();
            return Ok(());
        }
        self.check_token()?;
        if self.is_end() || matches!(self.now(), ";" | ")" | "]" | "}" | "{") {
            let message = format!("unclosed {}", quoted(open.text(self.text)));
            let error = SyntaxError::new(code::UNCLOSED, message, open.start, open.end)
                .with_help(format!("close it with `{close}`"));
            return Err(if self.is_end() { error.incomplete() } else { error });
        }
        self.operator_that_is_none()?;
        Err(self.expected(what))
    }

    /// Reads a name.
    pub(super) fn name(&mut self, what: &str) -> Read {
        self.check_token()?;
        if !self.is_word(0) {
            return Err(self.expected(what));
        }
        self.not_reserved()?;
        self.bump();
        Ok(())
    }

    pub(super) fn not_reserved(&self) -> Read {
        match self.token() {
            Some(token) if word::is_reserved(self.now()) => {
                Err(word::reserved(self.now(), token.start))
            }
            _ => Ok(()),
        }
    }

    fn program(&mut self) -> Read {
        while self.now() == "import" {
            self.import()?;
        }
        while !self.is_end() {
            if self.now() == "}" {
                return Err(self.here(code::UNEXPECTED, "`}` without `{`"));
            }
            self.statement(true)?;
        }
        Ok(())
    }

    fn import(&mut self) -> Read {
        self.bump();
        if self.now() == "static" {
            self.bump();
        }
        self.name("the name of a class after `import`")?;
        while self.now() == "." {
            self.bump();
            if self.now() == "*" {
                self.bump();
                break;
            }
            self.name("a name after the dot")?;
        }
        self.semicolon("the import")
    }

    /// Reads a statement; a declaration only where one is allowed.
    fn statement(&mut self, declaration: bool) -> Read {
        self.check_token()?;
        match self.now() {
            "" => return Err(self.here(code::UNEXPECTED, "expected a statement")),
            "{" => return self.block(),
            ";" => {
                let error = self.here(code::EMPTY_STATEMENT, "an empty statement is not allowed");
                return Err(error.with_help(if declaration {
                    "remove the `;`"
                } else {
                    "write `{ }` for a body that does nothing"
                }));
            }
            "if" => return self.if_statement(),
            "while" => {
                self.bump();
                self.head("while")?;
                return self.statement(false);
            }
            "for" => return self.for_statement(),
            keyword @ ("return" | "throw") => {
                self.bump();
                if self.now() == ";" {
                    let message = format!("{} needs a value", quoted(keyword));
                    let error = self.before(code::MISSING_EXPRESSION, message);
                    return Err(error.with_help(if keyword == "return" {
                        "write `return null;`"
                    } else {
                        "write `throw 'reason';`"
                    }));
                }
                self.expr()?;
                return self.semicolon("the expression");
            }
            keyword @ ("break" | "continue") => {
                self.bump();
                if self.is_word(0) {
                    let error = self.here(code::UNSUPPORTED, "labels are not supported");
                    return Err(error.with_help(format!("write `{keyword};`")));
                }
                return self.semicolon(&quoted(keyword));
            }
            "elseif" | "elsif" | "elif" if self.peek(1) == "(" => {
                let message = format!("{} is not a statement", quoted(self.now()));
                return Err(self.here(code::UNSUPPORTED, message).with_help("write `else if`"));
            }
            _ => {}
        }
        if self.is_word(0) {
            let primitive = word::is_primitive(self.now());
            if matches!(self.now(), "new" | "true" | "false" | "null") {
                self.expr()?;
                return self.semicolon("the expression");
            }
            if !primitive {
                self.not_reserved()?;
            }
            if matches!(self.peek(1), "instanceof" | "and" | "or")
                && !matches!(self.peek(2), "=" | ";" | ",")
            {
                self.expr()?;
                return self.semicolon("the expression");
            }
            if self.peek(1) == "<" && self.is_word(2) && self.is_generic() {
                let error = self.here(code::UNSUPPORTED, "generic types are not supported");
                return Err(error.with_help("leave out the part in `<…>`"));
            }
            if self.peek(1) == ":" {
                return Err(self.here(code::UNSUPPORTED, "labels are not supported"));
            }
            if self.is_word(1) || (self.peek(1) == "[" && self.peek(2) == "]") || primitive {
                if !declaration && !word::is_reserved(self.peek(1)) {
                    let message = "a declaration can't stand here alone";
                    let error = self.here(code::UNEXPECTED, message);
                    return Err(error.with_help("put it in braces: `{ … }`"));
                }
                self.declaration()?;
                return self.semicolon("the declaration");
            }
        }
        self.expr()?;
        self.semicolon("the expression")
    }

    /// Whether `Name<Name` goes on as a generic type would.
    fn is_generic(&self) -> bool {
        if !self.now().starts_with(char::is_uppercase) {
            return false;
        }
        self.tokens
            .clone()
            .find(|t| !t.kind.is_trivia())
            .is_some_and(|t| matches!(t.text(self.text), "," | "<"))
    }

    fn block(&mut self) -> Read {
        let Some(open) = self.token() else {
            return Ok(());
        };
        self.bump();
        while !self.is_end() && self.now() != "}" {
            self.statement(true)?;
        }
        self.close(open, "}", "a statement or `}`")
    }

    /// Reads `( condition )` after a keyword.
    fn head(&mut self, keyword: &str) -> Read {
        let open = self.token();
        self.expect("(", &format!("`(` after {}", quoted(keyword)))?;
        self.expr()?;
        match open {
            Some(open) => self.close(open, ")", "`)` after the condition"),
            None => Ok(()),
        }
    }

    fn if_statement(&mut self) -> Read {
        loop {
            self.bump();
            self.head("if")?;
            self.statement(false)?;
            if self.now() != "else" {
                return Ok(());
            }
            self.bump();
            if self.now() != "if" {
                return self.statement(false);
            }
        }
    }

    fn for_statement(&mut self) -> Read {
        self.bump();
        let open = self.token();
        self.expect("(", "`(` after `for`")?;
        if self.now() != ";" {
            if self.is_word(0) && (self.is_word(1) || self.peek(1) == "[") && self.peek(2) != "=" {
                if self.is_word(1) || self.peek(2) == "]" {
                    self.declaration()?;
                } else {
                    self.expr()?;
                }
            } else if self.is_word(0) && self.is_word(1) {
                self.declaration()?;
            } else {
                self.expr()?;
            }
        }
        match self.now() {
            ":" => {
                let error = self.here(code::UNSUPPORTED, "there is no for-each loop");
                return Err(error.with_help("write `for (int i = 0; i < xs.length; i += 1) { … }`"));
            }
            "," => {
                let error = self.here(code::UNSUPPORTED, "a `for` has one variable");
                return Err(error.with_help("set the others before the loop"));
            }
            _ => self.expect(";", "`;` in the head of the `for`")?,
        }
        if self.now() != ";" {
            self.expr()?;
        }
        self.expect(";", "`;` after the condition of the `for`")?;
        if self.now() != ")" {
            self.expr()?;
        }
        match (open, self.now()) {
            (_, ",") => {
                let error = self.here(code::UNSUPPORTED, "a `for` has one update");
                return Err(error.with_help("put the others at the end of the body"));
            }
            (Some(open), _) => self.close(open, ")", "`)` after the head of the `for`")?,
            (None, _) => {}
        }
        self.statement(false)
    }

    fn declaration(&mut self) -> Read {
        let ty = self.now();
        if !word::is_primitive(ty) {
            self.not_reserved()?;
        }
        self.bump();
        if self.now() == "[" {
            self.bump();
            self.expect("]", "`]`")?;
            if self.now() == "[" {
                return Err(self.here(code::UNSUPPORTED, "arrays have one dimension"));
            }
        }
        loop {
            self.name(&format!("a name after {}", quoted(ty)))?;
            if self.now() == "[" {
                let error = self.here(code::UNSUPPORTED, "brackets after the name of a variable");
                return Err(error.with_help(format!("write them after the type: `{ty}[]`")));
            }
            if self.now() == "=" {
                self.bump();
                self.expr()?;
            } else if !matches!(self.now(), "," | ";" | "" | ":") {
                return Err(self.expected("`=`, `,` or `;` after the name"));
            }
            if self.now() != "," {
                return Ok(());
            }
            self.bump();
        }
    }

    /// Reads the semicolon after a statement.
    fn semicolon(&mut self, what: &str) -> Read {
        if self.now() == ";" {
            self.bump();
            return Ok(());
        }
        let after_string = matches!(self.last.text(self.text).chars().next(), Some('\'' | '"'));
        if let Some(token) = self.token()
            && after_string
            && token.start == self.last.end
            && matches!(token.kind, TokenKind::Word | TokenKind::OpenString | TokenKind::String)
        {
            let quote = self.last.text(self.text).get(..1).unwrap_or("'");
            let message = "the string ends before its text does";
            return Err(SyntaxError::new(
                code::UNTERMINATED_STRING,
                message,
                self.last.start,
                token.end,
            )
            .with_help(format!("a quote in a string is written `\\{quote}`")));
        }
        self.check_token()?;
        self.operator_that_is_none()?;
        match self.now() {
            ")" | "]" => {
                let message = format!("{} closes nothing", quoted(self.now()));
                return Err(self.here(code::UNEXPECTED, message));
            }
            ":" => {
                let error = self.here(code::UNEXPECTED, "`:` without `?`");
                return Err(error);
            }
            "(" if self.last.kind == TokenKind::Word => {
                let name = self.last.text(self.text);
                let message = format!("{} is called without its class", quoted(name));
                let (start, end) = (self.last.start, self.last.end);
                return Err(SyntaxError::new(code::UNSUPPORTED, message, start, end)
                    .with_help("functions are methods of a class or a value: `Math.max(a, b)`"));
            }
            _ => {}
        }
        let error = self.before(code::MISSING_SEMICOLON, format!("expected `;` after {what}"));
        let line_ends = match self.token() {
            None => true,
            Some(token) => {
                self.text.get(self.last.end..token.start).is_none_or(|t| t.contains(['\n', '\r']))
            }
        };
        let statement = self.now() == "}" || word::is_reserved(self.now());
        if line_ends || statement || what != "the expression" {
            return Err(error);
        }
        Err(error.with_help(format!("or an operator before {}", quoted(self.now()))))
    }
}
