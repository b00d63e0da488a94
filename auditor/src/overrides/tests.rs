//! Each mechanism as a small story: what is written, and what the record says of it.

use crate::report::{
    BlindSpotKind, DifferenceKind, GitReference, Layer, Override, OverrideKind, Reach, SourceKey,
    State, Target, TeamName,
};
use crate::testing::{Repository, crates_io_package, lock};
use crate::{Absent, Environment, ScanRequest, TeamRoot, scan};

/// The one record of a kind.
fn only(repository: &Repository, kind: OverrideKind) -> Override {
    let mut records = all(repository, kind);
    assert_eq!(records.len(), 1, "{records:?}");
    records.remove(0)
}

fn all(repository: &Repository, kind: OverrideKind) -> Vec<Override> {
    let report = repository.scan();
    let records = report.teams.into_iter().flat_map(|team| team.overrides);
    records.filter(|record| record.kind == kind).collect()
}

const FORK: &str = "[package]\nname = \"foo\"\nversion = \"1.0.0\"\n";

#[test]
fn a_patch_in_a_member_is_ignored() {
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"m\"]\n")
        .file(
            "m/Cargo.toml",
            "[package]\nname = \"m\"\nversion = \"0.1.0\"\n\n\
             [patch.crates-io]\nfoo = { path = \"../foo\" }\n",
        )
        .file("Cargo.lock", &lock("[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n"));
    let record = only(&repository, OverrideKind::Patch);
    assert_eq!(record.state, State::Ignored);
    assert_eq!((record.location.path.as_str(), record.location.span.line), ("m/Cargo.toml", 6));
}

#[test]
fn a_patch_is_known_by_the_package_behind_its_key() {
    let source = "source = \"git+https://git.example/foo?rev=0123#0123abcd\"\n";
    let repository = Repository::new()
        .manifest(
            "[patch.crates-io]\n\
             foo-1 = { package = \"foo\", git = \"https://git.example/foo.git\", rev = \"0123\" }\n",
        )
        .file("Cargo.lock", &lock(&format!("[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n{source}")));
    let record = only(&repository, OverrideKind::Patch);
    assert_eq!((record.package.as_deref(), record.state), (Some("foo"), State::Used));
    assert_eq!(record.locked[0].location.span.line, 3);
    let Target::Git(git) = &record.target else { panic!("{record:?}") };
    assert_eq!(git.reference, GitReference::Rev("0123".into()));
}

#[test]
fn a_patch_of_a_registry_that_configuration_names_is_for_its_url() {
    let repository = Repository::new()
        .manifest("[patch.mine]\nfoo = { path = \"foo\" }\n")
        .file("foo/Cargo.toml", FORK)
        .file(".cargo/config.toml", "[registries.mine]\nindex = \"https://reg.example/index\"\n");
    let source = only(&repository, OverrideKind::Patch).source.unwrap();
    assert_eq!(source.to_string(), "https://reg.example/index");
}

#[test]
fn a_replacement_is_seen_although_the_lock_keeps_the_checksum() {
    let replaced = format!("{}replace = \"foo 1.0.0\"\n", crates_io_package("foo", "1.0.0"));
    let repository = Repository::new()
        .manifest("[replace]\n\"foo:1.0.0\" = { path = \"foo\" }\n")
        .file("foo/Cargo.toml", FORK)
        .file("Cargo.lock", &lock(&replaced));
    let record = only(&repository, OverrideKind::Replace);
    assert_eq!((record.state, record.version.as_deref()), (State::Used, Some("1.0.0")));
    assert_eq!(record.reach, Some(Reach::Repository), "below a package that stands alone");
}

#[test]
fn paths_in_configuration_replace_every_package_below_them() {
    let repository = Repository::new()
        .manifest("[workspace]\nexclude = [\"local\"]\n[dependencies]\nfoo = \"1\"\n")
        .file(".cargo/config.toml", "paths = [\"local\"]\n")
        .file("local/foo/Cargo.toml", "[package]\nname = \"foo\"\nversion = \"9.0.0\"\n")
        .file("local/bar/Cargo.toml", "[package]\nname = \"bar\"\nversion = \"1.0.0\"\n")
        .file("Cargo.lock", &lock(&crates_io_package("foo", "1.1.0")));
    let records = all(&repository, OverrideKind::ConfigPaths);
    let said: Vec<_> = records
        .iter()
        .map(|it| (it.package.as_deref().unwrap(), it.version.as_deref().unwrap(), it.state))
        .collect();
    assert_eq!(said, [("bar", "1.0.0", State::Unused), ("foo", "9.0.0", State::Used)]);
    assert_eq!(records[1].locked[0].version, "1.1.0");
    assert_eq!(records[0].layer, Layer::Config);
}

