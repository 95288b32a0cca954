//! Params: defaults, references, interpolation, evaluation with SEL, and conversion to the
//! declared types (Maestro's `ParamEvaluator`, `LiteralEvaluator`, `ExprEvaluator`).

mod convert;
mod defaults;
mod evaluator;
mod extension;
mod interpolate;
pub mod model;

pub(crate) use defaults::RESERVED;
pub use defaults::{Instance, default_params};
pub use evaluator::{Evaluated, ParamError, evaluate_all};
pub use extension::Extension;
pub use interpolate::{interpolate, references};
