use std::collections::BTreeMap;

use depaudit_model::{TeamId, TokenScope};
use depaudit_policy::TextGlob;
use serde_json::{Map, Value};

use super::settings::IssuerUrl;

/// What identity tokens say of the repository that a job runs for by a number that no rename gives to
/// somebody else: GitHub's name for it, and GitLab's.
const REPOSITORY_IDS: [&str; 2] = ["repository_id", "project_id"];
/// The issuers of the two public services, and which of them they use.
const SERVICES: [(&str, &str); 2] =
    [("token.actions.githubusercontent.com", "repository_id"), ("gitlab.com", "project_id")];
/// Where a job's branch or tag stands in full, `refs/heads/main`: at GitLab, and at GitHub.
const REFS: [&str; 2] = ["ref_path", "ref"];

/// Which identities get a token, and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mapping {
    team: TeamId,
    scope: TokenScope,
    claims: BTreeMap<String, Vec<TextGlob>>,
    branches: Vec<TextGlob>,
}

/// Why a mapping cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MappingError {
    /// A job that could do everything would be worth stealing.
    #[error("`scope` is `read` or `report`: no job gets a token of scope `admin`")]
    Admin,
    /// Names are free again after a rename or a deletion, for anybody.
    #[error(
        "it needs `repository_id` (GitHub) or `project_id` (GitLab), or for another issuer the whole \
         `sub` among `claims`, without `*`: a name may be somebody else's after a rename"
    )]
    NoId,
    /// The same, for a service that is known.
    #[error(
        "this issuer's tokens are known by `{0}`: give it, without `*`; names, also those in `sub`, \
         may be somebody else's after a rename"
    )]
    OtherId(&'static str),
    /// A list that nothing can match.
    #[error("`{0}` lists nothing, so nothing would match it")]
    Empty(String),
}

impl Mapping {
    /// A mapping of identities of `issuer`. Every claim named has to match one of its patterns, and so
    /// has the branch unless `branches` is `None`.
    ///
    /// # Errors
    /// When it could not match, or could come to match somebody else.
    pub fn new(
        issuer: &IssuerUrl,
        team: TeamId,
        scope: TokenScope,
        claims: BTreeMap<String, Vec<TextGlob>>,
        branches: Option<Vec<TextGlob>>,
    ) -> Result<Self, MappingError> {
        if scope == TokenScope::Admin {
            return Err(MappingError::Admin);
        }
        let empty = claims.iter().find(|(_, patterns)| patterns.is_empty());
        if let Some((name, _)) = empty {
            return Err(MappingError::Empty(name.clone()));
        }
        if branches.as_ref().is_some_and(Vec::is_empty) {
            return Err(MappingError::Empty("branches".to_owned()));
        }
        let mapping = Self { team, scope, claims, branches: branches.unwrap_or_default() };
        let service = SERVICES.iter().find(|(host, _)| *host == issuer.host());
        match service {
            Some((_, id)) if !mapping.pins(id) => Err(MappingError::OtherId(id)),
            None if !REPOSITORY_IDS.iter().chain(&["sub"]).any(|id| mapping.pins(id)) => {
                Err(MappingError::NoId)
            }
            _ => Ok(mapping),
        }
    }

    /// The team whose token it gives.
    #[must_use]
    pub const fn team(&self) -> &TeamId {
        &self.team
    }

    /// The scope of that token.
    #[must_use]
    pub const fn scope(&self) -> TokenScope {
        self.scope
    }

    /// Whether it is about the identity that says this of itself.
    pub(super) fn matches(&self, said: &Map<String, Value>) -> bool {
        // An installation of one's own is not known by its host, but by what its tokens say.
        if REPOSITORY_IDS.iter().any(|id| said.contains_key(*id) && !self.pins(id)) {
            return false;
        }
        let any = |patterns: &[TextGlob], text: &str| patterns.iter().any(|it| it.matches(text));
        let branch = || REFS.iter().find_map(|name| said.get(*name)).and_then(text);
        self.claims.iter().all(|(name, patterns)| {
            said.get(name).and_then(text).is_some_and(|it| any(patterns, &it))
        }) && (self.branches.is_empty() || branch().is_some_and(|it| any(&self.branches, &it)))
    }

