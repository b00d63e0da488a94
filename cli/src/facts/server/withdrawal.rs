use std::sync::{Arc, PoisonError};

use depaudit_auditor::Withdrawal;
use depaudit_model::cargo::Release;
use depaudit_policy::door::{DoorRule, Outcome};
use depaudit_proxy::upstream::DocumentKind;
use serde::Deserialize;

use super::{Answer, Server};

/// `depaudit.why/1`, as far as it matters here.
#[derive(Deserialize)]
struct Why {
    release: Told,
}

#[derive(Deserialize)]
struct Told {
    /// What the registry says.
    yanked: bool,
    outcome: Outcome,
    decided: Option<Decided>,
}

#[derive(Deserialize)]
struct Decided {
    rule: String,
}

impl Server {
    /// The index has one word for what an author withdrew and for what the policy holds back, since Cargo
    /// knows no other. The answer to why tells the two apart.
    pub(super) async fn withdrawal_of(&self, release: &Release) -> Withdrawal {
        let cell = {
            let mut asked = self.withdrawals.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(asked.entry(release.clone()).or_default())
        };
        cell.get_or_init(async || self.ask_why(release).await.unwrap_or(Withdrawal::Untold))
            .await
            .clone()
    }

    async fn ask_why(&self, release: &Release) -> Option<Withdrawal> {
        let version = release.version.to_string();
        let url = self.beside_index(&["why", release.name.as_str(), &version])?;
        match self.get_document(url, DocumentKind::Index).await? {
            Answer::Body(body) => told(&body),
            Answer::Missing => None,
        }
    }
}

/// `None` for what is no such answer, as an older server or another registry's proxy may give it.
fn told(body: &[u8]) -> Option<Withdrawal> {
    let Why { release } = serde_json::from_slice(body).ok()?;
    if release.yanked {
        return Some(Withdrawal::Author);
    }
    if release.outcome == Outcome::Allowed {
        return Some(Withdrawal::Lifted);
    }
    // A rule that this binary does not know is none that it could say anything about.
    let rule: DoorRule = release.decided?.rule.parse().ok()?;
    Some(Withdrawal::HeldBack(rule.as_str().into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(yanked: bool, outcome: &str, decided: &str) -> Option<Withdrawal> {
        let text = format!(
            r#"{{"schema":"depaudit.why/1","release":{{"version":"1.0.0","yanked":{yanked},
                "outcome":"{outcome}","decided":{decided},"looked":[]}}}}"#
        );
        told(text.as_bytes())
    }

    #[test]
    fn the_author_is_named_only_where_the_registry_says_so() {
        let young = r#"{"rule":"minimum-age","block":"soft","saw":"x"}"#;
        let held_back = Some(Withdrawal::HeldBack("minimum-age".into()));
        assert_eq!(answer(false, "soft", young), held_back);
        assert_eq!(answer(true, "soft", young), Some(Withdrawal::Author));
        assert_eq!(answer(true, "allowed", "null"), Some(Withdrawal::Author));
        assert_eq!(answer(false, "allowed", "null"), Some(Withdrawal::Lifted));
    }

    #[test]
    fn bad_input_46_an_answer_that_is_none_accuses_nobody() {
        let other = r#"{"rule":"\u001b[31mlater","block":"soft","saw":"x"}"#;
        assert_eq!(answer(false, "soft", other), None);
        assert_eq!(answer(false, "soft", "null"), None);
        assert_eq!(answer(false, "later", "null"), None);
        for bad in ["", "[]", "{}", "<html>", r#"{"release":{"yanked":"yes"}}"#] {
            assert_eq!(told(bad.as_bytes()), None, "{bad}");
        }
    }
}
