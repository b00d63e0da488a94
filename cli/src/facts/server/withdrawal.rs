use std::sync::{Arc, PoisonError};

use depaudit_auditor::Withdrawal;
use depaudit_model::cargo::Release;
use depaudit_policy::door::{DoorRule, Outcome};
use depaudit_proxy::upstream::DocumentKind;
use serde::Deserialize;

use super::{Answer, Server};
use crate::args::Next;

/// `depaudit.why/1`, as far as it matters here.
#[derive(Deserialize)]
struct Why {
    release: WhyRelease,
}

#[derive(Deserialize)]
struct WhyRelease {
    /// What the registry says.
    yanked: bool,
    outcome: Outcome,
    decided: Option<Decided>,
}

#[derive(Deserialize)]
struct Decided {
    rule: String,
}

/// Who withdraws it, as the server says.
#[derive(Debug, PartialEq, Eq)]
enum Told {
    Author,
    HeldBack(DoorRule, Outcome),
    Nobody,
}

impl Server {
    /// The index has one word for what an author withdrew and for what the policy holds back, since Cargo
    /// knows no other. The answer to why tells the two apart.
    pub(super) async fn withdrawal_of(&self, release: &Release) -> Withdrawal {
        let cell = {
            let mut asked = self.withdrawals.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(asked.entry(release.clone()).or_default())
        };
        let ask = async || match self.ask_why(release).await {
            Some(Told::Author) => Withdrawal::Author,
            Some(Told::HeldBack(rule, outcome)) => Withdrawal::HeldBack {
                rule: rule.as_str().into(),
                refused: outcome == Outcome::Hard,
                ask: self.why(release),
            },
            Some(Told::Nobody) => Withdrawal::Lifted,
            None => Withdrawal::Untold { ask: self.why(release) },
        };
        cell.get_or_init(ask).await.clone()
    }

    /// The command that asks the same.
    fn why(&self, release: &Release) -> Box<str> {
        let next = Next::new(["why", &format!("{}@{}", release.name, release.version)]);
        next.of_team(&self.team).asking(&self.server).to_string().into()
    }

    async fn ask_why(&self, release: &Release) -> Option<Told> {
        let version = release.version.to_string();
        let url = self.beside_index(&["why", release.name.as_str(), &version])?;
        match self.get_document(url, DocumentKind::Index).await? {
            Answer::Body(body) => told(&body),
            Answer::Missing => None,
        }
    }
}

/// `None` for what is no such answer, as an older server or another registry's proxy may give it.
fn told(body: &[u8]) -> Option<Told> {
    let Why { release } = serde_json::from_slice(body).ok()?;
    if release.yanked {
        return Some(Told::Author);
    }
    if release.outcome == Outcome::Allowed {
        return Some(Told::Nobody);
    }
    // A rule that this binary does not know is none that it could say anything about.
    Some(Told::HeldBack(release.decided?.rule.parse().ok()?, release.outcome))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(yanked: bool, outcome: &str, decided: &str) -> Option<Told> {
        let text = format!(
            r#"{{"schema":"depaudit.why/1","release":{{"version":"1.0.0","yanked":{yanked},
                "outcome":"{outcome}","decided":{decided},"looked":[]}}}}"#
        );
        told(text.as_bytes())
    }

    #[test]
    fn the_author_is_named_only_where_the_registry_says_so() {
        let young = r#"{"rule":"minimum-age","block":"soft","saw":"x"}"#;
        let held_back = Some(Told::HeldBack(DoorRule::MinimumAge, Outcome::Soft));
        let denied = r#"{"rule":"denied","block":"hard","saw":"x"}"#;
        let refused = Some(Told::HeldBack(DoorRule::Denied, Outcome::Hard));
        assert_eq!(answer(false, "hard", denied), refused);
        assert_eq!(answer(false, "soft", young), held_back);
        assert_eq!(answer(true, "soft", young), Some(Told::Author));
        assert_eq!(answer(true, "allowed", "null"), Some(Told::Author));
        assert_eq!(answer(false, "allowed", "null"), Some(Told::Nobody));
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
