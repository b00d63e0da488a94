use std::io::{self, Read, Write};

use flate2::Compression;
use flate2::write::GzEncoder;
use proptest::prelude::*;

use super::*;

/// A tar that is written header by header, so that it can lie.
#[derive(Default)]
struct Tar(Vec<u8>);

impl Tar {
    fn with_manifest() -> Self {
        Self::default().file("foo-1.0.0/Cargo.toml", b"[package]\n")
    }

    fn file(self, name: &str, content: &[u8]) -> Self {
        self.entry(b'0', name.as_bytes(), content.len() as u64, content)
    }

    fn kind(self, kind: u8, name: &str) -> Self {
        self.entry(kind, name.as_bytes(), 0, b"")
    }

    /// Writes a GNU header that claims `size`, and `content` behind it.
    fn entry(mut self, kind: u8, name: &[u8], size: u64, content: &[u8]) -> Self {
        let mut header = tar::Header::new_gnu();
        let field = &mut header.as_gnu_mut().unwrap().name;
        let length = name.len().min(field.len());
        field[..length].copy_from_slice(&name[..length]);
        header.set_entry_type(tar::EntryType::new(kind));
        header.set_mode(0o4777);
        header.set_size(size);
        header.set_cksum();
        self.0.extend_from_slice(header.as_bytes());
        self.0.extend_from_slice(content);
        self.0.resize(self.0.len().next_multiple_of(512), 0);
        self
    }

    fn pax(self, record: &str) -> Self {
        // The length counts its own two digits, the space and the newline.
        let length = record.len() + 4;
        let line = format!("{length} {record}\n");
        assert_eq!(line.len(), length, "{line}");
        self.entry(b'x', b"pax", length as u64, line.as_bytes())
    }

    fn inspect(self) -> Result<ArchiveSummary, InspectError> {
        inspect_bytes(&gzip(&self.ended()), &ArchiveLimits::DEFAULT)
    }

    fn ended(mut self) -> Vec<u8> {
        self.0.extend_from_slice(&[0; 1024]);
        self.0
    }

    fn rule(self) -> &'static str {
        rule(self.inspect())
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn inspect_bytes(bytes: &[u8], limits: &ArchiveLimits) -> Result<ArchiveSummary, InspectError> {
    let (name, version) = ("foo".parse().unwrap(), "1.0.0".parse().unwrap());
    inspect(bytes, &Release { name, version }, limits)
}

fn rule(outcome: Result<ArchiveSummary, InspectError>) -> &'static str {
    match outcome {
        Err(InspectError::Refused(fault)) => {
            assert!(fault.to_string().chars().count() <= 300, "{fault}");
            fault.rule()
        }
        other => panic!("expected a refusal: {other:?}"),
    }
}

#[test]
fn what_cargo_and_the_registry_accept_is_accepted() {
    let long = format!("foo-1.0.0/{}", "d/".repeat(100));
    let summary = Tar::default()
        .kind(b'5', "foo-1.0.0/")
        .file("foo-1.0.0/Cargo.toml", b"[package]\n")
        .file("foo-1.0.0/Cargo.toml.orig", b"[package]\n")
        .file("foo-1.0.0/sub/cargo.toml", b"")
        .entry(b'\0', b"foo-1.0.0/old", 3, b"old")
        .entry(b'g', b"pax_global_header", 16, b"16 comment=abcd\n")
        .entry(b'L', b"././@LongLink", long.len() as u64 + 2, format!("{long}x\0").as_bytes())
        .file("foo-1.0.0/shortened", b"")
        .pax("path=foo-1.0.0/from/pax")
        .file("foo-1.0.0/shortened", b"four")
        .inspect();
    assert_eq!(summary.unwrap(), ArchiveSummary { files: 6, content_bytes: 27 });
}

#[test]
fn the_older_spelling_of_the_manifest_and_an_equal_second_copy_are_accepted() {
    assert!(Tar::default().file("foo-1.0.0/cargo.toml", b"").inspect().is_ok());
    let twice = Tar::with_manifest().file("foo-1.0.0/Cargo.toml", b"[package]\n");
    assert_eq!(twice.inspect().unwrap(), ArchiveSummary { files: 1, content_bytes: 10 });
}

#[test]
fn bad_input_34_links_devices_and_fifos() {
    for kind in [b'1', b'2'] {
        assert_eq!(Tar::with_manifest().kind(kind, "foo-1.0.0/x").rule(), "archive-link");
    }
    // Devices, FIFO, contiguous, GNU sparse, Solaris ACL, unknown.
    for kind in *b"3467SAZ" {
        assert_eq!(Tar::with_manifest().kind(kind, "foo-1.0.0/x").rule(), "archive-special-file");
    }
    let sparse = Tar::with_manifest().pax("GNU.sparse.major=1").file("foo-1.0.0/x", b"");
    assert_eq!(sparse.rule(), "archive-special-file");
}

