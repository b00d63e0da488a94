use std::fmt;

use async_trait::async_trait;
use depaudit_model::Checksum;
use depaudit_store::Person;
use subtle::ConstantTimeEq;

use super::Key;

/// Somebody who knows people, and says who they are; wired by the binary.
#[async_trait]
pub trait SignOnDoor: Send + Sync + fmt::Debug {
    /// What people know it by.
    fn name(&self) -> &str;

    /// Where a browser is led, for its person to say who they are.
    ///
    /// # Errors
    /// When nobody can say where.
    async fn address(&self, attempt: &SignOnAttempt) -> Result<String, SignOnFailed>;

    /// Who came back with this code; `issuer` is who says so, where that was told.
    ///
    /// # Errors
    /// When the code is worth nothing, or the person may see nothing.
    async fn person(
        &self,
        code: &str,
        issuer: Option<&str>,
        attempt: &SignOnAttempt,
    ) -> Result<Person, SignOnFailed>;

    /// Whether somebody who signed on before could still be in this role, of this team: what they were
    /// given then may have been taken back.
    fn still_gives(&self, person: &Person) -> bool;
}

/// Why nobody was signed on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignOnFailed {
    /// Nobody can be asked.
    #[error("who you are cannot be asked at the moment; try again in a few seconds")]
    Away,
    /// One text for many reasons; the log has them.
    #[error("this sign-on is not accepted; begin again")]
    Refused,
    /// The person is known, and may see nothing.
    #[error(
        "you are known there, and may not see pages here; whoever runs this server says who may"
    )]
    Unmapped,
}

/// One attempt to sign on. All of it follows from the key in the browser's cookie, and from nothing that
/// is kept here.
#[derive(Debug)]
pub struct SignOnAttempt {
    /// Comes back with the code: proves that the same browser has begun, and holds where it wants to go.
    pub state: String,
    /// Comes back within the issuer's word.
    pub nonce: String,
    /// Proves that whoever redeems the code has asked for it.
    pub verifier: String,
}

/// The length of what is derived, in hexadecimal digits.
const DERIVED: usize = 64;

impl SignOnAttempt {
    /// The attempt that goes to a page of this site, or to its start.
    pub(crate) fn of(key: &Key, next: &str) -> Self {
        let derived = |word: &str, more: &str| {
            let text = format!("depaudit sign-on {word}\n{}\n{more}", key.reveal());
            Checksum::of(text.as_bytes()).to_string()
        };
        Self {
            state: format!("{}{next}", derived("state", next)),
            nonce: derived("nonce", ""),
            verifier: derived("verifier", ""),
        }
    }

    /// The attempt that came back, and where it wanted to go; `None` when another browser has begun it.
    pub(crate) fn come_back<'s>(key: &Key, state: &'s str) -> Option<(Self, &'s str)> {
        let next = state.get(DERIVED..)?;
        let attempt = Self::of(key, next);
        let is_same: bool = attempt.state.as_bytes().ct_eq(state.as_bytes()).into();
        is_same.then_some((attempt, next))
    }
}

#[cfg(test)]
mod tests {
    use depaudit_model::Randomness;

    use super::*;

    #[derive(Debug)]
    struct Fixed(u8);

    impl Randomness for Fixed {
        fn fill(&self, bytes: &mut [u8]) {
            bytes.fill(self.0);
        }
    }

    #[test]
    fn an_attempt_comes_back_to_the_browser_that_began_it_and_to_its_page() {
        let (ours, others) = (Key::generate(&Fixed(1)), Key::generate(&Fixed(2)));
        let attempt = SignOnAttempt::of(&ours, "/drift?name=a");
        let (back, next) = SignOnAttempt::come_back(&ours, &attempt.state).unwrap();
        assert_eq!((back.verifier, next), (attempt.verifier, "/drift?name=a"));
        assert!(SignOnAttempt::come_back(&others, &attempt.state).is_none());
        let elsewhere = attempt.state.replace("drift", "audit");
        for bad in ["", "a", &attempt.state[..64], &attempt.state[1..], &elsewhere, "é/"] {
            assert!(SignOnAttempt::come_back(&ours, bad).is_none(), "{bad}");
        }
        assert_ne!(attempt.nonce, SignOnAttempt::of(&others, "").nonce);
    }
}
