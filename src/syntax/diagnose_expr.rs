//! Why a text is not a program: expressions.

use crate::syntax::diagnose::{Read, Reader};
use crate::syntax::error::{SyntaxError, code, quoted};
use crate::syntax::token::{Token, TokenKind};
use crate::syntax::word;

/// The operators between operands, assignments included.
const INFIX: [&str; 19] = [
    "+", "-", "*", "/", "%", "==", "!=", "<", ">", "<=", ">=", "&&", "||", "=", "+=", "-=", "*=",
    "/=", "%=",
];

impl Reader<'_> {
    /// Reads an expression.
    pub(super) fn expr(&mut self) -> Read {
        loop {
            self.operand()?;
            if !INFIX.contains(&self.now()) {
                break;
            }
            self.bump();
        }
        if self.now() != "?" {
            return Ok(());
        }
        self.bump();
        self.expr()?;
        self.operator_that_is_none()?;
        self.expect(":", "`:` after the first result of `?`")?;
        self.expr()
    }

    /// Refuses an operator that Java has and SEL lacks.
    pub(super) fn operator_that_is_none(&self) -> Read {
        let op = self.now();
        let help = match op {
            "++" => "write `x += 1`",
            "--" => "write `x -= 1`",
            "&" => "write `&&`",
            "|" => "write `||`",
            "^" | "~" | "<<" | ">>" | ">>>" | "&=" | "|=" | "^=" | "<<=" | ">>=" | ">>>=" => {
                "there are no operators on bits"
            }
            "instanceof" => "the type of a value can't be asked for",
            "and" => "write `&&`",
            "or" => "write `||`",
            _ => return Ok(()),
        };
        let message = format!("{} is not supported", quoted(op));
        Err(self.here(code::UNSUPPORTED, message).with_help(help))
    }

    fn operand(&mut self) -> Read {
        while matches!(self.now(), "-" | "+" | "!") {
            self.bump();
        }
        self.check_token()?;
        let Some(token) = self.token() else {
            return Err(self.here(code::MISSING_EXPRESSION, "expected an expression"));
        };
        match token.kind {
            TokenKind::Word if self.now() == "new" => self.creation()?,
            TokenKind::Word => {
                if !matches!(self.now(), "true" | "false" | "null") {
                    self.not_reserved()?;
                }
                self.bump();
            }
            TokenKind::Number => {
                check_number(self.now(), token)?;
                self.bump();
            }
            TokenKind::String => self.bump(),
            _ if self.now() == "(" => self.group(token)?,
            _ => return Err(self.no_operand()),
        }
        self.postfixes()
    }

    /// Something stands where an operand must.
    fn no_operand(&self) -> SyntaxError {
        if let Err(error) = self.operator_that_is_none() {
            return error;
        }
        let (last, now) = (self.last.text(self.text), self.now());
        let adjacent = self.token().is_some_and(|t| t.start == self.last.end);
        let message = format!("expected an expression, found {}", quoted(now));
        let error = self.here(code::MISSING_EXPRESSION, message);
        match (last, now) {
            ("==", "=") if adjacent => error.with_help("write `==`"),
            ("=", ">") if adjacent => error.with_help("write `>=`"),
            ("=", "<") if adjacent => error.with_help("write `<=`"),
            ("-", ">") if adjacent => error.with_help("functions can't be written in SEL"),
            ("<", ">") if adjacent => error.with_help("write `!=`"),
            (_, "{" | "[") => error.with_help("an array is written `new String[] {'a', 'b'}`"),
            _ => error,
        }
    }

    fn group(&mut self, open: Token) -> Read {
        self.bump();
        let type_alone = self.is_word(0)
            && (self.peek(1) == ")" || (self.peek(1) == "[" && self.peek(2) == "]"));
        if self.now() == ")" {
            return Err(self.no_operand());
        }
        if type_alone && word::is_primitive(self.now()) {
            return Err(cast(open, self.token().map_or(open.end, |t| t.end)));
        }
        self.expr()?;
        self.close(open, ")", "`)` or an operator")?;
        let operand = self.token().is_some_and(|t| {
            matches!(t.kind, TokenKind::Word | TokenKind::Number | TokenKind::String)
        });
        if type_alone && (operand || self.now() == "(") && self.now() != "instanceof" {
            return Err(cast(open, self.last.end));
        }
        Ok(())
    }

    fn postfixes(&mut self) -> Read {
        loop {
            match self.now() {
                "." => {
                    self.bump();
                    self.name("a name after the dot")?;
                    if let Some(open) = self.token()
                        && self.now() == "("
                    {
                        self.arguments(open)?;
                    }
                }
                "[" => {
                    let Some(open) = self.token() else {
                        return Ok(());
                    };
                    self.bump();
                    self.expr()?;
                    self.close(open, "]", "`]` or an operator")?;
                }
                _ => return Ok(()),
            }
        }
    }

    fn arguments(&mut self, open: Token) -> Read {
        self.bump();
        if self.now() == ")" {
            self.bump();
            return Ok(());
        }
        loop {
            self.expr()?;
            if self.now() != "," {
                return self.close(open, ")", "`,` or `)` after the argument");
            }
            self.bump();
        }
    }

    fn creation(&mut self) -> Read {
        self.bump();
        let class = self.now();
        if !word::is_primitive(class) {
            self.name("a class after `new`")?;
        } else {
            self.bump();
        }
        let Some(open) = self.token() else {
            let what = format!("expected `(` or `[` after `new {class}`");
            return Err(self.here(code::UNEXPECTED, what));
        };
        match self.now() {
            "(" => return self.arguments(open),
            "[" => self.bump(),
            "." => {
                let error =
                    self.here(code::UNSUPPORTED, "a class is one name, without its package");
                return Err(error.with_help("leave out the package"));
            }
            "<" => {
                let error = self.here(code::UNSUPPORTED, "generic types are not supported");
                return Err(error.with_help("leave out the part in `<…>`"));
            }
            _ => return Err(self.expected(&format!("`(` or `[` after `new {class}`"))),
        }
        if self.now() != "]" {
            self.expr()?;
            return self.close(open, "]", "`]` or an operator");
        }
        self.bump();
        if self.now() == "[" {
            return Err(self.here(code::UNSUPPORTED, "arrays have one dimension"));
        }
        let Some(open) = self.token() else {
            return Err(self.here(code::UNEXPECTED, "expected `{` with the elements of the array"));
        };
        self.expect("{", "`{` with the elements of the array")?;
        while self.now() != "}" {
            if self.now() != "," {
                self.expr()?;
            }
            if self.now() != "," {
                break;
            }
            self.bump();
        }
        self.close(open, "}", "`,` or `}` after the element")
    }
}

