use std::collections::BTreeSet;

use depaudit_policy::{Level, Severity};

use super::{Check, Draft, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::config::{ConfigFile, Stack};
use crate::cargo::setting::{Effect, Setting, config_flags, effect_of};
use crate::cargo::source::CanonicalUrl;
use crate::ci::CiFile;
use crate::files::RepoPath;
use crate::overrides::{Detour, configuration, detour, is_filled_in_later};
use crate::report::{Location, RegistryRef, Span, Target};
use crate::request::Environment;

pub(super) const RULE: Rule = Rule {
    code: "SRC04",
    name: "source-differs-across-environments",
    group: Group::Source,
    severity: Severity::Critical,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when a CI file, a container file, a script, a folder's own configuration or, with `--env`,
the environment at hand takes the packages of crates.io from elsewhere than the repository's
configuration does. Variables and flags count. It fires, too, when a registry that the configuration
names has another address there.

## Why it is bad
Developers and CI build different things from one commit, and both are green. CI asked the proxies
in another order than the developers did: the developers had the patch release for weeks before
anybody saw that no delivered binary had it. The lock looks the same in both places.

## Example
```yaml
# .cargo/config.toml replaces crates.io by https://proxy.example
- run: cargo build --config 'source.crates-io.replace-with=\"mirror\"'
```

## How to fix it
Let the repository's `.cargo/config.toml` name the source, once, and take the setting out of the
other place. Not safe to do automatically: one of them changes what it builds.

## When it is a false positive
When the file serves another purpose than building what is delivered. A value that is filled in at
run time (`$MIRROR`) cannot be compared, and is passed over; `env-or-flag-override` names it. Of one
file the first hundred settings are compared.
";

/// How many variables, and how many commands with flags, of one file are compared.
const MOST_SETTINGS: usize = 100;

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for file in &view.ci {
        check_file(view, file, sink);
    }
    check_environment(view, sink);
    check_folders(view, sink);
}

/// Compares what one file sets: each variable by itself above the first of every name, as a file
/// may set one twice, for two jobs; and the flags of each command above the variables.
fn check_file(view: &TeamView<'_>, file: &CiFile, sink: &mut Sink<'_>) {
    let folder = file.path.folder();
    let read = |setting: &Setting| match &setting.target {
        Target::Setting(target) if !setting.ignored => configuration(view, &folder, target),
        _ => None,
    };
    let variables = file.variables.iter().filter_map(|variable| {
        let Effect::Override(setting) = &variable.effect else { return None };
        Some((&variable.name, variable.span, read(setting)?))
    });
    let variables: Vec<_> = variables.take(MOST_SETTINGS).collect();
    let flags = file.commands.iter().filter_map(|command| {
        let flags: Vec<_> = config_flags(&command.words).iter().filter_map(read).collect();
        (!flags.is_empty()).then_some((command.span, flags))
    });
    let flags: Vec<_> = flags.take(MOST_SETTINGS).collect();

    let mut names = BTreeSet::new();
    let firsts = variables.iter().filter(|(name, ..)| names.insert(name));
    let firsts: Vec<&ConfigFile> = firsts.map(|(_, _, config)| config).collect();
    let singles = variables.iter().map(|(_, span, config)| (*span, vec![config]));
    let commands = flags.iter().map(|(span, flags)| (*span, flags.iter().collect()));
    let mut seen = BTreeSet::new();
    for (span, own) in singles.chain(commands) {
        let elsewhere = Elsewhere {
            who: format!("`{}`", file.path),
            location: Location::new(&file.path, span),
            folder: &folder,
            own,
            common: &firsts,
        };
        for (difference, draft) in elsewhere.compare(view) {
            if seen.insert(difference) {
                sink.report(draft);
            }
        }
    }
}

/// The variables of whoever runs the scan stand in no file: their place is the root.
fn check_environment(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let root = RepoPath::root();
    let variables = view.environment.into_iter().flat_map(Environment::variables);
    let settings = variables.filter_map(|(name, value)| match effect_of(name, Some(value)) {
        Effect::Override(setting) if !setting.ignored => match setting.target {
            Target::Setting(target) => configuration(view, &root, &target),
            _ => None,
        },
        _ => None,
    });
    let settings: Vec<_> = settings.take(MOST_SETTINGS).collect();
    let elsewhere = Elsewhere {
        who: "the environment of this scan".to_owned(),
        location: Location::new(&root, Span::START),
        folder: &root,
        own: settings.iter().collect(),
        common: &[],
    };
    elsewhere.compare(view).into_iter().for_each(|(_, draft)| sink.report(draft));
}

/// Compares a workspace's root with the folders below it that have configuration of their own.
fn check_folders(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    for folder in view.configs.folders() {
        let Some(root) = view.workspaces.root_around(folder) else { continue };
        let usual = detour(view, &root.folder(), &[]);
        let Some(here) = detour(view, folder, &[]) else { continue };
        if root.folder() != *folder && !is_same(Some(&here), usual.as_ref()) {
            let who = format!("cargo in `{folder}`");
            let location = here.location.clone();
            sink.report(of_crates_io(&who, location, Some(&here), usual.as_ref()));
        }
    }
}

/// Somebody runs cargo in a folder, with settings of their own.
struct Elsewhere<'a> {
    who: String,
    location: Location,
    folder: &'a RepoPath,
    own: Vec<&'a ConfigFile>,
    /// Below those.
    common: &'a [&'a ConfigFile],
}

