use depaudit_model::TeamId;

use super::super::problem::Problem;
use super::super::visitor::{Role, Visitor};

/// Somebody who may change what is let through.
#[derive(Debug, Clone, Copy)]
pub(super) struct Acting<'v> {
    /// What the record calls them.
    pub(super) by: &'v str,
    /// The one team for which they act; every single one for admins.
    pub(super) team: Option<&'v TeamId>,
}

impl<'v> Acting<'v> {
    /// # Errors
    /// Why the visitor may only look.
    pub(super) fn of(visitor: &'v Visitor) -> Result<Self, &'static str> {
        let team = match visitor.role() {
            Role::Reader(_) => {
                return Err(
                    "Readers see this and change nothing: an owner of the team, or an admin, does.",
                );
            }
            Role::Owner(team) => Some(team),
            Role::Admin => None,
        };
        let nobody = "This server asks nobody who they are, so nobody could answer for a change made here. On its own \
                      machine, `depaudit waiver` does the same.";
        Ok(Self { by: visitor.name().ok_or(nobody)?, team })
    }

    /// The same, where nothing else can be answered.
    pub(super) fn required(visitor: &'v Visitor) -> Result<Self, Problem> {
        Self::of(visitor).map_err(|why| Problem::Forbidden(why.to_owned()))
    }

    /// Whether they act for whoever a waiver is for. Nobody speaks for every team at once here: such a waiver
    /// is made and ended on the server's own machine.
    pub(super) fn acts_for(&self, team: Option<&TeamId>) -> bool {
        team.is_some_and(|team| self.team.is_none_or(|own| own == team))
    }
}

#[cfg(test)]
mod tests {
    use super::super::super::form_secret::FormSecret;
    use super::*;

    #[test]
    fn readers_and_the_nameless_act_for_nobody_and_owners_for_their_team_alone() {
        let team = |name: &str| name.parse::<TeamId>().unwrap();
        let visitor = |role| Visitor::new(role, FormSecret::of(b"a session"));
        let named = |role| visitor(role).called("c0ffee ann".to_owned());
        assert!(Acting::of(&named(Role::Reader(team("payments")))).is_err());
        assert!(Acting::of(&visitor(Role::Admin)).is_err());
        let (owner, admin) = (named(Role::Owner(team("payments"))), named(Role::Admin));
        for (visitor, of, acts) in [
            (&owner, Some("payments"), true),
            (&owner, Some("search"), false),
            (&owner, None, false),
            (&admin, Some("search"), true),
            (&admin, None, false),
        ] {
            let of = of.map(team);
            assert_eq!(Acting::of(visitor).unwrap().acts_for(of.as_ref()), acts, "{of:?}");
        }
    }
}
