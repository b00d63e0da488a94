//! The three teams: what stands in their repositories, and what becomes of it in a month.

use depaudit_model::Checksum;

use super::library::{FORK, FORK_BUILD, LEDGERLINE};
use super::repository::{Locked, MIRROR_SOURCE, Repository, Source};

/// The teams that the server knows.
pub(super) const TEAMS: [&str; 3] = ["payments", "search", "mobile"];

fn package(name: &str, dependencies: &str) -> String {
    format!(
        "[package]\nname = \"{name}\"\nversion = \"0.1.0\"\nedition = \"2024\"\npublish = false\n\n\
         [dependencies]\n{dependencies}"
    )
}

const MAIN: &str = "fn main() {}\n";

/// Everybody's CI begins like this.
fn workflow(build: &str) -> String {
    format!(
        "name: build\non: [push]\njobs:\n  build:\n    runs-on: ubuntu-latest\n    steps:\n      \
         - uses: actions/checkout@v4\n      - run: {build}\n"
    )
}

const WORKFLOW: &str = ".github/workflows/build.yml";

const fn here(name: &'static str, needs: &'static [&'static str]) -> Locked {
    Locked { name, version: "0.1.0", source: Source::Folder, needs }
}

const fn shared(name: &'static str, version: &'static str) -> Locked {
    Locked { name, version, source: Source::CratesIo, needs: &[] }
}

const fn ledgerline(version: &'static str, source: Source) -> Locked {
    Locked { name: "ledgerline", version, source, needs: &["fixedpoint"] }
}

/// `payments` keeps up: two programs, one shared crate of their own.
pub(super) fn checkout(line: &'static str, wire: &'static str) -> Repository {
    let workspace = "[workspace]\nresolver = \"3\"\nmembers = [\"api\", \"money\", \"refunds\"]\n";
    let wants = format!("ledgerline = \"{line}\"\n");
    Repository {
        team: "payments",
        name: "acme/checkout",
        files: vec![
            ("Cargo.toml", workspace.to_owned()),
            (
                "api/Cargo.toml",
                package("checkoutd", "money = { path = \"../money\" }\nwirefmt = \"2\"\n"),
            ),
            ("api/src/main.rs", MAIN.to_owned()),
            (
                "refunds/Cargo.toml",
                package("refundd", "money = { path = \"../money\" }\ntinyqueue = \"1\"\n"),
            ),
            ("refunds/src/main.rs", MAIN.to_owned()),
            ("money/Cargo.toml", package("money", &wants)),
            ("money/src/lib.rs", "pub use ledgerline::split;\n".to_owned()),
            (WORKFLOW, workflow("cargo build --locked --release")),
        ],
        locked: vec![
            here("checkoutd", &["money", "wirefmt"]),
            here("refundd", &["money", "tinyqueue"]),
            here("money", &["ledgerline"]),
            ledgerline(line, Source::CratesIo),
            shared("fixedpoint", "0.4.2"),
            shared("tinyqueue", "1.0.3"),
            shared("wirefmt", wire),
        ],
    }
}

/// Another repository of `payments`, which nobody has touched since.
pub(super) fn payouts() -> Repository {
    Repository {
        team: "payments",
        name: "acme/payouts",
        files: vec![
            ("Cargo.toml", package("payoutd", "ledgerline = \"1.2\"\nwirefmt = \"2\"\n")),
            ("src/main.rs", MAIN.to_owned()),
            (WORKFLOW, workflow("cargo build --locked --release")),
        ],
        locked: vec![
            here("payoutd", &["ledgerline", "wirefmt"]),
            ledgerline("1.2.0", Source::CratesIo),
            shared("fixedpoint", "0.4.2"),
            shared("wirefmt", "2.0.0"),
        ],
    }
}

/// `search` as it began.
pub(super) fn billing() -> Repository {
    Repository {
        team: "search",
        name: "acme/ads-billing",
        files: vec![
            ("Cargo.toml", billing_manifest()),
            ("src/main.rs", MAIN.to_owned()),
            (WORKFLOW, workflow("cargo build --locked --release")),
        ],
        locked: vec![
            here("billd", &["ledgerline", "tinyqueue"]),
            ledgerline("1.2.0", Source::CratesIo),
            shared("fixedpoint", "0.4.2"),
            shared("tinyqueue", "1.0.3"),
        ],
    }
}

fn billing_manifest() -> String {
    package("billd", "ledgerline = \"1.2\"\ntinyqueue = \"1\"\n")
}

/// `search` with its fork in a folder. Its number is that of the release, and so looks the same.
pub(super) fn billing_forked() -> Repository {
    let mut it = billing();
    let patch = "\n# Rounding, until upstream answers.\n[patch.crates-io]\nledgerline = { path = \
                 \"third_party/ledgerline\" }\n";
    let manifest = billing_manifest() + patch;
    it.files.extend([
        ("Cargo.toml", manifest),
        ("third_party/ledgerline/Cargo.toml", LEDGERLINE.manifest()),
        ("third_party/ledgerline/src/lib.rs", FORK.to_owned()),
        ("third_party/ledgerline/build.rs", FORK_BUILD.to_owned()),
    ]);
    for locked in &mut it.locked {
        if locked.name == "ledgerline" {
            locked.source = Source::Folder;
        }
    }
    it
}

/// The same, after somebody asked: written down, for three weeks.
pub(super) fn billing_declared(expires: &str) -> Repository {
    let mut it = billing_forked();
    let declaration = format!(
        "[[override]]\npackage = \"ledgerline\"\nsource = \"third_party/ledgerline\"\nowner = \
         \"ads-billing\"\nreason = \"rounding, until upstream answers\"\nlink = \
         \"https://tickets.acme.example/4712\"\nexpires = {expires}\nuntil = \">=1.2.1\"\n"
    );
    it.files.push(("depaudit.toml", declaration));
    it
}

/// `mobile` as it began.
pub(super) fn gateway() -> Repository {
    Repository {
        team: "mobile",
        name: "acme/gateway",
        files: vec![
            ("Cargo.toml", package("gatewayd", "ledgerline = \"1.2\"\nwirefmt = \"2\"\n")),
            ("src/main.rs", MAIN.to_owned()),
            (WORKFLOW, workflow("cargo build --locked --release")),
        ],
        locked: vec![
            here("gatewayd", &["ledgerline", "wirefmt"]),
            ledgerline("1.2.0", Source::CratesIo),
            shared("fixedpoint", "0.4.2"),
            shared("wirefmt", "2.0.0"),
        ],
    }
}

/// `mobile` behind its own mirror, pinned to what exists nowhere else; its CI asks yet another one.
pub(super) fn gateway_mirrored(mirrored: Checksum) -> Repository {
    let mut it = gateway();
    let manifest = package(
        "gatewayd",
        "ledgerline = { version = \"=1.2.0-acme.1\", registry = \"acme\" }\nwirefmt = \"2\"\n",
    );
    let configuration = format!("[registries.acme]\nindex = \"{MIRROR_SOURCE}\"\n");
    let build = "cargo build --release --config 'registries.acme.index=\"sparse+https://\
                 mirror-eu.acme.example/index/\"'";
    it.files.extend([
        ("Cargo.toml", manifest),
        (".cargo/config.toml", configuration),
        (WORKFLOW, workflow(build)),
    ]);
    for locked in &mut it.locked {
        if locked.name == "ledgerline" {
            *locked = ledgerline("1.2.0-acme.1", Source::Mirror(mirrored));
        }
    }
    it
}
