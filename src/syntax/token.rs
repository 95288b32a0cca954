//! Tokens: what the guard, the diagnosis of errors, the printer's comments and syntax colours read.
//!
//! The grammar has its own lexical rules; this scanner takes more (any number, any character), so
//! that it can say what is wrong with a token. It never fails and gives back every byte once.

/// What a token is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// An identifier or a reserved word.
    Word,
    /// A number, well formed or not: `1`, `1e`, `08x`.
    Number,
    /// A string with its quotes.
    String,
    /// A string whose line ends before its quote.
    OpenString,
    /// An operator or a separator; the longest of Java's.
    Operator,
    /// Blanks, tabs, line ends, form feeds.
    Space,
    /// `// …` without its line end, or `/* … */`.
    Comment,
    /// `/* …` up to the end of the text.
    OpenComment,
    /// A character that has no place in a program.
    Unknown,
}

impl TokenKind {
    /// Whether the token means nothing: white space and comments.
    #[must_use]
    pub const fn is_trivia(self) -> bool {
        matches!(self, TokenKind::Space | TokenKind::Comment)
    }
}

/// A token and where it is, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Token {
    /// What it is.
    pub kind: TokenKind,
    /// Its first byte.
    pub start: usize,
    /// Past its last byte.
    pub end: usize,
}

impl Token {
    /// The text of the token in the text it was read from.
    #[must_use]
    pub fn text(self, source: &str) -> &str {
        source.get(self.start..self.end).unwrap_or_default()
    }
}

/// The tokens of a text, from the first byte to the last.
#[derive(Debug, Clone)]
pub struct Tokens<'s> {
    text: &'s str,
    at: usize,
}

impl<'s> Tokens<'s> {
    /// The tokens of `text`.
    #[must_use]
    pub const fn new(text: &'s str) -> Self {
        Tokens { text, at: 0 }
    }
}

impl Iterator for Tokens<'_> {
    type Item = Token;

    fn next(&mut self) -> Option<Token> {
        let rest = self.text.get(self.at..)?;
        let (kind, len) = scan(rest)?;
        let start = self.at;
        self.at += len;
        Some(Token { kind, start, end: self.at })
    }
}

/// Whether a character can begin an identifier, as in Java.
pub(crate) fn is_word_start(c: char) -> bool {
    use pest::unicode as u;
    c.is_ascii_alphabetic()
        || matches!(c, '_' | '$')
        || (!c.is_ascii()
            && (u::LETTER(c)
                || u::LETTER_NUMBER(c)
                || u::CURRENCY_SYMBOL(c)
                || u::CONNECTOR_PUNCTUATION(c)))
}

/// Whether a character can go on an identifier, as in Java.
pub(crate) fn is_word_part(c: char) -> bool {
    use pest::unicode as u;
    c.is_ascii_digit()
        || is_word_start(c)
        || (!c.is_ascii() && (u::DECIMAL_NUMBER(c) || u::SPACING_MARK(c) || u::NONSPACING_MARK(c)))
}

/// Whether a byte can go on a word as the grammar knows them.
pub(crate) const fn is_word_byte(byte: u8) -> bool {
    matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'$' | 0x80..)
}

/// The kind and the length of the first token; `None` at the end.
fn scan(text: &str) -> Option<(TokenKind, usize)> {
    let first = text.chars().next()?;
    let second = text.as_bytes().get(1).copied();
    Some(match first {
        ' ' | '\t' | '\n' | '\r' | '\u{c}' => (TokenKind::Space, run(text, is_space)),
        '0'..='9' => (TokenKind::Number, number(text)),
        '.' if second.is_some_and(|b| b.is_ascii_digit()) => (TokenKind::Number, number(text)),
        '\'' | '"' => string(text, first),
        '/' if second == Some(b'/') => {
            (TokenKind::Comment, run(text, |c| !matches!(c, '\n' | '\r')))
        }
        '/' if second == Some(b'*') => match text.get(2..).and_then(|t| t.find("*/")) {
            Some(at) => (TokenKind::Comment, at + 4),
            None => (TokenKind::OpenComment, text.len()),
        },
        c if is_word_start(c) => (TokenKind::Word, run(text, is_word_part)),
        _ => operator(text)
            .map_or((TokenKind::Unknown, first.len_utf8()), |len| (TokenKind::Operator, len)),
    })
}

