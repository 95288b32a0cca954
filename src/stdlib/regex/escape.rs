//! Escapes: `\t`, `\x41`, `\d`, `\p{L}` and the rest, inside and outside of a class.

use super::ast::{Assert, Node};
use super::cursor::Token;
use super::error::Stop;
use super::fold;
use super::parse::Parser;
use super::set::{LAST, Set};
use super::unicode;

/// What an escape stands for.
pub(super) enum Escape {
    /// One code point.
    Char(u32),
    /// A predefined class or a property.
    Set(Set),
    /// What only makes sense outside of a class.
    Node(Node),
}

impl Parser<'_, '_> {
    /// Reads an escape; the backslash has been taken.
    pub(super) fn escape(&mut self, start: usize, in_class: bool) -> Result<Escape, Stop> {
        let Some(token) = self.cursor.next() else {
            return Err(Stop::at(start, "a backslash at the end escapes nothing"));
        };
        let Some(letter) = char::from_u32(token.c).filter(|_| !token.quoted) else {
            return Ok(Escape::Char(token.c));
        };
        if let Some(set) = self.predefined(letter) {
            return Ok(Escape::Set(set));
        }
        let c = match letter {
            't' => 0x09,
            'n' => 0x0A,
            'r' => 0x0D,
            'f' => 0x0C,
            'a' => 0x07,
            'e' => 0x1B,
            'c' => match self.cursor.next() {
                Some(control) => control.c ^ 0x40,
                None => return Err(Stop::at(start, "`\\c` needs a character after it")),
            },
            '0' => self.octal(start)?,
            'x' => self.hexadecimal(start)?,
            'u' => self.utf16(start)?,
            'p' | 'P' => return Ok(Escape::Set(self.property(start, letter == 'P')?)),
            _ if !letter.is_ascii_alphanumeric() => token.c,
            _ if in_class => return Err(unknown(start, letter, " in a class")),
            _ => return self.condition(start, token, letter).map(Escape::Node),
        };
        Ok(Escape::Char(c))
    }

    /// The escapes that only make sense outside of a class.
    fn condition(&mut self, start: usize, token: Token, letter: char) -> Result<Node, Stop> {
        let unix = self.flags.unix_lines;
        let unicode = self.flags.unicode_class;
        Ok(match letter {
            'A' => Node::Assert(Assert::Start),
            'G' => Node::Assert(Assert::LastMatch),
            'Z' => Node::Assert(Assert::LastLineEnd { unix }),
            'z' => Node::Assert(Assert::End),
            'b' if self.cursor.peek().is_some_and(|t| t.is('{'))
                && self.cursor.peek_second().is_some_and(|t| t.is('g')) =>
            {
                return Err(Stop::at(start, "`\\b{g}` is not supported"));
            }
            'b' => Node::Assert(Assert::WordBoundary { negative: false, unicode }),
            'B' => Node::Assert(Assert::WordBoundary { negative: true, unicode }),
            'R' => Node::LineBreak,
            'X' | 'N' => {
                return Err(Stop::at(start, format!("`\\{letter}` is not supported")));
            }
            '1'..='9' => self.numbered(token.c - 0x30),
            'k' => self.named(start)?,
            _ => return Err(unknown(start, letter, "")),
        })
    }

    /// `\1`: takes as many digits as name a group that has been opened.
    fn numbered(&mut self, first: u32) -> Node {
        let mut number = first;
        while let Some(digit) =
            self.cursor.peek().filter(|t| !t.quoted && matches!(t.c, 0x30..=0x39))
        {
            let longer = number * 10 + (digit.c - 0x30);
            if longer > u32::from(self.groups) {
                break;
            }
            number = longer;
            self.cursor.next();
        }
        Node::BackRef { group: u16::try_from(number).unwrap_or(u16::MAX), fold: self.flags.fold() }
    }

    /// `\k<name>`.
    fn named(&mut self, start: usize) -> Result<Node, Stop> {
        if !self.cursor.eat('<') {
            return Err(Stop::at(start, "`\\k` needs a group's name in `<>`"));
        }
        let name = self.group_name()?;
        match self.names.iter().find(|(n, _)| *n == name) {
            Some((_, group)) => Ok(Node::BackRef { group: *group, fold: self.flags.fold() }),
            None => Err(Stop::at(start, format!("there is no group named `{name}` before this"))),
        }
    }

    /// `\0n`, `\0nn`, `\0mnn`.
    fn octal(&mut self, start: usize) -> Result<u32, Stop> {
        let mut value = 0;
        let mut digits = 0;
        while let Some(t) = self.cursor.peek().filter(|t| !t.quoted && matches!(t.c, 0x30..=0x37)) {
            if digits == 3 || digits == 2 && value > 0o37 {
                break;
            }
            value = value * 8 + (t.c - 0x30);
            digits += 1;
            self.cursor.next();
        }
        if digits == 0 {
            return Err(Stop::at(start, "`\\0` needs one to three octal digits"));
        }
        Ok(value)
    }

