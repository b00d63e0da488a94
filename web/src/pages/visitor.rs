use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use axum::extract::FromRequestParts;
use axum::response::Response;
use depaudit_model::TeamId;
use http::HeaderMap;
use http::request::Parts;

use super::form_secret::FormSecret;
use super::room::Room;

/// Who looks at a page. Every page's handler takes one, so that none can forget to ask.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Visitor {
    role: Role,
    form_secret: FormSecret,
    name: Option<String>,
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
        Self { role, form_secret, name: None }
    }

    /// The same, with what the record calls whoever it is.
    #[must_use]
    pub fn called(self, name: String) -> Self {
        Self { name: Some(name), ..self }
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

/// Who may look at pages; wired by the binary.
#[async_trait]
pub trait PagesDoor: Send + Sync + fmt::Debug {
    /// Who sends a request with these headers.
    ///
    /// # Errors
    /// The answer for whoever may see no page.
    async fn visitor(&self, headers: &HeaderMap) -> Result<Visitor, Response>;
}

impl FromRequestParts<Arc<Room>> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, room: &Arc<Room>) -> Result<Self, Response> {
        room.door().visitor(&parts.headers).await
    }
}
