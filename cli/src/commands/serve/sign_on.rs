use async_trait::async_trait;
use depaudit_proxy::oidc::{Attempt, SignOn, SignOnError};
use depaudit_store::Person;
use depaudit_web::{SignOnAttempt, SignOnDoor, SignOnFailed};

/// The issuer of `[sign-on]`, as the pages ask it.
#[derive(Debug)]
pub(super) struct Issuer(pub(super) SignOn);

#[async_trait]
impl SignOnDoor for Issuer {
    fn name(&self) -> &str {
        self.0.host()
    }

    async fn address(&self, attempt: &SignOnAttempt) -> Result<String, SignOnFailed> {
        self.0.address(&borrowed(attempt)).await.map(String::from).map_err(failed)
    }

    async fn person(
        &self,
        code: &str,
        issuer: Option<&str>,
        attempt: &SignOnAttempt,
    ) -> Result<Person, SignOnFailed> {
        if issuer.is_some_and(|named| !self.0.is_issuer(named)) {
            return Err(SignOnFailed::Refused);
        }
        self.0.person(code, &borrowed(attempt)).await.map_err(failed)
    }

    fn still_gives(&self, person: &Person) -> bool {
        self.0.still_gives(person)
    }
}

fn borrowed(attempt: &SignOnAttempt) -> Attempt<'_> {
    let SignOnAttempt { state, nonce, verifier } = attempt;
    Attempt { state, nonce, verifier }
}

const fn failed(error: SignOnError) -> SignOnFailed {
    match error {
        SignOnError::Away => SignOnFailed::Away,
        SignOnError::Refused => SignOnFailed::Refused,
        SignOnError::Unmapped => SignOnFailed::Unmapped,
    }
}