fn cast(open: Token, end: usize) -> SyntaxError {
    SyntaxError::new(code::UNSUPPORTED, "casts are not supported", open.start, end).with_help(
        "convert with a method: `x.intValue()`, `Double.valueOf(x)`, `String.valueOf(x)`",
    )
}

/// Refuses a number that the grammar has no rule for.
fn check_number(text: &str, token: Token) -> Read {
    let word = text.trim_start_matches(|c: char| c.is_ascii_digit());
    let fine = match word.strip_prefix('.') {
        Some(fraction) => is_exponent(fraction.trim_start_matches(|c: char| c.is_ascii_digit())),
        None => is_exponent(word) || matches!(word, "l" | "L") || is_hexadecimal(text),
    };
    if fine {
        return Ok(());
    }
    let message = format!("{} is not a number", quoted(text));
    let error = SyntaxError::new(code::BAD_NUMBER, message, token.start, token.end);
    Err(if word.starts_with(['e', 'E']) && word.len() <= 2 {
        error.with_help("write the exponent's digits: `1e3`")
    } else if text.contains('_') {
        error.with_help("write the digits without `_`")
    } else if text.starts_with("0x") || text.starts_with("0X") {
        error.with_help("write hexadecimal digits: `0x1F`")
    } else if word.starts_with('.') && word.ends_with(['l', 'L']) {
        error.with_help("only a whole number can end with `L`")
    } else if word.starts_with('.') {
        error.with_help("put the number in brackets before calling a method of it")
    } else {
        error.with_help("a name can't begin with a digit")
    })
}

/// Whether this may follow the digits of a number: an exponent, a suffix, both or nothing.
fn is_exponent(text: &str) -> bool {
    let rest = match text.strip_prefix(['e', 'E']) {
        Some(exponent) => {
            let digits = exponent.strip_prefix(['+', '-']).unwrap_or(exponent);
            let rest = digits.trim_start_matches(|c: char| c.is_ascii_digit());
            if rest.len() == digits.len() {
                return false;
            }
            rest
        }
        None => text,
    };
    matches!(rest, "" | "d" | "D" | "f" | "F")
}

fn is_hexadecimal(text: &str) -> bool {
    let Some(digits) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) else {
        return false;
    };
    let digits = digits.strip_suffix(['l', 'L']).unwrap_or(digits);
    !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())
}
