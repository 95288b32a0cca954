//! One `%…` of a pattern, and Java's rules about which parts go together.

use crate::fault::Fault;

/// A set of flags.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Flags(u8);

impl Flags {
    pub(super) const LEFT: Flags = Flags(1);
    pub(super) const ALTERNATE: Flags = Flags(2);
    pub(super) const PLUS: Flags = Flags(4);
    pub(super) const SPACE: Flags = Flags(8);
    pub(super) const ZERO: Flags = Flags(16);
    pub(super) const GROUP: Flags = Flags(32);
    pub(super) const PARENTHESES: Flags = Flags(64);
    pub(super) const PREVIOUS: Flags = Flags(128);

    const LETTERS: [(Flags, char); 8] = [
        (Flags::LEFT, '-'),
        (Flags::ALTERNATE, '#'),
        (Flags::PLUS, '+'),
        (Flags::SPACE, ' '),
        (Flags::ZERO, '0'),
        (Flags::GROUP, ','),
        (Flags::PARENTHESES, '('),
        (Flags::PREVIOUS, '<'),
    ];

    /// The flag that this character is.
    pub(super) fn of(unit: u16) -> Option<Flags> {
        let found = Flags::LETTERS.iter().find(|(_, letter)| u32::from(unit) == *letter as u32);
        found.map(|(flag, _)| *flag)
    }
    pub(super) const fn or(self, other: Flags) -> Flags {
        Flags(self.0 | other.0)
    }
    /// Whether any of these flags is in the set.
    pub(super) const fn any(self, other: Flags) -> bool {
        self.0 & other.0 != 0
    }
    const fn and(self, other: Flags) -> Flags {
        Flags(self.0 & other.0)
    }
    const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// The characters of the set.
    fn letters(self) -> String {
        Flags::LETTERS.iter().filter(|(flag, _)| self.any(*flag)).map(|(_, c)| *c).collect()
    }
}

/// Which argument is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Which {
    /// None: `%%`, `%n`.
    None,
    /// The next one: `%s`.
    Next,
    /// The one before again: `%<s`.
    Last,
    /// Counted from 1: `%2$s`.
    Number(u32),
}

/// What an argument is shown as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Conversion {
    /// `%b`.
    Bool,
    /// `%h`.
    Hash,
    /// `%s`.
    Text,
    /// `%c`.
    Char,
    /// `%d`.
    Decimal,
    /// `%o`.
    Octal,
    /// `%x`.
    Hex,
    /// `%e`.
    Scientific,
    /// `%f`.
    Fixed,
    /// `%g`.
    General,
    /// `%a`.
    HexFloat,
    /// `%%`.
    Percent,
    /// `%n`.
    Line,
    /// `%tY` and its like, with the letter after the `t`.
    Date(u8),
}

impl Conversion {
    /// The conversion of a letter, and whether it asks for upper case.
    pub(super) fn of(unit: u16) -> Option<(Conversion, bool)> {
        let byte = u8::try_from(unit).ok()?;
        let conversion = match byte {
            b'b' | b'B' => Conversion::Bool,
            b'h' | b'H' => Conversion::Hash,
            b's' | b'S' => Conversion::Text,
            b'c' | b'C' => Conversion::Char,
            b'd' => Conversion::Decimal,
            b'o' => Conversion::Octal,
            b'x' | b'X' => Conversion::Hex,
            b'e' | b'E' => Conversion::Scientific,
            b'f' => Conversion::Fixed,
            b'g' | b'G' => Conversion::General,
            b'a' | b'A' => Conversion::HexFloat,
            b'%' => Conversion::Percent,
            b'n' => Conversion::Line,
            _ => return None,
        };
        Some((conversion, byte.is_ascii_uppercase()))
    }

    fn letter(self) -> char {
        match self {
            Conversion::Bool => 'b',
            Conversion::Hash => 'h',
            Conversion::Text => 's',
            Conversion::Char => 'c',
            Conversion::Decimal => 'd',
            Conversion::Octal => 'o',
            Conversion::Hex => 'x',
            Conversion::Scientific => 'e',
            Conversion::Fixed => 'f',
            Conversion::General => 'g',
            Conversion::HexFloat => 'a',
            Conversion::Percent => '%',
            Conversion::Line => 'n',
            Conversion::Date(_) => 't',
        }
    }
}

