//! What CI systems say of the repository that a job is about; `integrations/README.md` lists them.

use std::str::FromStr;

use depaudit_portfolio::report::Branch;

/// GitHub, Gitea and Forgejo; GitLab; Bitbucket; Azure; Woodpecker; Drone.
pub const REPOSITORY: [&str; 6] = [
    "GITHUB_REPOSITORY",
    "CI_PROJECT_PATH",
    "BITBUCKET_REPO_FULL_NAME",
    "BUILD_REPOSITORY_NAME",
    "CI_REPO",
    "DRONE_REPO",
];

/// Of a merge request its source first. GitHub, Gitea and Forgejo; GitLab; Bitbucket; Azure; CircleCI;
/// Buildkite; Woodpecker; Drone; Jenkins.
const BRANCH: [&str; 14] = [
    "GITHUB_HEAD_REF",
    "GITHUB_REF_NAME",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_COMMIT_REF_NAME",
    "BITBUCKET_BRANCH",
    "SYSTEM_PULLREQUEST_SOURCEBRANCH",
    "BUILD_SOURCEBRANCH",
    "CIRCLE_BRANCH",
    "BUILDKITE_BRANCH",
    "CI_COMMIT_SOURCE_BRANCH",
    "CI_COMMIT_BRANCH",
    "DRONE_SOURCE_BRANCH",
    "DRONE_BRANCH",
    "GIT_BRANCH",
];

/// GitHub, Gitea and Forgejo; GitLab and Woodpecker; Bitbucket; Azure; CircleCI; Buildkite; Drone; Jenkins.
pub const COMMIT: [&str; 8] = [
    "GITHUB_SHA",
    "CI_COMMIT_SHA",
    "BITBUCKET_COMMIT",
    "BUILD_SOURCEVERSION",
    "CIRCLE_SHA1",
    "BUILDKITE_COMMIT",
    "DRONE_COMMIT_SHA",
    "GIT_COMMIT",
];

/// The first of these variables that says something: systems leave those empty that do not apply.
pub fn read<T: FromStr>(variables: &[&str]) -> Option<T> {
    let set = variables.iter().filter_map(|name| std::env::var(name).ok());
    set.filter(|text| !text.is_empty()).find_map(|text| text.parse().ok())
}

/// The branch, as the repository calls it.
pub fn branch() -> Option<Branch> {
    branch_of(|name| std::env::var(name).ok())
}

/// Azure says `refs/heads/main`, and Jenkins `origin/main`: neither would be a repository's main branch.
fn branch_of(variable: impl Fn(&str) -> Option<String>) -> Option<Branch> {
    BRANCH.iter().find_map(|name| {
        let text = variable(name).filter(|text| !text.is_empty())?;
        let text = text.strip_prefix("refs/heads/").unwrap_or(&text);
        let remote = if *name == "GIT_BRANCH" { text.strip_prefix("origin/") } else { None };
        remote.unwrap_or(text).parse().ok()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_branch_is_called_as_the_repository_calls_it_whatever_the_system() {
        let of = |set: &[(&str, &str)]| {
            let value = |name: &str| {
                let found = set.iter().find(|(known, _)| *known == name);
                found.map(|(_, value)| (*value).to_owned())
            };
            branch_of(value).map(|branch| branch.to_string())
        };
        for (set, expected) in [
            (&[("GITHUB_HEAD_REF", ""), ("GITHUB_REF_NAME", "main")][..], Some("main")),
            (&[("GITHUB_HEAD_REF", "feat/x"), ("GITHUB_REF_NAME", "7/merge")], Some("feat/x")),
            (&[("BUILD_SOURCEBRANCH", "refs/heads/main")], Some("main")),
            (&[("GIT_BRANCH", "origin/main")], Some("main")),
            (&[("CIRCLE_BRANCH", "origin/main")], Some("origin/main")),
            (&[], None),
        ] {
            assert_eq!(of(set).as_deref(), expected, "{set:?}");
        }
    }
}