#[test]
fn a_configured_patch_resolves_from_the_folder_above_dot_cargo() {
    let repository = Repository::new()
        .manifest("[dependencies]\nfoo = \"1\"\n")
        .file(".cargo/config.toml", "[patch.crates-io]\nfoo = { path = \"fork\" }\n")
        .file("fork/Cargo.toml", FORK)
        .file("Cargo.lock", &lock("[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n"));
    let record = only(&repository, OverrideKind::ConfigPatch);
    assert_eq!((record.state, record.version.as_deref()), (State::Used, Some("1.0.0")));
    assert_eq!(record.source, Some(SourceKey::CratesIo));
}

#[test]
fn the_old_file_name_wins_and_the_new_one_is_not_read() {
    let repository = Repository::new()
        .manifest("")
        .file(".cargo/config", "paths = [\"old\"]\n")
        .file(".cargo/config.toml", "paths = [\"new\"]\n");
    let record = only(&repository, OverrideKind::ConfigPaths);
    assert_eq!(record.target, Target::Path("old".into()));
    assert_eq!(record.reach, Some(Reach::Missing));
}

#[test]
fn a_member_s_configuration_counts_only_in_the_member() {
    let repository = Repository::new()
        .file("Cargo.toml", "[workspace]\nmembers = [\"m\"]\n")
        .file("m/Cargo.toml", "[package]\nname = \"m\"\nversion = \"0.1.0\"\n")
        .file("m/.cargo/config.toml", "[patch.crates-io]\nfoo = { path = \"../../fork\" }\n");
    let record = only(&repository, OverrideKind::ConfigPatch);
    // It acts for those who run cargo in `m`, so it is not ignored.
    assert_eq!((record.state, record.reach), (State::NoLock, Some(Reach::Outside)));
}

#[test]
fn includes_are_read_and_resolve_from_their_own_place() {
    let repository = Repository::new()
        .manifest("")
        .file(
            ".cargo/config.toml",
            "include = [\"extra/a.toml\", { path = \"gone.toml\", optional = true }, \"../../x.toml\"]\n",
        )
        .file(
            ".cargo/extra/a.toml",
            "include = [\"../config.toml\"]\n[patch.crates-io]\nfoo = { path = \"fork\" }\n",
        )
        .file(".cargo/fork/Cargo.toml", FORK);
    let record = only(&repository, OverrideKind::ConfigPatch);
    assert_eq!(record.location.path.as_str(), ".cargo/extra/a.toml");
    assert_eq!(record.version.as_deref(), Some("1.0.0"));
    let report = repository.scan();
    assert_eq!(report.summary.gaps, 0);
    let outside = report.teams[0].blind_spots.iter().find(|spot| spot.message.contains("x.toml"));
    assert_eq!(outside.unwrap().line, Some(1));
}

#[test]
fn an_include_that_is_missing_is_a_gap() {
    let repository =
        Repository::new().manifest("").file(".cargo/config.toml", "include = [\"gone.toml\"]\n");
    let found = repository.findings("SCN01");
    assert!(found[0].message.contains("`gone.toml`"), "{found:?}");
}

#[test]
fn a_source_is_replaced_without_replace_with() {
    let repository = Repository::new()
        .manifest("")
        .file(".cargo/config.toml", "[source.crates-io]\nregistry = \"https://mirror.example/\"\n")
        .file("Cargo.lock", &lock(&crates_io_package("foo", "1.0.0")));
    let record = only(&repository, OverrideKind::SourceReplacement);
    assert_eq!((record.source, record.state), (Some(SourceKey::CratesIo), State::Used));
    let Target::Registry(registry) = record.target else { panic!("{:?}", record.target) };
    assert_eq!(registry.name, "https://mirror.example/");
}

#[test]
fn a_chain_of_sources_is_followed_to_its_end() {
    let repository = Repository::new()
        .manifest("")
        .file(
            ".cargo/config.toml",
            "[source.crates-io]\nreplace-with = \"a\"\n[source.a]\nregistry = \"https://a.example/\"\n\
             replace-with = \"b\"\n[registries.b]\nindex = \"sparse+https://u:canary@b.example/\"\n",
        )
        .file("Cargo.lock", &lock(&crates_io_package("foo", "1.0.0")));
    let records = all(&repository, OverrideKind::SourceReplacement);
    let crates_io = records.iter().find(|it| it.source == Some(SourceKey::CratesIo)).unwrap();
    let Target::Registry(registry) = &crates_io.target else { panic!("{crates_io:?}") };
    assert_eq!(registry.name, "sparse+https://***@b.example/");
    // The table in the middle is replaced as well, but nothing is locked from it.
    assert_eq!(records.len(), 2);
    assert!(records.iter().any(|it| it.state == State::Unused), "{records:?}");
}

