use depaudit_model::TeamId;
use depaudit_store::PersonRole;
use serde_json::{Map, Value};

/// Whoever has this value among a claim is of this team, in this role.
#[derive(Debug, Clone)]
pub struct SignOnRule {
    /// Which claim: `groups`, say.
    pub claim: String,
    /// What it says, or what stands in its list.
    pub value: String,
    /// For which team.
    pub team: TeamId,
    /// What they may do.
    pub role: PersonRole,
}

/// What a claim says, where it may be gone by: whoever may type an address of somebody else's into a
/// profile is not that person.
pub(super) fn believed<'c>(claims: &'c Map<String, Value>, claim: &str) -> Option<&'c Value> {
    let is_verified = || claims.get("email_verified") == Some(&Value::Bool(true));
    claims.get(claim).filter(|_| claim != "email" || is_verified())
}

impl SignOnRule {
    pub(super) fn matches(&self, claims: &Map<String, Value>) -> bool {
        match believed(claims, &self.claim) {
            Some(Value::String(said)) => *said == self.value,
            Some(Value::Array(list)) => list.iter().any(|said| said.as_str() == Some(&self.value)),
            _ => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rule_is_about_whole_values_and_believes_no_address_that_nobody_verified() {
        let matches = |claim: &str, value: &str, claims: Value| {
            let (claim, value) = (claim.to_owned(), value.to_owned());
            let team = "payments".parse().unwrap();
            let rule = SignOnRule { claim, value, team, role: PersonRole::Reader };
            rule.matches(claims.as_object().unwrap())
        };
        assert!(matches("groups", "a", json!({ "groups": ["b", "a"] })));
        assert!(matches("department", "a", json!({ "department": "a" })));
        let email = "ann@h.example";
        assert!(matches("email", email, json!({ "email": email, "email_verified": true })));
        for (claim, claims) in [
            ("groups", json!({})),
            ("groups", json!({ "groups": ["ab", "A"] })),
            ("groups", json!({ "groups": { "a": true } })),
            ("groups", json!({ "group": "a" })),
            ("email", json!({ "email": "a" })),
            ("email", json!({ "email": "a", "email_verified": "true" })),
            ("email", json!({ "email": "a", "email_verified": false })),
        ] {
            assert!(!matches(claim, "a", claims.clone()), "{claims}");
        }
    }
}
