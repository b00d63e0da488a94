use super::*;

#[tokio::test]
async fn a_running_answer_is_finished_and_nothing_new_is_accepted() {
    for client in [client(&[], &[]).build().unwrap(), http2()] {
        let mut server = Server::start(ServerSettings::DEFAULT).await;
        let request = tokio::spawn(client.get(server.url("/held")).send());
        patiently(server.stage.entered.notified()).await;
        server.ask_to_stop();
        // The listener is gone before the answer is.
        while TcpStream::connect(server.address).await.is_ok() {
            tokio::task::yield_now().await;
        }
        server.stage.release.notify_one();
        let answer = patiently(request).await.unwrap().unwrap();
        assert_eq!(answer.text().await.unwrap(), "held");
        drop(client);
        assert_eq!(server.outcome().await, ServeOutcome::Finished);
    }
}

#[tokio::test]
async fn an_answer_that_takes_too_long_is_dropped_and_that_is_said() {
    let settings = ServerSettings { drain: Duration::from_millis(100), ..ServerSettings::DEFAULT };
    let mut server = Server::start(settings).await;
    let mut client = server.connect().await;
    client.send("GET /held HTTP/1.1\r\nHost: x\r\n\r\n").await;
    patiently(server.stage.entered.notified()).await;
    server.ask_to_stop();
    assert_eq!(client.rest().await, "");
    assert_eq!(server.outcome().await, ServeOutcome::Dropped { connections: 1 });
}

#[tokio::test]
async fn idle_and_silent_connections_do_not_hold_up_a_stop() {
    let mut server = Server::start(ServerSettings::DEFAULT).await;
    let mut silent = server.connect().await;
    let mut idle = server.connect().await;
    idle.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n").await;
    idle.until("hello").await;
    server.ask_to_stop();
    assert_eq!(idle.rest().await, "");
    assert_eq!(silent.rest().await, "");
    drop((idle, silent));
    assert_eq!(server.outcome().await, ServeOutcome::Finished);
}
