use depaudit_policy::{Level, Severity};

use super::src01_registry_not_approved::Origins;
use super::{Check, Group, Rule, Sink};
use crate::audit::TeamView;
use crate::cargo::lock::PackageSource;
use crate::cargo::source::CanonicalUrl;
use crate::report::{Location, State, Target};

pub(super) const RULE: Rule = Rule {
    code: "SRC02",
    name: "git-host-not-approved",
    group: Group::Source,
    severity: Severity::High,
    level: Level::Deny,
    documentation: DOCUMENTATION,
    check: Check::Team(check),
};

const DOCUMENTATION: &str = "\
## What it does
It fires when an override, a dependency or an entry of a lock comes from a git repository that lies
on no host and in no organisation of the policy's list `approved.git-hosts`. Without a list nothing
is said.

## Why it is bad
Whoever owns the repository decides what the build gets. A personal fork that was meant for a week
outlives the account it lies in: accounts are renamed and deleted, and their names are free for
somebody else to take.

## Example
```toml
[patch.crates-io]
shared = { git = \"https://github.com/somebody/shared\", rev = \"0123abcd\" }
```

## How to fix it
Move the fork into an approved organisation and change the URL. Not safe to do automatically. If the
host is meant, put it on the list in the central policy.

## When it is a false positive
When the host mirrors an approved one. Put it on the list.
";

fn check(view: &TeamView<'_>, sink: &mut Sink<'_>) {
    let mut origins = Origins::default();
    for record in &view.overrides {
        if let Target::Git(git) = &record.target
            && !matches!(record.state, State::Ignored | State::Unused)
        {
            let place = record.location.clone();
            let url = CanonicalUrl::new(&git.url);
            origins.add(record.workspace.clone(), url.to_string(), place);
        }
    }
    for lock in view.locks.values() {
        for package in &lock.packages {
            if let PackageSource::Git { url, .. } = &*package.source {
                let place = Location::new(&lock.path, package.span);
                origins.add(Some(lock.path.folder()), url.to_string(), place);
            }
        }
    }
    let approves = |repository: &str| view.policy.approves_git(repository);
    origins.report("the repository", "approved.git-hosts", approves, sink);
}

#[cfg(test)]
mod tests {
    use crate::testing::Repository;

    fn fork() -> Repository {
        Repository::new().manifest(
            "[dependencies]\n\
             a = { git = \"https://github.com/Somebody/a.git\", rev = \"0123\" }\n\
             b = { git = \"https://github.com/somebody/a\", rev = \"0123\" }\n",
        )
    }

    #[test]
    fn fires_once_on_a_repository_outside_of_the_list() {
        let found = fork().policy("[approved]\ngit-hosts = ['github.com/us']\n").findings("SRC02");
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].message.contains("github.com/somebody/a is not on"), "{found:?}");
        assert_eq!(found[0].locations.len(), 2);
    }

    #[test]
    fn is_silent_about_an_approved_organisation() {
        let policy = "[approved]\ngit-hosts = ['github.com/somebody']\n";
        assert!(fork().policy(policy).findings("SRC02").is_empty());
    }

    #[test]
    fn is_silent_and_says_so_without_a_list() {
        let report = fork().scan();
        assert!(report.findings.iter().all(|finding| finding.code != "SRC02"));
        let told = report.summary.not_evaluated.iter().find(|it| it.code == "SRC02");
        assert_eq!(told.map(|it| it.passed_over), Some(1));
    }
}
