use semver::{Version, VersionReq};

use crate::address::Address;
use crate::{Day, Expiry, Link, PackageGlob, Phrase, Place, Placed};

/// An override that its owner wrote down: `[[override]]`.
#[derive(Debug, Clone)]
pub struct Declaration {
    /// Where it stands.
    pub place: Place,
    /// The packages that are overridden.
    pub package: PackageGlob,
    /// What they are taken from instead.
    pub source: DeclaredSource,
    /// Who answers for it.
    pub owner: Option<Phrase>,
    /// Why it is there.
    pub reason: Option<Phrase>,
    /// Where it goes upstream.
    pub link: Option<Link>,
    /// The first day on which it does not hold any more.
    pub expires: Option<Placed<Day>>,
    /// The releases that make it needless.
    pub until: Option<Placed<VersionReq>>,
}

impl Declaration {
    /// What it lacks: an override is declared only when somebody can be asked about it, and it
    /// ends.
    #[must_use]
    pub fn missing(&self) -> Vec<&'static str> {
        let fields = [
            ("owner", self.owner.is_none()),
            ("reason", self.reason.is_none()),
            ("link", self.link.is_none()),
            ("expires", self.expires.is_none()),
        ];
        fields.into_iter().filter_map(|(field, missing)| missing.then_some(field)).collect()
    }

    /// Whether this release of the package is one that makes the override needless.
    #[must_use]
    pub fn is_superseded_by(&self, release: &Version) -> bool {
        self.until.as_ref().is_some_and(|until| until.value.matches(release))
    }

    /// How it stands with its last day; `None` where it names none.
    #[must_use]
    pub fn expiry(&self, today: Day) -> Option<Expiry> {
        self.expires.as_ref().map(|expires| Expiry::of(expires.value, today))
    }

    pub(crate) fn covers(&self, package: &str, source: &str) -> bool {
        self.package.matches(package) && self.source == DeclaredSource::read(source)
    }
}

/// Where an overridden package comes from: the address of a repository or registry, or a folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeclaredSource {
    /// A git repository or a registry.
    Address(Address),
    /// A folder, with `/` between its parts.
    Folder(String),
}

impl DeclaredSource {
    /// Reads it as a manifest writes it.
    #[must_use]
    pub fn read(text: &str) -> Self {
        if text.contains("://")
            && let Ok(address) = text.parse()
        {
            return Self::Address(address);
        }
        let unified = text.replace('\\', "/");
        let parts = unified.split('/').enumerate();
        // An empty first part is the root of the file system.
        let kept: Vec<_> = parts
            .filter(|(index, part)| *part != "." && (*index == 0 || !part.is_empty()))
            .map(|(_, part)| part)
            .collect();
        Self::Folder(kept.join("/"))
    }
}

/// Whether an override is declared.
#[derive(Debug, Clone)]
pub enum Declared<'p> {
    /// It is, and the declaration holds.
    Yes(&'p Declaration),
    /// The declaration lacks [something](Declaration::missing).
    Incomplete(&'p Declaration),
    /// The declaration holds no more.
    Expired(&'p Declaration),
    /// Nobody declared it.
    No,
}

impl<'p> Declared<'p> {
    /// The best that any of these declarations makes of an override.
    pub(crate) fn best(
        declarations: impl Iterator<Item = &'p Declaration>,
        package: &str,
        source: &str,
        today: Day,
    ) -> Self {
        let mut best = Self::No;
        for declaration in declarations.filter(|it| it.covers(package, source)) {
            let this = if !declaration.missing().is_empty() {
                Self::Incomplete(declaration)
            } else if matches!(declaration.expiry(today), Some(Expiry::Past)) {
                Self::Expired(declaration)
            } else {
                return Self::Yes(declaration);
            };
            if matches!(best, Self::No) {
                best = this;
            }
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Policy;
    use crate::testing::{day, local};

    const COMPLETE: &str = "\
[[override]]
package = 'shared'
source = 'https://github.com/our-org/shared'
owner = 'payments'
reason = 'a fix that is not released'
link = 'https://github.com/upstream/shared/pull/7'
expires = 2026-09-01
until = '>=1.2.1'
";

    fn declared(policy: &Policy, source: &str, today: &str) -> &'static str {
        match policy.declared("shared", source, day(today)) {
            Declared::Yes(_) => "yes",
            Declared::Incomplete(_) => "incomplete",
            Declared::Expired(_) => "expired",
            Declared::No => "no",
        }
    }

    #[test]
    fn an_override_is_declared_with_its_source_until_a_day() {
        let policy = local(COMPLETE);
        let source = "git+https://github.com/Our-Org/shared.git?branch=main";
        assert_eq!(declared(&policy, source, "2026-08-31"), "yes");
        assert_eq!(declared(&policy, source, "2026-09-01"), "expired");
        assert_eq!(declared(&policy, "https://github.com/evil/shared", "2026-08-31"), "no");
        assert_eq!(declared(&policy, "../shared", "2026-08-31"), "no");
    }

    #[test]
    fn a_folder_is_declared_as_the_manifest_spells_it_or_nearly() {
        let policy = local(&COMPLETE.replace("https://github.com/our-org/shared", "../shared/"));
        assert_eq!(declared(&policy, "../shared", "2026-01-01"), "yes");
        assert_eq!(declared(&policy, r"..\shared\.", "2026-01-01"), "yes");
        assert_eq!(declared(&policy, "/shared", "2026-01-01"), "no");
        assert_ne!(DeclaredSource::read("/shared"), DeclaredSource::read("shared"));
    }

    #[test]
    fn a_declaration_says_what_it_lacks() {
        let bare = "[[override]]\npackage = 'sh*'\nsource = '../shared'";
        let policy = local(bare);
        let Declared::Incomplete(found) = policy.declared("shared", "../shared", day("2026-01-01"))
        else {
            panic!("it has no owner");
        };
        assert_eq!(found.missing(), ["owner", "reason", "link", "expires"]);
        // Beside a complete one it does no harm.
        let both = format!(
            "{bare}\n{}",
            COMPLETE.replace("https://github.com/our-org/shared", "../shared")
        );
        assert_eq!(declared(&local(&both), "../shared", "2026-01-01"), "yes");
    }

    #[test]
    fn a_release_can_make_an_override_needless() {
        let policy = local(COMPLETE);
        let source = "https://github.com/our-org/shared";
        let Declared::Yes(found) = policy.declared("shared", source, day("2026-01-01")) else {
            panic!("it is declared");
        };
        assert!(found.is_superseded_by(&Version::new(1, 2, 1)));
        assert!(!found.is_superseded_by(&Version::new(1, 2, 0)));
    }
}