#[test]
fn bad_input_35_entries_outside_the_folder() {
    for name in ["/etc/passwd", "bar-1.0.0/x", "foo-1.0.0/../x", "foo-1.0.00"] {
        assert_eq!(Tar::with_manifest().file(name, b"").rule(), "archive-name", "{name}");
        // The short name is innocent; the one that counts comes before it.
        let pax = Tar::with_manifest().pax(&format!("path={name}")).file("foo-1.0.0/x", b"");
        assert_eq!(pax.rule(), "archive-name", "{name}");
        let gnu = Tar::with_manifest().entry(b'L', b"long", name.len() as u64, name.as_bytes());
        assert_eq!(gnu.file("foo-1.0.0/x", b"").rule(), "archive-name", "{name}");
    }
    let name = b"foo-1.0.0/\xff\xfe";
    assert_eq!(Tar::with_manifest().entry(b'0', name, 0, b"").rule(), "archive-name");
    let two = Tar::with_manifest()
        .entry(b'L', b"long", 11, b"foo-1.0.0/a")
        .pax("path=foo-1.0.0/b")
        .file("foo-1.0.0/x", b"");
    assert_eq!(two.rule(), "archive-name");
}

#[test]
fn bad_input_35_manifests_that_readers_understand_differently() {
    let two = Tar::with_manifest().file("foo-1.0.0/cargo.toml", b"[package]\n");
    assert_eq!(two.rule(), "archive-manifest");
    let two = Tar::with_manifest().file("foo-1.0.0/./Cargo.toml", b"[evil]\n");
    assert_eq!(two.rule(), "archive-two-contents");
    let two = Tar::with_manifest().file("foo-1.0.0/a", b"1").file("foo-1.0.0//a", b"2");
    assert_eq!(two.rule(), "archive-two-contents");
    let none = Tar::default().file("foo-1.0.0/CARGO.TOML", b"").file("foo-1.0.0/a/Cargo.toml", b"");
    assert_eq!(none.rule(), "archive-manifest");
    assert_eq!(Tar::default().rule(), "archive-manifest");
}

#[test]
fn bad_input_36_two_sizes_for_one_file() {
    // To a reader that believes the extended header, what follows is content; to others, a file.
    let hidden = Tar::with_manifest()
        .pax("size=1024")
        .file("foo-1.0.0/x", b"")
        .file("foo-1.0.0/build.rs", b"fn main() {}");
    assert_eq!(hidden.rule(), "archive-size-mismatch");
    let smaller = Tar::with_manifest().pax("size=00").file("foo-1.0.0/x", &[b'x'; 512]);
    assert_eq!(smaller.rule(), "archive-size-mismatch");
    let folder = Tar::with_manifest().entry(b'5', b"foo-1.0.0/x", 512, &[0; 512]);
    assert_eq!(folder.rule(), "archive-size-mismatch");
    assert!(Tar::with_manifest().pax("size=03").file("foo-1.0.0/x", b"abc").inspect().is_ok());
}

#[test]
fn bad_input_37_a_decompression_bomb_is_stopped() {
    let zeros = Tar::with_manifest().file("foo-1.0.0/zeros", &vec![0; 4 << 20]).ended();
    let bomb = gzip(&zeros);
    let limits = |unpacked, ratio| ArchiveLimits { unpacked, ratio, entries: 10 };
    assert_eq!(rule(inspect_bytes(&bomb, &limits(1 << 20, 20))), "archive-too-large");
    assert!(inspect_bytes(&bomb, &limits(8 << 20, 20)).is_ok());
    // The same content, hardly compressed, is below the ratio.
    assert!(zeros.len() / bomb.len() > 20);
    let mut stored = GzEncoder::new(Vec::new(), Compression::none());
    stored.write_all(&zeros).unwrap();
    assert!(inspect_bytes(&stored.finish().unwrap(), &limits(1 << 20, 20)).is_ok());
}

#[test]
fn bad_input_37_many_entries_and_endless_headers_are_stopped() {
    let mut tar = Tar::with_manifest();
    for number in 0..10 {
        tar = tar.file(&format!("foo-1.0.0/{number}"), b"");
    }
    let crate_file = gzip(&tar.ended());
    let limits = |entries| ArchiveLimits { entries, ..ArchiveLimits::DEFAULT };
    assert_eq!(rule(inspect_bytes(&crate_file, &limits(10))), "archive-too-large");
    assert!(inspect_bytes(&crate_file, &limits(11)).is_ok());
    for kind in *b"xgLK" {
        let tar = Tar::with_manifest().entry(kind, b"long", 1 << 30, &[0; 512]);
        assert_eq!(tar.rule(), "archive-too-large");
    }
}

