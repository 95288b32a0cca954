//! `java.lang.String`: lengths, indexes and order are in UTF-16 units.

use super::case;
use super::prepared::Prepared;
use super::regex_call;
use super::table::{Class, Context, Form, Method};
use crate::fault::Fault;
use crate::stdlib::format;
use crate::value::display::push_display;
use crate::value::kind::{Kind, Ty};
use crate::value::text::{Text, TextBuilder, Units};
use crate::value::val::{Array, Items, Val};

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
            length,
        ),
        Method::new(
            Instance,
            "isEmpty",
            &[],
            Ty::BOOLEAN,
            "Whether the length is 0.",
            ("''.isEmpty();", "true"),
            is_empty,
        ),
        Method::new(
            Instance,
            "toUpperCase",
            &[],
            Ty::STRING,
            "In upper case, by Unicode's full mapping.",
            ("'straße'.toUpperCase();", "STRASSE"),
            to_upper,
        ),
        Method::new(
            Instance,
            "toLowerCase",
            &[],
            Ty::STRING,
            "In lower case, by Unicode's full mapping.",
            ("'ABC'.toLowerCase();", "abc"),
            to_lower,
        ),
        Method::new(
            Instance,
            "trim",
            &[],
            Ty::STRING,
            "Without the characters up to U+0020 at both ends.",
            ("'  a b '.trim();", "a b"),
            trim,
        ),
        Method::new(
            Instance,
            "strip",
            &[],
            Ty::STRING,
            "Without Unicode white space at both ends.",
            ("'  a b '.strip();", "a b"),
            strip,
        ),
        Method::new(
            Instance,
            "substring",
            &[("begin", Ty::LONG)],
            Ty::STRING,
            "From the unit at `begin` to the end.",
            ("'hello'.substring(2);", "llo"),
            substring,
        ),
        Method::new(
            Instance,
            "substring",
            &[("begin", Ty::LONG), ("end", Ty::LONG)],
            Ty::STRING,
            "From the unit at `begin` up to but not including `end`.",
            ("'hello'.substring(1, 3);", "el"),
            substring,
        ),
        Method::new(
            Instance,
            "charAt",
            &[("index", Ty::LONG)],
            Ty::STRING,
            "The unit at `index`, as a STRING of length 1.",
            ("'hello'.charAt(1);", "e"),
            char_at,
        ),
        Method::new(
            Instance,
            "indexOf",
            &[("text", Ty::STRING)],
            Ty::LONG,
            "The index of the first occurrence, or -1.",
            ("'hello'.indexOf('l');", "2"),
            index_of,
        ),
        Method::new(
            Instance,
            "indexOf",
            &[("text", Ty::STRING), ("from", Ty::LONG)],
            Ty::LONG,
            "The index of the first occurrence at or after `from`, or -1.",
            ("'hello'.indexOf('l', 3);", "3"),
            index_of,
        ),
        Method::new(
            Instance,
            "lastIndexOf",
            &[("text", Ty::STRING)],
            Ty::LONG,
            "The index of the last occurrence, or -1.",
            ("'hello'.lastIndexOf('l');", "3"),
            last_index_of,
        ),
        Method::new(
            Instance,
            "contains",
            &[("text", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether `text` occurs.",
            ("'hello'.contains('ell');", "true"),
            contains,
        ),
        Method::new(
            Instance,
            "startsWith",
            &[("prefix", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether it begins with `prefix`.",
            ("'hello'.startsWith('he');", "true"),
            starts_with,
        ),
        Method::new(
            Instance,
            "endsWith",
            &[("suffix", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether it ends with `suffix`.",
            ("'hello'.endsWith('lo');", "true"),
            ends_with,
        ),
        Method::new(
            Instance,
            "equals",
            &[("other", Ty::ANY)],
            Ty::BOOLEAN,
            "Whether the other is a STRING with the same units.",
            ("'a'.equals('a');", "true"),
            equals,
        ),
        Method::new(
            Instance,
            "equalsIgnoreCase",
            &[("other", Ty::STRING)],
            Ty::BOOLEAN,
            "Whether they are the same but for case.",
            ("'Job'.equalsIgnoreCase('JOB');", "true"),
            equals_ignore_case,
        ),
        Method::new(
            Instance,
            "compareTo",
            &[("other", Ty::STRING)],
            Ty::LONG,
            "Negative, 0 or positive: the difference of the first units that differ, or of the lengths.",
            ("'a'.compareTo('c');", "-2"),
            compare_to,
        ),
        Method::new(
            Instance,
            "concat",
            &[("other", Ty::STRING)],
            Ty::STRING,
            "The two joined.",
            ("'a'.concat('b');", "ab"),
            concat,
        ),
        Method::new(
            Instance,
            "repeat",
            &[("count", Ty::LONG)],
            Ty::STRING,
            "`count` copies joined.",
            ("'ab'.repeat(3);", "ababab"),
            repeat,
        ),
        Method::new(
            Instance,
            "replace",
            &[("target", Ty::STRING), ("replacement", Ty::STRING)],
            Ty::STRING,
            "Every occurrence of `target` replaced, both taken literally.",
            ("'a.b.c'.replace('.', '-');", "a-b-c"),
            replace,
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
            itself,
        ),
        Method::new(
            Instance,
            "hashCode",
            &[],
            Ty::LONG,
            "Java's hash: `s[0]*31^(n-1) + … + s[n-1]`.",
            ("'ab'.hashCode();", "3105"),
            hash_code,
        ),
        Method::new(
            Instance,
            "escape",
            &[],
            Ty::STRING,
            "With backslash escapes for control characters, `\"` and `\\`.",
            ("'a\"b'.escape();", "a\\\"b"),
            escape,
        ),
        Method::new(
            Static,
            "escape",
            &[("text", Ty::STRING)],
            Ty::STRING,
            "The text with backslash escapes for control characters, `\"` and `\\`.",
            ("String.escape('a\"b');", "a\\\"b"),
            escape,
        ),
        Method::new(
            Static,
            "valueOf",
            &[("value", Ty::ANY)],
            Ty::STRING,
            "The string form of any value.",
            ("String.valueOf(1.0);", "1.0"),
            value_of,
        ),
        Method::new(
            Static,
            "format",
            &[("format", Ty::STRING)],
            Ty::STRING,
            "As java.util.Formatter.",
            ("String.format('%s-%03d', 'a', 7);", "a-007"),
            format_call,
        )
        .and_rest(Ty::ANY),
        Method::new(
            Static,
            "join",
            &[("separator", Ty::STRING), ("parts", STRING_ARRAY)],
            Ty::STRING,
            "The elements with the separator between them.",
            ("String.join('-', 'a,b'.split(','));", "a-b"),
            join,
        ),
        Method::new(
            Static,
            "join",
            &[("separator", Ty::STRING)],
            Ty::STRING,
            "The parts with the separator between them.",
            ("String.join('-', 'a', 'b');", "a-b"),
            join,
        )
        .and_rest(Ty::STRING.or(Ty::of(Kind::Null))),
        Method::new(
            Constructor,
            "String",
            &[],
            Ty::STRING,
            "The empty string.",
            ("new String().length();", "0"),
            empty,
        ),
        Method::new(
            Constructor,
            "String",
            &[("value", Ty::STRING.or(Ty::LONG))],
            Ty::STRING,
            "The string form of the value.",
            ("new String(5);", "5"),
            string_of,
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

/// Walks over two strings a stretch at a time, so that time and cancellation are honoured however
/// long they are; `done` sees the stretches and ends the walk with a value.
fn walk<T>(
    cx: &Context<'_>,
    a: Units<'_>,
    b: Units<'_>,
    mut done: impl FnMut(Units<'_>, Units<'_>) -> Option<T>,
) -> Result<Option<T>, Fault> {
    let mut at = 0;
    while at < a.len().min(b.len()) {
        let to = (at + STRETCH).min(a.len()).min(b.len());
        cx.meter.step_units(to - at)?;
        if let Some(found) = done(a.slice(at, to), b.slice(at, to)) {
            return Ok(Some(found));
        }
        at = to;
    }
    Ok(None)
}

fn length<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Long(text(args, 0)?.len() as i64))
}

fn is_empty<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(text(args, 0)?.is_empty()))
}

fn to_upper<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    case::upper(text(args, 0)?.units(), cx.meter).map(Val::Str)
}

fn to_lower<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    case::lower(text(args, 0)?.units(), cx.meter).map(Val::Str)
}

fn trim<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    trim_by(cx, text(args, 0)?, |u| u <= 0x20)
}

