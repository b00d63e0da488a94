use std::process::Command;

use rustix::process::{Pid, Resource, Rlimit, prlimit};

use crate::record::RecordSoFar;
use crate::server::{Server, get};
use crate::{download_path, upstream};

/// Commits fail like on a broken disk: no file may be written to any more.
#[tokio::test]
async fn bad_input_51_when_a_commit_fails_it_ends_and_says_why() {
    let (upstream, crates) = upstream(2);
    let data = tempfile::tempdir().unwrap();
    // A write beyond the limit is to fail, and not to send a signal.
    let mut command = Command::new("sh");
    let ignoring = r#"trap "" XFSZ; exec "$0" "$@""#;
    command.args(["-c", ignoring, env!("CARGO_BIN_EXE_depaudit")]);
    let server = Server::start_with(command, data.path(), &upstream, &[]);
    let [_, small] = &crates[..] else { unreachable!("two crates") };
    assert_eq!(get(&server, &download_path(small)).await.0, 200);

    let none = Rlimit { current: Some(0), maximum: Some(0) };
    prlimit(Some(Pid::from_child(&server.child)), Resource::Fsize, none).expect("a lower limit");
    let http = crate::client::new();
    let url = format!("{}{}", server.address, download_path(small));
    // Refused, or cut off by the end of the process: never served without a record.
    if let Ok(answer) = http.get(url).send().await {
        assert_eq!(answer.status(), 503);
    }
    let (status, log) = server.end();
    assert_eq!(status.code(), Some(2), "{log}");
    let error = log.lines().find(|line| line.contains("stopped at once")).expect("an error");
    assert!(error.contains("nothing can be put on record any more"), "{log}");
    assert!(log.contains("the disk failed") && log.contains("disk I/O error"), "{log}");
    assert!(!log.contains("panicked"), "{log}");

    let mut record = RecordSoFar::of(data.path());
    record.assert_whole(&[]).await;
    let server = Server::start(data.path(), &upstream, &[]);
    assert_eq!(get(&server, &download_path(small)).await.0, 200);
    record.assert_whole(&[]).await;
}
