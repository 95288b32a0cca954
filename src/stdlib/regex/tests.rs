//! The engine against answers of `java.util.regex`.
//!
//! Each row of `tests/data/regex.tsv` is: operation, pattern, input, argument, answer. `%XXXX` is a
//! UTF-16 unit. The answer is `!pattern` or `!run` for an error; for `find` and `matches` the
//! ranges of the groups of each match; for `split` the count and the pieces; else the text.

#![allow(clippy::disallowed_methods, reason = "the inputs of tests are not metered")]

use std::fmt::Write as _;

use super::error::{PatternError, Stop};
use super::{Regex, matches, replace_all, replace_first, split};
use crate::fault::{Fault, FaultKind};
use crate::limits::{LimitKind, Limits, Meter};
use crate::value::text::{Text, TextBuilder, Units};
use crate::value::val::Val;

fn decode<'a>(field: &str, meter: &'a Meter) -> Text<'a> {
    let mut out = TextBuilder::new(meter);
    let mut rest = field;
    while let Some(c) = rest.chars().next() {
        if c == '%' {
            out.push_unit(u16::from_str_radix(&rest[1..5], 16).unwrap()).unwrap();
            rest = &rest[5..];
        } else {
            out.push_str(c.encode_utf8(&mut [0; 4])).unwrap();
            rest = &rest[c.len_utf8()..];
        }
    }
    out.finish()
}

fn encode(units: Units<'_>) -> String {
    let mut out = String::new();
    for unit in units.iter() {
        match u8::try_from(unit) {
            Ok(b) if (0x20..0x7F).contains(&b) && b != b'%' => out.push(char::from(b)),
            _ => write!(out, "%{unit:04X}").unwrap(),
        }
    }
    out
}

fn groups(regex: &Regex, matcher: &super::Matcher<'_, '_, '_>) -> String {
    let range = |g| matcher.group(g).map_or("-".to_owned(), |(s, e)| format!("{s}-{e}"));
    (0..=regex.group_count()).map(range).collect::<Vec<_>>().join(",")
}

fn answer(op: &str, pattern: &str, input: &str, arg: &str, meter: &Meter) -> Result<String, Fault> {
    let regex = match Regex::compile(decode(pattern, meter).units(), meter) {
        Ok(regex) => regex,
        Err(fault) if matches!(fault.kind(), FaultKind::Error { .. }) => {
            return Ok("!pattern".into());
        }
        Err(fault) => return Err(fault),
    };
    let input = decode(input, meter);
    let replaced = |result: Result<Text<'_>, Fault>| match result {
        Ok(text) => Ok(format!("={}", encode(text.units()))),
        Err(fault) if matches!(fault.kind(), FaultKind::Error { .. }) => Ok("!run".into()),
        Err(fault) => Err(fault),
    };
    match op {
        "find" => {
            let mut matcher = regex.matcher(input.units(), meter)?;
            let mut all = Vec::new();
            while matcher.find()? {
                if all.len() == 40 {
                    all.push(String::new());
                    break;
                }
                all.push(groups(&regex, &matcher));
            }
            Ok(format!("={}", all.join(";")))
        }
        "matches" => {
            let mut matcher = regex.matcher(input.units(), meter)?;
            let whole = matcher.matches()?;
            assert_eq!(whole, matches(input.units(), &regex, meter)?);
            Ok(if whole { format!("={}", groups(&regex, &matcher)) } else { "no".into() })
        }
        "split" => {
            let array = split(&input, &regex, arg.parse().unwrap(), meter)?;
            let mut out = format!("={}", array.len());
            for i in 0..array.len() {
                let Some(Val::Str(piece)) = array.get(i) else { panic!("{op} {pattern}") };
                write!(out, "|{}", encode(piece.units())).unwrap();
            }
            Ok(out)
        }
        "all" => replaced(replace_all(&input, &regex, decode(arg, meter).units(), meter)),
        "first" => replaced(replace_first(&input, &regex, decode(arg, meter).units(), meter)),
        _ => panic!("unknown operation {op}"),
    }
}

