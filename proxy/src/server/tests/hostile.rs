use std::time::Instant;

use super::*;

#[tokio::test]
async fn bad_input_20_requests_whose_end_is_in_doubt() {
    let server = Server::start(ServerSettings::DEFAULT).await;
    for (method, headers) in [
        ("POST", "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"),
        ("POST", "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n"),
        ("GET", "Transfer-Encoding: chunked\r\n"),
        ("POST", "Transfer-Encoding: identity\r\n"),
        ("POST", "Transfer-Encoding: chunked, identity\r\n"),
        ("POST", "Transfer-Encoding : chunked\r\n"),
        ("POST", "Content-Length: 5\r\nContent-Length: 6\r\n"),
        ("GET", "Content-Length: 5\r\nContent-Length: 5\r\n"),
        ("GET", "Content-Length: 0\r\nContent-Length: 5\r\n"),
        ("GET", "Content-Length: 0\r\nContent-Length: 0\r\n"),
        ("POST", "Content-Length: 5, 5\r\n"),
        ("POST", "Content-Length: +5\r\n"),
        ("POST", "Content-Length: 0x5\r\n"),
        ("POST", "Content-Length: 18446744073709551616\r\n"),
        ("HEAD", "Content-Length: 5\r\n"),
        ("GET", "X-Folded: a\r\n b\r\n"),
        ("GET", "X-Folded: a\r\n\tb\r\n"),
        ("GET", " X-First: a\r\n"),
        ("GET", "X-Bare: a\rb\r\n"),
        ("GET", "X-Nul: a\0b\r\n"),
    ] {
        let mut client = server.connect().await;
        client
            .send(format!(
                "{method} / HTTP/1.1\r\nHost: x\r\n{headers}\r\n0\r\n\r\nGET /peer HTTP/1.1\r\n\r\n"
            ))
            .await;
        let answer = client.rest().await;
        assert!(answer.starts_with("HTTP/1.1 400 Bad Request\r\n"), "{headers:?}: {answer}");
        assert!(answer.contains("connection: close\r\n"), "{headers:?}: {answer}");
        assert_eq!(answer.matches("HTTP/1.").count(), 1, "{headers:?}: {answer}");
    }
    assert_eq!(server.requests(), 0, "a handler saw such a request");
}

#[tokio::test]
async fn bad_input_21_large_heads() {
    let server = Server::start(ServerSettings::DEFAULT).await;
    let uri = |length| format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(length));
    let headers = |count, length| {
        let line = format!("X-Many: {}\r\n", "a".repeat(length));
        format!("GET / HTTP/1.1\r\nHost: x\r\n{}\r\n", line.repeat(count))
    };
    for (request, status) in [
        (uri(9_000), "414"),
        (uri(64_000), "414"),
        (uri(64 << 10), "414"),
        (uri(100_000), "414"),
        (headers(1, 70_000), "431"),
        (headers(80, 1_000), "431"),
        (headers(1_000, 1_000), "431"),
        (headers(1, 1 << 20), "431"),
        (headers(1, 16 << 20), "431"),
        (headers(101, 1), "431"),
    ] {
        let mut client = server.connect().await;
        // All of it first, as simple clients do: the answer must survive until they read.
        client.send(&request).await;
        let answer = client.rest().await;
        let expected = format!("HTTP/1.1 {status} ");
        assert!(answer.starts_with(&expected), "{} bytes: {answer}", request.len());
        assert!(answer.contains("connection: close\r\n"), "{answer}");
    }
    assert_eq!(server.requests(), 0, "a handler saw such a request");
    let mut client = server.connect().await;
    client.send(headers(60, 1_000)).await;
    client.until("hello").await;
}

#[tokio::test]
async fn bad_input_23_connections_that_stay_silent() {
    let settings = hasty();
    let server = Server::start(settings.clone()).await;
    for start in [&b""[..], b"G", b"PRI * HTTP/2.0\r\n", b"GET / HTTP/1.1\r\nHost: x\r\n"] {
        let (mut client, begun) = (server.connect().await, Instant::now());
        client.send(start).await;
        assert_eq!(client.rest().await, "", "{start:?}");
        assert!(begun.elapsed() > settings.first_request / 2);
    }
    assert_eq!(server.requests(), 0);
}

#[tokio::test]
async fn bad_input_23_heads_that_come_byte_by_byte() {
    let server = Server::start(hasty()).await;
    for begin in ["", "GET / HTTP/1.1\r\nHost: x\r\n\r\n"] {
        let mut client = server.connect().await;
        if !begin.is_empty() {
            client.send(begin).await;
            client.until("hello").await;
        }
        let (mut reader, mut writer) = client.0.into_split();
        let drip = async {
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            for byte in b"GET / HTTP/1.1\r\nX-Long: ".iter().chain(std::iter::repeat(&b'a')) {
                pace.tick().await;
                if writer.write_all(&[*byte]).await.is_err() {
                    break;
                }
            }
        };
        let mut rest = Vec::new();
        tokio::select! {
            () = patiently(drip) => {}
            _ = patiently(reader.read_to_end(&mut rest)) => {}
        }
        assert!(rest.is_empty());
    }
}

#[tokio::test]
async fn a_client_that_takes_nothing_is_cut_off_and_its_answer_is_dropped() {
    let server = Server::start(hasty()).await;
    let mut client = server.connect().await;
    client.send("GET /endless HTTP/1.1\r\nHost: x\r\n\r\n").await;
    patiently(server.stage.dropped.notified()).await;
}