impl Elsewhere<'_> {
    /// Every difference to what the repository's configuration says there, with what tells it
    /// apart from the others.
    fn compare(&self, view: &TeamView<'_>) -> Vec<(String, Draft)> {
        let settings: Vec<&ConfigFile> =
            self.own.iter().chain(self.common.iter()).copied().collect();
        let usual = detour(view, self.folder, &[]);
        let here = detour(view, self.folder, &settings);
        if !is_same(here.as_ref(), usual.as_ref()) {
            let location = self.location.clone();
            let draft = of_crates_io(&self.who, location, here.as_ref(), usual.as_ref());
            return vec![(shown(here.as_ref()), draft)];
        }
        let stack = Stack::of(&view.configs, self.folder);
        let registries = self.own.iter().flat_map(|config| &config.registries);
        let differing = registries.filter_map(|table| {
            let (file, usual) = stack.registry_table(&table.name)?;
            let (usual_url, url) = (usual.index.as_deref()?, table.index.as_deref()?);
            if CanonicalUrl::new(url) == CanonicalUrl::new(usual_url) {
                return None;
            }
            let (who, name) = (&self.who, &table.name);
            let message = format!(
                "{who} takes the registry `{name}` from `{url}`; `{}` says `{usual_url}`",
                file.path
            );
            let usual_place = Location::new(&file.path, usual.span);
            let identity = format!("{who} {name} {url}");
            Some((identity.clone(), self.draft(identity, message, usual_place)))
        });
        differing.collect()
    }

    fn draft(&self, identity: String, message: String, usual: Location) -> Draft {
        let mut draft = Draft::at(self.location.clone(), identity, message, HELP);
        draft.locations.push(usual.into());
        draft
    }
}

const HELP: &str = "name the source in the repository's `.cargo/config.toml` alone";

fn of_crates_io(
    who: &str,
    location: Location,
    here: Option<&Detour>,
    usual: Option<&Detour>,
) -> Draft {
    let (from, usually) = (shown(here), shown(usual));
    let says = usual.map_or("the repository's configuration".to_owned(), |usual| {
        format!("`{}`", usual.location.path)
    });
    let message = format!("{who} takes crates.io's packages from {from}; {says}, from {usually}");
    let mut draft = Draft::at(location, format!("{who} {from}"), message, HELP);
    draft.locations.extend(usual.map(|usual| usual.location.clone().into()));
    draft
}

/// Whether both lead to the same place, or one of them cannot be known.
fn is_same(a: Option<&Detour>, b: Option<&Detour>) -> bool {
    let target = |detour: Option<&Detour>| match detour.map(|detour| &detour.target) {
        Some(Target::Registry(registry)) => Some(Target::Registry(RegistryRef {
            name: CanonicalUrl::new(&registry.name).as_str().to_owned(),
            version: None,
        })),
        other => other.cloned(),
    };
    let (a, b) = (target(a), target(b));
    a == b || [a, b].iter().any(is_unknown)
}

fn is_unknown(target: &Option<Target>) -> bool {
    matches!(target, Some(Target::Registry(registry)) if is_filled_in_later(&registry.name))
}

