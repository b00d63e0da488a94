use super::{Setting, shown, target_of};
use crate::cargo::config::ConfigFile;
use crate::cargo::source::SourceKey;
use crate::files::RepoPath;
use crate::report::OverrideKind;

/// The flags `--config` among the words of a cargo command that change where packages come from.
pub(crate) fn config_flags<S: AsRef<str>>(words: &[S]) -> Vec<Setting> {
    let mut found = Vec::new();
    let mut words = words.iter().map(AsRef::as_ref);
    while let Some(word) = words.next() {
        // What follows goes to the program, not to cargo.
        if word == "--" {
            break;
        }
        let value = match word.strip_prefix("--config") {
            Some("") => words.next(),
            Some(rest) => rest.strip_prefix('='),
            None => None,
        };
        found.extend(value.and_then(setting));
    }
    found
}

/// `None` for configuration that leaves sources alone: `--config net.retry=3`.
fn setting(value: &str) -> Option<Setting> {
    let flag = |source, package, target| {
        Some(Setting { kind: OverrideKind::Flag, source, package, target, ignored: false })
    };
    let plain = || shown("--config", Some(value));
    // Cargo reads an argument with `=` as TOML, anything else as the path of a file.
    if !value.contains('=') {
        return flag(None, None, plain());
    }
    let Ok(config) = ConfigFile::parse(&RepoPath::root(), value) else {
        // A shell may still have to put variables into it.
        return ["source", "patch", "registries", "paths"]
            .iter()
            .any(|table| value.trim_start().starts_with(table))
            .then(|| flag(None, None, plain()))?;
    };
    if let Some(patch) = config.patches.first() {
        let source = SourceKey::new(&patch.source_key, |name| {
            let mut registries = config.registries.iter();
            registries.find(|registry| &*registry.name == name)?.index.as_deref()
        });
        return flag(Some(source), Some(patch.package().to_owned()), target_of(&patch.spec));
    }
    if let Some(table) = config.sources.first() {
        return flag(Some(SourceKey::new(&table.name, |_| None)), None, plain());
    }
    if let Some(registry) = config.registries.iter().find(|registry| registry.index.is_some()) {
        return flag(Some(SourceKey::Name(registry.name.clone().into())), None, plain());
    }
    if config.paths.is_empty() { None } else { flag(Some(SourceKey::CratesIo), None, plain()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Target;

    fn flags(line: &str) -> Vec<Setting> {
        config_flags(&line.split(' ').collect::<Vec<_>>())
    }

    #[test]
    fn a_patch_in_a_flag_is_understood() {
        let found = flags("build --config=patch.crates-io.foo.path=\"../foo\" --locked");
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].source, Some(SourceKey::CratesIo));
        assert_eq!(found[0].package.as_deref(), Some("foo"));
        assert_eq!(found[0].target, Target::Path("../foo".into()));
    }

    #[test]
    fn sources_registries_files_and_unfinished_texts_count() {
        for line in [
            "build --config source.crates-io.replace-with='x'",
            "build --config registries.mine.index='sparse+https://e.org/'",
            "build --config ci/cargo.toml",
            "build --config source.crates-io.replace-with=$MIRROR",
        ] {
            assert_eq!(flags(line).len(), 1, "{line}");
        }
    }

    #[test]
    fn other_configuration_and_the_program_s_own_flags_do_not() {
        for line in ["build --config net.retry=3", "run -- --config my.toml", "build --configure"] {
            assert!(flags(line).is_empty(), "{line}");
        }
    }
}
