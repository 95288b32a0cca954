//! The flags that a pattern can set: `(?idmsuxU-idmsuxU)`.

use super::ast::Fold;
use super::unicode::PropertyFlags;

/// The flags in force at a place of the pattern.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Flags {
    /// `i`: letters match either case.
    pub(super) ignore_case: bool,
    /// `d`: only `\n` ends a line.
    pub(super) unix_lines: bool,
    /// `m`: `^` and `$` match at each line.
    pub(super) multiline: bool,
    /// `s`: `.` matches line ends too.
    pub(super) dot_all: bool,
    /// `u`: `i` is not only for ASCII.
    pub(super) unicode_case: bool,
    /// `x`: white space and comments are ignored.
    pub(super) comments: bool,
    /// `U`: `\w`, `\b` and the POSIX names mean more than ASCII.
    pub(super) unicode_class: bool,
}

impl Flags {
    /// Sets or clears the flag of a letter; `None` if no flag has that letter.
    pub(super) fn set(&mut self, letter: char, on: bool) -> Option<()> {
        match letter {
            'i' => self.ignore_case = on,
            'd' => self.unix_lines = on,
            'm' => self.multiline = on,
            's' => self.dot_all = on,
            'u' => self.unicode_case = on,
            'x' => self.comments = on,
            'U' => {
                self.unicode_class = on;
                self.unicode_case = on;
            }
            _ => return None,
        }
        Some(())
    }

    /// Which characters count as the same.
    pub(super) fn fold(self) -> Fold {
        match (self.ignore_case, self.unicode_case) {
            (false, _) => Fold::None,
            (true, false) => Fold::Ascii,
            (true, true) => Fold::Unicode,
        }
    }

    /// What matters to a property.
    pub(super) fn property(self) -> PropertyFlags {
        PropertyFlags { ignore_case: self.ignore_case, unicode: self.unicode_class }
    }
}
