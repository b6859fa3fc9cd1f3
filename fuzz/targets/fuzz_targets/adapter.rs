//! libFuzzer's inputs for the check `adapter`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::look(fuzz::checks::Kind::Adapter, input));
