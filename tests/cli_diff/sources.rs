//! Where the crate comes from, and that its bytes are proven.

use std::fs;

use depaudit_testkit::{CrateFile, FakeUpstream};
use tempfile::TempDir;

use crate::home::Home;
use crate::support::Service;

const MANIFEST: &str = "[package]\nname = \"foo\"\nversion = \"1.0.0\"\nedition = \"2021\"\n";

fn folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("Cargo.toml"), MANIFEST).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    folder
}

#[test]
fn bad_input_5_a_crate_with_other_bytes_than_the_registry_promises_is_no_release() {
    let packed = CrateFile::new("foo", "1.0.0").pack();
    let home = Home::with("foo", "1.0.0", &packed.bytes);
    home.put("foo", "1.0.0", &CrateFile::new("foo", "1.0.0").library("evil").pack().bytes);
    let ran = home.diff(folder().path(), &["foo@1.0.0", "--against", "."]);
    assert_eq!(ran.code, Some(2));
    assert!(
        ran.err.contains("foo@1.0.0 is not at hand: Cargo's cache does not have it"),
        "{ran:?}"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_and_its_data_folder_give_the_crate_and_say_so() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let teams = || Some(["payments".parse().unwrap()].into());
    let service = Service::with(&upstream, |settings| settings.teams = teams()).await;
    let server = format!("http://{}", service.address);
    let (folder, home) = (folder(), Home::with("bar", "1.0.0", b""));
    let arguments = ["foo@1.0.0", "--against", ".", "--stat", "--server", &server];
    let answer = tokio::task::block_in_place(|| home.diff(folder.path(), &arguments));
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert!(answer.out.contains(&format!("The crate is from the server {server}/, sha256")));

    let stopped = service.stop().await;
    let teams: Vec<_> = stopped.events().await.into_iter().filter_map(|it| it.event.team).collect();
    assert!(teams.iter().all(|team| team.as_str() == "depaudit-scan"), "nobody's build: {teams:?}");
    let data = stopped.folder().to_str().unwrap();
    let answer = home.diff(folder.path(), &["foo@1.0.0", "--against", ".", "--data", data]);
    assert_eq!(answer.code, Some(1), "{answer:?}");
    assert!(answer.out.contains(&format!("The crate is from the data folder {data}, ")));

    let gone = home.diff(folder.path(), &["foo@1.0.0", "--against", ".", "--data", "nowhere"]);
    assert_eq!(gone.code, Some(2));
    assert!(gone.err.contains("nowhere is no data folder of a server"), "{gone:?}");
}
