//! Reading values from JSON.

use std::fmt::{self, Display};

use indexmap::IndexMap;
use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};

use super::raw::Raw;
use super::{MAX_DEPTH, Plain, Typed};
use crate::value::text::Units;
use crate::value::{Kind, Value};

impl<'de> Deserialize<'de> for Plain<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader::plain().deserialize(deserializer).map(Plain)
    }
}

impl<'de> Deserialize<'de> for Typed<Value> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Reader::typed().deserialize(deserializer).map(Typed)
    }
}

/// What is to be read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Want {
    Plain,
    /// An object with `type` and `value`.
    Typed,
    /// The `value` of this type.
    Of(Kind),
    /// The `value` of a `STRING_MAP`.
    StringMap,
    /// An entry of a `STRING_MAP`: a string or an object with `type` and `value`.
    StringEntry,
}

/// The place in the document: a list on the stack, written out only for an error.
#[derive(Clone, Copy)]
enum Path<'p> {
    Root,
    Key(&'p Path<'p>, &'p str),
    Index(&'p Path<'p>, usize),
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Path::Root => f.write_str("$"),
            Path::Index(parent, i) => write!(f, "{parent}[{i}]"),
            Path::Key(parent, key) => {
                let plain = key.chars().all(|c| c.is_alphanumeric() || c == '_') && key.len() <= 60;
                if plain && !key.is_empty() {
                    return write!(f, "{parent}.{key}");
                }
                let shown: String = key.chars().take(60).collect();
                let more = if shown.len() < key.len() { "…" } else { "" };
                write!(f, "{parent}[{shown:?}{more}]")
            }
        }
    }
}

/// Reads one value.
#[derive(Clone, Copy)]
pub(super) struct Reader<'p> {
    want: Want,
    path: Path<'p>,
    /// How many maps are around it.
    depth: usize,
}

