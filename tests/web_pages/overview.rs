use serde_json::Value;

use crate::reports::{page, report, send, started};

#[tokio::test]
async fn whoever_comes_first_is_told_what_to_do() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let (status, text) = page(&server, "/").await;
    assert_eq!(status, 200);
    assert!(text.contains("replace-with"), "{text}");
    assert!(text.contains(&format!("depaudit scan --report {}", server.address)), "{text}");
    assert!(!text.contains("What is worst now"), "{text}");
}

#[tokio::test]
async fn bad_input_45_the_numbers_that_matter_and_what_to_do_about_the_worst() {
    let data = tempfile::tempdir().unwrap();
    let (_upstream, server) = started(data.path());
    let fork = "https://git.example/shared?x=<script>alert(1)</script>";
    send(&server, &report("payments", "1.2.0", None)).await;
    send(&server, &report("search", "1.2.0", Some(fork))).await;
    send(&server, &report("web", "1.3.0", None)).await;
    let (status, text) = page(&server, "/").await;
    assert_eq!(status, 200);
    for expected in [
        "Split identities</span>\n<strong class=\"hard\">1</strong>",
        "<bdi>shared 1.2.0 is the release for some, and a fork for others</bdi>",
        "<a href=\"/team/payments\"><bdi>payments</bdi></a>, <a href=\"/team/search\">",
        "not declared",
        "<bdi>declare it under [[override]] in depaudit.toml, or drop Cargo.toml:7 of acme/shop</bdi>",
        "<bdi>shared is between 1.2.0 and 1.3.0</bdi>",
        // Search follows a fork, of which no `cargo update` makes a release.
        "<bdi>take out what overrides it, or bring that to 1.3.0: nobody is declared as its owner \
         (Cargo.toml:7); for others:</bdi> \
         <code class=\"copied\"><bdi>cargo update -p shared@1.2.0 --precise 1.3.0</bdi></code>",
        "<bdi>see what differs, where Cargo has fetched it:</bdi>",
        "<title>How the counts went in the last 30 days",
    ] {
        assert!(text.contains(expected), "{expected} in {text}");
    }
    assert!(!text.contains("<script"), "{text}");
    let diff = "depaudit diff shared@1.2.0 --against &#39;https://git.example/shared?x=&#60;script&#62;alert(1)&#60;/script&#62;#aaaa";
    assert!(text.contains(diff), "{text}");
    assert!(text.contains(&format!(" --server {}</bdi></code>", server.address)), "{text}");

    let (_, json) = page(&server, "/trend.json").await;
    let json: Value = serde_json::from_str(&json).unwrap();
    let days = json.as_array().unwrap();
    assert_eq!((days.len(), &days[29]["split_identities"]), (30, &1.into()));
    let (_, csv) = page(&server, "/trend.csv").await;
    assert_eq!(csv.lines().count(), 31, "{csv}");
    assert!(csv.lines().last().unwrap().ends_with(",3,1,1,1,1,1"), "{csv}");
}
