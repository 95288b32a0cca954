//! The JSON of Maestro as types.

mod param;

pub use param::{
    Literal, ModelError, ParamDefinition, ParamMode, ParamSource, ParamType, params_from_json,
};