#[test]
fn bad_input_56_a_circle_of_sources_is_reported() {
    let repository = Repository::new().manifest("").file(
        ".cargo/config.toml",
        "[source.crates-io]\nreplace-with = \"a\"\n[source.a]\nreplace-with = \"b\"\n\
         [source.b]\nreplace-with = \"a\"\n",
    );
    let records = all(&repository, OverrideKind::SourceReplacement);
    let crates_io = records.iter().find(|it| it.source == Some(SourceKey::CratesIo)).unwrap();
    let names = ["crates-io", "a", "b", "a"].map(str::to_owned).to_vec();
    assert_eq!(crates_io.target, Target::Loop(names));
}

#[test]
fn an_alias_can_hide_a_patch_but_not_in_a_real_command() {
    let config = "[alias]\nb = \"build --config patch.crates-io.foo.path='x'\"\n\
                  build = [\"check\", \"--config\", \"paths=['y']\"]\n";
    let repository = Repository::new().manifest("").file(".cargo/config.toml", config);
    let records = all(&repository, OverrideKind::Flag);
    assert_eq!(records[0].package.as_deref(), Some("foo"));
    assert_eq!(
        records.iter().map(|it| it.state).collect::<Vec<_>>(),
        [State::Pending, State::Ignored]
    );
}

#[test]
fn an_edited_vendored_file_is_found() {
    let config = "[source.crates-io]\nreplace-with = \"v\"\n[source.v]\ndirectory = \"vendor\"\n";
    let package = depaudit_model::Checksum::of(b"foo 1.0.0");
    let checksums = format!("{{\"files\":{{}},\"package\":\"{package}\"}}");
    let repository = Repository::new()
        .manifest("[workspace]\nexclude = [\"vendor\"]\n")
        .file(".cargo/config.toml", config)
        .file("vendor/foo/Cargo.toml", FORK)
        .file("vendor/foo/src/lib.rs", "")
        .file("vendor/foo/.cargo-checksum.json", &checksums)
        .file("Cargo.lock", &lock(&crates_io_package("foo", "1.0.0")));
    let records = all(&repository, OverrideKind::Vendored);
    assert_eq!(records[0].package, None);
    let foo = &records[1];
    assert_eq!((foo.package.as_deref(), foo.state), (Some("foo"), State::Used));
    let unlisted = foo.differs.iter().all(|it| it.kind == DifferenceKind::Unlisted);
    assert!(unlisted && foo.differs.len() == 2, "{foo:?}");
}

#[test]
fn a_program_in_the_place_of_rustc_is_a_blind_spot() {
    let config = "[build]\nrustc-wrapper = \"./wrap\"\n[target.x.openssl]\nrustc-link-lib = []\n";
    let report = Repository::new().manifest("").file(".cargo/config.toml", config).scan();
    let messages: Vec<_> =
        report.teams[0].blind_spots.iter().map(|spot| spot.message.as_str()).collect();
    for key in ["`build.rustc-wrapper`", "`target.x.openssl`"] {
        assert!(messages.iter().any(|message| message.starts_with(key)), "{messages:?}");
    }
}

#[test]
fn another_lock_and_another_resolution_are_blind_spots() {
    let config = "[resolver]\nlockfile-path = \"other/Cargo.lock\"\nfeature-unification = \"workspace\"\n\
                  [unstable]\nminimal-versions = true\n";
    let report = Repository::new().manifest("").file(".cargo/config.toml", config).scan();
    let spots = report.teams[0].blind_spots.iter();
    let spots: Vec<_> = spots.filter(|spot| spot.kind == BlindSpotKind::Resolution).collect();
    let keys: Vec<_> = spots.iter().filter_map(|spot| spot.message.split('`').nth(1)).collect();
    assert_eq!(keys, ["resolver.lockfile-path", "unstable.minimal-versions"]);
    assert_eq!(spots[0].line, Some(2));
}

#[test]
fn a_library_s_name_hides_no_package() {
    let report = Repository::new()
        .manifest("[dependencies]\nfoo = \"1\"\nother = { path = \"other\" }\n[workspace]\n")
        .file(
            "other/Cargo.toml",
            "[package]\nname = \"other\"\nversion = \"0.1.0\"\n[lib]\nname = \"foo\"\n",
        )
        .scan();
    let overrides = &report.teams[0].overrides;
    let names: Vec<_> = overrides.iter().filter_map(|it| it.package.as_deref()).collect();
    assert_eq!(
        names,
        ["other"],
        "packages are known by their names, not by what they are linked as"
    );
}

