//! Arbitrary bytes as a database, its write-ahead log and its rollback journal: see `fuzz/README.md`.
#![no_main]

#[path = "../inputs/sqlite.rs"]
mod input;

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    input::read(bytes);
});
