//! The source text as the grammar sees it: Java's unicode escapes translated, and the way back from
//! its places to those of the original.
//!
//! A text without `\u` is its own translation and costs one search.

use std::borrow::Cow;

use crate::error::Span;
use crate::syntax::error::{SyntaxError, code};

/// A translated source text.
#[derive(Debug)]
pub(crate) struct Source<'s> {
    /// What the grammar reads.
    pub(crate) text: Cow<'s, str>,
    /// After each escape: where the translation goes on, and where the original does. Sorted.
    resume: Vec<(u32, u32)>,
    /// Unpaired surrogates: where their U+FFFD stands in the translation, and what they are.
    surrogates: Vec<(u32, u16)>,
}

impl<'s> Source<'s> {
    /// Translates the unicode escapes of `original`.
    ///
    /// # Errors
    /// When `\u` is not followed by four hexadecimal digits.
    pub(crate) fn new(original: &'s str) -> Result<Self, SyntaxError> {
        if !original.contains("\\u") {
            let text = Cow::Borrowed(original);
            return Ok(Source { text, resume: Vec::new(), surrogates: Vec::new() });
        }
        Translation::default().run(original)
    }

    /// The place in the original of a place in the translation.
    pub(crate) fn place(&self, offset: u32) -> u32 {
        let after = self.resume.partition_point(|(here, _)| *here <= offset);
        match after.checked_sub(1).and_then(|i| self.resume.get(i)) {
            Some((here, there)) => there + (offset - here),
            None => offset,
        }
    }

    /// The span in the original from one place of the translation to another.
    #[inline]
    pub(crate) fn span(&self, start: usize, end: usize) -> Span {
        let (start, end) = (start as u32, end as u32);
        if self.resume.is_empty() {
            return Span { start, end };
        }
        Span { start: self.place(start), end: self.place(end) }
    }

    /// The unpaired surrogates between two places of the translation.
    pub(crate) fn surrogates(&self, start: usize, end: usize) -> &[(u32, u16)] {
        let from = self.surrogates.partition_point(|(at, _)| (*at as usize) < start);
        let to = self.surrogates.partition_point(|(at, _)| (*at as usize) < end);
        self.surrogates.get(from..to).unwrap_or_default()
    }
}

#[derive(Default)]
struct Translation {
    text: String,
    resume: Vec<(u32, u32)>,
    surrogates: Vec<(u32, u16)>,
    /// A high surrogate that waits for its low one, and where the original goes on after it.
    high: Option<(u16, u32)>,
}

impl Translation {
    fn run(mut self, original: &str) -> Result<Source<'_>, SyntaxError> {
        let mut rest = original;
        while let Some(at) = rest.find('\\') {
            let (before, from) = rest.split_at(at);
            self.plain(before);
            let offset = original.len() - from.len();
            // A backslash escapes the next character, also another backslash; only `\u` with a
            // backslash that is not itself escaped is a unicode escape.
            let mut tail = from.chars();
            tail.next();
            match tail.next() {
                Some('u') => {
                    let (unit, len) = unit(from).ok_or_else(|| bad_escape(offset, from))?;
                    self.unit(unit, (offset + len) as u32);
                    rest = from.get(len..).unwrap_or_default();
                }
                _ => {
                    rest = tail.as_str();
                    let len = from.len() - rest.len();
                    self.plain(from.get(..len).unwrap_or_default());
                }
            }
        }
        self.plain(rest);
        self.lone();
        Ok(Source { text: self.text.into(), resume: self.resume, surrogates: self.surrogates })
    }

    fn plain(&mut self, text: &str) {
        if !text.is_empty() {
            self.lone();
            self.text.push_str(text);
        }
    }

    /// Writes the unit of an escape after which the original goes on at `end`.
    fn unit(&mut self, unit: u16, end: u32) {
        if let (Some((high @ 0xD800..=0xDBFF, _)), 0xDC00..=0xDFFF) = (self.high, unit) {
            self.high = None;
            let pair = char::decode_utf16([high, unit]).next();
            self.push(pair.and_then(Result::ok).unwrap_or(char::REPLACEMENT_CHARACTER), end);
            return;
        }
        self.lone();
        match char::from_u32(u32::from(unit)) {
            Some(c) => self.push(c, end),
            None => self.high = Some((unit, end)),
        }
    }

    fn push(&mut self, c: char, end: u32) {
        self.text.push(c);
        self.resume.push((self.text.len() as u32, end));
    }

    /// Writes the surrogate that has no partner, if there is one. A low one waits here too, though
    /// in vain: no high one can follow as its partner.
    fn lone(&mut self) {
        if let Some((unit, end)) = self.high.take() {
            self.surrogates.push((self.text.len() as u32, unit));
            self.push(char::REPLACEMENT_CHARACTER, end);
        }
    }
}

/// The UTF-16 unit of the escape `\uuu0041` at the start of `text`, and the length of the escape.
fn unit(text: &str) -> Option<(u16, usize)> {
    let digits = text.strip_prefix('\\')?.trim_start_matches('u');
    let hex = digits.get(..4)?;
    if !hex.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    Some((u16::from_str_radix(hex, 16).ok()?, text.len() - digits.len() + 4))
}

fn bad_escape(offset: usize, from: &str) -> SyntaxError {
    let us = from.bytes().skip(1).take_while(|b| *b == b'u').count();
    let end = offset + 1 + us.min(16);
    SyntaxError::new(code::BAD_UNICODE_ESCAPE, "bad unicode escape", offset, end)
        .with_help("write four hexadecimal digits: `\\u0041`")
}
