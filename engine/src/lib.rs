//! The engine.
pub mod core;
pub mod graph;
pub mod status;
pub mod store;
