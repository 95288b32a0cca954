//! What stands before a dot, and in which call the cursor is.

use std::collections::BTreeMap;

use sel::stdlib::{Class, Form, Method, classes, find_class};
use sel::syntax::token::{Token, TokenKind, Tokens};
use sel::{CheckOptions, Kind, Ty};

/// The kinds of the names that a session knows.
pub(crate) type Names = BTreeMap<String, Kind>;

/// The tokens of a text, white space and comments left out.
pub(crate) fn tokens(text: &str) -> Vec<Token> {
    Tokens::new(text).filter(|t| !t.kind.is_trivia()).collect()
}

/// The methods and fields that may follow the dot at `dot`, with their classes.
pub(crate) fn members(
    text: &str,
    tokens: &[Token],
    dot: usize,
    names: &Names,
) -> Vec<(&'static Class, &'static Method)> {
    let Some(first) = receiver(text, tokens, dot) else { return Vec::new() };
    let word = tokens.get(first).map(|t| t.text(text)).unwrap_or_default();
    let is_single = first + 1 == dot;
    let class = find_class(word).filter(|_| is_single && !names.contains_key(word));
    if let Some(class) = class {
        let is_static = |m: &&Method| matches!(m.form, Form::Static | Form::Constant);
        return class.methods.iter().filter(is_static).map(|m| (class, m)).collect();
    }
    let kinds = kinds(text, tokens, first, dot, names);
    let is_instance = |m: &&'static Method| matches!(m.form, Form::Method | Form::Field);
    let all = classes().iter().filter(|c| c.kind.is_some_and(|kind| kinds.has(kind)));
    all.flat_map(|c| c.methods.iter().filter(is_instance).map(move |m| (*c, m))).collect()
}

/// The first token of the chain of names, calls and indexes that ends before `dot`.
fn receiver(text: &str, tokens: &[Token], dot: usize) -> Option<usize> {
    let mut at = dot.checked_sub(1)?;
    loop {
        let token = tokens.get(at)?;
        match (token.kind, token.text(text)) {
            (TokenKind::Operator, ")" | "]") => {
                let open = partner(text, tokens, at)?;
                let before = open.checked_sub(1).and_then(|i| tokens.get(i));
                match before {
                    // The call or index of a name, or of another chain.
                    Some(t) if t.kind == TokenKind::Word || t.text(text) == "]" => at = open - 1,
                    _ => return Some(open),
                }
                continue;
            }
            (TokenKind::Word | TokenKind::String | TokenKind::Number, _) => {}
            _ => return None,
        }
        let before = at.checked_sub(1).and_then(|i| tokens.get(i)).map(|t| t.text(text));
        match before {
            Some(".") if at >= 2 => at -= 2,
            Some("new") => return Some(at - 1),
            _ => return Some(at),
        }
    }
}

/// The bracket that the one at `close` closes.
fn partner(text: &str, tokens: &[Token], close: usize) -> Option<usize> {
    let mut depth = 0_usize;
    for at in (0..=close).rev() {
        match tokens.get(at)?.text(text) {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" => {
                depth = depth.checked_sub(1)?;
                if depth == 0 {
                    return Some(at);
                }
            }
            _ => {}
        }
    }
    None
}

/// The kinds that the receiver may have: what the checker says of it, after the statements before.
fn kinds(text: &str, tokens: &[Token], first: usize, dot: usize, names: &Names) -> Ty {
    let at = |i: usize| tokens.get(i).map_or(text.len(), |t| t.start);
    let is_end = |t: &&Token| matches!(t.text(text), ";" | "{" | "}");
    let end = tokens.iter().take(first).rfind(is_end);
    let complete = end.filter(|t| t.text(text) == ";").map_or(0, |t| t.end);
    let before = text.get(..complete).unwrap_or_default();
    let receiver = text.get(at(first)..at(dot)).unwrap_or_default();
    let mut options = CheckOptions::new().open();
    for (name, kind) in names {
        options = options.with_input(name, Ty::of(*kind));
    }
    match sel::check(&format!("{before} {receiver};"), &options).ty {
        ty if ty.is_never() => Ty::ANY,
        ty => ty,
    }
}

/// The signatures of the call that the end of the text is in, and which argument.
pub(crate) fn call(text: &str, names: &Names) -> Option<String> {
    let tokens = tokens(text);
    let mut depth = 0_usize;
    let mut argument = 0;
    for (at, token) in tokens.iter().enumerate().rev() {
        match token.text(text) {
            ")" | "]" | "}" => depth += 1,
            "(" | "[" | "{" if depth > 0 => depth -= 1,
            "(" => return describe(text, &tokens, at, argument, names),
            "[" | "{" | ";" => return None,
            "," if depth == 0 => argument += 1,
            _ => {}
        }
    }
    None
}

fn describe(
    text: &str,
    tokens: &[Token],
    paren: usize,
    argument: usize,
    names: &Names,
) -> Option<String> {
    let name_at = paren.checked_sub(1)?;
    let name = tokens.get(name_at).filter(|t| t.kind == TokenKind::Word)?.text(text);
    let before = name_at.checked_sub(1)?;
    let overloads: Vec<&Method> = match tokens.get(before)?.text(text) {
        "." => members(text, tokens, before, names)
            .into_iter()
            .map(|(_, m)| m)
            .filter(|m| m.name == name)
            .collect(),
        "new" => find_class(name)?
            .methods
            .iter()
            .filter(|m| matches!(m.form, Form::Constructor))
            .collect(),
        _ => return None,
    };
    let fits = overloads.iter().find(|m| m.params.len() > argument || m.rest.is_some());
    let method = fits.or_else(|| overloads.first())?;
    let signature = method.signature();
    let params = signature.get(method.name.len()..).unwrap_or_default();
    let more = match overloads.len() {
        0 | 1 => String::new(),
        n => format!("  (1 of {n})"),
    };
    Some(format!("{}{params} gives {}{more}", method.name, method.returns))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        [("s".to_owned(), Kind::String), ("n".to_owned(), Kind::Long)].into_iter().collect()
    }

    fn members_of(text: &str) -> Vec<&'static str> {
        let tokens = tokens(text);
        let dot = tokens.iter().rposition(|t| t.text(text) == ".").unwrap();
        members(text, &tokens, dot, &names()).iter().map(|(_, m)| m.name).collect()
    }

    #[test]
    fn members_follow_the_type_before_the_dot() {
        assert!(members_of("s.").contains(&"substring"));
        assert!(members_of("1 + 'x'.").contains(&"substring"));
        assert!(!members_of("n.").contains(&"substring"));
        assert!(members_of("Math.").contains(&"max"));
        assert!(!members_of("Math.").contains(&"substring"));
        assert!(members_of("unknown.").contains(&"substring"));
        assert!(members_of("f(x)[0].").contains(&"substring"));
        assert!(members_of("+.").is_empty());
    }

    #[test]
    fn the_call_at_the_cursor_is_described() {
        let call = |text: &str| call(text, &names()).unwrap_or_default();
        assert!(
            call("s.substring(").starts_with("substring(LONG begin"),
            "{}",
            call("s.substring(")
        );
        assert!(call("s.substring(1, ").contains("LONG end"));
        assert!(call("s.substring(s.length(), ").contains("LONG end"));
        assert_eq!(call("s.substring(1)"), "");
        assert_eq!(call("if ("), "");
        assert_eq!(call(""), "");
        assert_eq!(call("s.nope("), "");
    }
}
