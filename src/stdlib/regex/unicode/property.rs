//! From the name in `\p{…}` to the set of its code points.

use super::super::set::{LAST, Set};
use super::category::{self as cat, set};
use super::script_table::{NAMES, SCRIPT};
use super::{block_table, java, property_table as table};

/// The flags that change what a property means.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct PropertyFlags {
    /// `(?i)`: upper, lower and title case are one.
    pub(in super::super) ignore_case: bool,
    /// `(?U)`: the POSIX names mean more than ASCII.
    pub(in super::super) unicode: bool,
}

/// `\p{name}`, without a `=`.
pub(in super::super) fn by_name(name: &str, flags: PropertyFlags) -> Option<Set> {
    if let Some(rest) = name.strip_prefix("In") {
        return block(rest);
    }
    if let Some(rest) = name.strip_prefix("Is") {
        return binary(&rest.to_ascii_uppercase(), flags.ignore_case)
            .or_else(|| unicode_posix(rest, flags.ignore_case))
            .or_else(|| plain(rest, flags.ignore_case))
            .or_else(|| script(rest));
    }
    let posix = if flags.unicode { unicode_posix(name, flags.ignore_case) } else { None };
    posix.or_else(|| plain(name, flags.ignore_case))
}

/// `\p{key=value}`.
pub(in super::super) fn by_key(key: &str, value: &str, flags: PropertyFlags) -> Option<Set> {
    match key.to_ascii_lowercase().as_str() {
        "sc" | "script" => script(value),
        "blk" | "block" => block(value),
        "gc" | "general_category" => plain(value, flags.ignore_case),
        _ => None,
    }
}

/// What `\w` means under `(?U)`.
pub(in super::super) fn word() -> Set {
    let joiners = Set::of(vec![(0x200C, 0x200D)]);
    alphabetic().union(&set(cat::MN | cat::ME | cat::MC | cat::ND | cat::PC)).union(&joiners)
}

/// Whether a code point is in [`word`].
pub(in super::super) fn is_word(c: u32) -> bool {
    let listed = |ranges: &[(u32, u32)]| {
        let after = ranges.partition_point(|r| r.0 <= c);
        after.checked_sub(1).and_then(|i| ranges.get(i)).is_some_and(|r| r.1 >= c)
    };
    let categories = cat::LETTER | cat::NL | cat::MN | cat::ME | cat::MC | cat::ND | cat::PC;
    cat::is(c, categories) || matches!(c, 0x200C | 0x200D) || listed(table::OTHER_ALPHABETIC)
}

/// Upper, lower or title case; all three where case does not matter.
fn case(of: Set, ignore_case: bool) -> Set {
    if ignore_case { lowercase().union(&uppercase()).union(&set(cat::LT)) } else { of }
}

pub(super) fn lowercase() -> Set {
    set(cat::LL).union(&Set::of(table::OTHER_LOWERCASE.to_vec()))
}

pub(super) fn uppercase() -> Set {
    set(cat::LU).union(&Set::of(table::OTHER_UPPERCASE.to_vec()))
}

pub(super) fn alphabetic() -> Set {
    set(cat::LETTER | cat::NL).union(&Set::of(table::OTHER_ALPHABETIC.to_vec()))
}

fn white_space() -> Set {
    Set::of(table::WHITE_SPACE.to_vec())
}

fn graph() -> Set {
    white_space().union(&set(cat::CC | cat::CS | cat::CN)).negate()
}

fn blank() -> Set {
    set(1 << 12).union(&Set::single(0x09))
}

/// The names that are the same with and without `Is`.
fn plain(name: &str, ignore_case: bool) -> Option<Set> {
    if let Some(mask) = cat::mask(name) {
        let cased = cat::LU | cat::LL | cat::LT;
        return Some(set(if ignore_case && mask & !cased == 0 { cased } else { mask }));
    }
    if let Some(rest) = name.strip_prefix("java") {
        let case_name = matches!(rest, "LowerCase" | "UpperCase" | "TitleCase");
        return java::by_name(rest).map(|s| case(s, ignore_case && case_name));
    }
    let letters = vec![(0x41, 0x5A), (0x61, 0x7A)];
    let ranges = match name {
        "L1" => vec![(0, 0xFF)],
        "all" => vec![(0, LAST)],
        "ASCII" => vec![(0, 0x7F)],
        "Alnum" => vec![(0x30, 0x39), (0x41, 0x5A), (0x61, 0x7A)],
        "Alpha" => letters,
        "Lower" | "Upper" if ignore_case => letters,
        "Lower" => vec![(0x61, 0x7A)],
        "Upper" => vec![(0x41, 0x5A)],
        "Blank" => vec![(0x09, 0x09), (0x20, 0x20)],
        "Cntrl" => vec![(0, 0x1F), (0x7F, 0x7F)],
        "Digit" => vec![(0x30, 0x39)],
        "Graph" => vec![(0x21, 0x7E)],
        "Print" => vec![(0x20, 0x7E)],
        "Punct" => vec![(0x21, 0x2F), (0x3A, 0x40), (0x5B, 0x60), (0x7B, 0x7E)],
        "Space" => vec![(0x09, 0x0D), (0x20, 0x20)],
        "XDigit" => vec![(0x30, 0x39), (0x41, 0x46), (0x61, 0x66)],
        _ => return None,
    };
    Some(Set::of(ranges))
}

