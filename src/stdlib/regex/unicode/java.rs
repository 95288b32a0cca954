//! The properties that are named after methods of `java.lang.Character`.

use super::super::set::Set;
use super::category::{self as cat, set};
use super::property_table as table;

/// The set of `\p{javaLowerCase}` and its like; `name` comes without `java`.
pub(super) fn by_name(name: &str) -> Option<Set> {
    Some(match name {
        "LowerCase" => super::property::lowercase(),
        "UpperCase" => super::property::uppercase(),
        "TitleCase" => set(cat::LT),
        "Alphabetic" => super::property::alphabetic(),
        "Ideographic" => Set::of(table::IDEOGRAPHIC.to_vec()),
        "Digit" => set(cat::ND),
        "Letter" => set(cat::LETTER),
        "LetterOrDigit" => set(cat::LETTER | cat::ND),
        "Defined" => set(cat::CN).negate(),
        "SpaceChar" => set(cat::SEPARATOR),
        "Whitespace" => {
            let no_break = Set::of(vec![(0xA0, 0xA0), (0x2007, 0x2007), (0x202F, 0x202F)]);
            let controls = Set::of(vec![(0x09, 0x0D), (0x1C, 0x1F)]);
            set(cat::SEPARATOR).intersect(&no_break.negate()).union(&controls)
        }
        "ISOControl" => Set::of(vec![(0, 0x1F), (0x7F, 0x9F)]),
        "Mirrored" => Set::of(table::MIRRORED.to_vec()),
        "IdentifierIgnorable" => ignorable(),
        "JavaIdentifierStart" => set(cat::LETTER | cat::NL | cat::SC | cat::PC),
        "JavaIdentifierPart" => {
            set(cat::LETTER | cat::NL | cat::SC | cat::PC | cat::ND | cat::MN | cat::MC)
                .union(&ignorable())
        }
        "UnicodeIdentifierStart" => identifier_start(),
        "UnicodeIdentifierPart" => identifier_start()
            .union(&set(cat::PC | cat::ND | cat::MN | cat::MC))
            .union(&Set::of(table::OTHER_ID_CONTINUE.to_vec()))
            .union(&ignorable()),
        _ => return None,
    })
}

/// `Character.isIdentifierIgnorable`.
fn ignorable() -> Set {
    set(cat::CF).union(&Set::of(vec![(0, 0x08), (0x0E, 0x1B), (0x7F, 0x9F)]))
}

fn identifier_start() -> Set {
    set(cat::LETTER | cat::NL).union(&Set::of(table::OTHER_ID_START.to_vec()))
}
