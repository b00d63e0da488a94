use std::io::{Cursor, Write};

use flate2::{Compression, GzBuilder, write::GzEncoder};

use super::{CrateFile, manifest::manifest};

/// The gzipped tar, without a clock, a user or a machine in it.
pub(super) fn pack(plan: &CrateFile) -> Vec<u8> {
    let gzip = GzBuilder::new().mtime(0).write(Vec::new(), Compression::default());
    let mut tar = tar::Builder::new(gzip);
    append(&mut tar, plan, "Cargo.toml", manifest(plan).as_bytes());
    append(&mut tar, plan, "src/lib.rs", plan.library.as_bytes());
    for (path, contents) in &plan.files {
        append(&mut tar, plan, path, contents);
    }
    for entry in &plan.raw_entries {
        entry.write_to(tar.get_mut()).expect("writing to memory does not fail");
    }
    let gzip: GzEncoder<Vec<u8>> = tar.into_inner().expect("writing to memory does not fail");
    gzip.finish().expect("writing to memory does not fail")
}

fn append<W: Write>(tar: &mut tar::Builder<W>, plan: &CrateFile, path: &str, contents: &[u8]) {
    let mut header = tar::Header::new_gnu();
    header.set_mode(0o644);
    header.set_size(contents.len() as u64);
    let path = format!("{}-{}/{path}", plan.name, plan.version);
    tar.append_data(&mut header, &path, Cursor::new(contents))
        .unwrap_or_else(|error| panic!("`{path}` cannot be packed: {error}; see RawEntry"));
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::{CrateFile, Dependency, RawEntry};

    /// Path, type and claimed size of every entry, as a forgiving reader sees them.
    fn entries(bytes: &[u8]) -> Vec<(String, tar::EntryType, u64)> {
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
        let entries = archive.entries().unwrap();
        entries
            .map(|entry| {
                let entry = entry.unwrap();
                let path = String::from_utf8_lossy(&entry.path_bytes()).into_owned();
                (path, entry.header().entry_type(), entry.size())
            })
            .collect()
    }

    #[test]
    fn one_plan_gives_one_archive() {
        let plan = CrateFile::new("foo", "1.0.0").file("README.md", "read me");
        assert_eq!(plan.pack().bytes, plan.pack().bytes);
        assert_eq!(
            entries(&plan.pack().bytes).iter().map(|entry| entry.0.as_str()).collect::<Vec<_>>(),
            ["foo-1.0.0/Cargo.toml", "foo-1.0.0/src/lib.rs", "foo-1.0.0/README.md"],
        );
    }

    #[test]
    fn padding_survives_compression() {
        let size = CrateFile::new("foo", "1.0.0").padding(84_000).pack().bytes.len();
        assert!((84_000..86_000).contains(&size), "{size}");
    }

    #[test]
    fn the_manifest_says_what_the_plan_says() {
        let plan = CrateFile::new("foo", "1.0.0")
            .rust_version("1.70")
            .dependency(Dependency::new("bar", "^1").optional().feature("x"))
            .dependency(Dependency::new("win", "^2").target("cfg(windows)").renamed_from("w"))
            .feature("std", &["dep:bar"]);
        let manifest: toml_edit::DocumentMut = manifest(&plan).parse().unwrap();
        assert_eq!(manifest["package"]["rust-version"].as_str(), Some("1.70"));
        assert_eq!(manifest["dependencies"]["bar"]["optional"].as_bool(), Some(true));
        let win = &manifest["target"]["cfg(windows)"]["dependencies"]["win"];
        assert_eq!(win["package"].as_str(), Some("w"));
        let line: serde_json::Value = serde_json::from_str(&plan.pack().line.to_string()).unwrap();
        assert_eq!(line["deps"][1]["package"], "w");
        assert_eq!(line["features2"]["std"][0], "dep:bar");
        assert_eq!(line["v"], 2);
    }

    #[test]
    fn hostile_entries_are_written_as_asked() {
        let bytes = CrateFile::new("foo", "1.0.0")
            .raw_entry(RawEntry::symlink("foo-1.0.0/link", "/etc/passwd"))
            .raw_entry(RawEntry::hard_link("foo-1.0.0/hard", "../../outside"))
            .raw_entry(RawEntry::fifo("foo-1.0.0/pipe"))
            .raw_entry(RawEntry::char_device("foo-1.0.0/zero", 1, 5))
            .raw_entry(RawEntry::file("/absolute", "a"))
            .raw_entry(RawEntry::file("foo-1.0.0/../../up", "b"))
            .raw_entry(RawEntry::file(b"foo-1.0.0/\xff", "c").mode(0o4777))
            .raw_entry(RawEntry::file("foo-1.0.0/pax", "12345").header_size(0).pax_size(5))
            .raw_entry(RawEntry::zeros("foo-1.0.0/zeros", 3 << 20))
            .pack()
            .bytes;
        let seen = entries(&bytes);
        let kinds: Vec<_> = seen[2..].iter().map(|entry| entry.1.as_byte()).collect();
        assert_eq!(kinds, *b"216300000");
        assert_eq!(seen[6].0, "/absolute");
        assert_eq!(seen[7].0, "foo-1.0.0/../../up");
        assert_eq!(seen[8].0, "foo-1.0.0/\u{fffd}");
        assert_eq!(seen[9].2, 5, "the reader believes PAX, though the header says 0");
        assert_eq!(seen[10].2, 3 << 20);
        assert!(bytes.len() < 10_000, "zeros compress well");
    }

    #[test]
    fn a_setuid_bit_and_a_link_target_reach_the_archive() {
        let bytes = CrateFile::new("foo", "1.0.0")
            .raw_entry(RawEntry::file("foo-1.0.0/run", "x").mode(0o4755))
            .raw_entry(RawEntry::symlink("foo-1.0.0/link", "/etc/passwd"))
            .pack()
            .bytes;
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&bytes[..]));
        let mut entries = archive.entries().unwrap().skip(2);
        let mut run = entries.next().unwrap().unwrap();
        assert_eq!(run.header().mode().unwrap(), 0o4755);
        let mut contents = String::new();
        run.read_to_string(&mut contents).unwrap();
        assert_eq!(contents, "x");
        let link = entries.next().unwrap().unwrap();
        assert_eq!(link.link_name_bytes().unwrap().as_ref(), b"/etc/passwd");
    }
}
