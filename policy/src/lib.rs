//! Levels, waivers and decisions, without I/O.
//!
//! [`PolicyFile`] is what one `depaudit.toml` says, [`Policy`] what the central file and the
//! repository's own come to under the monotonic law. Both keep the line behind every word, so that
//! a finding can show which line decided. Nothing here reads a file, asks a network or knows what
//! day it is: whoever calls passes in texts, [rules](RuleSet) and [days](Day).
//!
//! A worked example stands in `examples/depaudit.toml`; `schemas/depaudit.toml.schema.json`
//! describes the file for editors.

mod address;
mod advisory;
mod approved;
mod baseline;
mod day;
mod declaration;
pub mod door;
mod expiry;
mod file;
mod fingerprint;
mod glob;
mod group;
mod level;
mod levels;
mod licence;
mod phrase;
mod place;
mod policy;
mod rule;
mod scope;
mod severity;
mod subject;
#[cfg(test)]
mod testing;
mod text_glob;
mod verdict;
mod waiver;

pub use address::{Address, AddressError};
pub use advisory::{Advisories, Advisory, AdvisoryError};
pub use approved::{Approval, GitPlace, GitPlaceError, Proxy, Registry, RegistryError};
pub use baseline::{Baseline, BaselineEntry, BaselineError, Covering};
pub use day::{Day, DayError};
pub use declaration::{Declaration, Declared, DeclaredSource};
pub use expiry::Expiry;
pub use file::{Extends, PolicyError, PolicyFile, Reference, ReferenceError};
pub use fingerprint::{Fingerprint, FingerprintError};
pub use glob::{PackageGlob, PackageGlobError};
pub use group::Group;
pub use level::{Level, LevelError};
pub use licence::{LicenceError, LicenceSet};
pub use phrase::{Link, LinkError, Phrase, PhraseError};
pub use place::{Because, Place, Placed, Span};
pub use policy::{Considered, Decided, Limited, Listed, Outcome, Policy, Setting, Weakening};
pub use rule::{
    KnownRule, POLICY_WEAKENED, RuleId, RuleSet, RuleSetError, WAIVER_EXPIRED, WAIVER_TOO_LONG,
    WAIVER_TOO_WIDE, WAIVER_UNOWNED, WAIVER_UNUSED,
};
pub use scope::Scope;
pub use severity::Severity;
pub use subject::{FindingKey, Subject};
pub use text_glob::{TextGlob, TextGlobError};
pub use verdict::{Standing, Verdict};
pub use waiver::{
    About, Defect, PathScope, PathScopeError, Waiver, WaiverDefect, WaiverUse, Width,
};
