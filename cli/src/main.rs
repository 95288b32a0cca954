//! The `sel` command.
fn main() {}