impl Reader<'_> {
    pub(super) fn plain() -> Self {
        Reader { want: Want::Plain, path: Path::Root, depth: 0 }
    }

    pub(super) fn typed() -> Self {
        Reader { want: Want::Typed, path: Path::Root, depth: 0 }
    }

    pub(super) fn error<E: Error>(&self, message: impl Display) -> E {
        E::custom(format_args!("at `{}`: {message}", self.path))
    }

    fn mismatch<E: Error>(&self, found: &str) -> E {
        let expected = match self.want {
            Want::Plain => "a value",
            Want::Typed => "an object with `type` and `value`",
            Want::StringEntry => "a string",
            Want::StringMap | Want::Of(Kind::Map) => "an object",
            Want::Of(Kind::Long) => "a whole number of 64 bits",
            Want::Of(Kind::Double) => "a number, `NaN`, `Infinity` or `-Infinity`",
            Want::Of(Kind::Boolean) => "a boolean",
            Want::Of(Kind::String) => "a string",
            Want::Of(Kind::Null | Kind::Void) => "null",
            Want::Of(kind) if kind.element().is_some() => "an array",
            Want::Of(kind) => {
                return self.error(format_args!("a {kind} cannot be read from {found}"));
            }
        };
        self.error(format_args!("expected {expected}, found {found}"))
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;
    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a value at `{}`", self.path)
    }

    fn visit_bool<E: Error>(self, v: bool) -> Result<Value, E> {
        match self.want {
            Want::Plain | Want::Of(Kind::Boolean) => Ok(Value::Boolean(v)),
            _ => Err(self.mismatch("a boolean")),
        }
    }

    fn visit_i64<E: Error>(self, v: i64) -> Result<Value, E> {
        match self.want {
            Want::Plain | Want::Of(Kind::Long) => Ok(Value::Long(v)),
            Want::Of(Kind::Double) => Ok(Value::Double(v as f64)),
            _ => Err(self.mismatch("a number")),
        }
    }

    fn visit_u64<E: Error>(self, v: u64) -> Result<Value, E> {
        match (i64::try_from(v), self.want) {
            (Ok(v), _) => self.visit_i64(v),
            (Err(_), Want::Of(Kind::Double)) => Ok(Value::Double(v as f64)),
            (Err(_), Want::Plain | Want::Of(Kind::Long)) => {
                Err(self.error(format_args!("`{v}` does not fit 64 bits")))
            }
            (Err(_), _) => Err(self.mismatch("a number")),
        }
    }

    fn visit_f64<E: Error>(self, v: f64) -> Result<Value, E> {
        match self.want {
            Want::Plain | Want::Of(Kind::Double) => Ok(Value::Double(v)),
            _ => Err(self.mismatch("a number with a fraction or an exponent")),
        }
    }

    fn visit_str<E: Error>(self, v: &str) -> Result<Value, E> {
        self.visit_string(v.to_owned())
    }

    fn visit_string<E: Error>(self, v: String) -> Result<Value, E> {
        match (self.want, v.as_str()) {
            (Want::Plain | Want::StringEntry | Want::Of(Kind::String), _) => Ok(Value::String(v)),
            (Want::Of(Kind::Double), "NaN") => Ok(Value::Double(f64::NAN)),
            (Want::Of(Kind::Double), "Infinity") => Ok(Value::Double(f64::INFINITY)),
            (Want::Of(Kind::Double), "-Infinity") => Ok(Value::Double(f64::NEG_INFINITY)),
            (Want::Of(Kind::Uuid), text) => match uuid::Uuid::try_parse(text) {
                Ok(uuid) => Ok(Value::Uuid(uuid.into_bytes())),
                Err(_) => Err(self.error(format_args!("`{}` is not a UUID", shortened(text)))),
            },
            _ => Err(self.mismatch("a string")),
        }
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        match self.want {
            Want::Plain | Want::Of(Kind::Null) => Ok(Value::Null),
            Want::Of(Kind::Void) => Ok(Value::Void),
            Want::Of(kind) => Ok(Value::NullOf(kind)),
            Want::StringMap => Ok(Value::NullOf(Kind::Map)),
            Want::StringEntry => Ok(Value::NullOf(Kind::String)),
            Want::Typed => Err(self.mismatch("null")),
        }
    }

    fn visit_none<E: Error>(self) -> Result<Value, E> {
        self.visit_unit()
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let (want, mut elements) = match self.want {
            Want::Plain => (Want::Plain, Elements::Empty),
            Want::Of(Kind::LongArray) => (Want::Of(Kind::Long), Elements::Longs(Vec::new())),
            Want::Of(Kind::DoubleArray) => (Want::Of(Kind::Double), Elements::Doubles(Vec::new())),
            Want::Of(Kind::BooleanArray) => {
                (Want::Of(Kind::Boolean), Elements::Booleans(Vec::new()))
            }
            Want::Of(Kind::StringArray) => (Want::Of(Kind::String), Elements::Strings(Vec::new())),
            _ => return Err(self.mismatch("an array")),
        };
        for i in 0_usize.. {
            let path = Path::Index(&self.path, i);
            let reader = Reader { want, path, depth: self.depth };
            let Some(value) = seq.next_element_seed(reader)? else { break };
            elements.push(value).map_err(|message| reader.error::<A::Error>(message))?;
        }
        Ok(elements.finish())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let want = match self.want {
            Want::Plain => Want::Plain,
            Want::Of(Kind::Map) => Want::Typed,
            Want::StringMap => Want::StringEntry,
            Want::Typed | Want::StringEntry => return self.typed_object(object),
            Want::Of(_) => return Err(self.mismatch("an object")),
        };
        let depth = self.depth + 1;
        if depth > MAX_DEPTH {
            return Err(self.error(format_args!("maps are nested more than {MAX_DEPTH} deep")));
        }
        let mut map = IndexMap::new();
        while let Some(key) = object.next_key::<String>()? {
            let path = Path::Key(&self.path, &key);
            let value = object.next_value_seed(Reader { want, path, depth })?;
            map.insert(key, value);
        }
        Ok(Value::Map(map))
    }
}

