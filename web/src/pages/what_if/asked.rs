use depaudit_portfolio::question::{Sought, Supposition};
use serde::Deserialize;

use super::super::asked::said;

/// What the page was asked for: one of three.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Supposed {
    pub(super) yanked: Option<String>,
    pub(super) dropped: Option<String>,
    pub(super) leaves: Option<String>,
}

impl Supposed {
    /// What is supposed; `None` where nothing is yet.
    ///
    /// # Errors
    /// With what can be supposed.
    pub(super) fn read(&self) -> Result<Option<Supposition>, &'static str> {
        match [&self.yanked, &self.dropped, &self.leaves].map(|it| said(it.as_ref())) {
            [None, None, None] => Ok(None),
            [Some(release), None, None] => match release.parse() {
                Ok(Sought::Release(name, version)) => Ok(Some(Supposition::Yanked(name, version))),
                _ => Err("a release looks like serde@1.0.219"),
            },
            [None, Some(name), None] => {
                let name = name.parse().map_err(|_| "no crate can be called that")?;
                Ok(Some(Supposition::Dropped(name)))
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
        let fields =
            [("yanked", &self.yanked), ("dropped", &self.dropped), ("leaves", &self.leaves)];
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
            Supposed { yanked, dropped, leaves }.read()
        };
        assert_eq!(read("", " ", ""), Ok(None));
        assert!(matches!(read("shared@1.2.0", "", ""), Ok(Some(Supposition::Yanked(..)))));
        assert!(matches!(read("", "shared", ""), Ok(Some(Supposition::Dropped(_)))));
        assert!(matches!(read("", "", "our-org"), Ok(Some(Supposition::Leaves(_)))));
        for bad in [read("shared", "", ""), read("", "a b", ""), read("", "", "a\u{202e}")] {
            assert!(bad.is_err());
        }
        assert!(read("shared@1.2.0", "shared", "").is_err());
    }
}