fn strip<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    // Character.isWhitespace: Unicode spaces but for the no-break ones, and the ASCII controls.
    trim_by(cx, text(args, 0)?, |u| {
        matches!(u, 0x09..=0x0D | 0x1C..=0x20 | 0x1680 | 0x2000..=0x2006 | 0x2008..=0x200A
            | 0x2028 | 0x2029 | 0x205F | 0x3000)
    })
}

fn trim_by<'a>(
    cx: &Context<'a>,
    text: &Text<'a>,
    is_space: fn(u16) -> bool,
) -> Result<Val<'a>, Fault> {
    let units = text.units();
    cx.meter.step_units(units.len())?;
    let (mut from, mut to) = (0, units.len());
    while from < to && is_space(units.at(from)) {
        from += 1;
    }
    while to > from && is_space(units.at(to - 1)) {
        to -= 1;
    }
    Ok(Val::Str(text.substring(from, to, cx.meter)?))
}

fn substring<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    let len = text.len();
    let from = long(args, 1)?;
    let to = if args.len() > 2 { long(args, 2)? } else { len as i64 };
    match (usize::try_from(from), usize::try_from(to)) {
        (Ok(from), Ok(to)) if from <= to && to <= len => {
            Ok(Val::Str(text.substring(from, to, cx.meter)?))
        }
        _ => Err(Fault::error(format!("begin {from}, end {to} is outside of the length {len}"))),
    }
}

