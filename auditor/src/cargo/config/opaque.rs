use crate::cargo::text::Text;
use crate::cargo::toml::{self, Table};
use crate::report::{BlindSpotKind, Span};

/// A setting behind which no scan can see: it puts a program in the place of rustc or of a build
/// script, and that program can do anything; or it lets another lock or another resolution count.
#[derive(Debug)]
pub(crate) struct OpaqueSetting {
    /// Its key: `build.rustc-wrapper`.
    pub(crate) key: String,
    pub(crate) kind: BlindSpotKind,
    pub(crate) span: Span,
}

const PROGRAMS: [&str; 3] = ["rustc", "rustc-wrapper", "rustc-workspace-wrapper"];

/// What a `[target.<triple>]` table may hold besides tables for the native libraries (`links`) of
/// which it replaces the build script.
const TARGET_TABLES: [&str; 2] = ["rustflags", "rustdocflags"];

/// What changes which lock counts, or how versions are chosen where none does; no keys: all of the
/// table. Some act only in newer Cargos than others read the file, or on nightly ones.
const RESOLUTION: [(&str, &[&str]); 2] =
    [("resolver", &["lockfile-path", "incompatible-rust-versions"]), ("unstable", &[])];

pub(super) fn read(document: &Table<'_>, text: &Text<'_>) -> Vec<OpaqueSetting> {
    let mut found = Vec::new();
    let build = toml::table(document, "build").into_iter().flat_map(toml::entries);
    for (key, _, range) in build.filter(|(key, ..)| PROGRAMS.contains(key)) {
        let (key, kind) = (format!("build.{key}"), BlindSpotKind::Unprovable);
        found.push(OpaqueSetting { key, kind, span: text.span(range) });
    }
    for (triple, target, _) in toml::table(document, "target").into_iter().flat_map(toml::entries) {
        let entries = target.get_ref().as_table().into_iter().flat_map(toml::entries);
        for (links, value, range) in entries {
            if value.get_ref().is_table() && !TARGET_TABLES.contains(&links) {
                let key = format!("target.{triple}.{links}");
                let kind = BlindSpotKind::Unprovable;
                found.push(OpaqueSetting { key, kind, span: text.span(range) });
            }
        }
    }
    for (table, keys) in RESOLUTION {
        let entries = toml::table(document, table).into_iter().flat_map(toml::entries);
        for (key, _, range) in entries.filter(|(key, ..)| keys.is_empty() || keys.contains(key)) {
            let (key, kind) = (format!("{table}.{key}"), BlindSpotKind::Resolution);
            found.push(OpaqueSetting { key, kind, span: text.span(range) });
        }
    }
    found
}
