use askama::Template;
use axum::response::Response;
use depaudit_model::{TeamId, Timestamp};
use depaudit_policy::door::{DoorRule, Exemption, Look, Objection, Saw, Why};
use http::request::Parts;
use semver::Version;

use super::frame::{Frame, Site};
use super::login::to_login;
use super::outside as filters;
use super::page;
use super::problem::{self, Problem};
use crate::access::Access;

#[derive(Template)]
#[template(path = "why.html")]
struct WhyPage<'a> {
    frame: Frame<'a>,
    why: &'a Why,
}

/// What one rule made of the version, as it is shown.
struct Row<'a> {
    rule: DoorRule,
    result: &'static str,
    /// What it saw, where it looked.
    saw: Option<&'a Saw>,
    until: Option<Timestamp>,
    lifted_by: Option<String>,
}

/// The page that says why a crate passes or not.
#[must_use]
pub fn why_page(site: &Site, why: &Why) -> Response {
    page::respond(&WhyPage { frame: Frame { site, current: None, visitor: None }, why })
}

/// Whether whoever is logged in may see why a crate passes for a team or not; `false` for whoever is not,
/// and may have a token.
///
/// # Errors
/// The way to the login, or a page that says who may.
pub async fn why_door(
    site: &Site,
    access: &Access,
    request: &Parts,
    team: &TeamId,
) -> Result<bool, Response> {
    if !access.is_required() {
        return Ok(true);
    }
    match access.logged_in(&request.headers).await {
        Ok(Some(visitor)) if visitor.sees_receipts_of(team) => Ok(true),
        Ok(Some(_)) => {
            let told = format!("this is for {team}, and for operators");
            Err(problem::page_of(site, &Problem::Forbidden(told)))
        }
        Ok(None) => to_login(site, request).map_or(Ok(false), Err),
        Err(error) => Err(problem::page_of(site, &error.into())),
    }
}

impl WhyPage<'_> {
    fn looks(&self) -> Vec<Row<'_>> {
        let looked = self.why.release.iter().flat_map(|release| &release.verdict.looked);
        looked.map(row).collect()
    }

    fn crate_path(&self) -> String {
        self.frame.site.path(self.of_crate())
    }

    fn rule_path(&self, rule: &DoorRule) -> String {
        super::policy::rule_path(&self.frame, rule.as_str())
    }

    fn version_path(&self, version: &Version) -> String {
        let version = version.to_string();
        self.frame.site.path(self.of_crate().into_iter().chain([version.as_str()]))
    }

    fn of_crate(&self) -> [&str; 5] {
        let Why { team, registry, name, .. } = self.why;
        ["t", team.as_str(), registry.as_str(), "why", name.as_str()]
    }
}

fn row(look: &Look) -> Row<'_> {
    let (objection, result, lifted_by) = match look {
        Look::Passed { rule, saw } => {
            let saw = Some(saw);
            return Row { rule: *rule, result: "passed", saw, until: None, lifted_by: None };
        }
        Look::Idle { rule } => {
            let result = "nothing to look for";
            return Row { rule: *rule, result, saw: None, until: None, lifted_by: None };
        }
        Look::Objected(objection) => (objection, "objects", None),
        Look::Would(objection) => (objection, "would object (dry run)", None),
        Look::Exempted { objection, by } => (objection, "objects", Some(lifted_by(by))),
    };
    let Objection { rule, saw, until, .. } = objection;
    Row { rule: *rule, result, saw: Some(saw), until: *until, lifted_by }
}

fn lifted_by(exemption: &Exemption) -> String {
    match exemption {
        Exemption::Line(place) => format!("the line {place}"),
        Exemption::Permit { id, expires } => format!("the waiver {id}, until {expires}"),
        Exemption::Mends(ids) => format!("what it mends: {}", ids.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use depaudit_policy::door::{Block, DoorVerdict, Outcome, WhyRelease};

    use super::*;

    /// An answer about a release with a licence that its author made up.
    fn hostile() -> Why {
        let licence = "</bdi><script>alert(1)</script>\u{202e}TIM' onclick='x".into();
        let saw = Saw::Licence(licence);
        let objection = Objection { rule: DoorRule::Licence, block: Block::Hard, saw, until: None };
        let release = WhyRelease {
            version: "1.0.0-rc.1+b".parse().unwrap(),
            sha256: None,
            published: None,
            yanked: false,
            stored: false,
            refusal: Some(format!("depaudit: it is blocked\nwhy: {}", objection.saw)),
            verdict: DoorVerdict {
                outcome: Outcome::Hard,
                decided: Some(objection.clone()),
                looked: vec![Look::Objected(objection)],
            },
        };
        Why {
            schema: Why::SCHEMA,
            team: "payments".parse().unwrap(),
            registry: "ours".parse().unwrap(),
            name: "foo".parse().unwrap(),
            policy: None,
            since: Timestamp::EPOCH,
            confirmed: None,
            newest_allowed: Some("0.9.0".parse().unwrap()),
            waivers: Vec::new(),
            name_refused: None,
            release: Some(release),
            versions: Vec::new(),
        }
    }

    #[tokio::test]
    async fn bad_input_45_what_an_author_wrote_is_shown_and_never_obeyed() {
        let site = Site::at("https://h.example/deps".parse().unwrap());
        let (parts, body) = why_page(&site, &hostile()).into_parts();
        let policy = parts.headers["content-security-policy"].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; style-src 'self';"), "{policy}");
        assert!(!policy.contains("unsafe"), "{policy}");
        // Browsers apply it to forms that only ask, too: without it no filter could be set.
        assert!(policy.contains("form-action 'self';"), "{policy}");
        assert_eq!(parts.headers["x-content-type-options"], "nosniff");
        assert_eq!(parts.headers["referrer-policy"], "same-origin");
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let page = std::str::from_utf8(&body).unwrap();
        assert!(!page.contains("<script") && !page.contains('\u{202e}'), "{page}");
        assert!(!page.contains("style=") && !page.contains("<style"), "{page}");
        let shown = "<bdi>its licence is &#60;/bdi&#62;&#60;script&#62;alert(1)&#60;/script&#62;\
                     \\u{202e}TIM&#39; onclick=&#39;x</bdi>";
        assert_eq!(page.matches(shown).count(), 1, "{page}");
        assert!(page.contains("<bdi>why: its licence is"), "each line of the refusal: {page}");
        assert!(page.contains("href=\"/deps/t/payments/ours/why/foo/0.9.0\""), "{page}");
        assert!(page.contains("<bdi>1.0.0-rc.1+b</bdi>"), "{page}");
    }
}
