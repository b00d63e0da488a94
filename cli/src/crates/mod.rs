//! Where a release's crate file comes from: a data folder, a server, Cargo's own cache.

pub mod cargo_home;
pub mod commit;
pub mod data_folder;

use std::path::PathBuf;

use anyhow::{Context, bail, ensure};
use clap::Args;
use depaudit_model::cargo::{PackageFiles, Release};
use depaudit_model::{Checksum, TeamId};
use depaudit_proxy::cargo::archive::{self, ArchiveLimits};

use crate::args::{ServerUrl, TokenSource};
use crate::facts::{CargoCache, Server};

/// The largest crate file that is held in memory, in bytes. crates.io takes 10 MiB, and more only
/// where it was asked to.
pub const LARGEST_CRATE: u64 = 128 << 20;

/// Whom to ask for a crate. Without any of them, Cargo's own cache is looked into.
#[derive(Debug, Clone, Default, Args)]
pub struct CratesArgs {
    /// Data folder of a server, whose crates were verified
    #[arg(long, value_name = "DIR", env = "DEPAUDIT_DATA")]
    pub data: Option<PathBuf>,
    /// Ask this depaudit server for a crate that the data folder does not have
    #[arg(long, value_name = "URL", env = "DEPAUDIT_SERVER", hide_env_values = true)]
    pub server: Option<ServerUrl>,
    /// The team in whose name the server is asked, which its record shows [default: depaudit-scan]
    #[arg(long, value_name = "TEAM", requires = "server")]
    pub team: Option<TeamId>,
    #[command(flatten)]
    pub token: TokenSource,
}

/// A crate file with the bytes that a registry's checksum promises.
#[derive(Debug)]
pub struct CrateFile {
    bytes: Vec<u8>,
    /// What makes them the same bytes.
    pub sha256: Checksum,
    /// Where they come from: `the data folder depaudit-data`.
    pub from: String,
}

impl CrateFile {
    /// Compares the bytes with the checksum.
    ///
    /// # Errors
    /// When they have another one: then they are no release.
    pub fn proven(bytes: Vec<u8>, expected: &Checksum, from: String) -> anyhow::Result<Self> {
        let sha256 = Checksum::of(&bytes);
        ensure!(
            sha256 == *expected,
            "{from} has other bytes than the registry's checksum promises: {sha256}, not {expected}"
        );
        Ok(Self { bytes, sha256, from })
    }

    /// What is in it. Nothing is unpacked to disk.
    ///
    /// # Errors
    /// When it is no crate file of this release, or more than Cargo would unpack.
    pub fn files(&self, release: &Release) -> anyhow::Result<PackageFiles> {
        archive::read(self.bytes.as_slice(), release, &ArchiveLimits::DEFAULT)
            .with_context(|| format!("the crate file of {release} cannot be looked into"))
    }
}

/// Finds the crate file of a release of crates.io.
///
/// # Errors
/// When it is nowhere at hand, or what is there has other bytes.
pub fn find(args: &CratesArgs, release: &Release) -> anyhow::Result<CrateFile> {
    let mut missing = Vec::new();
    if let Some(data) = &args.data {
        match data_folder::find(data, release) {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => missing.push(format!("the data folder {} lacks it", data.display())),
            // It may be another user's; the server has what is in it.
            Err(error) if args.server.is_some() => missing.push(format!("{error:#}")),
            Err(error) => return Err(error),
        }
    }
    if let Some(server) = &args.server {
        let asked = Server::new(server, ("--team", args.team.as_ref()), args.token.token()?)?;
        match asked.crate_file(release) {
            Some(found) => return Ok(found),
            None => {
                let why = asked.why_not().unwrap_or("it does not have it");
                missing.push(format!("the server {server} does not give it: {why}"));
            }
        }
    }
    match in_cargo(release)? {
        InCargo::Found(found) => return Ok(found),
        InCargo::NoCrate => missing.push("Cargo's cache does not have it".to_owned()),
        InCargo::NoChecksum => {
            missing.push("Cargo's index cache does not tell its checksum".to_owned());
        }
    }
    bail!(
        "{release} is not at hand: {}; name a server that serves it, with --server, or the data folder of \
         one that has it, with --data: what a policy denies is compared there, and goes to no team",
        missing.join("; ")
    )
}

/// What Cargo's own home has of a release.
#[derive(Debug)]
pub enum InCargo {
    /// Its crate.
    Found(CrateFile),
    /// No crate with its checksum.
    NoCrate,
    /// Not even its checksum.
    NoChecksum,
}

/// Looks for a release in Cargo's own home.
///
/// # Errors
/// When a file that is there cannot be read.
pub fn in_cargo(release: &Release) -> anyhow::Result<InCargo> {
    let checksum = CargoCache::find().and_then(|cache| cache.checksum(release));
    let Some(checksum) = checksum else { return Ok(InCargo::NoChecksum) };
    Ok(cargo_home::find(release, &checksum)?.map_or(InCargo::NoCrate, InCargo::Found))
}
