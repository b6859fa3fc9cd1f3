//! libFuzzer's inputs for the check `chunked`.

#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| fuzz_targets::look(fuzz::checks::Kind::Chunked, input));
