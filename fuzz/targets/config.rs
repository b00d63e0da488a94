//! Cargo's configuration, and the file beside it that chooses a toolchain.
#![no_main]

use depaudit_fuzz::Repository;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    Repository::with(".cargo/config.toml", text).audit();
    Repository::with("rust-toolchain.toml", text).audit();
});
