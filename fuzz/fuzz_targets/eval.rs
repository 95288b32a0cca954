#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| sel_oracles::eval(data));
