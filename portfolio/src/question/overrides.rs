use std::collections::BTreeSet;

use depaudit_model::cargo::{OverrideKind, OverrideState};
use depaudit_model::{TeamId, Timestamp};
use depaudit_policy::Day;
use semver::Version;
use serde::Serialize;
use utoipa::ToSchema;

use crate::History;
use crate::report::{
    Comparison, Declaring, Label, OverrideRecord, PackageName, Place, Report, Repository,
};

/// An override that stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct StandingOverride {
    /// Whose it is.
    #[schema(value_type = String)]
    pub team: TeamId,
    /// The team's repository.
    #[schema(value_type = String)]
    pub repository: Repository,
    /// By which mechanism.
    #[schema(value_type = String)]
    pub kind: OverrideKind,
    /// The package; absent where a whole source is concerned.
    #[schema(value_type = Option<String>)]
    pub package: Option<PackageName>,
    /// The version that it carries, where it is known.
    #[schema(value_type = Option<String>)]
    pub version: Option<Version>,
    /// What it puts in place.
    #[schema(value_type = String)]
    pub target: Label,
    /// Whether it acts.
    #[schema(value_type = String)]
    pub state: OverrideState,
    /// How what it puts in place differs from the releases that it stands in for.
    #[schema(value_type = Vec<Object>)]
    pub compared: Vec<Comparison>,
    /// How it stands with its declaration.
    pub standing: Standing,
    /// When it was reported first.
    #[schema(value_type = String)]
    pub since: Timestamp,
    /// How many days ago that was.
    pub days: u64,
    /// Who answers for it.
    #[schema(value_type = Option<String>)]
    pub owner: Option<Label>,
    /// Why it is there.
    #[schema(value_type = Option<String>)]
    pub reason: Option<Label>,
    /// The first day on which its declaration does not hold any more.
    #[schema(value_type = Option<String>)]
    pub expires: Option<Day>,
    /// The workspaces whose builds it changes, as far as the report tells.
    #[schema(value_type = Vec<String>)]
    pub workspaces: BTreeSet<Place>,
    /// The file in which it stands.
    #[schema(value_type = String)]
    pub path: Place,
    /// The line there.
    pub line: u32,
    /// What the line says, without secrets; absent where the report does not tell.
    #[schema(value_type = Option<String>)]
    pub text: Option<Label>,
    /// The folder that it puts in place, below the repository's root; absent where the report does not tell.
    #[schema(value_type = Option<String>)]
    pub folder: Option<Place>,
}

impl StandingOverride {
    /// Whether it counts as an override: a way through an approved proxy does not.
    #[must_use]
    pub fn counts(&self) -> bool {
        self.standing != Standing::ApprovedProxy
    }

    /// In a few words how it differs from the releases that it stands in for: empty where it stands in
    /// for none.
    #[must_use]
    pub fn difference(&self) -> String {
        self.compared.iter().map(Comparison::words).collect::<Vec<_>>().join("; ")
    }
}

/// How an override stands with its declaration today, the worst first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Its declaration has ended.
    Expired,
    /// Nobody declared it.
    Undeclared,
    /// Its declaration lacks something.
    Incomplete,
    /// It is declared.
    Declared,
    /// It is of a kind that nobody has to declare: a registry of one's own, say.
    NotNeeded,
    /// It leads to the default registry through a proxy that the policy approves: the remedy, which no
    /// number of overrides counts.
    ApprovedProxy,
}

impl Standing {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Expired => "expired",
            Self::Undeclared => "undeclared",
            Self::Incomplete => "incomplete",
            Self::Declared => "declared",
            Self::NotNeeded => "not-needed",
            Self::ApprovedProxy => "approved-proxy",
        }
    }

    /// The same for people.
    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::NotNeeded => "needs no declaration",
            Self::ApprovedProxy => "an approved proxy",
            other => other.as_str(),
        }
    }

    /// A declaration that held when the repository was scanned may have ended since.
    pub(super) fn of(record: &OverrideRecord, today: Day) -> Self {
        let expires = record.owned.as_ref().and_then(|owned| owned.expires);
        match record.declared {
            Declaring::Expired => Self::Expired,
            Declaring::Yes if expires.is_some_and(|day| day <= today) => Self::Expired,
            Declaring::No => Self::Undeclared,
            Declaring::Incomplete => Self::Incomplete,
            Declaring::Yes => Self::Declared,
            Declaring::NotNeeded => Self::NotNeeded,
            Declaring::ApprovedProxy => Self::ApprovedProxy,
        }
    }
}

/// Every override of the repositories' newest reports, the worst standing first, and of equal ones
/// the oldest. Those without effect stand, too: `state` tells. Ways through an approved proxy stand last, and
/// are no overrides that count ([`StandingOverride::counts`]).
#[must_use]
pub fn standing_overrides(history: &History, today: Day) -> Vec<StandingOverride> {
    let seen = history.first_seen();
    let mut found = Vec::new();
    for report in history.speaking().reports() {
        for record in &report.overrides {
            let since = seen.of(report, record).unwrap_or(report.time);
            found.push(standing(report, record, since, today));
        }
    }
    found.sort_by_key(|it| (it.standing, it.since));
    found
}