fn char_at<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    let len = text.len();
    match usize::try_from(long(args, 1)?) {
        Ok(i) if i < len => Ok(Val::Str(text.substring(i, i + 1, cx.meter)?)),
        _ => Err(Fault::error(format!("index {} is outside of the length {len}", long(args, 1)?))),
    }
}

/// The first occurrence of `needle` at or after `from`; charges for the comparisons it makes.
fn find<'a>(
    cx: &Context<'a>,
    hay: Units<'_>,
    needle: Units<'_>,
    from: usize,
) -> Result<Option<usize>, Fault> {
    let (n, m) = (hay.len(), needle.len());
    if m == 0 {
        return Ok((from <= n).then_some(from));
    }
    let first = needle.at(0);
    let mut i = from;
    while i + m <= n {
        // Between two candidates only the first unit is looked for, a stretch at a time.
        let stretch = (n - m + 1 - i).min(1024);
        cx.meter.step(1 + stretch as u64 / 64)?;
        let hit = match hay.slice(i, i + stretch) {
            Units::Ascii(b) => b.iter().position(|u| u16::from(*u) == first),
            Units::Wide(w) => w.iter().position(|u| *u == first),
        };
        let Some(hit) = hit else {
            i += stretch;
            continue;
        };
        i += hit;
        cx.meter.step(1 + m as u64 / 256)?;
        if hay.slice(i, i + m).same(needle) {
            return Ok(Some(i));
        }
        i += 1;
    }
    Ok(None)
}

fn index_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, needle) = (text(args, 0)?, text(args, 1)?);
    let from = if args.len() > 2 { long(args, 2)?.clamp(0, hay.len() as i64) as usize } else { 0 };
    let found = find(cx, hay.units(), needle.units(), from)?;
    Ok(Val::Long(found.map_or(-1, |i| i as i64)))
}

fn last_index_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, needle) = (text(args, 0)?.units(), text(args, 1)?.units());
    let m = needle.len();
    let Some(mut i) = hay.len().checked_sub(m) else { return Ok(Val::Long(-1)) };
    loop {
        cx.meter.step(1)?;
        if m == 0 || hay.at(i) == needle.at(0) {
            cx.meter.step(m as u64 / 256)?;
            if hay.slice(i, i + m).same(needle) {
                return Ok(Val::Long(i as i64));
            }
        }
        if i == 0 {
            return Ok(Val::Long(-1));
        }
        i -= 1;
    }
}

fn contains<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Bool(find(cx, text(args, 0)?.units(), text(args, 1)?.units(), 0)?.is_some()))
}

