//! What a trace found, for spreadsheets: a row for each thing that was decided for somebody.

use super::report::Report;

/// What stands in the columns.
pub const TITLES: [&str; 17] = [
    "crate",
    "version",
    "registry",
    "sha256",
    "team",
    "principal",
    "decision",
    "rule",
    "waiver",
    "policy",
    "count",
    "first",
    "last",
    "first_index",
    "last_index",
    "replaced_by",
    "upstream",
];

/// The rows.
pub fn rows(report: &Report) -> impl Iterator<Item = [String; TITLES.len()]> {
    let decided = |release| {
        let release: &super::Release = release;
        release.decisions.iter().map(move |decided| {
            let next = release.replacement_for(decided);
            [
                release.name.to_string(),
                or_empty(release.version.as_ref()),
                or_empty(release.registry.as_ref()),
                or_empty(decided.sha256),
                decided.team.to_string(),
                or_empty(decided.principal.as_ref()),
                decided.decision.to_string(),
                or_empty(decided.rule.as_ref()),
                or_empty(decided.waiver.as_ref()),
                or_empty(decided.policy),
                decided.count.to_string(),
                decided.first.to_string(),
                decided.last.to_string(),
                decided.first_index.to_string(),
                decided.last_index.to_string(),
                or_empty(next.map(|next| &next.version)),
                release.upstream.says.as_str().to_owned(),
            ]
        })
    };
    report.releases.iter().flat_map(decided)
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}
