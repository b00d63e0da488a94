use depaudit_portfolio::question::{Sought, Supposition};
use serde::Deserialize;

use super::super::asked::said;

/// What the page was asked for: one of three, and of overrides one alone where `at` says which.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Supposed {
    pub(super) yanked: Option<String>,
    pub(super) dropped: Option<String>,
    pub(super) at: Option<String>,
    pub(super) leaves: Option<String>,
}

impl Supposed {
    /// What is supposed; `None` where nothing is yet.
    ///
    /// # Errors
    /// With what can be supposed.
    pub(super) fn read(&self) -> Result<Option<Supposition>, &'static str> {
        let at = said(self.at.as_ref());
        if at.is_some() && said(self.dropped.as_ref()).is_none() {
            return Err("name the crate whose override is dropped there");
        }
        match [&self.yanked, &self.dropped, &self.leaves].map(|it| said(it.as_ref())) {
            [None, None, None] => Ok(None),
            [Some(release), None, None] => match release.parse() {
                Ok(Sought::Release(name, version)) => Ok(Some(Supposition::Yanked(name, version))),
                _ => Err("a release looks like serde@1.0.219"),
            },
            [None, Some(name), None] => {
                let name = name.parse().map_err(|_| "no crate can be called that")?;
                let place = at.map(str::parse).transpose();
                let place = place.map_err(|_| "a place looks like TEAM REPOSITORY FILE:LINE")?;
                Ok(Some(match place {
                    Some(place) => Supposition::DroppedAt(name, place),
                    None => Supposition::Dropped(name),
                }))
            }
            [None, None, Some(owner)] => {
                let owner = owner.parse().map_err(|_| "no owner can be called that")?;
                Ok(Some(Supposition::Leaves(owner)))
            }
            _ => Err("suppose one of these at a time"),
        }
    }

    /// The same as a query.
    pub(super) fn pairs(&self) -> Vec<(&'static str, String)> {
        let fields = [
            ("yanked", &self.yanked),
            ("dropped", &self.dropped),
            ("at", &self.at),
            ("leaves", &self.leaves),
        ];
        let said = |(name, text): (&'static str, &Option<String>)| {
            Some((name, said(text.as_ref())?.to_owned()))
        };
        fields.into_iter().filter_map(said).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_thing_is_supposed_or_none() {
        let read = |yanked: &str, dropped: &str, leaves: &str| {
            let [yanked, dropped, leaves] =
                [yanked, dropped, leaves].map(|text| Some(text.to_owned()));
            Supposed { yanked, dropped, at: None, leaves }.read()
        };
        assert_eq!(read("", " ", ""), Ok(None));
        assert!(matches!(read("shared@1.2.0", "", ""), Ok(Some(Supposition::Yanked(..)))));
        assert!(matches!(read("", "shared", ""), Ok(Some(Supposition::Dropped(_)))));
        assert!(matches!(read("", "", "our-org"), Ok(Some(Supposition::Leaves(_)))));
        for bad in [read("shared", "", ""), read("", "a b", ""), read("", "", "a\u{202e}")] {
            assert!(bad.is_err());
        }
        assert!(read("shared@1.2.0", "shared", "").is_err());
        let at = |dropped: &str, at: &str| {
            let [dropped, at] = [dropped, at].map(|text| Some(text.to_owned()));
            Supposed { dropped, at, ..Supposed::default() }.read()
        };
        let one = at("shared", "search acme/shop Cargo.toml:7");
        assert!(matches!(one, Ok(Some(Supposition::DroppedAt(..)))));
        assert!(matches!(at("shared", " "), Ok(Some(Supposition::Dropped(_)))));
        assert!(at("shared", "Cargo.toml:7").is_err());
        assert!(at("", "search acme/shop Cargo.toml:7").is_err());
    }
}