fn standing(
    report: &Report,
    record: &OverrideRecord,
    since: Timestamp,
    today: Day,
) -> StandingOverride {
    let owned = record.owned.as_ref();
    StandingOverride {
        team: report.origin.team.clone(),
        repository: report.origin.repository.clone(),
        kind: record.kind,
        package: record.package.clone(),
        version: record.version.clone(),
        target: record.target.clone(),
        state: record.state,
        compared: record.compared.clone(),
        standing: Standing::of(record, today),
        since,
        days: u64::try_from(today.days_since(Day::of(since))).unwrap_or(0),
        owner: owned.and_then(|owned| owned.owner.clone()),
        reason: owned.and_then(|owned| owned.reason.clone()),
        expires: owned.and_then(|owned| owned.expires),
        workspaces: record.workspace.iter().cloned().collect(),
        path: record.path.clone(),
        line: record.line,
        text: record.text.clone(),
        folder: record.folder.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::Owned;
    use crate::testing::{Drawn, report};

    fn on(day: &str, change: impl FnOnce(&mut Report)) -> Report {
        let drawn = Drawn::new("shop").git("shared", "1.2.0", "https://git.example/shared");
        let mut report = report("payments", drawn.patched("https://git.example/shared"));
        report.time = format!("{day}T12:00:00Z").parse().unwrap();
        change(&mut report);
        report
    }

    #[test]
    fn an_override_is_as_old_as_its_first_report_wherever_its_line_moves() {
        let first = on("2026-01-01", |report| report.origin.branch = "feat/x".parse().unwrap());
        let moved = on("2026-02-01", |report| report.overrides[0].line = 90);
        let history = History::new([moved, first]);
        let found = standing_overrides(&history, "2026-02-10".parse().unwrap());
        let [it] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!((it.days, it.line, it.standing), (40, 90, Standing::Undeclared));
    }

    #[test]
    fn a_declaration_that_has_ended_since_the_scan_is_expired_and_comes_first() {
        let declared = on("2026-02-01", |report| {
            report.overrides[0].declared = Declaring::Yes;
            let expires = Some("2026-03-01".parse().unwrap());
            let owner = Some("payments".parse().unwrap());
            report.overrides[0].owned = Some(Owned { owner, reason: None, expires });
            report.origin.repository = "later".parse().unwrap();
        });
        let history = History::new([on("2026-01-01", |_| ()), declared]);
        let standing = |today: &str| {
            let found = standing_overrides(&history, today.parse().unwrap());
            found.iter().map(|it| it.standing).collect::<Vec<_>>()
        };
        assert_eq!(standing("2026-02-28"), [Standing::Undeclared, Standing::Declared]);
        assert_eq!(standing("2026-03-01"), [Standing::Expired, Standing::Undeclared]);
    }

    #[test]
    fn a_difference_is_told_in_words_and_its_text_can_be_left_out() {
        let compared = r#"[{"version":"1.2.0","outcome":{"compared":{"release":"1.2.0",
            "release_sha256":"R","content_sha256":"C","prose_only":false,
            "totals":{"added":1,"removed":0,"changed":2,"lines_added":3,"lines_removed":4},
            "marks":[{"kind":"unsafe-code","about":["src/lib.rs"],"before":0,"after":1}],
            "files":[{"path":"src/lib.rs","change":"changed","kind":"text","lines_added":1,
                "lines_removed":1,"text":"-a\n+canary\n"}]}}},
            {"outcome":{"not-compared":"no-commit"}}]"#;
        let compared = compared.replace("\"R\"", &format!("\"{}\"", "0".repeat(64)));
        let compared = compared.replace("\"C\"", &format!("\"{}\"", "1".repeat(64)));
        let mut told = on("2026-01-01", |report| {
            report.overrides[0].compared = serde_json::from_str(&compared).unwrap();
        });
        let text = |report: &Report| serde_json::to_string(report).unwrap();
        assert!(text(&told).contains("canary"));
        told.overrides[0].leave_out_files();
        assert!(!text(&told).contains("canary"));
        let found = standing_overrides(&History::new([told]), "2026-01-02".parse().unwrap());
        let words = "1 added, 2 changed, 0 removed: more unsafe code; \
                     not compared: no lock tells the commit";
        assert_eq!(found[0].difference(), words);
    }

    #[test]
    fn the_way_through_an_approved_proxy_stands_last_and_counts_nowhere() {
        let remedy = on("2026-01-01", |report| {
            report.overrides[0].declared = Declaring::ApprovedProxy;
            report.origin.repository = "proxied".parse().unwrap();
        });
        let history = History::new([on("2026-02-01", |_| ()), remedy]);
        let found = standing_overrides(&history, "2026-02-10".parse().unwrap());
        let standing: Vec<_> = found.iter().map(|it| (it.standing, it.counts())).collect();
        assert_eq!(standing, [(Standing::Undeclared, true), (Standing::ApprovedProxy, false)]);
        let portfolio = history.now();
        let drift = super::super::drift(
            &portfolio,
            &depaudit_model::cargo::Absent,
            "2026-02-10".parse().unwrap(),
        );
        let teams = super::super::teams(&portfolio, &drift, &[], &found);
        assert_eq!((teams[0].overrides, teams[0].approved_proxies), (1, 1));
        let trend = super::super::trend(&history, ["2026-02-10".parse().unwrap()]);
        assert_eq!((trend[0].overrides, trend[0].undeclared), (1, 1));
    }

    #[test]
    fn what_was_taken_out_stands_no_more() {
        let gone = on("2026-02-01", |report| report.overrides.clear());
        let history = History::new([on("2026-01-01", |_| ()), gone]);
        assert_eq!(standing_overrides(&history, "2026-02-10".parse().unwrap()), []);
    }
}
