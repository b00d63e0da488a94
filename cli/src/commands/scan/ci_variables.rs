//! What CI systems say of the repository that a job is about.

use std::str::FromStr;

/// GitHub, GitLab, Bitbucket.
pub const REPOSITORY: [&str; 3] =
    ["GITHUB_REPOSITORY", "CI_PROJECT_PATH", "BITBUCKET_REPO_FULL_NAME"];

/// GitHub (of a pull request, then of a push), GitLab (the same), Bitbucket, Jenkins.
pub const BRANCH: [&str; 6] = [
    "GITHUB_HEAD_REF",
    "GITHUB_REF_NAME",
    "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME",
    "CI_COMMIT_REF_NAME",
    "BITBUCKET_BRANCH",
    "GIT_BRANCH",
];

/// GitHub, GitLab, Bitbucket, Jenkins.
pub const COMMIT: [&str; 4] = ["GITHUB_SHA", "CI_COMMIT_SHA", "BITBUCKET_COMMIT", "GIT_COMMIT"];

/// The first of these variables that says something: systems leave those empty that do not apply.
pub fn read<T: FromStr>(variables: &[&str]) -> Option<T> {
    let set = variables.iter().filter_map(|name| std::env::var(name).ok());
    set.filter(|text| !text.is_empty()).find_map(|text| text.parse().ok())
}
