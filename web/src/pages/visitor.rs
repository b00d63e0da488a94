use std::fmt;
use std::sync::Arc;

use axum::extract::FromRequestParts;
use axum::response::Response;
use depaudit_model::TeamId;
use http::StatusCode;
use http::request::Parts;

use super::form_secret::FormSecret;
use super::login;
use super::room::Room;

/// Who looks at a page. Every page's handler takes one, so that none can forget to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    role: Role,
    form_secret: FormSecret,
    name: Option<String>,
    has_session: bool,
}

/// What a visitor may see and do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Role {
    /// Sees what teams report, and what this team received.
    Reader(TeamId),
    /// The same, and acts for this team.
    Owner(TeamId),
    /// Sees what every team received, and acts for all.
    Admin,
}

impl Visitor {
    /// A visitor in this role, whose forms hold this secret.
    #[must_use]
    pub const fn new(role: Role, form_secret: FormSecret) -> Self {
        Self { role, form_secret, name: None, has_session: false }
    }

    /// The same, with what the record calls whoever it is.
    #[must_use]
    pub fn called(self, name: String) -> Self {
        Self { name: Some(name), ..self }
    }

    /// The same, logged in: with a session that can be ended.
    pub(crate) fn with_session(self) -> Self {
        Self { has_session: true, ..self }
    }

    /// Whether there is a session that can be ended.
    pub(super) const fn has_session(&self) -> bool {
        self.has_session
    }

    /// What the record calls whoever it is; `None` where nobody has to say who they are.
    #[must_use]
    pub fn name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// What the visitor's forms hold, and nobody else's.
    #[must_use]
    pub const fn form_secret(&self) -> &FormSecret {
        &self.form_secret
    }

    /// What the visitor may see and do.
    #[must_use]
    pub const fn role(&self) -> &Role {
        &self.role
    }

    /// Whether the visitor may see what this team received.
    #[must_use]
    pub fn sees_receipts_of(&self, team: &TeamId) -> bool {
        match &self.role {
            Role::Reader(own) | Role::Owner(own) => own == team,
            Role::Admin => true,
        }
    }

    /// Whether the visitor may see what every team received, and from where.
    #[must_use]
    pub const fn is_admin(&self) -> bool {
        matches!(self.role, Role::Admin)
    }
}

impl Role {
    /// For whom the visitor acts, where that is one team.
    pub(crate) const fn team(&self) -> Option<&TeamId> {
        match self {
            Self::Reader(team) | Self::Owner(team) => Some(team),
            Self::Admin => None,
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Reader(team) => write!(f, "a reader of {team}"),
            Self::Owner(team) => write!(f, "an owner of {team}"),
            Self::Admin => f.write_str("an admin"),
        }
    }
}

impl FromRequestParts<Arc<Room>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, Response> {
        let visitor = room.access().visitor(&parts.headers).await;
        visitor.map_err(|refused| or_to_login(refused, room, parts))
    }
}

/// A visitor whose page asks by itself: that counts as no use of a session.
#[derive(Debug)]
pub(super) struct Onlooker(pub(super) Visitor);

impl FromRequestParts<Arc<Room>> for Onlooker {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, Response> {
        let visitor = room.access().onlooker(&parts.headers).await;
        visitor.map(Self).map_err(|refused| or_to_login(refused, room, parts))
    }
}

fn or_to_login(refused: Response, room: &Room, parts: &Parts) -> Response {
    let unknown = refused.status() == StatusCode::UNAUTHORIZED;
    let login = unknown.then(|| login::to_login(room.site(), parts)).flatten();
    login.unwrap_or(refused)
}
