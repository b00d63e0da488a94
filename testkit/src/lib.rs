//! Development only: real parts that misbehave on demand, so that a test can tell a whole story
//! over loopback.
//!
//! - [`CrateFile`] packs a real `.crate`, an honest one or a hostile one ([`RawEntry`]);
//! - [`FakeUpstream`] serves it as a sparse registry, writes down every request, and breaks as a
//!   test asks ([`Fault`], [`Gate`]);
//! - [`FakeIssuer`] publishes the keys ([`IssuerKey`]) that identity tokens of CI jobs are signed with;
//! - [`CargoProject`] runs the real cargo, with a home of its own, against any registry;
//! - [`raw_http`] sends bytes that no HTTP client would send;
//! - `Browser` looks at pages with a real Chromium (feature `browser`);
//! - [`SimulatedDisk`] loses what SQLite has not synced, when the power is cut, fails to sync, and is full;
//! - [`BentClock`] and [`CountingRandomness`] stand in for time and chance.
//!
//! Nothing here sleeps to wait for another part. What can be waited for has a limit, and running
//! into it panics with what was seen until then. Functions that wait come in two forms: `async`
//! ones, and `blocking_` ones for tests without a runtime (they panic inside one).
//!
//! ```
//! use depaudit_testkit::{CrateFile, FakeUpstream, Fault, raw_http};
//!
//! let upstream = FakeUpstream::start();
//! let foo = upstream.publish(CrateFile::new("foo", "1.0.0"));
//! let download = upstream.download_path("foo", "1.0.0");
//! upstream.on(&download).times(1).then(Fault::status(503).header("retry-after", "-1"));
//!
//! let refused = raw_http::blocking_get(upstream.address(), &download);
//! assert_eq!(refused.status(), Some(503));
//! let served = raw_http::blocking_get(upstream.address(), &download);
//! assert_eq!(served.body(), foo.bytes);
//! assert_eq!(upstream.count(&download), 2);
//! ```
#![expect(
    clippy::expect_used,
    clippy::panic,
    reason = "this code runs in tests alone, where a panic is the report"
)]

#[cfg(feature = "browser")]
mod browser;
mod clock;
mod crate_file;
mod disk;
mod issuer;
mod noise;
mod project;
mod randomness;
pub mod raw_http;
mod upstream;

#[cfg(feature = "browser")]
pub use browser::{Browser, Key, Theme, View};
pub use clock::BentClock;
pub use crate_file::{CrateFile, Dependency, DependencyKind, IndexLine, PackedCrate, RawEntry};
pub use disk::{CutBefore, DatabaseFile, SimulatedDisk};
pub use issuer::{FakeIssuer, IssuerKey};
pub use noise::incompressible;
pub use project::{CargoCommand, CargoOutput, CargoProject, ProjectPlan};
pub use randomness::CountingRandomness;
pub use upstream::{Answer, FakeUpstream, Fault, Gate, Rule, SeenRequest, Validators};