fn starts_with<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, prefix) = (text(args, 0)?.units(), text(args, 1)?.units());
    cx.meter.step_units(prefix.len())?;
    Ok(Val::Bool(prefix.len() <= hay.len() && hay.slice(0, prefix.len()).same(prefix)))
}

fn ends_with<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, suffix) = (text(args, 0)?.units(), text(args, 1)?.units());
    cx.meter.step_units(suffix.len())?;
    let from = hay.len().checked_sub(suffix.len());
    Ok(Val::Bool(from.is_some_and(|from| hay.slice(from, hay.len()).same(suffix))))
}

fn equals<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    cx.meter.step_units(text.len())?;
    Ok(Val::Bool(matches!(args.get(1), Some(Val::Str(other)) if other == text)))
}

fn equals_ignore_case<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (a, b) = (text(args, 0)?.units(), text(args, 1)?.units());
    if a.len() != b.len() {
        return Ok(Val::Bool(false));
    }
    // String.regionMatches: equal, or equal in upper case, or equal in lower case of that.
    let fold = |u: u16| {
        let c = char::from_u32(u32::from(u)).unwrap_or('\u{FFFD}');
        let upper = single(c.to_uppercase(), c);
        (upper, single(upper.to_lowercase(), upper))
    };
    let same = |x: u16, y: u16| {
        if x == y {
            return true;
        }
        let ((ux, lx), (uy, ly)) = (fold(x), fold(y));
        !(0xD800..0xE000).contains(&x) && (ux == uy || lx == ly)
    };
    let mut at = 0;
    while at < a.len() {
        // Looking a character's cases up is dear.
        let to = (at + STRETCH / 16).min(a.len());
        cx.meter.step_units((to - at) * 16)?;
        if a.slice(at, to).iter().zip(b.slice(at, to).iter()).any(|(x, y)| !same(x, y)) {
            return Ok(Val::Bool(false));
        }
        at = to;
    }
    Ok(Val::Bool(true))
}

/// The one character of a mapping that is just one, otherwise the character itself.
fn single(mut mapped: impl ExactSizeIterator<Item = char>, c: char) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}

fn compare_to<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (a, b) = (text(args, 0)?.units(), text(args, 1)?.units());
    let differ = walk(cx, a, b, |a, b| a.iter().zip(b.iter()).find(|(x, y)| x != y))?;
    Ok(Val::Long(match differ {
        Some((x, y)) => i64::from(x) - i64::from(y),
        None => a.len() as i64 - b.len() as i64,
    }))
}

fn concat<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let mut out = TextBuilder::new(cx.meter);
    out.push_units(text(args, 0)?.units())?;
    out.push_units(text(args, 1)?.units())?;
    Ok(Val::Str(out.finish()))
}

fn repeat<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (text, count) = (text(args, 0)?, long(args, 1)?);
    let Ok(count) = usize::try_from(count) else {
        return Err(Fault::error(format!("count is negative: {count}")));
    };
    let mut out = TextBuilder::new(cx.meter);
    if text.is_empty() {
        return Ok(Val::Str(out.finish()));
    }
    out.reserve(text.len().saturating_mul(count))?;
    for _ in 0..count {
        out.push_units(text.units())?;
    }
    Ok(Val::Str(out.finish()))
}

fn replace<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let (hay, target, with) = (text(args, 0)?, text(args, 1)?.units(), text(args, 2)?.units());
    let units = hay.units();
    let mut out = TextBuilder::new(cx.meter);
    if target.len() == 0 {
        // Java inserts before every unit and at the end.
        for i in 0..units.len() {
            out.push_units(with)?;
            out.push_unit(units.at(i))?;
        }
        out.push_units(with)?;
        return Ok(Val::Str(out.finish()));
    }
    let mut done = 0;
    while let Some(at) = find(cx, units, target, done)? {
        out.push_units(units.slice(done, at))?;
        out.push_units(with)?;
        done = at + target.len();
    }
    if done == 0 {
        return Ok(Val::Str(hay.clone()));
    }
    out.push_units(units.slice(done, units.len()))?;
    Ok(Val::Str(out.finish()))
}

fn itself<'a>(_: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Str(text(args, 0)?.clone()))
}

