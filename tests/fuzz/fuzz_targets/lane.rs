//! See `chatterbox_fuzz::lane`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatterbox_fuzz::lane::drive(data));
