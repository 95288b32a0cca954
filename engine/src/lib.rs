//! A workflow engine that runs Netflix Maestro's definitions, with SEL for params and conditions.
//!
//! The rooms: [`model`] and [`params`] (definitions, merging, evaluation), [`graph`] and [`status`]
//! (who comes before whom, what a status means), [`core`] (the pure state machine of a run),
//! [`store`] (what is kept), [`runtime`] (what executes steps) and [`run`] (the loop that joins
//! them). [`run::Engine`] is the way in.

#![forbid(unsafe_code)]

pub mod cache;
pub mod check;
pub mod clock;
pub mod core;
pub mod cron;
pub mod definition;
pub mod document;
pub mod dsl;
pub mod duration;
pub mod evaluate;
pub mod graph;
pub mod model;
pub mod params;
pub mod plan;
pub mod run;
pub mod runtime;
pub mod status;
pub mod store;
pub mod trigger;
pub mod validate;
pub mod zone;
