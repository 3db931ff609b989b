//! Arbitrary bytes as a Realm file, encrypted or not: see `fuzz/README.md`.
#![no_main]

#[path = "../inputs/realm.rs"]
mod input;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    input::read(bytes);
});
