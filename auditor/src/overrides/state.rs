use crate::cargo::lock::{Lock, LockedPackage, PackageSource};
use crate::cargo::source::GitTarget;
use crate::report::{Locked, State};

/// How a lock shows that an override acts.
#[derive(Debug, Clone, Copy)]
pub(super) enum Expected<'a> {
    /// A package from this repository and reference.
    Git(&'a GitTarget),
    /// A package without a source. Its version is not compared: Cargo takes over whatever version
    /// the folder has, and a lock that is behind is still the lock of this override.
    Path,
    /// A package from some registry: the same one (a pin) or another.
    Registry,
    /// A package from another registry than the default one.
    OtherRegistry,
}

impl Expected<'_> {
    pub(super) fn matches(self, package: &LockedPackage) -> bool {
        match (self, &*package.source) {
            (Self::Git(target), PackageSource::Git { url, reference, .. }) => {
                *url == target.canonical && *reference == target.reference
            }
            (Self::Path, PackageSource::Path)
            | (Self::Registry, PackageSource::CratesIo | PackageSource::Other(_))
            | (Self::OtherRegistry, PackageSource::Other(_)) => true,
            _ => false,
        }
    }
}

/// Asks the lock whether an override of `package` acts, and what it holds of it.
///
/// `used`: the lock holds what the override puts in place. `unused`: the lock lists it as such.
/// `pending`: neither; a build that may write the lock applies it where the versions match.
pub(super) fn state_in(
    lock: Option<&Lock>,
    package: &str,
    expected: Expected<'_>,
) -> (State, Vec<Locked>) {
    let Some(lock) = lock else { return (State::NoLock, Vec::new()) };
    let matching = |package: &&LockedPackage| expected.matches(package);
    let mut locked: Vec<_> =
        lock.named(package).iter().filter(matching).map(|it| Locked::new(lock, it)).collect();
    if !locked.is_empty() {
        locked.sort_unstable();
        locked.dedup();
        return (State::Used, locked);
    }
    let listed =
        lock.unused.iter().any(|unused| *unused.name == *package && expected.matches(unused));
    (if listed { State::Unused } else { State::Pending }, Vec::new())
}
