//! The literal value of a param and its declared type.

use indexmap::IndexMap;

use super::param::ParamDefinition;
use super::record::names;
use super::{Decimal, Model};
use crate::document::{Node, Path, Problems};

names! {
    /// The declared type of a param.
    #[derive(Default)]
    pub enum ParamType {
        /// `"a"`
        #[default]
        String = "STRING",
        /// `1`
        Long = "LONG",
        /// `1.5`, by its digits
        Double = "DOUBLE",
        /// `true`
        Boolean = "BOOLEAN",
        /// `{"a": "b"}`
        StringMap = "STRING_MAP",
        /// `["a"]`
        StringArray = "STRING_ARRAY",
        /// `[1]`
        LongArray = "LONG_ARRAY",
        /// `[1.5]`
        DoubleArray = "DOUBLE_ARRAY",
        /// `[true]`
        BooleanArray = "BOOLEAN_ARRAY",
        /// `{"a": {"value": 1, "type": "LONG"}}`
        Map = "MAP",
    }
}

impl ParamType {
    /// What the expression language calls a value of this type.
    #[must_use]
    pub fn kind(self) -> sel::Kind {
        match self {
            ParamType::String => sel::Kind::String,
            ParamType::Long => sel::Kind::Long,
            ParamType::Double => sel::Kind::Double,
            ParamType::Boolean => sel::Kind::Boolean,
            ParamType::StringMap | ParamType::Map => sel::Kind::Map,
            ParamType::StringArray => sel::Kind::StringArray,
            ParamType::LongArray => sel::Kind::LongArray,
            ParamType::DoubleArray => sel::Kind::DoubleArray,
            ParamType::BooleanArray => sel::Kind::BooleanArray,
        }
    }
    /// The type of one element of this array type.
    #[must_use]
    pub fn element(self) -> Option<ParamType> {
        match self {
            ParamType::StringArray => Some(ParamType::String),
            ParamType::LongArray => Some(ParamType::Long),
            ParamType::DoubleArray => Some(ParamType::Double),
            ParamType::BooleanArray => Some(ParamType::Boolean),
            _ => None,
        }
    }
}

/// A literal, before interpolation. The entries of a MAP are definitions of their own.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// STRING
    String(String),
    /// LONG
    Long(i64),
    /// DOUBLE
    Double(Decimal),
    /// BOOLEAN
    Boolean(bool),
    /// STRING_MAP
    StringMap(IndexMap<String, String>),
    /// STRING_ARRAY
    StringArray(Vec<String>),
    /// LONG_ARRAY
    LongArray(Vec<i64>),
    /// DOUBLE_ARRAY
    DoubleArray(Vec<Decimal>),
    /// BOOLEAN_ARRAY
    BooleanArray(Vec<bool>),
    /// MAP
    Map(IndexMap<String, ParamDefinition>),
}

impl Literal {
    /// The type.
    #[must_use]
    pub fn param_type(&self) -> ParamType {
        match self {
            Literal::String(_) => ParamType::String,
            Literal::Long(_) => ParamType::Long,
            Literal::Double(_) => ParamType::Double,
            Literal::Boolean(_) => ParamType::Boolean,
            Literal::StringMap(_) => ParamType::StringMap,
            Literal::StringArray(_) => ParamType::StringArray,
            Literal::LongArray(_) => ParamType::LongArray,
            Literal::DoubleArray(_) => ParamType::DoubleArray,
            Literal::BooleanArray(_) => ParamType::BooleanArray,
            Literal::Map(_) => ParamType::Map,
        }
    }

    /// Reads a literal of a declared type.
    pub(crate) fn read(
        node: &Node,
        declared: ParamType,
        at: &Path<'_>,
        problems: &mut Problems,
    ) -> Option<Literal> {
        match declared {
            ParamType::String => Model::read(node, at, problems).map(Literal::String),
            ParamType::Long => Model::read(node, at, problems).map(Literal::Long),
            ParamType::Double => Model::read(node, at, problems).map(Literal::Double),
            ParamType::Boolean => Model::read(node, at, problems).map(Literal::Boolean),
            ParamType::StringMap => Model::read(node, at, problems).map(Literal::StringMap),
            ParamType::StringArray => Model::read(node, at, problems).map(Literal::StringArray),
            ParamType::LongArray => Model::read(node, at, problems).map(Literal::LongArray),
            ParamType::DoubleArray => Model::read(node, at, problems).map(Literal::DoubleArray),
            ParamType::BooleanArray => Model::read(node, at, problems).map(Literal::BooleanArray),
            ParamType::Map => Model::read(node, at, problems).map(Literal::Map),
        }
    }

    pub(crate) fn write(&self) -> Node {
        match self {
            Literal::String(value) => value.write(),
            Literal::Long(value) => value.write(),
            Literal::Double(value) => value.write(),
            Literal::Boolean(value) => value.write(),
            Literal::StringMap(value) => value.write(),
            Literal::StringArray(value) => value.write(),
            Literal::LongArray(value) => value.write(),
            Literal::DoubleArray(value) => value.write(),
            Literal::BooleanArray(value) => value.write(),
            Literal::Map(value) => value.write(),
        }
    }
}
