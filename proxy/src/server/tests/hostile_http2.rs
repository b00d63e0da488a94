use super::frames::{
    END_HEADERS, END_STREAM, continuation, get, hello, hello_with_closed_windows, reset,
    window_update,
};
use super::*;

/// Client streams are odd.
fn streams() -> impl Iterator<Item = u32> {
    (1..).step_by(2)
}

#[tokio::test]
async fn bad_input_22_rapid_resets_in_one_burst() {
    let server = Server::start(ServerSettings::DEFAULT).await;
    let mut client = server.connect().await;
    let mut burst = hello();
    for stream in streams().take(1_000) {
        burst.extend(get(stream, END_HEADERS | END_STREAM, "/held"));
        burst.extend(reset(stream));
    }
    client.send(burst).await;
    client.rest().await;
    assert!(server.requests() < 1_000, "every one of the requests was begun");
}

#[tokio::test]
async fn bad_input_22_rapid_resets_that_let_each_request_begin() {
    let settings = ServerSettings { http2_abandoned: 20, ..ServerSettings::DEFAULT };
    let server = Server::start(settings).await;
    let (mut reader, mut writer) = server.connect().await.0.into_split();
    let attack = async {
        writer.write_all(&hello()).await.unwrap();
        for stream in streams() {
            let request = get(stream, END_HEADERS | END_STREAM, "/held");
            if writer.write_all(&request).await.is_err() {
                break;
            }
            server.stage.entered.notified().await;
            if writer.write_all(&reset(stream)).await.is_err() {
                break;
            }
        }
    };
    let mut rest = Vec::new();
    tokio::select! {
        () = patiently(attack) => {}
        _ = patiently(reader.read_to_end(&mut rest)) => {}
    }
    // The one that went over the limit, and what was on its way by then.
    assert!((21..=60).contains(&server.requests()), "{}", server.requests());
}

#[tokio::test]
async fn bad_input_22_continuations_without_end() {
    // Empty ones cost the sender least; small ones fill the header list; neither may go on.
    for block in [&b""[..], b"\x40\x01a\x01b"] {
        let server = Server::start(ServerSettings::DEFAULT).await;
        let mut client = server.connect().await;
        client.send([hello(), get(1, END_STREAM, "/")].concat()).await;
        let (mut reader, mut writer) = client.0.into_split();
        let flood = async {
            let frames = continuation(1, block).repeat(100);
            let mut sent = 0;
            while writer.write_all(&frames).await.is_ok() {
                sent += 100;
                assert!(sent < 1_000_000, "the flood is swallowed");
            }
        };
        let mut rest = Vec::new();
        tokio::select! {
            () = patiently(flood) => {}
            _ = patiently(reader.read_to_end(&mut rest)) => {}
        }
        assert_eq!(server.requests(), 0);
    }
}

#[tokio::test]
async fn bad_input_23_http2_without_a_request_or_with_an_unfinished_one() {
    let server = Server::start(hasty()).await;
    for begin in [hello(), [hello(), get(1, END_STREAM, "/")].concat()] {
        let mut client = server.connect().await;
        client.send(begin).await;
        client.rest().await;
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn bad_input_21_a_long_target_over_http2() {
    let server = Server::start(ServerSettings::DEFAULT).await;
    let url = server.url(&format!("/{}", "a".repeat(20_000)));
    assert_eq!(http2().get(url).send().await.unwrap().status(), 414);
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn bad_input_23_a_client_that_keeps_a_window_closed_does_not_keep_its_answer() {
    for opened in [0, 1] {
        let server = Server::start(hasty()).await;
        let mut client = server.connect().await;
        client.send(hello_with_closed_windows()).await;
        client.send(get(1, END_HEADERS | END_STREAM, "/endless")).await;
        if opened > 0 {
            client.send(window_update(1, opened)).await;
        }
        patiently(server.stage.dropped.notified()).await;
        client.rest().await;
    }
}