impl Reader<'_> {
    /// `{"type": …, "value": …}`, in either order.
    fn typed_object<'de, A: MapAccess<'de>>(self, mut object: A) -> Result<Value, A::Error> {
        let mut want = None;
        let mut early = None;
        let mut value = None;
        let path = Path::Key(&self.path, "value");
        while let Some(key) = object.next_key::<String>()? {
            match (key.as_str(), want) {
                ("type", None) => {
                    let name: String = object.next_value()?;
                    want = Some(match Kind::from_name(&name) {
                        Some(Kind::Map) if !name.eq_ignore_ascii_case("MAP") => Want::StringMap,
                        Some(kind) => Want::Of(kind),
                        None => {
                            let name = shortened(&name);
                            return Err(self.error(format_args!("`{name}` is not a type")));
                        }
                    });
                }
                ("value", Some(want)) if value.is_none() && early.is_none() => {
                    let reader = Reader { want, path, depth: self.depth };
                    value = Some(object.next_value_seed(reader)?);
                }
                ("value", None) if early.is_none() => {
                    early = Some(object.next_value_seed(Raw::new(self))?);
                }
                ("type" | "value", _) => {
                    return Err(self.error(format_args!("`{key}` is there twice")));
                }
                _ => {
                    let key = shortened(&key);
                    return Err(
                        self.error(format_args!("expected only `type` and `value`, found `{key}`"))
                    );
                }
            }
        }
        let Some(want) = want else {
            return Err(self.error("`type` is missing"));
        };
        let reader = Reader { want, path, depth: self.depth };
        match (value, early, want) {
            (Some(value), _, _) => Ok(value),
            (None, Some(json), _) => {
                // Its message names the place already.
                reader.deserialize(json).map_err(|e: serde_json::Error| A::Error::custom(e))
            }
            (None, None, Want::Of(Kind::Null | Kind::Void)) => reader.visit_unit(),
            (None, None, _) => Err(self.error("`value` is missing")),
        }
    }
}

/// The elements of an array, of the one type that they have so far.
enum Elements {
    Empty,
    Longs(Vec<i64>),
    Doubles(Vec<f64>),
    Booleans(Vec<bool>),
    Strings(Vec<Option<String>>),
}

impl Elements {
    fn push(&mut self, value: Value) -> Result<(), String> {
        if let (Elements::Longs(v), Value::Double(_)) = (&*self, &value) {
            *self = Elements::Doubles(v.iter().map(|v| *v as f64).collect());
        }
        match (&mut *self, value) {
            (Elements::Longs(v), Value::Long(e)) => v.push(e),
            (Elements::Doubles(v), Value::Double(e)) => v.push(e),
            (Elements::Doubles(v), Value::Long(e)) => v.push(e as f64),
            (Elements::Booleans(v), Value::Boolean(e)) => v.push(e),
            (Elements::Strings(v), Value::String(e)) => v.push(Some(e)),
            (Elements::Strings(v), Value::Null | Value::NullOf(_)) => v.push(None),
            (Elements::Empty, Value::Long(e)) => *self = Elements::Longs(vec![e]),
            (Elements::Empty, Value::Double(e)) => *self = Elements::Doubles(vec![e]),
            (Elements::Empty, Value::Boolean(e)) => *self = Elements::Booleans(vec![e]),
            (Elements::Empty, Value::String(e)) => *self = Elements::Strings(vec![Some(e)]),
            (Elements::Empty, Value::Null) => *self = Elements::Strings(vec![None]),
            (elements, value) => return Err(elements.misfit(&value)),
        }
        Ok(())
    }

    /// What is wrong about one more element of this kind.
    fn misfit(&self, found: &Value) -> String {
        let found = match found {
            Value::NullOf(_) => Kind::Null,
            found => found.kind(),
        };
        let element = match self {
            Elements::Empty => {
                return format!("an array holds numbers, booleans or strings, found a {found}");
            }
            Elements::Longs(_) => Kind::Long,
            Elements::Doubles(_) => Kind::Double,
            Elements::Booleans(_) => Kind::Boolean,
            Elements::Strings(_) => Kind::String,
        };
        format!("expected a {element} as the elements before it, found a {found}")
    }

    fn finish(self) -> Value {
        match self {
            Elements::Empty => Value::StringArray(Vec::new()),
            Elements::Longs(v) => Value::LongArray(v),
            Elements::Doubles(v) => Value::DoubleArray(v),
            Elements::Booleans(v) => Value::BooleanArray(v),
            Elements::Strings(v) => Value::StringArray(v),
        }
    }
}

/// The start of a text, for messages.
fn shortened(text: &str) -> String {
    let units: Vec<u16> = text.encode_utf16().take(61).collect();
    Units::Wide(&units).shortened()
}
