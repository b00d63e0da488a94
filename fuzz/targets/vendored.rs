//! The checksum file of a vendored package. The package lies on disk, and stays as it is: only a
//! list that holds the true checksum of its one file may pass.
#![no_main]

use std::sync::LazyLock;

use depaudit_auditor::fuzzing::is_as_vendored;
use depaudit_fuzz::place;
use depaudit_model::Checksum;
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

const SOURCE: &str = "pub fn one() -> u32 { 1 }\n";

/// Removed by whoever empties the system's temporary folder: a fuzzer has no orderly end.
static VENDOR: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let source = folder.path().join("one/src");
    std::fs::create_dir_all(&source).expect("a folder in it");
    std::fs::write(source.join("lib.rs"), SOURCE).expect("a file in it");
    folder
});

static SUM: LazyLock<String> = LazyLock::new(|| Checksum::of(SOURCE.as_bytes()).to_string());

fuzz_target!(|text: &str| {
    if is_as_vendored(VENDOR.path(), &place("one"), text) {
        // JSON may spell the digits as escapes, which no seed does and no fuzzer comes upon.
        assert!(text.contains(SUM.as_str()), "a list without the file's checksum passed");
    }
});
