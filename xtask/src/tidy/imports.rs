//! Who may import whom: every manifest against [`house`].

use super::house::{self, Room};
use super::manifest::{Dependency, Member, Workspace};
use super::problem::Problem;
use super::tree::Tree;

const TABLE: &str = "xtask/src/tidy/house.rs";

/// Checks every member's manifest.
pub(crate) fn check(tree: &Tree, workspace: &Workspace) -> Vec<Problem> {
    let mut problems = Vec::new();
    let mut members = Vec::new();
    for (folder, line) in &workspace.members {
        let path = format!("{folder}/Cargo.toml");
        let read = match tree.file(&path) {
            None => Err(anyhow::anyhow!("{path} is not tracked")),
            Some(file) => workspace.member(file),
        };
        match read {
            Ok(member) => members.push((folder, path, member)),
            Err(error) => problems.push(Problem::new(
                "Cargo.toml",
                *line,
                format!("the member {folder} cannot be read: {error:#}"),
                "what cannot be read cannot be checked",
                "write its folder out, with a manifest that git tracks",
            )),
        }
    }
    let ours: Vec<_> = members.iter().map(|(_, _, member)| member.package.as_str()).collect();
    for (folder, path, member) in &members {
        match house::room(&member.package) {
            Some(room) if room.folder == folder.as_str() => {
                for dependency in &member.dependencies {
                    if let Some(refusal) = refusal(room, dependency, &ours) {
                        problems.push(refusal.at(path, member, dependency));
                    }
                }
            }
            _ => problems.push(Problem::new(
                path,
                1,
                format!("the package {} in {folder}/ has no row in the table", member.package),
                "a room without rules grows doors everywhere",
                format!("give it a row in {TABLE}, and a paragraph in ARCHITECTURE.md"),
            )),
        }
    }
    problems
}

/// Why a dependency is refused.
struct Refusal {
    why: String,
    remedy: &'static str,
}

impl Refusal {
    fn at(self, path: &str, member: &Member, dependency: &Dependency) -> Problem {
        let what = format!("{} depends on {}", member.package, dependency.package);
        Problem::new(path, dependency.line, what, self.why, self.remedy)
    }
}

fn refusal(room: &Room, dependency: &Dependency, ours: &[&str]) -> Option<Refusal> {
    let package = dependency.package.as_str();
    if ours.contains(&package) {
        let allowed = room.may_import.contains(&package)
            || dependency.for_tests && (package == house::TESTKIT || package == room.package);
        return (!allowed).then(|| Refusal {
            why: format!("{}/ may import only [{}]", room.folder, room.may_import.join(", ")),
            remedy: "pass what it needs in through a type or a trait of a lower room",
        });
    }
    if dependency.for_tests {
        return None;
    }
    if room.never_depends.iter().any(|list| list.contains(&package)) {
        return Some(Refusal {
            why: room.because.to_owned(),
            remedy: "move the code that needs it to the room that may have it",
        });
    }
    (package == "anyhow" && !house::MAY_USE_ANYHOW.contains(&room.package)).then(|| Refusal {
        why: "a library's caller decides by the error's type".to_owned(),
        remedy: "use thiserror",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOT: &str = r#"
[workspace]
members = ["model", "proxy", "testkit"]
[workspace.dependencies]
depaudit-model = { path = "model" }
web-server = { package = "axum", version = "0" }
"#;

    fn manifest(package: &str, rest: &str) -> String {
        format!("[package]\nname = \"{package}\"\n{rest}")
    }

    fn problems(model: &str, proxy: &str) -> Vec<String> {
        let model = manifest("depaudit-model", model);
        let proxy = manifest("depaudit-proxy", proxy);
        let testkit = manifest("depaudit-testkit", "");
        let tree = Tree::of(&[
            ("Cargo.toml", ROOT),
            ("model/Cargo.toml", &model),
            ("proxy/Cargo.toml", &proxy),
            ("testkit/Cargo.toml", &testkit),
        ]);
        let workspace = Workspace::read(&tree).unwrap();
        check(&tree, &workspace).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_house_in_order_is_silent() {
        let proxy = "[dependencies]\ndepaudit-model.workspace = true\nserde = '1'\n\
                     [dev-dependencies]\ndepaudit-testkit.path = '../testkit'\nrusqlite = '1'";
        assert_eq!(problems("", proxy), [""; 0]);
    }

    #[test]
    fn an_arrow_upwards_is_named_with_its_line() {
        let found = problems("[dependencies]\nserde = '1'\ndepaudit-proxy.path = 'x'", "");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].starts_with("model/Cargo.toml:5: depaudit-model depends on depaudit-pr"));
    }

    #[test]
    fn testkit_is_for_tests_alone() {
        let found = problems("", "[dependencies]\ndepaudit-testkit.path = '../testkit'");
        assert_eq!(found.len(), 1, "{found:?}");
    }

    #[test]
    fn a_renamed_crate_hides_neither_in_a_target_table_nor_in_the_workspace() {
        for model in [
            "[dependencies]\nweb-server.workspace = true",
            "[target.'cfg(unix)'.dependencies]\nnet = { package = 'tokio', version = '1' }",
            "[build-dependencies]\nrusqlite = '1'",
        ] {
            assert_eq!(problems(model, "").len(), 1, "{model}");
        }
    }

    #[test]
    fn anyhow_is_for_rooms_that_end_at_a_person() {
        let found = problems("", "[dependencies]\nanyhow = '1'");
        assert!(found[0].ends_with("use thiserror"), "{found:?}");
    }

    #[test]
    fn a_member_without_a_row_or_a_manifest_is_an_error() {
        let tree = Tree::of(&[
            ("Cargo.toml", "[workspace]\nmembers = [\n'attic',\n'gone']"),
            ("attic/Cargo.toml", "[package]\nname = 'attic'"),
        ]);
        let workspace = Workspace::read(&tree).unwrap();
        let found: Vec<_> = check(&tree, &workspace).iter().map(ToString::to_string).collect();
        assert!(found[0].starts_with("Cargo.toml:4: the member gone cannot be read"));
        assert!(found[1].starts_with("attic/Cargo.toml:1: the package attic in attic/ has no row"));
        assert_eq!(found.len(), 2);
    }
}
