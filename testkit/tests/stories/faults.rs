use std::io::Read;
use std::time::{Duration, Instant};

use depaudit_testkit::raw_http::{Ending, RawAnswer, RawConnection, blocking_get};
use depaudit_testkit::{CrateFile, FakeUpstream, Fault, PackedCrate};

use crate::{get_with, header};

const DOWNLOAD: &str = "/dl/foo/1.0.0/download";

/// A registry with one crate.
struct Stage {
    upstream: FakeUpstream,
    published: PackedCrate,
}

impl Stage {
    fn set() -> Self {
        let upstream = FakeUpstream::start();
        let published = upstream.publish(CrateFile::new("foo", "1.0.0").padding(20_000));
        Self { upstream, published }
    }

    /// The download with this fault.
    fn spoilt(&self, fault: impl Into<Fault>) -> RawAnswer {
        self.upstream.on(DOWNLOAD).times(1).then(fault);
        self.download()
    }

    fn download(&self) -> RawAnswer {
        blocking_get(self.upstream.address(), DOWNLOAD)
    }

    fn assert_well(&self) {
        assert_eq!(self.download().body(), self.published.bytes);
    }
}

#[test]
fn a_fault_strikes_as_often_as_told_and_then_all_is_well() {
    let stage = Stage::set();
    stage.upstream.on("/dl/*").times(2).then(Fault::status(503).header("retry-after", "3600"));
    stage.upstream.on(DOWNLOAD).times(1).then(Fault::status(500).body("broken"));
    for _ in 0..2 {
        let answer = stage.download();
        assert_eq!(answer.status(), Some(503));
        assert_eq!(header(&answer, "retry-after"), "3600");
    }
    let answer = stage.download();
    assert_eq!((answer.status(), answer.body()), (Some(500), &b"broken"[..]));
    stage.assert_well();

    stage.upstream.on("*").then(Fault::status(404));
    for _ in 0..3 {
        assert_eq!(stage.download().status(), Some(404));
    }
    stage.upstream.heal();
    stage.assert_well();
    assert_eq!(stage.upstream.count(DOWNLOAD), 8);
}

#[test]
fn odd_retry_after_values_go_over_the_wire() {
    let stage = Stage::set();
    for value in ["-1", "soon", "99999999999999999999", "Fri, 31 Dec 9999 23:59:59 GMT", ""] {
        let answer = stage.spoilt(Fault::status(503).header("retry-after", value));
        assert_eq!(header(&answer, "retry-after"), value);
    }
}

#[test]
fn a_truncated_body_promises_more_than_comes() {
    let stage = Stage::set();
    let answer = stage.spoilt(Fault::Truncate(1_000));
    assert_eq!(header(&answer, "content-length"), stage.published.bytes.len().to_string());
    assert_eq!(answer.body(), &stage.published.bytes[..1_000]);
    assert_eq!(answer.ending, Ending::Closed);
    stage.assert_well();
}

#[test]
fn an_over_long_body_begins_with_the_right_one() {
    let stage = Stage::set();
    let answer = stage.spoilt(Fault::OverLong(7));
    assert_eq!(header(&answer, "content-length"), (stage.published.bytes.len() + 7).to_string());
    assert_eq!(answer.body(), [&stage.published.bytes[..], b"xxxxxxx"].concat());
}

#[test]
fn wrong_bytes_have_the_right_length() {
    let stage = Stage::set();
    let answer = stage.spoilt(Fault::WrongBytes);
    let differing =
        answer.body().iter().zip(&stage.published.bytes).filter(|(a, b)| a != b).count();
    assert_eq!((answer.body().len(), differing), (stage.published.bytes.len(), 1));
    stage.assert_well();
}

#[test]
fn a_drip_brings_the_right_body_slowly() {
    let stage = Stage::set();
    let every = Duration::from_millis(2);
    let began = Instant::now();
    let answer = stage.spoilt(Fault::Drip { bytes: 2_000, every });
    assert_eq!(answer.body(), stage.published.bytes);
    assert!(began.elapsed() >= every * 10, "20 kB are more than ten drips of 2 kB");
}

