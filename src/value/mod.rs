//! Values: what goes in and comes out ([`Value`]), and what an evaluation works with.

pub(crate) mod convert;
pub(crate) mod display;
#[cfg(feature = "serde")]
pub mod json;
pub(crate) mod kind;
pub(crate) mod number;
mod show;
pub(crate) mod text;
pub(crate) mod val;

use indexmap::IndexMap;

pub use kind::{Kind, Ty};

use crate::stdlib::datetime::{DateTime, Days, Formatter, Property, Zone};

/// A value that enters or leaves an evaluation. Owned, `Send` and `Sync`.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// No value.
    Void,
    /// `null`.
    Null,
    /// A null of a declared type: `String s; return s;`.
    NullOf(Kind),
    /// LONG.
    Long(i64),
    /// DOUBLE.
    Double(f64),
    /// BOOLEAN.
    Boolean(bool),
    /// STRING; an unpaired surrogate of the expression is `?` here.
    String(String),
    /// LONG_ARRAY.
    LongArray(Vec<i64>),
    /// DOUBLE_ARRAY.
    DoubleArray(Vec<f64>),
    /// BOOLEAN_ARRAY.
    BooleanArray(Vec<bool>),
    /// STRING_ARRAY; `None` is a null element.
    StringArray(Vec<Option<String>>),
    /// MAP, in insertion order.
    Map(IndexMap<String, Value>),
    /// DATETIME.
    DateTime(DateTime),
    /// DATETIME_ZONE.
    DateTimeZone(Zone),
    /// DATETIME_FORMATTER.
    DateTimeFormatter(Formatter),
    /// DATETIME_PROPERTY.
    DateTimeProperty(Property),
    /// DATETIME_DAYS.
    DateTimeDays(Days),
    /// UUID.
    Uuid([u8; 16]),
}

impl Value {
    /// The kind of the value.
    #[must_use]
    pub fn kind(&self) -> Kind {
        match self {
            Value::Void => Kind::Void,
            Value::Null => Kind::Null,
            Value::NullOf(kind) => *kind,
            Value::Long(_) => Kind::Long,
            Value::Double(_) => Kind::Double,
            Value::Boolean(_) => Kind::Boolean,
            Value::String(_) => Kind::String,
            Value::LongArray(_) => Kind::LongArray,
            Value::DoubleArray(_) => Kind::DoubleArray,
            Value::BooleanArray(_) => Kind::BooleanArray,
            Value::StringArray(_) => Kind::StringArray,
            Value::Map(_) => Kind::Map,
            Value::DateTime(_) => Kind::DateTime,
            Value::DateTimeZone(_) => Kind::DateTimeZone,
            Value::DateTimeFormatter(_) => Kind::DateTimeFormatter,
            Value::DateTimeProperty(_) => Kind::DateTimeProperty,
            Value::DateTimeDays(_) => Kind::DateTimeDays,
            Value::Uuid(_) => Kind::Uuid,
        }
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident $(as $into:ty)?),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Value::$variant(value.into())
            }
        }
    )*};
}
from!(i64 => Long, i32 => Long, u32 => Long, f64 => Double, f32 => Double, bool => Boolean,
      String => String, &str => String, Vec<i64> => LongArray, Vec<f64> => DoubleArray,
      Vec<bool> => BooleanArray);

impl From<Vec<String>> for Value {
    fn from(values: Vec<String>) -> Self {
        Value::StringArray(values.into_iter().map(Some).collect())
    }
}
impl From<IndexMap<String, Value>> for Value {
    fn from(map: IndexMap<String, Value>) -> Self {
        Value::Map(map)
    }
}
