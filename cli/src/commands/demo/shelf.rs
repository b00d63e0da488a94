use std::io;

use anyhow::Context;
use bytes::Bytes;
use depaudit_model::cargo::CrateName;
use depaudit_model::{Checksum, Timestamp};
use flate2::write::GzEncoder;
use flate2::{Compression, GzBuilder};
use semver::Version;
use serde_json::json;

use super::clock::SetClock;

/// A release that the upstream has, and how it came about.
pub(super) struct Plan {
    pub(super) name: &'static str,
    pub(super) version: &'static str,
    pub(super) days_ago: u32,
    /// Name and requirement of each dependency.
    pub(super) requires: &'static [(&'static str, &'static str)],
    /// `src/lib.rs`.
    pub(super) library: &'static str,
}

/// A release, packed and with its line in the index.
#[derive(Debug)]
pub(super) struct Edition {
    pub(super) name: CrateName,
    pub(super) version: Version,
    pub(super) published: Timestamp,
    pub(super) checksum: Checksum,
    pub(super) archive: Bytes,
    /// Without its newline.
    pub(super) line: String,
}

/// As an index writes it: Cargo refuses the whole line of a release whose second has decimals.
fn whole_seconds(moment: Timestamp) -> anyhow::Result<String> {
    Ok(jiff::Timestamp::from_second(moment.as_millis() / 1_000)?.to_string())
}

impl Plan {
    /// Its manifest, as Cargo would have written it.
    pub(super) fn manifest(&self) -> String {
        let Self { name, version, .. } = self;
        let mut text = format!(
            "[package]\nname = \"{name}\"\nversion = \"{version}\"\nedition = \"2021\"\n\
             description = \"A library of the demo\"\nlicense = \"MIT\"\n\n[dependencies]\n"
        );
        for (dependency, requirement) in self.requires {
            text.push_str(&format!("{dependency} = \"{requirement}\"\n"));
        }
        text
    }

    pub(super) fn pack(&self, clock: &SetClock) -> anyhow::Result<Edition> {
        let published = clock.days_ago(self.days_ago);
        let archive = self.archive().context("a crate of the demo cannot be packed")?;
        let checksum = Checksum::of(&archive);
        let dependency = |(name, requirement): &(&str, &str)| {
            json!({
                "name": name, "req": format!("^{requirement}"), "features": [], "optional": false,
                "default_features": true, "target": null, "kind": "normal",
            })
        };
        let line = json!({
            "name": self.name,
            "vers": self.version,
            "deps": self.requires.iter().map(dependency).collect::<Vec<_>>(),
            "cksum": checksum,
            "features": {},
            "yanked": false,
            "pubtime": whole_seconds(published)?,
            "v": 2,
        });
        Ok(Edition {
            name: self.name.parse()?,
            version: self.version.parse()?,
            published,
            checksum,
            archive: archive.into(),
            line: line.to_string(),
        })
    }

    /// A gzipped tar without a clock, a user or a machine in it: the same bytes each time.
    fn archive(&self) -> io::Result<Vec<u8>> {
        let gzip: GzEncoder<Vec<u8>> =
            GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
        let mut tar = tar::Builder::new(gzip);
        let manifest = self.manifest();
        for (path, text) in [("Cargo.toml", manifest.as_str()), ("src/lib.rs", self.library)] {
            let mut header = tar::Header::new_gnu();
            header.set_mode(0o644);
            header.set_size(text.len() as u64);
            let path = format!("{}-{}/{path}", self.name, self.version);
            tar.append_data(&mut header, path, text.as_bytes())?;
        }
        tar.into_inner()?.finish()
    }
}
