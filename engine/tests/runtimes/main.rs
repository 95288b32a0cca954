//! The step types that need nothing but this machine: real processes and servers on loopback.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

mod context;
mod docs;
mod documented;
mod http;
mod python;
mod server;
mod shell;
