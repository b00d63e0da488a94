//! What the advisories and the policy say.

use std::collections::BTreeSet;

use depaudit_model::TeamId;
use depaudit_policy::Advisory;
use depaudit_policy::door::{Outcome, Why};
use depaudit_portfolio::question::Blast;
use depaudit_portfolio::report::PackageName;
use semver::Version;

use super::super::frame::Site;
use super::super::rulings::{AdvisoryBook, Ruling};
use super::super::table::{Cell, Table};
use super::super::teams::mended;

/// What the advisories say of a crate.
#[derive(Debug)]
pub(super) enum Advised {
    NoDatabase,
    Unreadable,
    Found(Table),
}

/// Those about a crate, or about one version of it; `used` are the versions that somebody locks or
/// received.
pub(super) fn advised(
    book: &AdvisoryBook,
    name: &PackageName,
    version: Option<&Version>,
    used: &BTreeSet<Version>,
) -> Advised {
    let advisories = match book {
        AdvisoryBook::None => return Advised::NoDatabase,
        AdvisoryBook::Unreadable => return Advised::Unreadable,
        AdvisoryBook::Read(advisories) => advisories,
    };
    let about = advisories.of_crate(name.as_str()).iter();
    let mut about: Vec<_> =
        about.filter(|it| version.is_none_or(|version| it.affects(version))).collect();
    // What only informs and what was taken back stand last.
    about.sort_by_key(|it| (it.withdrawn, it.informational));
    let cells = |it: &&Advisory| {
        let hit: Vec<_> = used.iter().filter(|version| it.affects(version)).collect();
        let (kind, class) = match (it.withdrawn, it.informational, hit.is_empty()) {
            (true, ..) => ("taken back", ""),
            (_, true, _) => ("informs", "soft"),
            (.., true) => ("concerns no version in use", "allowed"),
            _ => ("concerns a version in use", "hard"),
        };
        let hit: Vec<_> = hit.into_iter().map(ToString::to_string).collect();
        vec![
            Cell::new(&it.id),
            Cell::new(&it.title),
            Cell::new(it.date).class("when"),
            Cell::new(kind).class(class),
            Cell::new(hit.join(", ")),
            Cell::new(mended(it)),
        ]
    };
    let columns = vec!["Advisory", "What", "Since", "Concerns", "Versions in use", "Mended in"];
    Advised::Found(Table::brief("Advisories", columns, &about, cells))
}

/// What the policy says, for each team and each version that it locks.
pub(super) fn answers(
    site: &Site,
    name: &PackageName,
    version: Option<&Version>,
    rulings: &[Ruling],
    blast: &Blast,
) -> Table {
    let mut rows = Vec::new();
    for ruling in rulings {
        let locks = blast.releases.iter().filter(|it| it.teams.contains(&ruling.team));
        let mut versions: BTreeSet<_> = locks.map(|it| &it.version).collect();
        versions.extend(version);
        if versions.is_empty() {
            rows.push((ruling, None));
        }
        rows.extend(versions.into_iter().rev().map(|version| (ruling, Some(version))));
    }
    let columns = vec!["Team", "Registry", "Version", "Answer", "Because", "Newest allowed"];
    let cells = |(ruling, version): &(&Ruling, Option<&Version>)| {
        answer(site, name, &ruling.team, &ruling.why, *version)
    };
    Table::brief("What the policy says", columns, &rows, cells)
}

fn answer(
    site: &Site,
    name: &PackageName,
    team: &TeamId,
    why: &Why,
    version: Option<&Version>,
) -> Vec<Cell> {
    let text = version.map(ToString::to_string);
    let path = ["t", team.as_str(), why.registry.as_str(), "why", name.as_str()];
    // There is no answer about a version that the index does not have.
    let listed = |it: &&str| why.versions.iter().any(|known| known.version.to_string() == **it);
    let path = site.path(path.into_iter().chain(text.as_deref().filter(listed)));
    let (word, class, because) = outcome(why, version);
    let newest = why.newest_allowed.as_ref().map_or_else(|| "none".to_owned(), Version::to_string);
    vec![
        Cell::team(site, team),
        Cell::new(&why.registry),
        Cell::linked(text.as_deref().unwrap_or("every version"), path),
        Cell::new(word).class(class),
        Cell::new(because),
        Cell::new(newest),
    ]
}

/// What becomes of a version, the stylesheet's name for it, and why.
pub(in super::super) fn outcome(
    why: &Why,
    version: Option<&Version>,
) -> (String, &'static str, String) {
    if let Some(refusal) = &why.name_refused {
        let first = refusal.lines().next().unwrap_or_default();
        return ("blocked".to_owned(), "hard", first.to_owned());
    }
    let Some(version) = version else {
        let passing = why.versions.iter().filter(|it| it.outcome == Outcome::Allowed).count();
        let told = format!("{passing} of {} versions pass", why.versions.len());
        return (told, "", String::new());
    };
    let Some(found) = why.versions.iter().find(|it| it.version == *version) else {
        let told = "the stored index does not list it: it is the team's own, or it was removed";
        return ("not judged".to_owned(), "soft", told.to_owned());
    };
    let because = match &found.decided {
        Some(decided) => {
            let until = decided.until.map_or_else(String::new, |until| format!(", until {until}"));
            format!("{}: {}{until}", decided.rule, decided.saw)
        }
        None if found.exempted => "an objection is lifted".to_owned(),
        None => String::new(),
    };
    let (word, class) = match found.outcome {
        Outcome::Allowed => ("allowed", "allowed"),
        Outcome::Soft => ("held back", "soft"),
        Outcome::Hard => ("blocked", "hard"),
    };
    (word.to_owned(), class, because)
}
