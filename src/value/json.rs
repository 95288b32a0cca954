//! Values as JSON, plain and typed.
//!
//! *Plain* JSON is what people write: whole numbers are LONG, other numbers DOUBLE, an array has
//! the type of its elements (an empty one is a STRING_ARRAY), an object is a MAP. *Typed* JSON says
//! the type of each value: `{"type": "LONG", "value": 7}`; a MAP's entries are typed in turn, and
//! the doubles that JSON has no number for are the strings `NaN`, `Infinity` and `-Infinity`.
//! Whatever can be an input comes back as it was. Of the types that only an evaluation makes a
//! DATETIME is written with its text and the others (`DATETIME_ZONE`, `UUID`, …) without a value.
//!
//! Both are streamed, through serde: wrap a value in [`Plain`] or [`Typed`].
//!
//! ```
//! use sel::Value;
//! use sel::json::{Plain, Typed};
//!
//! let Plain(value) = serde_json::from_str(r#"{"n": 1, "xs": [1, 2.5]}"#)?;
//! let typed = serde_json::to_string(&Typed(&value))?;
//! assert_eq!(
//!     typed,
//!     r#"{"type":"MAP","value":{"n":{"type":"LONG","value":1},"xs":{"type":"DOUBLE_ARRAY","value":[1.0,2.5]}}}"#
//! );
//! let Typed(same) = serde_json::from_str(&typed)?;
//! assert_eq!(value, same);
//! # Ok::<(), serde_json::Error>(())
//! ```
//!
//! Maps are nested at most [`MAX_DEPTH`] deep, in and out, whatever the format's own bound is, and
//! an error names the place: ``at `$.steps[2]`: …``.

mod raw;
mod read;
mod write;

use serde::de::DeserializeSeed;

use super::Value;

/// How deep maps may be nested.
pub const MAX_DEPTH: usize = 64;

/// A value in plain JSON: `Plain(&value)` serialises, `Plain<Value>` deserialises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Plain<T>(pub T);

/// A value in typed JSON: `Typed(&value)` serialises, `Typed<Value>` deserialises.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Typed<T>(pub T);

impl Value {
    /// Reads plain JSON.
    ///
    /// # Errors
    /// When an array mixes types, a number does not fit, or maps are nested too deeply.
    pub fn from_json(json: serde_json::Value) -> Result<Value, serde_json::Error> {
        read::Reader::plain().deserialize(json)
    }

    /// Writes plain JSON. Special doubles, dates and UUIDs are strings; VOID is null.
    ///
    /// # Errors
    /// When maps are nested too deeply.
    pub fn to_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(Plain(self))
    }

    /// Reads typed JSON. The names of types are taken in any case; a `STRING_MAP` is a MAP whose
    /// entries may be bare strings.
    ///
    /// # Errors
    /// When the type is unknown, the value is not of it, or maps are nested too deeply.
    pub fn from_typed_json(json: serde_json::Value) -> Result<Value, serde_json::Error> {
        read::Reader::typed().deserialize(json)
    }

    /// Writes typed JSON.
    ///
    /// # Errors
    /// When maps are nested too deeply.
    pub fn to_typed_json(&self) -> Result<serde_json::Value, serde_json::Error> {
        serde_json::to_value(Typed(self))
    }
}

#[cfg(test)]
mod tests;
