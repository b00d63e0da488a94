//! What the policy and the advisories say, on the pages of teams and crates.

use depaudit_testkit::{CrateFile, FakeUpstream};

use crate::reports::{page, report, send};
use crate::server::Server;

const ADVISORY: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"shared\"\n\
                        date = \"2026-02-01\"\n[versions]\npatched = [\">=1.3.0\"]\n```\n\
                        # It <b>leaks</b> what it holds\n";

/// A server with advisories, and a policy that denies a release.
fn started(data: &std::path::Path) -> (FakeUpstream, Server) {
    let krate = data.join("advisories/crates/shared");
    std::fs::create_dir_all(&krate).unwrap();
    std::fs::write(krate.join("RUSTSEC-2026-0001.md"), ADVISORY).unwrap();
    let policy = "[[door.deny]]\npackage = 'foo'\nversion = '>=1.1'\nreason = 'it <i>sends</i>'\n";
    std::fs::write(data.join("policy.toml"), policy).unwrap();
    let upstream = FakeUpstream::start();
    for version in ["1.0.0", "1.1.0"] {
        upstream.publish(CrateFile::new("foo", version));
    }
    for version in ["1.2.0", "1.3.0"] {
        upstream.publish(CrateFile::new("shared", version));
    }
    let (policy, advisories) = (data.join("policy.toml"), data.join("advisories"));
    let more = ["--policy", policy.to_str().unwrap(), "--advisories", advisories.to_str().unwrap()];
    let more = [&more[..], &["--team", "web"]].concat();
    let server = Server::start(&data.join("data"), &upstream, &more);
    (upstream, server)
}

#[tokio::test]
async fn bad_input_45_a_team_that_was_only_refused_has_a_page_and_advisories_find_who_locks_what() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let denied = "/t/web/crates-io/crates/foo/1.1.0/download";
    assert_eq!(page(&server, denied).await.0, 403);
    let (status, text) = page(&server, "/team/web").await;
    assert_eq!(status, 200, "{text}");
    for told in
        ["How to connect it", "What it was refused", "<bdi>denied</bdi>", "/crate/foo/1.1.0"]
    {
        assert!(text.contains(told), "{told}: {text}");
    }

    send(&server, &report("payments", "1.2.0", None)).await;
    let (_, text) = page(&server, "/team/payments").await;
    for told in ["RUSTSEC-2026-0001", "It &#60;b&#62;leaks&#60;/b&#62;", "&#62;=1.3.0"] {
        assert!(text.contains(told), "{told}: {text}");
    }

    let (_, text) = page(&server, "/").await;
    for told in ["shared 1.2.0 is locked, and RUSTSEC-2026-0001 is about it", "by &#62;=1.3.0"] {
        assert!(text.contains(told), "{told}: {text}");
    }

    // The index entry comes with the first question for it.
    let index = "/t/payments/crates-io/index/sh/ar/shared";
    assert_eq!(page(&server, index).await.0, 200);
    let (_, text) = page(&server, "/crate/shared").await;
    let all = [
        "<bdi>concerns a version in use</bdi>",
        "<bdi>held back</bdi>",
        "href=\"/t/payments/crates-io/why/shared/1.2.0\"",
        "<td><bdi>1.3.0</bdi></td>",
    ];
    for told in all {
        assert!(text.contains(told), "{told}: {text}");
    }
    send(&server, &report("web", "1.3.0", None)).await;
    let (_, text) = page(&server, "/crate/shared/1.3.0").await;
    assert!(text.contains("None is about this version"), "{text}");
    let (_, text) = page(&server, "/crate/foo/1.1.0").await;
    for told in ["<bdi>blocked</bdi>", "it &#60;i&#62;sends&#60;/i&#62;"] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(!text.contains("<i>") && !text.contains("<b>"), "{text}");
}
