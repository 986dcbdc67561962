//! See `chatterbox_fuzz::files::update`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| chatterbox_fuzz::files::update::drive(data));