#[test]
fn the_environment_counts_only_when_it_is_asked_for() {
    let folder = tempfile::tempdir().unwrap();
    let team = TeamRoot::new(TeamName::new("team"), folder.path());
    let variables = [
        ("CARGO_REGISTRIES_MINE_INDEX", "sparse+https://me:canary@e.org/"),
        ("CARGO_REGISTRIES_MINE_TOKEN", "canary"),
        ("RUSTC_WRAPPER", "canary"),
    ];
    let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned()));
    let environment = Some(Environment::new(variables));
    let request =
        ScanRequest { environment, ..ScanRequest::new(vec![team], "2026-06-01".parse().unwrap()) };
    let report = scan(&request, &Absent).unwrap();
    let team = &report.teams[0];
    assert_eq!(team.overrides.len(), 1, "{:?}", team.overrides);
    assert_eq!(team.overrides[0].layer, Layer::Environment);
    assert!(team.blind_spots.iter().any(|spot| spot.message.starts_with("`RUSTC_WRAPPER`")));
    assert!(!format!("{request:?} {report:?}").contains("canary"));
}

#[test]
fn a_path_dependency_takes_one_edge_and_the_release_stays_for_others() {
    let both = format!(
        "[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n\n{}",
        crates_io_package("foo", "1.1.0")
    );
    let repository = Repository::new()
        .manifest("[workspace]\nexclude = [\"foo\"]\n[dependencies]\nfoo = { path = \"foo\" }\n")
        .file("foo/Cargo.toml", FORK)
        .file("Cargo.lock", &lock(&both));
    let record = only(&repository, OverrideKind::PathDependency);
    assert_eq!((record.state, record.reach), (State::Used, Some(Reach::Repository)));
    let locked: Vec<_> = record.locked.iter().map(|it| it.version.as_str()).collect();
    assert_eq!(locked, ["1.0.0"]);
}

#[test]
fn an_inherited_git_dependency_acts_where_a_member_takes_it() {
    let source = "source = \"git+https://git.example/foo?branch=main#0123abcd\"\n";
    let repository = Repository::new()
        .file(
            "Cargo.toml",
            "[workspace]\nmembers = [\"m\"]\n[workspace.dependencies]\n\
             foo = { git = \"https://git.example/foo\", branch = \"main\" }\n\
             idle = { git = \"https://git.example/idle\" }\n",
        )
        .file(
            "m/Cargo.toml",
            "[package]\nname = \"m\"\nversion = \"0.1.0\"\n[dependencies]\nfoo.workspace = true\n",
        )
        .file(
            "Cargo.lock",
            &lock(&format!("[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n{source}")),
        );
    let records = all(&repository, OverrideKind::GitDependency);
    let states: Vec<_> =
        records.iter().map(|it| (it.package.as_deref().unwrap(), it.state)).collect();
    assert_eq!(states, [("foo", State::Used), ("idle", State::Unused)]);
    let Target::Git(git) = &records[0].target else { panic!("{records:?}") };
    assert_eq!(git.reference, GitReference::Branch("main".into()));
}

#[test]
fn a_dependency_on_another_registry_is_used_by_what_is_locked_from_there() {
    let foreign = "[[package]]\nname = \"foo\"\nversion = \"1.0.0\"\n\
                   source = \"registry+https://reg.example/index\"\n";
    let repository = |locked: &str| {
        Repository::new()
            .manifest("[dependencies]\nfoo = { version = \"1\", registry = \"mine\" }\n")
            .file(
                ".cargo/config.toml",
                "[registries.mine]\nindex = \"https://reg.example/index\"\n",
            )
            .file("Cargo.lock", &lock(locked))
    };
    let record = only(&repository(foreign), OverrideKind::RegistryDependency);
    let Target::Registry(registry) = &record.target else { panic!("{record:?}") };
    assert_eq!((record.state, registry.name.as_str()), (State::Used, "mine"));
    let other = crates_io_package("foo", "1.0.0");
    assert_eq!(only(&repository(&other), OverrideKind::RegistryDependency).state, State::Pending);
}

#[test]
fn a_local_registry_takes_the_place_of_crates_io() {
    let config =
        "[source.crates-io]\nreplace-with = \"l\"\n[source.l]\nlocal-registry = \"crates\"\n";
    let repository = Repository::new()
        .manifest("")
        .file(".cargo/config.toml", config)
        .file("Cargo.lock", &lock(&crates_io_package("foo", "1.0.0")));
    let record = only(&repository, OverrideKind::SourceReplacement);
    assert_eq!(record.target, Target::LocalRegistry("crates".into()));
    assert_eq!((record.source, record.state), (Some(SourceKey::CratesIo), State::Used));
}

#[test]
fn what_lies_outside_of_every_scan_is_listed() {
    let report = Repository::new().manifest("").scan();
    let kinds: Vec<_> = report.teams[0].blind_spots.iter().map(|spot| spot.kind).collect();
    let outside =
        [BlindSpotKind::ParentConfig, BlindSpotKind::CargoHome, BlindSpotKind::Environment];
    assert_eq!(kinds, outside);
}
