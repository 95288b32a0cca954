//! `String.replaceAll`, `replaceFirst` and `matches`.

use super::Regex;
use super::search::Matcher;
use crate::fault::Fault;
use crate::limits::Meter;
use crate::value::text::{Text, TextBuilder, Units};

/// `input.replaceAll(regex, replacement)`.
///
/// # Errors
/// When something matches and the replacement is wrong, or a budget of the run is used up.
pub(crate) fn replace_all<'a>(
    input: &Text<'a>,
    regex: &Regex,
    replacement: Units<'_>,
    meter: &'a Meter,
) -> Result<Text<'a>, Fault> {
    replace(input, regex, replacement, usize::MAX, meter)
}

/// `input.replaceFirst(regex, replacement)`.
///
/// # Errors
/// As [`replace_all`].
pub(crate) fn replace_first<'a>(
    input: &Text<'a>,
    regex: &Regex,
    replacement: Units<'_>,
    meter: &'a Meter,
) -> Result<Text<'a>, Fault> {
    replace(input, regex, replacement, 1, meter)
}

/// `input.matches(regex)`: whether the whole of the input matches.
///
/// # Errors
/// When a budget of the run is used up.
pub(crate) fn matches(input: Units<'_>, regex: &Regex, meter: &Meter) -> Result<bool, Fault> {
    regex.matcher(input, meter)?.matches()
}

fn replace<'a>(
    input: &Text<'a>,
    regex: &Regex,
    replacement: Units<'_>,
    most: usize,
    meter: &'a Meter,
) -> Result<Text<'a>, Fault> {
    let units = input.units();
    let mut matcher = regex.matcher(units, meter)?;
    if !matcher.find()? {
        return Ok(input.clone());
    }
    meter.step_units(replacement.len())?;
    let plain = !replacement.iter().any(|u| u == DOLLAR || u == BACKSLASH);
    let mut out = TextBuilder::new(meter);
    let (mut copied, mut count) = (0, 0);
    loop {
        let (start, end) = matcher.range();
        out.push_units(units.slice(copied, start))?;
        if plain {
            out.push_units(replacement)?;
        } else {
            expand(&mut out, regex, &matcher, units, replacement, meter)?;
        }
        copied = end;
        count += 1;
        if count >= most || !matcher.find()? {
            break;
        }
    }
    out.push_units(units.slice(copied, units.len()))?;
    Ok(out.finish())
}

const DOLLAR: u16 = b'$' as u16;
const BACKSLASH: u16 = b'\\' as u16;

/// The value of a decimal digit.
fn digit(unit: u16) -> Option<usize> {
    (0x30..=0x39).contains(&unit).then(|| usize::from(unit - 0x30))
}

/// Appends the replacement of one match: `\x` is `x`, `$1` and `${name}` are groups.
fn expand(
    out: &mut TextBuilder<'_>,
    regex: &Regex,
    matcher: &Matcher<'_, '_, '_>,
    input: Units<'_>,
    replacement: Units<'_>,
    meter: &Meter,
) -> Result<(), Fault> {
    let mut i = 0;
    while i < replacement.len() {
        let from = i;
        while i < replacement.len() && !matches!(replacement.at(i), DOLLAR | BACKSLASH) {
            i += 1;
        }
        if i > from {
            out.push_units(replacement.slice(from, i))?;
            continue;
        }
        meter.step(1)?;
        if replacement.at(i) == BACKSLASH {
            if i + 1 >= replacement.len() {
                return Err(wrong("a backslash at its end escapes nothing"));
            }
            out.push_unit(replacement.at(i + 1))?;
            i += 2;
            continue;
        }
        let group;
        (group, i) = reference(regex, replacement, i + 1)?;
        if let Some((start, end)) = matcher.group(group) {
            out.push_units(input.slice(start, end))?;
        }
    }
    Ok(())
}

/// The group after a `$`, and where the replacement goes on.
fn reference(regex: &Regex, replacement: Units<'_>, start: usize) -> Result<(usize, usize), Fault> {
    let mut i = start;
    if replacement.at(i) == u16::from(b'{') {
        i += 1;
        let mut name = String::new();
        // No group has a longer name than its pattern.
        while let Ok(b) = u8::try_from(replacement.at(i))
            && b.is_ascii_alphanumeric()
            && name.len() <= super::work::MAX_PATTERN
        {
            name.push(char::from(b));
            i += 1;
        }
        if name.is_empty() || replacement.at(i) != u16::from(b'}') {
            return Err(wrong("a group's name and a `}` must follow `${`"));
        }
        return match regex.group_number(&name) {
            Some(group) => Ok((group, i + 1)),
            None => Err(no_group(&name.chars().take(60).collect::<String>())),
        };
    }
    let Some(mut group) = digit(replacement.at(i)) else {
        return Err(wrong("a group's number or `{name}` must follow `$`"));
    };
    if group > regex.group_count() {
        return Err(no_group(&group.to_string()));
    }
    i += 1;
    // As many digits as make the number of a group.
    while let Some(next) = digit(replacement.at(i)) {
        let longer = group * 10 + next;
        if longer > regex.group_count() {
            break;
        }
        group = longer;
        i += 1;
    }
    Ok((group, i))
}

#[cold]
fn wrong(why: &str) -> Fault {
    Fault::with_help(
        format!("bad replacement: {why}"),
        "write `\\$` for a dollar sign and `\\\\` for a backslash",
    )
}

#[cold]
fn no_group(group: &str) -> Fault {
    Fault::error(format!("bad replacement: the regular expression has no group `{group}`"))
}
