//! Random programs and the laws they must keep, shared by the fuzz targets and the property tests.
//!
//! An oracle takes the fuzzer's bytes, and panics when a law is broken. What the language refuses
//! is fine: every oracle holds for refusals as well.

mod generate;
mod law;
mod library;
mod text;
#[cfg(feature = "workflow")]
mod workflow;

pub use generate::program;
pub use law::{env, run_laws, tight};
pub use library::{date_pattern, format, regex};
pub use text::{check, eval, json, parse};
#[cfg(feature = "workflow")]
pub use workflow::workflow;
