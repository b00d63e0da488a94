use std::time::Duration;

use depaudit_testkit::raw_http::{RawConnection, get};
use depaudit_testkit::{CrateFile, FakeUpstream, Fault};

#[test]
fn nothing_is_answered_before_the_gate_opens() {
    let upstream = FakeUpstream::start();
    upstream.publish(CrateFile::new("foo", "1.0.0"));
    let path = upstream.index_path("foo");
    let gate = upstream.on(&path).hold();
    std::thread::scope(|scope| {
        let asking = [(); 3].map(|()| {
            scope.spawn(|| depaudit_testkit::raw_http::blocking_get(upstream.address(), &path))
        });
        gate.blocking_wait_for(3);
        upstream.blocking_wait_for(&path, 3);
        upstream.publish(CrateFile::new("foo", "2.0.0"));
        gate.open();
        for asked in asking {
            let answer = asked.join().unwrap();
            assert_eq!(answer.body(), upstream.index_entry("foo"), "as it is when the gate opens");
        }
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_bytes_are_out_while_the_rest_is_held() {
    let upstream = FakeUpstream::start();
    let foo = upstream.publish(CrateFile::new("foo", "1.0.0").padding(50_000));
    let path = upstream.download_path("foo", "1.0.0");
    for fault in [None, Some(Fault::Truncate(40_000)), Some(Fault::WrongBytes)] {
        let whole = matches!(fault, None | Some(Fault::WrongBytes));
        if let Some(fault) = fault {
            upstream.on(&path).times(1).then(fault);
        }
        let gate = upstream.on(&path).hold_after(10_000);
        let mut connection = RawConnection::open(upstream.address()).unwrap();
        let request = format!("GET {path} HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n");
        connection.send(request.as_bytes()).unwrap();
        gate.wait_for(1).await;
        let first = connection.read(10_000, Duration::from_secs(30));
        let head = first.bytes.len() - first.body().len();
        let rest_of_first = connection.read(head, Duration::from_secs(30));
        assert_eq!([first.body(), &rest_of_first.bytes].concat(), foo.bytes[..10_000]);
        let nothing = connection.read(1, Duration::from_millis(1));
        assert_eq!(nothing.bytes, b"", "the rest is held");
        drop(gate);
        let rest = connection.read(1 << 20, Duration::from_secs(30));
        let expected = if whole { foo.bytes.len() - 10_000 } else { 30_000 };
        assert_eq!(rest.bytes.len(), expected);
    }
}

#[tokio::test]
async fn a_gate_and_a_fault_work_together() {
    let upstream = FakeUpstream::start();
    upstream.on("*").times(1).then(Fault::status(503));
    let gate = upstream.on("*").hold();
    let asked = async {
        gate.wait_for(1).await;
        gate.open();
    };
    let (answer, ()) = tokio::join!(get(upstream.address(), "/index/3/f/foo"), asked);
    assert_eq!(answer.status(), Some(503));
}

#[tokio::test]
async fn a_stopped_upstream_drops_those_who_wait_at_a_gate() {
    let upstream = FakeUpstream::start();
    let gate = upstream.on("*").hold();
    let stopped = async {
        gate.wait_for(1).await;
        upstream.stop();
    };
    let (answer, ()) = tokio::join!(get(upstream.address(), "/index/3/f/foo"), stopped);
    assert_eq!(answer.bytes, b"");
}

#[tokio::test(start_paused = true)]
async fn a_test_that_has_paused_time_can_still_wait() {
    let upstream = FakeUpstream::start();
    let (answer, ()) =
        tokio::join!(get(upstream.address(), "/absent"), upstream.wait_for("/absent", 1));
    assert_eq!(answer.status(), Some(404));
}
