//! A workspace's Cargo.toml.
#![no_main]

use depaudit_fuzz::Repository;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    Repository::with("Cargo.toml", text).audit();
});