/// The POSIX names under `(?U)`.
fn unicode_posix(name: &str, ignore_case: bool) -> Option<Set> {
    match name.to_ascii_uppercase().as_str() {
        "ALPHA" => Some(alphabetic()),
        "LOWER" => Some(case(lowercase(), ignore_case)),
        "UPPER" => Some(case(uppercase(), ignore_case)),
        "SPACE" => Some(white_space()),
        "PUNCT" => Some(set(cat::PUNCTUATION)),
        "XDIGIT" => binary("HEX_DIGIT", false),
        "ALNUM" => Some(alphabetic().union(&set(cat::ND))),
        "CNTRL" => Some(set(cat::CC)),
        "DIGIT" => Some(set(cat::ND)),
        "BLANK" => Some(blank()),
        "GRAPH" => Some(graph()),
        "PRINT" => binary("PRINT", false),
        _ => None,
    }
}

/// The binary properties; `name` in capitals.
fn binary(name: &str, ignore_case: bool) -> Option<Set> {
    let of = |ranges: &[(u32, u32)]| Set::of(ranges.to_vec());
    Some(match name {
        "ALPHABETIC" => alphabetic(),
        "LETTER" => set(cat::LETTER),
        "IDEOGRAPHIC" => of(table::IDEOGRAPHIC),
        "LOWERCASE" => case(lowercase(), ignore_case),
        "UPPERCASE" => case(uppercase(), ignore_case),
        "TITLECASE" => case(set(cat::LT), ignore_case),
        "WHITE_SPACE" | "WHITESPACE" => white_space(),
        "CONTROL" => set(cat::CC),
        "PUNCTUATION" => set(cat::PUNCTUATION),
        "HEX_DIGIT" | "HEXDIGIT" => {
            let letters =
                [(0x41, 0x46), (0x61, 0x66), (0xFF10, 0xFF19), (0xFF21, 0xFF26), (0xFF41, 0xFF46)];
            set(cat::ND).union(&of(&letters))
        }
        "ASSIGNED" => set(cat::CN).negate(),
        "NONCHARACTER_CODE_POINT" | "NONCHARACTERCODEPOINT" => of(table::NONCHARACTER),
        "DIGIT" => set(cat::ND),
        "ALNUM" => alphabetic().union(&set(cat::ND)),
        "BLANK" => blank(),
        "GRAPH" => graph(),
        "PRINT" => graph().union(&blank()).intersect(&set(cat::CC).negate()),
        "WORD" => word(),
        "JOIN_CONTROL" | "JOINCONTROL" => of(&[(0x200C, 0x200D)]),
        "EMOJI" => of(table::EMOJI),
        "EMOJI_PRESENTATION" => of(table::EMOJI_PRESENTATION),
        "EMOJI_MODIFIER" => of(table::EMOJI_MODIFIER),
        "EMOJI_MODIFIER_BASE" => of(table::EMOJI_MODIFIER_BASE),
        "EMOJI_COMPONENT" => of(table::EMOJI_COMPONENT),
        "EXTENDED_PICTOGRAPHIC" => of(table::EXTENDED_PICTOGRAPHIC),
        _ => return None,
    })
}

/// A script by its full or its short name, in any case.
fn script(name: &str) -> Option<Set> {
    let name = name.to_ascii_uppercase();
    let wanted = NAMES.iter().position(|(full, short)| *full == name || *short == name)? as u32;
    let ends = SCRIPT.iter().skip(1).map(|e| (e >> 8) - 1).chain([LAST]);
    let runs = SCRIPT.iter().zip(ends).filter(|(e, _)| **e & 0xFF == wanted);
    Some(Set::of(runs.map(|(e, end)| (e >> 8, end)).collect()))
}

/// A block by its name, in any case, with or without its spaces.
fn block(name: &str) -> Option<Set> {
    let mut name = name.to_ascii_uppercase();
    name.retain(|c| !matches!(c, ' ' | '_' | '-'));
    let name = match name.as_str() {
        "GREEK" => "GREEKANDCOPTIC",
        "COMBININGMARKSFORSYMBOLS" => "COMBININGDIACRITICALMARKSFORSYMBOLS",
        "CYRILLICSUPPLEMENTARY" => "CYRILLICSUPPLEMENT",
        other => other,
    };
    let found = block_table::BLOCK.iter().find(|(_, _, n)| *n == name)?;
    Some(Set::of(vec![(found.0, found.1)]))
}
