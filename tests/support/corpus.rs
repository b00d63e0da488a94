//! The corpus of real repositories, with what an independent program counted in them.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

/// Where the corpus is: `DEPAUDIT_CORPUS`, or `../shared/corpus` beside the repository.
pub(crate) fn find() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/corpus");
    let folder = std::env::var_os("DEPAUDIT_CORPUS").map_or(beside, PathBuf::from);
    folder.join("manifests.tar.zst").is_file().then_some(folder)
}

/// Unpacks the corpus under `target/`, once for each state of the archives.
pub(crate) fn unpack(archives: &Path) -> PathBuf {
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("corpus");
    let mut state = String::new();
    for name in ["manifests.tar.zst", "truth.tar.zst"] {
        let size = archives.join(name).metadata().unwrap().len();
        state += &format!("{name} {size}\n");
    }
    let marker = target.join("unpacked");
    if fs::read_to_string(&marker).ok() != Some(state.clone()) {
        let _ = fs::remove_dir_all(&target);
        fs::create_dir_all(&target).unwrap();
        for name in ["manifests.tar.zst", "truth.tar.zst"] {
            let file = File::open(archives.join(name)).unwrap();
            let bytes = ruzstd::decoding::StreamingDecoder::new(file).unwrap();
            tar::Archive::new(bytes).unpack(&target).unwrap();
        }
        fs::write(marker, state).unwrap();
    }
    target.join("depaudit-corpus")
}
