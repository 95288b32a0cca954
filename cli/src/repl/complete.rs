//! Completion: what may stand where the cursor is.

use rustyline::completion::Pair;
use sel::stdlib::{Form, Method, classes};
use sel::syntax::token::{Token, TokenKind, Tokens};

use super::command::{COMMANDS, Takes};
use super::signature::{Names, members, tokens};

const KEYWORDS: [&str; 15] = [
    "boolean", "break", "continue", "double", "else", "false", "for", "if", "long", "new", "null",
    "return", "throw", "true", "while",
];

/// Where the completed text starts, and what it may become. `None`: a file name is wanted.
pub(crate) fn complete(text: &str, names: &Names) -> Option<(usize, Vec<Pair>)> {
    if !text.starts_with(':') {
        return Some(expression(text, names));
    }
    let Some((name, args)) = text.split_once(' ') else {
        let all = COMMANDS.iter().filter(|c| c.name.starts_with(text));
        return Some((0, all.map(|c| pair(c.name, &format!("{} ", c.name))).collect()));
    };
    let shift = text.len() - args.len();
    match COMMANDS.iter().find(|c| c.name == name).map(|c| c.takes) {
        Some(Takes::File) => None,
        Some(Takes::Expression) => {
            let (start, pairs) = expression(args, names);
            Some((start + shift, pairs))
        }
        Some(Takes::Topic) => Some((shift, topics(args))),
        _ => Some((text.len(), Vec::new())),
    }
}

fn expression(text: &str, names: &Names) -> (usize, Vec<Pair>) {
    let in_comment = Tokens::new(text)
        .last()
        .is_some_and(|t| matches!(t.kind, TokenKind::Comment | TokenKind::OpenComment));
    if in_comment {
        return (text.len(), Vec::new());
    }
    let tokens = tokens(text);
    let Some(last) = tokens.last() else { return (text.len(), words("", names)) };
    let touches = last.end == text.len();
    let before = |at: usize| tokens.len().checked_sub(at).and_then(|i| tokens.get(i));
    let is = |token: Option<&Token>, word: &str| token.is_some_and(|t| t.text(text) == word);
    match last.kind {
        TokenKind::Word if touches => {
            let (start, prefix) = (last.start, last.text(text));
            if is(before(2), ".") {
                return (start, methods(text, &tokens, tokens.len() - 2, prefix, names));
            }
            match is(before(2), "new") {
                true => (start, constructors(prefix)),
                false => (start, words(prefix, names)),
            }
        }
        TokenKind::Operator if is(Some(last), ".") => {
            (text.len(), methods(text, &tokens, tokens.len() - 1, "", names))
        }
        TokenKind::Word if is(Some(last), "new") => (text.len(), constructors("")),
        // The name of a param: `params['…`.
        TokenKind::OpenString if is(before(2), "[") && is(before(3), "params") => {
            let quote = last.start + 1;
            let prefix = text.get(quote..).unwrap_or_default();
            let found = names.keys().filter(|n| n.starts_with(prefix) && *n != "_");
            (quote, found.map(|n| pair(n, n)).collect())
        }
        TokenKind::OpenString => (text.len(), Vec::new()),
        _ => (text.len(), words("", names)),
    }
}

/// Names, classes and keywords that begin so.
fn words(prefix: &str, names: &Names) -> Vec<Pair> {
    let names = names.iter().map(|(name, kind)| (name.as_str(), kind.name()));
    let classes = classes().iter().flat_map(|c| {
        std::iter::once(c.name).chain(c.aliases.iter().copied()).map(|name| (name, "class"))
    });
    let keywords = KEYWORDS.iter().map(|word| (*word, ""));
    let mut pairs: Vec<Pair> = names
        .chain(classes)
        .chain(keywords)
        .filter(|(word, _)| word.starts_with(prefix) && !word.contains('['))
        .map(|(word, what)| pair(format!("{word}  {what}").trim_end(), word))
        .collect();
    pairs.dedup_by(|a, b| a.replacement == b.replacement);
    pairs
}

