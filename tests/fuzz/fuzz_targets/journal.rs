//! See `chatterbox_fuzz::files::journal`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatterbox_fuzz::files::journal::drive(data));
