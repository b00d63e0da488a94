use http::Version;

use super::*;

#[tokio::test]
async fn one_connection_serves_many_requests_and_the_upgrade_cargo_asks_for_is_ignored() {
    let server = Server::start(hasty()).await;
    let mut client = server.connect().await;
    for _ in 0..3 {
        client
            .send(
                "GET / HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, HTTP2-Settings\r\n\
                 Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA\r\n\r\n",
            )
            .await;
        let answer = client.until("\r\n\r\nhello").await;
        assert!(answer.starts_with("HTTP/1.1 200 OK\r\n"), "{answer}");
        assert!(!answer.contains("connection"), "{answer}");
    }
    client.send("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody").await;
    client.until("\r\n\r\nbody").await;
    client.send("HEAD / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(answer.contains("content-length: 5\r\n") && answer.ends_with("\r\n\r\n"), "{answer}");
}

#[tokio::test]
async fn http2_is_understood_without_tls_too_and_handlers_learn_who_asks() {
    let server = Server::start(ServerSettings::DEFAULT).await;
    let answer = http2().get(server.url("/peer")).send().await.unwrap();
    assert_eq!(answer.version(), Version::HTTP_2);
    assert_eq!(answer.text().await.unwrap(), "127.0.0.1");
}

#[tokio::test]
async fn a_slow_client_may_take_longer_for_a_large_answer_than_any_limit() {
    let settings = ServerSettings { http2_ping: Duration::from_millis(50), ..hasty() };
    let server = Server::start(settings.clone()).await;
    for client in [client(&[], &[]).build().unwrap(), http2()] {
        let mut answer = client.get(server.url("/large")).send().await.unwrap();
        let (start, mut received, mut pause_at) = (std::time::Instant::now(), 0, 0);
        while let Some(chunk) = answer.chunk().await.unwrap() {
            received += chunk.len();
            if received >= pause_at {
                pause_at += LARGE / 50;
                tokio::time::sleep(Duration::from_millis(20)).await; // waits: being slow is what is tested
            }
        }
        assert_eq!(received, LARGE);
        assert!(start.elapsed() > settings.idle + settings.head);
    }
}

#[tokio::test]
async fn a_connection_without_requests_is_closed_after_a_while() {
    let server = Server::start(hasty()).await;
    let mut client = server.connect().await;
    client.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    assert!(client.rest().await.ends_with("hello"));
}

#[tokio::test]
async fn above_the_cap_a_connection_waits_until_another_one_ends() {
    let settings = ServerSettings { connections: 1, ..ServerSettings::DEFAULT };
    let server = Server::start(settings).await;
    let mut first = server.connect().await;
    first.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    first.until("hello").await;
    let mut second = server.connect().await;
    second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    let early = tokio::time::timeout(Duration::from_millis(100), second.0.read_u8()).await;
    assert!(early.is_err(), "answered above the cap");
    drop(first);
    second.until("hello").await;
}
