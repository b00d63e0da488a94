use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::overrides::{configuration, detour, is_accounted_for, is_filled_in_later};
use crate::report::{Override, OverrideKind, Place, SettingValue, SourceKey, State, Target};

pub(super) const RULE: Rule = Rule {
    code: "SRC03",
    name: "source-replacement-not-approved",
    group: Group::Source,
    severity: Severity::Critical,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when crates.io is replaced by anything but a proxy of the policy's list, by configuration,
by a variable or by a flag; also without `replace-with`, where `[source.crates-io]` just names
another place; and when sources replace each other in a circle. Without a policy no proxy is
approved. A variable that Cargo ignores because of its spelling is a warning.

A vendored tree passes when it is part of the repository, stands beside a lock, and no file in it
differs from its checksums: then the commit itself fixes the bytes, and `lock` rules watch them.

## Why it is bad
Every package comes from there, and the lock does not change by a byte. A mirror decides which
versions there are and which dependencies they have: one that misses a patch release keeps everybody
on the broken one, and for a lock entry without a checksum it decides about the bytes, too. A team
built for months against a private mirror that nobody had looked at; no file in the lock told.

## Example
```toml
[source.crates-io]
registry = \"sparse+https://mirror.example/index/\" # redirects, without any `replace-with`
```

## How to fix it
Point the replacement at the approved proxy; or list this one, when it verifies and records what it
serves:
```toml
# depaudit.toml
[approved]
proxies = [\"https://proxy.example\"]
```
None of it is safe to do automatically: other versions may be seen afterwards. A circle has to be
broken: Cargo refuses it, or never ends.

## When it is a false positive
When a job fills in the approved proxy's address at run time, which a scan cannot see.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for record in &view.overrides {
        let draft = match (record.kind, &record.target) {
            (OverrideKind::SourceReplacement, target) => replacement(view, record, target),
            (OverrideKind::Env | OverrideKind::Flag, Target::Setting(setting)) => {
                setting_draft(view, record, setting)
            }
            _ => None,
        };
        if let Some(draft) = draft {
            sink.report(draft);
        }
    }
}

const HELP: &str = "use a proxy that the policy lists under `[approved] proxies`";

fn replacement(view: &TeamView<'_>, record: &Override, target: &Target) -> Option<Draft> {
    let circle = matches!(target, Target::Loop(_));
    // Packages ask for crates.io, or for an address; a mere name is only met on the way from one.
    let concerned = match &record.source {
        Some(SourceKey::CratesIo) => true,
        Some(SourceKey::Url(_)) => circle,
        Some(SourceKey::Name(_)) | None => false,
    };
    if !concerned || record.state == State::Ignored || is_accounted_for(view, record) {
        return None;
    }
    let help = if circle { "let one of them name the place where its packages are" } else { HELP };
    let source = record.source.as_ref().unwrap_or(&SourceKey::CratesIo);
    let mut draft = Draft::about(record, format!("{source} is replaced {}", by(target)), help);
    draft.locations.extend(view.configs.include_of(&record.location.path).map(Place::from));
    Some(draft)
}

fn setting_draft(view: &TeamView<'_>, record: &Override, setting: &SettingValue) -> Option<Draft> {
    let what = shown(setting);
    if record.state == State::Ignored {
        return ignored(record, setting);
    }
    let folder = record.location.path.folder();
    let message = match configuration(view, &folder, setting) {
        Some(config) => {
            let with = detour(view, &folder, &[&config])?;
            let without = detour(view, &folder, &[]);
            let changes = without.is_none_or(|without| without.target != with.target);
            if !changes || is_approved(view, &with.target) {
                return None;
            }
            format!("{what} replaces crates.io {}", by(&with.target))
        }
        None if speaks_of_crates_io(record, setting) => {
            format!("{what} replaces crates.io by something that does not stand here")
        }
        None => return None,
    };
    Some(Draft::about(record, message, HELP))
}

/// Capitals are how Cargo's other variables are written, so people write them here, and believe
/// that they are behind their proxy.
fn ignored(record: &Override, setting: &SettingValue) -> Option<Draft> {
    if record.source != Some(SourceKey::CratesIo) || !setting.name.starts_with("CARGO_SOURCE_") {
        return None;
    }
    let message =
        format!("{} does not replace crates.io: Cargo heeds no such spelling", shown(setting));
    let help = "write `[source.crates-io]` into the repository's `.cargo/config.toml`";
    let mut draft = Draft::about(record, message, help);
    draft.level = Some(Level::Warn);
    Some(draft)
}

fn is_approved(view: &TeamView<'_>, target: &Target) -> bool {
    matches!(target, Target::Registry(to) if view.policy.approves_proxy(&to.name).approved)
}

/// Whether a record is a way to crates.io through a proxy that the policy approves: what `depaudit init` writes
/// is the remedy, and no override that anybody has to look into.
pub(crate) fn leads_to_approved_proxy(view: &TeamView<'_>, record: &Override) -> bool {
    if record.state == State::Ignored {
        return false;
    }
    match (record.kind, &record.target) {
        (OverrideKind::SourceReplacement, target) => {
            record.source == Some(SourceKey::CratesIo) && is_approved(view, target)
        }
        (OverrideKind::Env | OverrideKind::Flag, Target::Setting(setting)) => {
            let folder = record.location.path.folder();
            let config = configuration(view, &folder, setting);
            let with = config.and_then(|config| detour(view, &folder, &[&config]));
            // What is about something else leaves the way as it is.
            let changes = detour(view, &folder, &[]).map(|it| it.target);
            with.is_some_and(|it| {
                changes.as_ref() != Some(&it.target) && is_approved(view, &it.target)
            })
        }
        _ => false,
    }
}