fn hash_code<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let units = text(args, 0)?.units();
    let mut hash = 0_i32;
    walk(cx, units, units, |stretch, _| {
        hash = stretch.iter().fold(hash, |h, u| h.wrapping_mul(31).wrapping_add(i32::from(u)));
        None::<()>
    })?;
    Ok(Val::Long(i64::from(hash)))
}

fn escape<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let text = text(args, 0)?;
    let mut out = TextBuilder::new(cx.meter);
    for (i, unit) in text.units().iter().enumerate() {
        if i % STRETCH == 0 {
            cx.meter.step_units(STRETCH)?;
        }
        let letter = match unit {
            0x08 => b'b',
            0x09 => b't',
            0x0A => b'n',
            0x0C => b'f',
            0x0D => b'r',
            0x22 => b'"',
            0x5C => b'\\',
            _ => {
                out.push_unit(unit)?;
                continue;
            }
        };
        out.push_ascii(&[b'\\', letter])?;
    }
    Ok(Val::Str(out.finish()))
}

fn value_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    match args {
        [Val::Str(text)] => Ok(Val::Str(text.clone())),
        // The reference passes a LONG to Java's `valueOf(Object)` as an Integer unless it is above
        // 2^31 - 1, so that one below -2^31 loses its upper half.
        [Val::Long(v)] if *v < i64::from(i32::MIN) => {
            Ok(Val::Str(Text::from_long(i64::from(*v as i32))))
        }
        [Val::Long(v)] => Ok(Val::Str(Text::from_long(*v))),
        [value] => {
            let mut out = TextBuilder::new(cx.meter);
            push_display(&mut out, value, cx.meter)?;
            Ok(Val::Str(out.finish()))
        }
        _ => Err(Fault::error("`valueOf` takes one argument")),
    }
}

/// `new String(x)`.
fn string_of<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let value = args.first().unwrap_or(&Val::Null);
    Ok(Val::Str(crate::value::display::display(value, cx.meter)?))
}

fn empty<'a>(_: &Context<'a>, _: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    Ok(Val::Str(Text::EMPTY))
}

fn format_call<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    if let Some(Prepared::Format(pattern)) = cx.prepared.take() {
        return with_arguments(cx, args, |rest| pattern.run(rest, cx.meter));
    }
    let pattern = text(args, 0)?.units();
    with_arguments(cx, args, |rest| format::format(pattern, rest, cx.meter))
}

/// The arguments behind the first; a lone array is spread, as Java does with an array for its
/// varargs.
fn with_arguments<'a>(
    cx: &Context<'a>,
    args: &[Val<'a>],
    run: impl FnOnce(&[Val<'a>]) -> Result<Text<'a>, Fault>,
) -> Result<Val<'a>, Fault> {
    let rest = args.get(1..).unwrap_or_default();
    if let [Val::Array(array)] = rest
        && matches!(array.items, Items::Str(_))
    {
        cx.meter.step_units(array.len())?;
        let spread: Vec<_> = (0..array.len()).filter_map(|i| array.get(i)).collect();
        return Ok(Val::Str(run(&spread)?));
    }
    Ok(Val::Str(run(rest)?))
}

fn join<'a>(cx: &Context<'a>, args: &[Val<'a>]) -> Result<Val<'a>, Fault> {
    let separator = text(args, 0)?.units();
    let mut out = TextBuilder::new(cx.meter);
    if let [_, Val::Array(array)] = args {
        push_joined(&mut out, separator, array)?;
        return Ok(Val::Str(out.finish()));
    }
    for (i, part) in args.iter().skip(1).enumerate() {
        if i > 0 {
            out.push_units(separator)?;
        }
        match part {
            Val::Str(part) => out.push_units(part.units())?,
            _ => out.push_ascii(b"null")?,
        }
    }
    Ok(Val::Str(out.finish()))
}

fn push_joined(
    out: &mut TextBuilder<'_>,
    separator: Units<'_>,
    array: &Array<'_>,
) -> Result<(), Fault> {
    let Items::Str(parts) = &array.items else {
        return Err(Fault::error("`String.join` takes a STRING_ARRAY"));
    };
    for (i, part) in parts.borrow().iter().enumerate() {
        if i > 0 {
            out.push_units(separator)?;
        }
        match part {
            Some(part) => out.push_units(part.units())?,
            None => out.push_ascii(b"null")?,
        }
    }
    Ok(())
}
