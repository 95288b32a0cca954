//! Links the released command at a fixed address where that is safe to ask for: Linux with glibc.
//!
//! A position-independent executable has to have 45 000 of its addresses put in at each start,
//! two thirds of them in the tables of time zones: half the time of `sel eval '1+1'`, and a third
//! of its memory. The stack, the heap and the libraries are still where nobody knows.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    // A static executable is linked in its own way.
    let is_static = std::env::var("CARGO_CFG_TARGET_FEATURE")
        .is_ok_and(|features| features.split(',').any(|feature| feature == "crt-static"));
    if is("CARGO_CFG_TARGET_OS", "linux")
        && is("CARGO_CFG_TARGET_ENV", "gnu")
        && is("PROFILE", "release")
        && !is_static
    {
        println!("cargo::rustc-link-arg-bins=-no-pie");
    }
}