/// Classes that have a constructor.
fn constructors(prefix: &str) -> Vec<Pair> {
    let is_constructor = |m: &Method| matches!(m.form, Form::Constructor);
    classes()
        .iter()
        .filter(|c| c.methods.iter().any(is_constructor) && c.name.starts_with(prefix))
        .map(|c| pair(c.name, &format!("{}(", c.name)))
        .collect()
}

fn methods(text: &str, tokens: &[Token], dot: usize, prefix: &str, names: &Names) -> Vec<Pair> {
    let mut pairs: Vec<Pair> = Vec::new();
    for (_, method) in members(text, tokens, dot, names) {
        if !method.name.starts_with(prefix) || pairs.iter().any(|p| starts(&p.replacement, method))
        {
            continue;
        }
        let insert = match method.form {
            Form::Constant | Form::Field => method.name.to_owned(),
            _ if method.params.is_empty() && method.rest.is_none() => format!("{}()", method.name),
            _ => format!("{}(", method.name),
        };
        pairs.push(pair(&method.signature(), &insert));
    }
    pairs.sort_by(|a, b| a.replacement.cmp(&b.replacement));
    pairs
}

/// Whether the replacement is one for another overload of the method.
fn starts(replacement: &str, method: &Method) -> bool {
    replacement.split('(').next() == Some(method.name)
}

/// Classes and methods for `:help`.
fn topics(prefix: &str) -> Vec<Pair> {
    let names = classes()
        .iter()
        .flat_map(|c| std::iter::once(c.name).chain(c.methods.iter().map(|m| m.name)));
    let mut names: Vec<&str> = names.filter(|n| n.starts_with(prefix)).collect();
    names.sort_unstable();
    names.dedup();
    names.into_iter().map(|n| pair(n, n)).collect()
}

fn pair(display: &str, replacement: &str) -> Pair {
    Pair { display: display.to_owned(), replacement: replacement.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sel::Kind;

    fn found(text: &str) -> (usize, Vec<String>) {
        let names: Names =
            [("name".to_owned(), Kind::String), ("_".to_owned(), Kind::Null)].into_iter().collect();
        let (start, pairs) = complete(text, &names).unwrap();
        (start, pairs.into_iter().map(|p| p.replacement).collect())
    }

    /// A stack of 2 MiB is enough, and the time is in proportion.
    #[test]
    #[allow(clippy::disallowed_methods, reason = "a test may repeat text")]
    fn deep_and_long_texts_are_completed() {
        let texts = [
            "(".repeat(400_000) + "na",
            "{".repeat(400_000),
            "name.f(".repeat(60_000) + "name.",
            "name[".repeat(80_000) + "name.",
            "name".to_owned() + &".trim()".repeat(60_000) + ".",
            "! ".repeat(200_000) + "name.",
            "name + ".repeat(60_000) + "name.to",
            "1;".repeat(200_000) + "new ",
            "name ? ".repeat(60_000) + "name.",
            "'".to_owned() + &"a".repeat(400_000),
        ];
        let run = move || texts.iter().for_each(|text| drop(found(text)));
        let thread = std::thread::Builder::new().stack_size(2 * 1024 * 1024).spawn(run);
        thread.unwrap().join().unwrap();
    }

    #[test]
    fn completes_what_may_stand_there() {
        assert_eq!(found("1 + na"), (4, vec!["name".to_owned()]));
        assert_eq!(found("name.toUp"), (5, vec!["toUpperCase()".to_owned()]));
        assert_eq!(found("name.subs"), (5, vec!["substring(".to_owned()]));
        assert_eq!(found("x = new UU").1, Vec::<String>::new());
        assert_eq!(found("params['na"), (8, vec!["name".to_owned()]));
        assert_eq!(found("'na").1, Vec::<String>::new());
        assert_eq!(found("// na").1, Vec::<String>::new());
        assert_eq!(found(":typ"), (0, vec![":type ".to_owned()]));
        assert_eq!(found(":type na"), (6, vec!["name".to_owned()]));
        assert_eq!(found(":help toUpper"), (6, vec!["toUpperCase".to_owned()]));
        assert!(complete(":load x", &Names::new()).is_none());
        assert!(found("name.").1.contains(&"length()".to_owned()));
        assert!(found("").1.contains(&"Math".to_owned()));
    }
}
