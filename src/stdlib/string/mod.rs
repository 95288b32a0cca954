//! `java.lang.String`: lengths, indexes and order are in UTF-16 units. The table of the class; its
//! routines are in one file for each idea.

mod compare;
mod join;
mod make;
mod part;
mod search;

use super::regex_call;
use super::table::{Class, Form, Method};
use crate::fault::Fault;
use crate::value::kind::{Kind, Ty};
use crate::value::text::Text;
use crate::value::val::Val;

pub(crate) use make::long_shown;

use Form::{Constructor, Method as Instance, Static};

const STRING_ARRAY: Ty = Ty::of(Kind::StringArray);

/// The class row.
pub(crate) static STRING: Class = Class {
    name: "String",
    aliases: &[],
    kind: Some(Kind::String),
    doc: "Text: a sequence of UTF-16 units.",
    methods: &[
        Method::new(
            Instance,
            "length",
            &[],
            Ty::LONG,
            "The number of UTF-16 units.",
            ("'a😀'.length();", "3"),
            part::length,
        ),
        Method::new(
            Instance,
            "isEmpty",
            &[],
            Ty::BOOLEAN,
            "Whether the length is 0.",
            ("''.isEmpty();", "true"),
            part::is_empty,
        ),
        Method::new(
            Instance,
            "toUpperCase",
            &[],
            Ty::STRING,
            "In upper case, by Unicode's full mapping.",
            ("'straße'.toUpperCase();", "STRASSE"),
            part::to_upper,
        ),
        Method::new(
            Instance,
            "toLowerCase",
            &[],
            Ty::STRING,
            "In lower case, by Unicode's full mapping.",
            ("'ABC'.toLowerCase();", "abc"),
            part::to_lower,
        ),
        Method::new(
            Instance,
            "trim",
            &[],
            Ty::STRING,
            "Without the characters up to U+0020 at both ends.",
            ("'  a b '.trim();", "a b"),
            part::trim,
        ),
        Method::new(
            Instance,
            "strip",
            &[],
            Ty::STRING,
            "Without Unicode white space at both ends.",
            ("'  a b '.strip();", "a b"),
            part::strip,
        ),
        Method::new(
            Instance,
            "substring",
            &[("begin", Ty::LONG)],
            Ty::STRING,
            "From the unit at `begin` to the end.",
            ("'hello'.substring(2);", "llo"),
            part::substring,
        ),
        Method::new(
            Instance,
            "substring",
            &[("begin", Ty::LONG), ("end", Ty::LONG)],
            Ty::STRING,
            "From the unit at `begin` up to but not including `end`.",
            ("'hello'.substring(1, 3);", "el"),
            part::substring,
        ),
        Method::new(
            Instance,
            "charAt",
            &[("index", Ty::LONG)],
            Ty::STRING,
            "The unit at `index`, as a STRING of length 1.",
            ("'hello'.charAt(1);", "e"),
            part::char_at,
        ),
        Method::new(
            Instance,
            "indexOf",
            &[("text", Ty::STRING)],
            Ty::LONG,
            "The index of the first occurrence, or -1.",
            ("'hello'.indexOf('l');", "2"),
            search::index_of,
        ),
        Method::new(
            Instance,
            "indexOf",
            &[("text", Ty::STRING), ("from", Ty::LONG)],
            Ty::LONG,
            "The index of the first occurrence at or after `from`, or -1.",
            ("'hello'.indexOf('l', 3);", "3"),
            search::index_of,
        ),
        Method::new(
            Instance,
            "lastIndexOf",
            &[("text", Ty::STRING)],
            Ty::LONG,
            "The index of the last occurrence, or -1.",
            ("'hello'.lastIndexOf('l');", "3"),
            search::last_index_of,
        ),
        Method::new(
            Instance,
            "contains",
            &[("text", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether `text` occurs.",
            ("'hello'.contains('ell');", "true"),
            search::contains,
        ),
        Method::new(
            Instance,
            "startsWith",
            &[("prefix", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether it begins with `prefix`.",
            ("'hello'.startsWith('he');", "true"),
            search::starts_with,
        ),
        Method::new(
            Instance,
            "endsWith",
            &[("suffix", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether it ends with `suffix`.",
            ("'hello'.endsWith('lo');", "true"),
            search::ends_with,
        ),
        Method::new(
            Instance,
            "equals",
            &[("other", Ty::ANY)],
            Ty::BOOLEAN,
            "Whether the other is a STRING with the same units.",
            ("'a'.equals('a');", "true"),
            compare::equals,
        ),
        Method::new(
            Instance,
            "equalsIgnoreCase",
            &[("other", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether they are the same but for case.",
            ("'Job'.equalsIgnoreCase('JOB');", "true"),
            compare::equals_ignore_case,
        ),
        Method::new(
            Instance,
            "compareTo",
            &[("other", Ty::STRING)],
            Ty::LONG,
            "Negative, 0 or positive: the difference of the first units that differ, or of the lengths.",
            ("'a'.compareTo('c');", "-2"),
            compare::compare_to,
        ),
        Method::new(
            Instance,
            "concat",
            &[("other", Ty::STRING)],
            Ty::STRING,
            "The two joined.",
            ("'a'.concat('b');", "ab"),
            join::concat,
        ),
        Method::new(
            Instance,
            "repeat",
            &[("count", Ty::LONG)],
            Ty::STRING,
            "`count` copies joined.",
            ("'ab'.repeat(3);", "ababab"),
            join::repeat,
        ),
        Method::new(
            Instance,
            "replace",
            &[("target", Ty::STRING), ("replacement", Ty::STRING)],
            Ty::STRING,
            "Every occurrence of `target` replaced, both taken literally.",
            ("'a.b.c'.replace('.', '-');", "a-b-c"),
            search::replace,
        ),
        Method::new(
            Instance,
            "replaceAll",
            &[("regex", Ty::STRING), ("replacement", Ty::STRING)],
            Ty::STRING,
            "Every match replaced; `$1` and `${name}` insert groups.",
            ("'a1b22'.replaceAll('[0-9]+', '#');", "a#b#"),
            regex_call::replace_all,
        ),
        Method::new(
            Instance,
            "replaceFirst",
            &[("regex", Ty::STRING), ("replacement", Ty::STRING)],
            Ty::STRING,
            "The first match replaced.",
            ("'a1b22'.replaceFirst('[0-9]+', '#');", "a#b22"),
            regex_call::replace_first,
        ),
        Method::new(
            Instance,
            "matches",
            &[("regex", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether the whole string matches.",
            ("'2024'.matches('[0-9]{4}');", "true"),
            regex_call::matches,
        ),
        Method::new(
            Instance,
            "split",
            &[("regex", Ty::STRING)],
            STRING_ARRAY,
            "The parts between matches, without trailing empty ones.",
            ("'a,b,,'.split(',').length;", "2"),
            regex_call::split,
        ),
        Method::new(
            Instance,
            "split",
            &[("regex", Ty::STRING), ("limit", Ty::LONG)],
            STRING_ARRAY,
            "At most `limit` parts; a negative limit keeps trailing empty ones.",
            ("'a,b,,'.split(',', -1).length;", "4"),
            regex_call::split,
        ),
        Method::new(
            Instance,
            "toString",
            &[],
            Ty::STRING,
            "The string itself.",
            ("'a'.toString();", "a"),
            part::itself,
        ),
        Method::new(
            Instance,
            "hashCode",
            &[],
            Ty::LONG,
            "Java's hash: `s[0]*31^(n-1) + … + s[n-1]`.",
            ("'ab'.hashCode();", "3105"),
            compare::hash_code,
        ),
        Method::new(
            Instance,
            "escape",
            &[],
            Ty::STRING,
            "With backslash escapes for control characters, `\"` and `\\`.",
            ("'a\"b'.escape();", "a\\\"b"),
            part::escape,
        ),
        Method::new(
            Static,
            "escape",
            &[("text", Ty::STRING)],
            Ty::STRING,
            "The text with backslash escapes for control characters, `\"` and `\\`.",
            ("String.escape('a\"b');", "a\\\"b"),
            part::escape,
        ),
        Method::new(
            Static,
            "valueOf",
            &[("value", Ty::ANY)],
            Ty::STRING,
            "The string form of any value.",
            ("String.valueOf(1.0);", "1.0"),
            make::value_of,
        ),
        Method::new(
            Static,
            "format",
            &[("format", Ty::STRING)],
            Ty::STRING,
            "As java.util.Formatter.",
            ("String.format('%s-%03d', 'a', 7);", "a-007"),
            make::format_call,
        )
        .and_rest(Ty::ANY),
        Method::new(
            Static,
            "join",
            &[("separator", Ty::STRING), ("parts", STRING_ARRAY)],
            Ty::STRING,
            "The elements with the separator between them.",
            ("String.join('-', 'a,b'.split(','));", "a-b"),
            join::join,
        ),
        Method::new(
            Static,
            "join",
            &[("separator", Ty::STRING)],
            Ty::STRING,
            "The parts with the separator between them.",
            ("String.join('-', 'a', 'b');", "a-b"),
            join::join,
        )
        .and_rest(Ty::STRING.or(Ty::of(Kind::Null))),
        Method::new(
            Constructor,
            "String",
            &[],
            Ty::STRING,
            "The empty string.",
            ("new String().length();", "0"),
            make::empty,
        ),
        Method::new(
            Constructor,
            "String",
            &[("value", Ty::STRING.or(Ty::LONG))],
            Ty::STRING,
            "The string form of the value.",
            ("new String(5);", "5"),
            make::string_of,
        ),
    ],
};

/// The receiver or first argument as text; the signature was checked before.
pub(super) fn text<'v, 'a>(args: &'v [Val<'a>], i: usize) -> Result<&'v Text<'a>, Fault> {
    match args.get(i) {
        Some(Val::Str(text)) => Ok(text),
        _ => Err(Fault::error("a STRING is null here")),
    }
}

fn long(args: &[Val<'_>], i: usize) -> Result<i64, Fault> {
    match args.get(i) {
        Some(Val::Long(v)) => Ok(*v),
        _ => Err(Fault::error("a LONG is null here")),
    }
}

/// Units that are looked at between two looks at the clock.
const STRETCH: usize = 4096;