#[test]
fn bad_input_11_cut_off_or_garbled_archives_are_unreadable() {
    let whole = Tar::with_manifest().file("foo-1.0.0/x", &[7; 5_000]).0;
    let gzipped = gzip(&whole);
    for length in [0, 5, 10, gzipped.len() / 2, gzipped.len() - 9] {
        let outcome = inspect_bytes(&gzipped[..length], &ArchiveLimits::DEFAULT);
        assert_eq!(rule(outcome), "archive-unreadable", "{length}");
    }
    // The tar inside is cut off, the gzip around it is sound.
    for length in [100, 700, 1_200, whole.len() - 1_024] {
        let outcome = inspect_bytes(&gzip(&whole[..length]), &ArchiveLimits::DEFAULT);
        assert_eq!(rule(outcome), "archive-unreadable", "{length}");
    }
    let page = b"<!DOCTYPE html><title>Sign in</title>";
    assert_eq!(rule(inspect_bytes(page, &ArchiveLimits::DEFAULT)), "archive-unreadable");
    let dangling = Tar::with_manifest().pax("path=foo-1.0.0/nothing");
    assert_eq!(dangling.rule(), "archive-unreadable");
    let mut bad_sum = Tar::with_manifest();
    bad_sum.0[0] = b'g';
    assert_eq!(bad_sum.rule(), "archive-unreadable");
}

#[test]
fn bytes_after_the_end_are_ignored_as_cargo_ignores_them() {
    let mut bytes = Tar::with_manifest().ended();
    bytes.extend_from_slice(b"beyond the end of the tar");
    let mut crate_file = gzip(&bytes);
    crate_file.extend_from_slice(&gzip(b"a second gzip member"));
    assert!(inspect_bytes(&crate_file, &ArchiveLimits::DEFAULT).is_ok());
}

#[test]
fn bad_input_45_names_are_quoted_escaped_and_short() {
    let name = format!("foo-1.0.0/../\u{1b}[31m\u{202e}{}", "x".repeat(500));
    let tar = Tar::with_manifest().entry(b'L', b"long", name.len() as u64, name.as_bytes());
    let text = tar.file("short", b"").inspect().unwrap_err().to_string();
    assert!(text.contains(r"foo-1.0.0/../\u{1b}[31m\u{202e}xxx"), "{text}");
    assert!(text.chars().count() <= 300, "{text}");
    for length in 95..=105 {
        assert!(Quoted::new(&"é".repeat(length)).to_string().chars().count() <= 100);
    }
    assert_eq!(Quoted::new(&"é".repeat(100)).to_string(), "é".repeat(100));
}

#[test]
fn a_source_that_fails_is_not_the_archives_fault() {
    struct Broken;
    impl Read for Broken {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("the disk is gone"))
        }
    }
    let bytes = gzip(&Tar::with_manifest().ended());
    let (name, version) = ("foo".parse().unwrap(), "1.0.0".parse().unwrap());
    let outcome =
        inspect(bytes[..20].chain(Broken), &Release { name, version }, &ArchiveLimits::DEFAULT);
    let Err(InspectError::Source(error)) = outcome else { panic!("{outcome:?}") };
    assert_eq!(error.to_string(), "the disk is gone");
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..4_096)) {
        let limits = ArchiveLimits::DEFAULT;
        prop_assert!(inspect_bytes(&bytes, &limits).is_err());
        prop_assert!(inspect_bytes(&gzip(&bytes), &limits).is_err());
    }

    #[test]
    fn no_headers_make_it_panic(
        entries in prop::collection::vec(
            (
                prop::sample::select(b"\x00012345679xgLKSZ".to_vec()),
                prop_oneof!["foo-1[.]0[.]0/[a.]{0,3}/?[b\\\\]?", ".{0,8}"],
                prop_oneof![Just(None), any::<u64>().prop_map(Some)],
                prop_oneof![
                    prop::collection::vec(any::<u8>(), 0..600),
                    "(9 (size|path)=[0-9a/]\n){0,3}".prop_map(String::into_bytes),
                ],
            ),
            0..8,
        ),
    ) {
        let mut tar = Tar::with_manifest();
        for (kind, name, lie, content) in entries {
            let size = lie.unwrap_or(content.len() as u64);
            tar = tar.entry(kind, name.as_bytes(), size, &content);
        }
        let limits = ArchiveLimits { unpacked: 64 << 10, ratio: 20, entries: 8 };
        if let Ok(summary) = inspect_bytes(&gzip(&tar.ended()), &limits) {
            prop_assert!(summary.files >= 1 && summary.content_bytes >= 10);
        }
    }
}