/// The length of the longest start of the text that consists of such characters.
fn run(text: &str, of: impl Fn(char) -> bool) -> usize {
    text.find(|c| !of(c)).unwrap_or(text.len())
}

fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}')
}

/// Digits, a fraction, an exponent, and any word that follows directly.
fn number(text: &str) -> usize {
    let bytes = text.as_bytes();
    let digits = |mut at: usize| {
        while bytes.get(at).is_some_and(u8::is_ascii_digit) {
            at += 1;
        }
        at
    };
    let mut at = digits(0);
    if bytes.get(at) == Some(&b'.') {
        at = digits(at + 1);
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) && !text.starts_with("0x") {
        let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let end = digits(at + 1 + sign);
        if end > at + 1 + sign {
            at = end;
        }
    }
    at + run(text.get(at..).unwrap_or_default(), is_word_part)
}

fn string(text: &str, quote: char) -> (TokenKind, usize) {
    let mut escaped = false;
    for (i, c) in text.char_indices().skip(1) {
        match c {
            '\n' | '\r' => return (TokenKind::OpenString, i),
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            _ if c == quote => return (TokenKind::String, i + 1),
            _ => {}
        }
    }
    (TokenKind::OpenString, text.len())
}

fn operator(text: &str) -> Option<usize> {
    const LONG: [&str; 22] = [
        ">>>=", "<<=", ">>=", ">>>", "==", "<=", ">=", "!=", "||", "&&", "++", "--", "<<", ">>",
        "+=", "-=", "*=", "/=", "&=", "|=", "^=", "%=",
    ];
    if let Some(op) = LONG.iter().find(|op| text.starts_with(**op)) {
        return Some(op.len());
    }
    text.starts_with(|c| "(){}[];,.=><!~?:+-*/&|^%".contains(c)).then_some(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use TokenKind as K;

    #[test]
    fn every_byte_once() {
        for text in ["a+1.5e3/*x*/'q'", "1e + 08x .5 5..x", "'open\n\"", "/* open", "é#\u{1F600}"]
        {
            let mut at = 0;
            for token in Tokens::new(text) {
                assert_eq!(token.start, at);
                assert!(token.end > at);
                at = token.end;
            }
            assert_eq!(at, text.len());
        }
    }

    #[test]
    fn kinds() {
        fn kinds(text: &str) -> impl Iterator<Item = (K, String)> {
            Tokens::new(text).map(|t| (t.kind, t.text(text).to_owned()))
        }
        let expect = |text: &str, all: &[(K, &str)]| {
            let all: Vec<_> = all.iter().map(|(k, t)| (*k, (*t).to_owned())).collect();
            assert_eq!(kinds(text).collect::<Vec<_>>(), all);
        };
        expect("5..x", &[(K::Number, "5."), (K::Operator, "."), (K::Word, "x")]);
        expect("1e+2-3", &[(K::Number, "1e+2"), (K::Operator, "-"), (K::Number, "3")]);
        expect("1e;", &[(K::Number, "1e"), (K::Operator, ";")]);
        expect("0x1F", &[(K::Number, "0x1F")]);
        expect("a--b", &[(K::Word, "a"), (K::Operator, "--"), (K::Word, "b")]);
        expect("//x\ny", &[(K::Comment, "//x"), (K::Space, "\n"), (K::Word, "y")]);
        expect("'a\\'", &[(K::OpenString, "'a\\'")]);
    }
}
