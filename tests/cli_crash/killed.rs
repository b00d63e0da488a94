use std::sync::atomic::{AtomicUsize, Ordering};

use depaudit_model::Checksum;
use depaudit_testkit::{FakeUpstream, PackedCrate};
use rand::rngs::StdRng;
use rand::{Rng, RngExt, SeedableRng};
use reqwest::Client;
use rustix::process::{Pid, Signal, kill_process};
use tokio::task::JoinSet;

use crate::record::{Answered, RecordSoFar};
use crate::server::Server;
use crate::{client, download_path, index_path, upstream};

/// How often the server is killed: 1,000 times with `cargo xtask test --long`.
fn kills() -> usize {
    if std::env::var_os("DEPAUDIT_LONG").is_some() { 1_000 } else { 50 }
}

/// How many clients ask at the same time.
const CLIENTS: usize = 6;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_point_it_has_on_record_what_it_answered() {
    let (upstream, crates) = upstream(300);
    let crates: &'static [PackedCrate] = crates.leak();
    let data = tempfile::tempdir().unwrap();
    let mut record = RecordSoFar::of(data.path());
    let mut chance = StdRng::seed_from_u64(5);
    let (mut downloads, mut views) = (0, 0);
    for _ in 0..kills() {
        let server = Server::start(data.path(), &upstream, &[]);
        let answered = load_until_killed(&server, crates, &mut chance).await;
        let (status, log) = server.end();
        assert_eq!(status.code(), None, "it was killed: {log}");
        record.assert_whole(&answered).await;
        for answer in &answered {
            match answer {
                Answered::Download { .. } => downloads += 1,
                Answered::View { .. } => views += 1,
            }
        }
    }
    assert!(downloads > 10 * kills() && views > 2 * kills(), "{downloads}, {views}");
    assert_serves_right_bytes_from_its_cache(&upstream, data.path(), crates).await;
}

/// Has clients ask for crates and index entries, and kills the server when a number of answers is
/// complete; what is complete by then, and behind it.
async fn load_until_killed(
    server: &Server,
    crates: &'static [PackedCrate],
    chance: &mut StdRng,
) -> Vec<Answered> {
    static COMPLETE: AtomicUsize = AtomicUsize::new(0);
    COMPLETE.store(0, Ordering::SeqCst);
    let kill_at = chance.random_range(1..100);
    let pid = Pid::from_child(&server.child);
    let http = client::new();
    let mut clients = JoinSet::new();
    for _ in 0..CLIENTS {
        let (http, address) = (http.clone(), server.address.clone());
        let mut chance = StdRng::seed_from_u64(chance.next_u64());
        clients.spawn(async move {
            let mut answered = Vec::new();
            loop {
                let wanted = &crates[chance.random_range(0..crates.len())];
                let view = chance.random_bool(0.2);
                match ask(&http, &address, wanted, view).await {
                    Ok(answer) => answered.push(answer),
                    // It is dead.
                    Err(_) => return answered,
                }
                if COMPLETE.fetch_add(1, Ordering::SeqCst) + 1 == kill_at {
                    kill_process(pid, Signal::KILL).expect("a process that runs");
                }
            }
        });
    }
    clients.join_all().await.into_iter().flatten().collect()
}

/// Asks and reads to the end.
async fn ask(
    http: &Client,
    address: &str,
    wanted: &PackedCrate,
    view: bool,
) -> reqwest::Result<Answered> {
    let path = if view { index_path(wanted) } else { download_path(wanted) };
    let answer = http.get(format!("{address}{path}")).send().await?;
    let (status, served_by) = (answer.status(), answer.headers().get("x-served-by").cloned());
    let body = answer.bytes().await?;
    assert_eq!(status, 200, "{path}: {}", String::from_utf8_lossy(&body));
    let sha256 = Checksum::of(&body);
    if view {
        return Ok(Answered::View { sha256 });
    }
    assert_eq!(sha256, wanted.checksum, "a complete body is the right one: {path}");
    let served_by = served_by.expect("a request has a name");
    let id = served_by.to_str().expect("text").trim_start_matches("depaudit ");
    Ok(Answered::Download { id: id.parse().expect("an id"), sha256 })
}

/// No crate that a killed server has left half is served, and those that were answered need no upstream.
async fn assert_serves_right_bytes_from_its_cache(
    upstream: &FakeUpstream,
    data: &std::path::Path,
    crates: &[PackedCrate],
) {
    let fetched: Vec<_> = crates
        .iter()
        .filter(|packed| upstream.count(upstream.download_path(&packed.name, &packed.version)) > 0)
        .collect();
    assert!(fetched.len() > crates.len() / 4, "most were asked for");
    let server = Server::start(data, upstream, &[]);
    upstream.stop();
    let http = client::new();
    let mut served = 0;
    for packed in &fetched {
        let url = format!("{}{}", server.address, download_path(packed));
        let answer = http.get(url).send().await.expect("an answer");
        let status = answer.status();
        let body = answer.bytes().await.expect("a whole body");
        match status.as_u16() {
            200 => {
                assert_eq!(Checksum::of(&body), packed.checksum, "{}", packed.name);
                served += 1;
            }
            // Its fetch was under way when the server was killed, and nobody asked again.
            status => assert_eq!(status, 503, "{}", packed.name),
        }
    }
    assert!(served + CLIENTS * kills() >= fetched.len() && served > fetched.len() / 2, "{served}");
}
