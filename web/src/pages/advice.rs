//! What to do next, as commands that can be copied: with what the page knows, the server's address, the team
//! and the folder among it.

use std::collections::BTreeSet;

use depaudit_model::TeamId;
use depaudit_portfolio::question::{self, Old, Remedy, SplitIdentity, StandingOverride};
use depaudit_portfolio::report::Source;

use super::frame::Site;
use super::passage::Passage;
use super::room::Asking;

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Advice {
    Words(String),
    /// A command, and before it what it is for and where it is run.
    Run {
        lead: String,
        command: String,
    },
}

impl Advice {
    pub(super) fn words(text: &str) -> Self {
        Self::Words(text.to_owned())
    }

    fn run(lead: &str, command: String) -> Self {
        Self::Run { lead: lead.to_owned(), command }
    }
}

/// A word of a command line, as a shell takes it for one.
fn quoted(text: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-/@:+=,#%".contains(&byte);
    let leads_astray = text.starts_with(['-', '#', '~']) || text.is_empty();
    if text.bytes().all(plain) && !leads_astray {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

/// What brings the locks of these teams from one version to another, each way once.
pub(super) fn remedies(asking: &Asking, old: Old<'_>, teams: &BTreeSet<TeamId>) -> Advice {
    let remedies = question::remedies(asking.portfolio(), asking.facts(), old, teams);
    told(asking, remedies, old, teams)
}

/// What brings a lock to a patch release of the default registry.
pub(super) fn update(asking: &Asking, old: Old<'_>, teams: &BTreeSet<TeamId>) -> Advice {
    told(asking, [Remedy::Update], old, teams)
}

/// What is advised passes the doors. Whether a manifest asks for exactly what is locked, no report tells.
fn told(
    asking: &Asking,
    remedies: impl IntoIterator<Item = Remedy>,
    old: Old<'_>,
    teams: &BTreeSet<TeamId>,
) -> Advice {
    let fetches = |it: &Remedy| matches!(it, Remedy::Update | Remedy::Require);
    let (fetching, others): (Vec<_>, Vec<_>) = remedies.into_iter().partition(fetches);
    let mut words: Vec<_> = others.iter().map(|it| it.words(old)).collect();
    let mut update = None;
    if !fetching.is_empty() {
        match Passage::of(asking, old, teams) {
            Passage::Open => {
                update = fetching.contains(&Remedy::Update).then(|| Remedy::Update.words(old));
                let other = fetching.iter().filter(|it| **it != Remedy::Update);
                words.extend(other.map(|it| it.words(old)));
            }
            Passage::Closed { why, instead: Some(instead) } => {
                words.push(format!("{why}; {instead} is the newest that passes"));
                update = Some(Remedy::Update.words(Old { to: &instead, ..old }));
            }
            Passage::Closed { why, instead: None } => {
                words.push(format!("{why}; no newer release that is compatible passes"));
            }
            Passage::NotKnown => words.push(format!("whether {} passes is not known now", old.to)),
        }
    }
    let words = words.join("; ");
    match update {
        Some(command) if words.is_empty() => {
            Advice::run("where it is locked, if the manifests allow it:", command)
        }
        Some(command) if others.is_empty() => {
            Advice::run(&format!("{words}; if the manifests allow it:"), command)
        }
        Some(command) => Advice::run(&format!("{words}; for others:"), command),
        None => Advice::Words(words),
    }
}

/// What shows how a release that is not the same for all differs from what some have.
pub(super) fn diff(asking: &Asking, site: &Site, split: &SplitIdentity) -> Advice {
    let (name, version) = (&split.name, &split.version);
    let standing = asking.standing();
    let folder = standing.iter().find_map(|it| {
        let is_it = it.package.as_ref() == Some(name) && it.version.as_ref() == Some(version);
        is_it.then(|| it.folder.as_ref().map(|folder| (it, folder)))?
    });
    let (lead, against) = match folder {
        Some((it, folder)) => (place(it), quoted_folder(folder.as_str())),
        None => match fork(asking, split) {
            Some(commit) => ("where Cargo has fetched it".to_owned(), quoted(&commit)),
            // Reports of older versions do not tell it.
            None => (
                "with the folder or commit that the page of the crate names".to_owned(),
                "FOLDER".to_owned(),
            ),
        },
    };
    let server = quoted(site.address());
    // The data folder first: it has what the policy denies, and nobody receives what is read there.
    let data = site.data().map_or_else(String::new, |data| format!(" --data {}", quoted(data)));
    Advice::Run {
        lead: format!("see what differs, {lead}:"),
        command: format!(
            "depaudit diff {name}@{version} --against {against}{data} --server {server}"
        ),
    }
}

fn place(it: &StandingOverride) -> String {
    format!("in {}", it.repository)
}

/// A folder is never taken for an option or a version.
fn quoted_folder(folder: &str) -> String {
    quoted(&if folder.starts_with("../") { folder.to_owned() } else { format!("./{folder}") })
}

/// The commit that some lock holds in the release's place.
fn fork(asking: &Asking, split: &SplitIdentity) -> Option<String> {
    let mut locked = asking.portfolio().named(&split.name);
    locked.find_map(|it| match &it.package.source {
        Source::Git { url, commit: Some(commit) } if it.package.version == split.version => {
            Some(format!("{url}#{commit}"))
        }
        _ => None,
    })
}

/// What lets a team's CI tell what it locks.
pub(super) fn report(site: &Site, team: &TeamId) -> Advice {
    let server = quoted(site.address());
    Advice::run("let its CI run", format!("depaudit scan --team {team}=. --report {server}"))
}

/// What finds how a team's builds get past this server.
pub(super) fn look(team: &TeamId) -> Advice {
    let lead = "look in its repositories for what leads past the proxy:";
    Advice::run(lead, format!("depaudit scan --team {team}=."))
}

/// What tells which of a team's locked crates came through here.
pub(super) fn reconcile(site: &Site, team: &TeamId) -> Advice {
    let server = quoted(site.address());
    let command = format!("depaudit reconcile Cargo.lock --team {team} --server {server}");
    Advice::run("see which, and why:", command)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bad_input_45_no_word_of_a_command_becomes_another_command() {
        for (text, expected) in [
            ("third_party/ledgerline", "./third_party/ledgerline"),
            ("../fork of it", "'../fork of it'"),
            ("-x", "./-x"),
            ("1.0.0", "./1.0.0"),
            ("a;rm -rf $(x)'", r"'./a;rm -rf $(x)'\'''"),
        ] {
            assert_eq!(quoted_folder(text), expected);
        }
        assert_eq!(quoted("https://h.example/x#0123"), "https://h.example/x#0123");
        assert_eq!(quoted("https://h.example/?a&b"), "'https://h.example/?a&b'");
        assert_eq!(quoted(""), "''");
    }
}
