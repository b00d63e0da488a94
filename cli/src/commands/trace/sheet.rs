//! What a trace found, for spreadsheets: a row for each thing that was decided for somebody.

use std::io::{self, Write};

use super::report::{Report, Says};
use depaudit_model::sheet::Sheet;

const TITLES: [&str; 17] = [
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

/// # Errors
/// When `out` takes no more.
pub(super) fn print(out: &mut impl Write, report: &Report) -> io::Result<()> {
    let mut sheet = Sheet::new(out, TITLES)?;
    for release in &report.releases {
        for decided in &release.decisions {
            let next = release.replaced_by.iter().find(|next| next.team == decided.team);
            let next = next.filter(|_| decided.let_through());
            sheet.row([
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
                says(release.upstream.says).to_owned(),
            ])?;
        }
    }
    sheet.finish()
}

fn or_empty(value: Option<impl ToString>) -> String {
    value.map(|value| value.to_string()).unwrap_or_default()
}

const fn says(says: Says) -> &'static str {
    match says {
        Says::Same => "same",
        Says::Withdrawn => "withdrawn",
        Says::Otherwise => "otherwise",
        Says::Gone => "gone",
        Says::NotStored => "not-stored",
    }
}
