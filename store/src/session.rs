use std::str::FromStr;

use depaudit_model::{Checksum, TeamId, Timestamp, TokenId};

/// Somebody who is logged in to the pages, beside the digest of the cookie it is found by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Who it is.
    pub holder: Holder,
    /// When they logged in.
    pub created: Timestamp,
    /// When they last asked for something, to about a minute.
    pub used: Timestamp,
    /// From when on it is worth nothing.
    pub ends: Timestamp,
}

impl Session {
    /// How many sessions of one holder are kept; another one takes the place of the one used longest
    /// ago.
    pub const MOST: u32 = 50;

    /// What stands on record of it: 32 hexadecimal digits over what it is found by, whose it is and when it
    /// ends. They lead to no cookie.
    #[must_use]
    pub fn mark(&self, digest: &Checksum) -> String {
        let whose = match &self.holder {
            Holder::Token(id) => format!("token {id}"),
            Holder::Person(Person { name, team, role }) => {
                format!("person {} of {team} {name}", role.as_str())
            }
        };
        let sealed = format!("{digest} {} {} {whose}", self.created, self.ends);
        let mut mark = Checksum::of(sealed.as_bytes()).to_string();
        mark.truncate(32);
        mark
    }
}

/// What a session stands on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Holder {
    /// A token that was shown: the session is worth what the token is worth.
    Token(TokenId),
    /// The word of somebody who knows people.
    Person(Person),
}

/// A person, as somebody else vouched for them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Person {
    /// What they are called in records.
    pub name: String,
    /// For whom they act.
    pub team: TeamId,
    /// What they may do.
    pub role: PersonRole,
}

/// What a person may do on the pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PersonRole {
    /// Sees.
    Reader,
    /// Acts for a team.
    Owner,
    /// Acts for all.
    Admin,
}

/// The text is no role.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a role is `reader`, `owner` or `admin`")]
pub struct PersonRoleError;

impl PersonRole {
    /// The written form.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Reader => "reader",
            Self::Owner => "owner",
            Self::Admin => "admin",
        }
    }
}

impl FromStr for PersonRole {
    type Err = PersonRoleError;

    fn from_str(text: &str) -> Result<Self, PersonRoleError> {
        let all = [Self::Reader, Self::Owner, Self::Admin];
        all.into_iter().find(|role| role.as_str() == text).ok_or(PersonRoleError)
    }
}
