//! `depaudit ledger verify` of a stranger's folder.
#![expect(clippy::unwrap_used, reason = "a panic is the report of a test")]

mod cli_support;
#[path = "support/client.rs"]
mod client;
#[path = "support/ledger.rs"]
mod record;
#[path = "support/server.rs"]
mod server;

use std::fs;
use std::path::Path;

use cli_support::Ran;
use record::{done, key, ledger, recorded};

/// Puts something else in the place of a file of an export, and says how verifying goes then.
fn replaced(data: &Path, file: &str, put: Put<'_>) -> Ran {
    let path = data.join("export").join(file);
    let before = fs::read(&path).unwrap();
    fs::remove_file(&path).unwrap();
    put(&path);
    let key = key(data);
    let ran = ledger(data, &["verify", "export", "--key", &key]);
    fs::remove_file(&path).unwrap();
    fs::write(&path, before).unwrap();
    ran
}

/// Puts something at a path.
type Put<'p> = &'p dyn Fn(&Path);

fn pipe(path: &Path) {
    let made = std::process::Command::new("mkfifo").arg(path).status().unwrap();
    assert!(made.success());
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_with_pipes_devices_links_and_huge_files_is_refused_at_once() {
    let data = tempfile::tempdir().unwrap();
    recorded(data.path(), 200).await;
    done(data.path(), &["export", "export", "--data", "."]);
    let copy = data.path().join("copy");
    fs::copy(data.path().join("export/tile/0/000"), &copy).unwrap();
    let device = |path: &Path| std::os::unix::fs::symlink("/dev/zero", path).unwrap();
    let elsewhere = |path: &Path| std::os::unix::fs::symlink(&copy, path).unwrap();
    // Sparse: no byte of it is stored, or read.
    let huge = |path: &Path| fs::File::create(path).unwrap().set_len(1 << 40).unwrap();
    let folder_there = |path: &Path| {
        fs::create_dir(path.with_file_name("a-folder")).unwrap();
        std::os::unix::fs::symlink("a-folder", path).unwrap();
    };
    for file in ["checkpoint", "checkpoints-kept", "verifier-keys", "tile/0/000"] {
        let put: [(Put<'_>, &str); 5] = [
            (&pipe, "it is no regular file"),
            (&device, "it leads out of the folder"),
            (&elsewhere, "it leads out of the folder"),
            (&huge, "which no file of a log has"),
            (&folder_there, "it is no regular file"),
        ];
        for (put, why) in put {
            let ran = replaced(data.path(), file, put);
            let _ =
                fs::remove_dir(data.path().join("export").join(file).with_file_name("a-folder"));
            assert_eq!(ran.code, Some(2), "{file}: {ran:?}");
            assert!(ran.err.contains(why), "{file}: {ran:?}");
        }
    }
    done(data.path(), &["verify", "export", "--key", &key(data.path())]);
    // What a user names may be anything as well.
    pipe(&data.path().join("pipe"));
    fs::File::create(data.path().join("huge")).unwrap().set_len(1 << 40).unwrap();
    for (since, why) in [("pipe", "no regular file"), ("huge", "which no file of its kind has")] {
        let ran = ledger(data.path(), &["verify", "--data", ".", "--since", since]);
        assert_eq!(ran.code, Some(2), "{ran:?}");
        assert!(ran.err.contains(why), "{ran:?}");
    }
    let ran = ledger(data.path(), &["verify", "pipe"]);
    assert_eq!(ran.code, Some(2), "{ran:?}");
}
