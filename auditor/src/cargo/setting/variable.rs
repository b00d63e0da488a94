use super::{Setting, shown};
use crate::cargo::source::SourceKey;
use crate::report::OverrideKind;

/// What an environment variable does to a build.
#[derive(Debug)]
pub(crate) enum Effect {
    /// It changes where packages come from, or which versions are chosen.
    Override(Box<Setting>),
    /// It puts another program in the place of rustc: nobody can see what is built.
    Opaque,
    /// It moves the folder in which Cargo keeps its caches, and reads configuration.
    Home,
    /// Nothing of the kind.
    None,
}

/// Variables that put another program in the place of rustc.
const OPAQUE: [&str; 6] = [
    "RUSTC",
    "RUSTC_WRAPPER",
    "RUSTC_WORKSPACE_WRAPPER",
    "CARGO_BUILD_RUSTC",
    "CARGO_BUILD_RUSTC_WRAPPER",
    "CARGO_BUILD_RUSTC_WORKSPACE_WRAPPER",
];

/// Variables without a name in them that change sources or versions.
const FIXED: [&str; 4] = [
    "CARGO_UNSTABLE_MINIMAL_VERSIONS",
    "CARGO_UNSTABLE_DIRECT_MINIMAL_VERSIONS",
    "CARGO_UNSTABLE_NO_INDEX_UPDATE",
    "CARGO_RESOLVER_INCOMPATIBLE_RUST_VERSIONS",
];

/// Fields of `[source]` tables that a variable may set.
const SOURCE_FIELDS: [&str; 8] =
    ["REPLACE_WITH", "REGISTRY", "LOCAL_REGISTRY", "DIRECTORY", "GIT", "BRANCH", "TAG", "REV"];

/// Looks at a variable. An empty `value` unsets nothing in Cargo, so it counts as any other.
pub(crate) fn effect_of(name: &str, value: Option<&str>) -> Effect {
    if OPAQUE.contains(&name) {
        return if value == Some("") { Effect::None } else { Effect::Opaque };
    }
    if name == "CARGO_HOME" {
        return Effect::Home;
    }
    let Some((source, package, ignored)) = subject(name) else { return Effect::None };
    Effect::Override(Box::new(Setting {
        kind: OverrideKind::Env,
        source,
        package,
        target: shown(name, value),
        ignored,
    }))
}

/// The source and package that a variable is about, and whether Cargo ignores it.
///
/// Cargo keeps the case of a table's name in a variable's name: `CARGO_SOURCE_crates-io_REGISTRY`
/// acts, and its spelling in capitals does nothing, whatever people believe. Registries' names are
/// the exception: there Cargo looks for the capitals.
fn subject(name: &str) -> Option<(Option<SourceKey>, Option<String>, bool)> {
    if FIXED.contains(&name) || name.starts_with("__CARGO_TEST_") {
        return Some((None, None, false));
    }
    if let Some(rest) = name.strip_prefix("CARGO_SOURCE_") {
        let source = source_field(name).map_or(rest, |(source, _)| source);
        let source_key = key(source);
        // `crates_io`, which any shell can set, is no table that a file could define.
        let misspelt = source_key == SourceKey::CratesIo && source != "crates-io";
        return Some((Some(source_key), None, misspelt || is_capitals(source)));
    }
    if let Some(rest) = name.strip_prefix("CARGO_PATCH_") {
        let mut parts = rest.splitn(3, '_');
        let source = parts.next().unwrap_or_default();
        let package = parts.next().map(str::to_owned);
        return Some((Some(key(source)), package, is_capitals(rest)));
    }
    let registry = name.strip_prefix("CARGO_REGISTRIES_")?.strip_suffix("_INDEX")?;
    let name = registry.to_ascii_lowercase();
    // Cargo does not let anybody redefine its default registry in this way.
    let ignored = matches!(name.as_str(), "crates_io" | "crates-io");
    Some((Some(SourceKey::Name(name.as_str().into())), None, ignored))
}

/// The name and the field of `CARGO_SOURCE_<name>_<FIELD>`.
pub(crate) fn source_field(variable: &str) -> Option<(&str, &'static str)> {
    let rest = variable.strip_prefix("CARGO_SOURCE_")?;
    SOURCE_FIELDS.iter().find_map(|field| {
        let source = rest.strip_suffix(*field)?.strip_suffix('_')?;
        Some((source, *field))
    })
}

fn key(name: &str) -> SourceKey {
    match name.to_ascii_lowercase().replace('_', "-").as_str() {
        "crates-io" => SourceKey::CratesIo,
        _ => SourceKey::Name(name.into()),
    }
}

fn is_capitals(text: &str) -> bool {
    !text.bytes().any(|byte| byte.is_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(name: &str) -> Setting {
        match effect_of(name, Some("x")) {
            Effect::Override(setting) => *setting,
            other => panic!("{name}: {other:?}"),
        }
    }

    #[test]
    fn the_case_of_a_source_s_name_decides() {
        let acts = setting("CARGO_SOURCE_crates-io_REPLACE_WITH");
        assert_eq!((acts.source, acts.ignored), (Some(SourceKey::CratesIo), false));
        assert!(setting("CARGO_SOURCE_CRATES_IO_REPLACE_WITH").ignored);
        assert!(setting("CARGO_SOURCE_crates_io_REPLACE_WITH").ignored);
        assert!(setting("CARGO_PATCH_CRATES_IO_FOO_PATH").ignored);
        let patch = setting("CARGO_PATCH_crates-io_foo_path");
        assert_eq!((patch.package.as_deref(), patch.ignored), (Some("foo"), false));
    }

    #[test]
    fn registries_are_named_in_capitals() {
        let mine = setting("CARGO_REGISTRIES_MINE_INDEX");
        assert_eq!((mine.source, mine.ignored), (Some(SourceKey::Name("mine".into())), false));
        assert!(setting("CARGO_REGISTRIES_CRATES_IO_INDEX").ignored);
    }

    #[test]
    fn what_changes_no_source_is_left_alone() {
        for name in ["CARGO_TERM_COLOR", "CARGO_REGISTRIES_MINE_TOKEN", "PATH", "CARGO"] {
            assert!(matches!(effect_of(name, None), Effect::None), "{name}");
        }
        assert!(matches!(effect_of("RUSTC_WRAPPER", Some("sccache")), Effect::Opaque));
        assert!(matches!(effect_of("RUSTC_WRAPPER", Some("")), Effect::None));
    }
}