/// Whether a setting whose value is filled in later is about crates.io.
fn speaks_of_crates_io(record: &Override, setting: &SettingValue) -> bool {
    let later = setting.value.as_deref().is_some_and(is_filled_in_later);
    later
        && match record.kind {
            OverrideKind::Env => {
                record.source == Some(SourceKey::CratesIo)
                    && setting.name.starts_with("CARGO_SOURCE_")
            }
            _ => setting.value.as_deref().is_some_and(|it| it.starts_with("source.crates-io.")),
        }
}

fn shown(setting: &SettingValue) -> String {
    match &setting.value {
        Some(value) if setting.name == "--config" => format!("`--config {value}`"),
        _ => format!("`{}`", setting.name),
    }
}

fn by(target: &Target) -> String {
    match target {
        Target::Registry(to) if to.name.contains("://") => {
            format!("by the registry `{}`, which no policy approves", to.name)
        }
        Target::Registry(to) => {
            format!("by `{}`, and no configuration here says where that is", to.name)
        }
        Target::Directory(folder) | Target::LocalRegistry(folder) => {
            format!("by the folder `{folder}`, whose content nothing here proves")
        }
        Target::Git(git) => format!("by the git repository `{}`", git.url),
        Target::Loop(names) => format!("in a circle: `{}`", names.join("` by `")),
        Target::Path(_) | Target::Version(_) | Target::Setting(_) => "by something else".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use depaudit_policy::Level;

    use crate::testing::Repository;

    const PROXY: &str = "sparse+http://127.0.0.1:8417/t/a/crates-io/index/";
    const POLICY: &str = "[approved]\nproxies = [\"http://127.0.0.1:8417\"]\n";

    fn workflow(run: &str) -> Repository {
        let text = format!("jobs:\n  test:\n    steps:\n      - run: {run}\n");
        Repository::new().manifest("").file(".github/workflows/ci.yml", &text)
    }

    #[test]
    fn fires_on_a_redirection_without_replace_with() {
        let config = "[source.crates-io]\nregistry = \"sparse+https://u:canary@mirror.example/\"\n";
        let found = Repository::configured(config).policy(POLICY).findings("SRC03");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("mirror.example"), "{found:?}");
        assert!(!format!("{found:?}").contains("canary"), "{found:?}");
    }

    #[test]
    fn fires_without_a_policy_on_every_replacement() {
        let config = format!(
            "[source.crates-io]\nreplace-with = \"p\"\n[registries.p]\nindex = \"{PROXY}\"\n"
        );
        assert_eq!(Repository::configured(&config).findings("SRC03").len(), 1);
    }

    #[test]
    fn bad_input_56_fires_on_a_circle_and_ends() {
        let config = "[source.crates-io]\nreplace-with = \"a\"\n[source.a]\nreplace-with = \"b\"\n\
                      [source.b]\nreplace-with = \"a\"\n";
        let found = Repository::configured(config).findings("SRC03");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.ends_with("`crates-io` by `a` by `b` by `a`"), "{found:?}");
    }

    #[test]
    fn fires_on_variables_and_flags() {
        for run in [
            "cargo build --config source.crates-io.replace-with='\"m\"'",
            "cargo build --config source.crates-io.replace-with=$MIRROR",
            "env CARGO_SOURCE_crates-io_REPLACE_WITH=m cargo build",
        ] {
            let found = workflow(run).findings("SRC03");
            assert_eq!(found.len(), 1, "{run} {found:?}");
            assert_eq!(found[0].level, Level::Deny);
        }
    }

    #[test]
    fn fires_as_a_warning_on_a_spelling_that_cargo_ignores() {
        let found = workflow("CARGO_SOURCE_CRATES_IO_REPLACE_WITH=p cargo build").findings("SRC03");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].level, Level::Warn);
    }

    #[test]
    fn is_silent_about_an_approved_proxy_wherever_it_is_named() {
        let config = format!(
            "[source.crates-io]\nreplace-with = \"p\"\n[registries.p]\nindex = \"{PROXY}\"\n"
        );
        let repository = Repository::configured(&config)
            .policy(POLICY)
            .file("Dockerfile", &format!("FROM rust\nENV CARGO_REGISTRIES_P_INDEX={PROXY}\n"))
            .file("build.sh", "cargo build --config 'source.crates-io.replace-with=\"p\"'\n");
        let found = repository.findings("SRC03");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_crates_io_by_its_other_address() {
        let sparse = tame_index::index::sparse::CRATES_IO_HTTP_INDEX;
        let found = Repository::configured(&format!(
            "[source.crates-io]\nreplace-with = \"s\"\n[source.s]\nregistry = \"{sparse}\"\n"
        ))
        .findings("SRC03");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn a_vendored_tree_passes_as_long_as_its_files_are_what_is_listed() {
        let config =
            "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"vendor\"\n";
        let package = depaudit_model::Checksum::of(b"shared 1.0.0");
        let lib = depaudit_model::Checksum::of(b"");
        let manifest = "[package]\nname = \"shared\"\nversion = \"1.0.0\"\n";
        let toml = depaudit_model::Checksum::of(manifest.as_bytes());
        let list = format!(
            "{{\"files\":{{\"src/lib.rs\":\"{lib}\",\"Cargo.toml\":\"{toml}\"}},\"package\":\"{package}\"}}"
        );
        let vendored = || {
            Repository::configured(config)
                .file("vendor/shared/Cargo.toml", manifest)
                .file("vendor/shared/.cargo-checksum.json", &list)
        };
        let found = vendored().file("vendor/shared/src/lib.rs", "").findings("SRC03");
        assert!(found.is_empty(), "{found:?}");
        let found = vendored().file("vendor/shared/src/lib.rs", "changed").findings("SRC03");
        assert_eq!(found.len(), 1, "{found:?}");
    }
}
