//! The retry policy of a leaf step, as it is written: nothing is interpolated yet.

use super::Model;
use super::record::{field, names, record, through_serde, unknown};
use crate::document::{Key, Node, Path, Problems, Value};

/// A number, or a text that gives one after interpolation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scalar {
    /// `3`
    Number(i64),
    /// `"3"`, `"${retries}"`, `"10 minutes"`
    Text(String),
}

impl Scalar {
    /// The text of it.
    #[must_use]
    pub fn text(&self) -> std::borrow::Cow<'_, str> {
        match self {
            Scalar::Number(number) => number.to_string().into(),
            Scalar::Text(text) => text.into(),
        }
    }
}

impl Model for Scalar {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        match &node.value {
            Value::Int(number) => Some(Scalar::Number(*number)),
            Value::Text(text) => Some(Scalar::Text(text.clone())),
            _ => {
                problems.expected(at, node, "an integer or a string");
                None
            }
        }
    }
    fn write(&self) -> Node {
        match self {
            Scalar::Number(number) => number.write(),
            Scalar::Text(text) => text.write(),
        }
    }
}

names! {
    /// How the delay grows from retry to retry.
    #[derive(Default)]
    pub enum BackoffType {
        /// By a factor.
        #[default]
        Exponential = "EXPONENTIAL_BACKOFF",
        /// Not at all.
        Fixed = "FIXED_BACKOFF",
    }
}

record! {
    /// The delays of the three classes of failure. Those of `Fixed` have no exponents and limits.
    #[derive(Default)]
    pub struct BackoffFields {
        /// Seconds before the first retry after a user error.
        error_retry_backoff_in_secs: Option<Scalar>,
        /// Its factor.
        error_retry_exponent: Option<Scalar>,
        /// The most seconds.
        error_retry_limit_in_secs: Option<Scalar>,
        /// Seconds before the first retry after a platform error.
        platform_retry_backoff_in_secs: Option<Scalar>,
        /// Its factor.
        platform_retry_exponent: Option<Scalar>,
        /// The most seconds.
        platform_retry_limit_in_secs: Option<Scalar>,
        /// Seconds before the first retry after a time-out.
        timeout_retry_backoff_in_secs: Option<Scalar>,
        /// Its factor.
        timeout_retry_exponent: Option<Scalar>,
        /// The most seconds.
        timeout_retry_limit_in_secs: Option<Scalar>,
    }
}

impl BackoffFields {
    /// The fields by their names on the wire.
    #[must_use]
    pub fn named(&self) -> [(&'static str, Option<&Scalar>); 9] {
        [
            ("error_retry_backoff_in_secs", self.error_retry_backoff_in_secs.as_ref()),
            ("error_retry_exponent", self.error_retry_exponent.as_ref()),
            ("error_retry_limit_in_secs", self.error_retry_limit_in_secs.as_ref()),
            ("platform_retry_backoff_in_secs", self.platform_retry_backoff_in_secs.as_ref()),
            ("platform_retry_exponent", self.platform_retry_exponent.as_ref()),
            ("platform_retry_limit_in_secs", self.platform_retry_limit_in_secs.as_ref()),
            ("timeout_retry_backoff_in_secs", self.timeout_retry_backoff_in_secs.as_ref()),
            ("timeout_retry_exponent", self.timeout_retry_exponent.as_ref()),
            ("timeout_retry_limit_in_secs", self.timeout_retry_limit_in_secs.as_ref()),
        ]
    }
}

/// Delays with their type.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Backoff {
    /// How they grow.
    pub kind: BackoffType,
    /// The delays.
    pub fields: BackoffFields,
}

const FIXED: &[&str] = &[
    "type",
    "error_retry_backoff_in_secs",
    "platform_retry_backoff_in_secs",
    "timeout_retry_backoff_in_secs",
];

impl Model for Backoff {
    fn read(node: &Node, at: &Path<'_>, problems: &mut Problems) -> Option<Self> {
        if node.as_object().is_none() {
            problems.expected(at, node, "an object");
            return None;
        }
        let kind = field::<BackoffType>(node, "type", None, at, problems);
        if kind == Some(BackoffType::Fixed) {
            unknown(node, &[FIXED], at, problems);
        } else {
            unknown(node, &[&["type"], BackoffFields::FIELDS], at, problems);
        }
        let fields = BackoffFields::read_fields(node, at, problems);
        Some(Backoff { kind: kind?, fields: fields? })
    }
    fn write(&self) -> Node {
        let mut entries = vec![(Key::new("type"), self.kind.write())];
        self.fields.write_fields(&mut entries);
        Node::new(Value::Object(entries))
    }
}
through_serde!(Scalar, Backoff);

record! {
    /// How often a leaf step is tried again. Absent values are the defaults.
    #[derive(Default)]
    pub struct RetryPolicy {
        /// Retries after user errors.
        error_retry_limit: Option<Scalar>,
        /// Retries after platform errors.
        platform_retry_limit: Option<Scalar>,
        /// Retries after time-outs.
        timeout_retry_limit: Option<Scalar>,
        /// The delays.
        backoff: Option<Backoff>,
    }
}
