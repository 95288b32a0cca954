//! A workflow engine that runs Netflix Maestro's definitions, with SEL for params and conditions.

#![forbid(unsafe_code)]

pub mod core;
pub mod document;
pub mod evaluate;
pub mod graph;
pub mod model;
pub mod params;
pub mod status;
pub mod store;
