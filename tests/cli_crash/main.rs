//! `depaudit serve` ends at any moment, and at the worst: what it has answered is on record.
#![expect(clippy::expect_used, reason = "a panic is the report of a test")]

#[path = "../support/client.rs"]
mod client;
mod failing;
mod killed;
mod record;
#[path = "../support/server.rs"]
mod server;

use depaudit_testkit::{CrateFile, FakeUpstream, PackedCrate};

/// An upstream with crates of many sizes: those that fit into memory, and some that are streamed.
fn upstream(crates: usize) -> (FakeUpstream, Vec<PackedCrate>) {
    let upstream = FakeUpstream::start();
    let packed = (0..crates).map(|number| {
        let padding = if number % 20 == 0 { 3 << 20 } else { number * 100 };
        CrateFile::new(&format!("crate-{number}"), "1.0.0").padding(padding)
    });
    let published = packed.map(|packed| upstream.publish(packed)).collect();
    (upstream, published)
}

fn download_path(packed: &PackedCrate) -> String {
    format!("/t/payments/crates-io/crates/{}/{}/download", packed.name, packed.version)
}

fn index_path(packed: &PackedCrate) -> String {
    let name = &packed.name;
    format!("/t/payments/crates-io/index/{}/{}/{name}", &name[..2], &name[2..4])
}
