//! See `chatterbox_fuzz::files::settings`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatterbox_fuzz::files::settings::drive(data));
