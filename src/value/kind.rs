//! Kinds of values at run time ([`Kind`]) and sets of them for static types ([`Ty`]).

use std::fmt;

/// What a value is at run time. The names of [`Kind::name`] are Maestro's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
#[repr(u8)]
pub enum Kind {
    /// No value: what a declaration, a loop or an empty program gives.
    Void,
    /// `null`, and a name that exists nowhere.
    Null,
    /// `int Integer long Long`: 64-bit.
    Long,
    /// `float Float double Double`: 64-bit IEEE.
    Double,
    /// `boolean Boolean`.
    Boolean,
    /// `String`.
    String,
    /// `long[]`.
    LongArray,
    /// `double[]`.
    DoubleArray,
    /// `boolean[]`.
    BooleanArray,
    /// `String[]`.
    StringArray,
    /// `Map`.
    Map,
    /// Joda's `DateTime`.
    DateTime,
    /// Joda's `DateTimeZone`.
    DateTimeZone,
    /// Joda's `DateTimeFormatter`.
    DateTimeFormatter,
    /// Joda's `DateTime.Property`.
    DateTimeProperty,
    /// Joda's `Days`.
    DateTimeDays,
    /// `java.util.UUID`.
    Uuid,
}

impl Kind {
    /// All kinds, in order.
    pub const ALL: [Kind; 17] = [
        Kind::Void,
        Kind::Null,
        Kind::Long,
        Kind::Double,
        Kind::Boolean,
        Kind::String,
        Kind::LongArray,
        Kind::DoubleArray,
        Kind::BooleanArray,
        Kind::StringArray,
        Kind::Map,
        Kind::DateTime,
        Kind::DateTimeZone,
        Kind::DateTimeFormatter,
        Kind::DateTimeProperty,
        Kind::DateTimeDays,
        Kind::Uuid,
    ];

    /// The name as Maestro writes it: `LONG`, `STRING_ARRAY`, `DATETIME_ZONE`.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Kind::Void => "VOID",
            Kind::Null => "NULL",
            Kind::Long => "LONG",
            Kind::Double => "DOUBLE",
            Kind::Boolean => "BOOLEAN",
            Kind::String => "STRING",
            Kind::LongArray => "LONG_ARRAY",
            Kind::DoubleArray => "DOUBLE_ARRAY",
            Kind::BooleanArray => "BOOLEAN_ARRAY",
            Kind::StringArray => "STRING_ARRAY",
            Kind::Map => "MAP",
            Kind::DateTime => "DATETIME",
            Kind::DateTimeZone => "DATETIME_ZONE",
            Kind::DateTimeFormatter => "DATETIME_FORMATTER",
            Kind::DateTimeProperty => "DATETIME_PROPERTY",
            Kind::DateTimeDays => "DATETIME_DAYS",
            Kind::Uuid => "UUID",
        }
    }

    /// The kind with this Maestro name, in any case; `STRING_MAP` is a `MAP`.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Kind> {
        if name.eq_ignore_ascii_case("STRING_MAP") {
            return Some(Kind::Map);
        }
        Kind::ALL.into_iter().find(|k| k.name().eq_ignore_ascii_case(name))
    }

    /// The kind of this array kind's elements.
    #[must_use]
    pub const fn element(self) -> Option<Kind> {
        match self {
            Kind::LongArray => Some(Kind::Long),
            Kind::DoubleArray => Some(Kind::Double),
            Kind::BooleanArray => Some(Kind::Boolean),
            Kind::StringArray => Some(Kind::String),
            _ => None,
        }
    }

    /// The kind of an array of this kind.
    #[must_use]
    pub const fn array(self) -> Option<Kind> {
        match self {
            Kind::Long => Some(Kind::LongArray),
            Kind::Double => Some(Kind::DoubleArray),
            Kind::Boolean => Some(Kind::BooleanArray),
            Kind::String => Some(Kind::StringArray),
            _ => None,
        }
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A static type: the set of kinds that a value may have. The join of two flows is the union;
/// a fault is certain only where an intersection is empty.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Ty(u32);

impl Ty {
    /// No kind at all: code that is never reached.
    pub const NEVER: Ty = Ty(0);
    /// Any kind: nothing is known.
    pub const ANY: Ty = Ty((1 << Kind::ALL.len()) - 1);
    /// LONG or DOUBLE.
    pub const NUMBER: Ty = Ty::of(Kind::Long).or(Ty::of(Kind::Double));
    /// LONG.
    pub const LONG: Ty = Ty::of(Kind::Long);
    /// DOUBLE.
    pub const DOUBLE: Ty = Ty::of(Kind::Double);
    /// STRING.
    pub const STRING: Ty = Ty::of(Kind::String);
    /// BOOLEAN.
    pub const BOOLEAN: Ty = Ty::of(Kind::Boolean);
    /// MAP.
    pub const MAP: Ty = Ty::of(Kind::Map);
    /// DATETIME.
    pub const DATETIME: Ty = Ty::of(Kind::DateTime);

    /// Exactly this kind.
    #[must_use]
    pub const fn of(kind: Kind) -> Ty {
        Ty(1 << kind as u8)
    }
    /// Either.
    #[must_use]
    pub const fn or(self, other: Ty) -> Ty {
        Ty(self.0 | other.0)
    }
    /// What both allow.
    #[must_use]
    pub const fn and(self, other: Ty) -> Ty {
        Ty(self.0 & other.0)
    }
    /// What this allows and `other` does not.
    #[must_use]
    pub const fn without(self, other: Ty) -> Ty {
        Ty(self.0 & !other.0)
    }
    /// Whether the kind is one of the set.
    #[must_use]
    pub const fn has(self, kind: Kind) -> bool {
        self.0 & (1 << kind as u8) != 0
    }
    /// Whether nothing is in the set.
    #[must_use]
    pub const fn is_never(self) -> bool {
        self.0 == 0
    }
    /// Whether every kind of this set is in `other`.
    #[must_use]
    pub const fn is_within(self, other: Ty) -> bool {
        self.0 & !other.0 == 0
    }
    /// The one kind of the set, if it is just one.
    #[must_use]
    pub fn single(self) -> Option<Kind> {
        if self.0.count_ones() == 1 { self.kinds().next() } else { None }
    }
    /// The kinds of the set, in order.
    pub fn kinds(self) -> impl Iterator<Item = Kind> {
        Kind::ALL.into_iter().filter(move |k| self.has(*k))
    }
}

impl fmt::Display for Ty {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if *self == Ty::ANY {
            return f.write_str("ANY");
        }
        for (i, kind) in self.kinds().enumerate() {
            if i > 0 {
                f.write_str(" or ")?;
            }
            f.write_str(kind.name())?;
        }
        Ok(())
    }
}
