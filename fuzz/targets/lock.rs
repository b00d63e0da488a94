//! A Cargo.lock: none of its packages is lost.
#![no_main]

use depaudit_auditor::fuzzing::count_lock;
use depaudit_fuzz::{Repository, place};
use libfuzzer_sys::fuzz_target;

fuzz_target!(|text: &str| {
    if let Some(counts) = count_lock(&place("Cargo.lock"), text) {
        assert_eq!(counts.listed, counts.read, "packages were lost or made up");
    }
    Repository::with("Cargo.lock", text).audit();
});