    /// `\xhh`, `\x{h…h}`.
    fn hexadecimal(&mut self, start: usize) -> Result<u32, Stop> {
        if !self.cursor.eat('{') {
            return self
                .digits(2)
                .ok_or_else(|| Stop::at(start, "`\\x` needs two hexadecimal digits"));
        }
        let text = self.cursor.take_while(|c| c.is_ascii_hexdigit());
        if text.is_empty() || !self.cursor.eat('}') {
            return Err(Stop::at(start, "`\\x{` needs hexadecimal digits and a `}`"));
        }
        let value = text
            .chars()
            .try_fold(0_u32, |v, d| Some(v * 16 + d.to_digit(16)?).filter(|v| *v <= LAST));
        value.ok_or_else(|| Stop::at(start, "there is no character of that number"))
    }

    /// `\uhhhh`; two of them that make a pair are one code point.
    fn utf16(&mut self, start: usize) -> Result<u32, Stop> {
        let wrong = || Stop::at(start, "`\\u` needs four hexadecimal digits");
        let high = self.digits(4).ok_or_else(wrong)?;
        let escaped = |p: &Self| {
            p.cursor.peek().is_some_and(|t| t.is('\\'))
                && p.cursor.peek_second().is_some_and(|t| t.is('u'))
        };
        if (0xD800..0xDC00).contains(&high) && escaped(self) {
            let back = self.cursor.mark();
            self.cursor.next();
            self.cursor.next();
            let low = self.digits(4).ok_or_else(wrong)?;
            if (0xDC00..0xE000).contains(&low) {
                return Ok(0x1_0000 + ((high - 0xD800) << 10) + (low - 0xDC00));
            }
            self.cursor.reset(back);
        }
        Ok(high)
    }

    /// Exactly `count` hexadecimal digits.
    fn digits(&mut self, count: u32) -> Option<u32> {
        let mut value = 0;
        for _ in 0..count {
            let token = self.cursor.next().filter(|t| !t.quoted)?;
            value = value * 16 + char::from_u32(token.c)?.to_digit(16)?;
        }
        Some(value)
    }

    /// `\d \D \s \S \w \W \h \H \v \V`.
    fn predefined(&self, letter: char) -> Option<Set> {
        let unicode = self.flags.unicode_class;
        let named = |name| unicode::by_name(name, self.flags.property());
        let set = match letter.to_ascii_lowercase() {
            'd' if unicode => named("IsDigit")?,
            'd' => Set::of(vec![(0x30, 0x39)]),
            's' if unicode => named("IsWhite_Space")?,
            's' => Set::of(vec![(0x09, 0x0D), (0x20, 0x20)]),
            'w' if unicode => unicode::word(),
            'w' => Set::of(vec![(0x30, 0x39), (0x41, 0x5A), (0x5F, 0x5F), (0x61, 0x7A)]),
            'h' => Set::of(vec![
                (0x09, 0x09),
                (0x20, 0x20),
                (0xA0, 0xA0),
                (0x1680, 0x1680),
                (0x180E, 0x180E),
                (0x2000, 0x200A),
                (0x202F, 0x202F),
                (0x205F, 0x205F),
                (0x3000, 0x3000),
            ]),
            'v' => Set::of(vec![(0x0A, 0x0D), (0x85, 0x85), (0x2028, 0x2029)]),
            _ => return None,
        };
        Some(if letter.is_ascii_uppercase() { set.negate() } else { set })
    }

    /// `\p{name}`, `\pL`, and `\P`.
    fn property(&mut self, start: usize, negative: bool) -> Result<Set, Stop> {
        self.work.step(128)?;
        let name = if self.cursor.eat('{') {
            let name = self.cursor.take_while(|c| c != '}');
            if !self.cursor.eat('}') {
                return Err(Stop::at(start, "a `}` is missing after the property's name"));
            }
            name
        } else {
            let letter = self.cursor.next().filter(|t| !t.quoted).and_then(|t| char::from_u32(t.c));
            letter.map(String::from).unwrap_or_default()
        };
        let flags = self.flags.property();
        let found = match name.split_once('=') {
            Some((key, value)) => unicode::by_key(key, value, flags),
            None => unicode::by_name(&name, flags),
        };
        let Some(set) = found else {
            let shown: String = name.chars().take(60).collect();
            return Err(Stop::at(start, format!("unknown character property `{shown}`")));
        };
        let set = if negative { set.negate() } else { set };
        self.work.set(&set, start)?;
        Ok(set)
    }

    /// The code points that a range of the pattern means under the flags.
    pub(super) fn folded(&mut self, low: u32, high: u32, index: usize) -> Result<Set, Stop> {
        let how = self.flags.fold();
        if how == super::ast::Fold::Unicode {
            self.work.step(fold::CLOSE_STEPS)?;
        }
        let set = fold::close(low, high, how);
        self.work.set(&set, index)?;
        Ok(set)
    }
}

#[cold]
fn unknown(start: usize, letter: char, place: &str) -> Stop {
    Stop::at(start, format!("unknown escape `\\{letter}`{place}"))
}
