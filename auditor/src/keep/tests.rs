use depaudit_portfolio::report::{Declaring, Origin, Report, Source};

use crate::report::TeamName;
use crate::testing::{Repository, crates_io_package, lock};
use crate::{Absent, ScanRequest, TeamRoot, scan};

fn reported(repository: &Repository) -> Report {
    let mut root = TeamRoot::new(TeamName::new("team"), repository.path());
    root.policy = repository.policies_of();
    let mut request = ScanRequest::new(vec![root], "2026-06-01".parse().unwrap());
    request.keep_locked = true;
    let report = scan(&request, &Absent).unwrap();
    let origin = Origin {
        team: "payments".parse().unwrap(),
        repository: "acme/shop".parse().unwrap(),
        branch: "main".parse().unwrap(),
        commit: None,
    };
    let time = "2026-06-01T00:00:00Z".parse().unwrap();
    let tool = semver::Version::new(0, 1, 0);
    report.outgoing(&report.teams[0], origin, time, tool).unwrap().unwrap().into_report()
}

const FORK: &str = "[[package]]\nname = \"shared\"\nversion = \"1.2.0\"\n";

fn incident() -> Repository {
    let app =
        "[[package]]\nname = \"app\"\nversion = \"0.1.0\"\ndependencies = [\n \"middle\",\n]\n";
    let middle = crates_io_package("middle", "1.0.0") + "dependencies = [\n \"shared\",\n]\n";
    Repository::new()
        .manifest(
            "[[bin]]\nname = \"payd\"\npath = \"src/main.rs\"\n\
             [workspace]\nexclude = [\"forks\"]\n\
             [patch.crates-io]\nshared = { path = \"forks/shared\" }\n",
        )
        .file("src/main.rs", "")
        .file("src/bin/tool.rs", "")
        .file("src/bin/other/main.rs", "")
        .file("src/bin/notes.txt", "")
        .file(
            "forks/shared/Cargo.toml",
            "[package]\nname = \"shared\"\nversion = \"1.2.0\"\n[workspace]\n",
        )
        .file("Cargo.lock", &lock(&format!("{app}{middle}{FORK}")))
}

#[test]
fn the_way_from_each_binary_to_the_fork_in_a_folder_is_kept() {
    let report = reported(&incident());
    let names: Vec<_> = report.packages.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["app", "middle", "shared"]);
    assert_eq!(report.packages[2].source, Source::Folder);
    assert_eq!(report.packages[2].stand_in.as_ref().unwrap().as_str(), "forks/shared");
    let workspace = &report.workspaces[0];
    assert_eq!(workspace.edges, [vec![1], vec![2], vec![]]);
    assert_eq!(workspace.members, [0]);
    let binaries: Vec<_> = workspace.binaries.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(binaries, ["other", "payd", "tool"]);
}

#[test]
fn an_override_is_reported_with_what_the_lock_holds_and_who_declared_it() {
    let report = reported(&incident());
    let [record] = report.overrides.as_slice() else { panic!("{:?}", report.overrides) };
    assert_eq!((record.declared, record.locked.as_slice()), (Declaring::No, &[2][..]));
    assert_eq!(record.target.as_str(), "the folder `forks/shared`");
    let declared = incident().policy(
        "[[override]]\npackage = 'shared'\nsource = 'forks/shared'\nowner = 'payments'\n\
         reason = 'r'\nlink = 'https://e.org/1'\nexpires = 2026-09-01\n",
    );
    let report = reported(&declared);
    let owned = report.overrides[0].owned.as_ref().unwrap();
    assert_eq!(report.overrides[0].declared, Declaring::Yes);
    assert_eq!(owned.owner.as_ref().unwrap().as_str(), "payments");
    assert_eq!(owned.expires.unwrap().to_string(), "2026-09-01");
}

#[test]
fn the_way_through_an_approved_proxy_is_reported_as_one_and_any_other_way_is_not() {
    let declared = |index: &str, approved: bool| {
        let config = format!(
            "[source.crates-io]\nreplace-with = \"depaudit\"\n[registries.depaudit]\nindex = \"{index}\"\n"
        );
        let mut repository = Repository::configured(&config)
            .file(
                "Dockerfile",
                &format!("FROM rust\nENV CARGO_REGISTRIES_DEPAUDIT_INDEX={index}\n"),
            )
            .file(
                "build.sh",
                "cargo build --config 'source.crates-io.replace-with=\"elsewhere\"'\n",
            );
        if approved {
            repository =
                repository.policy("[approved]\nproxies = [\"https://depaudit.example\"]\n");
        }
        let report = reported(&repository);
        let told = report.overrides.iter();
        told.map(|it| (it.path.to_string(), it.is_approved_proxy())).collect::<Vec<_>>()
    };
    let proxy = "sparse+https://depaudit.example/t/payments/crates-io/index/";
    let found = declared(proxy, true);
    let (remedies, others): (Vec<_>, Vec<_>) = found.iter().partition(|it| it.1);
    assert!(remedies.iter().any(|it| it.0 == ".cargo/config.toml"), "{found:?}");
    assert!(others.iter().any(|it| it.0 == "build.sh"), "{found:?}");
    assert!(declared(proxy, false).iter().all(|it| !it.1));
    let mirror = "sparse+https://mirror.example/index/";
    assert!(declared(mirror, true).iter().all(|it| !it.1));
}

#[test]
fn bad_input_45_a_lock_full_of_hostile_texts_makes_a_report_without_them() {
    let hostile = "[[package]]\nname = \"a\\u001b[31m\"\nversion = \"1.0.0\"\n\
                   [[package]]\nname = \"fine\"\nversion = \"<script>\"\n\
                   [[package]]\nname = \"app\"\nversion = \"0.1.0\"\n\
                   dependencies = [\"a\\u001b[31m\", \"fine\", \"app\"]\n";
    let report = reported(&Repository::new().manifest("").file("Cargo.lock", &lock(hostile)));
    assert_eq!((report.packages.len(), report.counts.left_out), (1, 2));
    assert_eq!(report.workspaces[0].edges, [vec![0]]);
}

#[test]
fn findings_are_reported_in_numbers() {
    let report = reported(&incident());
    let undeclared = report.findings.iter().find(|it| it.rule.as_str() == "OVR03").unwrap();
    assert_eq!((undeclared.standing, undeclared.waived), (1, 0));
    assert_eq!((report.counts.locks, report.counts.workspaces), (1, 2));
}

#[test]
fn a_report_tells_the_line_of_an_override_and_its_folder_and_no_secret() {
    let report = reported(&incident());
    let fork = &report.overrides[0];
    assert_eq!(fork.text.as_ref().unwrap().as_str(), "shared = { path = \"forks/shared\" }");
    assert_eq!(fork.folder.as_ref().unwrap().as_str(), "forks/shared");
    let secret = Repository::new().manifest(
        "[patch.crates-io]\nshared = { git = \"https://ann:hunter2@git.example/shared\" }\n",
    );
    let report = reported(&secret);
    let told = report.overrides[0].text.as_ref().unwrap().as_str();
    assert_eq!(told, "shared = { git = \"https://***********@git.example/shared\" }");
    // Reports of older versions have neither.
    let mut old = serde_json::to_value(&report).unwrap();
    for key in ["text", "folder"] {
        old["overrides"][0].as_object_mut().unwrap().remove(key);
    }
    let old: Report = serde_json::from_value(old).unwrap();
    assert_eq!(old.overrides[0].text, None);
}
