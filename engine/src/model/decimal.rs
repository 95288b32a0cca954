//! A decimal number by its digits: what a DOUBLE param is, never rounded on its way through.

use std::fmt;

use super::Model;
use super::record::through_serde;
use crate::document::{Node, Path, Problems, Value};

/// A decimal number as it was written: `1.50` stays `1.50`. Equality is of the text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Decimal(String);

/// The longest plain form that an exponent may blow a number up to.
const LONGEST: usize = 400;

impl Decimal {
    /// Reads a decimal number as Java's `BigDecimal` would, except that it must fit JSON in the end.
    #[must_use]
    pub fn parse(text: &str) -> Option<Decimal> {
        let (negative, body) = match text.strip_prefix(['-', '+']) {
            Some(body) => (text.starts_with('-'), body),
            None => (false, text),
        };
        let (mantissa, power) = match body.find(['e', 'E']) {
            Some(at) => (body.get(..at)?, Some(body.get(at + 1..)?)),
            None => (body, None),
        };
        let (whole, fraction) = match mantissa.split_once('.') {
            Some((whole, fraction)) => (whole, Some(fraction)),
            None => (mantissa, None),
        };
        let digits = |s: &str| s.bytes().all(|b| b.is_ascii_digit());
        let some = !whole.is_empty() || fraction.is_some_and(|f| !f.is_empty());
        if !some || !digits(whole) || !fraction.is_none_or(digits) {
            return None;
        }
        if let Some(power) = power {
            let bare = power.strip_prefix(['-', '+']).unwrap_or(power);
            if bare.is_empty() || bare.len() > 9 || !digits(bare) {
                return None;
            }
        }
        let whole = whole.trim_start_matches('0');
        let mut out = String::new();
        if negative {
            out.push('-');
        }
        out.push_str(if whole.is_empty() { "0" } else { whole });
        if let Some(fraction) = fraction.filter(|f| !f.is_empty()) {
            out.push('.');
            out.push_str(fraction);
        }
        if let Some(power) = power {
            out.push('E');
            out.push_str(power);
        }
        Some(Decimal(out))
    }

    /// The number of a double as Java's `Double.toString` writes it; `None` for NaN and infinities.
    #[must_use]
    pub fn from_f64(value: f64) -> Option<Decimal> {
        value.is_finite().then(|| Decimal(sel::Value::Double(value).to_string()))
    }
    /// The number of an integer.
    #[must_use]
    pub fn from_i64(value: i64) -> Decimal {
        Decimal(value.to_string())
    }
    /// The nearest double.
    #[must_use]
    pub fn to_f64(&self) -> f64 {
        self.0.parse().unwrap_or(f64::NAN)
    }
    /// The digits as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number without an exponent: `1E3` is `1000`. One that would be too long stays as it is.
    #[must_use]
    pub fn plain(&self) -> String {
        let Some(at) = self.0.find(['e', 'E']) else { return self.0.clone() };
        let (mantissa, power) = self.0.split_at(at);
        let power: i64 = power.get(1..).and_then(|p| p.parse().ok()).unwrap_or(0);
        let (sign, mantissa) = match mantissa.strip_prefix('-') {
            Some(rest) => ("-", rest),
            None => ("", mantissa),
        };
        let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
        if power.unsigned_abs() > LONGEST as u64 {
            return self.0.clone();
        }
        let digits = format!("{whole}{fraction}");
        let point = whole.len() as i64 + power;
        let zeros = |n: i64| std::iter::repeat_n('0', usize::try_from(n).unwrap_or(0));
        let mut out = sign.to_owned();
        if point <= 0 {
            out.push_str("0.");
            out.extend(zeros(-point));
            out.push_str(&digits);
        } else if point >= digits.len() as i64 {
            let bare = digits.trim_start_matches('0');
            out.push_str(bare);
            out.extend(zeros(point - digits.len() as i64));
            if bare.is_empty() {
                return format!("{sign}0");
            }
        } else {
            let (whole, fraction) = digits.split_at(usize::try_from(point).unwrap_or(0));
            let bare = whole.trim_start_matches('0');
            out.push_str(if bare.is_empty() { "0" } else { bare });
            out.push('.');
            out.push_str(fraction);
        }
        out
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Model for Decimal {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Int(value) => Some(Decimal::from_i64(*value)),
            Value::Number(text) => Some(Decimal(text.clone())),
            _ => {
                let value = super::coerce::decimal(node);
                if value.is_none() {
                    problems.expected_value(at, node, "a number");
                }
                value
            }
        }
    }
    fn is_null(node: &Node) -> bool {
        super::coerce::is_nothing(node)
    }
    fn write(&self) -> Node {
        Node::new(Value::Number(self.0.clone()))
    }
}
through_serde!(Decimal);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_survive() {
        for text in ["1.50", "0.1", "1E+3", "-0.0", "12345678901234567890.123"] {
            let decimal: Decimal = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&decimal).unwrap(), text);
        }
    }

    #[test]
    fn texts_are_read_as_big_decimal_reads_them() {
        for (text, wanted) in [
            ("1.50", Some("1.50")),
            ("+7", Some("7")),
            (".5", Some("0.5")),
            ("5.", Some("5")),
            ("007.10", Some("7.10")),
            ("1e3", Some("1E3")),
            ("", None),
            (".", None),
            ("1e", None),
            ("NaN", None),
            (" 1", None),
            ("1e9999999999", None),
        ] {
            assert_eq!(Decimal::parse(text).as_ref().map(Decimal::as_str), wanted, "{text}");
        }
    }

    #[test]
    fn plain_form_has_no_exponent() {
        for (text, plain) in [
            ("1E3", "1000"),
            ("1.25E1", "12.5"),
            ("1.0E10", "10000000000"),
            ("-1.5e-3", "-0.0015"),
            ("0E5", "0"),
            ("3.0", "3.0"),
            ("1E999999", "1E999999"),
        ] {
            assert_eq!(Decimal::parse(text).unwrap().plain(), plain.replace('e', "E"), "{text}");
        }
    }
}
