//! Patterns that are literals in the source, parsed once when the program is compiled.

use crate::limits::{Limits, Meter};
use crate::stdlib::datetime::Pattern as DatePattern;
use crate::stdlib::format::Pattern as FormatPattern;
use crate::stdlib::regex::Regex;
use crate::value::text::Units;

/// A parsed pattern, shared by all evaluations of the program.
#[derive(Debug)]
pub(crate) enum Prepared {
    Regex(Regex),
    Format(FormatPattern),
    Date(DatePattern),
}

/// Parses the literal first argument of the method `name`, where that is a pattern. A bad pattern
/// gives `None`: it fails when the call is reached.
pub(crate) fn prepare(name: &str, literal: Units<'_>) -> Option<Prepared> {
    // Parsing is bounded by the pattern's length, which is bounded by the source's.
    let meter = Meter::new(&Limits::default(), None);
    match name {
        "split" | "replaceAll" | "replaceFirst" | "matches" => {
            Regex::compile(literal, &meter).ok().map(Prepared::Regex)
        }
        "format" => FormatPattern::parse(literal).ok().map(Prepared::Format),
        "toString" | "forPattern" => DatePattern::parse(literal).ok().map(Prepared::Date),
        _ => None,
    }
}
