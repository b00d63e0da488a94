use semver::Version;

use crate::{Fingerprint, KnownRule};

/// What a finding is about, as far as policies look at it. What is absent does not apply, and a
/// line of a policy that asks for it does not match.
#[derive(Debug, Clone, Copy, Default)]
pub struct Subject<'a> {
    /// The package's name.
    pub package: Option<&'a str>,
    /// The package's version.
    pub version: Option<&'a Version>,
    /// The team; absent for a finding that concerns several.
    pub team: Option<&'a str>,
    /// The file that tells most of it, relative to the repository, with `/` between its parts.
    pub path: Option<&'a str>,
}

/// A finding, as waivers look at it.
#[derive(Debug, Clone, Copy)]
pub struct FindingKey<'a> {
    /// The rule that fired.
    pub rule: &'a KnownRule,
    /// What makes it the same finding tomorrow.
    pub fingerprint: Fingerprint,
    /// What it is about.
    pub subject: Subject<'a>,
}