fn shown(detour: Option<&Detour>) -> String {
    match detour.map(|detour| &detour.target) {
        None => "crates.io itself".to_owned(),
        Some(Target::Registry(registry)) => format!("`{}`", registry.name),
        Some(Target::Directory(folder) | Target::LocalRegistry(folder)) => {
            format!("the folder `{folder}`")
        }
        Some(Target::Git(git)) => format!("`{}`", git.url),
        Some(Target::Loop(names)) => format!("nowhere, by the circle `{}`", names.join("`, `")),
        Some(Target::Path(_) | Target::Version(_) | Target::Setting(_)) => {
            "somewhere else".to_owned()
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::report::Finding;
    use crate::testing::Repository;

    const CONFIG: &str = "[source.crates-io]\nreplace-with = \"proxy\"\n\
                          [registries.proxy]\nindex = \"sparse+https://proxy.example/\"\n";

    fn configured() -> Repository {
        Repository::new().manifest("").file(".cargo/config.toml", CONFIG)
    }

    fn places(finding: &Finding) -> Vec<(&str, u32)> {
        let places = finding.locations.iter().map(|it| &it.location);
        places.map(|it| (it.path.as_str(), it.span.line)).collect()
    }

    #[test]
    fn fires_on_ci_that_asks_another_proxy_and_names_both() {
        let found = configured()
            .file(
                ".github/workflows/ci.yml",
                "env:\n  CARGO_REGISTRIES_PROXY_INDEX: sparse+https://u:canary@other.example/\n\
                 jobs:\n  test:\n    steps:\n      - run: cargo test --locked\n",
            )
            .findings("SRC04");
        assert_eq!(found.len(), 1, "{found:?}");
        let message = &found[0].message;
        assert!(
            message.contains("other.example") && message.contains("proxy.example"),
            "{message}"
        );
        assert!(!message.contains("canary"), "{message}");
        let workflow = (".github/workflows/ci.yml", 2);
        assert_eq!(places(&found[0]), [workflow, (".cargo/config.toml", 1)]);
    }

    #[test]
    fn fires_on_flags_on_container_files_and_on_scripts() {
        let found = configured()
            .file("Dockerfile", "FROM rust\nENV CARGO_SOURCE_crates-io_REPLACE_WITH=mirror\n")
            .file("ci/a.sh", "cargo build --config 'source.crates-io.replace-with=\"mirror\"'\n")
            .file("ci/b.sh", "cargo build --config ci/cargo.toml\n")
            .file("ci/cargo.toml", "[source.crates-io]\nreplace-with = \"mirror\"\n")
            .findings("SRC04");
        let places: Vec<_> = found.iter().map(|it| places(it)[0].0).collect();
        assert_eq!(places, ["Dockerfile", "ci/a.sh", "ci/b.sh"], "{found:?}");
    }

    #[test]
    fn fires_on_the_second_value_of_a_variable_too() {
        let found = Repository::new()
            .manifest("")
            .file(
                "build.sh",
                "env CARGO_SOURCE_crates-io_REPLACE_WITH=a cargo build\n\
                 env CARGO_SOURCE_crates-io_REPLACE_WITH=b cargo build\n\
                 env CARGO_SOURCE_crates-io_REPLACE_WITH=b cargo test\n",
            )
            .findings("SRC04");
        assert_eq!(found.len(), 2, "{found:?}");
        assert!(found[0].message.ends_with("configuration, from crates.io itself"), "{found:?}");
    }

    #[test]
    fn fires_on_a_registry_that_has_another_address_there() {
        let found = Repository::new()
            .manifest("")
            .file(".cargo/config.toml", "[registries.my-own]\nindex = \"https://a.example/i\"\n")
            .file("build.sh", "CARGO_REGISTRIES_MY_OWN_INDEX=https://b.example/i cargo build\n")
            .findings("SRC04");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(places(&found[0]), [("build.sh", 1), (".cargo/config.toml", 1)]);
    }

    #[test]
    fn fires_on_the_environment_at_hand() {
        let found = configured()
            .variable("CARGO_REGISTRIES_PROXY_INDEX", "sparse+https://other.example/")
            .findings("SRC04");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.starts_with("the environment of this scan"), "{found:?}");
    }

    #[test]
    fn fires_on_a_member_with_a_source_of_its_own() {
        let found = Repository::new()
            .manifest("[workspace]\nmembers = [\"api\"]\n")
            .file("api/Cargo.toml", "[package]\nname = \"api\"\nversion = \"1.0.0\"\n")
            .file(".cargo/config.toml", CONFIG)
            .file("api/.cargo/config.toml", "[source.crates-io]\nreplace-with = \"mine\"\n")
            .findings("SRC04");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.starts_with("cargo in `api`"), "{found:?}");
    }

    #[test]
    fn is_silent_where_everything_ends_at_the_same_source() {
        let found = configured()
            .file(
                "Dockerfile",
                "FROM rust\nENV CARGO_REGISTRIES_PROXY_INDEX=sparse+https://proxy.example\n",
            )
            .file("a.sh", "CARGO_SOURCE_CRATES_IO_REPLACE_WITH=ignored cargo build\n")
            .file("b.sh", "CARGO_REGISTRIES_UNHEARD_OF_INDEX=https://x.example cargo build\n")
            .file("c.sh", "cargo build --config net.retry=3 --config gone.toml\n")
            .variable("CARGO_REGISTRIES_PROXY_INDEX", "sparse+https://proxy.example/")
            .findings("SRC04");
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn is_silent_about_a_value_that_is_filled_in_later() {
        let found = configured()
            .file("a.sh", "CARGO_REGISTRIES_PROXY_INDEX=$MIRROR cargo build\n")
            .file("b.sh", "cargo build --config source.crates-io.replace-with='\"$NAME\"'\n")
            .findings("SRC04");
        assert!(found.is_empty(), "{found:?}");
    }
}
