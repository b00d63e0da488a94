//! What the parts promise, seen from outside: by plain TCP, and by the real cargo.
#![expect(clippy::expect_used, reason = "in a test, a panic is the report")]

mod cargo;
mod faults;
mod gates;
mod registry;

use std::net::SocketAddr;
use std::time::Duration;

use depaudit_testkit::raw_http::{self, RawAnswer};

/// A GET with these header lines, on a connection of its own.
fn get_with(address: SocketAddr, path: &str, headers: &[(&str, &str)]) -> RawAnswer {
    let mut request = format!("GET {path} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n");
    for (name, value) in headers {
        request.push_str(&format!("{name}: {value}\r\n"));
    }
    request.push_str("\r\n");
    raw_http::blocking_exchange(address, request.as_bytes(), Duration::from_secs(30))
}

/// A header's value as text.
fn header(answer: &RawAnswer, name: &str) -> String {
    let value = answer.header(name).expect("the header is there");
    String::from_utf8_lossy(value).into_owned()
}
