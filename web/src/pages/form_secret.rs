use depaudit_model::{Checksum, Randomness, Secret};
use subtle::ConstantTimeEq;

/// What a form of this site holds, and a page of another site cannot know: it proves that whoever sends
/// the form was shown it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormSecret(Secret);

impl FormSecret {
    /// The field of a form that holds it.
    pub(super) const FIELD: &str = "form-secret";

    /// That of a process: for visitors whom nothing tells apart.
    #[must_use]
    pub fn generate(randomness: &dyn Randomness) -> Self {
        let mut bytes = [0; 32];
        randomness.fill(&mut bytes);
        Self::of(&bytes)
    }

    /// That of whoever holds this secret, which does not follow from it.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        let text = [b"depaudit form secret\n".as_slice(), secret].concat();
        Self(Secret::new(Checksum::of(&text).to_string()))
    }

    /// For the visitor's own pages.
    pub(super) fn reveal(&self) -> &str {
        self.0.reveal()
    }

    /// How long this takes tells nothing about the secret.
    pub(super) fn is(&self, text: &str) -> bool {
        self.reveal().as_bytes().ct_eq(text.as_bytes()).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_secret_matches_itself_alone_and_does_not_print() {
        let secret = FormSecret::of(b"a session");
        assert!(secret.is(FormSecret::of(b"a session").reveal()));
        for other in ["", secret.reveal().get(1..).unwrap(), FormSecret::of(b"another").reveal()] {
            assert!(!secret.is(other), "{other}");
        }
        assert_eq!(format!("{secret:?}"), "FormSecret(***)");
    }
}