    /// Whether a claim has to be one of some exact texts.
    fn pins(&self, claim: &str) -> bool {
        self.claims.get(claim).is_some_and(|patterns| patterns.iter().all(TextGlob::is_exact))
    }
}

/// What a claim says, where it says one thing.
fn text(claim: &Value) -> Option<String> {
    match claim {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mapping(
        issuer: &str,
        claims: &[(&str, &[&str])],
        branches: Option<&[&str]>,
    ) -> Result<Mapping, MappingError> {
        let globs = |texts: &[&str]| texts.iter().map(|text| text.parse().unwrap()).collect();
        let claims =
            claims.iter().map(|(name, texts)| ((*name).to_owned(), globs(texts))).collect();
        let (issuer, team) = (issuer.parse().unwrap(), "payments".parse().unwrap());
        Mapping::new(&issuer, team, TokenScope::Read, claims, branches.map(globs))
    }

    fn says(mapping: &Mapping, said: &Value) -> bool {
        mapping.matches(said.as_object().unwrap())
    }

    const OWN: &str = "https://ci.example";

    #[test]
    fn an_identity_matches_by_number_claims_and_branch() {
        let claims: &[(&str, &[&str])] =
            &[("repository_id", &["74", "75"]), ("environment", &["prod-*"])];
        let branches: &[&str] = &["refs/heads/main", "refs/tags/v*"];
        let mapping = mapping(OWN, claims, Some(branches)).unwrap();
        let said =
            json!({ "repository_id": "74", "environment": "prod-eu", "ref": "refs/heads/main" });
        assert!(says(&mapping, &said));
        for (name, other) in [
            ("repository_id", json!("76")),
            ("repository_id", json!("74 ")),
            ("repository_id", json!(["74"])),
            ("repository_id", Value::Null),
            ("environment", json!("test")),
            ("ref", json!("refs/heads/main2")),
            ("ref", json!("main")),
            // GitLab's `ref` is a bare name, which a tag can have as well.
            ("ref_path", json!("refs/tags/main")),
            // Two services' numbers in one token: this mapping knows one of them.
            ("project_id", json!("74")),
        ] {
            let mut said = said.clone();
            said[name] = other;
            assert!(!says(&mapping, &said), "{said}");
        }
        let mut said = said;
        said["repository_id"] = json!(75);
        assert!(says(&mapping, &said), "a number is its digits");
        said.as_object_mut().unwrap().remove("environment");
        assert!(!says(&mapping, &said), "what is not said does not match");
    }

    #[test]
    fn a_name_alone_maps_to_nobody() {
        let github = "https://token.actions.githubusercontent.com";
        let sub: (&str, &[&str]) = ("sub", &["repo:acme/shop:ref:refs/heads/main"]);
        assert_eq!(mapping(github, &[sub], None), Err(MappingError::OtherId("repository_id")));
        let gitlab: &[(&str, &[&str])] = &[("project_path", &["acme/shop"])];
        assert_eq!(
            mapping("https://gitlab.com", gitlab, None),
            Err(MappingError::OtherId("project_id"))
        );
        assert_eq!(mapping(OWN, gitlab, None), Err(MappingError::NoId));
        for loose in ["7*", "*"] {
            let claims: &[(&str, &[&str])] = &[("repository_id", &["74", loose])];
            assert_eq!(mapping(OWN, claims, None), Err(MappingError::NoId));
        }
        // Of an issuer whose tokens have no numbers, `sub` is all there is; not of one's own GitLab.
        let own = mapping(OWN, &[sub], None).unwrap();
        assert!(says(&own, &json!({ "sub": sub.1[0] })));
        assert!(!says(&own, &json!({ "sub": sub.1[0], "project_id": "22" })));
    }

    #[test]
    fn what_could_never_match_is_an_error() {
        assert_eq!(mapping(OWN, &[("sub", &[])], None), Err(MappingError::Empty("sub".into())));
        assert_eq!(
            mapping(OWN, &[("sub", &["a"])], Some(&[])),
            Err(MappingError::Empty("branches".into()))
        );
    }
}