/// One `%…` of a pattern.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spec {
    pub(super) which: Which,
    pub(super) flags: Flags,
    pub(super) width: Option<u32>,
    pub(super) precision: Option<u32>,
    pub(super) conversion: Conversion,
    pub(super) upper: bool,
}

impl Spec {
    /// A conversion and nothing else.
    pub(super) fn plain(conversion: Conversion, upper: bool) -> Spec {
        let which = match conversion {
            Conversion::Percent | Conversion::Line => Which::None,
            _ => Which::Next,
        };
        Spec { which, flags: Flags::default(), width: None, precision: None, conversion, upper }
    }

    /// The conversion's letters, for messages: `d`, `X`, `tY`.
    pub(super) fn letter(&self) -> String {
        let mut letter = self.conversion.letter().to_string();
        if self.upper {
            letter.make_ascii_uppercase();
        }
        if let Conversion::Date(suffix) = self.conversion {
            letter.push(char::from(suffix));
        }
        letter
    }

    pub(super) fn has(&self, flag: Flags) -> bool {
        self.flags.any(flag)
    }

    /// The width, or 0.
    pub(super) fn columns(&self) -> usize {
        self.width.map_or(0, |w| w as usize)
    }

    /// Refuses what `java.util.Formatter` refuses before it looks at the arguments.
    pub(super) fn check(&self) -> Result<(), Fault> {
        const SIGNS: Flags = Flags::PLUS.or(Flags::SPACE).or(Flags::PARENTHESES);
        const NUMERIC: Flags = SIGNS.or(Flags::ZERO).or(Flags::GROUP);
        match self.conversion {
            Conversion::Bool | Conversion::Hash | Conversion::Text => {
                // A `#` asks for `Formattable`, which no value of ours is.
                self.refuse(NUMERIC.or(Flags::ALTERNATE))?;
            }
            Conversion::Char | Conversion::Date(_) => {
                self.no_precision()?;
                self.refuse(NUMERIC.or(Flags::ALTERNATE))?;
            }
            Conversion::Decimal => {
                self.no_precision()?;
                self.refuse(Flags::ALTERNATE)?;
            }
            Conversion::Octal | Conversion::Hex => {
                self.no_precision()?;
                self.refuse(Flags::GROUP)?;
            }
            Conversion::Scientific => self.refuse(Flags::GROUP)?,
            Conversion::Fixed => {}
            Conversion::General => self.refuse(Flags::ALTERNATE)?,
            Conversion::HexFloat => self.refuse(Flags::PARENTHESES.or(Flags::GROUP))?,
            Conversion::Percent => {
                self.no_precision()?;
                self.refuse(NUMERIC.or(Flags::ALTERNATE).or(Flags::PREVIOUS))?;
            }
            Conversion::Line => {
                self.no_precision()?;
                if self.width.is_some() {
                    return Err(Fault::error("`%n` takes no width"));
                }
                self.refuse(NUMERIC.or(Flags::ALTERNATE).or(Flags::PREVIOUS).or(Flags::LEFT))?;
            }
        }
        for (pair, why) in [
            (Flags::PLUS.or(Flags::SPACE), "`+` and a space"),
            (Flags::LEFT.or(Flags::ZERO), "`-` and `0`"),
        ] {
            if self.flags.and(pair) == pair {
                let letter = self.letter();
                return Err(Fault::error(format!("`%{letter}` cannot have both flags {why}")));
            }
        }
        let needing = self.flags.and(Flags::LEFT.or(Flags::ZERO));
        if self.width.is_none() && !needing.is_empty() {
            return Err(Fault::with_help(
                format!("the flag `{}` of `%{}` needs a width", needing.letters(), self.letter()),
                format!("write the width after it: `%{}8{}`", needing.letters(), self.letter()),
            ));
        }
        Ok(())
    }

    /// Refuses flags that the conversion does not take.
    pub(super) fn refuse(&self, flags: Flags) -> Result<(), Fault> {
        let wrong = self.flags.and(flags);
        if wrong.is_empty() {
            return Ok(());
        }
        Err(Fault::error(format!(
            "`%{}` does not take the flag `{}`",
            self.letter(),
            wrong.letters()
        )))
    }

    fn no_precision(&self) -> Result<(), Fault> {
        match self.precision {
            None => Ok(()),
            Some(_) => Err(Fault::error(format!("`%{}` takes no precision", self.letter()))),
        }
    }
}