#[test]
fn redirects_lead_elsewhere_or_in_circles() {
    let stage = Stage::set();
    let answer = stage.spoilt(Fault::Redirect("file:///etc/passwd".to_owned()));
    assert_eq!(answer.status(), Some(302));
    assert_eq!(header(&answer, "location"), "file:///etc/passwd");
    let answer = stage.spoilt(Fault::RedirectLoop);
    assert_eq!((answer.status(), header(&answer, "location")), (Some(302), DOWNLOAD.to_owned()));
}

#[test]
fn an_endless_body_ends_only_with_the_client() {
    let stage = Stage::set();
    stage.upstream.on(DOWNLOAD).times(1).then(Fault::EndlessBody);
    let mut connection = RawConnection::open(stage.upstream.address()).unwrap();
    connection.send(b"GET /dl/foo/1.0.0/download HTTP/1.1\r\nhost: h\r\n\r\n").unwrap();
    let answer = connection.read(20 << 20, Duration::from_secs(30));
    assert_eq!((answer.bytes.len(), answer.ending), (20 << 20, Ending::Limit));
    assert!(answer.header("content-length").is_none());
    drop(connection);
    stage.assert_well();
}

#[test]
fn a_gzip_bomb_is_small_on_the_wire_and_large_when_decoded() {
    let stage = Stage::set();
    stage.upstream.on(DOWNLOAD).times(1).then(Fault::GzipBomb(300 << 20));
    // HTTP/1.0 knows no chunks, so that the body stands as it is.
    let request = b"GET /dl/foo/1.0.0/download HTTP/1.0\r\n\r\n";
    let mut connection = RawConnection::open(stage.upstream.address()).unwrap();
    connection.send(request).unwrap();
    let answer = connection.read(64 << 20, Duration::from_secs(120));
    assert_eq!(header(&answer, "content-encoding"), "gzip");
    assert!(answer.body().len() < 4 << 20, "{}", answer.body().len());
    let mut decoder = flate2::read::GzDecoder::new(answer.body());
    assert_eq!(std::io::copy(&mut decoder, &mut std::io::sink()).unwrap(), 300 << 20);
    assert_eq!(decoder.into_inner().read(&mut [0]).unwrap(), 0, "one member, no rest");
}

#[test]
fn html_comes_with_status_200() {
    let stage = Stage::set();
    let answer = stage.spoilt(Fault::html());
    assert_eq!(answer.status(), Some(200));
    assert_eq!(header(&answer, "content-type"), "text/html");
}

#[test]
fn an_etag_can_change_each_time_or_be_odd() {
    let stage = Stage::set();
    let path = stage.upstream.index_path("foo");
    let etag = |headers: &[(&str, &str)]| {
        let answer = get_with(stage.upstream.address(), &path, headers);
        assert_eq!(answer.body(), stage.upstream.index_entry("foo"));
        header(&answer, "etag")
    };
    stage.upstream.on(&path).times(2).then(Fault::ChangingEtag);
    let first = etag(&[]);
    assert_ne!(etag(&[("if-none-match", &first)]), first, "a whole answer with another tag");
    stage.upstream.on(&path).times(1).then(Fault::non_ascii_etag());
    assert_eq!(etag(&[]), "\"caf\u{e9}\"");
}

#[test]
fn a_reset_and_raw_bytes_leave_http_behind() {
    let stage = Stage::set();
    let answer = stage.spoilt(Fault::Reset);
    assert_eq!((answer.bytes.len(), answer.ending), (0, Ending::Reset));
    let two_lengths = b"HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab";
    let answer = stage.spoilt(Fault::Raw(two_lengths[..].into()));
    assert_eq!((&answer.bytes[..], answer.ending), (&two_lengths[..], Ending::Closed));
    stage.assert_well();
}
