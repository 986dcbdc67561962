//! See `chatterbox_fuzz::decode`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatterbox_fuzz::decode::drive(data));
