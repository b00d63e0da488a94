use depaudit_model::Timestamp;
use depaudit_model::cargo::parse_version;
use depaudit_model::event::EventKind;
use depaudit_store::EventFilter;
use serde::Deserialize;

use super::super::asked::said;
use super::super::problem::Problem;
use super::super::visitor::{Role, Visitor};

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

fn parsed<T>(
    text: Option<&String>,
    right: &str,
    parse: impl FnOnce(&str) -> Option<T>,
) -> Result<Option<T>, Problem> {
    let Some(text) = said(text) else { return Ok(None) };
    parse(text).map(Some).ok_or_else(|| Problem::Question(right.to_owned()))
}

impl Filter {
    pub(super) fn wanted(&self, visitor: &Visitor) -> Result<EventFilter, Problem> {
        let team = parsed(self.team.as_ref(), "the team's name is none", |it| it.parse().ok())?;
        let team = match visitor.role() {
            Role::Admin => team,
            Role::Reader(own) | Role::Owner(own) if team.as_ref().is_none_or(|it| it == own) => {
                Some(own.clone())
            }
            Role::Reader(own) | Role::Owner(own) => {
                let told =
                    format!("you see what happened to {own}; operators see every team's events");
                return Err(Problem::Forbidden(told));
            }
        };
        let kinds = EventKind::ALL.iter().map(|kind| kind.as_str()).collect::<Vec<_>>().join(", ");
        let kind = parsed(self.kind.as_ref(), &format!("a kind is one of {kinds}"), |it| {
            EventKind::ALL.iter().find(|kind| kind.as_str() == it).copied()
        })?;
        let day = |it: &str| {
            let whole = if it.contains('T') { it.to_owned() } else { format!("{it}T00:00:00Z") };
            whole.parse::<Timestamp>().ok()
        };
        Ok(EventFilter {
            from: self.from.unwrap_or(0),
            since: parsed(self.since.as_ref(), "a day looks like 2026-03-01", day)?,
            team,
            name: parsed(self.name.as_ref(), "no crate can be called that", |it| it.parse().ok())?,
            version: parsed(self.version.as_ref(), "a version looks like 1.2.0", |it| {
                parse_version(it).ok()
            })?,
            sha256: parsed(
                self.sha256.as_ref(),
                "a digest is 6 to 64 lowercase hexadecimal digits, from its beginning",
                |it| it.parse().ok(),
            )?,
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
