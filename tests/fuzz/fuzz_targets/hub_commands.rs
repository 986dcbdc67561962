//! See `chatterbox_fuzz::hub`.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    chatterbox_fuzz::hub::drive(data);
    chatterbox_fuzz::hub::costs::print_new();
});
