//! Reserved words: Java 1.1's, whether SEL has a use for them or not.

use crate::syntax::error::{SyntaxError, code, quoted};
use crate::syntax::token;

/// Whether the word is reserved, and so can't be a name: Java 1.1's with `true`, `false` and `null`.
pub(crate) fn is_reserved(word: &str) -> bool {
    // By the first letter: names are many, and the words of one letter few.
    match word.as_bytes().first() {
        Some(b'a') => word == "abstract",
        Some(b'b') => matches!(word, "boolean" | "break" | "byte"),
        Some(b'c') => matches!(word, "case" | "catch" | "char" | "class" | "const" | "continue"),
        Some(b'd') => matches!(word, "default" | "do" | "double"),
        Some(b'e') => matches!(word, "else" | "extends"),
        Some(b'f') => matches!(word, "false" | "final" | "finally" | "float" | "for"),
        Some(b'g') => word == "goto",
        Some(b'i') => {
            matches!(word, "if" | "implements" | "import" | "instanceof" | "int" | "interface")
        }
        Some(b'l') => word == "long",
        Some(b'n') => matches!(word, "native" | "new" | "null"),
        Some(b'p') => matches!(word, "package" | "private" | "protected" | "public"),
        Some(b'r') => word == "return",
        Some(b's') => matches!(word, "short" | "static" | "super" | "switch" | "synchronized"),
        Some(b't') => matches!(word, "this" | "throw" | "throws" | "transient" | "true" | "try"),
        Some(b'v') => matches!(word, "void" | "volatile"),
        Some(b'w') => word == "while",
        _ => false,
    }
}

/// Whether the word is one of the types that are reserved words.
pub(crate) fn is_primitive(word: &str) -> bool {
    matches!(word, "boolean" | "int" | "long" | "float" | "double")
}

/// What to write instead of a statement or an operator that Java has and SEL lacks.
pub(crate) fn unsupported(word: &str) -> Option<&'static str> {
    Some(match word {
        "switch" | "case" | "default" => "write `if (…) { … } else if (…) { … }`",
        "do" => "write `while (…) { … }`",
        "try" | "catch" | "finally" => "errors can't be caught",
        "instanceof" | "class" | "interface" | "package" => "SEL has no classes of its own",
        "final" | "static" | "public" | "private" | "protected" => "leave it out",
        "byte" | "short" | "char" => "the types are int, long, float, double, boolean and classes",
        _ => return None,
    })
}

/// Checks that a word consists of Java's letters and digits.
///
/// # Errors
/// At the first character that is neither.
#[cold]
pub(crate) fn check_letters(word: &str, start: usize) -> Result<(), SyntaxError> {
    let is_bad = |(i, c): &(usize, char)| {
        if *i == 0 { !token::is_word_start(*c) } else { !token::is_word_part(*c) }
    };
    match word.char_indices().find(is_bad) {
        Some((i, c)) => Err(bad_character(c, start + i)),
        None => Ok(()),
    }
}

/// The error for a character that has no place in a program.
#[cold]
pub(crate) fn bad_character(c: char, at: usize) -> SyntaxError {
    let name = if c.is_control() || !c.is_ascii() {
        format!("{} (U+{:04X})", quoted(&c.to_string()), c as u32)
    } else {
        quoted(&c.to_string())
    };
    let message = format!("the character {name} has no place here");
    let error = SyntaxError::new(code::BAD_CHARACTER, message, at, at + c.len_utf8());
    match c {
        '\u{201c}' | '\u{201d}' | '\u{2018}' | '\u{2019}' | '`' => {
            error.with_help("write a string in straight quotes: `'…'` or `\"…\"`")
        }
        '\u{feff}' => error.with_help("remove the byte order mark"),
        '\u{a0}' | '\u{2000}'..='\u{200f}' | '\u{202f}' | '\u{3000}' => {
            error.with_help("write a plain space, or nothing")
        }
        '\u{2212}' | '\u{2013}' | '\u{2014}' => error.with_help("write `-`"),
        _ => error,
    }
}

/// The error for a reserved word where a name is needed.
#[cold]
pub(crate) fn reserved(word: &str, start: usize) -> SyntaxError {
    let end = start + word.len();
    let error =
        SyntaxError::new(code::RESERVED_WORD, format!("`{word}` is a reserved word"), start, end);
    match word {
        "else" => SyntaxError::new(code::UNEXPECTED, "`else` without `if`", start, end),
        "import" => error.with_help("imports come before the first statement"),
        _ => match unsupported(word) {
            Some(help) => error.with_help(help),
            None => error.with_help("choose another name"),
        },
    }
}