/// The rows whose answers differ from ours.
fn differences(rows: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for row in rows.lines() {
        let fields: Vec<&str> = row.split('\t').collect();
        let [op, pattern, input, arg, expected] = fields[..] else { panic!("bad row {row}") };
        if expected.starts_with("!stack") {
            continue;
        }
        let meter = Meter::unlimited();
        let ours = answer(op, pattern, input, arg, &meter).unwrap_or_else(|f| format!("{f:?}"));
        let same = match expected.split_once(' ') {
            Some((error, _)) if error.starts_with('!') => ours == error,
            _ => ours == expected,
        };
        if !same {
            wrong.push(format!("{row}\n    ours: {ours}"));
        }
    }
    wrong
}

/// Compiles a pattern outside of any evaluation.
fn compile(pattern: &str) -> Result<Regex, PatternError> {
    let units: Vec<u16> = pattern.encode_utf16().collect();
    Regex::build(Units::Wide(&units), None).map_err(|stop| match stop {
        Stop::Pattern(error) => error,
        Stop::Fault(fault) => panic!("{fault:?}"),
    })
}

#[test]
fn answers_are_those_of_java() {
    let rows = include_str!("../../../tests/data/regex.tsv");
    let wrong = differences(rows);
    assert!(wrong.is_empty(), "{} rows differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn mistakes_are_named_with_their_place() {
    for (pattern, index, message) in [
        ("a|*b", 2, "`*` has nothing to repeat"),
        ("x(?i)+", 5, "`+` has nothing to repeat"),
        ("ab(c", 2, "the group is not closed: a `)` is missing"),
        ("ab)c", 2, "a `)` has no `(` before it"),
        ("x[a-z", 1, "the class is not closed: a `]` is missing"),
        ("[z-a]", 1, "the range ends before it starts"),
        ("[a-\\d]", 1, "a range cannot end with a class"),
        ("[a\\b]", 2, "unknown escape `\\b` in a class"),
        ("[&&]", 1, "`&&` needs something to intersect"),
        ("a{3,2}", 1, "the most repetitions are fewer than the least"),
        ("a{2147483648}", 1, "too many repetitions"),
        ("a{,3}", 1, "`{` needs a number of repetitions, as in `{2,3}`"),
        ("a{1", 1, "a `}` is missing after the number of repetitions"),
        ("é\\y", 1, "unknown escape `\\y`"),
        ("ab\\", 2, "a backslash at the end escapes nothing"),
        ("\\x4", 0, "`\\x` needs two hexadecimal digits"),
        ("\\x{110000}", 0, "there is no character of that number"),
        ("\\u12", 0, "`\\u` needs four hexadecimal digits"),
        ("\\08", 0, "`\\0` needs one to three octal digits"),
        ("\\p{Foo}", 0, "unknown character property `Foo`"),
        ("\\p{L", 0, "a `}` is missing after the property's name"),
        ("(?q)", 2, "unknown flag or kind of group `q`"),
        ("(?<1>a)", 3, "a group's name starts with a letter from a to z"),
        ("(?<n", 4, "a `>` is missing after the group's name"),
        ("(?<n>a)(?<n>b)", 7, "there are two groups named `n`"),
        ("\\k<n>(?<n>a)", 0, "there is no group named `n` before this"),
        ("(?<=(?:ab)*)c", 0, "the look-behind has no obvious maximum length"),
        ("\\X", 0, "`\\X` is not supported"),
        ("\\b{g}", 0, "`\\b{g}` is not supported"),
    ] {
        let error = compile(pattern).unwrap_err();
        assert_eq!((error.index, error.message.as_str()), (index, message), "{pattern}");
    }
    let meter = Meter::unlimited();
    let fault = Regex::compile(Units::Ascii(b"a(b"), &meter).unwrap_err();
    let message =
        "bad regular expression `a(b`: the group is not closed: a `)` is missing at position 1";
    assert_eq!(fault, Fault::error(message));
}

#[test]
fn oversized_patterns_are_refused() {
    let refused = |pattern: String| compile(&pattern).unwrap_err().message;
    assert_eq!(refused("a".repeat(10_001)), "longer than 10000 characters");
    assert_eq!(refused("()".repeat(201)), "more than 200 groups");
    assert_eq!(refused("(?:".repeat(3_000)), "nested more than 100 deep");
    assert_eq!(refused("[a".repeat(4_000)), "nested more than 100 deep");
    assert_eq!(refused("[a&&".repeat(2_000)), "nested more than 100 deep");
    assert_eq!(
        refused(format!("[{}]", "\\pL".repeat(3_000))),
        "the character classes are too large"
    );
    for pattern in [
        "a|".repeat(5_000),
        format!("{}a{}", "(?:".repeat(100), ")".repeat(100)),
        format!("{}a{}", "((?=".repeat(50), "))*".repeat(50)),
        "((a{1,100}){1,100}){1,2147483647}".to_owned(),
        format!("[{}]", "ab-yz".repeat(1_500)),
    ] {
        assert!(compile(&pattern).is_ok(), "{pattern}");
    }
}

#[test]
fn what_java_prunes_is_cheap_here_too() {
    for (pattern, input) in [
        ("(a|a)*b", "a".repeat(3_000)),
        ("(a|aa)+$", "a".repeat(3_000) + "b"),
        ("^(([a-z])+.)+[A-Z]([a-z])+$", "a".repeat(1_000)),
        ("(a+)+$", "a".repeat(200) + "b"),
        ("(.*)*x", "a".repeat(200)),
        ("(x+x+)+y", "x".repeat(50)),
        ("(?=(a+))*b", "a".repeat(500)),
        ("(\\w+\\s?)*!", "word ".repeat(200)),
        ("(?:){2147483647}", "ab".to_owned()),
    ] {
        let meter = Meter::new(&Limits { steps: 1_000_000, ..Limits::default() }, None);
        assert!(answer("find", pattern, &input, "", &meter).is_ok(), "{pattern}");
    }
}

#[test]
fn runaway_matching_stops_at_the_limits() {
    let steps = Limits { steps: 50_000, ..Limits::default() };
    for (pattern, input) in [
        ("^(a+)+\\1b", "a".repeat(40)),
        ("a++b", "a".repeat(10_000)),
        ("((a{1,100}){1,100}){1,100}b", "a".repeat(1_000)),
        (".*.*.*.*x", "a".repeat(1_000)),
        ("(?<=(?=.*x)b*)b", "b".repeat(10_000)),
    ] {
        let meter = Meter::new(&steps, None);
        let stopped = answer("find", pattern, &input, "", &meter).unwrap_err();
        assert_eq!(stopped, Fault::limit(LimitKind::Steps), "{pattern}");
    }
    let memory = Meter::new(&Limits { memory: 100_000, ..Limits::default() }, None);
    let stopped = answer("matches", "(?:a|b)*", &"ab".repeat(20_000), "", &memory);
    assert_eq!(stopped.unwrap_err(), Fault::limit(LimitKind::Memory));
    // What the search took is given back: a hundred of them fit where one does.
    let input = "ab".repeat(400);
    for _ in 0..100 {
        assert!(answer("matches", "(?:a|b)*", &input, "", &memory).is_ok());
    }
    let bomb = answer("all", "", &"a".repeat(1_000), &"$0b".repeat(1_000), &memory);
    assert_eq!(bomb.unwrap_err(), Fault::limit(LimitKind::Memory));
}

#[test]
fn pieces_count_against_the_array_limit() {
    let meter = Meter::new(&Limits { array_length: 10, ..Limits::default() }, None);
    assert!(answer("split", ",", "a,b,c,d,e,f,g,h,i", "0", &meter).is_ok());
    let stopped = answer("split", ",", "a,b,c,d,e,f,g,h,i,j", "0", &meter);
    assert_eq!(stopped.unwrap_err(), Fault::limit(LimitKind::Array));
    // Only what remains counts.
    assert_eq!(answer("split", ",", &",".repeat(50), "0", &meter).unwrap(), "=0");
}

#[test]
fn a_pattern_can_be_shared() {
    fn shared<T: Send + Sync + 'static>() {}
    shared::<Regex>();
}
