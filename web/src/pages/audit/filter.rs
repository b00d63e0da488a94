use depaudit_model::cargo::parse_version;
use depaudit_model::event::EventKind;
use depaudit_model::{Since, Timestamp};
use depaudit_store::EventFilter;
use serde::Deserialize;

use super::super::asked::said;
use super::super::problem::Problem;
use super::super::visitor::{Role, Visitor};

const TEAM: &str = "no team can be called that";
const CRATE: &str = "a crate looks like serde or serde@1.0.219";
const VERSION: &str = "a version looks like 1.2.0";
const DIGEST: &str = "a digest is 6 to 64 lowercase hexadecimal digits, from its beginning";
const SINCE: &str = "so long ago, such as 30m, 1h or 7d, or a day or moment such as 2026-03-01 or 2026-03-01T12:00:00Z";

/// A day, a moment, or so long ago.
fn moment(text: &str, now: Timestamp) -> Option<Timestamp> {
    let since = text.parse::<Since>().map(|since| since.moment(now));
    since.ok().or_else(|| format!("{text}T00:00:00Z").parse().ok())
}

/// What the page was asked for.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Filter {
    pub(super) team: Option<String>,
    #[serde(rename = "crate")]
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) kind: Option<String>,
    pub(super) sha256: Option<String>,
    pub(super) since: Option<String>,
    /// From this index on, the oldest first; without it, the newest.
    pub(super) from: Option<u64>,
    /// `on` where a page without scripts is to load itself again.
    pub(super) reload: Option<String>,
}

/// Why a filter cannot be used.
#[derive(Debug)]
pub(super) enum Unusable {
    /// What is wrong with which fields: whoever typed it gets it back.
    Wrong(Faults),
    /// The page cannot be shown at all.
    Problem(Problem),
}

/// The fields that make no sense, and what would.
#[derive(Debug, Default)]
pub(super) struct Faults(Vec<(&'static str, String)>);

impl Faults {
    pub(super) fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| *name == field).map(|(_, told)| told.as_str())
    }

    pub(super) const fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    fn add(&mut self, field: &'static str, told: &str) {
        self.0.push((field, told.to_owned()));
    }

    fn parsed<T>(
        &mut self,
        field: &'static str,
        text: Option<&str>,
        right: &str,
        parse: impl FnOnce(&str) -> Option<T>,
    ) -> Option<T> {
        let found = parse(text?);
        if found.is_none() {
            self.add(field, right);
        }
        found
    }
}

impl From<Unusable> for Problem {
    fn from(unusable: Unusable) -> Self {
        match unusable {
            Unusable::Problem(problem) => problem,
            Unusable::Wrong(Faults(faults)) => {
                let told: Vec<_> = faults.into_iter().map(|(_, told)| told).collect();
                Self::Question(told.join("; "))
            }
        }
    }
}

impl Filter {
    pub(super) fn wanted(
        &self,
        visitor: &Visitor,
        now: Timestamp,
    ) -> Result<EventFilter, Unusable> {
        let mut faults = Faults::default();
        let team = faults.parsed("team", said(self.team.as_ref()), TEAM, |it| it.parse().ok());
        let team = match visitor.role() {
            Role::Admin => team,
            Role::Reader(own) | Role::Owner(own) if team.as_ref().is_none_or(|it| it == own) => {
                Some(own.clone())
            }
            Role::Reader(own) | Role::Owner(own) => {
                let told =
                    format!("you see what happened to {own}; operators see every team's events");
                return Err(Unusable::Problem(Problem::Forbidden(told)));
            }
        };
        // NAME@VERSION, as it stands in most other places.
        let (name, in_name) = match said(self.name.as_ref()).map(|it| it.split_once('@')) {
            Some(Some((name, version))) => (Some(name), Some(version)),
            Some(None) => (said(self.name.as_ref()), None),
            None => (None, None),
        };
        let name = faults.parsed("crate", name, CRATE, |it| it.parse().ok());
        let in_name = faults.parsed("crate", in_name, CRATE, |it| parse_version(it).ok());
        let version = said(self.version.as_ref());
        let version = faults.parsed("version", version, VERSION, |it| parse_version(it).ok());
        if let (Some(one), Some(other)) = (&in_name, &version)
            && one != other
        {
            faults.add("version", &format!("beside the crate stands another one, {one}"));
        }
        let kinds = EventKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        let kinds = format!("a kind is one of {kinds}");
        let kind = faults.parsed("kind", said(self.kind.as_ref()), &kinds, |it| {
            EventKind::ALL.iter().find(|kind| kind.as_str() == it).copied()
        });
        let sha256 =
            faults.parsed("sha256", said(self.sha256.as_ref()), DIGEST, |it| it.parse().ok());
        let since = faults.parsed("since", said(self.since.as_ref()), SINCE, |it| moment(it, now));
        if !faults.is_empty() {
            return Err(Unusable::Wrong(faults));
        }
        Ok(EventFilter {
            from: self.from.unwrap_or(0),
            since,
            team,
            name,
            version: version.or(in_name),
            sha256,
            kinds: kind.into_iter().collect(),
        })
    }

    /// Whether a page without scripts loads itself again.
    pub(super) fn reloads(&self) -> bool {
        said(self.reload.as_ref()) == Some("on")
    }

    /// The query of the page that is shown, for the link that loads it again.
    pub(super) fn shown(&self) -> Vec<(&'static str, String)> {
        let mut pairs = self.pairs(None);
        pairs.extend(self.reloads().then(|| ("reload", "on".to_owned())));
        pairs
    }

    pub(super) const fn is_from_the_oldest(&self) -> bool {
        self.from.is_some()
    }

    pub(super) fn is_kind(&self, kind: &EventKind) -> bool {
        said(self.kind.as_ref()) == Some(kind.as_str())
    }

    /// The query of the same choice from an index on, for links.
    pub(super) fn pairs(&self, from: Option<u64>) -> Vec<(&'static str, String)> {
        let fields = [
            ("team", &self.team),
            ("crate", &self.name),
            ("version", &self.version),
            ("kind", &self.kind),
            ("sha256", &self.sha256),
            ("since", &self.since),
        ];
        let said = |(name, text): (&'static str, &Option<String>)| {
            Some((name, said(text.as_ref())?.to_owned()))
        };
        let mut pairs: Vec<_> = fields.into_iter().filter_map(said).collect();
        pairs.extend(from.map(|from| ("from", from.to_string())));
        pairs
    }
}
