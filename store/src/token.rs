use depaudit_model::{Checksum, TeamId, Timestamp, TokenId, TokenName, TokenScope};

/// What is kept of an access token, beside the digest it is found by. Its text is kept nowhere.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Token {
    /// What it is called in lists and records.
    pub id: TokenId,
    /// Whose paths it opens.
    pub team: TeamId,
    /// What it opens there.
    pub scope: TokenScope,
    /// Its name for people.
    pub name: TokenName,
    /// When it was made.
    pub created: Timestamp,
    /// From when on it is worth nothing; `None` lasts until it is revoked.
    pub expires: Option<Timestamp>,
    /// When it was revoked.
    pub revoked: Option<Timestamp>,
    /// When it was last used, to about a minute.
    pub used: Option<Timestamp>,
    /// The token that it took the place of.
    pub rotated_from: Option<TokenId>,
}

impl Token {
    /// What stands on record of a token's text: 32 hexadecimal digits that the text alone gives, and that
    /// lead to neither it nor what it is found by. So a record tells when another text was put in its
    /// place.
    #[must_use]
    pub fn mark_of(digest: &Checksum) -> String {
        let mut mark = Checksum::of(digest.as_bytes()).to_string();
        mark.truncate(32);
        mark
    }

    /// What records call whoever holds it.
    #[must_use]
    pub fn principal(&self) -> String {
        format!("{} {}", self.id, self.name)
    }

    /// The first of the tokens that were rotated into this one: whose it is stays the same.
    #[must_use]
    pub fn first_of<'t>(&'t self, all: &'t [Self]) -> &'t Self {
        let mut first = self;
        // Rotations go back in time, so the chain ends; bounded all the same.
        for _ in 0..all.len() {
            let Some(before) = &first.rotated_from else { break };
            let Some(found) = all.iter().find(|it| it.id == *before) else { break };
            first = found;
        }
        first
    }

    /// Whether it opens anything at `now`: neither revoked nor expired.
    #[must_use]
    pub fn is_valid(&self, now: Timestamp) -> bool {
        self.revoked.is_none() && self.expires.is_none_or(|expires| now < expires)
    }
}
