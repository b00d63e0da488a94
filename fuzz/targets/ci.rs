//! What builds a repository besides manifests: the first byte says as what the rest is read.
#![no_main]

use depaudit_fuzz::Repository;
use libfuzzer_sys::fuzz_target;

/// The first byte, and a file that is read so. Letters, so that seeds can be written by hand.
const KINDS: [(u8, &str); 7] = [
    (b'y', ".github/workflows/ci.yml"),
    (b'g', ".gitlab-ci.yml"),
    (b'z', "azure-pipelines.yml"),
    (b'j', "Jenkinsfile"),
    (b'd', "Dockerfile"),
    (b'm', "Makefile"),
    (b's', "build.sh"),
];

fuzz_target!(|text: &str| {
    let Some(first) = text.bytes().next() else { return };
    let known = KINDS.iter().find(|(letter, _)| *letter == first);
    if let (Some((_, path)), Some(rest)) = (known, text.get(1..)) {
        Repository::with(path, rest).audit();
    }
});
